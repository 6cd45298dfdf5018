//! Pages of made-up reports: whatever they hold, the page is sound.

use super::parse::{Element, parse};
use drawdown::money::{Asset, Precise, Total};
use drawdown::render::html::profit_page;
use drawdown::report::overview::{Overview, Period, Periods};
use drawdown::report::profit::{Figures, ProfitReport, Row};
use drawdown::report::{Query, Window};
use drawdown::time::{Instant, Unit};
use proptest::prelude::*;

/// One dollar in the units of a report.
const DOLLAR: i128 = 1_000_000_000;

fn billionths(count: i128) -> Precise {
    Precise::of_values(Total::from_count(count), 9)
}

fn figures(revenue: i128, cost: i128) -> Figures {
    let (revenue, cost) = (billionths(revenue), billionths(cost));
    Figures { events: 1, fees: revenue, usage_revenue: revenue, cost, ..Figures::default() }
}

fn report(by: &[&str], rows: Vec<Row<Figures>>) -> ProfitReport {
    let mut total = Figures::default();
    rows.iter().for_each(|row| total += row.figures);
    ProfitReport {
        currency: Asset::currency("USD").unwrap(),
        window: Window::new(&Query::default(), Instant::parse("2026-08-01T00:00:00Z").unwrap()),
        refused: drawdown::report::Refused::Avoided,
        by: by.iter().map(|key| (*key).to_owned()).collect(),
        rows,
        total,
    }
}

fn row(name: &str, figures: Figures) -> Row<Figures> {
    Row { keys: vec![Some(name.to_owned())], figures }
}

/// Everything on one day, under one product.
fn overview(customers: Vec<Row<Figures>>) -> Overview {
    let customers = report(&["customer"], customers);
    let period = Period { name: "2026-07-31".to_owned(), figures: customers.total };
    Overview {
        products: report(&["product"], vec![row("api", customers.total)]),
        asked: None,
        periods: Periods { unit: Unit::Day, rows: vec![period] },
        customers,
    }
}

fn page(overview: &Overview) -> Element {
    parse(&profit_page(overview, &[]))
}

fn bars(page: &Element) -> Vec<String> {
    let rows = page.section("Customers").named("li");
    rows.into_iter().map(|row| row.of_class("name")[0].text()).collect()
}

#[test]
fn names_are_never_markup() {
    let names = [
        "<script>alert(1)</script>",
        "\"><img src=x onerror=alert(1)>",
        "' onmouseover='alert(1)",
        "]]></style></title><!--",
        "&lt;b&gt; &#60;",
        "javascript:alert(1)",
        "\u{202e}cod.exe\u{2066}",
        "a\0b\u{1b}[31m\r\n\t\u{9b}\u{7f}\u{feff}",
        "שלום",
        "",
        " ",
    ];
    let mut overview = overview(names.iter().map(|name| row(name, figures(0, DOLLAR))).collect());
    let keys = vec![Some(names[0].to_owned()), None, Some(names[1].to_owned())];
    overview.asked = Some(report(&["<b>", "price", "x\" y"], vec![Row { keys, figures: figures(DOLLAR, 0) }]));
    let page = profit_page(&overview, &["1 event `</p><script>` was `denied".to_owned()]);
    assert!(!page.contains(|c: char| c.is_control() && c != '\n'));
    assert!(!page.contains(['\u{202e}', '\u{2066}', '\u{feff}']));
    let root = parse(&page);
    let known = [
        "html",
        "head",
        "meta",
        "title",
        "style",
        "body",
        "svg",
        "defs",
        "pattern",
        "rect",
        "main",
        "header",
        "footer",
        "p",
        "h1",
        "h2",
        "b",
        "bdi",
        "i",
        "code",
        "span",
        "small",
        "dl",
        "div",
        "dt",
        "dd",
        "section",
        "figure",
        "figcaption",
        "line",
        "text",
        "g",
        "path",
        "ul",
        "li",
        "details",
        "summary",
        "table",
        "thead",
        "tbody",
        "tfoot",
        "tr",
        "th",
        "td",
    ];
    for element in root.all() {
        assert!(known.contains(&element.name.as_str()), "<{}>", element.name);
        for (attribute, value) in &element.attributes {
            assert!(
                !attribute.starts_with("on") && !["href", "src"].contains(&attribute.as_str()),
                "{attribute}={value}"
            );
        }
    }
    let shown =
        |name: &str| name.replace('\0', "\\u{0}").replace('\r', "\\r").replace('\n', "\\n").replace('\t', "\\t");
    let rows = root.section("Customers").table();
    for (row, name) in rows[1..].iter().zip(names).filter(|(_, name)| name.chars().all(|c| c.is_ascii_graphic())) {
        assert_eq!(row[0], shown(name));
    }
    assert_eq!(rows[7][0], "\\u{202e}cod.exe\\u{2066}");
    assert_eq!(rows[8][0], "a\\u{0}b\\u{1b}[31m\\r\\n\\t\\u{9b}\\u{7f}\\u{feff}");
    assert_eq!(
        root.section("By <b> and price and x\" y").table()[1][0],
        format!("{} / no price / {}", names[0], names[1])
    );
}

#[test]
fn nothing_from_elsewhere_is_asked_for() {
    let page = profit_page(&overview(vec![row("acme", figures(DOLLAR, DOLLAR / 2))]), &[]);
    let policy =
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\"/>";
    assert!(page.contains(policy));
    for address in ["http:", "https:", "//", "@import", "data:", "<script", "<link", "<img", "<a "] {
        assert!(!page.contains(address), "{address}");
    }
    assert_eq!(page.matches("url(").count(), 1, "the hatching of losses, which is in the page");
}

#[test]
fn the_head_says_it_in_a_sentence() {
    let page = page(&overview(vec![
        row("acme", figures(35_050_000_000, 20 * DOLLAR)),
        row("globex", figures(0, 5_034_999_999)),
        row("initech", figures(DOLLAR, 1_000_000_001)),
    ]));
    assert_eq!(page.named("h1")[0].text(), "Revenue 36.05 USD, cost 26.04, profit 10.02, margin 27.8%");
    let verdicts: Vec<String> = page.of_class("verdict").iter().map(|verdict| verdict.text()).collect();
    assert_eq!(verdicts, ["2 of 3 customers lose money: globex (−5.03 USD), initech (−0.000000001 USD)"]);
    let said = page.section("Customers").named("p")[0].text();
    assert_eq!(said, "1 earns 15.05 USD; 2 lose 5.04 USD together.");
}

#[test]
fn an_empty_report_says_so() {
    let nothing = Overview {
        customers: report(&["customer"], Vec::new()),
        products: report(&["product"], Vec::new()),
        asked: None,
        periods: Periods { unit: Unit::Day, rows: Vec::new() },
    };
    let page = page(&nothing);
    assert_eq!(page.named("h1")[0].text(), "Nothing was used, earned or spent in this time.");
    assert!(page.named("table").is_empty() && page.named("section").is_empty());
}

#[test]
fn without_revenue_there_is_no_margin_and_no_bar_of_it() {
    let page = page(&overview(vec![row("acme", figures(0, 5 * DOLLAR))]));
    assert_eq!(page.named("h1")[0].text(), "Revenue 0.00 USD, cost 5.00, profit −5.00");
    let customers = page.section("Customers");
    assert_eq!(customers.table()[1], ["acme", "1", "0.00", "0.00", "5.00", "-5.00", "–"]);
    let charts = customers.named("li")[0].of_class("bar");
    let rects = |chart: &Element| chart.named("rect").len();
    assert_eq!((rects(charts[0]), rects(charts[1])), (1, 0));
}

#[test]
fn losses_are_told_without_colour() {
    let page =
        page(&overview(vec![row("acme", figures(DOLLAR, 2 * DOLLAR)), row("globex", figures(DOLLAR, 100 * DOLLAR))]));
    let rows = page.section("Customers").named("li");
    assert_eq!(bars(&page), ["globex", "acme"]);
    let values = |row: &Element| [row.of_class("value")[0].text(), row.of_class("margin")[0].text()];
    assert_eq!(values(rows[0]), ["−99.00", "−9\u{202f}900.0%"]);
    assert_eq!(values(rows[1]), ["−1.00", "−100.0%"]);
    // Bars of losses are hatched, and one that does not fit has an arrow.
    assert_eq!(rows[0].of_class("neg").len(), 2);
    assert_eq!((rows[0].of_class("cut").len(), rows[1].of_class("cut").len()), (1, 0));
    assert!(page.of_class("pos").iter().all(|element| element.name == "svg"), "but for the key of the chart");
}

#[test]
fn of_many_customers_both_ends_are_drawn_and_the_table_has_all() {
    let rows =
        |count: i128| (0..count).map(|n| row(&format!("customer-{n:04}"), figures(n * DOLLAR, 7 * DOLLAR))).collect();
    let many = page(&overview(rows(1000)));
    let drawn = bars(&many);
    assert_eq!(drawn.len(), 20);
    assert_eq!((drawn[0].as_str(), drawn[10].as_str()), ("customer-0000", "customer-0999"));
    assert_eq!(many.section("Customers").table().len(), 1 + 1000 + 1);
    assert_eq!(bars(&page(&overview(rows(20)))).len(), 20);

    let text = profit_page(&overview(rows(10_000)), &[]);
    assert!(text.len() < 500_000, "{} bytes", text.len());
    let table = parse(&text).section("Customers").table();
    assert_eq!(table.len(), 1 + 1001 + 1);
    let others = &table[501];
    let (sum, cost): (i128, i128) = ((500..9500).sum(), 7 * 9000);
    let expected = ["9\u{202f}000 others".to_owned(), "9000".to_owned(), format!("{sum}.00"), format!("{sum}.00")];
    assert_eq!(others[..4], expected);
    assert_eq!(others[4..6], [format!("{cost}.00"), format!("{}.00", sum - cost)]);
}

#[test]
fn the_latest_of_many_periods_are_drawn_and_all_are_in_the_table() {
    let mut overview = overview(vec![row("acme", figures(100 * DOLLAR, DOLLAR))]);
    let period = |year: i128| Period { name: year.to_string(), figures: figures(DOLLAR, 0) };
    overview.periods = Periods { unit: Unit::Year, rows: (1970..2070).map(period).collect() };
    let page = page(&overview);
    let time = page.section("Over time");
    let hints: Vec<String> = time.named("title").iter().map(|title| title.text()).collect();
    assert_eq!(hints.len(), 2 * 62);
    assert_eq!(hints[0], "2008: revenue 1.00 USD, cost 0.00, profit 1.00, margin 100.0%");
    assert_eq!(time.of_class("note")[0].text(), "38 earlier years are not drawn.");
    assert_eq!(time.table().len(), 1 + 100 + 1);
}

#[test]
fn points_of_a_column_are_below_each_other() {
    let page = page(&overview(vec![row("acme", figures(DOLLAR, 1)), row("globex", figures(DOLLAR, DOLLAR))]));
    let rows = page.section("Customers").named("tr");
    let pads =
        |row: &Element| row.named("td").iter().map(|cell| cell.get("style").map(str::to_owned)).collect::<Vec<_>>();
    let pad = Some("--pad:14".to_owned());
    // 0.000000001 has seven digits more after its point than 1.00, and a digit is two halves wide.
    assert_eq!(pads(rows[1]), [None, None, None, None, None, None]);
    assert_eq!(pads(rows[2]), [None, None, None, pad.clone(), pad, None]);
}

/// Every length in a chart, and whether it is on the chart.
pub fn check_geometry(page: &Element) -> Result<(), TestCaseError> {
    for element in page.all() {
        for name in ["x", "x1", "x2", "width"] {
            let Some(percent) = element.get(name).and_then(|value| value.strip_suffix('%')) else { continue };
            let (whole, thousandths) = percent.split_once('.').unwrap_or((percent, ""));
            prop_assert!(thousandths.len() <= 3 && thousandths.chars().all(|c| c.is_ascii_digit()), "{}", percent);
            let whole: u32 = whole.parse().map_err(|_| TestCaseError::fail(percent.to_owned()))?;
            prop_assert!(whole < 100 || (whole == 100 && thousandths.is_empty()), "{}", percent);
        }
        for name in ["height", "y", "y1", "y2"] {
            prop_assert!(element.get(name).is_none_or(|value| !value.starts_with('-')), "{:?}", element.attributes);
        }
    }
    Ok(())
}

fn any_figures() -> impl Strategy<Value = Figures> {
    let amount = || prop_oneof![Just(0i128), -5i128..5, (-99 * DOLLAR)..99 * DOLLAR, -(1i128 << 80)..1i128 << 80];
    let amount = || amount().prop_map(billionths);
    (0i64..3, amount(), amount(), amount(), amount()).prop_map(|(events, fees, usage_revenue, breakage, cost)| {
        Figures { events, fees, usage_revenue, breakage, cost, ..Figures::default() }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_figures_under_any_names_make_a_sound_page(
        rows in proptest::collection::vec((proptest::option::of(any::<String>()), any_figures()), 1..30),
        days in proptest::collection::vec(any_figures(), 1..62),
        by in "\\PC{0,8}",
    ) {
        let rows: Vec<_> = rows.into_iter().map(|(name, figures)| Row { keys: vec![name], figures }).collect();
        let mut overview = overview(rows.clone());
        overview.asked = Some(report(&[&by], rows));
        overview.periods.rows = (0..).zip(days).map(|(n, figures)| Period { name: format!("day-{n}"), figures }).collect();
        let page = page(&overview);
        check_geometry(&page)?;
        let tables = page.named("table");
        prop_assert_eq!(tables.len(), 4);
    }
}
