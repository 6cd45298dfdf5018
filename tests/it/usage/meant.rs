//! What a log's errors and warnings say that is meant.

use crate::support::Workspace;

const CATALOG: &str = r#"
catalog = { reporting_currency = "USD" }
[[product]]
code = "p"
[[product.price]]
name = "Tokens"
type = "usage_based"
event_type = "chat"
usage_type = "volume"
volume_field = "tokens"
billable_dimensions = ["model"]
asset = "USD"
values = [{ model = "m*", volume_rate = 0 }]
[mapping.flat]
columns = { customer = "user", occurred_at = "at", tokens = "prompt_tokens" }
constants = { event_type = "chat", model = "m" }
[mapping.odd]
columns = { customer = "who.user", occurred_at = "at", tokens = "usage.prompt_tokens" }
constants = { event_type = "chat", model = "m" }
drop = ["notes", "extra.*"]
keep = ["api_keys", "who.email"]
[mapping.german]
delimiter = ";"
decimal = ","
thousands = "."
constants = { event_type = "chat" }
columns = { named = "Zahl" }
[mapping.own]
extends = "openai"
keep = "messages"
columns = { customer = "user" }
"#;

fn workspace() -> Workspace {
    let workspace = Workspace::new().with("catalogs/catalog.toml", CATALOG).at("2026-08-01T00:00:00Z");
    workspace.ok("apply --yes --at 2026-01-01");
    workspace
}

/// What the ledger keeps of all events, as JSON without spaces.
fn kept(workspace: &Workspace) -> String {
    let events = workspace.ok("events --format json").json();
    let ids = events["rows"].as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap());
    ids.map(|id| workspace.ok(&["explain", id, "--format", "json"]).json()["event"]["data"].to_string()).collect()
}

#[test]
fn what_stands_one_level_deeper_is_named() {
    let workspace = workspace();
    let record = r#"{"id":"a","user":"u","at":"2026-07-01T00:00:00Z","usage":{"prompt_tokens":5}}"#;
    workspace.write("a.jsonl", record);
    let told = workspace.ok("replay a.jsonl --map flat --enroll p --dry-run").stderr;
    assert!(told.contains(r#"write columns = { tokens = "usage.prompt_tokens" } in the mapping"#), "{told}");
    let own = r#"{"id":"a","customer":"u","event_type":"chat","occurred_at":"2026-07-01T00:00:00Z","data":{"model":"m","usage":{"tokens":5}}}"#;
    workspace.write("b.jsonl", own);
    let told = workspace.ok("replay b.jsonl --enroll p --dry-run").stderr;
    assert!(told.contains(r#"write columns = { tokens = "usage.tokens" } in a [mapping.NAME]"#), "{told}");
    workspace.write("c.jsonl", record.replace(r#""user":"u""#, r#""meta":{"user":"u"}"#));
    workspace.refused(
        "replay c.jsonl --map flat --enroll p",
        1,
        &[r#"the record has meta.user, so write customer = "meta.user""#],
    );
    workspace.write("d.csv", "id,user,at,usage.prompt_tokens\na,u,2026-07-01T00:00:00Z,5\n");
    workspace.refused("replay d.csv --map flat --enroll p", 1, &["did you mean usage.prompt_tokens?"]);
}

#[test]
fn patterns_that_no_log_has_are_told_and_the_others_reach_into_values() {
    let workspace = workspace();
    let record = r#"{"id":"a","who":{"user":"u","email":"e@x"},"at":"2026-07-01T00:00:00Z","usage":{"prompt_tokens":5},"note":"x","extra":{"a":1}}"#;
    workspace.write("a.jsonl", record);
    let told = workspace.ok("replay a.jsonl --map odd --enroll p").stderr;
    assert!(told.contains(r#"name what the log does not have: "api_keys", "notes""#), "{told}");
    let events = kept(&workspace);
    assert!(events.contains("e@x") && !events.contains(r#"\"a\":1"#), "{events}");
}

#[test]
fn columns_and_rows_without_anything_are_no_part_of_a_sheet() {
    let workspace = workspace();
    let log = "id,customer,event_type,occurred_at,model,tokens,,\na,u,chat,2026-07-01T00:00:00Z,m,5,,\nb,u,chat,2026-07-01T00:00:00Z,m,5\n,,,,,,,\n , ,,,,,,\n";
    workspace.write("a.csv", log);
    let told = workspace.ok("replay a.csv --enroll p --format json").json();
    assert_eq!(told["charged"], 2, "{told}");
    // A comma inside a number is no such column.
    workspace
        .write("a.csv", "id,customer,event_type,occurred_at,model,tokens,note\nc,u,chat,2026-07-01T00:00:00Z,m,1,5,\n");
    workspace.refused("replay a.csv --enroll p", 1, &["8 values"]);
}

#[test]
fn signs_in_texts_stay() {
    let workspace = workspace();
    let log =
        "id;customer;occurred_at;model;tokens;version;Zahl\na;u;2026-07-01T00:00:00Z;m1.200;1.200,5;1.234;1.234\n";
    workspace.write("a.csv", log);
    workspace.ok("replay a.csv --map german --enroll p");
    let event = kept(&workspace);
    for part in [r#""model":"m1.200""#, r#""tokens":"1200.5""#, r#""version":"1.234""#, r#""named":"1234""#] {
        assert!(event.contains(part), "{part} {event}");
    }
}

#[test]
fn who_extends_a_source_keeps_its_warnings_and_may_keep_what_it_drops() {
    let workspace = workspace();
    let record = r#"{"id":"a","object":"chat.completion","created":1782864000,"user":"u","model":"gpt","usage":{"prompt_tokens":5,"completion_tokens":1},"messages":"hello","choices":[]}"#;
    workspace.write("a.jsonl", record);
    let told = workspace.ok("replay a.jsonl --map own --enroll p").stderr;
    let known = workspace.ok("mapping show openai --format json").json();
    for warning in known["warnings"].as_array().unwrap() {
        // The terminal breaks lines.
        let first: String = warning.as_str().unwrap().chars().take(30).collect();
        assert!(told.contains(&first), "{first}\n{told}");
    }
    let event = kept(&workspace);
    assert!(event.contains("hello") && !event.contains("choices"), "{event}");
}

#[test]
fn a_typed_event_keeps_no_secret_either() {
    let workspace = workspace();
    workspace.ok("customer add u --at 2026-07-01");
    let words = [
        "record",
        "u",
        "chat",
        "model=m",
        "tokens=5",
        "api_key=sk-1",
        "meta={\"password\":\"pw-1\",\"a\":1}",
        "--id",
        "e",
    ];
    let told = workspace.ok(&[&words[..], &["--at", "2026-07-02"]].concat()).stderr;
    assert!(told.contains("\"api_key\", \"meta.password\""), "{told}");
    let events = kept(&workspace);
    assert!(!events.contains("sk-1") && !events.contains("pw-1") && events.contains("\\\"a\\\":1"), "{events}");
    workspace.ok(&[&words[..], &["--at", "2026-07-02"]].concat());
    workspace.verify();
}

#[test]
fn properties_that_are_called_as_something_else_is_are_kept_by_their_path() {
    let workspace = workspace();
    let lago = r#"{"events":[{"transaction_id":"t1","external_subscription_id":"s1","code":"chat","timestamp":1782864000,"properties":{"tokens":10,"customer":"theirs","model":"m"}},{"transaction_id":"t2","external_subscription_id":"s1","code":"chat","timestamp":1782864001,"properties":{"tokens":1,"model":"m"}}]}"#;
    workspace.write("lago.json", lago);
    let told = workspace.ok("replay lago.json --map lago --enroll p --format json").json();
    assert_eq!(told["charged"], 2, "{told}");
    let events = kept(&workspace);
    assert!(events.contains(r#""properties.customer":"theirs""#), "{events}");
    let meter = r#"{"specversion":"1.0","type":"chat","id":"1","time":"2026-07-01T00:00:00Z","source":"api","subject":"c","data":{"tokens":10,"model":"m","source":"web","id":"x"}}"#;
    workspace.write("meter.jsonl", meter);
    workspace.ok("replay meter.jsonl --map openmeter --enroll p");
    let events = kept(&workspace);
    for part in [r#""data.source":"web""#, r#""data.id":"x""#, r#""source":"api""#] {
        assert!(events.contains(part), "{part}: {events}");
    }
}
