//! A life run through the engine in memory, with what must always hold looked at after every step.

use super::accrual;
use super::world::{ASSETS, Action, EVENT_TYPES, How, MODELS, USD, What, When, World, micros, units};
use crate::support::catalog;
use drawdown::billing::{
    Adjustment, CounterKey, DenialReason, Engine, EventFact, EventInput, Facts, Life, NewTerms, NewTopup, Reason,
    Seats, Status, Subscription, SubscriptionFact,
};
use drawdown::catalog::Refresh;
use drawdown::ids::{AssetId, CustomerId, LotId, ShapeId, VersionId};
use drawdown::money::{Units, Value};
use drawdown::rating::{Counter, Quantity};
use drawdown::time::Instant;
use drawdown::usage::{Batch, UsageEvent, Vocabulary};
use drawdown::wallet::{Account, DecidedBy, Lot};
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

pub fn at(tick: i64) -> Instant {
    Instant::from_micros(micros(tick))
}

/// The full event that an action is.
pub fn usage_event(action: &Action, number: usize) -> Option<UsageEvent> {
    let What::Use { event_type, model, volume, is_tiny, ago } = action.what else { return None };
    let model = model.map(|model| ("model".to_owned(), MODELS[model].to_owned()));
    Some(UsageEvent {
        id: format!("e{number}"),
        customer: "x".into(),
        event_type: EVENT_TYPES[event_type].into(),
        occurred_at: at(action.tick - ago),
        subject: None,
        data: model
            .into_iter()
            .chain([("n".to_owned(), format!("{volume}{}", if is_tiny { "e-28" } else { "" }))])
            .collect(),
        costs: Vec::new(),
    })
}

/// Does what an action that is no event says; `false` when it is refused. Assets and product versions have the numbers that
/// the engine knows them by.
pub fn act(
    engine: &mut Engine,
    life: &mut Life,
    (assets, first_version): ([AssetId; 2], VersionId),
    number: usize,
    action: &Action,
    facts: &mut Facts,
) -> bool {
    let now = at(action.tick);
    let version = |product: usize| VersionId::from_number(first_version.number() + product as i64);
    match action.what {
        What::Subscribe { product, seats, start, end } => {
            let start = (action.tick + start).max(0);
            let terms = NewTerms { version: version(product), quantity: Seats::from_number(seats), at: at(start) };
            engine.subscribe(life, terms, end.map(|ticks| at(start + ticks)), facts).is_ok()
        }
        What::Change { which, product, seats, how } => {
            let Some(own) = held(life, which) else { return false };
            let terms = NewTerms { version: version(product), quantity: Seats::from_number(seats), at: now };
            match how {
                How::Now => engine.change(life, own.id, terms, facts).is_ok(),
                How::Later(ticks) => {
                    let terms = NewTerms { at: at(action.tick + ticks), ..terms };
                    engine.change_later(life, own.id, terms, now, facts).is_ok()
                }
                How::PeriodEnd => engine.change_at_period_end(life, own.id, terms, now, facts).is_ok(),
            }
        }
        What::Cancel { which, when } => {
            let Some(own) = held(life, which) else { return false };
            match when {
                When::At(ticks) => engine.unsubscribe(life, own.id, at(action.tick + ticks), facts).is_ok(),
                When::PeriodEnd => engine.unsubscribe_at_period_end(life, own.id, now, facts).is_ok(),
                When::TermsBegin => engine.unsubscribe(life, own.id, own.started_at, facts).is_ok(),
                When::TermsEnd => {
                    own.ended_at < Instant::MAX && engine.unsubscribe(life, own.id, own.ended_at, facts).is_ok()
                }
            }
        }
        What::Resume { which } => held(life, which).is_some_and(|own| engine.resume(life, own.id, now, facts).is_ok()),
        What::Pay { cents, asset } => {
            let (currency, target, paid) = (assets[USD], assets[asset], Units::from_count(units(cents, USD)));
            engine.top_up(life, NewTopup { key: format!("t{number}"), at: now, currency, paid, target }, facts).is_ok()
        }
        What::Gift { amount, asset, ticks } => {
            let (amount, expires_at) =
                (Units::from_count(units(amount, asset)), ticks.map(|ticks| at(action.tick + ticks)));
            let gift = Adjustment {
                key: format!("a{number}"),
                at: now,
                asset: assets[asset],
                amount,
                reason: Reason::Gift,
                expires_at,
                priority: None,
            };
            engine.adjust(life, gift, facts).is_ok()
        }
        What::TakeBack { amount, asset, refund } => {
            let reason = if refund { Reason::ExternalRefund } else { Reason::Other };
            let amount = Units::from_count(-units(amount, asset));
            let correction = Adjustment {
                key: format!("a{number}"),
                at: now,
                asset: assets[asset],
                amount,
                reason,
                expires_at: None,
                priority: None,
            };
            engine.adjust(life, correction, facts).is_ok()
        }
        What::Advance => {
            engine.advance(life, now, facts).unwrap();
            true
        }
        What::Use { .. } => false,
    }
}

/// Of the subscriptions that are not over, the one of that number; of all, if they are.
fn held(life: &Life, which: usize) -> Option<Subscription> {
    let open: Vec<_> = life.subscriptions.iter().filter(|s| s.ended_at > life.clock.max(s.started_at)).collect();
    let among = if open.is_empty() { life.subscriptions.iter().collect() } else { open };
    among.get(which % among.len().max(1)).copied().copied()
}

/// Bills the event that an action is.
pub fn bill(
    engine: &mut Engine,
    life: &mut Life,
    event: &UsageEvent,
    vocabulary: &Arc<Vocabulary>,
    number: usize,
    facts: &mut Facts,
) -> Status {
    let batch = Batch::single(event, vocabulary).unwrap();
    let (single, shape) = (&batch.events[0], &batch.new_shapes[0]);
    let (occurred_at, volumes) = (single.occurred_at, batch.volumes(single, shape));
    let shape_id = ShapeId::from_number(number as i64);
    let input = EventInput { shape_id, shape, vendors: &[], occurred_at, volumes, costs: &[] };
    engine.bill(life, input, facts).unwrap()
}

pub struct Run<'w> {
    pub world: &'w World,
    pub engine: Engine,
    pub life: Life,
    assets: [AssetId; 2],
    first_version: VersionId,
    vocabulary: Arc<Vocabulary>,
    /// What happened since the beginning.
    pub facts: Facts,
    /// Which actions were refused.
    pub refused: Vec<usize>,
    /// Every lot there ever was, as it is now.
    pub lots: BTreeMap<LotId, Lot>,
}

impl<'w> Run<'w> {
    pub fn new(world: &'w World) -> Self {
        Self::of(world, Engine::of_catalog(&catalog(&world.catalog())), VersionId::from_number(0))
    }

    /// In the words of an engine that knows the products from a number on.
    pub fn of(world: &'w World, engine: Engine, first_version: VersionId) -> Self {
        Self {
            world,
            first_version,
            life: Life::new(CustomerId::FIRST),
            vocabulary: Arc::new(engine.vocabulary()),
            assets: ASSETS.map(|code| engine.asset_id(code).unwrap()),
            engine,
            facts: Facts::default(),
            refused: Vec::new(),
            lots: BTreeMap::new(),
        }
    }

    /// Does one action and looks whether all is as it must be.
    pub fn act(&mut self, number: usize, action: &Action) {
        let mut facts = Facts::default();
        match usage_event(action, number) {
            Some(event) => self.bill(number, &event, &mut facts),
            None => {
                let numbers = (self.assets, self.first_version);
                if !act(&mut self.engine, &mut self.life, numbers, number, action, &mut facts) {
                    self.refused.push(number);
                }
            }
        }
        assert_eq!(facts.check(), Ok(()), "what happened can't be appended");
        assert_eq!(self.engine.check_life(&self.life), Ok(()), "the life can't be loaded again");
        append(&mut self.facts, facts);
        self.keep_lots();
        self.check_accounts();
        self.check_rollovers();
        accrual::check(self);
    }

    fn bill(&mut self, number: usize, event: &UsageEvent, facts: &mut Facts) {
        let mut before = self.life.clone();
        self.engine.project(&mut before, event.occurred_at).unwrap();
        let status = bill(&mut self.engine, &mut self.life, event, &self.vocabulary, number, facts);
        if status != Status::Charged {
            let state = |life: &Life| (life.accounts.clone(), counters(life), life.refundable.clone());
            assert_eq!(state(&before), state(&self.life), "an event that was not charged changed something");
        }
        let event = facts.events.last().unwrap();
        self.check_event(&before, event, facts);
    }

    /// The fees of a charged event are taken whole, what is denied could not be taken, and payments saved something.
    fn check_event(&self, before: &Life, event: &EventFact, facts: &Facts) {
        for fee in &event.fees {
            let drawn: Units = fee.draws.iter().map(|draw| draw.amount).sum();
            let overage = fee.overage.map_or(Units::ZERO, |overage| overage.amount - overage.units);
            let owed = if event.status == Status::Charged { fee.amount + overage } else { Units::ZERO };
            assert_eq!(drawn, owed, "a fee is its draws: {fee:?}");
        }
        if event.status == Status::Denied {
            let denial = facts.denials.last().unwrap();
            let taken = event
                .fees
                .iter()
                .filter(|fee| self.engine.fee_price(before, fee).unwrap().0 == denial.asset)
                .map(|f| f.amount.max(Units::ZERO))
                .sum::<Units>();
            assert!(denial.reason == DenialReason::PastDue || taken > denial.available, "denied though it was there");
        }
    }

    fn keep_lots(&mut self) {
        for (_, account) in self.life.accounts.iter_mut() {
            self.lots.extend(account.take_changed().into_iter().map(|lot| (lot.id, lot)));
            self.lots.extend(account.lots().iter().map(|lot| (lot.id, lot.clone())));
        }
    }

    fn check_accounts(&self) {
        for lot in self.lots.values() {
            assert!(Units::ZERO <= lot.left && lot.left <= lot.amount, "{lot:?}");
            assert!(
                Value::ZERO <= lot.released
                    && lot.released <= lot.basis
                    && (lot.left.is_positive() || lot.released == lot.basis),
                "{lot:?}"
            );
        }
        let now = self.life.clock;
        for (asset, &id) in self.assets.iter().enumerate() {
            let Some(account) = self.life.accounts.get(id) else { continue };
            let least = match (self.world.overdraft, self.world.overdraft_limits[asset]) {
                (false, _) => 0,
                (true, Some(limit)) => -units(limit, asset),
                (true, None) => i64::MIN,
            };
            assert!(account.available(now).count() >= least, "{} {}", account.available(now), ASSETS[asset]);
            let is_live = account.lots().iter().any(|lot| lot.is_live(now));
            assert!(
                !account.deficit().is_negative() && (account.deficit().is_zero() || !is_live),
                "owes beside a live lot: {account:?}"
            );
            let over = account.lots().iter().find(|lot| lot.expires_at.is_some_and(|end| end <= now));
            assert_eq!(over, None, "a lot that is over");
        }
    }

    /// A lot is carried on once, and all that is carried in one step is within the limit.
    fn check_rollovers(&self) {
        let mut into: BTreeMap<LotId, Units> = BTreeMap::new();
        let mut from: Vec<LotId> = self.facts.rollovers.iter().map(|rollover| rollover.lot).collect();
        from.sort_unstable();
        from.dedup();
        assert_eq!(from.len(), self.facts.rollovers.len(), "a lot is carried on twice");
        for rollover in &self.facts.rollovers {
            *into.entry(rollover.into).or_default() += rollover.amount;
        }
        for (lot, amount) in into {
            let by = self.lots[&lot].granted_by.unwrap();
            let own = self.life.subscriptions.iter().find(|s| s.id == by.subscription).unwrap();
            let entitlement = &self.engine.version(own.version).entitlements[by.entitlement.place()].1;
            let seats = if entitlement.per_seat { own.quantity.number() } else { 1 };
            let Some(Refresh::Rollover { limit }) = entitlement.lifecycle.and_then(|l| l.refresh) else {
                panic!("{by:?}")
            };
            assert!(
                self.lots[&lot].amount == amount && limit.is_none_or(|limit| amount.count() <= limit.count() * seats),
                "{lot}: {amount}"
            );
        }
    }

    /// When terms end by now, beside when they began.
    fn ends(&self, terms: &SubscriptionFact) -> Ordering {
        let own = self.life.subscriptions.iter().find(|s| s.id == terms.id).unwrap();
        own.ended_at.cmp(&own.started_at)
    }

    /// How often what happened.
    pub fn counts(&self) -> Vec<(&'static str, usize)> {
        let facts = &self.facts;
        let fees = || facts.events.iter().filter(|event| event.status == Status::Charged).flat_map(|event| &event.fees);
        let denied = |reason| facts.denials.iter().filter(|denial| denial.reason == reason).count();
        let changed = facts.subscriptions.iter().filter(|s| s.origin != s.id);
        let is_later =
            |s: &&SubscriptionFact| facts.charges.iter().any(|c| c.subscription == s.id && c.at == s.started_at);
        vec![
            ("refused", self.refused.len()),
            ("changes", changed.clone().count()),
            ("changes that were charged", changed.clone().filter(is_later).count()),
            (
                "changes that were ended as they began",
                changed.clone().filter(|s| self.ends(s) == Ordering::Equal).count(),
            ),
            ("changes that were taken back", changed.filter(|s| self.ends(s) == Ordering::Less).count()),
            ("charges", facts.charges.iter().filter(|c| c.amount.is_positive()).count()),
            ("charges from the wallet", facts.charges.iter().filter(|c| !c.draws.is_empty()).count()),
            ("credits", facts.charges.iter().filter(|c| c.amount.is_negative()).count()),
            ("credits into the wallet", facts.charges.iter().filter(|c| c.lot.is_some()).count()),
            (
                "credits that paid",
                facts.charges.iter().flat_map(|c| &c.draws).filter(|draw| draw.decided_by == DecidedBy::Credit).count(),
            ),
            ("lapses", facts.lapses.len()),
            ("recoveries", facts.recoveries.len()),
            ("rollovers", facts.rollovers.len()),
            ("expiries", facts.expiries.len()),
            ("repayments", facts.repayments.len()),
            ("automatic payments for events", facts.topups.iter().filter(|t| t.event.is_some()).count()),
            (
                "automatic payments for renewals",
                facts.topups.iter().filter(|t| t.key.is_none() && t.event.is_none()).count(),
            ),
            ("fees", fees().filter(|fee| fee.amount.is_positive()).count()),
            ("quantities carried over", self.carried()),
            ("given back", fees().filter(|fee| fee.amount.is_negative()).count()),
            ("overages", fees().filter(|fee| fee.overage.is_some()).count()),
            ("overdrafts", fees().flat_map(|fee| &fee.draws).filter(|draw| draw.lot.is_none()).count()),
            ("late", facts.events.iter().filter(|event| event.posted_at.is_some()).count()),
            ("past due", denied(DenialReason::PastDue)),
            ("insufficient funds", denied(DenialReason::InsufficientFunds)),
            ("automatic payments at their limit", denied(DenialReason::AutoTopupLimit)),
            ("overdrafts at their limit", denied(DenialReason::OverdraftLimit)),
        ]
    }

    /// How often a fee came on top of what other terms of its line had counted.
    fn carried(&self) -> usize {
        let mut counted = BTreeSet::new();
        let charged = self.facts.events.iter().filter(|event| event.status == Status::Charged);
        let carried = charged.flat_map(|event| &event.fees).filter(|fee| {
            let own = self.life.subscriptions.iter().find(|own| own.id == fee.subscription).unwrap();
            counted.insert((own.origin, own.version, fee.price, fee.row)) && fee.before != Quantity::default()
        });
        carried.count()
    }

    /// The life moved on to a tick, stopping at each of `stops`: what will have happened, and how it stands.
    pub fn moved(&self, stops: impl Iterator<Item = i64>) -> String {
        let (mut engine, mut life, mut facts) = (self.engine.clone(), self.life.clone(), Facts::default());
        stops.for_each(|stop| engine.advance(&mut life, at(stop), &mut facts).unwrap());
        format!("{facts:#?}\n{}", told_life(&life))
    }

    /// The same by projection.
    pub fn projected(&self, to: i64) -> String {
        let mut life = self.life.clone();
        let facts = self.engine.project(&mut life, at(to)).unwrap();
        format!("{facts:#?}\n{}", told_life(&life))
    }
}

fn counters(life: &Life) -> BTreeMap<CounterKey, Counter> {
    life.counters().collect()
}

/// A life with its maps in order.
pub fn told_life(life: &Life) -> String {
    let lots = |account: &Account| account.lots().iter().map(|lot| (lot.id, lot.left)).collect::<Vec<_>>();
    let accounts = life.accounts.iter().map(|(asset, account)| (asset, (lots(account), account.deficit())));
    let accounts: BTreeMap<_, _> =
        accounts.filter(|(_, (lots, owed))| !lots.is_empty() || owed.is_positive()).collect();
    let counters = counters(life);
    let refundable: BTreeMap<_, _> = life.refundable.iter().filter(|(_, stack)| !stack.is_empty()).collect();
    let charges: Vec<_> =
        life.charges.iter().filter(|charge| charge.to > life.clock).map(|c| (c.id, c.amount, c.value)).collect();
    format!(
        "{}\n{:#?}\n{:#?}\n{accounts:#?}\n{counters:#?}\n{refundable:#?}\n{charges:?}",
        life.clock, life.subscriptions, life.past_due
    )
}

/// Moves the facts of one step to all the others.
pub fn append(all: &mut Facts, facts: Facts) {
    all.events.extend(facts.events);
    all.denials.extend(facts.denials);
    all.lots.extend(facts.lots);
    all.topups.extend(facts.topups);
    all.adjustments.extend(facts.adjustments);
    all.expiries.extend(facts.expiries);
    all.repayments.extend(facts.repayments);
    all.subscriptions.extend(facts.subscriptions);
    all.ends.extend(facts.ends);
    all.charges.extend(facts.charges);
    all.payments.extend(facts.payments);
    all.rollovers.extend(facts.rollovers);
    all.lapses.extend(facts.lapses);
    all.recoveries.extend(facts.recoveries);
}
