//! Values that need more than clap's own reading.

use crate::catalog::closest;
use crate::ids::{OperationId, VersionNumber};
use crate::money::{Asset, currency_minor_digits};
use crate::usage::check_name;
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// An id that is given for the first time: something that a person can see and type.
///
/// # Errors
/// See [`check_name`].
pub fn new_id(text: &str) -> Result<String, String> {
    check_name("id", text).map(|()| text.to_owned()).map_err(|fault| fault.reason)
}

/// A code, by the catalog's rule.
///
/// # Errors
/// In words: what a code is.
pub fn code(text: &str) -> Result<String, String> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    if text.is_empty() || !text.chars().all(allowed) {
        return Err("a code may have only letters, digits, `_`, `-` and `.`".to_owned());
    }
    Ok(text.to_owned())
}

/// The code of a currency, in capitals or not.
///
/// # Errors
/// In words: that there is no such currency, and which one may be meant.
pub fn currency(text: &str) -> Result<String, String> {
    let code = text.to_uppercase();
    if currency_minor_digits(&code).is_some() {
        return Ok(code);
    }
    let codes: Vec<String> = Asset::currencies().map(|currency| currency.code).collect();
    let meant = closest(&code, codes.iter().map(String::as_str)).map(|close| format!("; did you mean {close}?"));
    Err(format!("not an ISO 4217 currency, such as USD, EUR or JPY{}", meant.unwrap_or_default()))
}

/// The code of a unit of one's own.
///
/// # Errors
/// In words: what is wrong with it.
pub fn unit_code(text: &str) -> Result<String, String> {
    match code(text)? {
        code if currency_minor_digits(&code).is_some() => Err(format!("{code} is a currency; name a unit of your own")),
        code => Ok(code),
    }
}

/// `PRODUCT` or `PRODUCT@VERSION`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProductRef {
    /// The product's code.
    pub code: String,
    /// The version; the default for new subscriptions when absent.
    pub version: Option<VersionNumber>,
}

impl FromStr for ProductRef {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (code, version) = match text.split_once('@') {
            Some((code, digits)) => (code, Some(digits)),
            None => (text, None),
        };
        let version = match version
            .map(|digits| digits.parse().ok().filter(|number| *number > 0).map(VersionNumber::from_number))
        {
            Some(None) => return Err("a version is a whole number from 1, as in studio@2"),
            Some(version) => version,
            None => None,
        };
        if code.is_empty() {
            return Err("the product's code is missing");
        }
        Ok(Self { code: code.to_owned(), version })
    }
}

/// One field of an event, named as a usage CSV would name its column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyValue {
    /// Such as `model`.
    pub key: String,
    /// Everything after the first `=`.
    pub value: String,
}

impl FromStr for KeyValue {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once('=') {
            Some((key, value)) if !key.is_empty() => Ok(Self { key: key.to_owned(), value: value.to_owned() }),
            _ => Err("write it as KEY=VALUE, as in model=gpt-5.1"),
        }
    }
}

/// `[NAME=]CATALOG`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    name: Option<String>,
    /// The catalog's file or folder.
    pub path: PathBuf,
}

impl Named {
    /// Its name; without one that of the file or folder.
    pub fn name(&self) -> String {
        let stem = || self.path.file_stem().map(|stem| stem.to_string_lossy().into_owned());
        self.name.clone().or_else(stem).unwrap_or_else(|| self.path.display().to_string())
    }
}

impl FromStr for Named {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (name, path) = match text.split_once('=') {
            // A path may have an equals sign, and one that is there is meant. A name has no slash.
            Some((name, path)) if !name.contains(['/', '\\']) && !Path::new(text).exists() => {
                (Some(name.to_owned()), path)
            }
            _ => (None, text),
        };
        if path.is_empty() || name.as_deref() == Some("") {
            return Err("write it as CATALOG or NAME=CATALOG, as in new=catalogs-new");
        }
        Ok(Self { name, path: PathBuf::from(path) })
    }
}

/// `OLD=NEW`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Renamed {
    /// The code that the base has.
    pub old: String,
    /// The code that others have.
    pub new: String,
}

impl FromStr for Renamed {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once('=') {
            Some((old, new)) if !old.is_empty() && !new.is_empty() => {
                Ok(Self { old: old.to_owned(), new: new.to_owned() })
            }
            _ => Err("write it as OLD=NEW, as in studio=studio-2027"),
        }
    }
}

/// Reads the number of an operation.
pub fn operation_number(text: &str) -> Result<OperationId, &'static str> {
    let number = text.parse().map_err(|_| "an operation is a whole number; `drawdown ledger log` lists them")?;
    Ok(OperationId::from_number(number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_product_may_name_its_version() {
        let product = |code: &str, version| Ok(ProductRef { code: code.to_owned(), version });
        assert_eq!("studio".parse(), product("studio", None));
        assert_eq!("studio@12".parse(), product("studio", Some(VersionNumber::from_number(12))));
        for wrong in ["", "@1", "studio@", "studio@0", "studio@-1", "studio@1.5", "studio@1@2", "studio@99999999999"] {
            assert!(wrong.parse::<ProductRef>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn an_id_can_be_seen_and_typed() {
        for wrong in ["", "a\nb", "\u{1b}[2J", "\u{9b}", &"x".repeat(256)] {
            assert!(new_id(wrong).is_err(), "{wrong:?}");
        }
        assert_eq!(new_id("=Zürich \"&\" Co"), Ok("=Zürich \"&\" Co".to_owned()));
    }

    #[test]
    fn a_field_ends_at_its_first_equals_sign() {
        let field = "query=a=b".parse();
        assert_eq!(field, Ok(KeyValue { key: "query".to_owned(), value: "a=b".to_owned() }));
        assert_eq!("empty=".parse(), Ok(KeyValue { key: "empty".to_owned(), value: String::new() }));
        assert!("=1".parse::<KeyValue>().is_err());
        assert!("model".parse::<KeyValue>().is_err());
    }

    #[test]
    fn codes_are_what_a_catalog_takes() {
        for right in ["studio", "LLM-API_2.0"] {
            assert_eq!(code(right).as_deref(), Ok(right));
        }
        for wrong in ["", "a b", "a\"b", "a\nb", "a/b", "é", "\u{1b}"] {
            assert!(code(wrong).is_err() && unit_code(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn a_currency_is_one_and_a_unit_of_ones_own_is_none() {
        assert_eq!(currency("eur").as_deref(), Ok("EUR"));
        assert!(currency("UDS").unwrap_err().ends_with("did you mean USD?"));
        assert!(currency("CREDIT").is_err());
        assert_eq!(unit_code("CREDIT").as_deref(), Ok("CREDIT"));
        assert!(unit_code("EUR").is_err());
    }
}
