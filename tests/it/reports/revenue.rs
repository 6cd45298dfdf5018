//! Revenue, by hand.

use super::hybrid::hybrid;
use crate::support::{Book, at};
use drawdown::billing::Reason;
use drawdown::ledger::When;
use drawdown::money::Total;
use drawdown::report::Query;
use drawdown::report::profit::profit;
use drawdown::report::revenue::revenue;
use serde_json::{Value, json};

fn query(from: Option<&str>, to: Option<&str>) -> Query {
    Query { from: from.map(at), to: to.map(at), ..Query::default() }
}

/// `before + cash - refunds = usage + fixed + breakage + deferred`
fn told(book: &Book, from: Option<&str>, to: Option<&str>) -> String {
    let report = revenue(&book.ledger, &query(from, to)).unwrap();
    let text = |value: Total<drawdown::money::Value>| report.currency.format(value);
    let p = report.within();
    format!(
        "{} + {} - {} = {} + {} + {} + {}",
        text(report.before.deferred),
        text(p.cash_in),
        text(p.refunds),
        text(p.usage_revenue),
        text(p.fixed_revenue),
        text(p.breakage),
        text(p.deferred)
    )
}

/// The rows as `keys: usage fixed breakage`, in the order of their names.
fn rows(book: &Book, keys: &[&str]) -> Vec<String> {
    let by = keys.iter().map(|key| (*key).to_owned()).collect();
    let report = profit(&book.ledger, &Query { by, ..Query::default() }).unwrap();
    let mut rows: Vec<String> = report
        .rows
        .iter()
        .map(|row| {
            let keys: Vec<&str> = row.keys.iter().map(|key| key.as_deref().unwrap_or("-")).collect();
            let t = row.figures.amounts(&report.currency);
            format!("{}: {} {} {}", keys.join(","), t.usage_revenue, t.fixed_revenue, t.breakage)
        })
        .collect();
    rows.sort();
    rows
}

/// Two seats for 31 dollars a month each and 12 once, from 1 July; of the 200 credits, 10 are used in July at 0.062 each, 100
/// are carried on, and 90 are lost.
fn studio() -> Book {
    let mut book = Book::new(&hybrid());
    book.subscribe("acme", "studio", 2, "2026-07-01").unwrap();
    book.replay("id,customer,event_type,occurred_at,cost.gpu\ne1,acme,image,2026-07-05T00:00:00Z,0.25\n");
    book.advance("2026-08-11");
    book
}

#[test]
fn charges_are_earned_by_time_and_credits_by_use() {
    let book = studio();
    // A day earns 2 dollars, of which the credits take 0.40.
    assert_eq!(told(&book, None, Some("2026-07-02")), "0.00 + 74.00 - 0.00 = 0.00 + 13.60 + 0.00 + 60.40");
    assert_eq!(
        told(&book, Some("2026-07-02"), Some("2026-07-12")),
        "60.40 + 0.00 - 0.00 = 0.62 + 16.00 + 0.00 + 43.78"
    );
    // 49.60 of 62.00 by time, and 12.40 for the credits: 0.62 was used, 5.58 was lost, 6.20 is carried on.
    assert_eq!(told(&book, None, Some("2026-08-01")), "0.00 + 74.00 - 0.00 = 0.62 + 61.60 + 0.00 + 11.78");
    assert_eq!(
        told(&book, Some("2026-08-01"), Some("2026-08-11")),
        "11.78 + 62.00 - 0.00 = 0.00 + 16.00 + 5.58 + 52.20"
    );
    assert_eq!(told(&book, None, None), "0.00 + 136.00 - 0.00 = 0.62 + 77.60 + 5.58 + 52.20");
}

#[test]
fn profit_has_them_by_customer_product_price_and_month() {
    let book = studio();
    assert_eq!(rows(&book, &["customer"]), ["acme: 0.62 77.60 5.58"]);
    let prices = ["studio,-: 0.00 0.00 5.58", "studio,Image: 0.62 0.00 0.00", "studio,Platform fee: 0.00 65.60 0.00"];
    assert_eq!(rows(&book, &["product", "price"])[..3], prices);
    assert_eq!(rows(&book, &["price"])[3..], ["Setup: 0.00 12.00 0.00"]);
    assert_eq!(rows(&book, &["month"]), ["2026-07: 0.62 61.60 0.00", "2026-08: 0.00 16.00 5.58"]);
    let days = rows(&book, &["day"]);
    assert_eq!(
        (days.len(), days[0].as_str(), days[1].as_str()),
        (41, "2026-07-01: 0.00 13.60 0.00", "2026-07-02: 0.00 1.60 0.00")
    );
    let days = profit(&book.ledger, &Query { by: vec!["day".into()], ..query(Some("2026-07-31"), Some("2026-08-02")) });
    assert_eq!(days.unwrap().rows.len(), 2);
}

#[test]
fn json_as_documented() {
    let report = revenue(&studio().ledger, &query(Some("2026-08-01"), None)).unwrap();
    let value: Value = serde_json::to_value(report).unwrap();
    let expected = json!({
        "currency": "USD", "from": "2026-08-01T00:00:00Z", "to": "2026-08-11T00:00:00Z",
        "processed_to": "2026-08-11T00:00:00Z", "deferred_before": "11.78", "cash_in": "62.00", "refunds": "0.00", "usage_revenue": "0.00", "fixed_revenue": "16.00", "breakage": "5.58",
        "revenue": "21.58", "deferred": "52.20",
    });
    assert_eq!(value, expected);
}

#[test]
fn what_is_due_at_the_horizon_counts_though_nobody_was_moved_there() {
    let mut book = Book::new(&hybrid());
    book.subscribe("acme", "studio", 2, "2026-07-01").unwrap();
    book.subscribe("globex", "desk", 1, "2026-07-01").unwrap();
    book.top_up("globex", "40", "USD", "2026-07-01");
    // Nobody's time has moved, but the ledger's has: a renewal, a rollover, an expiry, charges from the wallet.
    book.top_up("initech", "10", "CREDIT", "2026-08-11");
    let windows = [(None, None), (Some("2026-07-15"), Some("2026-08-02")), (Some("2026-08-01"), None)];
    let tell = |book: &Book| {
        let windows: Vec<String> = windows.iter().map(|(from, to)| told(book, *from, *to)).collect();
        (windows, rows(book, &["customer", "price", "month"]))
    };
    let before = tell(&book);
    book.advance("2026-08-11");
    assert_eq!(tell(&book), before);
    assert_eq!(before.0[0], "0.00 + 186.00 - 0.00 = 0.00 + 112.60 + 6.20 + 67.20");
}

#[test]
fn the_wallets_money_becomes_the_charges() {
    let mut book = Book::new(&hybrid());
    book.gift("acme", "3.5", "USD", "2026-07-01");
    book.top_up("acme", "10", "USD", "2026-07-01");
    book.subscribe("acme", "desk", 1, "2026-07-01").unwrap();
    // Half of the first week was given.
    assert_eq!(told(&book, None, Some("2026-07-03")), "0.00 + 10.00 - 0.00 = 0.00 + 0.00 + 0.00 + 10.00");
    book.advance("2026-07-05");
    assert_eq!(told(&book, None, Some("2026-07-03")), "0.00 + 10.00 - 0.00 = 0.00 + 1.00 + 0.00 + 9.00");
    // The third week can't be paid: nothing is earned until it is.
    book.advance("2026-07-20");
    assert_eq!(told(&book, None, None), "0.00 + 10.00 - 0.00 = 0.00 + 3.50 + 0.00 + 6.50");
    book.top_up("acme", "7", "USD", "2026-07-20");
    assert_eq!(told(&book, None, None), "0.00 + 17.00 - 0.00 = 0.00 + 3.50 + 0.00 + 13.50");
}

#[test]
fn refunds_leave_and_forfeits_are_breakage() {
    let mut book = Book::new(&hybrid());
    book.top_up("acme", "20", "CREDIT", "2026-07-01");
    book.adjust("acme", "40", "CREDIT", Reason::ExternalTopup, "2026-07-02").unwrap();
    book.adjust("acme", "-100", "CREDIT", Reason::ExternalRefund, "2026-07-03").unwrap();
    book.adjust("acme", "-60", "CREDIT", Reason::Other, "2026-07-04").unwrap();
    assert_eq!(told(&book, None, None), "0.00 + 22.00 - 5.00 = 0.00 + 0.00 + 3.00 + 14.00");
    assert_eq!(told(&book, Some("2026-07-03"), Some("2026-07-04")), "22.00 + 0.00 - 5.00 = 0.00 + 0.00 + 0.00 + 17.00");
    assert_eq!(rows(&book, &["customer", "product"]), ["acme,-: 0.00 0.00 3.00"]);
}

#[test]
fn a_change_moves_what_is_not_earned_and_ends_what_was_granted() {
    let mut book = Book::new(&hybrid());
    book.subscribe("acme", "studio", 1, "2026-07-01").unwrap();
    // 21 of 31 days are credited; Pro costs 365 for a year, so 344 are paid. The old credits are carried on.
    book.change("acme", "studio", ("pro", 1), "2026-07-11", When::Now).unwrap();
    book.advance("2026-07-11");
    assert_eq!(told(&book, None, Some("2026-07-11")), "0.00 + 43.00 - 0.00 = 0.00 + 20.00 + 0.00 + 23.00");
    let after = revenue(&book.ledger, &Query::default()).unwrap().after;
    // The old credits end: the rest of their 6.20 is taken at once, and lost. The new ones take 0.70 in their first week.
    assert_eq!(told(&book, None, None), "0.00 + 387.00 - 0.00 = 0.00 + 15.80 + 6.20 + 365.00");
    assert_eq!(after.cash_in, after.revenue() + after.deferred);
}

#[test]
fn usage_without_a_price_costs_what_it_costs() {
    let mut book = Book::new(&hybrid());
    book.subscribe("acme", "track", 1, "2026-07-01").unwrap();
    book.subscribe("globex", "track", 1, "2026-07-01").unwrap();
    book.replay(
        "id,customer,event_type,occurred_at,cost.gpu\n1,acme,image,2026-07-05T00:00:00Z,1.50\n2,globex,call,\
         2026-07-30T00:00:00Z,70\n3,globex,image,2026-08-01T00:00:00Z,0.01\n",
    );
    let by = vec!["customer".to_owned()];
    let report = profit(&book.ledger, &Query { by, ..query(None, Some("2026-08-01")) }).unwrap();
    let row = |row: &drawdown::report::profit::Row<drawdown::report::profit::Figures>| {
        let t = row.figures.amounts(&report.currency);
        format!("{:?} {}/{} {}-{}={}", row.keys, t.unpriced, t.events, t.fixed_revenue, t.cost, t.profit)
    };
    let expected = [r#"[Some("globex")] 1/1 62.00-70.00=-8.00"#, r#"[Some("acme")] 1/1 62.00-1.50=60.50"#];
    assert_eq!(report.rows.iter().map(row).collect::<Vec<_>>(), expected);
}

/// Three seats from the third week on, which are paid three days late.
#[test]
fn a_change_that_is_paid_late_proves_itself() {
    let mut book = Book::new(&hybrid());
    book.top_up("acme", "13.1", "USD", "2026-07-01");
    book.subscribe("acme", "club", 1, "2026-07-01").unwrap();
    book.change("acme", "club", ("club", 3), "2026-07-09", When::PeriodEnd).unwrap();
    book.advance("2026-07-16");
    // Two weeks for 5 dollars each, and 15 of 31 days for 3.10, of which the credits take 0.04 a day.
    assert_eq!(told(&book, None, None), "0.00 + 13.10 - 0.00 = 0.00 + 10.90 + 0.00 + 2.20");
    book.top_up("acme", "40", "USD", "2026-07-18");
    book.advance("2026-07-22");
    assert_eq!(book.ledger.verify().unwrap().checks.into_iter().filter(|check| !check.ok).collect::<Vec<_>>(), []);
    // 15.00 for the rest of the week, 1.70 and 1.20 for the locker, less 0.84 for the credits and 4 of 14 days of 1.116 for
    // 36 more.
    assert_eq!(told(&book, None, None), "0.00 + 53.10 - 0.00 = 0.00 + 26.741142858 + 0.00 + 26.358857142");
}
