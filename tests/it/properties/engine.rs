//! A world run through the engine in memory, with what must always hold looked at after every step.

use super::model::Story;
use super::world::{ASSETS, Action, CUSTOMERS, What, World, hour, micros};
use crate::support::catalog;
use drawdown::billing::{Adjustment, Engine, EventInput, Facts, Life, LotFact, NewTopup, Reason, Status, Subscription};
use drawdown::ids::{AssetId, CustomerId, LotId, ShapeId, SubscriptionId, VersionId};
use drawdown::money::Units;
use drawdown::time::{Instant, Unit};
use drawdown::usage::{Batch, UsageEvent, Vocabulary};
use drawdown::wallet::{Account, Draw, Lot, Priority};
use std::collections::BTreeMap;
use std::sync::Arc;

pub struct Run<'w> {
    world: &'w World,
    pub engine: Engine,
    pub lives: Vec<Life>,
    vocabulary: Arc<Vocabulary>,
    assets: [AssetId; 2],
    /// What happened since the beginning.
    pub facts: Facts,
    /// Every lot there ever was, as it is now.
    lots: BTreeMap<LotId, Lot>,
    cash: i128,
    refunds: i128,
    revenue: i128,
}

pub fn at(hour: i64) -> Instant {
    Instant::from_micros(micros(hour))
}

/// The full event that an action is.
pub fn usage_event(action: &Action, number: usize) -> Option<UsageEvent> {
    Some(UsageEvent {
        id: format!("e{number}"),
        customer: action.who.to_string(),
        event_type: action.event_type()?.to_owned(),
        occurred_at: at(action.hour),
        subject: None,
        data: action.data().into_iter().map(|(key, value)| (key.to_owned(), value)).collect(),
        costs: Vec::new(),
    })
}

/// What the engine is asked to do for an action that is no event.
pub fn topup(action: &Action, assets: [AssetId; 2], number: usize) -> Option<NewTopup> {
    let What::Pay { cents, asset } = action.what else { return None };
    let (key, paid) = (format!("t{number}"), Units::from_count(cents * 10_000_000));
    Some(NewTopup { key, at: at(action.hour), currency: assets[1], paid, target: assets[asset] })
}

pub fn adjustment(world: &World, action: &Action, assets: [AssetId; 2], number: usize) -> Option<Adjustment> {
    let (asset, whole, reason, priority, hours) = match action.what {
        What::Gift { whole, asset, priority, hours } => (asset, whole, Reason::Gift, priority, hours),
        What::TakeBack { whole, asset, refund: true } => (asset, -whole, Reason::ExternalRefund, None, None),
        What::TakeBack { whole, asset, refund: false } => (asset, -whole, Reason::Other, None, None),
        _ => return None,
    };
    Some(Adjustment {
        key: format!("a{number}"),
        at: at(action.hour),
        asset: assets[asset],
        amount: Units::from_count(whole * world.units(asset)),
        reason,
        expires_at: hours.map(|hours| at(action.hour + hours)),
        priority: priority.map(Priority::from_number),
    })
}

impl<'w> Run<'w> {
    pub fn new(world: &'w World) -> Self {
        let engine = Engine::of_catalog(&catalog(&world.catalog()));
        let subscribed = |(number, &(from, to)): (CustomerId, &(i64, Option<i64>))| {
            let mut life = Life::new(number);
            life.clock = at(from);
            let ended_at = to.map_or(Instant::MAX, at);
            let id = SubscriptionId::from_number(number.number());
            let version = VersionId::from_number(0);
            life.subscriptions.push(Subscription { ended_at, ..Subscription::new(id, version, at(from)) });
            life
        };
        Self {
            world,
            lives: CustomerId::FIRST.and_following().zip(&world.spans).map(subscribed).collect(),
            vocabulary: Arc::new(engine.vocabulary()),
            assets: ASSETS.map(|code| engine.asset_id(code).unwrap()),
            engine,
            facts: Facts::default(),
            lots: BTreeMap::new(),
            cash: 0,
            refunds: 0,
            revenue: 0,
        }
    }

    /// Does one action and looks whether all is as it must be.
    pub fn act(&mut self, number: usize, action: &Action) {
        let mut facts = Facts::default();
        if let Some(event) = usage_event(action, number) {
            self.bill(number, action.who, &event, &mut facts);
        } else if let Some(topup) = topup(action, self.assets, number) {
            // A payment too small to buy anything is refused.
            let _ = self.engine.top_up(&mut self.lives[action.who], topup, &mut facts);
        } else if let Some(adjustment) = adjustment(self.world, action, self.assets, number) {
            // More than there is can't be taken back.
            let _ = self.engine.adjust(&mut self.lives[action.who], adjustment, &mut facts);
        } else {
            self.engine.advance(&mut self.lives[action.who], at(action.hour), &mut facts).unwrap();
        }
        assert_eq!(facts.check(), Ok(()), "what happened can't be appended");
        for life in &self.lives {
            assert_eq!(self.engine.check_life(life), Ok(()), "the life can't be loaded again");
        }
        self.keep(facts);
        self.check_balances();
        self.check_revenue();
    }

    fn bill(&mut self, number: usize, who: usize, event: &UsageEvent, facts: &mut Facts) {
        let batch = Batch::single(event, &self.vocabulary).unwrap();
        let (single, shape) = (&batch.events[0], &batch.new_shapes[0]);
        let input = EventInput {
            shape_id: ShapeId::from_number(number as i64),
            shape,
            vendors: &[],
            occurred_at: single.occurred_at,
            volumes: batch.volumes(single, shape),
            costs: &[],
        };
        let life = &mut self.lives[who];
        let mut before = life.clone();
        self.engine.project(&mut before, event.occurred_at).unwrap();
        let status = self.engine.bill(life, input, facts).unwrap();
        if status != Status::Charged {
            let state = |life: &Life| {
                (life.accounts.clone(), life.counters().collect::<BTreeMap<_, _>>(), life.auto_paid.clone())
            };
            assert_eq!(state(&before), state(life), "an event that was not charged changed something");
            assert!(facts.topups.is_empty(), "a payment that saved nothing");
        }
        self.check_event(who, &before, facts);
    }

    /// The fees of a charged event are taken whole, and payments were needed.
    fn check_event(&self, who: usize, before: &Life, facts: &Facts) {
        let life = &self.lives[who];
        let event = facts.events.last().unwrap();
        for fee in &event.fees {
            let drawn: Units = fee.draws.iter().map(|draw| draw.amount).sum();
            let owed = if event.status == Status::Charged { fee.amount } else { Units::ZERO };
            assert_eq!(drawn, owed, "a fee is its draws");
        }
        for (index, &asset) in self.assets.iter().enumerate() {
            let lots = facts.lots.iter().filter(|lot| lot.asset == asset);
            let credited: Vec<Units> = lots.map(|lot| lot.amount).collect();
            let (Some(last), Some(rule)) = (credited.last(), &self.world.rules[index]) else { continue };
            let need: Units = event
                .fees
                .iter()
                .filter(|fee| self.engine.fee_price(life, fee).unwrap().0 == asset)
                .map(|f| f.amount)
                .sum();
            let without_last = before.available(asset, life.clock) + credited.iter().copied().sum::<Units>() - *last;
            let threshold = Units::from_count(rule.threshold * self.world.units(index));
            let below = without_last - need < threshold;
            assert!(without_last < need || below, "the last payment was not needed");
            let month = life.clock.start_of(Unit::Month);
            let lots: Vec<&LotFact> = self.facts.lots.iter().chain(&facts.lots).collect();
            let automatic = self.facts.topups.iter().chain(&facts.topups).filter(|topup| topup.event.is_some());
            let own = automatic.filter(|topup| {
                let lot = lots.iter().find(|lot| lot.id == topup.lot).unwrap();
                (lot.customer, lot.asset, topup.at.start_of(Unit::Month)) == (life.customer, asset, month)
            });
            let paid: Units = own.map(|topup| topup.paid).sum();
            assert!(rule.limit.is_none_or(|limit| paid.count() <= limit * 1_000_000_000), "past the monthly limit");
        }
    }

    /// Moves the facts of one step to all the others.
    fn keep(&mut self, facts: Facts) {
        for life in &mut self.lives {
            for (_, account) in life.accounts.iter_mut() {
                self.lots.extend(account.take_changed().into_iter().map(|lot| (lot.id, lot)));
                self.lots.extend(account.lots().iter().map(|lot| (lot.id, lot.clone())));
            }
        }
        let draws = facts.events.iter().flat_map(|event| &event.fees).flat_map(|fee| &fee.draws);
        self.revenue += draws.map(|draw| i128::from(draw.earned)).sum::<i128>();
        self.revenue += facts.repayments.iter().map(|repaid| i128::from(repaid.earned)).sum::<i128>();
        self.revenue += facts.expiries.iter().map(|expired| i128::from(expired.breakage)).sum::<i128>();
        self.cash += facts.topups.iter().map(|topup| i128::from(topup.value)).sum::<i128>();
        for adjustment in &facts.adjustments {
            let basis: i128 = adjustment.taken.iter().map(|taken| i128::from(taken.basis)).sum();
            let sum = if adjustment.reason == Reason::ExternalRefund { &mut self.refunds } else { &mut self.revenue };
            *sum += basis;
        }
        self.facts.events.extend(facts.events);
        self.facts.denials.extend(facts.denials);
        self.facts.lots.extend(facts.lots);
        self.facts.topups.extend(facts.topups);
        self.facts.adjustments.extend(facts.adjustments);
        self.facts.expiries.extend(facts.expiries);
        self.facts.repayments.extend(facts.repayments);
    }

    fn check_balances(&self) {
        for life in &self.lives {
            for (index, &asset) in self.assets.iter().enumerate() {
                let least = match (self.world.overdraft, self.world.overdraft_limits[index]) {
                    (false, _) => 0,
                    (true, Some(limit)) => -limit * self.world.units(index),
                    (true, None) => i64::MIN,
                };
                let available = life.available(asset, life.clock).count();
                assert!(available >= least, "customer {} has {available} {}", life.customer, ASSETS[index]);
            }
        }
    }

    fn check_revenue(&self) {
        let deferred: i128 = self.lots.values().map(|lot| i128::from(lot.basis - lot.released)).sum();
        assert_eq!(self.cash - self.refunds, self.revenue + deferred, "cash in - refunds = revenue + deferred");
    }

    /// What happened, in the model's words.
    pub fn story(&self) -> Story {
        let mut story = Story {
            events: self.facts.events.iter().map(|event| self.told(event)).collect(),
            lots: self.lots.values().map(told_lot).collect(),
            ..Story::default()
        };
        for topup in &self.facts.topups {
            let lot = self.facts.lots.iter().find(|lot| lot.id == topup.lot).unwrap();
            let Some(event) = topup.event else { continue };
            story.payments.push(format!(
                "customer {} at {}: {} dollars, {} {}, event {event}",
                topup.customer.number() - 1,
                hour(topup.at.micros()),
                topup.paid.count() / 1_000_000_000,
                lot.amount,
                self.code(lot.asset)
            ));
        }
        for expired in &self.facts.expiries {
            let hour = hour(expired.at.micros());
            story
                .expiries
                .push(format!("lot {} at {hour}: {}, breakage {}", expired.lot, expired.amount, expired.breakage));
        }
        for repaid in &self.facts.repayments {
            let hour = hour(repaid.at.micros());
            story.repayments.push(format!("lot {} at {hour}: {}, earned {}", repaid.lot, repaid.amount, repaid.earned));
        }
        for (who, life) in self.lives.iter().enumerate() {
            for asset in self.assets {
                let owed = life.accounts.get(asset).map_or(Units::ZERO, Account::deficit);
                if owed.is_positive() {
                    story.owed.push(format!("customer {who} owes {owed} {}", self.code(asset)));
                }
            }
        }
        story.sorted()
    }

    fn code(&self, asset: AssetId) -> &str {
        &self.engine.asset(asset).code
    }

    fn told(&self, event: &drawdown::billing::EventFact) -> String {
        let life = &self.lives[event.customer.number() as usize - 1];
        let fee = |fee: &drawdown::billing::FeeFact| {
            format!("{} {}", fee.amount, self.code(self.engine.fee_price(life, fee).unwrap().0))
        };
        let fees = event.fees.iter().map(fee).collect::<Vec<_>>().join(" + ");
        let what = match event.status {
            Status::Unpriced(reason) => format!("unpriced: {}", reason.name()),
            Status::Denied => {
                let denial = self.facts.denials.iter().find(|denial| denial.event == event.seq).unwrap();
                format!("denied {fees}: {} of {}", denial.reason.name(), self.code(denial.asset))
            }
            Status::Charged => {
                let draws = event.fees.iter().map(|fee| told_draws(&fee.draws)).collect::<Vec<_>>();
                format!("charged {fees} from {}", draws.join(" + "))
            }
        };
        format!("customer {} at {}: {what}", event.customer.number() - 1, hour(event.occurred_at.micros()))
    }

    /// Everybody moved on to an hour, stopping at each of `stops`: what happened, and how they stand.
    pub fn moved(&self, stops: impl Iterator<Item = i64> + Clone) -> String {
        let mut told = String::new();
        for who in 0..CUSTOMERS {
            let (mut life, mut facts) = (self.lives[who].clone(), Facts::default());
            let mut engine = self.engine.clone();
            for stop in stops.clone() {
                engine.advance(&mut life, at(stop), &mut facts).unwrap();
            }
            let accounts: BTreeMap<_, _> = life.accounts.iter().collect();
            told += &format!("{:#?}\n{:#?}\n{accounts:#?}\n{}\n", facts.expiries, facts.repayments, life.clock);
        }
        told
    }
}

pub fn told_lot(lot: &Lot) -> String {
    format!("lot {}: {} left, {} released", lot.id, lot.left, lot.released)
}

fn told_draws(draws: &[Draw]) -> String {
    let draw = |draw: &Draw| match draw.lot {
        Some(lot) => format!("{} of lot {lot} (earned {})", draw.amount, draw.earned),
        None => format!("{} owed", draw.amount),
    };
    format!("[{}]", draws.iter().map(draw).collect::<Vec<_>>().join(", "))
}
