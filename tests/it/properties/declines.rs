//! Automatic payments that are declined, beside a model that looks at every quarter of an hour.

use super::cases;
use super::compare::{compared, extras, history, log_of, options, past, replayed};
use super::world::worlds;
use crate::support::One;
use drawdown::billing::Status;
use drawdown::ids::{AssetId, CustomerId};
use drawdown::report::Refused;
use drawdown::time::Instant;
use drawdown::wallet::{Declines, Try};
use drawdown::whatif::{Funding, Options, Scenario};
use proptest::collection::vec;
use proptest::prelude::*;

const QUARTER: i64 = 900_000_000;
const START: i64 = 1_782_864_000_000_000;
/// After the last event everything is tried again for the last time.
const END: i64 = 200 + 8 * 4;

/// A rule in whole dollars, and what happens without money.
#[derive(Debug, Clone)]
struct Rule {
    threshold: i64,
    amount: i64,
    overdraft: bool,
    declines: Declines,
}

/// What has become of somebody.
#[derive(Debug, Default, PartialEq, Eq)]
struct Told {
    charged: Vec<bool>,
    /// The quarters in which payments were made.
    payments: Vec<i64>,
    declined: u64,
    worst: i64,
    balance: i64,
}

/// The model. Payments that wait are the time of their first try, how many there were, and how many payments they are.
struct Model<'r> {
    rule: &'r Rule,
    asset: AssetId,
    now: i64,
    waits: Option<(i64, usize, i64)>,
    done: u64,
    told: Told,
}

impl Model<'_> {
    fn is_declined(&self) -> bool {
        let before = self.waits.map_or(0, |(_, tries, _)| tries);
        let own = Try { customer: CustomerId::FIRST, asset: self.asset, payment: self.done, before };
        self.rule.declines.hits(own)
    }

    fn attempt(&mut self, count: i64) -> bool {
        if self.is_declined() {
            let (first, tries, _) = self.waits.unwrap_or((self.now, 0, count));
            self.told.declined += count as u64;
            self.waits = (tries < 3).then_some((first, tries + 1, count));
            self.done += u64::from(tries == 3);
            return false;
        }
        self.told.balance += count * self.rule.amount;
        self.told.payments.extend((0..count).map(|_| self.now));
        (self.waits, self.done) = (None, self.done + 1);
        true
    }

    fn payments_to(&self, goal: i64) -> i64 {
        (goal - self.told.balance + self.rule.amount - 1).div_euclid(self.rule.amount)
    }

    fn reach_threshold(&mut self) {
        if self.told.balance < self.rule.threshold && self.waits.is_none() {
            self.attempt(self.payments_to(self.rule.threshold));
        }
    }

    fn quarter(&mut self, events: impl Iterator<Item = i64>) {
        if let Some((first, tries, count)) = self.waits
            && self.now == first + [1, 3, 7][tries - 1] * 4
            && self.attempt(count)
        {
            self.reach_threshold();
        }
        for owed in events {
            let is_covered = self.told.balance >= owed
                || (self.waits.is_none() && self.attempt(self.payments_to(owed)))
                || self.rule.overdraft;
            self.told.charged.push(is_covered);
            if is_covered {
                self.told.balance -= owed;
                self.told.worst = self.told.worst.max(-self.told.balance);
                self.reach_threshold();
            }
        }
    }
}

fn usd() -> AssetId {
    One::new("").engine.asset_id("USD").unwrap()
}

fn declines(rate: &str, seed: u64) -> Declines {
    Declines { rate: rate.parse().unwrap(), seed }
}

fn modelled(rule: &Rule, events: &[(i64, i64)]) -> Told {
    let mut model = Model { rule, asset: usd(), now: 0, waits: None, done: 0, told: Told::default() };
    for now in 0..=END {
        model.now = now;
        model.quarter(events.iter().filter(|(at, _)| *at == now).map(|(_, owed)| *owed));
    }
    model.told
}

fn one(rule: &Rule) -> One {
    let policy = if rule.overdraft { "overdraft" } else { "deny" };
    let mut one = One::subscriber(&format!(
        "[policy]\ninsufficient_funds = \"{policy}\"\n[[auto_topup]]\nasset = \"USD\"\nthreshold = {}\namount = \"{} USD\"\n\
         [[product]]\ncode = \"p\"\n[[product.price]]\nname = \"use\"\ntype = \"usage_based\"\nevent_type = \"use\"\n\
         usage_type = \"volume\"\nvolume_field = \"n\"\nasset = \"USD\"\nvolume_rate = 1\n",
        rule.threshold, rule.amount
    ));
    one.engine.decline(rule.declines);
    one
}

fn billed(rule: &Rule, events: &[(i64, i64)]) -> Told {
    let mut one = one(rule);
    let when = |quarter: i64| Instant::from_micros(START + quarter * QUARTER).to_string();
    let charged = events.iter().map(|(at, owed)| one.spend(&owed.to_string(), &when(*at)) == Status::Charged).collect();
    one.advance(&when(END));
    let dollars = |units: i64| units / 1_000_000_000;
    let stress = one.life.stress().first();
    Told {
        charged,
        payments: one.facts.topups.iter().map(|topup| (topup.at.micros() - START) / QUARTER).collect(),
        declined: stress.map_or(0, |own| own.declined),
        worst: stress.map_or(0, |own| dollars(own.deepest.count())),
        balance: dollars(one.life.available(usd(), one.life.clock).count()),
    }
}

fn rules() -> impl Strategy<Value = Rule> {
    let rates = prop::sample::select(vec!["0%", "30%", "60%", "90%", "100%"]);
    (0i64..10, 1i64..15, any::<bool>(), rates, 0u64..1000).prop_map(|(threshold, amount, overdraft, rate, seed)| Rule {
        threshold,
        amount,
        overdraft,
        declines: declines(rate, seed),
    })
}

fn figures(own: &Scenario) -> String {
    let money = (own.cash_in, own.deferred, own.worst_deficit, own.earned_by_service);
    format!("{:?} {money:?} {:?}", own.figures, (own.auto_topups, own.declined_topups))
}

fn stressed(rate: Option<&str>) -> Options {
    let declines = rate.map(|rate| declines(rate, 7));
    Options { declines, ..options(Funding::Recorded, Refused::Avoided, &[]) }
}

proptest! {
    #![proptest_config(cases(100))]

    #[test]
    fn what_is_declined_is_tried_again_as_in_the_model(rule in rules(), mut events in vec((0i64..200, 1i64..20), 1..40)) {
        events.sort_by_key(|(at, _)| *at);
        prop_assert_eq!(billed(&rule, &events), modelled(&rule, &events), "{:?} {:?}", rule, events);
    }
}

proptest! {
    #![proptest_config(cases(24))]

    /// The same luck in every scenario, in a log and in the ledger that has it, for everybody.
    #[test]
    fn luck_is_the_same_wherever_it_is_billed(world in worlds(60), other in worlds(2), own in extras(), others in extras()) {
        let mut other = other;
        (other.precision, other.rounding) = (world.precision, world.rounding);
        let log = log_of(&world);
        prop_assume!(log.lines().count() > 1);
        let texts = [world.catalog() + &own.tables(), other.catalog() + &others.tables()];
        let book = replayed(&texts[0], &log);
        let plain = compared(&texts[0], &[&texts[1]], &log, stressed(None));
        for rate in ["0%", "40%", "100%"] {
            let logged = compared(&texts[0], &[&texts[1], &texts[0]], &log, stressed(Some(rate)));
            let own = history(&book, vec![past("0", Some(&texts[1])), past("1", None)], &stressed(Some(rate)));
            prop_assert_eq!(figures(&own.base), figures(&logged.base));
            for (one, other) in own.scenarios.iter().zip(&logged.scenarios) {
                prop_assert_eq!(figures(one), figures(other));
                prop_assert_eq!(&one.people, &other.people);
            }
            prop_assert_eq!(figures(&logged.base), figures(&logged.scenarios[1]));
            match rate {
                "0%" => prop_assert_eq!(figures(&logged.scenarios[0]), figures(&plain.scenarios[0])),
                "100%" => prop_assert_eq!(logged.scenarios[0].auto_topups, 0),
                _ => {}
            }
        }
    }
}
