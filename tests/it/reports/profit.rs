//! Profit, by hand.

use super::book::{CATALOG, worked};
use crate::support::{Book, at};
use drawdown::report::Query;
use drawdown::report::profit::{ProfitReport, profit};
use serde_json::{Value, json};

fn by(keys: &[&str]) -> Query {
    Query { by: keys.iter().map(|key| (*key).to_owned()).collect(), ..Query::default() }
}

fn report(book: &Book, query: &Query) -> ProfitReport {
    profit(&book.ledger, query).unwrap()
}

/// The rows as `keys: events/denied/unpriced fees usage+breakage-cost=profit (margin) denied_cost`.
fn rows(report: &ProfitReport) -> Vec<String> {
    let row = |row: &drawdown::report::profit::Row<_>| {
        let f: &drawdown::report::profit::Figures = &row.figures;
        let t = f.amounts(&report.currency);
        let keys: Vec<&str> = row.keys.iter().map(|key| key.as_deref().unwrap_or("-")).collect();
        format!(
            "{}: {}/{}/{} {} {}+{}-{}={} ({}) {}",
            keys.join(","),
            t.events,
            t.denied,
            t.unpriced,
            t.fees,
            t.usage_revenue,
            t.breakage,
            t.cost,
            t.profit,
            t.margin.map_or("-".to_owned(), |margin| margin.to_string()),
            t.denied_cost
        )
    };
    report.rows.iter().map(row).collect()
}

const WHOLE: &str = "6/1/1 11.00 6.00+19.00-5.90=19.10 (0.7640) 1.00";

#[test]
fn customers_worst_first() {
    let report = report(&worked(), &by(&["customer"]));
    let expected = [
        "initech: 1/0/0 1.00 1.00+0.00-0.00=1.00 (1.0000) 0.00",
        "acme: 4/1/1 9.00 4.00+0.00-2.90=1.10 (0.2750) 1.00",
        "globex: 1/0/0 1.00 1.00+19.00-3.00=17.00 (0.8500) 0.00",
    ];
    assert_eq!(rows(&report), expected);
    assert_eq!(report.total.amounts(&report.currency).profit.to_string(), "19.10");
}

/// e1 costs 0.80 and owes 1.00 and 3.00; e2 costs 2.00 and owes 2.00 and 3.00: costs follow the fees.
#[test]
fn the_prices_of_an_event_share_its_cost() {
    let book = worked();
    let expected = [
        "studio,Image: 2/0/0 2.00 2.00+0.00-3.00=-1.00 (-0.5000) 0.00",
        "llm,Input: 3/1/0 3.00 1.00+0.00-1.00=0.00 (0.0000) 1.00",
        "llm,Output: 3/1/0 6.00 3.00+0.00-1.80=1.20 (0.4000) 0.00",
        "-,-: 1/0/1 0.00 0.00+19.00-0.10=18.90 (0.9947) 0.00",
    ];
    assert_eq!(rows(&report(&book, &by(&["product", "price"]))), expected);
    let expected = [
        "studio: 2/0/0 2.00 2.00+0.00-3.00=-1.00 (-0.5000) 0.00",
        "llm: 3/1/0 9.00 4.00+0.00-2.80=1.20 (0.3000) 1.00",
        "-: 1/0/1 0.00 0.00+19.00-0.10=18.90 (0.9947) 0.00",
    ];
    assert_eq!(rows(&report(&book, &by(&["product"]))), expected);
}

/// e1 owes 4.00 and costs 0.50 and 0.30: its fees follow the costs.
#[test]
fn the_vendors_of_an_event_share_its_revenue() {
    let expected = [
        "openai: 4/1/0 8.50 5.00+0.00-5.50=-0.50 (-0.1000) 1.00",
        "aws: 2/0/1 1.50 0.00+0.00-0.40=-0.40 (-) 0.00",
        "-: 1/0/0 1.00 1.00+19.00-0.00=20.00 (1.0000) 0.00",
    ];
    assert_eq!(rows(&report(&worked(), &by(&["vendor"]))), expected);
}

#[test]
fn prices_and_vendors_at_once() {
    let expected = [
        "Image,openai: 1/0/0 1.00 1.00+0.00-3.00=-2.00 (-2.0000) 0.00",
        "Output,aws: 1/0/0 1.125 0.00+0.00-0.225=-0.225 (-) 0.00",
        "-,aws: 1/0/1 0.00 0.00+0.00-0.10=-0.10 (-) 0.00",
        "Input,aws: 1/0/0 0.375 0.00+0.00-0.075=-0.075 (-) 0.00",
        "Input,openai: 3/1/0 2.625 1.00+0.00-0.925=0.075 (0.0750) 1.00",
        "Image,-: 1/0/0 1.00 1.00+0.00-0.00=1.00 (1.0000) 0.00",
        "Output,openai: 3/1/0 4.875 3.00+0.00-1.575=1.425 (0.4750) 0.00",
        "-,-: 0/0/0 0.00 0.00+19.00-0.00=19.00 (1.0000) 0.00",
    ];
    assert_eq!(rows(&report(&worked(), &by(&["price", "vendor"]))), expected);
}

#[test]
fn days_months_and_dimensions_are_in_their_order() {
    let book = worked();
    let first = |keys: &[&str]| -> Vec<String> {
        rows(&report(&book, &by(keys))).iter().map(|row| row.split(' ').take(2).collect::<Vec<_>>().join(" ")).collect()
    };
    assert_eq!(first(&["month"]), ["2026-07: 6/1/1", "2026-08: 0/0/0"]);
    let days =
        ["2026-07-02: 1/0/0", "2026-07-03: 2/1/0", "2026-07-04: 1/0/1", "2026-07-05: 1/0/0", "2026-07-20: 1/0/0"];
    assert_eq!(first(&["day"])[..5], days);
    assert_eq!(first(&["day"])[5..], ["2026-08-01: 0/0/0"]);
    assert_eq!(
        first(&["month", "model"]),
        ["2026-07,a: 2/1/0", "2026-07,b: 1/0/0", "2026-07,-: 3/0/1", "2026-08,-: 0/0/0"]
    );
    assert_eq!(rows(&report(&book, &by(&[]))), [format!(": {WHOLE}")]);
}

#[test]
fn only_what_is_within_the_time_counts() {
    let book = worked();
    let within = |from: Option<&str>, to: Option<&str>| {
        rows(&report(&book, &Query { from: from.map(at), to: to.map(at), by: Vec::new(), ..Query::default() }))
            .remove(0)
    };
    assert_eq!(within(Some("2026-07-03"), Some("2026-07-04")), ": 2/1/0 5.00 4.00+0.00-2.00=2.00 (0.5000) 1.00");
    assert_eq!(within(Some("2026-08-01"), None), ": 0/0/0 0.00 0.00+19.00-0.00=19.00 (1.0000) 0.00");
    assert_eq!(within(None, Some("2026-08-01")), ": 6/1/1 11.00 6.00+0.00-5.90=0.10 (0.0167) 1.00");
    assert_eq!(within(Some("2026-08-02"), None), ": 0/0/0 0.00 0.00+0.00-0.00=0.00 (-) 0.00");
}

#[test]
fn an_overdraft_earns_when_it_is_paid_back() {
    let mut book = Book::new(&CATALOG.replace("\"deny\"", "\"overdraft\""));
    book.subscribe("acme", "llm", 1, "2026-07-01").unwrap();
    book.replay("id,customer,event_type,occurred_at,input,output\ne1,acme,call,2026-07-02T00:00:00Z,100,100\n");
    let owing = ["2026-07,acme,llm: 1/0/0 4.00 0.00+0.00-0.00=0.00 (-) 0.00"];
    assert_eq!(rows(&report(&book, &by(&["month", "customer", "product"]))), owing);
    book.top_up("acme", "10", "USD", "2026-08-02");
    book.advance("2026-08-02");
    let repaid = [owing[0], "2026-08,acme,-: 0/0/0 0.00 4.00+0.00-0.00=4.00 (1.0000) 0.00"];
    assert_eq!(rows(&report(&book, &by(&["month", "customer", "product"]))), repaid);
}

#[test]
fn json_as_documented() {
    let mut query = by(&["price"]);
    query.to = Some(at("2026-07-05"));
    query.from = Some(at("2026-07-04"));
    let value: Value = serde_json::to_value(report(&worked(), &query)).unwrap();
    let figures = json!({
        "events": 1, "denied": 0, "unpriced": 1, "fees": "0.00", "usage_revenue": "0.00", "fixed_revenue": "0.00",
        "breakage": "0.00", "revenue": "0.00", "cost": "0.10", "profit": "-0.10", "margin": null, "denied_cost": "0.00",
    });
    let mut row = figures.clone();
    row["price"] = Value::Null;
    let expected = json!({
        "currency": "USD", "from": "2026-07-04T00:00:00Z", "to": "2026-07-05T00:00:00Z",
        "refused": "avoided", "processed_to": "2026-08-05T00:00:00Z", "by": ["price"],
        "rows": [row], "total": figures,
    });
    assert_eq!(value, expected);
}
