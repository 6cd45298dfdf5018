//! The page about a what-if, from top to bottom.

use super::amounts::Amounts;
use super::curve::{Point, curve};
use super::frame;
use super::markup::Markup;
use super::moves::{Move, moves};
use super::sheet::sheet;
use crate::render::comparison::tables::{assumed, checked, customers, figures, groups, left_out, prices};
use crate::render::comparison::{Headline, headlines};
use crate::whatif::{Comparison, Scenario};

/// Scenarios that differ by one value: the last so many of a comparison.
#[derive(Debug, Clone, Copy)]
pub struct Varied<'a> {
    /// What the value is of.
    pub path: &'a str,
    /// How many values there are.
    pub count: usize,
}

/// The page as HTML that is well-formed XML too, with so many customers in each table.
pub fn comparison_page(comparison: &Comparison, varied: Option<Varied>, top: usize) -> String {
    let all = || std::iter::once(&comparison.base).chain(&comparison.scenarios);
    let largest = all().map(|own| own.figures.revenue().abs().max(own.figures.cost.abs())).max().unwrap_or_default();
    let amounts = Amounts::new(&comparison.currency, largest);
    let mut m = Markup::default();
    frame::begin(&mut m, "What if");
    header(&mut m, comparison);
    m.raw("<section>\n<h2>Side by side</h2>\n");
    sheet(&mut m, "scenarios", &figures(comparison));
    m.raw("</section>\n");
    if let Some(varied) = varied {
        over_values(&mut m, comparison, varied, &amounts);
    }
    for scenario in &comparison.scenarios {
        refused(&mut m, comparison, scenario, top);
        people(&mut m, comparison, scenario, &amounts, top);
        by_price(&mut m, comparison, scenario);
        if !comparison.by.is_empty() {
            by_keys(&mut m, comparison, scenario, &amounts, top);
        }
    }
    footer(&mut m, comparison);
    frame::end(&mut m);
    m.finish()
}

fn header(m: &mut Markup, comparison: &Comparison) {
    m.raw("<header>\n<p class=\"over\">What if</p>\n<h1>");
    let headlines = headlines(comparison);
    match headlines.as_slice() {
        [Headline { name: None, told, .. }] => m.text(told),
        _ => m.text(comparison.scenarios.len()).raw(" scenarios compared with the base"),
    };
    m.raw("</h1>\n");
    for Headline { why, name, told } in headlines {
        let Some(name) = name else { continue };
        m.raw("<p>").text(why.map_or(String::new(), |why| format!("{why} under ")));
        m.raw("<b><bdi>").text(name).raw("</bdi></b>: ").text(told).raw("</p>\n");
    }
    for failed in &comparison.failed {
        m.raw("<p class=\"verdict\"><span class=\"loss\">").text(&failed.condition).raw("</span> holds in <bdi>");
        m.text(&failed.scenario).raw("</bdi></p>\n");
    }
    m.raw("<p class=\"period\">").text(assumed(comparison)).raw("</p>\n");
    for told in checked(comparison) {
        m.raw("<p class=\"note\">").text(told).raw("</p>\n");
    }
    m.raw("</header>\n");
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
fn over_values(m: &mut Markup, comparison: &Comparison, varied: Varied, amounts: &Amounts) {
    let first = comparison.scenarios.len().saturating_sub(varied.count);
    let point = |own| -> Point { (value(own, varied.path), &own.figures) };
    let points: Vec<Point> = comparison.scenarios[first..].iter().map(point).collect();
    m.raw("<section>\n<h2>By <bdi>").text(varied.path).raw("</bdi></h2>\n");
    curve(m, &points, &comparison.base.figures, amounts);
    m.raw("</section>\n");
}

/// What is behind the path in the name of a scenario.
fn value<'s>(scenario: &'s Scenario, path: &str) -> &'s str {
    scenario.name.strip_prefix(path).unwrap_or(&scenario.name).trim_start_matches('=')
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
    title(m, comparison, scenario, "Revenue by price");
    sheet(m, "prices", &prices(comparison, scenario));
    m.raw("</section>\n");
}

fn by_keys(m: &mut Markup, comparison: &Comparison, scenario: &Scenario, amounts: &Amounts, top: usize) {
    title(m, comparison, scenario, &format!("By {}", comparison.by.join(" and ").replace('_', " ")));
    let own = scenario.groups.iter().map(|group| Move {
        keys: group.keys.clone(),
        change: group.change(),
        margins: [&group.before, &group.after].map(|figures| figures.margin()),
    });
    moves(m, &comparison.by, own.collect(), amounts);
    sheet(m, "groups", &groups(comparison, scenario, top));
    m.raw("</section>\n");
}

fn footer(m: &mut Markup, comparison: &Comparison) {
    m.raw("<footer>\n<p>Charts show how much more a customer spends, or how much more revenue there is, most first. A ring ");
    m.raw("is the margin before, a dot the margin after, and an arrow one beyond 100%. Hatched bars are below zero.</p>\n");
    m.raw("<p>All amounts are in ").text(&comparison.currency.code);
    m.raw(". Tables are exact; charts are rounded. Nobody is assumed to behave differently.</p>\n</footer>\n");
}
