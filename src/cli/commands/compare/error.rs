//! What a comparison that can't be made says, and what to do about it.

use super::difference;
use crate::catalog::closest;
use crate::cli::commands::report;
use crate::cli::error::Failure;
use crate::ledger::{LedgerError, TermsError};
use crate::whatif::StageError;

impl From<StageError> for Failure {
    fn from(error: StageError) -> Self {
        let (message, help) = (error.to_string(), help(&error));
        let failure = match error {
            StageError::Import(error) => return error.into(),
            StageError::Ledger(error) => {
                let failure = report::failure(error);
                return match help {
                    Some(help) => failure.with_help(help),
                    None => failure,
                };
            }
            StageError::Nothing | StageError::SameName(_) => Self::usage(message),
            StageError::Apply(_) => Self::refused("bad_scenario", message),
            StageError::NoAsset { .. } => Self::refused("unknown_asset", message),
            StageError::Unbillable { .. } => Self::refused("out_of_range", message),
            StageError::TooLate(..) => Self::refused("too_late", message),
            StageError::NoProduct { .. } => Self::refused("unknown_product", message),
            StageError::NoMove { old, new, is_old, known } => {
                let wanted = if is_old { old } else { new };
                let failure = Self::unknown("unknown_product", "product", &wanted, known.iter().map(String::as_str));
                Self { message: format!("--move {message}"), ..failure }
            }
            StageError::Currency { .. } => Self::refused("other_currency", message),
            StageError::Fund { .. } => Self::refused("no_funding", message),
            StageError::NoEvents => Self::refused("no_events", message),
            StageError::NoHistory => Self::refused("no_customers", message),
            StageError::Differs(difference) => {
                Self::refused("differs", format!("{message}; {}", difference::told(&difference)))
            }
        };
        match help {
            Some(help) => failure.with_help(help),
            None => failure,
        }
    }
}

/// What to do about it, if there is something.
fn help(error: &StageError) -> Option<String> {
    let help = match error {
        StageError::NoProduct { product, known, .. } => {
            let close = closest(product, known.iter().map(String::as_str));
            let close = close.or_else(|| known.first().map(String::as_str)).unwrap_or("OTHER");
            return Some(format!("say which product stands for it, as in --move {product}={close}"));
        }
        StageError::NoAsset { asset, .. } => return Some(format!("declare {asset} in it as in the base")),
        StageError::Nothing => {
            "name another catalog with --with CATALOG, or what changes in this one with --set PATH=VALUE"
        }
        StageError::SameName(_) => "name each, as in --with new=catalogs-new",
        StageError::NoHistory => "replay a log into it, or name the log here: drawdown compare LOG --enroll PRODUCT",
        StageError::Differs(_) => "run `drawdown ledger verify`: it says whether the ledger is damaged",
        StageError::Unbillable { .. } => {
            "under these terms the log can't be recorded; leave the scenario out, or change what is too large"
        }
        StageError::TooLate(..) => "give an earlier time with --since",
        StageError::Ledger(LedgerError::Terms(TermsError::Text { .. })) => {
            "a ledger with these terms would not have taken it; leave the scenario out, or read another field"
        }
        StageError::Fund { .. } => {
            "say what is paid, as in --funding as-needed=\"20 USD\"; --funding unlimited pays exactly what is missing"
        }
        _ => return None,
    };
    Some(help.to_owned())
}
