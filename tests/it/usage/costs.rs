//! Costs by the names that people give them: read as what they are, refused, or doubted.

use super::log::{mapping, read, read_all, source};
use crate::support::Workspace;
use drawdown::catalog::{MadeId, Mapping};
use drawdown::usage::UsageEvent;

/// What an event costs at each vendor, and in which currency.
fn costs(event: &UsageEvent) -> Vec<String> {
    let currency = |currency: &Option<String>| currency.as_deref().unwrap_or("reporting").to_owned();
    event.costs.iter().map(|cost| format!("{} {} {}", cost.vendor, cost.amount, currency(&cost.currency))).collect()
}

fn csv(columns: &str, values: &str, mapping: Option<Mapping>) -> Result<UsageEvent, String> {
    let log = format!("id,customer,event_type,occurred_at,{columns}\ne1,acme,call,2026-07-01T00:00:00Z,{values}\n");
    let run = read_all(vec![source("log", log)], mapping).map_err(|error| error.to_string())?;
    assert_eq!(run.rejections, []);
    Ok(run.events[0].clone())
}

fn json(keys: &str, mapping: Option<Mapping>) -> Result<UsageEvent, String> {
    let log = format!(
        "{{\"id\":\"e1\",\"customer\":\"acme\",\"event_type\":\"call\",\"occurred_at\":\"2026-07-01T00:00:00Z\",{keys}}}"
    );
    let run = read_all(vec![source("log", log)], mapping).map_err(|error| error.to_string())?;
    match run.rejections.first() {
        Some(rejection) => Err(rejection.reason.clone()),
        None => Ok(run.events[0].clone()),
    }
}

#[test]
fn a_currency_beside_costs_is_theirs() {
    for column in ["currency", "cost_currency"] {
        let event = csv(&format!("cost.v,{column}"), "7,EUR", None).unwrap();
        assert_eq!((costs(&event), event.data.len()), (vec!["v 7 EUR".to_owned()], 0));
        let event = json(&format!("\"{column}\":\"EUR\",\"cost.v\":7"), None).unwrap();
        assert_eq!((costs(&event), event.data.len()), (vec!["v 7 EUR".to_owned()], 0));
    }
    assert_eq!(costs(&csv("cost.v,currency", "7,", None).unwrap()), ["v 7 reporting"]);
    let own = r#""costs":[{"vendor":"v","amount":7},{"vendor":"w","amount":8,"currency":"JPY"}],"currency":"EUR""#;
    assert_eq!(costs(&json(own, None).unwrap()), ["v 7 EUR", "w 8 JPY"]);
}

#[test]
fn a_currency_without_costs_is_data() {
    let event = csv("amount,currency", "7,EUR", None).unwrap();
    assert_eq!((costs(&event).len(), &*event.data["currency"]), (0, "EUR"));
    let event = json("\"currency\":\"EUR\"", Some(mapping(&[], &[]))).unwrap();
    assert_eq!((costs(&event).len(), &*event.data["currency"]), (0, "EUR"));
    let of_costs = "is not a key of an event; other values belong into \"data\"";
    assert_eq!(json("\"currency\":\"EUR\"", None).unwrap_err(), of_costs);
    let event = json(r#""cost.v":7,"data":{"currency":"EUR"}"#, None).unwrap();
    assert_eq!((costs(&event), &*event.data["currency"]), (vec!["v 7 reporting".to_owned()], "EUR"));
}

#[test]
fn what_may_be_the_currency_of_costs_is_refused_with_what_says_it() {
    let told = |name: &str| {
        format!(
            "log:1: the column {name} may be the currency of the costs; call it cost_currency, or read the log with a \
             [mapping.NAME] that says so, columns = {{ cost_currency = \"{name}\" }}, or that says theirs, constants = \
             {{ cost_currency = \"USD\" }}"
        )
    };
    let other_words = ["BillingCurrency", "billing_currency", "lineItem/CurrencyCode", "price_currency", "ccy"];
    for near in ["Currency", "cost.v.currency", "v_currency", "Cost Currency"].into_iter().chain(other_words) {
        assert_eq!(csv(&format!("cost.v,{near}"), "7,EUR", None).unwrap_err(), told(near));
        let theirs = mapping(&[("cost_currency", near)], &[]);
        let event = csv(&format!("cost.v,{near}"), "7,EUR", Some(theirs)).unwrap();
        assert_eq!(costs(&event), ["v 7 EUR"], "{near}");
    }
    let dollars = mapping(&[], &[("cost_currency", "USD")]);
    let event = csv("cost.v,currency", "7,EUR", Some(dollars.clone())).unwrap();
    assert_eq!((costs(&event), &*event.data["currency"]), (vec!["v 7 USD".to_owned()], "EUR"));
    let event = json(r#""cost.v":7,"currency":"EUR""#, Some(dollars)).unwrap();
    assert_eq!((costs(&event), &*event.data["currency"]), (vec!["v 7 USD".to_owned()], "EUR"));
    let ids = Mapping { id: Some(MadeId::Fields(["currency".to_owned()].into())), ..Mapping::default() };
    assert_eq!(csv("cost.v,currency", "7,EUR", Some(ids.clone())).unwrap_err(), told("currency"));
    assert!(json(r#""cost.v":7,"currency":"EUR""#, Some(ids)).unwrap_err().starts_with("may be the currency"));
    // Said by the mapping itself, it is what the mapping says.
    let data = mapping(&[("currency", "currency"), ("pair", "currency_pair")], &[]);
    assert_eq!(costs(&csv("cost.v,currency,currency_pair", "7,EUR,EUR/USD", Some(data)).unwrap()), ["v 7 reporting"]);
}

#[test]
fn what_may_be_the_currency_of_one_cost_is_refused_unless_the_event_has_one() {
    for near in ["currency_code", "billing_currency", "ccy"] {
        let entry = format!(r#""costs":[{{"vendor":"v","amount":7,"{near}":"EUR"}}]"#);
        let told = "may be the currency of this cost; call it currency, or give the event a cost_currency";
        assert_eq!(json(&entry, None).unwrap_err(), told, "{near}");
        assert_eq!(costs(&json(&format!("{entry},\"cost_currency\":\"JPY\""), None).unwrap()), ["v 7 JPY"]);
        assert_eq!(costs(&json(&entry.replace("\"EUR\"", "null"), None).unwrap()), ["v 7 reporting"]);
        let own = entry.replace("\"vendor\"", "\"currency\":\"GBP\",\"vendor\"");
        assert_eq!(costs(&json(&own, None).unwrap()), ["v 7 GBP"]);
    }
}

#[test]
fn each_column_that_may_be_a_cost_is_told_once() {
    let log = "id,customer,event_type,occurred_at,Cost.v,total_cost,tokens\n\
               e1,acme,call,2026-07-01T00:00:00Z,7,1,1\ne2,acme,other,2026-07-01T00:00:00Z,7,1,1\n";
    assert_eq!(read(log).unwrap().passed.cost_like, ["Cost.v", "total_cost"]);
}

const CATALOG: &str = r#"
[catalog]
reporting_currency = "USD"
[policy]
insufficient_funds = "overdraft"
[[asset]]
code = "EUR"
rates = [{ source = "USD", rate = 1.1 }]
[[vendor]]
code = "openai"
[[product]]
code = "p"
[[product.price]]
name = "Call"
type = "usage_based"
event_type = "call"
usage_type = "unit"
asset = "USD"
billable_dimensions = ["kind"]
values = [{ kind = "a", unit_price = 1 }]
"#;

fn workspace() -> Workspace {
    let workspace = Workspace::new().with("catalogs/c.toml", CATALOG);
    workspace.ok("apply --yes --at 2026-01-01");
    workspace.ok("customer add acme --at 2026-01-01");
    workspace.ok("subscribe acme p --at 2026-01-01");
    workspace
}

/// A workspace of a catalog with these tables beside a vendor and euros, where nobody has to pay first.
pub fn overdrawn(tables: &str) -> Workspace {
    let head = CATALOG.split("[[product]]").next().unwrap_or_default();
    let workspace = Workspace::new().with("catalogs/c.toml", format!("{head}{tables}"));
    workspace.ok("apply --yes --at 2020-01-01");
    workspace
}

/// The cost of all events, by the report of profit.
fn cost(workspace: &Workspace) -> String {
    let report = workspace.ok("report profit --format json").json();
    report["total"]["cost"].as_str().unwrap().to_owned()
}

#[test]
fn a_cost_in_another_currency_is_converted_and_never_counted_as_it_stands() {
    let workspace = workspace();
    let log = "id,customer,event_type,occurred_at,kind,cost.openai,currency\n\
               e1,acme,call,2026-03-01T00:00:00Z,a,7,EUR\n";
    workspace.write("log.csv", log);
    assert_eq!(workspace.ok("replay log.csv").stderr.matches("warning").count(), 0);
    assert_eq!(cost(&workspace), "7.70");
    workspace.ok("record acme call kind=a currency=EUR cost.openai=7");
    workspace.ok("record acme call kind=a cost_currency=EUR cost.openai=7");
    assert_eq!(cost(&workspace), "23.10");
    workspace.refused(
        "record acme call kind=a cost.openai=7 openai_currency=EUR",
        1,
        &["openai_currency: may be the currency of the costs; call it cost_currency"],
    );
    workspace.write("log.csv", log.replace("currency", "Currency"));
    workspace.refused("replay log.csv", 1, &["log.csv: the column Currency may be the currency of the costs"]);
    workspace.refused("replay log.csv --map none", 1, &[]);
}

#[test]
fn a_column_that_is_nearly_a_cost_is_named_once() {
    let columns = ["Cost.openai", "cost.", "cost_openai", "openai_cost"];
    let rows = ["e1", "e2"].map(|id| format!("{id},acme,call,2026-03-01T00:00:00Z,a,1,2,3,4\n")).concat();
    let log = format!("id,customer,event_type,occurred_at,kind,{}\n{rows}", columns.join(","));
    let workspace = workspace().with("log.csv", log);
    let doubt = |column: &str| format!("warning: the column `{column}` counts as data; did you mean `cost.openai`?\n");
    let doubts = columns.map(doubt).concat();
    assert_eq!(workspace.ok("replay -q log.csv").stderr, doubts);
    let compared = workspace.ok("compare log.csv --enroll p --with catalogs").stderr;
    assert!(columns.iter().all(|column| compared.matches(&doubt(column)).count() == 1), "{compared}");
    let recorded = workspace.ok("record acme call kind=a OpenAI_cost=1").stderr;
    assert!(recorded.ends_with(&doubt("OpenAI_cost")), "{recorded}");
    assert_eq!(workspace.ok("record -q acme call kind=a OpenAI_cost=1").stderr, "");
}

#[test]
fn what_stands_beside_a_cost_that_a_mapping_names_is_no_cost() {
    let mapping = || Some(mapping(&[("cost.v", "cost.total")], &[]));
    let event = json("\"cost\":{\"input\":0.5,\"output\":1,\"total\":1.5}", mapping()).unwrap();
    assert_eq!((costs(&event), event.data.len()), (vec!["v 1.5 reporting".to_owned()], 0));
    let event = csv("cost.input,cost.output,cost.total", "0.5,1,1.5", mapping()).unwrap();
    assert_eq!((costs(&event), event.data.len()), (vec!["v 1.5 reporting".to_owned()], 0));
}

#[test]
fn a_currency_beside_a_cost_that_a_mapping_names_is_doubted() {
    let of = |theirs: &str| Some(mapping(&[("cost.v", theirs)], &[]));
    for (keys, theirs) in [
        ("\"spend\":{\"value\":2,\"currency\":\"EUR\"}", "spend.value"),
        ("\"cost\":{\"amount\":2,\"currency\":\"EUR\"}", "cost.amount"),
        ("\"price\":2,\"Currency\":\"EUR\"", "price"),
        ("\"spend\":2,\"spend_currency\":\"EUR\"", "spend"),
    ] {
        let told = json(keys, of(theirs)).unwrap_err();
        assert!(told.contains("cost_currency"), "{keys}: {told}");
    }
    let event = json("\"price\":2,\"Currency\":null", of("price")).unwrap();
    assert_eq!(costs(&event), ["v 2 reporting"]);
    assert!(csv("spend,spend_currency", "2,EUR", of("spend")).unwrap_err().contains("cost_currency"));
    let own = Some(mapping(&[("cost.v", "spend.value"), ("cost_currency", "spend.currency")], &[]));
    assert_eq!(costs(&json("\"spend\":{\"value\":2,\"currency\":\"EUR\"}", own).unwrap()), ["v 2 EUR"]);
}
