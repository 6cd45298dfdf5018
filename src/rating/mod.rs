//! From a price, the quantity so far and an event to what the event owes. Pure arithmetic; one file per pricing model.
//!
//! The cumulative is rated and the difference is charged: an event of quantity q owes
//! round(rate(Q + q)) - round(rate(Q)). So roundings come out the same however a log is cut into events.

mod fee;
mod flat;
mod formula;
mod graduated;
mod package;
mod quantity;
mod rates;
mod row;
mod scale;
mod sum;
mod volume;

pub use fee::{Counter, Rated};
pub use formula::{Formula, Term};
pub use quantity::{Quantity, volume};
pub use row::{RowCandidate, Rows, match_row, row_candidates};

use crate::catalog::{PriceRow, PricingModel, Tiers, UsagePrice, UsageType};
use crate::ids::RowIndex;
use crate::money::{Asset, Exact, Overflow, Rounding, Total, Units};
use rates::Rates;
use scale::Scale;
use sum::Sum;

/// What is rated: one row of a price, with the precision and rounding of its asset.
#[derive(Debug, Clone, Copy)]
pub struct Rater<'a> {
    scale: Scale,
    method: Method<'a>,
    /// The row that the event's dimensions chose.
    pub row: &'a PriceRow,
}

/// A pricing model with the numbers that it needs.
#[derive(Debug, Clone, Copy)]
enum Method<'a> {
    /// Every unit at the same price, linear per package size.
    Flat(Rates),
    /// Every unit at the price of its own tier.
    Graduated(&'a Tiers),
    /// All units at the price of the tier reached.
    Volume(&'a Tiers),
    /// Whole blocks of the package size.
    Package(Rates),
}

impl<'a> Method<'a> {
    /// How a row is rated under a price that counts `usage_type`; `None` when the row lacks a rate that this needs, or a
    /// last tier without an end.
    #[inline]
    fn of(row: &'a PriceRow, usage_type: UsageType, model: PricingModel) -> Option<Self> {
        let tiers = || Some(&row.tiers).filter(|tiers| tiers.last().is_some_and(|last| last.up_to.is_none()));
        match model {
            PricingModel::Flat => Rates::of(row, usage_type).map(Self::Flat),
            PricingModel::Graduated => tiers().map(Self::Graduated),
            PricingModel::Volume => tiers().map(Self::Volume),
            PricingModel::Package => Rates::of(row, usage_type).map(Self::Package),
        }
    }
}

impl<'a> Rater<'a> {
    /// The rater of one row of a price that is in `asset`; `None` when there is no such row, or it lacks what its model
    /// needs.
    pub fn new(price: &'a UsagePrice, row: RowIndex, asset: &Asset) -> Option<Self> {
        Self::in_units(price, row, (asset.precision, asset.rounding))
    }

    /// The same, by the precision and the rounding of the price's asset.
    #[inline]
    pub fn in_units(price: &'a UsagePrice, row: RowIndex, units: (u8, Rounding)) -> Option<Self> {
        Self::of_row(price.rows.get(row.place())?, price.usage_type, price.pricing_model, units)
    }

    /// The rater of a row under a price that counts `usage_type` by `model`, in an asset of that precision and rounding;
    /// `None` when the row lacks what the model needs.
    #[inline]
    pub fn of_row(
        row: &'a PriceRow,
        usage_type: UsageType,
        model: PricingModel,
        (precision, rounding): (u8, Rounding),
    ) -> Option<Self> {
        let method = Method::of(row, usage_type, model)?;
        let scale = Scale { usage_type, package: row.package(), precision, rounding };
        Some(Self { scale, method, row })
    }
}

impl Rater<'_> {
    /// The whole of `quantity` rated from zero, rounded once.
    ///
    /// # Errors
    /// When it is more than a total can count.
    pub fn cumulative(&self, quantity: &Quantity) -> Result<Total<Units>, Overflow> {
        match self.method {
            Method::Flat(rates) => flat::rounded(&self.scale, rates, quantity),
            _ => self.sum(quantity)?.rounded(&self.scale),
        }
    }

    /// What the whole of `quantity` comes to before it is rounded.
    fn sum(&self, quantity: &Quantity) -> Result<Sum, Overflow> {
        match self.method {
            Method::Flat(rates) => Ok(flat::sum(&self.scale, rates, quantity)),
            Method::Graduated(tiers) => graduated::sum(&self.scale, tiers, quantity),
            Method::Volume(tiers) => volume::sum(&self.scale, tiers, quantity),
            Method::Package(rates) => package::sum(&self.scale, rates, quantity),
        }
    }

    /// How the whole of `quantity` is rated: the formula, and its exact value before rounding. `None` when the package size
    /// is not positive, or the quantity has more packages than can be counted.
    pub fn formula(&self, quantity: &Quantity) -> Option<(Formula, Exact)> {
        let terms = match self.method {
            Method::Flat(rates) => flat::formula(&self.scale, rates, quantity),
            Method::Graduated(tiers) => graduated::formula(&self.scale, tiers, quantity)?,
            Method::Volume(tiers) => volume::formula(&self.scale, tiers, quantity),
            Method::Package(rates) => package::formula(&self.scale, rates, quantity),
        };
        Some((Formula(terms), self.sum(quantity).ok()?.exact()?))
    }
}
