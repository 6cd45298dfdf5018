//! A comparison in words, whatever it is shown as.

mod markdown;
mod solution;
pub(super) mod tables;

use super::margin::margin_in_percent;
use crate::money::{Asset, Precise, format_units};
use crate::whatif::{Class, Comparison, Scenario, percent};

pub use markdown::comparison_markdown;
pub use solution::{no_solution, solution_rows, solution_view};
pub use tables::{comparison_rows, comparison_view};

/// What a scenario comes to, in a sentence to be repeated.
pub fn headline(comparison: &Comparison, scenario: &Scenario) -> String {
    let revenue = revenue(comparison, scenario);
    let margins = [&comparison.base, scenario].map(|own| margin_in_percent(&own.figures).unwrap_or("-".to_owned()));
    let margin = if margins[0] == margins[1] { margins[0].clone() } else { margins.join(" to ") };
    format!("Revenue {revenue}, margin {margin}; {}.", customers(scenario))
}

/// `+12.4%`, or the amount where the base has no revenue.
fn revenue(comparison: &Comparison, scenario: &Scenario) -> String {
    let change = comparison.change(scenario);
    if change.is_zero() {
        return "unchanged".to_owned();
    }
    match percent(change, comparison.base.figures.revenue()) {
        Some(_) => signed_percent(change, comparison.base.figures.revenue()),
        None => format!("{} {}", signed(&comparison.currency, change), comparison.currency.code),
    }
}

/// `9 of 40 customers pay more, 2 would be refused, 1 starts to lose money`.
fn customers(scenario: &Scenario) -> String {
    let all = scenario.people.len();
    let noun = if all == 1 { "customer" } else { "customers" };
    let told = [
        (scenario.count(Class::PaysMore), ["pays more", "pay more"]),
        (scenario.count(Class::PaysLess), ["pays less", "pay less"]),
        (scenario.newly_denied(), ["would be refused", "would be refused"]),
        (scenario.newly_unprofitable(), ["starts to lose money", "start to lose money"]),
    ];
    let mut parts: Vec<String> = Vec::new();
    for (count, [one, many]) in told.into_iter().filter(|(count, _)| *count > 0) {
        let whom = if parts.is_empty() { format!("{count} of {all} {noun}") } else { count.to_string() };
        parts.push(format!("{whom} {}", if count == 1 { one } else { many }));
    }
    if parts.is_empty() { format!("nobody of {all} {noun} pays more or less") } else { parts.join(", ") }
}

/// An amount with its sign: `+1.50`.
pub fn signed(currency: &Asset, amount: Precise) -> String {
    let sign = if amount.is_positive() { "+" } else { "" };
    format!("{sign}{}", currency.precise(amount))
}

/// A change in per cent of what there was, with one decimal and its sign; nothing where that was nothing.
pub fn signed_percent(change: Precise, before: Precise) -> String {
    let Some(percent) = percent(change, before) else { return String::new() };
    let tenths = crate::money::round_div(percent, 10, crate::money::Rounding::HalfEven);
    let sign = if tenths > 0 { "+" } else { "" };
    format!("{sign}{}%", format_units(tenths, 1, 1))
}
