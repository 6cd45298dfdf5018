//! The way from a price to an amount, step by step.

use super::explanation::{ExplainedOverage, Rounded, RowFit, RowName, Step};
use crate::billing::{FeeFact, OverageFact, tier_period};
use crate::catalog::{DimensionValue, Price, PriceRow, PricingModel, TierPeriod, UsagePrice};
use crate::money::{Asset, Exact, Overflow, Total, Units, decimal_of};
use crate::rating::{Quantity, Rater, RowCandidate, row_candidates};
use crate::time::{Instant, Interval};
use std::cmp::Reverse;
use std::collections::BTreeMap;

impl Rounded {
    fn new(exact: Exact, asset: &Asset) -> Self {
        Self { exact, rounding: asset.rounding, decimals: asset.precision }
    }
}

impl RowName {
    /// What a row of a price is for.
    pub(super) fn new(price: &UsagePrice, row: &PriceRow) -> Self {
        let wanted = |value: &Option<DimensionValue>| value.as_ref().map(|value| value.as_text().into_owned());
        Self(price.billable_dimensions.iter().cloned().zip(row.dimensions.iter().map(wanted)).collect())
    }
}

/// How each row stands to the event; the row that won is the one that was charged, or else the best of those that match.
pub(super) fn row_steps(price: &Price, charged: Option<usize>, data: &BTreeMap<String, String>) -> Vec<Step> {
    let usage = &price.usage;
    if usage.billable_dimensions.is_empty() {
        return Vec::new();
    }
    let value_of = |name: &str| data.get(name).map(String::as_str);
    let candidates = row_candidates(usage, value_of);
    let matching = candidates.iter().enumerate().filter(|(_, candidate)| candidate.ruled_out_by.is_none());
    let best = matching.min_by_key(|(_, candidate)| Reverse(candidate.rank)).map(|(index, _)| index);
    let won = charged.or(best);
    let step = |(index, candidate): (usize, RowCandidate)| {
        let fit = match candidate.ruled_out_by {
            _ if Some(index) == won => RowFit::Won(candidate.rank),
            None => RowFit::Lost(candidate.rank),
            Some(dimension) => {
                let dimension = usage.billable_dimensions[dimension].clone();
                RowFit::RuledOut { value: data.get(&dimension).cloned(), dimension }
            }
        };
        Step::Row { number: index + 1, row: RowName::new(usage, &usage.rows[index]), fit }
    };
    candidates.into_iter().enumerate().map(step).collect()
}

/// From the quantities to the amount: the exact values, each rounded once, and their difference.
///
/// # Errors
/// When a quantity or an amount can't be counted.
pub(super) fn rating_steps(
    rater: &Rater<'_>,
    fee: &FeeFact,
    (quantity, after): (&Quantity, &Quantity),
    asset: &Asset,
) -> Result<Vec<Step>, Overflow> {
    let code = || asset.code.clone();
    let mut steps = vec![Step::Quantity { now: *quantity, before: fee.before }];
    let mut rated = |quantity: &Quantity| {
        let units = rater.cumulative(quantity)?;
        if let Some((formula, exact)) = rater.formula(quantity) {
            let rounded = Rounded::new(exact, asset);
            let amount = asset.amount(units);
            steps.push(Step::Rated { quantity: *quantity, formula, rounded, amount, asset: code() });
        }
        Ok(units)
    };
    let before = if fee.before == Quantity::default() { Total::ZERO } else { rated(&fee.before)? };
    let after = rated(after)?;
    let owed = after.checked_sub(before).ok_or(Overflow)?;
    let [after, before, difference] = [after, before, owed].map(|units| asset.amount(units));
    steps.push(Step::Difference { after, before, fee: difference, asset: code() });
    if Total::from(fee.amount) != owed {
        let limit = |limit: Option<Units>| limit.map(|units| asset.amount(units));
        let (min, max) = (limit(rater.row.min_amount), limit(rater.row.max_amount));
        steps.push(Step::Limited { min, max, fee: asset.amount(fee.amount), asset: code() });
    }
    Ok(steps)
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
pub(super) fn overage_step(overage: &ExplainedOverage, charged: OverageFact, own: &Asset, other: &Asset) -> Step {
    let exact = Exact::new(&[[decimal_of(charged.units, own.precision), overage.rate]], &[]);
    let amount = Exact::from(decimal_of(charged.amount, other.precision));
    let rounded = exact.filter(|exact| *exact != amount).map(|exact| Rounded::new(exact, other));
    Step::Overage { overage: overage.clone(), own: own.code.clone(), rounded }
}
