//! The figures of all scenarios, side by side.

use super::signed;
use crate::money::{Precise, Share};
use crate::render::margin::share_in_tenths;
use crate::render::table::{Cell, Column, Table};
use crate::whatif::{Comparison, Scenario};

/// What the columns are values of, where that is not in their heads. `written` is how a path is written.
pub(in crate::render) fn values_of(comparison: &Comparison, written: impl Fn(&str) -> String) -> Option<String> {
    let varied = comparison.varied.as_ref().filter(|_| comparison.is_told_by_values())?;
    let paths: Vec<String> = varied.paths.iter().map(|path| written(path)).collect();
    Some(format!("Values of {}", paths.join(" and ")))
}

/// One figure of every scenario.
struct Line {
    name: String,
    values: Vec<Cell>,
    /// Against the base.
    changes: Vec<Cell>,
    /// Whether there is anything to see.
    says: bool,
}

impl Line {
    fn count(comparison: &Comparison, name: impl Into<String>, of: impl Fn(&Scenario) -> i64) -> Self {
        let change = |own: &Scenario| match of(own) - of(&comparison.base) {
            0 => Cell::Empty,
            more => format!("{more:+}").into(),
        };
        Self {
            name: name.into(),
            values: comparison.all().map(|own| of(own).into()).collect(),
            changes: comparison.scenarios.iter().map(change).collect(),
            says: comparison.all().any(|own| of(own) != 0),
        }
    }

    fn money(comparison: &Comparison, name: &str, of: impl Fn(&Scenario) -> Precise) -> Self {
        let change = |own: &Scenario| match of(own) - of(&comparison.base) {
            same if same.is_zero() => Cell::Empty,
            more => signed(&comparison.currency, more).into(),
        };
        Self {
            name: name.to_owned(),
            values: comparison.all().map(|own| comparison.currency.precise(of(own)).into()).collect(),
            changes: comparison.scenarios.iter().map(change).collect(),
            says: comparison.all().any(|own| !of(own).is_zero()),
        }
    }

    fn always(self) -> Self {
        Self { says: true, ..self }
    }
}

fn lines(comparison: &Comparison) -> Vec<Line> {
    let count = |name: &str, of: fn(&Scenario) -> i64| Line::count(comparison, name, of);
    let money = |name: &str, of: fn(&Scenario) -> Precise| Line::money(comparison, name, of);
    let mut lines = vec![
        count("customers", |own| own.customers as i64).always(),
        count("charged", Scenario::charged).always(),
        count("denied", |own| own.figures.denied),
    ];
    lines.extend(reasons(comparison));
    lines.extend([
        count("unpriced", |own| own.figures.unpriced),
        money("fees", |own| own.figures.fees),
        money("usage revenue", |own| own.figures.usage_revenue),
        money("fixed revenue", |own| own.figures.fixed_revenue),
        money("breakage", |own| own.figures.breakage),
        money("revenue", |own| own.figures.revenue()).always(),
    ]);
    if comparison.scenarios.iter().any(|own| !own.earned_by_service.is_zero()) {
        lines.extend([by_price(comparison), by_refusals(comparison)]);
    }
    lines.extend([
        money("cost", |own| own.figures.cost),
        money("refused cost", |own| own.figures.denied_cost),
        money("profit", |own| own.figures.profit()).always(),
        margins(comparison),
        money("cash in", |own| own.cash_in),
        count("automatic payments", |own| own.auto_topups as i64),
        count("declined payments", |own| own.declined_topups as i64),
        money("worst deficit", |own| own.worst_deficit),
        money("deferred", |own| own.deferred),
        break_even(comparison),
    ]);
    lines
}

/// How many events are denied for each reason.
fn reasons(comparison: &Comparison) -> impl Iterator<Item = Line> {
    comparison.denial_reasons().into_iter().map(|reason| {
        let name = format!("  {}", reason.name().replace('_', " "));
        Line::count(comparison, name, |own| own.denied_by(reason))
    })
}

/// What of the change of revenue has one reason.
fn part(comparison: &Comparison, name: &str, of: impl Fn(&Scenario) -> Precise) -> Line {
    let changes = comparison.scenarios.iter().map(|own| signed(&comparison.currency, of(own)).into()).collect();
    Line { name: name.to_owned(), values: vec![Cell::Empty; comparison.scenarios.len() + 1], changes, says: true }
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
    Line {
        name: "margin, %".to_owned(),
        values: comparison.all().map(|own| Cell::from(own.figures.margin().map(share_in_tenths))).collect(),
        changes: comparison.scenarios.iter().map(change).collect(),
        says: true,
    }
}

fn break_even(comparison: &Comparison) -> Line {
    let shares: Vec<Option<Share>> = comparison.scenarios.iter().map(|own| comparison.break_even(own)).collect();
    let cell = |share: &Option<Share>| Cell::from(share.map(share_in_tenths));
    Line {
        name: "break-even, %".to_owned(),
        says: shares.iter().any(Option::is_some),
        values: std::iter::once(Cell::Empty).chain(shares.iter().map(cell)).collect(),
        changes: vec![Cell::Empty; shares.len()],
    }
}

/// Scenarios side by side, the base first: with one scenario its changes beside it, with several beneath.
pub(in crate::render) fn figures(comparison: &Comparison) -> Table {
    let mut columns = vec![Column::text("figure")];
    columns.extend(comparison.heads().into_iter().map(Column::called));
    let is_one = comparison.scenarios.len() == 1;
    if is_one {
        columns.push(Column::number("change"));
    }
    let mut table = Table::new(columns);
    for line in lines(comparison).into_iter().filter(|line| line.says) {
        let label = std::iter::once(Cell::from(&line.name));
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
    if let Some(most) = comparison.most_payments() {
        table.note(format!(
            "auto topup limit: one event causes {most} payments at most; --funding as-needed=AMOUNT pays more at a time"
        ));
    }
    table
}
