//! How a quantity is rated, so that people can follow it.

use crate::money::{Decimal, DecimalSum, Exact};

/// What a quantity comes to before it is rounded: the terms of a sum.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Formula(pub Vec<Term>);

/// One term of a [`Formula`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Term {
    /// A product, over the package size where a price has one.
    Product {
        /// A price or a quantity.
        left: DecimalSum,
        /// The other of them.
        right: DecimalSum,
        /// The package size.
        package: Option<Decimal>,
    },
    /// What lies in one tier, at its price, over the package size where the price has one.
    Part {
        /// How much it is; it may have more digits than a decimal holds.
        quantity: Exact,
        /// The tier's price.
        price: Decimal,
        /// The package size.
        package: Option<Decimal>,
    },
    /// A price for each block of a size that a quantity begins.
    Blocks {
        /// How much is used; a block that is begun counts whole.
        quantity: DecimalSum,
        /// The size of a block.
        size: Decimal,
        /// The price of a block.
        price: Decimal,
    },
    /// What is owed whatever the quantity is.
    Fee(Decimal),
}
