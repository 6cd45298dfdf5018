//! What is to be written into the catalog, before it is text.

use super::files::Files;
use super::flags::Given;
use crate::cli::ask::can_ask;
use crate::cli::error::Failure;

/// What a command is to write, as far as it is known.
#[derive(Debug, Clone, Default)]
pub(in crate::cli) struct Wanted {
    /// The code of the product or the vendor.
    pub code: Option<String>,
    /// Its name.
    pub name: Option<String>,
    /// The price's name.
    pub price: Option<String>,
    /// The keys of the asset, the price or the cost rule.
    pub flags: Given,
}

impl Wanted {
    /// With the answers of a person at the terminal, if something is `missing` and there is somebody to ask; and whether that
    /// was so.
    ///
    /// # Errors
    /// When the person goes away, or something is missing after all.
    pub fn completed(
        self,
        files: &Files<'_>,
        ask: fn(Self, &Files<'_>) -> Result<Self, Failure>,
        missing: impl Fn(&Self) -> Vec<String>,
    ) -> Result<(Self, bool), Failure> {
        let asked = !missing(&self).is_empty() && can_ask() && !files.context.globals.yes;
        let wanted = if asked { ask(self, files)? } else { self };
        refuse(&missing(&wanted))?;
        Ok((wanted, asked))
    }
}

/// Nothing is made up: what is left out and can't be asked for is wrong usage.
fn refuse(missing: &[String]) -> Result<(), Failure> {
    if missing.is_empty() {
        return Ok(());
    }
    let failure = Failure::usage(format!("this is missing: {}", missing.join(", ")));
    Err(failure.with_help("on a terminal it is asked for; --help has examples"))
}
