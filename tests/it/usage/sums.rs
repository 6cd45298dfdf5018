//! What sums of a mapping come to: numbers are added up, and of texts the first one counts.

use super::costs::overdrawn;
use super::nested::{line, read};
use crate::support::Workspace;

const CALLS: &str = r#"
columns = { customer = "org + user", subject = "team + project", occurred_at = "at + created", tokens = "a - b" }
constants = { event_type = "call" }
time_format = "unix"
id = "content"
"#;

#[test]
fn of_who_what_and_when_the_first_one_counts() {
    let log = r#"{"org":7,"user":7,"team":1,"project":2,"at":1751328000,"created":5,"a":3,"b":1}
{"org":"","user":"acme","team":"x","project":"y","at":null,"created":1751328000,"a":3,"b":1}
"#;
    let csv = "org,user,team,project,at,created,a,b\n7,7,1,2,1751328000,5,3,1\n,acme,x,y,,1751328000,3,1\n";
    for (name, log) in [("log.jsonl", log), ("log.csv", csv)] {
        let run = read(name, log, CALLS);
        assert_eq!(run.rejections, [], "{name}");
        let told: Vec<String> = run.events.iter().map(|event| format!("{} {:?}", line(event), event.subject)).collect();
        assert_eq!(
            told,
            ["7 2025-07-01T00:00:00Z tokens=2  Some(\"1\")", "acme 2025-07-01T00:00:00Z tokens=2  Some(\"x\")"],
            "{name}"
        );
    }
}

/// What a mapping's sum comes to, beside the same sum as a volume field.
const FLOATS: [(&str, &str, &str, &str); 6] = [
    ("1000.1", "0.30000000000000004", "999.8", "999.8"),
    ("12.345678901234567", "0.1234567890123456", "12.2222221122222214", "12.222222112"),
    ("5", "5.551115123125783e-17", "4.99999999999999994", "5"),
    ("1000", "5.551115123125783e-17", "1000", "1000"),
    ("5.551115123125783e-17", "0", "0.0000000000000000555111512313", "0"),
    ("262960", "257955", "5005", "5005"),
];

#[test]
fn what_floats_leave_over_is_taken_as_in_a_volume_field() {
    let catalog = |field: &str| {
        format!(
            "[[product]]\ncode = \"p\"\n[[product.price]]\nname = \"T\"\ntype = \"usage_based\"\nevent_type = \"call\"\n\
             usage_type = \"volume\"\nvolume_field = \"{field}\"\nasset = \"USD\"\nvolume_rate = 1\n[mapping.m]\n\
             columns = {{ n = \"a - b\", \"cost.openai\" = \"a - b\" }}\nconstants = {{ event_type = \"call\" }}\n"
        )
    };
    for (a, b, sum, charged) in FLOATS {
        let log = format!("id,customer,occurred_at,event_type,a,b\ne1,acme,2026-07-01T00:00:00Z,call,{a},{b}\n");
        for (field, map) in [("n", " --map m"), ("a - b", "")] {
            let workspace = overdrawn(&catalog(field)).with("u.csv", log.clone());
            workspace.ok(&format!("replay u.csv --enroll p{map}"));
            let event = workspace.ok("explain e1 --format json").json();
            assert_eq!(amount(&event["fees"][0]["amount"]), charged, "{a} - {b} of {field}");
            if field == "n" {
                assert_eq!(event["event"]["data"]["n"], sum, "{a} - {b}");
            }
        }
    }
}

/// An amount without the zeros at its end.
fn amount(value: &serde_json::Value) -> String {
    let text = value.as_str().unwrap_or_default();
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text.to_owned() }
}

#[test]
fn a_sum_that_says_nothing_is_a_finding() {
    let mapping = |columns: &str| {
        format!("[catalog]\nname = \"c\"\nreporting_currency = \"USD\"\n[mapping.m]\ncolumns = {{ {columns} }}\n")
    };
    for (columns, told) in [
        ("customer = \"a - b\"", "`customer` is no number that could be added up"),
        ("occurred_at = \"a + 3600\"", "`occurred_at` is no number that could be added up"),
        ("cost_currency = \"a + b\"", "`cost_currency` is no number that could be added up"),
        ("tokens = \"a - 1_000\"", "`1_000` is not a number"),
        ("tokens = \"a - .5\"", "`.5` is not a number"),
    ] {
        let workspace = Workspace::new().with("catalogs/c.toml", mapping(columns));
        let run = workspace.run("check");
        assert!(run.code == 1 && run.stdout.contains(told), "{columns}: {}", run.stdout);
    }
}

#[test]
fn the_currency_beside_a_cost_that_is_a_sum_is_the_costs() {
    let columns = "columns = { id = \"i\", customer = \"who\", occurred_at = \"t\", \"cost.v\" = \"a + b\" }\nconstants = { event_type = \"call\" }\n";
    let log = |key: &str| {
        format!("{{\"i\":\"e1\",\"who\":\"a\",\"t\":\"2026-07-01T00:00:00Z\",\"a\":1,\"b\":1,\"{key}\":\"EUR\"}}\n")
    };
    assert_eq!(line(&read("u.jsonl", log("currency"), columns).events[0]), "a 2026-07-01T00:00:00Z  v:2EUR");
    let run = read("u.jsonl", log("Currency"), columns);
    assert!(run.rejections[0].reason.starts_with("may be the currency of the costs"), "{:?}", run.rejections);
}
