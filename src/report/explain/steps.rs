//! The way from a price to an amount, step by step.

use super::{ExplainedDraw, ExplainedOverage};
use crate::billing::{FeeFact, tier_period};
use crate::catalog::{Price, PriceRow, PricingModel, TierPeriod, UsagePrice};
use crate::money::{Amount, Asset, Rounding, Units, decimal_of, exact_text, parse_decimal};
use crate::rating::{Quantity, Rater, RowCandidate, row_candidates};
use crate::time::{Instant, Interval};
use crate::usage::Shape;

/// One step. Its words are [`crate::render`]'s.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// The price that the fee is for.
    Price {
        /// The price's name.
        price: String,
        /// The product's code.
        product: String,
        /// The product's version.
        version: u32,
        /// The type of events that it is for.
        event_type: String,
    },
    /// One of the price's rows.
    Row {
        /// The first is 1.
        number: usize,
        /// What it is for.
        row: RowName,
        /// How it stands to the event.
        fit: RowFit,
    },
    /// From when on quantities are counted.
    Period {
        /// The period after which quantities start from zero.
        per: TierPeriod,
        /// The start of the period that the event is in.
        start: Instant,
    },
    /// What was used now, and before.
    Quantity {
        /// What the event used.
        now: Quantity,
        /// What the events before it had used.
        before: Quantity,
    },
    /// What a whole quantity comes to.
    Rated {
        /// The quantity that was rated.
        quantity: Quantity,
        /// How it was computed.
        formula: String,
        /// The result, and how it was rounded.
        rounded: Rounded,
        /// The rounded result.
        amount: Amount,
        /// The price's asset.
        asset: String,
    },
    /// What the event adds to it.
    Difference {
        /// With the event.
        after: Amount,
        /// Without the event.
        before: Amount,
        /// The difference, which is the fee.
        fee: Amount,
        /// The price's asset.
        asset: String,
    },
    /// A fee that the row's limits changed.
    Limited {
        /// The row's `min_amount`.
        min: Option<Amount>,
        /// The row's `max_amount`.
        max: Option<Amount>,
        /// What was owed after all.
        fee: Amount,
        /// The price's asset.
        asset: String,
    },
    /// What could not be covered and was charged instead, or such a charge that comes back.
    Overage {
        /// What was charged instead.
        overage: ExplainedOverage,
        /// The price's own asset.
        own: String,
        /// Its exact value, where that is another than the amount.
        rounded: Option<Rounded>,
    },
    /// Where a part was taken from, or given back to.
    Draw {
        /// What was taken from one lot.
        draw: ExplainedDraw,
        /// The reporting currency.
        currency: String,
    },
}

/// The dimensions of a price's row, each with the value that it is for; without one it is for any.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowName(pub Vec<(String, Option<String>)>);

/// How a row stands to an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RowFit {
    /// It is the one that counts; so many of its dimensions name the event's values.
    Won(usize),
    /// It matches too, with fewer dimensions that do, or it stands below one with as many.
    Lost(usize),
    /// It is not for the event.
    RuledOut {
        /// The dimension that says so.
        dimension: String,
        /// What the event has there.
        value: Option<String>,
    },
}

/// A number before it was rounded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rounded {
    /// The exact number.
    pub exact: String,
    /// How it was rounded.
    pub rounding: Rounding,
    /// To how many decimals.
    pub decimals: u8,
}

impl Rounded {
    fn new(exact: String, asset: &Asset) -> Self {
        Self { exact, rounding: asset.rounding, decimals: asset.precision }
    }
}

impl RowName {
    /// What a row of a price is for.
    pub(super) fn new(price: &UsagePrice, row: &PriceRow) -> Self {
        Self(price.billable_dimensions.iter().cloned().zip(row.dimensions.iter().cloned()).collect())
    }
}

/// The row that won, and why each of the others lost.
pub(super) fn row_steps(price: &Price, won: usize, shape: &Shape) -> Vec<Step> {
    let usage = &price.usage;
    if usage.billable_dimensions.is_empty() {
        return Vec::new();
    }
    let step = |(index, candidate): (usize, RowCandidate)| {
        let fit = match candidate.ruled_out_by {
            _ if index == won => RowFit::Won(candidate.exact),
            None => RowFit::Lost(candidate.exact),
            Some(dimension) => {
                let dimension = usage.billable_dimensions[dimension].clone();
                RowFit::RuledOut { value: shape.dimension(&dimension).map(str::to_owned), dimension }
            }
        };
        Step::Row { number: index + 1, row: RowName::new(usage, &usage.rows[index]), fit }
    };
    row_candidates(usage, shape).into_iter().enumerate().map(step).collect()
}

/// From the quantities to the amount: the exact values, each rounded once, and their difference.
pub(super) fn rating_steps(rater: &Rater<'_>, fee: &FeeFact, quantity: &Quantity, asset: &Asset) -> Vec<Step> {
    let code = || asset.code.clone();
    let mut steps = vec![Step::Quantity { now: *quantity, before: fee.before }];
    let mut rated = |quantity: &Quantity| {
        let units = rater.cumulative(quantity).unwrap_or_default();
        if let Some((formula, exact)) = rater.formula(quantity) {
            let rounded = Rounded::new(exact, asset);
            let amount = asset.amount(units);
            steps.push(Step::Rated { quantity: *quantity, formula, rounded, amount, asset: code() });
        }
        units
    };
    let before = if fee.before == Quantity::default() { Units::ZERO } else { rated(&fee.before) };
    let after = fee.before.plus(quantity).map_or(Units::ZERO, |after| rated(&after));
    let owed = after - before;
    let [after, before, difference] = [after, before, owed].map(|units| asset.amount(units));
    steps.push(Step::Difference { after, before, fee: difference, asset: code() });
    if fee.amount != owed {
        let limit = |limit: Option<i64>| limit.map(|units| asset.amount(units));
        let (min, max) = (limit(rater.row.min_amount), limit(rater.row.max_amount));
        steps.push(Step::Limited { min, max, fee: asset.amount(fee.amount), asset: code() });
    }
    steps
}

/// From when on quantities are counted, where that matters.
pub(super) fn period_step(
    price: &UsagePrice,
    cycle: Option<Interval>,
    anchor: Instant,
    occurred_at: Instant,
) -> Option<Step> {
    let matters = price.tier_period != TierPeriod::Lifetime || price.pricing_model != PricingModel::Flat;
    let start = tier_period(price.tier_period, cycle, anchor, occurred_at);
    matters.then_some(Step::Period { per: price.tier_period, start })
}

/// What could not be covered and was charged instead, or such a charge that comes back.
pub(super) fn overage_step(overage: &ExplainedOverage, units: Units, own: &Asset, other: &Asset) -> Step {
    let exact = exact_text(&[[decimal_of(units, own.precision), overage.rate]], &[]);
    let is_rounded = |exact: &String| parse_decimal(exact) != parse_decimal(&overage.amount.to_string());
    let rounded = exact.filter(is_rounded).map(|exact| Rounded::new(exact, other));
    Step::Overage { overage: overage.clone(), own: own.code.clone(), rounded }
}
