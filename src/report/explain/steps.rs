//! The way from a price to an amount, in lines for people.

use super::{ExplainedDraw, ExplainedOverage};
use crate::billing::{FeeFact, tier_period};
use crate::catalog::{Price, PriceRow, PricingModel, TierPeriod, UsagePrice};
use crate::money::{Asset, Rounding, exact_text, parse_decimal};
use crate::rating::{Quantity, Rater, RowCandidate, row_candidates};
use crate::time::{Instant, Interval};
use crate::usage::Shape;

/// `model=gpt-5.1 tier=*`; a price without dimensions has one row for all.
pub(super) fn row_text(price: &UsagePrice, row: &PriceRow) -> String {
    let pairs = price.billable_dimensions.iter().zip(&row.dimensions);
    let text: Vec<String> = pairs.map(|(name, value)| format!("{name}={}", value.as_deref().unwrap_or("*"))).collect();
    if text.is_empty() { "(any)".to_owned() } else { text.join(" ") }
}

/// The row that won, and why each of the others lost.
pub(super) fn row_steps(price: &Price, won: usize, shape: &Shape) -> Vec<String> {
    let usage = &price.usage;
    if usage.billable_dimensions.is_empty() {
        return Vec::new();
    }
    let step = |(index, candidate): (usize, RowCandidate)| {
        let text = row_text(usage, &usage.rows[index]);
        match candidate.ruled_out_by {
            _ if index == won => {
                format!("row {} ({text}) matches, {} exact", index + 1, candidate.exact)
            }
            None => format!("row {} ({text}) matches, only {} exact", index + 1, candidate.exact),
            Some(dimension) => {
                let name = &usage.billable_dimensions[dimension];
                let has = shape.dimension(name).map_or("no".to_owned(), |value| format!("{value:?} as"));
                format!("row {} ({text}) does not match: the event has {has} {name}", index + 1)
            }
        }
    };
    row_candidates(usage, shape).into_iter().enumerate().map(step).collect()
}

/// From the quantities to the amount: the exact values, each rounded once, and their difference.
pub(super) fn rating_steps(rater: &Rater<'_>, fee: &FeeFact, quantity: &Quantity, asset: &Asset) -> Vec<String> {
    let code = &asset.code;
    let mut steps = vec![format!("quantity {quantity} on top of {}", fee.before)];
    let mut rated = |quantity: &Quantity| {
        let units = rater.cumulative(quantity).unwrap_or_default();
        if let Some((formula, exact)) = rater.formula(quantity) {
            let rounded = asset.format(units);
            steps.push(format!("rate({quantity}) = {formula} = {exact}, {}: {rounded} {code}", rounding(asset)));
        }
        units
    };
    let before = if fee.before == Quantity::default() { 0 } else { rated(&fee.before) };
    let after = fee.before.plus(quantity).map_or(0, |after| rated(&after));
    let difference = asset.format(after - before);
    steps.push(format!("fee = {} - {} = {difference} {code}", asset.format(after), asset.format(before)));
    if fee.amount != after - before {
        let limit = |name: &str, limit: Option<i64>| limit.map(|units| format!("{name} {}", asset.format(units)));
        let limits = [limit("min_amount", rater.row.min_amount), limit("max_amount", rater.row.max_amount)];
        let limits: Vec<String> = limits.into_iter().flatten().collect();
        let limits = if fee.amount < 0 { "what was charged before".to_owned() } else { limits.join(" and ") };
        steps.push(format!("within {limits}: {} {code}", asset.format(fee.amount)));
    }
    steps
}

/// How an asset's amounts are rounded.
fn rounding(asset: &Asset) -> String {
    let name = Rounding::NAMES.iter().find(|(_, rounding)| *rounding == asset.rounding).map_or("", |(name, _)| name);
    format!("{name} to {} decimals", asset.precision)
}

/// From when on quantities are counted, where that matters.
pub(super) fn period_step(
    price: &UsagePrice,
    cycle: Option<Interval>,
    anchor: Instant,
    occurred_at: Instant,
) -> Option<String> {
    let start = tier_period(price.tier_period, cycle, anchor, occurred_at);
    match price.tier_period {
        TierPeriod::Lifetime if price.pricing_model == PricingModel::Flat => None,
        TierPeriod::Lifetime => Some("quantities are counted for the subscription's whole life".to_owned()),
        TierPeriod::Cycle => Some(format!(
            "quantities are counted anew in each of the subscription's periods; this one began at {start}"
        )),
        unit => Some(format!("quantities are counted anew each {}; this one began at {start}", unit.name())),
    }
}

/// What could not be covered and was charged instead, or such a charge that comes back.
pub(super) fn overage_step(overage: &ExplainedOverage, own: &Asset, other: &Asset) -> String {
    let ExplainedOverage { units, rate, amount, asset } = overage;
    let code = &own.code;
    if let (Some(units), Some(amount)) = (units.strip_prefix('-'), amount.strip_prefix('-')) {
        return format!("{units} {code} had been charged as overage: {amount} {asset} come back");
    }
    let product = [units, rate].map(|text| parse_decimal(text));
    let exact = match product {
        [Ok(units), Ok(rate)] => exact_text(&[[units, rate]], &[]),
        _ => None,
    };
    let is_exact = exact.as_deref().is_some_and(|exact| parse_decimal(exact) == parse_decimal(amount));
    let rounded = exact.filter(|_| !is_exact).map_or(String::new(), |exact| format!("{exact}, {}: ", rounding(other)));
    format!("{units} {code} could not be covered: {units} * {rate} = {rounded}{amount} {asset}")
}

/// Where a part of a fee was taken from, or given back to.
pub(super) fn draw_step(draw: &ExplainedDraw, currency: &str) -> String {
    let ExplainedDraw { lot, purpose, amount, asset, earned, decided_by } = draw;
    let purpose = purpose.unwrap_or("lost");
    match (lot, amount.strip_prefix('-')) {
        (Some(lot), None) => {
            format!(
                "{amount} {asset} from lot {lot} ({purpose}, decided by {decided_by}), which earns {earned} {currency}"
            )
        }
        (Some(lot), Some(amount)) => {
            let earned = earned.strip_prefix('-').unwrap_or(earned);
            format!(
                "{amount} {asset} back to lot {lot} ({purpose}, {decided_by}), which earned {earned} {currency} less"
            )
        }
        (None, None) => format!("{amount} {asset} by going below zero"),
        (None, Some(amount)) => format!("{amount} {asset} less owed"),
    }
}
