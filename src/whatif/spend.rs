//! What customers spend: what draws on paid lots earn, new overdrafts at their value, and fixed charges less the credits of
//! changes. Bundled and free credit costs them nothing.

use crate::billing::{Broken, ChargeFact, DenialReason, Engine, EventFact, Facts, FeeFact, Life, LifeError, Status};
use crate::ids::{AssetId, CustomerId, LotId};
use crate::ledger::LedgerError;
use crate::money::{Total, Value};
use crate::time::Instant;
use crate::wallet::{Draw, Purpose};
use rustc_hash::FxHashMap;

/// What a comparison needs of one customer that reports don't have.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Person {
    /// In units of the reporting currency.
    pub spend: Total<Value>,
    /// When the first of their events was refused, and why.
    pub first_denied: Option<(Instant, DenialReason)>,
}

/// All customers while their events are billed.
#[derive(Debug, Default)]
pub(super) struct People {
    people: FxHashMap<CustomerId, Person>,
    /// The list value of fees that could not be covered.
    pub refused_fees: Total<Value>,
    /// How many events are refused for each reason, in the order of their names.
    pub denied: [i64; DenialReason::NAMES.len()],
    /// Whether bundled credit earns something, so that lots must be told apart.
    has_bundled: bool,
}

impl People {
    /// No customers yet.
    pub fn new(engine: &Engine) -> Self {
        let entitlements = engine.versions().flat_map(|(_, version)| &version.entitlements);
        let mut bundled = entitlements.filter(|(_, granted)| granted.purpose == Purpose::Bundled);
        let has_bundled = bundled.any(|(_, granted)| !granted.revenue_basis.is_zero());
        Self { has_bundled, ..Self::default() }
    }

    fn of(&mut self, customer: CustomerId) -> &mut Person {
        self.people.entry(customer).or_default()
    }

    /// Adds an event that was just billed to a life, or taken back; `denied` is why it is or was refused.
    ///
    /// # Errors
    /// When the life lacks a lot or a price that the event was billed with.
    pub fn event(
        &mut self,
        event: &EventFact,
        denied: Option<DenialReason>,
        life: &Life,
        engine: &Engine,
    ) -> Result<(), LedgerError> {
        if event.status == Status::Denied {
            self.deny(event, denied);
            return Ok(());
        }
        let mut spend = Total::ZERO;
        for fee in &event.fees {
            for draw in &fee.draws {
                spend += self.beside_earned(draw, fee, event.occurred_at, (life, engine))?;
            }
        }
        if !spend.is_zero() {
            self.of(event.customer).spend += spend;
        }
        Ok(())
    }

    /// Adds an event that is refused, or takes back one that was.
    fn deny(&mut self, event: &EventFact, denied: Option<DenialReason>) {
        self.refused_fees += event.fees.iter().map(|fee| fee.value).sum::<Total<Value>>();
        let Some(reason) = denied else { return };
        self.denied[reason as usize] += if event.voids.is_some() { -1 } else { 1 };
        let first = &mut self.of(event.customer).first_denied;
        if first.is_none_or(|(at, _)| event.occurred_at < at) {
            *first = Some((event.occurred_at, reason));
        }
    }

    /// What a draw costs the customer, less what it earns, which the report by customer has already. An overdraft is never an
    /// overage, so it is in the fee's own asset.
    fn beside_earned(
        &self,
        draw: &Draw,
        fee: &FeeFact,
        at: Instant,
        (life, engine): (&Life, &Engine),
    ) -> Result<Total<Value>, LedgerError> {
        let Some(lot) = draw.lot else {
            let (asset, _) = engine.fee_price(life, fee).map_err(LifeError::from)?;
            return worth(engine, draw, (life.customer, asset), at);
        };
        if draw.earned.is_zero() || !self.has_bundled {
            return Ok(Total::ZERO);
        }
        let lot = life.lot(lot).ok_or(LifeError::Broken(Broken::Lot(lot)))?;
        Ok(match lot.purpose {
            Purpose::Paid => Total::ZERO,
            Purpose::Bundled | Purpose::Promotion => -Total::from(draw.earned),
        })
    }

    /// Adds what draws for usage have earned from a customer.
    pub fn earned(&mut self, customer: CustomerId, earned: Total<Value>) {
        self.of(customer).spend += earned;
    }

    /// Adds the fixed charges, and returns all customers. Lots must be in the order of their numbers.
    ///
    /// # Errors
    /// When a charge was drawn from a lot that nobody has, or comes to more than can be counted.
    pub fn finish<'e>(
        mut self,
        facts: &Facts,
        engine_at: impl Fn(Instant) -> &'e Engine,
    ) -> Result<FxHashMap<CustomerId, Person>, LedgerError> {
        for charge in &facts.charges {
            self.of(charge.customer).spend += charged(charge, facts, engine_at(charge.at))?;
        }
        Ok(self.people)
    }
}

/// What a charge costs the customer. Below zero it is the credit of a change.
fn charged(charge: &ChargeFact, facts: &Facts, engine: &Engine) -> Result<Total<Value>, LedgerError> {
    let mut spend = Total::from(charge.value);
    for draw in &charge.draws {
        match draw.lot {
            Some(lot) if is_paid(facts, lot)? => {}
            Some(_) => spend -= draw.earned,
            None => spend += worth(engine, draw, (charge.customer, charge.asset), charge.at)?,
        }
    }
    Ok(spend)
}

fn is_paid(facts: &Facts, lot: LotId) -> Result<bool, LifeError> {
    let place = facts.lots.binary_search_by_key(&lot, |lot| lot.id);
    let place = place.map_err(|_| Broken::Lot(lot))?;
    Ok(facts.lots[place].purpose == Purpose::Paid)
}

/// What a deficit in an asset is worth.
fn worth(
    engine: &Engine,
    draw: &Draw,
    (customer, asset): (CustomerId, AssetId),
    at: Instant,
) -> Result<Total<Value>, LedgerError> {
    let value = engine.list_value(draw.amount, asset, at);
    Ok(value.map_err(|error| LifeError::TooLarge(customer, error))?.into())
}
