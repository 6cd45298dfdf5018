//! Usage, by hand.

use super::book::worked;
use crate::support::{Workspace, at};
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

#[test]
fn what_counts_less_than_nothing_is_told() {
    let price = |name: &str, counts: &str| {
        format!(
            "[[product.price]]\nname = \"{name}\"\ntype = \"usage_based\"\nevent_type = \"chat\"\nasset = \"USD\"\n{counts}\n"
        )
    };
    let volume = "usage_type = \"volume\"\nvolume_field = \"all - cached\"\nbillable_dimensions = [\"model\"]\n\
                  values = [{ model = \"m\", volume_rate = 0 }]";
    let catalog = format!(
        "[catalog]\nreporting_currency = \"USD\"\n[[product]]\ncode = \"p\"\n{}{}",
        price("Call", "usage_type = \"unit\"\nunit_price = 0"),
        price("Input", volume)
    );
    let workspace = Workspace::new().with("catalogs/catalog.toml", catalog).at("2026-08-01T00:00:00Z");
    workspace.ok("apply --yes --at 2026-01-01");
    let row = |id: &str, model: &str, all: u32| format!("{id},a,chat,2026-07-01T00:00:00Z,{model},{all},5\n");
    let rows = [row("e", "m", 4), row("f", "m", 3), row("g", "m", 9), row("h", "other", 3)].concat();
    workspace.write("log.csv", format!("id,customer,event_type,occurred_at,model,all,cached\n{rows}"));
    workspace.ok("replay log.csv --enroll p");
    let told = |count: &str| {
        let ran = workspace.ok("report usage");
        assert!(ran.stderr.contains(&format!("the price \"Input\" charged nothing for {count}")), "{ran:?}");
        workspace.ok("report usage --by price --format json").json()["below_zero"].to_string()
    };
    assert_eq!(told("2 events"), "{\"Input\":2}");
    workspace.ok("void e --yes");
    assert_eq!(told("1 event "), "{\"Input\":1}");
}
