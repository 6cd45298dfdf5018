//! Pieces of JSON as they are written: objects taken apart without being understood, numbers in their own digits.
//!
//! Nothing here recurses, so nesting can be as deep as the file is long.

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::fmt;

/// An object's keys and the text of their values, in the order they are written.
pub(super) struct Object<'a>(pub Vec<(Cow<'a, str>, &'a str)>);

#[derive(Deserialize)]
struct Key<'a>(#[serde(borrow)] Cow<'a, str>);

impl<'de> Deserialize<'de> for Object<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries;
        impl<'de> Visitor<'de> for Entries {
            type Value = Object<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object<'de>, A::Error> {
                let mut entries = Vec::with_capacity(8);
                while let Some((Key(key), value)) = map.next_entry::<_, &RawValue>()? {
                    entries.push((key, value.get()));
                }
                Ok(Object(entries))
            }
        }
        deserializer.deserialize_map(Entries)
    }
}

/// The text of each element of an array.
pub(super) fn elements(text: &str) -> serde_json::Result<Vec<&str>> {
    let raw: Vec<&RawValue> = serde_json::from_str(text)?;
    Ok(raw.into_iter().map(RawValue::get).collect())
}

/// A value as our data has it: a string's content, a number's digits, an array or object without spaces. `null` is none.
pub(super) fn value(raw: &str) -> serde_json::Result<Option<Cow<'_, str>>> {
    Ok(match raw.as_bytes().first() {
        Some(b'"') => Some(string(raw)?),
        Some(b'n') => None,
        Some(b'{' | b'[') => Some(Cow::Owned(compact(raw))),
        _ => Some(Cow::Borrowed(raw)),
    })
}

fn string(raw: &str) -> serde_json::Result<Cow<'_, str>> {
    match raw.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        Some(plain) if !plain.contains('\\') => Ok(Cow::Borrowed(plain)),
        _ => serde_json::from_str(raw).map(Cow::Owned),
    }
}

/// The same JSON without the white space between its tokens.
fn compact(raw: &str) -> String {
    let (mut in_string, mut escaped) = (false, false);
    let mut keep = |c: char| {
        let kept = in_string || !c.is_ascii_whitespace();
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = in_string,
            '"' => in_string = !in_string,
            _ => {}
        }
        kept
    };
    raw.chars().filter(|&c| keep(c)).collect()
}

/// What is wrong with a text that should be JSON; the position is for the caller to tell.
pub(super) fn message(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    format!("not JSON: {}", text.strip_suffix(&place).unwrap_or(&text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(raw: &str) -> Option<String> {
        value(raw).unwrap().map(Cow::into_owned)
    }

    #[test]
    fn values_keep_their_text() {
        assert_eq!(read("0.10e-6").as_deref(), Some("0.10e-6"));
        assert_eq!(read(r#""a\u00e9\n""#).as_deref(), Some("aé\n"));
        assert_eq!(read("null"), None);
        assert_eq!(read("true").as_deref(), Some("true"));
        assert_eq!(read(r#"{ "a b" : [ 1.0, "\" \\" , "x y" ] }"#).as_deref(), Some(r#"{"a b":[1.0,"\" \\","x y"]}"#));
        assert!(value(r#""\ud800""#).is_err());
    }
}
