//! A comparison as tables for people, and as rows for a spreadsheet.

use super::figures::{figures, values_of};
use super::{Headline, headlines, signed, signed_percent};
use crate::money::{Precise, Share};
use crate::render::margin::{margin_in_percent, share_in_percent};
use crate::render::table::{Cell, Column, Table};
use crate::render::view::View;
use crate::render::words::{counted, either};
use crate::report::Refused;
use crate::report::profit::Figures;
use crate::whatif::{Class, Comparison, CustomerChange, Funding, GroupChange, PriceChange, Scenario};

/// The whole answer, with so many customers of each scenario.
pub fn comparison_view(comparison: &Comparison, top: usize) -> View {
    let mut view = View::new();
    for failed in &comparison.failed {
        view = view.line(failed.to_string());
    }
    let is_one = comparison.scenarios.len() == 1;
    for Headline { why, name, told } in headlines(comparison) {
        view = view.line(match (why, name) {
            (Some(why), Some(name)) => format!("{why} under {name}: {told}"),
            (_, Some(name)) => format!("{name}: {told}"),
            _ => told,
        });
    }
    view = view.line(assumed(comparison));
    for told in checked(comparison) {
        view = view.line(told);
    }
    let values = values_of(comparison, str::to_owned).map(|told| format!("{told}, side by side:"));
    view = values.into_iter().fold(view.line(""), View::line).table(figures(comparison));
    for scenario in comparison.scenarios.iter().filter(|scenario| !scenario.left_out.is_empty()) {
        let count = scenario.left_out.len();
        view = view.line("").line(format!("Left out in {}, which would refuse it: {count}", scenario.name));
        view = view.table(left_out(scenario, top));
    }
    for scenario in &comparison.scenarios {
        let of = if is_one { String::new() } else { format!(" under {}", scenario.name) };
        view = view.line("").line(format!("Customers{of}, largest increase first"));
        view = listed(view, customers(comparison, scenario, top));
        if let Some(prices) = prices(comparison, scenario) {
            view = view.line("").line(format!("Revenue by price{of}")).table(prices);
        }
        if !comparison.by.is_empty() {
            view = view.line("").line(format!("By {}{of}", comparison.by.join(", ")));
            view = listed(view, groups(comparison, (&comparison.by, &scenario.groups), top));
        }
    }
    view
}

/// A table with its notes, or only these where it has no rows.
fn listed(view: View, table: Table) -> View {
    if table.rows.is_empty() { table.notes.into_iter().fold(view, View::line) } else { view.table(table) }
}

/// What a scenario refused beside events.
pub(in crate::render) fn left_out(scenario: &Scenario, top: usize) -> Table {
    let mut table = Table::new(["customer", "what, and why"].map(Column::text).into());
    for left in scenario.left_out.iter().take(top) {
        table.row([Cell::from(&left.customer), format!("{}: {}", left.step, left.reason).into()]);
    }
    match scenario.left_out.len().saturating_sub(top) {
        0 => {}
        more => table.note(format!("and {more} more; --all shows them")),
    }
    table
}

/// What was found out about the history itself.
pub(in crate::render) fn checked(comparison: &Comparison) -> Vec<&'static str> {
    let matches = "Billed again, the ledger's own history comes out as it is recorded, to the last digit.";
    let matches = (comparison.base_matches == Some(true)).then_some(matches);
    let is_empty = (comparison.inputs.events == 0).then_some("It has no usage events.");
    matches.into_iter().chain(is_empty).collect()
}

/// What the answer takes for granted.
pub(in crate::render) fn assumed(comparison: &Comparison) -> String {
    let inputs = &comparison.inputs;
    let funding = match &inputs.funding {
        Funding::Recorded if inputs.logs.is_empty() => {
            "payments are as they were recorded, and automatic ones are worked out again (--funding recorded)"
                .to_owned()
        }
        Funding::Recorded => "wallets are topped up by the catalog's rules (--funding recorded)".to_owned(),
        Funding::Unlimited => "wallets get exactly what they lack (--funding unlimited)".to_owned(),
        as_needed => format!("customers top up whenever they run out (--funding {as_needed})"),
    };
    let refused = match inputs.refused {
        Refused::Avoided => "refused events cost nothing (--refused avoided)",
        Refused::Incurred => "refused events cost what they say (--refused incurred)",
    };
    let since = match inputs.since {
        Some(since) if inputs.only_new => format!("who subscribes from {since} on has the other terms, "),
        Some(since) => format!("everybody changes at {since}, "),
        None => String::new(),
    };
    let declines = inputs.declines.map_or_else(String::new, |own| {
        format!(", {0} of automatic payments are declined (--decline {0} --seed {1})", own.rate, own.seed)
    });
    format!(
        "In {}, to {}. Assumed: {since}{funding}{declines}, {refused}, and nobody behaves differently.",
        comparison.currency.code, inputs.horizon
    )
}

pub(in crate::render) fn customers(comparison: &Comparison, scenario: &Scenario, top: usize) -> Table {
    let currency = &comparison.currency;
    let names = ["customer", "spend before", "spend after", "change", "%", "margin before", "margin after", "what"];
    let column = |(index, name): (usize, &&str)| match index {
        0 | 7 => Column::text(*name),
        _ => Column::number(*name),
    };
    let mut table = Table::new(names.iter().enumerate().map(column).collect());
    let in_percent = |margin: Option<Share>| margin.map(share_in_percent);
    for person in scenario.people.iter().take(top) {
        table.row([
            Cell::from(&person.customer),
            currency.precise(person.spend_before).into(),
            currency.precise(person.spend_after).into(),
            signed(currency, person.change()).into(),
            signed_percent(person.change(), person.spend_before).into(),
            in_percent(person.margin_before).into(),
            in_percent(person.margin_after).into(),
            what(person, comparison).into(),
        ]);
    }
    let rest = scenario.people.iter().skip(top);
    let others = rest.clone().count();
    if others > 0 {
        let change: Precise = rest.map(CustomerChange::change).sum();
        table.note(format!(
            "and {}, whose spend changes by {} {}{}",
            counted(others, "other"),
            signed(currency, change),
            currency.code,
            either(&others, "; --all shows it", " together; --all shows them")
        ));
    }
    let spread = scenario.percentiles();
    let [p5, p50, p95] = [spread.p5, spread.p50, spread.p95].map(|change| signed(currency, change));
    table.note(format!("change per customer: {p5} at the 5th percentile, {p50} in the middle, {p95} at the 95th"));
    table
}

/// What happens to a customer beside what they pay.
fn what(person: &CustomerChange, comparison: &Comparison) -> String {
    let (currency, refused) = (&comparison.currency, refused(person, &comparison.inputs.funding));
    let loses = person.newly_unprofitable.then(|| "loses money".to_owned());
    let owes = (person.deficit_after > person.deficit_before)
        .then(|| format!("owes up to {}", currency.precise(person.deficit_after)));
    refused.into_iter().chain(loses).chain(owes).collect::<Vec<_>>().join(", ")
}

/// How many of their events are refused, where that changes; and why, where they pay whatever is needed.
fn refused(person: &CustomerChange, funding: &Funding) -> Option<String> {
    let (before, after) = (person.denied_before, person.denied_after);
    let reason = person.first_denied.filter(|_| after > 0 && matches!(funding, Funding::AsNeeded(_)));
    let events = counted(after, "event");
    let told = match person.first_denied {
        Some((at, _)) if person.newly_denied => format!("refused from {at}"),
        _ if before != after => format!("{events} refused, {before} before"),
        _ if reason.is_some() => format!("{events} refused"),
        _ => return None,
    };
    Some(match reason {
        Some((_, reason)) => format!("{told} ({})", reason.name().replace('_', " ")),
        None => told,
    })
}

/// Revenue by price; none where no price has earned anything.
pub(in crate::render) fn prices(comparison: &Comparison, scenario: &Scenario) -> Option<Table> {
    let currency = &comparison.currency;
    let mut table = Table::new(vec![
        Column::text("product"),
        Column::text("price"),
        Column::number("before"),
        Column::number("after"),
        Column::number("change"),
    ]);
    let is_there = |row: &&PriceChange| !row.before.is_zero() || !row.after.is_zero();
    for row in scenario.prices.iter().filter(is_there) {
        table.row([
            Cell::from(row.product.as_deref().unwrap_or("-")),
            row.price.as_deref().unwrap_or("overdrafts repaid").into(),
            currency.precise(row.before).into(),
            currency.precise(row.after).into(),
            signed(currency, row.change()).into(),
        ]);
    }
    table.total([
        Cell::from("total"),
        Cell::Empty,
        currency.precise(comparison.base.figures.revenue()).into(),
        currency.precise(scenario.figures.revenue()).into(),
        signed(currency, comparison.change(scenario)).into(),
    ]);
    (!table.rows.is_empty()).then_some(table)
}

fn margin(figures: &Figures) -> Cell {
    margin_in_percent(figures).into()
}

/// Rows by other keys: the so many whose revenue changes most, and the sum of the rest.
pub(in crate::render) fn groups(
    comparison: &Comparison,
    (by, groups): (&[String], &[GroupChange]),
    top: usize,
) -> Table {
    let currency = &comparison.currency;
    let mut columns: Vec<Column> = by.iter().map(Column::text).collect();
    let numbers =
        ["revenue before", "revenue after", "change", "profit before", "profit after", "margin before", "margin after"];
    columns.extend(numbers.map(Column::number));
    let mut table = Table::new(columns);
    let (shown, rest) = most_changed(groups, top);
    for row in shown {
        let (before, after) = (&row.before, &row.after);
        let keys = row.keys.iter().map(|key| Cell::from(key.as_deref().unwrap_or("-")));
        table.row(keys.chain([
            currency.precise(before.revenue()).into(),
            currency.precise(after.revenue()).into(),
            signed(currency, row.change()).into(),
            currency.precise(before.profit()).into(),
            currency.precise(after.profit()).into(),
            margin(before),
            margin(after),
        ]));
    }
    if !rest.is_empty() {
        let sum = |of: fn(&Figures) -> Precise| rest.iter().map(|row| of(&row.after) - of(&row.before)).sum();
        let [revenue, profit] = [sum(Figures::revenue), sum(Figures::profit)].map(|more| signed(currency, more));
        let (others, code, them) = (counted(rest.len(), "other"), &currency.code, either(&rest.len(), "it", "them"));
        table.note(format!("and {others}: revenue {revenue} {code}, profit {profit} {code}; --all shows {them}"));
    }
    table
}

/// The so many rows whose revenue changes most, and the others, both in the order of their names.
fn most_changed(groups: &[GroupChange], top: usize) -> (Vec<&GroupChange>, Vec<&GroupChange>) {
    let mut places: Vec<usize> = (0..groups.len()).collect();
    places.sort_by_key(|&place| std::cmp::Reverse(groups[place].change().abs()));
    let mut rest = places.split_off(top.min(places.len()));
    places.sort_unstable();
    rest.sort_unstable();
    let rows = |places: Vec<usize>| places.into_iter().map(|place| &groups[place]).collect();
    (rows(places), rows(rest))
}

/// A row for each customer and scenario, as a spreadsheet wants them.
pub fn comparison_rows(comparison: &Comparison) -> Table {
    let currency = &comparison.currency;
    let text = ["customer", "scenario"].map(Column::text);
    let numbers = ["spend_before", "spend_after", "change", "change_percent", "margin_before", "margin_after"];
    let others = ["first_denied_at", "class", "newly_denied", "newly_unprofitable"].map(Column::text);
    let stress = ["worst_deficit_before", "worst_deficit_after", "declined_before", "declined_after"];
    let counts = stress.into_iter().chain(["denied_before", "denied_after"]).map(Column::number);
    let columns = text.into_iter().chain(numbers.map(Column::number)).chain(others).chain(counts);
    let mut table = Table::new(columns.chain(["first_denied_reason", "currency"].map(Column::text)).collect());
    let share = |margin: Option<Share>| margin.map(|margin| margin.to_string());
    for scenario in &comparison.scenarios {
        for person in &scenario.people {
            table.row([
                Cell::from(&person.customer),
                (&scenario.name).into(),
                currency.precise(person.spend_before).into(),
                currency.precise(person.spend_after).into(),
                currency.precise(person.change()).into(),
                person.percent().map(|percent| percent.to_string()).into(),
                share(person.margin_before).into(),
                share(person.margin_after).into(),
                person.first_denied.map(|(at, _)| at).into(),
                class(person.class()).into(),
                person.newly_denied.to_string().into(),
                person.newly_unprofitable.to_string().into(),
                currency.precise(person.deficit_before).into(),
                currency.precise(person.deficit_after).into(),
                Cell::Count(person.declined_before.into()),
                Cell::Count(person.declined_after.into()),
                person.denied_before.into(),
                person.denied_after.into(),
                person.first_denied.map(|(_, reason)| reason.name()).into(),
                (&currency.code).into(),
            ]);
        }
    }
    table
}

/// The word of JSON.
fn class(class: Class) -> &'static str {
    match class {
        Class::PaysMore => "pays_more",
        Class::PaysLess => "pays_less",
        Class::Same => "same",
    }
}
