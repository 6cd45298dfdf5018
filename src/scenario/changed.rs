//! A ledger's history under changes: what becomes of everything that was ever applied.

use super::applied::Applied;
use super::apply::{ApplyError, apply};
use super::vary::Setting;
use crate::catalog::{Product, Terms};

/// What was applied, and what becomes of it.
#[derive(Debug, Clone)]
pub struct Changed {
    pairs: Vec<(Applied, Applied)>,
}

impl Changed {
    /// Makes every change in everything that was ever applied.
    ///
    /// # Errors
    /// As [`apply`].
    pub fn new(settings: &[Setting], applied: Vec<Applied>) -> Result<Self, ApplyError> {
        let changed = apply(settings, &applied)?;
        Ok(Self { pairs: applied.into_iter().zip(changed).collect() })
    }

    /// What becomes of terms; `None` if they were never applied.
    pub fn terms(&self, before: &Terms) -> Option<&Terms> {
        self.pairs.iter().find(|(old, _)| old.terms == *before).map(|(_, new)| &new.terms)
    }

    /// What becomes of a version of a product; `None` if it was never applied.
    pub fn product(&self, before: &Product) -> Option<&Product> {
        let mut products = self.pairs.iter().flat_map(|(old, new)| old.products.iter().zip(&new.products));
        products.find(|(old, _)| *old == before).map(|(_, new)| new)
    }
}
