//! What customers spend: what draws of paid lots earn, new deficits at their value, and fixed charges less the credits of
//! changes. Credit that is bundled or given away costs them nothing.

use crate::billing::{ChargeFact, Engine, EventFact, Facts, Life, Status};
use crate::ids::{AssetId, CustomerId, LotId};
use crate::money::{Total, Value};
use crate::time::Instant;
use crate::wallet::{Draw, Purpose};
use rustc_hash::FxHashMap;

/// What is asked of one customer, beside what reports say.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Person {
    /// In units of the reporting currency.
    pub spend: Total<Value>,
    /// When the first of their events was refused.
    pub first_denied_at: Option<Instant>,
}

/// Everybody while their events are billed.
#[derive(Debug, Default)]
pub(super) struct People {
    people: FxHashMap<CustomerId, Person>,
    /// The list value of fees that could not be covered.
    pub refused_fees: Total<Value>,
    /// Whether bundled credit earns something, so that lots must be told apart.
    has_bundled: bool,
}

impl People {
    /// Nobody, under an engine.
    pub fn new(engine: &Engine) -> Self {
        let entitlements = engine.versions().flat_map(|(_, version)| &version.entitlements);
        let mut bundled = entitlements.filter(|(_, granted)| granted.purpose == Purpose::Bundled);
        let has_bundled = bundled.any(|(_, granted)| !granted.revenue_basis.is_zero());
        Self { has_bundled, ..Self::default() }
    }

    fn of(&mut self, customer: CustomerId) -> &mut Person {
        self.people.entry(customer).or_default()
    }

    /// An event that was just billed to a life.
    pub fn event(&mut self, event: &EventFact, life: &Life, engine: &Engine) {
        if event.status == Status::Denied {
            self.refused_fees += event.fees.iter().map(|fee| fee.value).sum::<Total<Value>>();
            let first = &mut self.of(event.customer).first_denied_at;
            *first = Some(first.map_or(event.occurred_at, |first| first.min(event.occurred_at)));
            return;
        }
        // What draws earn is in the report by customer: this is what differs from it.
        let mut spend = Total::ZERO;
        for fee in event.fees.iter().filter(|fee| !fee.draws.is_empty()) {
            let purpose = |lot| if self.has_bundled { life.lot(lot).map(|lot| lot.purpose) } else { None };
            let asset = || engine.fee_price(life, fee).ok().map(|(asset, _)| asset);
            spend += fee
                .draws
                .iter()
                .map(|draw| spent(draw, (engine, event.occurred_at), purpose, asset))
                .sum::<Total<Value>>();
        }
        if !spend.is_zero() {
            self.of(event.customer).spend += spend;
        }
    }

    /// What draws for usage have earned of a customer.
    pub fn earned(&mut self, customer: CustomerId, earned: Total<Value>) {
        self.of(customer).spend += earned;
    }

    /// What was charged beside events, and everybody as they stand then. Lots stand in the order of their numbers.
    pub fn finish<'e>(
        mut self,
        facts: &Facts,
        engine_at: impl Fn(Instant) -> &'e Engine,
    ) -> FxHashMap<CustomerId, Person> {
        for charge in &facts.charges {
            self.of(charge.customer).spend += charged(charge, facts, engine_at(charge.at));
        }
        self.people
    }
}

/// What a draw costs the customer more than it earns. An overdraft is never an overage, so it is in the fee's own asset.
fn spent(
    draw: &Draw,
    (engine, at): (&Engine, Instant),
    purpose: impl Fn(LotId) -> Option<Purpose>,
    asset: impl Fn() -> Option<AssetId>,
) -> Total<Value> {
    match draw.lot {
        // Without a purpose nothing but paid credit earns.
        Some(lot) if !draw.earned.is_zero() => match purpose(lot) {
            None | Some(Purpose::Paid) => Total::ZERO,
            Some(Purpose::Bundled | Purpose::Promotion) => -Total::from(draw.earned),
        },
        Some(_) => Total::ZERO,
        None => asset().map_or(Total::ZERO, |asset| worth(engine, draw, asset, at)),
    }
}

/// What a charge costs the customer. Below zero it is the credit of a change.
fn charged(charge: &ChargeFact, facts: &Facts, engine: &Engine) -> Total<Value> {
    let mut spend = Total::from(charge.value);
    for draw in &charge.draws {
        match draw.lot {
            Some(lot) if !is_paid(facts, lot) => spend -= draw.earned,
            Some(_) => {}
            None => spend += worth(engine, draw, charge.asset, charge.at),
        }
    }
    spend
}

fn is_paid(facts: &Facts, lot: LotId) -> bool {
    let place = facts.lots.binary_search_by_key(&lot, |lot| lot.id);
    place.is_ok_and(|place| facts.lots[place].purpose == Purpose::Paid)
}

/// What a deficit is worth. No fee was taken that could not be counted.
fn worth(engine: &Engine, draw: &Draw, asset: AssetId, at: Instant) -> Total<Value> {
    engine.list_value(draw.amount, asset, at).map_or(Total::ZERO, Total::from)
}
