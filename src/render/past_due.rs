//! The words of what is past due, and the command that pays for it.

use super::json::collect_words;
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

/// A customer's id as a shell takes it.
fn shell_word(name: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "._-@+:/".contains(c);
    if !name.is_empty() && name.chars().all(is_plain) && !name.starts_with('-') {
        return name.to_owned();
    }
    // A quote ends the quoted part, stands for itself, and begins the next one.
    format!("'{}'", name.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shell_takes_any_name_as_one_word() {
        for plain in ["acme", "a.b-c@d", "日本"] {
            assert_eq!(shell_word(plain), plain);
        }
        assert_eq!(["", "-x", "a b", "it's"].map(shell_word), ["''", "'-x'", "'a b'", "'it'\\''s'"]);
    }
}
