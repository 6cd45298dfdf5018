//! What a quantity comes to before it is rounded.

use super::Rater;
use crate::money::{Decimal, Exact, Overflow, Units, round_sum};
use smallvec::SmallVec;

/// Products that are added up, and what the sum is divided by. However many there are, they are rounded once, together.
pub(super) struct Sum {
    terms: SmallVec<[[Decimal; 3]; 4]>,
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

    /// In units of the rater's asset, rounded by its rule.
    ///
    /// # Errors
    /// When the amount does not fit, or the divisor is not positive.
    pub fn rounded(&self, rater: &Rater<'_>) -> Result<Units, Overflow> {
        round_sum(&self.terms, &[self.divisor], rater.precision, rater.rounding).map(Units::from_count)
    }

    /// The exact value; `None` when the divisor is not positive.
    pub fn exact(&self) -> Option<Exact> {
        Exact::new(&self.terms, &[self.divisor])
    }
}
