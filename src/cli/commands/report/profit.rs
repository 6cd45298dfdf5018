//! What `report profit` shows.

use super::sheet::Sheet;
use super::{shortfall, title};
use crate::cli::context::Context;
use crate::cli::format::Format;
use crate::money::format_units;
use crate::render::{Column, View, row_noun};
use crate::report::profit::{Figures, ProfitReport, Row};

/// Who loses money, at most so many by name.
const MOST_NAMES: usize = 3;

type Cell = fn(&ProfitReport, &Figures) -> String;

/// The columns after the keys.
const COLUMNS: [(&str, Cell); 10] = [
    ("events", |_, f| f.events.to_string()),
    ("denied", |_, f| f.denied.to_string()),
    ("unpriced", |_, f| f.unpriced.to_string()),
    ("fees", |r, f| r.currency.format(f.fees)),
    ("usage_revenue", |r, f| r.currency.format(f.usage_revenue)),
    ("fixed_revenue", |r, f| r.currency.format(f.fixed_revenue)),
    ("breakage", |r, f| r.currency.format(f.breakage)),
    ("revenue", |r, f| r.currency.format(f.revenue())),
    ("cost", |r, f| r.currency.format(f.cost)),
    ("profit", |r, f| r.currency.format(f.profit())),
];

pub(super) fn view(report: &ProfitReport, context: &Context) -> View {
    if context.globals.format == Format::Csv {
        return full(report).table().into();
    }
    let mut sheet = Sheet::new(&report.by, &report.rows, "-");
    for (name, cell) in COLUMNS.iter().filter(|(name, _)| says_something(name, &report.total)) {
        sheet.add(Column::number(*name), cells(report, |figures| cell(report, figures)));
    }
    sheet.add(Column::number("margin"), cells(report, percent));
    let mut table = sheet.table();
    table.optional(&["usage_revenue", "fees", "unpriced", "denied", "events"]);
    for note in notes(report) {
        table.note(note);
    }
    title(&format!("Profit in {}", report.currency.code), report.window).table(table)
}

/// Every column, as a spreadsheet wants them.
fn full(report: &ProfitReport) -> Sheet {
    let mut sheet = Sheet::new(&report.by, &report.rows, "");
    for (name, cell) in COLUMNS {
        sheet.add(Column::number(name), cells(report, |figures| cell(report, figures)));
    }
    sheet.add(
        Column::number("margin"),
        cells(report, |figures| figures.texts(&report.currency).margin.unwrap_or_default()),
    );
    sheet.add(Column::number("denied_cost"), cells(report, |figures| report.currency.format(figures.denied_cost)));
    sheet.add(Column::text("currency"), cells(report, |_| report.currency.code.clone()));
    sheet
}

fn cells(report: &ProfitReport, cell: impl Fn(&Figures) -> String) -> Vec<String> {
    report.rows.iter().map(|row| &row.figures).chain([&report.total]).map(cell).collect()
}

/// Counts and parts of revenue are left out where there are none, and usage revenue where it is all there is.
fn says_something(column: &str, total: &Figures) -> bool {
    match column {
        "denied" => total.denied > 0,
        "unpriced" => total.unpriced > 0,
        "fixed_revenue" => total.fixed_revenue != 0,
        "breakage" => total.breakage != 0,
        "usage_revenue" => total.usage_revenue != 0 && total.usage_revenue != total.revenue(),
        _ => true,
    }
}

fn percent(figures: &Figures) -> String {
    figures.margin(3).map_or_else(|| "-".to_owned(), |margin| format!("{}%", format_units(margin, 1, 1)))
}

fn notes(report: &ProfitReport) -> Vec<String> {
    losses(report).into_iter().chain(remarks(report)).chain(shortfall(report.window)).collect()
}

/// What the figures leave out, and where to look for the reasons.
pub(super) fn remarks(report: &ProfitReport) -> Vec<String> {
    let total = &report.total;
    let mut notes = Vec::new();
    if total.denied > 0 {
        let cost = report.currency.format(total.denied_cost);
        notes.push(format!(
            "{} denied: not served, so the would-be cost ({cost} {}) is not counted; `drawdown report usage` says why",
            events_were(total.denied),
            report.currency.code
        ));
    }
    if total.unpriced > 0 {
        let (was, its) = if total.unpriced == 1 { ("it was", "its") } else { ("they were", "their") };
        let of_all = if total.events == 1 { "the only event".to_owned() } else { format!("{} events", total.events) };
        notes.push(format!(
            "{} of {of_all} earned nothing: {was} unpriced, though {its} cost counts; `drawdown report usage` says why",
            total.unpriced
        ));
    }
    notes
}

fn events_were(count: u64) -> String {
    if count == 1 { "1 event was".to_owned() } else { format!("{count} events were") }
}

/// Who loses money, most first.
fn losses(report: &ProfitReport) -> Option<String> {
    let (losers, all) = report.losers();
    if losers.is_empty() {
        return None;
    }
    let name = |row: &Row<Figures>| {
        let keys: Vec<&str> = row.keys.iter().map(|key| key.as_deref().unwrap_or("-")).collect();
        let profit = report.currency.format(row.figures.profit());
        format!("{} ({profit} {})", keys.join(" / "), report.currency.code)
    };
    let named: Vec<String> = losers.iter().take(MOST_NAMES).map(|row| name(row)).collect();
    let rest = if losers.len() > MOST_NAMES { ", ..." } else { "" };
    let verb = if losers.len() == 1 { "loses" } else { "lose" };
    let whom = row_noun(&report.by, all);
    Some(format!("{} of {all} {whom} {verb} money: {}{rest}", losers.len(), named.join(", ")))
}
