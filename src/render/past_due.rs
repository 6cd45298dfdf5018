//! The words of what is past due, and the command that pays for it.

use super::json::collect_words;
use super::shell_word;
use crate::report::{PastDue, Remedy};
use std::fmt::{Display, Formatter, Result};

collect_words!(Remedy);

impl Display for PastDue {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let Self { product, since, asset, needed, available, remedy } = self;
        write!(
            f,
            "{product} is past due since {since}: its renewal needs {needed} {asset}, and {available} is available; \
             `{remedy}` pays for it"
        )
    }
}

impl Display for Remedy {
    /// As a shell takes it.
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Self::TopUp { customer, paid, currency, asset } => {
                write!(f, "drawdown topup {} {paid} {currency}", shell_word(customer))?;
                if asset == currency { Ok(()) } else { write!(f, " --to {asset}") }
            }
            Self::Adjust { customer, amount, asset } => {
                write!(f, "drawdown adjust {} {amount} {asset} --reason other", shell_word(customer))
            }
        }
    }
}
