//! `compare --format html`: the page against the other formats, under strange names, and as a file.

use super::page::check_geometry;
use super::parse::{Element, parse};
use crate::support::Workspace;

const CATALOG: &str = include_str!("../compare/compare.in/catalogs/calls.toml");
const DEARER: &str = include_str!("../compare/compare.in/dearer.toml");
const LOG: &str = include_str!("../compare/compare.in/usage.csv");
/// What is compared in most tests.
const WORDS: &str = "compare usage.csv --enroll studio --with new=dearer.toml --by vendor";

/// The log whose comparison is worked out by hand.
pub fn workspace() -> Workspace {
    Workspace::new().with("catalogs/calls.toml", CATALOG).with("dearer.toml", DEARER).with("usage.csv", LOG)
}

fn page(workspace: &Workspace, words: &str) -> Element {
    let page = parse(&workspace.ok(&format!("{words} --format html")).stdout);
    check_geometry(&page).unwrap();
    page
}

fn texts(elements: &[&Element]) -> Vec<String> {
    elements.iter().map(|element| element.text()).collect()
}

#[test]
fn the_page_says_what_tables_say() {
    let workspace = workspace();
    let page = page(&workspace, WORDS);
    let printed = workspace.ok(WORDS).stdout;
    assert_eq!(page.named("h1")[0].text(), printed.lines().next().unwrap());
    assert_eq!(page.of_class("period")[0].text(), printed.lines().nth(1).unwrap());
    let sides = page.section("Side by side").table();
    assert_eq!(sides[0], ["figure", "base", "new", "change"]);
    assert!(sides.contains(&["revenue", "74.00", "80.75", "+6.75"].map(String::from).to_vec()), "{sides:?}");
    let customers = page.section("Customers");
    assert_eq!(texts(&customers.of_class("name")), ["", "acme", "umbrella", "globex", "initech"]);
    assert_eq!(texts(&customers.of_class("value"))[1..], ["+5.00", "+2.25", "0.00", "−0.25"]);
    assert_eq!(customers.table().len(), 1 + 4);
    let bars = customers.named("li");
    let marks = |index: usize, class: &str| bars[index].of_class(class).len();
    assert_eq!([marks(0, "pos"), marks(2, "pos"), marks(2, "neg"), marks(3, "neg")], [1, 0, 0, 1]);
    assert_eq!([marks(0, "was"), marks(0, "is")], [1, 1]);
    assert_eq!(texts(&page.section("By vendor").of_class("value"))[1..], ["+8.75", "−2.00"]);
    assert_eq!(page.section("Revenue by price").table().last().unwrap()[4], "+6.75");
}

#[test]
fn several_values_make_a_curve() {
    let words = "compare usage.csv --enroll studio --funding unlimited --with other=dearer.toml \
                 --vary studio/Call/unit_price=8..12/2 --fail-on margin>70%";
    let ran = workspace().run(&format!("{words} --format html"));
    assert_eq!(ran.code, 1, "{ran:?}");
    let page = parse(&ran.stdout);
    check_geometry(&page).unwrap();
    let first = "Most profit under other: Revenue +33.4%, margin 65.8% to 74.4%; 3 of 4 customers pay more.";
    assert_eq!(page.named("h1")[0].text(), first);
    assert_eq!(page.of_class("verdict")[0].text(), "margin>70% holds in 2 of 4 scenarios: other, 12");
    let curve = page.section("By studio/Call/unit_price");
    assert_eq!(curve.named("circle").len(), 2 * 3);
    let values: Vec<String> = curve.named("title").iter().map(|title| title.text()).collect();
    assert_eq!(values.len(), 3);
    assert!(values[1].starts_with("10: revenue 96.50 USD, cost 33.00, profit 63.50"), "{values:?}");
}

/// Margins by model belong to the page wherever events tell of models.
#[test]
fn models_have_a_section_without_being_asked_for() {
    let price = "asset = \"USD\"\nbillable_dimensions = [\"model\"]\nvalues = [{ model = \"a\", unit_price = 1 }, \
                 { model = \"b\", unit_price = 2 }]";
    let log = "id,customer,event_type,occurred_at,model\n1,acme,call,2026-07-01T00:00:00Z,a\n\
               2,acme,call,2026-07-01T00:00:00Z,b\n";
    let catalog = CATALOG.replacen("asset = \"CREDIT\"\nunit_price = 10", price, 1);
    let workspace = workspace().with("catalogs/calls.toml", &catalog).with("usage.csv", log);
    let words = "compare usage.csv --enroll studio --funding unlimited --set studio/Call[model=b]/unit_price=+50%";
    let check = |more: &str, beside: bool| {
        let page = page(&workspace, &format!("{words} {more}"));
        let models = page.section("By model");
        assert_eq!(texts(&models.of_class("value"))[1..3], ["+1.00", "0.00"], "{more}");
        let titles = texts(&page.named("h2"));
        assert_eq!(titles.iter().filter(|title| *title == "By model").count(), 1, "{more}: {titles:?}");
        assert_eq!(titles.iter().any(|title| title == "By customer"), beside, "{more}: {titles:?}");
    };
    check("", false);
    check("--by model", false);
    check("--by customer", true);
    workspace.ok("apply --yes --at 2026-06-30");
    workspace.ok("replay usage.csv --enroll studio");
    let words = "compare --funding unlimited --set studio/Call[model=b]/unit_price=+50%";
    assert_eq!(texts(&page(&workspace, words).section("By model").of_class("value"))[1..3], ["+1.00", "0.00"]);
    assert!(!texts(&page(&self::workspace(), WORDS).named("h2")).contains(&"By model".to_owned()));
}

#[test]
fn no_name_is_markup() {
    let names = ["<script>alert(1)</script>", "'><img src=x onerror=alert(1)>", "a\u{202e}b", "&lt;"];
    let rows: String = names.iter().map(|name| format!("{name},{name},call,2026-07-01T00:00:00Z\n")).collect();
    let workspace = workspace().with("usage.csv", format!("id,customer,event_type,occurred_at\n{rows}"));
    let page = page(&workspace, "compare usage.csv --enroll studio --with '<b>=dearer.toml'");
    assert!(page.named("script").is_empty() && page.named("img").is_empty());
    let mut shown = texts(&page.section("Customers").of_class("name"));
    shown.sort();
    assert_eq!(shown, ["", "&lt;", "'><img src=x onerror=alert(1)>", "<script>alert(1)</script>", "a\\u{202e}b"]);
}

#[test]
fn a_page_is_replaced_and_nothing_else_is() {
    let workspace = workspace().with("notes.txt", "mine");
    let words = format!("{WORDS} --format html");
    let ran = workspace.ok(&format!("{words} -o what-if.html"));
    assert!(ran.stderr.contains("what-if.html is written; open it in a browser"), "{ran:?}");
    assert_eq!(workspace.read("what-if.html"), workspace.ok(&words).stdout);
    workspace.ok(&format!("{words} -o what-if.html"));
    workspace.refused(&format!("{words} -o notes.txt"), 1, &["notes.txt exists and is not an HTML page"]);
}
