//! Commands that people meet first: which way to sell, and a workspace to begin with.

use crate::catalog::closest;
use crate::money::{Asset, currency_minor_digits};
use clap::{Args, ValueEnum, ValueHint};
use serde::Serialize;
use std::path::PathBuf;

/// What `guide` takes: the answers, which are asked for on a terminal.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  drawdown guide
  drawdown guide --front-costs no --usage unpredictable --customers developers --units custom
  drawdown guide --front-costs yes --usage mixed --customers enterprise --units fiat --format json")]
pub struct GuideArgs {
    /// Can you front what usage costs you?
    #[arg(long, value_name = "ANSWER")]
    pub front_costs: Option<FrontCosts>,
    /// How predictable is one customer's usage?
    #[arg(long, value_name = "ANSWER")]
    pub usage: Option<Usage>,
    /// What do your customers expect?
    #[arg(long, value_name = "ANSWER")]
    pub customers: Option<Customers>,
    /// What should balances be kept in?
    #[arg(long, value_name = "ANSWER")]
    pub units: Option<Units>,
}

/// What `init` takes.
#[derive(Debug, Clone, Args)]
#[command(after_long_help = "\
Examples:
  drawdown init
  drawdown init --template prepaid
  drawdown init --template usage-pools
  drawdown init billing --template hybrid --product team --currency EUR --asset TOKEN --yes")]
pub struct InitArgs {
    /// The folder; it is made if there is none.
    #[arg(value_name = "DIR", default_value = ".", value_hint = ValueHint::DirPath)]
    pub dir: PathBuf,
    /// The catalog to start from [default: asked for, after the questions of `drawdown guide`]
    #[arg(long, value_name = "TEMPLATE")]
    pub template: Option<Template>,
    /// What balances are kept in [default: the template's, fiat, or custom with --asset]
    #[arg(long, value_name = "UNITS")]
    pub units: Option<Units>,
    /// The product's code, as in `subscribe acme PRODUCT` [default: the template's]
    #[arg(long, value_name = "PRODUCT", value_parser = code)]
    pub product: Option<String>,
    /// The currency that prices and reports are in [default: USD]
    #[arg(long, value_name = "CURRENCY", value_parser = currency)]
    pub currency: Option<String>,
    /// The code of the custom unit [default: the template's]
    #[arg(long, value_name = "ASSET", value_parser = unit_code)]
    pub asset: Option<String>,
}

/// Whether costs can be carried until customers pay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum FrontCosts {
    /// No: usage is paid for before it happens
    No,
    /// Yes: we can carry costs until customers pay
    Yes,
}

/// How much one customer's usage varies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Usage {
    /// Much the same every month
    Predictable,
    /// A steady base with peaks
    Mixed,
    /// Anything, from nothing to a flood
    Unpredictable,
}

/// How those who pay are used to buying.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Customers {
    /// Developers and prosumers: sign up, pay by card
    #[value(alias = "prosumers")]
    Developers,
    /// Enterprise procurement: a contract, a budget
    Enterprise,
}

/// What balances are kept in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Units {
    /// Money: balances in a currency
    Fiat,
    /// A unit of your own: credits, tokens, minutes
    Custom,
}

/// The ways to sell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Model {
    /// Balances paid in advance, debited with every event
    Prepaid,
    /// Fees paid in advance; usage is tracked, and free
    Subscription,
    /// A fee with an allowance; usage beyond it is paid for
    Hybrid,
}

/// What a workspace starts from: the catalog that is typical of a way to sell, or one by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Template {
    /// Balances paid in advance, debited with every event
    Prepaid,
    /// Fees paid in advance; usage is tracked, and free
    Subscription,
    /// A fee with an allowance; usage beyond it is paid for
    Hybrid,
    /// LLM tokens as one goes, from a balance in money
    LlmApi,
    /// Images for credits, by model and quality
    ImageCredits,
    /// Video by the second, by resolution
    VideoResolution,
    /// Speech by the minute, with a minimum for each call
    SpeechMinutes,
    /// API calls in steps: the first are free, many are cheaper
    ApiCalls,
    /// A flat fee per seat; what usage costs is tracked
    FlatSaas,
    /// Seats, and credits that are carried over (as Clay sells)
    SeatsCredits,
    /// Plans with monthly pools, and overage (as Cursor sells)
    UsagePools,
    /// A fee with usage worth as much in it (as Vercel sells)
    IncludedUsage,
    /// Plans with so many requests a month (as Copilot was sold)
    RequestAllowance,
}

impl From<Model> for Template {
    fn from(model: Model) -> Self {
        match model {
            Model::Prepaid => Self::Prepaid,
            Model::Subscription => Self::Subscription,
            Model::Hybrid => Self::Hybrid,
        }
    }
}

/// A code, by the catalog's rule.
///
/// # Errors
/// In words: what a code is.
pub fn code(text: &str) -> Result<String, String> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    if text.is_empty() || !text.chars().all(allowed) {
        return Err("a code has letters, digits, `_`, `-` and `.` alone".to_owned());
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

#[cfg(test)]
mod tests {
    use super::*;

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
