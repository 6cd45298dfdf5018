//! Usage, by hand.

use super::book::worked;
use crate::support::at;
use drawdown::report::Query;
use drawdown::report::usage::usage;
use serde_json::{Value, json};

fn report(keys: &[&str], from: Option<&str>) -> Value {
    let by = keys.iter().map(|key| (*key).to_owned()).collect();
    let query = Query { by, from: from.map(at), ..Query::default() };
    serde_json::to_value(usage(&worked().ledger, &query).unwrap()).unwrap()
}

#[test]
fn fees_and_quantities_are_those_of_charged_events() {
    let value = report(&["price"], None);
    let denied = json!({"insufficient_funds": 1});
    let dollars = |amount: &str| json!([{"asset": "USD", "amount": amount}]);
    let none = json!({});
    let expected = json!([
        {"price": "Input", "events": 3, "charged": 2, "denied": 1, "unpriced": 0, "voided": 0, "quantity": "300",
         "fees": dollars("3.00"), "denied_reasons": denied, "unpriced_reasons": none},
        {"price": "Output", "events": 3, "charged": 2, "denied": 1, "unpriced": 0, "voided": 0, "quantity": "200",
         "fees": dollars("6.00"), "denied_reasons": denied, "unpriced_reasons": none},
        {"price": "Image", "events": 2, "charged": 2, "denied": 0, "unpriced": 0, "voided": 0, "quantity": "2",
         "fees": [{"asset": "CREDIT", "amount": "40"}], "denied_reasons": none, "unpriced_reasons": none},
        {"price": null, "events": 1, "charged": 0, "denied": 0, "unpriced": 1, "voided": 0, "quantity": "0",
         "fees": [], "denied_reasons": none, "unpriced_reasons": {"no_price": 1}},
    ]);
    assert_eq!(value["rows"], expected);
    let total = json!({
        "events": 6, "charged": 4, "denied": 1, "unpriced": 1, "voided": 0, "denied_reasons": denied,
        "fees": [{"asset": "CREDIT", "amount": "40"}, {"asset": "USD", "amount": "9.00"}],
        "unpriced_reasons": {"no_price": 1},
    });
    assert_eq!(value["total"], total);
}

#[test]
fn an_event_counts_once_in_its_product() {
    let value = report(&["customer", "product"], Some("2026-07-02T00:00:00.000001Z"));
    let rows: Vec<String> = value["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| format!("{} {} {} {}", row["customer"], row["product"], row["events"], row["fees"]))
        .collect();
    let expected = [
        r#""acme" "llm" 2 [{"amount":"5.00","asset":"USD"}]"#,
        r#""acme" null 1 []"#,
        r#""globex" "studio" 1 [{"amount":"20","asset":"CREDIT"}]"#,
        r#""initech" "studio" 1 [{"amount":"20","asset":"CREDIT"}]"#,
    ];
    assert_eq!(rows, expected);
    assert_eq!(value["rows"][0].get("quantity"), None);
}

#[test]
fn usage_has_no_vendor() {
    let query = Query { by: vec!["vendor".into()], ..Query::default() };
    let error = usage(&worked().ledger, &query).unwrap_err();
    assert_eq!(error.to_string(), "unknown key \"vendor\"");
}
