//! The words of `explain`: why an event cost what it did, or was not charged. JSON has the same lines.

use super::json::collect_words;
use crate::catalog::{Rank, TierPeriod};
use crate::money::Decimal;
use crate::rating::{Formula, Term};
use crate::report::{ExplainedDraw, ExplainedOverage, Refusal, Rounded, RowFit, RowName, Step};
use std::fmt::{Display, Formatter, Result};

collect_words!(Refusal RowName Step);

impl Display for Formula {
    /// `1000 * 0 + 9000 * 0.006 + 5`; a sum of nothing is 0.
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let terms = self.0.iter().map(Term::to_string).collect::<Vec<_>>().join(" + ");
        f.write_str(if terms.is_empty() { "0" } else { &terms })
    }
}

impl Display for Term {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let over = |package: &Option<Decimal>| package.map_or(String::new(), |size| format!(" / {size}"));
        match self {
            Self::Product { left, right, package } => write!(f, "{left} * {right}{}", over(package)),
            Self::Part { quantity, price, package } => write!(f, "{quantity} * {price}{}", over(package)),
            Self::Blocks { quantity, size, price } => write!(f, "ceil({quantity} / {size}) * {price}"),
            Self::Fee(fee) => fee.fmt(f),
        }
    }
}

impl Display for Refusal {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Self::Unpriced(reason) => f.write_str(reason.name()),
            Self::Denied { reason, asset, needed, available, renewal } => {
                write!(f, "{}: {needed} {asset} needed", reason.name())?;
                if let Some(renewal) = renewal {
                    write!(f, " to renew {} at {}", renewal.product, renewal.at)?;
                }
                write!(f, ", {available} available")?;
                match renewal.as_ref().and_then(|renewal| renewal.paid_at) {
                    Some(paid_at) => write!(f, "; paid at {paid_at}"),
                    None => Ok(()),
                }
            }
        }
    }
}

impl Display for Rank {
    /// `1 exact`, or `1 exact, 1 prefix of 7 characters`.
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "{} exact", self.exact)?;
        match (self.prefixes, self.length) {
            (0, _) => Ok(()),
            (1, length) => write!(f, ", 1 prefix of {length} characters"),
            (prefixes, length) => write!(f, ", {prefixes} prefixes of {length} characters"),
        }
    }
}

impl Display for RowName {
    /// `model=gpt-5.1 tier=*`; a price without dimensions has one row for all.
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let pairs = self.0.iter().map(|(name, value)| format!("{name}={}", value.as_deref().unwrap_or("*")));
        let text = pairs.collect::<Vec<_>>().join(" ");
        f.write_str(if text.is_empty() { "(any)" } else { &text })
    }
}

impl Display for Step {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Self::Price { price, product, version, event_type } => {
                write!(f, "price {price:?} of {product}@{version} is for {event_type}")
            }
            Self::Row { number, row, fit } => {
                write!(f, "row {number} ({row}) ")?;
                match fit {
                    RowFit::Won(rank) => write!(f, "matches, {rank}"),
                    RowFit::Lost(rank) => write!(f, "matches, only {rank}"),
                    RowFit::RuledOut { dimension, value } => {
                        let value = value.as_ref().map_or("no".to_owned(), |value| format!("{value:?} as"));
                        write!(f, "does not match: the event has {value} {dimension}")
                    }
                }
            }
            Self::Period { per: TierPeriod::Lifetime, .. } => {
                f.write_str("quantities are counted for the subscription's whole life")
            }
            Self::Period { per: TierPeriod::Event, .. } => f.write_str("every event is rated by itself"),
            Self::Period { per, start } => {
                let anew = match per {
                    TierPeriod::Cycle => "in each of the subscription's periods".to_owned(),
                    unit => format!("each {}", unit.name()),
                };
                write!(f, "quantities are counted anew {anew}; this one began at {start}")
            }
            Self::NoNumber { field, text } => write!(f, "{field} is {text:?}, which is not a number"),
            Self::Volume { field, value: None } => write!(f, "the event has no {field}, which the price charges for"),
            Self::Volume { field, value: Some(value) } => write!(f, "{field} is {value}, below zero"),
            Self::Sum { sum, numbers, value } => {
                let sign = |at: usize, is_minus: bool| match (at, is_minus) {
                    (0, _) => "",
                    (_, true) => " - ",
                    (_, false) => " + ",
                };
                let numbers = numbers.iter().enumerate();
                let numbers: String =
                    numbers.map(|(at, (is_minus, n))| format!("{}{n}", sign(at, *is_minus))).collect();
                write!(f, "{sum} = {numbers} = {value}")
            }
            Self::Quantity { now, before } => write!(f, "quantity {now} on top of {before}"),
            Self::Rated { quantity, formula, rounded, amount, asset } => {
                write!(f, "rate({quantity}) = {formula} = {rounded}: {amount} {asset}")
            }
            Self::Difference { after, before, fee, asset } => write!(f, "fee = {after} - {before} = {fee} {asset}"),
            Self::Limited { fee, asset, .. } if fee.is_negative() => {
                write!(f, "within what was charged before: {fee} {asset}")
            }
            Self::Limited { min, max, fee, asset } => {
                let limits = [("min_amount", min), ("max_amount", max)].into_iter();
                let limits = limits.filter_map(|(name, limit)| Some(format!("{name} {}", limit.as_ref()?)));
                write!(f, "within {}: {fee} {asset}", limits.collect::<Vec<_>>().join(" and "))
            }
            Self::Overage { overage, own, rounded } => overage_step(f, overage, own, rounded.as_ref()),
            Self::Draw { draw, currency } => draw_step(f, draw, currency),
        }
    }
}

impl Display for Rounded {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let name = self.rounding.name();
        write!(f, "{}, {name} to {} decimals", self.exact, self.decimals)
    }
}

fn overage_step(f: &mut Formatter<'_>, overage: &ExplainedOverage, own: &str, rounded: Option<&Rounded>) -> Result {
    let ExplainedOverage { units, rate, amount, asset } = overage;
    if units.is_negative() {
        let (units, amount) = (units.abs(), amount.abs());
        return write!(f, "{units} {own} had been charged as overage: {amount} {asset} come back");
    }
    let rounded = rounded.map_or(String::new(), |rounded| format!("{rounded}: "));
    write!(f, "{units} {own} could not be covered: {units} * {rate} = {rounded}{amount} {asset}")
}

fn draw_step(f: &mut Formatter<'_>, draw: &ExplainedDraw, currency: &str) -> Result {
    let ExplainedDraw { lot, purpose, amount, asset, earned, decided_by } = draw;
    let purpose = purpose.unwrap_or("lost");
    let (size, comes_back) = (amount.abs(), amount.is_negative());
    match lot {
        Some(lot) if comes_back => {
            let earned = earned.abs();
            write!(
                f,
                "{size} {asset} back to lot {lot} ({purpose}, {decided_by}), which earned {earned} {currency} less"
            )
        }
        Some(lot) => {
            let from = format!("lot {lot} ({purpose}, decided by {decided_by})");
            write!(f, "{size} {asset} from {from}, which earns {earned} {currency}")
        }
        None if comes_back => write!(f, "{size} {asset} less owed"),
        None => write!(f, "{size} {asset} by going below zero"),
    }
}
