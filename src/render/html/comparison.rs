//! The page about a what-if, from top to bottom.

use super::amounts::Amounts;
use super::curve::{Point, curve};
use super::frame;
use super::markup::Markup;
use super::moves::{Move, moves};
use super::sheet::{sheet, whole_sheet};
use crate::render::comparison::figures::{figures, values_of};
use crate::render::comparison::tables::{assumed, checked, customers, groups as group_table, left_out, prices};
use crate::render::comparison::{Headline, MOST_PROFIT, headlines};
use crate::whatif::{Comparison, GroupChange, Scenario};
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// The page as HTML that is well-formed XML too, with so many customers in each table.
pub fn comparison_page(comparison: &Comparison, top: usize) -> String {
    let largest =
        comparison.all().map(|own| own.figures.revenue().abs().max(own.figures.cost.abs())).max().unwrap_or_default();
    let amounts = Amounts::new(&comparison.currency, largest);
    let mut m = Markup::default();
    frame::begin(&mut m, "What if");
    header(&mut m, comparison);
    m.raw("<section>\n<h2>Side by side</h2>\n");
    if let Some(told) = values_of(comparison, str::to_owned) {
        m.raw("<p class=\"note\">").text(told).raw("</p>\n");
    }
    whole_sheet(&mut m, "scenarios", &figures(comparison));
    m.raw("</section>\n");
    if let Some([path]) = comparison.varied.as_ref().map(|varied| varied.paths.as_slice()) {
        over_values(&mut m, comparison, path, &amounts);
    }
    for scenario in &comparison.scenarios {
        refused(&mut m, comparison, scenario, top);
        people(&mut m, comparison, scenario, &amounts, top);
        by_price(&mut m, comparison, scenario);
        if !comparison.by.is_empty() {
            by_keys(&mut m, comparison, scenario, (&comparison.by, &scenario.groups), &amounts, top);
        }
        if !scenario.models.is_empty() {
            by_keys(&mut m, comparison, scenario, (&["model".to_owned()], &scenario.models), &amounts, top);
        }
    }
    footer(&mut m, comparison);
    frame::end(&mut m);
    m.finish()
}

fn header(m: &mut Markup, comparison: &Comparison) {
    m.raw("<header>\n<p class=\"over\">What if</p>\n<h1>");
    let mut told = headlines(comparison);
    let first = most_profit(comparison, &mut told);
    sentence(m, &first);
    m.raw("</h1>\n");
    for other in &told {
        m.raw("<p>");
        sentence(m, other);
        m.raw("</p>\n");
    }
    verdicts(m, comparison);
    m.raw("<p class=\"period\">").text(assumed(comparison)).raw("</p>\n");
    for told in checked(comparison) {
        m.raw("<p class=\"note\">").text(told).raw("</p>\n");
    }
    m.raw("</header>\n");
}

/// Takes out what is to be repeated: of several scenarios the one with the most profit, and of those that come to the same the
/// first.
fn most_profit<'a>(comparison: &'a Comparison, told: &mut Vec<Headline<'a>>) -> Headline<'a> {
    let profit = |name: &str| comparison.scenarios.iter().find(|own| own.name == name).map(|own| own.figures.profit());
    let key = |(place, told): &(usize, &Headline)| (told.name.and_then(profit), Reverse(*place));
    let place = told.iter().enumerate().max_by_key(key).map_or(0, |(place, _)| place);
    let first = told.remove(place);
    let why = first.name.map(|_| MOST_PROFIT);
    Headline { why, ..first }
}

fn sentence(m: &mut Markup, Headline { why, name, told }: &Headline) {
    if let Some(name) = name {
        m.text(why.map_or(String::new(), |why| format!("{why} under ")));
        m.raw("<b class=\"name\"><bdi>").text(name).raw("</bdi></b>: ");
    }
    m.text(told);
}

/// Which conditions hold, and in which scenarios.
fn verdicts(m: &mut Markup, comparison: &Comparison) {
    let heads: BTreeMap<&str, &str> = comparison.all().map(|own| own.name.as_str()).zip(comparison.heads()).collect();
    for same in comparison.failed.chunk_by(|one, next| one.condition == next.condition) {
        m.raw("<p class=\"verdict\"><span class=\"loss\">").text(&same[0].condition).raw("</span> holds in ");
        if let [only] = same {
            m.raw("<bdi>").text(&only.scenario).raw("</bdi></p>\n");
            continue;
        }
        m.text(same.len()).raw(" of ").text(comparison.scenarios.len()).raw(" scenarios: ");
        for (index, failed) in same.iter().enumerate() {
            let name = failed.scenario.as_str();
            m.raw(if index > 0 { ", <bdi>" } else { "<bdi>" }).text(heads.get(name).unwrap_or(&name)).raw("</bdi>");
        }
        m.raw("</p>\n");
    }
}

/// The title of what belongs to one scenario.
fn title(m: &mut Markup, comparison: &Comparison, scenario: &Scenario, what: &str) {
    m.raw("<section>\n<h2>").text(what);
    if comparison.scenarios.len() > 1 {
        m.raw(" under <bdi>").text(&scenario.name).raw("</bdi>");
    }
    m.raw("</h2>\n");
}

/// The curve of the values that were tried.
fn over_values(m: &mut Markup, comparison: &Comparison, path: &str, amounts: &Amounts) {
    let points: Vec<Point> = comparison.with_values().map(|(own, value)| -> Point { (value, &own.figures) }).collect();
    m.raw("<section>\n<h2>By <bdi>").text(path).raw("</bdi></h2>\n");
    curve(m, &points, &comparison.base.figures, amounts);
    m.raw("</section>\n");
}

fn people(m: &mut Markup, comparison: &Comparison, scenario: &Scenario, amounts: &Amounts, top: usize) {
    title(m, comparison, scenario, "Customers");
    let own = scenario.people.iter().map(|person| Move {
        keys: vec![Some(person.customer.clone())],
        change: person.change(),
        margins: [person.margin_before, person.margin_after],
    });
    moves(m, &["customer".to_owned()], own.collect(), amounts);
    sheet(m, "customers", &customers(comparison, scenario, top));
    m.raw("</section>\n");
}

/// What a scenario's ledger would refuse.
fn refused(m: &mut Markup, comparison: &Comparison, scenario: &Scenario, top: usize) {
    if !scenario.left_out.is_empty() {
        title(m, comparison, scenario, &format!("Left out, since it would be refused: {}", scenario.left_out.len()));
        sheet(m, "left out", &left_out(scenario, top));
        m.raw("</section>\n");
    }
}

fn by_price(m: &mut Markup, comparison: &Comparison, scenario: &Scenario) {
    if let Some(prices) = prices(comparison, scenario) {
        title(m, comparison, scenario, "Revenue by price");
        sheet(m, "prices", &prices);
        m.raw("</section>\n");
    }
}

fn by_keys(
    m: &mut Markup,
    comparison: &Comparison,
    scenario: &Scenario,
    (by, groups): (&[String], &[GroupChange]),
    amounts: &Amounts,
    top: usize,
) {
    title(m, comparison, scenario, &format!("By {}", by.join(" and ").replace('_', " ")));
    let own = groups.iter().map(|group| Move {
        keys: group.keys.clone(),
        change: group.change(),
        margins: [&group.before, &group.after].map(|figures| figures.margin()),
    });
    moves(m, by, own.collect(), amounts);
    sheet(m, "groups", &group_table(comparison, (by, groups), top));
    m.raw("</section>\n");
}

fn footer(m: &mut Markup, comparison: &Comparison) {
    m.raw("<footer>\n<p>Charts show how much more a customer spends, or how much more revenue there is, most first. A ring ");
    m.raw("is the margin before, a dot the margin after, and an arrow one beyond 100%. Hatched bars are below zero.</p>\n");
    m.raw("<p>All amounts are in ").text(&comparison.currency.code);
    m.raw(". Tables are exact; charts are rounded. Nobody is assumed to behave differently.</p>\n</footer>\n");
}
