//! Exact numbers and amounts: decimals read from text, counts of an asset's smallest unit, dated rates, and
//! the one function that rounds.
//!
//! An amount in the ledger is an `i64` count of the asset's smallest unit ([`Units`]): with 9 decimals, 1 USD is
//! 1_000_000_000 units. What it is worth in the reporting currency is a [`Value`], and what many of either come to a
//! [`Total`]. What something costs us is a [`Cost`], which has more decimals than any amount. Numbers that are not yet
//! amounts (prices, quantities, rates) are [`Decimal`]s taken from the exact text, and what many of them come to is a
//! [`DecimalSum`].
//! Nothing here, and nothing that calls it, uses binary floating point.

mod amount;
mod asset;
mod convert;
mod cost;
mod count;
mod currency;
mod decimal;
mod decimal_sum;
mod exact;
mod limit;
mod ratio;
mod rounding;
mod share;
mod total;
mod units;
mod written;

pub use amount::{Units, Value};
pub use asset::{Asset, AssetKind, Rate};
pub use convert::{Book, Conversion, ConvertError, CostError};
pub use cost::{COST_PRECISION, Cost, Precise};
pub use count::{Count, Counted};
pub use currency::{CURRENCY_PRECISION, currency_minor_digits};
pub use decimal::{
    DecimalError, add_exact, multiply_exact, parse_cost, parse_decimal, parse_long_decimal, parse_quantity,
};
pub use decimal_sum::DecimalSum;
pub use exact::Exact;
pub use limit::{Limit, TooLarge};
pub use ratio::{Percent, Share};
pub use rounding::{
    Overflow, Rounding, muldiv, muldiv_wide, round_decimal, round_div, round_product, round_sum, round_total,
};
pub use rust_decimal::Decimal;
pub use total::Total;
pub use units::{UnitsError, decimal_of, format_units, minor_step, parse_units, units_of};
pub use written::Amount;
