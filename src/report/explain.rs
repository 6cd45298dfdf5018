//! Why one event cost what it did.

use crate::billing::{Engine, FeeFact, Status, SubscriptionId, VersionId};
use crate::catalog::{Price, PriceRow, UsagePrice, UsageType};
use crate::ledger::{Ledger, LedgerError, LotRow, StoredEvent};
use crate::money::{Asset, Decimal, parse_decimal};
use crate::rating::{Quantity, Rater, RowCandidate, row_candidates};
use crate::usage::{Shape, UsageEvent};
use serde::Serialize;
use std::collections::BTreeMap;

/// An event, what became of it, and why. The `data` of `explain` (design, section 11).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// The event as it was recorded.
    pub event: UsageEvent,
    /// `charged`, `denied` or `unpriced`.
    pub status: &'static str,
    /// Why it was denied or unpriced.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// When it was paid, if it came late.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub posted_at: Option<crate::time::Instant>,
    /// What it owed under each price.
    pub fees: Vec<ExplainedFee>,
    /// What it cost us, by vendor.
    pub costs: Vec<ExplainedCost>,
}

/// One fee, and how it came about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ExplainedFee {
    /// The price's name.
    pub price: String,
    /// The product's code.
    pub product: String,
    /// The product's version.
    pub version: u32,
    /// How much was used.
    pub quantity: String,
    /// How much had been used before, under the same price and row.
    pub quantity_before: String,
    /// How much had been used after.
    pub quantity_after: String,
    /// The row that matched, as `model=gpt-5.1 tier=*`.
    pub row: String,
    /// The way from the price to the amount, in lines for people.
    pub steps: Vec<String>,
    /// The asset.
    pub asset: String,
    /// What is owed.
    pub amount: String,
    /// Where it was taken from.
    pub draws: Vec<ExplainedDraw>,
}

/// The part of a fee taken from one lot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ExplainedDraw {
    /// The lot; absent when the account went below zero.
    pub lot: Option<i64>,
    /// The lot's purpose.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub purpose: Option<&'static str>,
    /// How much.
    pub amount: String,
    /// What it earned, in the reporting currency.
    pub earned: String,
    /// The key that put this lot before the next.
    pub decided_by: &'static str,
}

/// What one event cost us at one vendor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ExplainedCost {
    /// The vendor's code.
    pub vendor: String,
    /// In the reporting currency.
    pub amount: String,
    /// The reporting currency.
    pub currency: String,
}

/// What explaining needs to know beside the event.
struct Background<'l> {
    engine: Engine,
    shape: Shape,
    /// The numbers of the event's volume fields.
    volumes: BTreeMap<String, Decimal>,
    versions: BTreeMap<SubscriptionId, VersionId>,
    lots: BTreeMap<i64, LotRow>,
    stored: &'l StoredEvent,
}

/// Explains a recorded event.
///
/// # Errors
/// When the ledger can't be read.
pub fn explain(ledger: &Ledger, stored: &StoredEvent) -> Result<Explanation, LedgerError> {
    let engine = ledger.engine()?;
    let event = ledger.expand(stored)?;
    let customer = stored.fact.customer;
    let volumes = |(name, value): (&String, &String)| Some((name.clone(), parse_decimal(value).ok()?));
    let background = Background {
        shape: ledger.shape(stored.fact.shape)?.with_volumes(&engine.vocabulary()),
        volumes: event.data.iter().filter_map(volumes).collect(),
        versions: ledger.subscriptions(Some(customer))?.into_iter().map(|s| (s.id, s.version_id)).collect(),
        lots: ledger.lots(Some(customer))?.into_iter().map(|row| (row.lot.id, row)).collect(),
        engine,
        stored,
    };
    let fees = stored.fact.fees.iter().map(|fee| background.fee(fee)).collect::<Result<_, _>>()?;
    Ok(Explanation {
        status: stored.fact.status.name(),
        reason: background.reason(ledger)?,
        posted_at: stored.fact.posted_at,
        fees,
        costs: background.costs(ledger)?,
        event,
    })
}

impl Background<'_> {
    fn reason(&self, ledger: &Ledger) -> Result<Option<String>, LedgerError> {
        Ok(match self.stored.fact.status {
            Status::Charged => None,
            Status::Unpriced(reason) => Some(reason.name().to_owned()),
            Status::Denied => ledger.denial(self.stored.fact.seq)?.map(|denial| {
                let asset = self.engine.asset(denial.asset);
                let (needed, available) = (asset.format(denial.needed), asset.format(denial.available));
                format!("{}: {needed} {} needed, {available} available", denial.reason.name(), asset.code)
            }),
        })
    }

    fn costs(&self, ledger: &Ledger) -> Result<Vec<ExplainedCost>, LedgerError> {
        let names: BTreeMap<i64, String> = ledger.vendor_codes()?.into_iter().collect();
        let currency = &self.engine.book.reporting_currency;
        let reporting = self.engine.book.asset(currency).map_err(|e| LedgerError::Damaged(e.to_string()))?;
        let costs = self.stored.fact.costs.iter().map(|cost| ExplainedCost {
            vendor: names.get(&cost.vendor).cloned().unwrap_or_default(),
            amount: reporting.format(cost.amount),
            currency: currency.clone(),
        });
        Ok(costs.collect())
    }

    fn fee(&self, fee: &FeeFact) -> Result<ExplainedFee, LedgerError> {
        let lost = || LedgerError::Damaged(format!("the price of event {:?} is not there", self.stored.id));
        let version = self.engine.version(*self.versions.get(&fee.subscription).ok_or_else(lost)?);
        let (asset, price) = version.prices.get(usize::from(fee.price)).ok_or_else(lost)?;
        let asset = self.engine.asset(*asset);
        let rater = Rater::new(&price.usage, fee.row, asset).ok_or_else(lost)?;
        let quantity = self.quantity(&price.usage);
        let mut steps = vec![format!(
            "price {:?} of {}@{} is for {}",
            price.name, version.product, version.number, price.usage.event_type
        )];
        steps.extend(row_steps(price, usize::from(fee.row), &self.shape));
        steps.extend(rating_steps(&rater, fee, &quantity, asset));
        steps.extend(self.draw_steps(fee, asset));
        Ok(ExplainedFee {
            price: price.name.clone(),
            product: version.product.clone(),
            version: version.number,
            quantity: quantity.to_string(),
            quantity_before: fee.before.to_string(),
            quantity_after: fee.before.plus(&quantity).map(|q| q.to_string()).unwrap_or_default(),
            row: row_text(&price.usage, rater.row),
            steps,
            asset: asset.code.clone(),
            amount: asset.format(fee.amount),
            draws: self.draws(fee, asset),
        })
    }

    fn quantity(&self, price: &UsagePrice) -> Quantity {
        let volume = price.volume_field.as_ref().filter(|_| price.usage_type != UsageType::Unit);
        Quantity {
            count: u64::from(price.usage_type != UsageType::Volume),
            volume: volume.and_then(|field| self.volumes.get(field)).copied().unwrap_or_default(),
        }
    }

    fn draws(&self, fee: &FeeFact, asset: &Asset) -> Vec<ExplainedDraw> {
        let reporting = self.engine.book.asset(&self.engine.book.reporting_currency).unwrap_or(asset);
        let draws = fee.draws.iter().map(|draw| ExplainedDraw {
            lot: draw.lot,
            purpose: draw.lot.and_then(|id| Some(self.lots.get(&id)?.lot.purpose.name())),
            amount: asset.format(draw.amount),
            earned: reporting.format(draw.earned),
            decided_by: draw.decided_by.name(),
        });
        draws.collect()
    }

    fn draw_steps(&self, fee: &FeeFact, asset: &Asset) -> Vec<String> {
        let currency = &self.engine.book.reporting_currency;
        let step = |draw: ExplainedDraw| match (draw.lot, draw.purpose) {
            (Some(lot), purpose) => format!(
                "{} {} from lot {lot} ({}, decided by {}), which earns {} {currency}",
                draw.amount,
                asset.code,
                purpose.unwrap_or("lost"),
                draw.decided_by,
                draw.earned
            ),
            (None, _) => format!("{} {} by going below zero", draw.amount, asset.code),
        };
        self.draws(fee, asset).into_iter().map(step).collect()
    }
}

/// `model=gpt-5.1 tier=*`; a price without dimensions has one row for all.
fn row_text(price: &UsagePrice, row: &PriceRow) -> String {
    let pairs = price.billable_dimensions.iter().zip(&row.dimensions);
    let text: Vec<String> = pairs.map(|(name, value)| format!("{name}={}", value.as_deref().unwrap_or("*"))).collect();
    if text.is_empty() { "(any)".to_owned() } else { text.join(" ") }
}

/// The row that won, and why each of the others lost.
fn row_steps(price: &Price, won: usize, shape: &Shape) -> Vec<String> {
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
fn rating_steps(rater: &Rater<'_>, fee: &FeeFact, quantity: &Quantity, asset: &Asset) -> Vec<String> {
    let code = &asset.code;
    let mut steps = vec![format!("quantity {quantity} on top of {}", fee.before)];
    let mut rated = |quantity: &Quantity| {
        let units = rater.cumulative(quantity).unwrap_or_default();
        if let Some((formula, exact)) = rater.formula(quantity) {
            let rounded = asset.format(units);
            let name = crate::money::Rounding::NAMES.iter().find(|(_, r)| *r == rater.rounding).map_or("", |(n, _)| n);
            steps.push(format!(
                "rate({quantity}) = {formula} = {exact}, {name} to {} decimals: {rounded} {code}",
                rater.precision
            ));
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
