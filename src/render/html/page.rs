//! The page about profit, from top to bottom.

use super::amounts::{Amounts, count, margin, parts, typeset};
use super::bars::bars;
use super::columns::columns;
use super::frame;
use super::markup::Markup;
use super::name::{Place, name};
use super::tables::Table;
use crate::money::Precise;
use crate::render::words::{either, row_noun};
use crate::report::overview::{Overview, Period};
use crate::report::profit::{Figures, ProfitReport, Row};
use crate::time::Instant;

/// Who loses money, at most so many by name.
const MOST_NAMES: usize = 3;

/// The page as HTML that is well-formed XML too. `remarks` say what the figures leave out;
/// backquotes in them mark what is to be typed.
pub fn profit_page(overview: &Overview, remarks: &[String]) -> String {
    let report = &overview.customers;
    let total = &report.total;
    let amounts = Amounts::new(&report.currency, total.revenue().abs().max(total.cost.abs()));
    let mut m = Markup::default();
    frame::begin(&mut m, "Profit report");
    header(&mut m, overview, &amounts);
    if !overview.periods.rows.is_empty() {
        totals(&mut m, total, &amounts);
        for remark in remarks {
            m.raw("<p class=\"note\">").prose(remark).raw("</p>\n");
        }
        over_time(&mut m, overview, &amounts);
        for report in
            [Some(&overview.customers), Some(&overview.products), overview.asked.as_ref()].into_iter().flatten()
        {
            section(&mut m, report, &amounts);
        }
        footer(&mut m, total, &amounts);
    }
    frame::end(&mut m);
    m.finish()
}

fn header(m: &mut Markup, overview: &Overview, amounts: &Amounts) {
    let report = &overview.customers;
    m.raw("<header>\n<p class=\"over\">Profit report</p>\n<h1>");
    if overview.periods.rows.is_empty() {
        m.raw("Nothing was used, earned or spent in this time.");
    } else {
        headline(m, &report.total, amounts);
    }
    m.raw("</h1>\n");
    for report in [report, &overview.products] {
        losers(m, report, amounts);
    }
    let window = report.window;
    if let Some(from) = window.from {
        m.raw("<p class=\"period\">From ").text(from).raw(" to ").text(window.to).raw("</p>\n");
    } else if window.to > Instant::EPOCH {
        // A ledger without events has come nowhere in time yet.
        m.raw("<p class=\"period\">Up to ").text(window.to).raw("</p>\n");
    }
    m.raw("</header>\n");
}

fn headline(m: &mut Markup, total: &Figures, amounts: &Amounts) {
    m.raw("Revenue <b>").text(amounts.with_code(total.revenue())).raw("</b>, cost <b>");
    m.text(amounts.rounded(total.cost)).raw("</b>, profit <b").raw(loss(total)).raw(">");
    m.text(amounts.rounded(total.profit())).raw("</b>");
    if total.margin().is_some() {
        m.raw(", margin <b").raw(loss(total)).raw(">").text(margin(total)).raw("</b>");
    }
}

fn loss(figures: &Figures) -> &'static str {
    if figures.profit().is_negative() { " class=\"loss\"" } else { "" }
}

/// Who loses money, most first.
fn losers(m: &mut Markup, report: &ProfitReport, amounts: &Amounts) {
    let (losers, all) = report.losers();
    if losers.is_empty() {
        return;
    }
    let verb = either(&losers.len(), " loses money: ", " lose money: ");
    m.raw("<p class=\"verdict\">").text(count(losers.len())).raw(" of ").text(count(all)).raw(" ");
    m.text(row_noun(&report.by, all)).raw(verb);
    for (index, row) in losers.iter().take(MOST_NAMES).enumerate() {
        m.raw(if index > 0 { ", " } else { "" });
        name(m, Place::Element, &report.by, &row.keys);
        m.raw(" (<span class=\"loss\">").text(amounts.with_code(row.figures.profit())).raw("</span>)");
    }
    m.raw(if losers.len() > MOST_NAMES { ", …</p>\n" } else { "</p>\n" });
}

/// The sums, exactly.
fn totals(m: &mut Markup, total: &Figures, amounts: &Amounts) {
    let item = |m: &mut Markup, title: &str, class: &'static str, value: &str, unit: &str| {
        m.raw("<div><dt>").text(title).raw("</dt><dd").raw(class).raw(">").text(value);
        if !unit.is_empty() {
            m.raw(" <small>").text(unit).raw("</small>");
        }
        m.raw("</dd></div>\n");
    };
    let money = |m: &mut Markup, title: &str, class: &'static str, value: Precise| {
        item(m, title, class, &typeset(&amounts.currency.precise(value).to_string()), &amounts.currency.code);
    };
    m.raw("<dl class=\"totals\">\n");
    money(m, "Revenue", "", total.revenue());
    money(m, "Cost", "", total.cost);
    money(m, "Profit", loss(total), total.profit());
    item(m, "Margin", loss(total), &margin(total), "");
    m.raw("</dl>\n<dl class=\"totals minor\">\n");
    for part in parts(total).filter(|_| parts(total).count() > 1) {
        money(m, &format!("Revenue: {}", part.name), "", (part.of)(total));
    }
    money(m, "Fees at list price", "", total.fees);
    item(m, "Events", "", &count(total.events), "");
    m.raw("</dl>\n");
}

fn over_time(m: &mut Markup, overview: &Overview, amounts: &Amounts) {
    let (periods, total) = (&overview.periods, &overview.customers.total);
    m.raw("<section>\n<h2>Over time</h2>\n");
    columns(m, periods, total, amounts);
    let row = |period: &Period| Row { keys: vec![Some(period.name.clone())], figures: period.figures };
    let busy = periods.rows.iter().filter(|period| period.figures != Figures::default());
    let rows: Vec<Row<Figures>> = busy.map(row).collect();
    Table { by: &[periods.unit.name().to_owned()], currency: amounts.currency, rows: &rows, total }.draw(m);
    m.raw("</section>\n");
}

/// One report: who earns and who loses, and its table.
fn section(m: &mut Markup, report: &ProfitReport, amounts: &Amounts) {
    m.raw("<section>\n<h2>");
    match report.by.as_slice() {
        [key] if key == "customer" => m.raw("Customers"),
        [key] if key == "product" => m.raw("Products"),
        keys => m.raw("By ").text(keys.join(" and ").replace('_', " ")),
    };
    m.raw("</h2>\n");
    sides(m, report, amounts);
    bars(m, report, amounts);
    nameless(m, report);
    Table { by: &report.by, currency: amounts.currency, rows: &report.rows, total: &report.total }.draw(m);
    m.raw("</section>\n");
}

/// What those who earn come to together, and those who lose.
fn sides(m: &mut Markup, report: &ProfitReport, amounts: &Amounts) {
    let named = report.rows.iter().filter(|row| row.keys.iter().any(Option::is_some));
    let (lost, earned): (Vec<Precise>, _) = named.map(|row| row.figures.profit()).partition(Precise::is_negative);
    let side = |profits: &[Precise], one: &str, many: &str| {
        let (verb, end) = if profits.len() == 1 { (one, "") } else { (many, " together") };
        format!(
            "{} {verb} {}{end}",
            count(profits.len()),
            amounts.with_code(profits.iter().copied().sum::<Precise>().abs())
        )
    };
    let (earn, lose) = (side(&earned, "earns", "earn"), side(&lost, "loses", "lose"));
    let said: &[&str] = match (earned.is_empty(), lost.is_empty()) {
        _ if earned.len() + lost.len() < 2 => return,
        (false, true) => &[&earn],
        (true, _) => &[&lose],
        (false, false) => &[&earn, "; ", &lose],
    };
    m.raw("<p>").text(said.concat()).raw(".</p>\n");
}

/// What the rows are that have no name.
fn nameless(m: &mut Markup, report: &ProfitReport) {
    if report.rows.iter().any(|row| row.keys.iter().any(Option::is_none)) {
        m.raw("<p class=\"note\">Rows that begin with “no” hold what belongs to none, such as unpriced events and expired credit.</p>\n");
    }
}

fn footer(m: &mut Markup, total: &Figures, amounts: &Amounts) {
    m.raw("<footer>\n<p><b>Revenue</b> is what was earned");
    for (index, part) in parts(total).enumerate() {
        m.raw(if index == 0 { ": " } else { "; " }).raw(part.name).raw(", ").raw(part.meaning);
    }
    m.raw(". <b>Cost</b> is what vendors charge for served events. <b>Profit</b> is revenue less cost, <b>margin</b> ");
    m.raw("profit divided by revenue (–: no revenue). <b>Fees</b> are what usage was worth at list prices, whoever ");
    m.raw("paid; they are no part of revenue.</p>\n<p>All amounts are in ").text(&amounts.currency.code);
    m.raw(". Totals and tables are exact; the headline and the charts are rounded. Hatched bars are losses, and an ");
    m.raw("arrow marks a margin beyond 100%. Days and months are those of UTC.</p>\n</footer>\n");
}
