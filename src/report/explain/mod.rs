//! Why one event cost what it did.

mod explanation;
mod steps;

use super::past_due::{PastDue, product_of};
use crate::billing::{DenialFact, DenialReason, Engine, Facts, FeeFact, LapseFact, Life, OverageFact, Status};
use crate::catalog::{Operand, Price, Term, UsagePrice};
use crate::ids::{AssetId, EventNumber, LotId, VendorId};
use crate::ledger::{EventStatus, Ledger, LedgerError, LotRow, StoredEvent};
use crate::money::{Asset, Decimal, Units, parse_quantity};
use crate::rating::{Quantity, Rater, volume};
use crate::time::Instant;
use crate::usage::UsageEvent;
use crate::wallet::Draw;
use std::collections::BTreeMap;
use steps::{overage_step, period_step, rating_steps, row_steps};

pub use explanation::{
    Before, ExplainedCost, ExplainedDraw, ExplainedFee, ExplainedOverage, Explanation, MissedPrice, Refusal, Rounded,
    RowFit, RowName, Step, UnpaidRenewal, WithoutPrice,
};

/// What explaining needs to know beside the event.
struct Background<'l> {
    engine: &'l Engine,
    event: &'l UsageEvent,
    /// The customer as far as the ledger has come.
    life: Life,
    /// Why it was denied, if a renewal was not paid: which one, and when it was paid after all.
    lapse: Option<(LapseFact, Option<Instant>)>,
    lots: BTreeMap<LotId, LotRow>,
    stored: &'l StoredEvent,
}

/// Explains a recorded event, under what is in force.
///
/// # Errors
/// When the ledger can't be read.
pub fn explain(ledger: &Ledger, engine: &Engine, stored: &StoredEvent) -> Result<Explanation, LedgerError> {
    let event = ledger.expand(stored)?;
    let customer = stored.fact.customer;
    let mut life = ledger.life(customer, engine)?;
    let due = engine.project(&mut life, ledger.horizon()?)?;
    let background = Background {
        lapse: lapse(ledger, stored, &life, &due)?,
        event: &event,
        life,
        lots: ledger.lots(Some(customer))?.into_iter().map(|row| (row.lot.id, row)).collect(),
        engine,
        stored,
    };
    let fees = stored.fact.fees.iter().map(|fee| background.fee(fee)).collect::<Result<_, _>>()?;
    let voided_by = ledger.voided_by(stored.fact.seq)?;
    let before = ledger.instead_of(stored.fact.seq)?.map(|before| before_of(ledger, stored, before)).transpose()?;
    Ok(Explanation {
        status: if voided_by.is_some() { EventStatus::Voided.name() } else { stored.fact.status.name() },
        voided_by,
        before,
        reason: background.reason(ledger)?,
        past_due: background.past_due(&event.customer),
        posted_at: stored.fact.posted_at,
        fees,
        missed: background.missed(),
        without_price: background.without_price(),
        costs: background.costs(ledger)?,
        event,
    })
}

/// What there was of an event before it was billed again.
fn before_of(ledger: &Ledger, stored: &StoredEvent, before: EventNumber) -> Result<Before, LedgerError> {
    Ok(Before {
        recorded_by: ledger.recorded_by(before)?,
        voided_by: ledger.voided_by(before)?,
        rebilled_by: ledger.recorded_by(stored.fact.seq)?,
    })
}

/// The renewal that had not been paid when an event was denied for it.
fn lapse(
    ledger: &Ledger,
    stored: &StoredEvent,
    life: &Life,
    due: &Facts,
) -> Result<Option<(LapseFact, Option<Instant>)>, LedgerError> {
    let fact = &stored.fact;
    let denial = if fact.status == Status::Denied { ledger.denial(fact.seq)? } else { None };
    if denial.is_none_or(|denial| denial.reason != DenialReason::PastDue) {
        return Ok(None);
    }
    let then = fact.posted_at.unwrap_or(fact.occurred_at);
    let origin = |fee: &FeeFact| life.subscriptions.iter().find(|s| s.id == fee.subscription).map(|s| s.origin);
    let origins: Vec<_> = fact.fees.iter().filter_map(origin).collect();
    let recovered = |id| due.recoveries.iter().find(|recovery| recovery.lapse == id).map(|recovery| recovery.at);
    let lapses = ledger.lapses_of(fact.customer)?.into_iter();
    let mut lapses = lapses.map(|(lapse, paid)| (lapse, paid.or_else(|| recovered(lapse.id))));
    let waited = |(lapse, paid): &(LapseFact, Option<Instant>)| {
        origins.contains(&lapse.origin) && lapse.at <= then && paid.is_none_or(|paid| then <= paid)
    };
    Ok(lapses.find(waited))
}

impl Background<'_> {
    fn reason(&self, ledger: &Ledger) -> Result<Option<Refusal>, LedgerError> {
        let denial = match self.stored.fact.status {
            Status::Charged => return Ok(None),
            Status::Unpriced(reason) => return Ok(Some(Refusal::Unpriced(reason))),
            Status::Denied => ledger.denial(self.stored.fact.seq)?,
        };
        let unknown = || LedgerError::Damaged(format!("why event {:?} was denied is not there", self.stored.id));
        let DenialFact { asset, needed, available, reason, .. } = denial.ok_or_else(unknown)?;
        let renewal = self.lapse.as_ref().map(|(lapse, paid_at)| {
            let unknown = || LedgerError::Damaged(format!("lapse {} is of no known subscription", lapse.id));
            let product = product_of(self.engine, &self.life, lapse).ok_or_else(unknown)?;
            Ok::<_, LedgerError>(UnpaidRenewal { product, at: lapse.at, paid_at: *paid_at })
        });
        let renewal = renewal.transpose()?;
        let (asset, needed, available) = match &self.lapse {
            Some((lapse, _)) => (lapse.asset, lapse.needed, lapse.available.max(Units::ZERO)),
            None => (asset, needed, available),
        };
        let asset = self.engine.asset(asset);
        let (needed, available) = (asset.amount(needed), asset.amount(available));
        Ok(Some(Refusal::Denied { reason, asset: asset.code.clone(), needed, available, renewal }))
    }

    /// The prices of the event's type that the customer had then, where none made a fee of it; else those of them that count
    /// less than nothing.
    fn missed(&self) -> Vec<MissedPrice> {
        let fact = &self.stored.fact;
        let is_unpriced = matches!(fact.status, Status::Unpriced(_));
        let mut missed = Vec::new();
        for own in self.life.subscriptions.iter().filter(|own| own.is_active(fact.occurred_at)) {
            let version = self.engine.version(own.version);
            let of_type = version.prices.iter().filter(|(_, price)| price.usage.event_type == self.event.event_type);
            for (_, price) in of_type {
                let quantity = self.quantity(&price.usage);
                if !is_unpriced && quantity.is_none_or(|quantity| !quantity.is_negative()) {
                    continue;
                }
                let mut steps = row_steps(price, None, &self.event.data);
                let volume = price.usage.volume_field.as_ref();
                if let Some((field, text)) = self.no_number(&price.usage) {
                    steps.push(Step::NoNumber { field: field.to_owned(), text: text.to_owned() });
                } else if let Some(field) = volume.filter(|_| quantity.is_none_or(|quantity| quantity.is_negative())) {
                    steps.extend(self.sum_step(&price.usage));
                    let value = quantity.map(|quantity| quantity.volume);
                    steps.push(Step::Volume { field: field.to_string(), value });
                }
                let (price, product, version) = (price.name.clone(), version.product.clone(), version.number);
                missed.push(MissedPrice { price, product, version, steps });
            }
        }
        missed
    }

    fn without_price(&self) -> Vec<WithoutPrice> {
        let fact = &self.stored.fact;
        if !matches!(fact.status, Status::Unpriced(_)) {
            return Vec::new();
        }
        let held = self.life.subscriptions.iter().filter(|own| own.is_active(fact.occurred_at));
        let all = held.map(|own| {
            let version = self.engine.version(own.version);
            let event_types = version.prices.iter().map(|(_, price)| price.usage.event_type.clone()).collect();
            WithoutPrice { product: version.product.clone(), version: version.number, event_types }
        });
        all.filter(|own| !own.event_types.contains(&self.event.event_type)).collect()
    }

    /// What is still to be paid of that renewal.
    fn past_due(&self, customer: &str) -> Option<PastDue> {
        let (lapse, paid) = self.lapse.as_ref()?;
        paid.is_none().then(|| PastDue::new(self.engine, &self.life, customer, lapse))
    }

    fn costs(&self, ledger: &Ledger) -> Result<Vec<ExplainedCost>, LedgerError> {
        let names: BTreeMap<VendorId, String> = ledger.vendor_codes()?.into_iter().collect();
        let currency = &self.engine.book.reporting_currency;
        let reporting = self.engine.book.asset(currency).map_err(|e| LedgerError::Damaged(e.to_string()))?;
        let unnamed = |id| LedgerError::Damaged(format!("vendor number {id} is not there"));
        let costs = self.stored.fact.costs.iter().map(|cost| {
            Ok(ExplainedCost {
                vendor: names.get(&cost.vendor).cloned().ok_or_else(|| unnamed(cost.vendor))?,
                amount: reporting.precise(cost.amount),
                currency: currency.clone(),
            })
        });
        costs.collect()
    }

    fn fee(&self, fee: &FeeFact) -> Result<ExplainedFee, LedgerError> {
        let damaged = |what: &str| LedgerError::Damaged(format!("{what} of event {:?} is not there", self.stored.id));
        let (lost, uncountable) = (|| damaged("the price"), || damaged("the quantity"));
        let subscription = self.life.subscriptions.iter().find(|s| s.id == fee.subscription).ok_or_else(lost)?;
        let version = self.engine.version(subscription.version);
        let (asset_id, price) = version.prices.get(fee.price.place()).ok_or_else(lost)?;
        let asset = self.engine.asset(*asset_id);
        let rater = Rater::new(&price.usage, fee.row, asset).ok_or_else(lost)?;
        if let Some((field, text)) = self.no_number(&price.usage) {
            let id = &self.stored.id;
            return Err(LedgerError::Damaged(format!(
                "event {id:?} was charged by {field}, but {text:?} is no number"
            )));
        }
        let quantity = self.quantity(&price.usage).ok_or_else(uncountable)?;
        let overage = fee.overage.map(|charged| self.overage(charged, price, asset).ok_or_else(lost)).transpose()?;
        let draws = fee.draws.iter().map(|draw| self.draw(draw, *asset_id).ok_or_else(|| damaged("a lot")));
        let draws = draws.collect::<Result<Vec<ExplainedDraw>, _>>()?;
        let (own, others): (Vec<_>, Vec<_>) = draws.iter().partition(|draw| draw.asset == asset.code);
        let currency = &self.engine.book.reporting_currency;
        let draw_step = |draw: &ExplainedDraw| Step::Draw { draw: draw.clone(), currency: currency.clone() };
        let mut steps = vec![Step::Price {
            price: price.name.clone(),
            product: version.product.clone(),
            version: version.number,
            event_type: price.usage.event_type.clone(),
        }];
        steps.extend(row_steps(price, Some(fee.row.place()), &self.event.data));
        steps.extend(period_step(&price.usage, version.cycle, subscription.anchor, self.stored.fact.occurred_at));
        steps.extend(self.sum_step(&price.usage));
        let after = fee.before.plus(&quantity).ok_or_else(uncountable)?;
        let rated = rating_steps(&rater, fee, (&quantity, &after), asset);
        steps.extend(rated.map_err(|_| uncountable())?);
        steps.extend(own.into_iter().map(draw_step));
        steps.extend(overage.as_ref().map(|(_, step)| step.clone()));
        steps.extend(others.into_iter().map(draw_step));
        Ok(ExplainedFee {
            price: price.name.clone(),
            product: version.product.clone(),
            version: version.number,
            quantity,
            quantity_before: fee.before,
            quantity_after: after,
            row: RowName::new(&price.usage, rater.row),
            steps,
            asset: asset.code.clone(),
            amount: asset.amount(fee.amount),
            overage: overage.map(|(overage, _)| overage),
            draws,
        })
    }

    /// What the price counts of the event; `None` when it is not there.
    fn quantity(&self, price: &UsagePrice) -> Option<Quantity> {
        Quantity::of(price, |field| self.number(field))
    }

    fn number(&self, field: &str) -> Option<Decimal> {
        parse_quantity(self.event.data.get(field)?).ok()
    }

    /// A field of the price's volume in which the event has something else than a number, and that. Only an event that the
    /// price has not charged may: it was recorded when nothing counted the field.
    fn no_number(&self, price: &UsagePrice) -> Option<(&str, &str)> {
        let mut stated = price.volume_fields().filter_map(|field| self.event.data.get_key_value(field));
        let (field, text) = stated.find(|(_, text)| parse_quantity(text).is_err())?;
        Some((field, text))
    }

    /// What the price's volume is added up from, where it is a sum.
    fn sum_step(&self, price: &UsagePrice) -> Option<Step> {
        let sum = price.volume_field.as_ref().filter(|sum| sum.as_field().is_none())?;
        let value = volume(sum, |field| self.number(field))?;
        let number = |Term { is_minus, operand }: &Term| match operand {
            Operand::Number(number) => (*is_minus, *number),
            Operand::Field(field) => (*is_minus, self.number(field).unwrap_or_default()),
        };
        Some(Step::Sum { sum: sum.to_string(), numbers: sum.terms().iter().map(number).collect(), value })
    }

    /// A draw from a lot is in the lot's asset; going below zero is in the price's own. `None` when the lot is not there.
    fn draw(&self, draw: &Draw, own: AssetId) -> Option<ExplainedDraw> {
        let lot = match draw.lot {
            Some(id) => Some(self.lots.get(&id)?),
            None => None,
        };
        let asset = self.engine.asset(lot.map_or(own, |row| row.asset));
        Some(ExplainedDraw {
            lot: draw.lot,
            purpose: lot.map(|row| row.lot.purpose.name()),
            amount: asset.amount(draw.amount),
            asset: asset.code.clone(),
            earned: self.engine.reporting_currency().amount(draw.earned),
            decided_by: draw.decided_by.name(),
        })
    }

    /// What was charged as overage, and the step that explains it; `None` when the price has none.
    fn overage(&self, charged: OverageFact, price: &Price, own: &Asset) -> Option<(ExplainedOverage, Step)> {
        let terms = price.usage.overage.as_ref()?;
        let asset = self.engine.book.asset(&terms.asset).ok()?;
        let overage = ExplainedOverage {
            units: own.amount(charged.units),
            rate: terms.rate,
            amount: asset.amount(charged.amount),
            asset: asset.code.clone(),
        };
        let step = overage_step(&overage, charged, own, asset);
        Some((overage, step))
    }
}
