//! A comparison in words, whatever it is shown as.

pub(super) mod figures;
mod markdown;
mod solution;
pub(super) mod tables;

use super::margin::{margin_in_percent, share_in_percent};
use super::words::{counted, either};
use crate::money::{Asset, Percent, Precise};
use crate::whatif::{Class, Comparison, Failed, Scenario};
use std::fmt;

pub use markdown::comparison_markdown;
pub use solution::{no_solution, solution_rows, solution_view};
pub use tables::{comparison_rows, comparison_view};

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} holds in {}", self.condition, self.scenario)
    }
}

/// So many scenarios have a sentence each; of more, those with the most and the least profit do.
const FEW: usize = 4;

/// Why a scenario is told of: no other one has more.
pub(super) const MOST_PROFIT: &str = "Most profit";

/// A sentence on top of an answer.
pub struct Headline<'a> {
    /// Why this scenario is told of, where not all are.
    pub why: Option<&'static str>,
    /// The scenario; none where it is the only one.
    pub name: Option<&'a str>,
    /// What it comes to.
    pub told: String,
}

impl<'a> Headline<'a> {
    fn of(comparison: &Comparison, scenario: &'a Scenario, why: Option<&'static str>) -> Self {
        Self { why, name: Some(&scenario.name), told: headline(comparison, scenario) }
    }
}

/// What scenarios come to, as briefly as there are many.
pub fn headlines(comparison: &Comparison) -> Vec<Headline<'_>> {
    match comparison.scenarios.as_slice() {
        [only] => vec![Headline { why: None, name: None, told: headline(comparison, only) }],
        few if few.len() <= FEW => few.iter().map(|scenario| Headline::of(comparison, scenario, None)).collect(),
        many => {
            let profit = |scenario: &&Scenario| scenario.figures.profit();
            // The first of those that come to the same.
            let most = many.iter().rev().max_by_key(profit).map(|own| Headline::of(comparison, own, Some(MOST_PROFIT)));
            let least = many.iter().min_by_key(profit).map(|own| Headline::of(comparison, own, Some("Least profit")));
            most.into_iter().chain(least).collect()
        }
    }
}

/// What a scenario comes to, in a sentence to be repeated.
pub fn headline(comparison: &Comparison, scenario: &Scenario) -> String {
    let revenue = revenue(comparison, scenario);
    format!("Revenue {revenue}, {}; {}{}.", margin(comparison, scenario), customers(scenario), unpriced(scenario))
}

/// `margin 35.9% to 41.2%`. Without revenue there is none.
fn margin(comparison: &Comparison, scenario: &Scenario) -> String {
    let none = || "none".to_owned();
    match [&comparison.base, scenario].map(|own| margin_in_percent(&own.figures)) {
        [None, None] => "no margin".to_owned(),
        [before, after] if before == after => format!("margin {}", after.unwrap_or_else(none)),
        both => format!("margin {}", both.map(|margin| margin.unwrap_or_else(none)).join(" to ")),
    }
}

/// `; 12 events would lose their price`, or nothing.
fn unpriced(scenario: &Scenario) -> String {
    match scenario.newly_unpriced {
        0 => String::new(),
        count => format!("; {} would lose {} price", counted(count, "event"), either(&count, "its", "their")),
    }
}

/// `+12.4%`, or the amount where the base has no revenue.
fn revenue(comparison: &Comparison, scenario: &Scenario) -> String {
    let change = comparison.change(scenario);
    if change.is_zero() {
        return "unchanged".to_owned();
    }
    match signed_percent(change, comparison.base.figures.revenue()) {
        nothing if nothing.is_empty() => {
            format!("{} {}", signed(&comparison.currency, change), comparison.currency.code)
        }
        percent => percent,
    }
}

/// `9 of 40 customers pay more, 2 would be refused, 1 starts to lose money`.
fn customers(scenario: &Scenario) -> String {
    let all = scenario.people.len();
    let of_all = counted(all, "customer");
    // After those who are refused something for the first time it need not be said again what happens.
    let more_often = if scenario.newly_denied() > 0 { "more often" } else { "would be refused more often" };
    let told = [
        (scenario.count(Class::PaysMore), ["pays more", "pay more"]),
        (scenario.count(Class::PaysLess), ["pays less", "pay less"]),
        (scenario.newly_denied(), ["would be refused", "would be refused"]),
        (scenario.more_denied(), [more_often, more_often]),
        (scenario.newly_unprofitable(), ["starts to lose money", "start to lose money"]),
    ];
    let mut parts: Vec<String> = Vec::new();
    for (count, [one, many]) in told.into_iter().filter(|(count, _)| *count > 0) {
        let whom = if parts.is_empty() { format!("{count} of {of_all}") } else { count.to_string() };
        parts.push(format!("{whom} {}", either(&count, one, many)));
    }
    match parts.is_empty() {
        true if all == 1 => "the customer pays neither more nor less".to_owned(),
        true => format!("none of {of_all} pays more or less"),
        false => parts.join(", "),
    }
}

/// An amount with its sign: `+1.50`.
pub fn signed(currency: &Asset, amount: Precise) -> String {
    let sign = if amount.is_positive() { "+" } else { "" };
    format!("{sign}{}", currency.precise(amount))
}

/// A change in per cent of what there was, with one decimal and its sign; nothing where that was nothing.
pub fn signed_percent(change: Precise, before: Precise) -> String {
    let Some(percent) = Percent::of_change(change, before) else { return String::new() };
    let sign = if percent.0.thousandths() > 0 { "+" } else { "" };
    format!("{sign}{}", share_in_percent(percent.0))
}
