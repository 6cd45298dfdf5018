//! What a quantity comes to before it is rounded.

use super::scale::Scale;
use crate::money::{Conversion, Cost, Decimal, DecimalSum, Exact, Overflow, Total, Units, round_total};
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

    /// Adds a price for each of a quantity.
    pub fn add_quantity(&mut self, price: Decimal, quantity: &DecimalSum) {
        match quantity.short() {
            Some(quantity) => self.add([price, quantity, Decimal::ONE]),
            None => quantity.products().into_iter().for_each(|[a, b]| self.add([price, a, b])),
        }
    }

    /// In units of the price's asset, rounded by its rule.
    ///
    /// # Errors
    /// When there are more than a total can count, or the divisor is not positive.
    pub fn rounded(&self, scale: &Scale) -> Result<Total<Units>, Overflow> {
        round_total(&self.terms, &[self.divisor], scale.precision, scale.rounding)
    }

    /// What it costs us, converted.
    ///
    /// # Errors
    /// When it is more than a cost can be, or the divisor is not positive.
    pub fn cost(&self, conversion: &Conversion) -> Result<Cost, Overflow> {
        conversion.cost(&self.terms, self.divisor)
    }

    /// The exact value; `None` when the divisor is not positive.
    pub fn exact(&self) -> Option<Exact> {
        Exact::new(&self.terms, &[self.divisor])
    }
}
