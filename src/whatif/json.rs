//! A comparison as scripts read it: `{"inputs":{..},"currency","base_matches","scenarios":[..],"customers":[..],
//! "prices":[..],"percentiles":[..],"groups":[..],"failed":[..]}`. Amounts are in the reporting currency; shares have four
//! decimals.

use super::changes::{Class, CustomerChange};
use super::comparison::{Comparison, Scenario};
use super::funding::Funding;
use crate::billing::DenialReason;
use crate::money::{Amount, Asset, Percent, Precise, Share};
use crate::report::Refused;
use crate::report::profit::Figures;
use crate::time::Instant;
use crate::wallet::Declines;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use std::collections::BTreeMap;

#[derive(Serialize)]
struct JsonInputs<'a> {
    logs: &'a [String],
    catalogs: Vec<&'a str>,
    events: u64,
    to: Instant,
    funding: &'a Funding,
    refused: Refused,
    since: Option<Instant>,
    only_new: bool,
    decline: Option<JsonDecline>,
}

/// Which automatic payments are declined.
#[derive(Serialize)]
struct JsonDecline {
    rate: String,
    seed: u64,
}

#[derive(Serialize)]
struct JsonScenario<'a> {
    name: &'a str,
    is_base: bool,
    customers: u64,
    charged: i64,
    denied: i64,
    denied_by_reason: BTreeMap<&'static str, i64>,
    unpriced: i64,
    #[serde(flatten)]
    money: JsonMoney,
    margin: Option<Share>,
    auto_topups: u64,
    declined_topups: u64,
    break_even: Option<Share>,
    left_out: Vec<JsonLeftOut<'a>>,
    /// Against the base; null in the base.
    change: Option<JsonChange>,
}

/// A step that a scenario refused.
#[derive(Serialize)]
pub(super) struct JsonLeftOut<'a> {
    customer: &'a str,
    what: String,
}

impl<'a> JsonLeftOut<'a> {
    /// All that a scenario refused.
    pub fn all(scenario: &'a Scenario) -> Vec<Self> {
        let what = |left: &super::LeftOut| format!("{}: {}", left.step, left.reason);
        scenario.left_out.iter().map(|left| Self { customer: &left.customer, what: what(left) }).collect()
    }
}

#[derive(Serialize)]
struct JsonMoney {
    fees: Amount,
    usage_revenue: Amount,
    fixed_revenue: Amount,
    breakage: Amount,
    revenue: Amount,
    cost: Amount,
    refused_cost: Amount,
    profit: Amount,
    cash_in: Amount,
    deferred: Amount,
    worst_deficit: Amount,
    refused_fees: Amount,
}

#[derive(Serialize)]
struct JsonChange {
    charged: i64,
    denied: i64,
    unpriced: i64,
    #[serde(flatten)]
    money: JsonMoney,
    margin: Option<Share>,
    auto_topups: i64,
    declined_topups: i64,
    revenue_by_price: Amount,
    revenue_by_refusals: Amount,
    pays_more: usize,
    pays_less: usize,
    same: usize,
    newly_denied: usize,
    more_denied: usize,
    newly_unprofitable: usize,
}

#[derive(Serialize)]
struct JsonCustomer<'a> {
    customer: &'a str,
    scenario: &'a str,
    spend_before: Amount,
    spend_after: Amount,
    change: Amount,
    change_percent: Option<Percent>,
    margin_before: Option<Share>,
    margin_after: Option<Share>,
    denied_before: i64,
    denied_after: i64,
    first_denied_at: Option<Instant>,
    first_denied_reason: Option<DenialReason>,
    class: Class,
    newly_denied: bool,
    newly_unprofitable: bool,
    worst_deficit_before: Amount,
    worst_deficit_after: Amount,
    declined_before: u64,
    declined_after: u64,
}

#[derive(Serialize)]
struct JsonPrice<'a> {
    scenario: &'a str,
    product: Option<&'a str>,
    price: Option<&'a str>,
    revenue_before: Amount,
    revenue_after: Amount,
    change: Amount,
}

#[derive(Serialize)]
struct JsonPercentiles<'a> {
    scenario: &'a str,
    p5: Amount,
    p50: Amount,
    p95: Amount,
}

/// A row by the keys that were asked for.
struct JsonGroup<'a> {
    scenario: &'a str,
    by: &'a [String],
    keys: &'a [Option<String>],
    before: (Amount, Amount, Option<Share>),
    after: (Amount, Amount, Option<Share>),
    change: Amount,
}

impl Serialize for JsonGroup<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("scenario", self.scenario)?;
        for (name, key) in self.by.iter().zip(self.keys) {
            map.serialize_entry(name, key)?;
        }
        map.serialize_entry("revenue_before", &self.before.0)?;
        map.serialize_entry("revenue_after", &self.after.0)?;
        map.serialize_entry("change", &self.change)?;
        map.serialize_entry("profit_before", &self.before.1)?;
        map.serialize_entry("profit_after", &self.after.1)?;
        map.serialize_entry("margin_before", &self.before.2)?;
        map.serialize_entry("margin_after", &self.after.2)?;
        map.end()
    }
}

#[derive(Serialize)]
struct JsonComparison<'a> {
    inputs: JsonInputs<'a>,
    currency: &'a str,
    by: &'a [String],
    base_matches: Option<bool>,
    scenarios: Vec<JsonScenario<'a>>,
    customers: Vec<JsonCustomer<'a>>,
    prices: Vec<JsonPrice<'a>>,
    percentiles: Vec<JsonPercentiles<'a>>,
    groups: Vec<JsonGroup<'a>>,
    failed: Vec<JsonFailed<'a>>,
}

#[derive(Serialize)]
struct JsonFailed<'a> {
    condition: String,
    scenario: &'a str,
}

/// Figures as amounts: those of a scenario, or what they differ by.
struct Money {
    figures: Figures,
    cash_in: Precise,
    deferred: Precise,
    worst_deficit: Precise,
    refused_fees: Precise,
}

impl Money {
    fn of(scenario: &Scenario) -> Self {
        let Scenario { figures, cash_in, deferred, worst_deficit, refused_fees, .. } = *scenario;
        Self { figures, cash_in, deferred, worst_deficit, refused_fees }
    }

    fn less(self, base: Self) -> Self {
        Self {
            figures: self.figures - base.figures,
            cash_in: self.cash_in - base.cash_in,
            deferred: self.deferred - base.deferred,
            worst_deficit: self.worst_deficit - base.worst_deficit,
            refused_fees: self.refused_fees - base.refused_fees,
        }
    }

    fn amounts(&self, currency: &Asset) -> JsonMoney {
        let figures = &self.figures;
        JsonMoney {
            fees: currency.precise(figures.fees),
            usage_revenue: currency.precise(figures.usage_revenue),
            fixed_revenue: currency.precise(figures.fixed_revenue),
            breakage: currency.precise(figures.breakage),
            revenue: currency.precise(figures.revenue()),
            cost: currency.precise(figures.cost),
            refused_cost: currency.precise(figures.denied_cost),
            profit: currency.precise(figures.profit()),
            cash_in: currency.precise(self.cash_in),
            deferred: currency.precise(self.deferred),
            worst_deficit: currency.precise(self.worst_deficit),
            refused_fees: currency.precise(self.refused_fees),
        }
    }
}

impl Comparison {
    fn json_scenario<'a>(&'a self, scenario: &'a Scenario, change: Option<JsonChange>) -> JsonScenario<'a> {
        JsonScenario {
            name: &scenario.name,
            is_base: change.is_none(),
            customers: scenario.customers,
            charged: scenario.charged(),
            denied: scenario.figures.denied,
            denied_by_reason: scenario.denied_by.iter().map(|(reason, count)| (reason.name(), *count)).collect(),
            unpriced: scenario.figures.unpriced,
            money: Money::of(scenario).amounts(&self.currency),
            margin: scenario.figures.margin(),
            auto_topups: scenario.auto_topups,
            declined_topups: scenario.declined_topups,
            break_even: if change.is_none() { None } else { self.break_even(scenario) },
            left_out: JsonLeftOut::all(scenario),
            change,
        }
    }

    fn json_change(&self, scenario: &Scenario) -> JsonChange {
        let base = &self.base;
        let margins = scenario.figures.margin().zip(base.figures.margin());
        JsonChange {
            charged: scenario.charged() - base.charged(),
            denied: scenario.figures.denied - base.figures.denied,
            unpriced: scenario.figures.unpriced - base.figures.unpriced,
            money: Money::of(scenario).less(Money::of(base)).amounts(&self.currency),
            margin: margins.map(|(own, base)| own - base),
            auto_topups: scenario.auto_topups as i64 - base.auto_topups as i64,
            declined_topups: scenario.declined_topups as i64 - base.declined_topups as i64,
            revenue_by_price: self.currency.precise(self.earned_by_price(scenario)),
            revenue_by_refusals: self.currency.precise(scenario.earned_by_service),
            pays_more: scenario.count(Class::PaysMore),
            pays_less: scenario.count(Class::PaysLess),
            same: scenario.count(Class::Same),
            newly_denied: scenario.newly_denied(),
            more_denied: scenario.more_denied(),
            newly_unprofitable: scenario.newly_unprofitable(),
        }
    }

    fn json_customer<'a>(&self, scenario: &'a Scenario, person: &'a CustomerChange) -> JsonCustomer<'a> {
        JsonCustomer {
            customer: &person.customer,
            scenario: &scenario.name,
            spend_before: self.currency.precise(person.spend_before),
            spend_after: self.currency.precise(person.spend_after),
            change: self.currency.precise(person.change()),
            change_percent: person.percent(),
            margin_before: person.margin_before,
            margin_after: person.margin_after,
            denied_before: person.denied_before,
            denied_after: person.denied_after,
            first_denied_at: person.first_denied.map(|(at, _)| at),
            first_denied_reason: person.first_denied.map(|(_, reason)| reason),
            class: person.class(),
            newly_denied: person.newly_denied,
            newly_unprofitable: person.newly_unprofitable,
            worst_deficit_before: self.currency.precise(person.deficit_before),
            worst_deficit_after: self.currency.precise(person.deficit_after),
            declined_before: person.declined_before,
            declined_after: person.declined_after,
        }
    }

    fn json_prices<'a>(&'a self, scenario: &'a Scenario) -> impl Iterator<Item = JsonPrice<'a>> {
        scenario.prices.iter().map(|row| JsonPrice {
            scenario: &scenario.name,
            product: row.product.as_deref(),
            price: row.price.as_deref(),
            revenue_before: self.currency.precise(row.before),
            revenue_after: self.currency.precise(row.after),
            change: self.currency.precise(row.change()),
        })
    }

    fn json_percentiles<'a>(&self, scenario: &'a Scenario) -> JsonPercentiles<'a> {
        let spread = scenario.percentiles();
        let [p5, p50, p95] = [spread.p5, spread.p50, spread.p95].map(|change| self.currency.precise(change));
        JsonPercentiles { scenario: &scenario.name, p5, p50, p95 }
    }

    fn json_groups<'a>(&'a self, scenario: &'a Scenario) -> impl Iterator<Item = JsonGroup<'a>> {
        let figures = |figures: &Figures| {
            let amount = |value| self.currency.precise(value);
            (amount(figures.revenue()), amount(figures.profit()), figures.margin())
        };
        scenario.groups.iter().map(move |row| JsonGroup {
            scenario: &scenario.name,
            by: &self.by,
            keys: &row.keys,
            before: figures(&row.before),
            after: figures(&row.after),
            change: self.currency.precise(row.after.revenue() - row.before.revenue()),
        })
    }
}

impl Serialize for Comparison {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let inputs = &self.inputs;
        let all = || std::iter::once(&self.base).chain(&self.scenarios);
        let others = self.scenarios.iter();
        let base = std::iter::once(self.json_scenario(&self.base, None));
        let compared = others.clone().map(|own| self.json_scenario(own, Some(self.json_change(own))));
        let people = |own| move |person| self.json_customer(own, person);
        let json = JsonComparison {
            inputs: JsonInputs {
                logs: &inputs.logs,
                catalogs: all().map(|scenario| scenario.from.as_str()).collect(),
                events: inputs.events,
                to: inputs.horizon,
                funding: &inputs.funding,
                refused: inputs.refused,
                since: inputs.since,
                only_new: inputs.only_new,
                decline: inputs.declines.map(|Declines { rate, seed }| JsonDecline { rate: rate.to_string(), seed }),
            },
            currency: &self.currency.code,
            by: &self.by,
            base_matches: self.base_matches,
            scenarios: base.chain(compared).collect(),
            customers: others.clone().flat_map(|own| own.people.iter().map(people(own))).collect(),
            prices: others.clone().flat_map(|own| self.json_prices(own)).collect(),
            percentiles: others.clone().map(|own| self.json_percentiles(own)).collect(),
            groups: others.flat_map(|own| self.json_groups(own)).collect(),
            failed: self
                .failed
                .iter()
                .map(|failed| JsonFailed { condition: failed.condition.to_string(), scenario: &failed.scenario })
                .collect(),
        };
        json.serialize(serializer)
    }
}
