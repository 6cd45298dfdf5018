//! A comparison as tables for people, and as rows for a spreadsheet.

use super::{Headline, headlines, signed, signed_percent};
use crate::money::{Asset, Precise, Share};
use crate::render::margin::{margin_in_percent, share_in_percent, share_in_tenths};
use crate::render::table::{Cell, Column, Table};
use crate::render::view::View;
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
    view = view.line("").table(figures(comparison));
    for scenario in comparison.scenarios.iter().filter(|scenario| !scenario.left_out.is_empty()) {
        let count = scenario.left_out.len();
        view = view.line("").line(format!("Left out in {}, which would refuse it: {count}", scenario.name));
        view = view.table(left_out(scenario, top));
    }
    for scenario in &comparison.scenarios {
        let of = if is_one { String::new() } else { format!(" under {}", scenario.name) };
        view = view.line("").line(format!("Customers{of}, largest increase first"));
        view = view.table(customers(comparison, scenario, top));
        view = view.line("").line(format!("Revenue by price{of}")).table(prices(comparison, scenario));
        if !comparison.by.is_empty() {
            view = view.line("").line(format!("By {}{of}", comparison.by.join(", ")));
            view = view.table(groups(comparison, scenario, top));
        }
    }
    view
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

/// One figure of every scenario.
struct Line {
    name: &'static str,
    values: Vec<Cell>,
    /// Against the base.
    changes: Vec<Cell>,
    /// Whether there is anything to see.
    says: bool,
}

fn lines(comparison: &Comparison) -> Vec<Line> {
    let all: Vec<&Scenario> = std::iter::once(&comparison.base).chain(&comparison.scenarios).collect();
    let count = |name, of: &dyn Fn(&Scenario) -> i64| {
        let change = |own: &&Scenario| match of(own) - of(&comparison.base) {
            0 => Cell::Empty,
            more => format!("{more:+}").into(),
        };
        Line {
            name,
            values: all.iter().map(|own| of(own).into()).collect(),
            changes: all[1..].iter().map(change).collect(),
            says: all.iter().any(|own| of(own) != 0),
        }
    };
    let money = |name, of: &dyn Fn(&Scenario) -> Precise| {
        let change = |own: &&Scenario| match of(own) - of(&comparison.base) {
            same if same.is_zero() => Cell::Empty,
            more => signed(&comparison.currency, more).into(),
        };
        Line {
            name,
            values: all.iter().map(|own| comparison.currency.precise(of(own)).into()).collect(),
            changes: all[1..].iter().map(change).collect(),
            says: all.iter().any(|own| !of(own).is_zero()),
        }
    };
    let always = |line: Line| Line { says: true, ..line };
    vec![
        always(count("customers", &|own| own.customers as i64)),
        always(count("charged", &Scenario::charged)),
        count("denied", &|own| own.figures.denied),
        count("unpriced", &|own| own.figures.unpriced),
        money("fees", &|own| own.figures.fees),
        money("usage revenue", &|own| own.figures.usage_revenue),
        money("fixed revenue", &|own| own.figures.fixed_revenue),
        money("breakage", &|own| own.figures.breakage),
        always(money("revenue", &|own| own.figures.revenue())),
        Line { says: comparison.scenarios.iter().any(|own| !own.earned_by_service.is_zero()), ..by_price(comparison) },
        Line {
            says: comparison.scenarios.iter().any(|own| !own.earned_by_service.is_zero()),
            ..by_refusals(comparison)
        },
        money("cost", &|own| own.figures.cost),
        money("refused cost", &|own| own.figures.denied_cost),
        always(money("profit", &|own| own.figures.profit())),
        margins(comparison),
        money("cash in", &|own| own.cash_in),
        count("automatic payments", &|own| own.auto_topups as i64),
        count("declined payments", &|own| own.declined_topups as i64),
        money("worst deficit", &|own| own.worst_deficit),
        money("deferred", &|own| own.deferred),
        break_even(comparison),
    ]
}

/// What of the change of revenue has one reason.
fn part(comparison: &Comparison, name: &'static str, of: impl Fn(&Scenario) -> Precise) -> Line {
    let changes = comparison.scenarios.iter().map(|own| signed(&comparison.currency, of(own)).into()).collect();
    Line { name, values: vec![Cell::Empty; comparison.scenarios.len() + 1], changes, says: true }
}

fn by_price(comparison: &Comparison) -> Line {
    part(comparison, "  by price", |own| comparison.earned_by_price(own))
}

fn by_refusals(comparison: &Comparison) -> Line {
    part(comparison, "  by refusals", |own| own.earned_by_service)
}

fn margins(comparison: &Comparison) -> Line {
    let base = comparison.base.figures.margin();
    let change = |own: &Scenario| match own.figures.margin().zip(base).map(|(own, base)| own - base) {
        Some(more) if more.thousandths() != 0 => {
            let sign = if more.thousandths() > 0 { "+" } else { "" };
            format!("{sign}{}", share_in_tenths(more)).into()
        }
        _ => Cell::Empty,
    };
    let all = std::iter::once(&comparison.base).chain(&comparison.scenarios);
    Line {
        name: "margin, %",
        values: all.map(|own| Cell::from(own.figures.margin().map(share_in_tenths))).collect(),
        changes: comparison.scenarios.iter().map(change).collect(),
        says: true,
    }
}

fn margin(figures: &Figures) -> Cell {
    margin_in_percent(figures).into()
}

fn break_even(comparison: &Comparison) -> Line {
    let shares: Vec<Option<Share>> = comparison.scenarios.iter().map(|own| comparison.break_even(own)).collect();
    let cell = |share: &Option<Share>| Cell::from(share.map(share_in_tenths));
    Line {
        name: "break-even, %",
        says: shares.iter().any(Option::is_some),
        values: std::iter::once(Cell::Empty).chain(shares.iter().map(cell)).collect(),
        changes: vec![Cell::Empty; shares.len()],
    }
}

/// Scenarios side by side, the base first: with one scenario its changes beside it, with several beneath.
pub(in crate::render) fn figures(comparison: &Comparison) -> Table {
    let name = |scenario: &Scenario| Column::called(&scenario.name);
    let mut columns = vec![Column::text("figure"), name(&comparison.base)];
    columns.extend(comparison.scenarios.iter().map(name));
    let is_one = comparison.scenarios.len() == 1;
    if is_one {
        columns.push(Column::number("change"));
    }
    let mut table = Table::new(columns);
    for line in lines(comparison).into_iter().filter(|line| line.says) {
        let label = std::iter::once(Cell::from(line.name));
        if is_one {
            table.row(label.chain(line.values).chain(line.changes));
            continue;
        }
        let has_values = line.values.iter().any(|cell| !cell.is_empty());
        let has_changes = line.changes.iter().any(|cell| !cell.is_empty());
        if has_values {
            table.row(label.clone().chain(line.values));
        }
        if has_changes {
            let label = if has_values { Cell::from("  change") } else { line.name.into() };
            table.row([label, Cell::Empty].into_iter().chain(line.changes));
        }
    }
    if comparison.scenarios.iter().any(|own| comparison.break_even(own).is_some()) {
        table.note("break-even: how much of the profit you can lose before the base earns as much");
    }
    table
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
            what(person, currency).into(),
        ]);
    }
    let rest = scenario.people.iter().skip(top);
    let others = rest.clone().count();
    if others > 0 {
        let change: Precise = rest.map(CustomerChange::change).sum();
        let noun = if others == 1 { "other" } else { "others" };
        table.note(format!(
            "and {others} {noun}, whose spend changes by {} {} together; --all shows them",
            signed(currency, change),
            currency.code
        ));
    }
    let spread = scenario.percentiles();
    let [p5, p50, p95] = [spread.p5, spread.p50, spread.p95].map(|change| signed(currency, change));
    table.note(format!("change per customer: {p5} at the 5th percentile, {p50} in the middle, {p95} at the 95th"));
    table
}

/// What happens to a customer beside what they pay.
fn what(person: &CustomerChange, currency: &Asset) -> String {
    let refused = person.first_denied_at.filter(|_| person.newly_denied).map(|at| format!("refused from {at}"));
    let loses = person.newly_unprofitable.then(|| "loses money".to_owned());
    let owes = (person.deficit_after > person.deficit_before)
        .then(|| format!("owes up to {}", currency.precise(person.deficit_after)));
    refused.into_iter().chain(loses).chain(owes).collect::<Vec<_>>().join(", ")
}

pub(in crate::render) fn prices(comparison: &Comparison, scenario: &Scenario) -> Table {
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
    table
}

/// Rows by other keys: the so many whose revenue changes most, and the sum of the rest.
pub(in crate::render) fn groups(comparison: &Comparison, scenario: &Scenario, top: usize) -> Table {
    let currency = &comparison.currency;
    let mut columns: Vec<Column> = comparison.by.iter().map(Column::text).collect();
    let numbers =
        ["revenue before", "revenue after", "change", "profit before", "profit after", "margin before", "margin after"];
    columns.extend(numbers.map(Column::number));
    let mut table = Table::new(columns);
    let (shown, rest) = most_changed(&scenario.groups, top);
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
        let (count, code) = (rest.len(), &currency.code);
        let noun = if count == 1 { "other" } else { "others" };
        table.note(format!("and {count} {noun}: revenue {revenue} {code}, profit {profit} {code}; --all shows them"));
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
    let columns = text.into_iter().chain(numbers.map(Column::number)).chain(others).chain(stress.map(Column::number));
    let mut table = Table::new(columns.chain([Column::text("currency")]).collect());
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
                person.first_denied_at.into(),
                class(person.class()).into(),
                person.newly_denied.to_string().into(),
                person.newly_unprofitable.to_string().into(),
                currency.precise(person.deficit_before).into(),
                currency.precise(person.deficit_after).into(),
                Cell::Count(person.declined_before.into()),
                Cell::Count(person.declined_after.into()),
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
