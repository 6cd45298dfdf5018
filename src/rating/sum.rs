//! What a quantity comes to before it is rounded.

use super::Rater;
use crate::money::{Decimal, Overflow, exact_text, round_sum};
use smallvec::SmallVec;

/// Products that are added up, and what the sum is divided by. However many they are, they are rounded once, together.
pub(super) struct Sum {
    terms: SmallVec<[[Decimal; 3]; 6]>,
    divisor: Decimal,
}

impl Sum {
    /// Nothing yet, to be divided by `divisor` in the end.
    pub fn over(divisor: Decimal) -> Self {
        Self { terms: SmallVec::new(), divisor }
    }

    /// Adds a product.
    pub fn add(&mut self, factors: [Decimal; 3]) {
        self.terms.push(factors);
    }

    fn terms(&self) -> SmallVec<[&[Decimal]; 6]> {
        self.terms.iter().map(<[Decimal; 3]>::as_slice).collect()
    }

    /// In units of the rater's asset, rounded by its rule.
    ///
    /// # Errors
    /// When the amount does not fit, or the divisor is not positive.
    pub fn rounded(&self, rater: &Rater<'_>) -> Result<i64, Overflow> {
        round_sum(&self.terms(), &[self.divisor], rater.precision, rater.rounding)
    }

    /// The exact value, written out; `None` when the divisor is not positive.
    pub fn exact(&self) -> Option<String> {
        exact_text(&self.terms(), &[self.divisor])
    }
}
