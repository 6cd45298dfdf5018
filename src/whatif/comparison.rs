//! The result of a comparison.

use super::changes::{self, Class, CustomerChange, GroupChange, Percentiles, PriceChange};
use super::funding::Funding;
use super::observer::Observed;
use super::varied::Varied;
use crate::billing::DenialReason;
use crate::ledger::{Otherwise, side_by_side};
use crate::money::{Asset, Precise, Share};
use crate::report::profit::Figures;
use crate::report::{Names, Refused};
use crate::scenario::Condition;
use crate::time::Instant;
use crate::wallet::{Declines, MAX_PAYMENTS};

/// What was compared, and what was assumed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inputs {
    /// The logs that were read; none where the ledger itself is the history.
    pub logs: Vec<String>,
    /// Events that were billed in the base.
    pub events: u64,
    /// How far the history goes.
    pub horizon: Instant,
    /// Who pays when a wallet runs dry.
    pub funding: Funding,
    /// What the refused events cost.
    pub refused: Refused,
    /// When the scenarios' own terms begin; from the start if absent.
    pub since: Option<Instant>,
    /// Whether they hold only for subscriptions that begin after that.
    pub only_new: bool,
    /// Which automatic payments are declined.
    pub declines: Option<Declines>,
}

/// The result of one scenario, before it is compared.
#[derive(Debug)]
pub struct Outcome {
    /// What it is called.
    pub name: String,
    /// Where its catalog comes from.
    pub from: String,
    /// What was observed.
    pub observed: Observed,
    /// What has become of events otherwise than in the base.
    pub otherwise: Otherwise,
    /// The steps that it refused.
    pub left_out: Vec<LeftOut>,
}

/// Something that happened in the base and that a scenario refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    /// Whose it was.
    pub customer: String,
    /// The command that the scenario's ledger would refuse.
    pub step: &'static str,
    /// Why it was not.
    pub reason: String,
}

/// A scenario beside the base.
#[derive(Debug, Clone)]
pub struct Scenario {
    /// What it is called.
    pub name: String,
    /// Where its catalog comes from.
    pub from: String,
    /// How many customers there are.
    pub customers: u64,
    /// Counts, revenue and cost.
    pub figures: Figures,
    /// What was paid in.
    pub cash_in: Precise,
    /// What was paid and is not earned yet.
    pub deferred: Precise,
    /// How many automatic payments were made.
    pub auto_topups: u64,
    /// How many of them were declined, each as often as it was.
    pub declined_topups: u64,
    /// The most that one account ever owed.
    pub worst_deficit: Precise,
    /// The list value of fees that could not be covered.
    pub refused_fees: Precise,
    /// How many events are refused for each reason there is.
    pub denied_by: Vec<(DenialReason, i64)>,
    /// What it earns from events that the base refuses, less what the base earns from events that it refuses.
    pub earned_by_service: Precise,
    /// How many events have no price, and have one in the base.
    pub newly_unpriced: u64,
    /// The steps, other than events, that it refused.
    pub left_out: Vec<LeftOut>,
    /// What changes for each customer, largest increase first; nothing in the base.
    pub people: Vec<CustomerChange>,
    /// How revenue changes by price; nothing in the base.
    pub prices: Vec<PriceChange>,
    /// How revenue changes by the keys that were asked for; nothing in the base.
    pub groups: Vec<GroupChange>,
    /// How revenue changes by model, if that was asked for; nothing in the base.
    pub models: Vec<GroupChange>,
}

impl Scenario {
    /// Events whose fees were taken.
    pub fn charged(&self) -> i64 {
        self.figures.events - self.figures.denied - self.figures.unpriced
    }

    /// How many customers pay more, less or the same.
    pub fn count(&self, class: Class) -> usize {
        self.people.iter().filter(|person| person.class() == class).count()
    }

    /// How many customers have events refused, and had none refused in the base.
    pub fn newly_denied(&self) -> usize {
        self.people.iter().filter(|person| person.newly_denied).count()
    }

    /// How many customers have more events refused than in the base, where some were.
    pub fn more_denied(&self) -> usize {
        self.people.iter().filter(|person| person.more_denied()).count()
    }

    /// How many events are refused for a reason.
    pub fn denied_by(&self, reason: DenialReason) -> i64 {
        self.denied_by.iter().find(|(own, _)| *own == reason).map_or(0, |(_, count)| *count)
    }

    /// How many customers lose us money, and did not in the base.
    pub fn newly_unprofitable(&self) -> usize {
        self.people.iter().filter(|person| person.newly_unprofitable).count()
    }

    /// How the change is spread over customers.
    pub fn percentiles(&self) -> Percentiles {
        Percentiles::of(&self.people)
    }

    fn of(outcome: Outcome, customers: u64) -> (Self, Observed) {
        let Outcome { name, from, observed, otherwise, left_out } = outcome;
        let after = observed.books.after;
        let precise = |value| Precise::of_values(value, observed.customers.currency.precision);
        let reasons = DenialReason::NAMES.iter().zip(observed.denied).map(|((_, reason), count)| (*reason, count));
        let scenario = Self {
            name,
            from,
            customers,
            figures: observed.customers.total,
            cash_in: precise(after.cash_in),
            deferred: precise(after.deferred),
            auto_topups: observed.auto_topups,
            declined_topups: observed.strains.values().map(|own| own.declined).sum(),
            worst_deficit: precise(observed.worst_deficit().into()),
            refused_fees: precise(observed.refused_fees),
            denied_by: reasons.filter(|(_, count)| *count != 0).collect(),
            earned_by_service: precise(otherwise.earned_by_service),
            newly_unpriced: otherwise.newly_unpriced,
            left_out,
            people: Vec::new(),
            prices: Vec::new(),
            groups: Vec::new(),
            models: Vec::new(),
        };
        (scenario, observed)
    }
}

/// A condition that holds in a scenario.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failed {
    /// Such as `margin<40%`.
    pub condition: Condition,
    /// The scenario's name.
    pub scenario: String,
}

/// One history under several catalogs.
#[derive(Debug, Clone)]
pub struct Comparison {
    /// What all amounts are in.
    pub currency: Asset,
    /// What was compared.
    pub inputs: Inputs,
    /// The keys of [`Scenario::groups`], as the user named them.
    pub by: Vec<String>,
    /// Whether billing the base again gave what the ledger has recorded; `None` without a ledger.
    pub base_matches: Option<bool>,
    /// What the others are compared with.
    pub base: Scenario,
    /// The others, in the order in which they were given.
    pub scenarios: Vec<Scenario>,
    /// Which of them differ by the values of some numbers.
    pub varied: Option<Varied>,
    /// Conditions that hold, of those that were asked for.
    pub failed: Vec<Failed>,
}

impl Comparison {
    /// Compares what scenarios have come to with the base. `names` are those of everybody.
    pub fn new(inputs: Inputs, base: Outcome, others: Vec<Outcome>, names: &Names) -> Self {
        let customers = names.customers.len() as u64;
        let (base, before) = Scenario::of(base, customers);
        let scenarios = side_by_side(others, |outcome| {
            let (scenario, after) = Scenario::of(outcome, customers);
            Scenario {
                people: changes::customers(&before, &after, names),
                prices: changes::prices(&before.prices, &after.prices),
                groups: changes::groups(before.groups.as_ref(), after.groups.as_ref()),
                models: changes::groups(before.models.as_ref(), after.models.as_ref()),
                ..scenario
            }
        });
        let by = before.groups.as_ref().map(|groups| groups.by.clone()).unwrap_or_default();
        Self {
            currency: before.customers.currency.clone(),
            inputs,
            by,
            base_matches: None,
            base,
            scenarios,
            varied: None,
            failed: Vec::new(),
        }
    }

    /// The base and the scenarios.
    pub fn all(&self) -> impl Iterator<Item = &Scenario> {
        std::iter::once(&self.base).chain(&self.scenarios)
    }

    /// The reasons for which events are refused in any of them. Where customers pay as was recorded and nothing but money is
    /// lacking, that goes without saying.
    pub fn denial_reasons(&self) -> Vec<DenialReason> {
        let is_there = |reason: &DenialReason| self.all().any(|own| own.denied_by(*reason) != 0);
        let all: Vec<_> = DenialReason::NAMES.iter().map(|(_, reason)| *reason).filter(is_there).collect();
        let is_usual = self.inputs.funding == Funding::Recorded && all == [DenialReason::InsufficientFunds];
        if is_usual { Vec::new() } else { all }
    }

    /// How many payments one event may cause, where events are refused since they would take more, though any number is paid.
    pub fn most_payments(&self) -> Option<i64> {
        let is_paid = matches!(self.inputs.funding, Funding::AsNeeded(_));
        let lacks = self.all().any(|own| own.denied_by(DenialReason::AutoTopupLimit) != 0);
        (is_paid && lacks).then_some(MAX_PAYMENTS)
    }

    /// How much more revenue a scenario has.
    pub fn change(&self, scenario: &Scenario) -> Precise {
        scenario.figures.revenue() - self.base.figures.revenue()
    }

    /// The part of the change in revenue that is not due to events being refused or served.
    pub fn earned_by_price(&self, scenario: &Scenario) -> Precise {
        self.change(scenario) - scenario.earned_by_service
    }

    /// The share of a scenario's profit that can be lost before the base earns as much; `None` unless it earns more than the
    /// base, and more than nothing.
    pub fn break_even(&self, scenario: &Scenario) -> Option<Share> {
        let (own, base) = (scenario.figures.profit(), self.base.figures.profit());
        let is_better = own > base && own.is_positive();
        if is_better { Share::of((own - base).count(), own.count()) } else { None }
    }
}
