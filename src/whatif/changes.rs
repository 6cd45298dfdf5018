//! What one scenario changes: for each customer, by price, and by other keys.

use super::observer::Observed;
use super::spend::Person;
use super::strain::Strain;
use crate::billing::DenialReason;
use crate::ids::CustomerId;
use crate::money::{Percent, Precise, Share};
use crate::report::Names;
use crate::report::profit::{Figures, ProfitReport, Row};
use crate::time::Instant;
use rustc_hash::FxHashMap;
use serde::Serialize;
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// The name of the row for what lots had left when they ended.
pub const BREAKAGE: &str = "breakage";

/// Whether a customer pays more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// More than in the base.
    PaysMore,
    /// Less than in the base.
    PaysLess,
    /// Exactly the same.
    Same,
}

/// What changes for a customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomerChange {
    /// Their external id.
    pub customer: String,
    /// What they spend in the base.
    pub spend_before: Precise,
    /// What they spend in the scenario.
    pub spend_after: Precise,
    /// Our margin on them in the base; empty without revenue.
    pub margin_before: Option<Share>,
    /// The same in the scenario.
    pub margin_after: Option<Share>,
    /// When the first of their events is refused in the scenario, and why.
    pub first_denied: Option<(Instant, DenialReason)>,
    /// How many of their events are refused in the base.
    pub denied_before: i64,
    /// The same in the scenario.
    pub denied_after: i64,
    /// Whether events are refused now, and none was in the base.
    pub newly_denied: bool,
    /// Whether they lose us money now, and did not in the base.
    pub newly_unprofitable: bool,
    /// The most that one of their accounts owes in the base.
    pub deficit_before: Precise,
    /// The same in the scenario.
    pub deficit_after: Precise,
    /// How many of their automatic payments are declined in the base.
    pub declined_before: u64,
    /// The same in the scenario.
    pub declined_after: u64,
}

impl CustomerChange {
    /// How much more they spend.
    pub fn change(&self) -> Precise {
        self.spend_after - self.spend_before
    }

    /// How much more they spend, in per cent; empty where they spent nothing.
    pub fn percent(&self) -> Option<Percent> {
        Percent::of_change(self.change(), self.spend_before)
    }

    /// Whether more of their events are refused, and some were in the base.
    pub fn more_denied(&self) -> bool {
        !self.newly_denied && self.denied_after > self.denied_before
    }

    /// Whether they pay more.
    pub fn class(&self) -> Class {
        match self.change() {
            change if change.is_positive() => Class::PaysMore,
            change if change.is_negative() => Class::PaysLess,
            _ => Class::Same,
        }
    }
}

/// How the change is spread over customers, by the nearest-rank method: each is the change of some customer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Percentiles {
    /// One customer in twenty changes by less.
    pub p5: Precise,
    /// Half of them change by less.
    pub p50: Precise,
    /// Nineteen in twenty change by less.
    pub p95: Precise,
}

impl Percentiles {
    /// The percentiles of these changes.
    pub fn of(customers: &[CustomerChange]) -> Self {
        let mut changes: Vec<Precise> = customers.iter().map(CustomerChange::change).collect();
        changes.sort_unstable();
        let rank = |per_cent: usize| {
            let rank = (changes.len() * per_cent).div_ceil(100).max(1);
            changes.get(rank - 1).copied().unwrap_or_default()
        };
        Self { p5: rank(5), p50: rank(50), p95: rank(95) }
    }
}

/// How the revenue of a price changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PriceChange {
    /// The product; none for what belongs to none of them.
    pub product: Option<String>,
    /// The price; `breakage` without a product for what expired, none for overdrafts that were repaid.
    pub price: Option<String>,
    /// Revenue in the base.
    pub before: Precise,
    /// Revenue in the scenario.
    pub after: Precise,
}

impl PriceChange {
    /// How much more it earns.
    pub fn change(&self) -> Precise {
        self.after - self.before
    }
}

/// How the figures of one row change, by the keys that were asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupChange {
    /// One name for each key.
    pub keys: Vec<Option<String>>,
    /// The figures in the base.
    pub before: Figures,
    /// In the scenario.
    pub after: Figures,
}

impl GroupChange {
    /// How much more revenue there is.
    pub fn change(&self) -> Precise {
        self.after.revenue() - self.before.revenue()
    }
}

/// The keys of a row.
type Keys = Vec<Option<String>>;

/// The figures of both, by their keys.
fn both(before: &[Row<Figures>], after: &[Row<Figures>]) -> BTreeMap<Keys, (Figures, Figures)> {
    let mut both: BTreeMap<Keys, (Figures, Figures)> = BTreeMap::new();
    for row in before {
        both.entry(row.keys.clone()).or_default().0 += row.figures;
    }
    for row in after {
        both.entry(row.keys.clone()).or_default().1 += row.figures;
    }
    both
}

/// What changes for each customer, largest increase first.
pub(super) fn customers(base: &Observed, other: &Observed, names: &Names) -> Vec<CustomerChange> {
    let precision = base.customers.currency.precision;
    let figures = [base, other].map(|observed| by_name(&observed.customers.rows));
    let person = |observed: &Observed, id: CustomerId| observed.people.get(&id).copied().unwrap_or_default();
    let spend = |observed, id| Precise::of_values(person(observed, id).spend, precision);
    // What is sorted is small.
    let mut order: Vec<(Reverse<Precise>, &str, CustomerId)> = names
        .customers
        .iter()
        .map(|(&id, name)| (Reverse(spend(other, id) - spend(base, id)), name.as_str(), id))
        .collect();
    order.sort_unstable();
    let of_customer = |(_, name, id): (Reverse<Precise>, &str, CustomerId)| {
        let fared = |observed: &Observed| Fared {
            person: person(observed, id),
            strain: observed.strains.get(&id).copied().unwrap_or(Strain::NONE),
        };
        let [before, after] = figures.each_ref().map(|own| own.get(name).map(|own| **own).unwrap_or_default());
        change(name.to_owned(), precision, (before, fared(base)), (after, fared(other)))
    };
    order.into_iter().map(of_customer).collect()
}

/// The figures of customers by their names.
fn by_name(rows: &[Row<Figures>]) -> FxHashMap<&str, &Figures> {
    rows.iter().filter_map(|row| Some((row.keys.first()?.as_deref()?, &row.figures))).collect()
}

/// What is asked of one customer, in one scenario.
struct Fared {
    person: Person,
    strain: Strain,
}

fn change(customer: String, precision: u8, before: (Figures, Fared), after: (Figures, Fared)) -> CustomerChange {
    let spend = |own: &Fared| Precise::of_values(own.person.spend, precision);
    let deficit = |own: &Fared| Precise::of_values(own.strain.deepest, precision);
    let loses = |figures: &Figures| figures.profit().is_negative();
    CustomerChange {
        customer,
        spend_before: spend(&before.1),
        spend_after: spend(&after.1),
        margin_before: before.0.margin(),
        margin_after: after.0.margin(),
        first_denied: after.1.person.first_denied,
        denied_before: before.0.denied,
        denied_after: after.0.denied,
        newly_denied: after.1.person.first_denied.is_some() && before.1.person.first_denied.is_none(),
        newly_unprofitable: loses(&after.0) && !loses(&before.0),
        deficit_before: deficit(&before.1),
        deficit_after: deficit(&after.1),
        declined_before: before.1.strain.declined,
        declined_after: after.1.strain.declined,
    }
}

/// How revenue changes by price, which changes most first, and breakage last. All of it adds up to the whole.
pub(super) fn prices(base: &ProfitReport, other: &ProfitReport) -> Vec<PriceChange> {
    let used = |figures: &Figures| figures.usage_revenue + figures.fixed_revenue;
    let rows = both(&base.rows, &other.rows).into_iter().map(|(keys, (before, after))| {
        let mut keys = keys.into_iter();
        let (product, price) = (keys.next().flatten(), keys.next().flatten());
        PriceChange { product, price, before: used(&before), after: used(&after) }
    });
    let mut rows: Vec<PriceChange> = rows.filter(|row| !row.before.is_zero() || !row.after.is_zero()).collect();
    rows.sort_by_key(|row| std::cmp::Reverse(row.change().abs()));
    let (before, after) = (base.total.breakage, other.total.breakage);
    rows.push(PriceChange { product: None, price: Some(BREAKAGE.to_owned()), before, after });
    rows
}

/// How rows by other keys change, in the order of their names.
pub(super) fn groups(base: Option<&ProfitReport>, other: Option<&ProfitReport>) -> Vec<GroupChange> {
    let rows = |report: Option<&ProfitReport>| report.map(|report| report.rows.clone()).unwrap_or_default();
    let both = both(&rows(base), &rows(other));
    both.into_iter().map(|(keys, (before, after))| GroupChange { keys, before, after }).collect()
}
