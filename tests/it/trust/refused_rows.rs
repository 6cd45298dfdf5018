//! Refused records are written down as their log has them, so that they can be mended there and replayed.

use crate::support::Workspace;

const CATALOG: &str = r#"
catalog = { reporting_currency = "USD" }
[[product]]
code = "p"
[[product.price]]
name = "Call"
type = "usage_based"
event_type = "call"
usage_type = "volume"
volume_field = "tokens"
asset = "USD"
volume_rate = 0.5
[[auto_topup]]
asset = "USD"
threshold = 0
amount = "100 USD"
[mapping.sheet]
delimiter = ";"
decimal = ","
skip_lines = 1
time_format = "%d.%m.%Y %H:%M"
columns = { customer = "Kunde", occurred_at = "Zeit", tokens = "Menge" }
constants = { event_type = "call" }
id = "content"
[mapping.bare]
header = ["id", "customer", "occurred_at", "tokens"]
constants = { event_type = "call" }
[mapping.nested]
records = "data[].results[]"
columns = { id = "id", customer = "who.name", occurred_at = "data[].at.start", tokens = "n" }
time_format = "unix"
constants = { event_type = "call" }
"#;

/// A log with a slip, the slip, what is right, and the mapping that reads it.
const LOGS: [(&str, &str, &str, &str, &str); 8] = [
    (
        "log.csv",
        "id,customer,event_type,occurred_at,tokens,note\n\
         a,acme,call,2026-07-01T00:00:00Z,2,\"x, y\"\n\
         b,acme,call,2026-07-01T00:00:00Z,many,\"two\nlines, \"\"quoted\"\"\"\n",
        "many",
        "4",
        "",
    ),
    (
        "short.csv",
        "id,customer,event_type,occurred_at,tokens\na,acme,call,2026-07-01T00:00:00Z,2\nb,acme,call,2026-07-01T00:00:00Z\n",
        "00:00:00Z\n",
        "00:00:00Z,4\n",
        "",
    ),
    (
        "sheet.csv",
        "Usage; July\nKunde;Zeit;Menge\nacme;01.07.2026 09:00;2,5\nacme;31.06.2026 09:00;1.234,5\n",
        "31.06.2026 09:00;1.234,5",
        "30.06.2026 09:00;1234,5",
        "sheet",
    ),
    ("bare.csv", "a,acme,2026-07-01T00:00:00Z,2\nb,acme,yesterday,4\n", "yesterday", "2026-07-01T00:00:00Z", "bare"),
    (
        "log.jsonl",
        r#"{"id":"a","customer":"acme","event_type":"call","occurred_at":"2026-07-01T00:00:00Z","data":{"tokens":2}}
           {"id":"b","customer":"acme","event_type":"call","occurred_at":"2026-07-01T00:00:00Z","data":{"tokens":}}
        "#,
        "\"tokens\":}",
        "\"tokens\":4}",
        "",
    ),
    (
        "array.json",
        r#"[
          {"id":"a","customer":"acme","event_type":"call","occurred_at":"2026-07-01T00:00:00Z","data":{"tokens":2}},
          {"id":"b","customer":"acme",
           "event_type":"call","occurred_at":"2026-07-01","data":{"tokens":4}}
        ]"#,
        "2026-07-01\"",
        "2026-07-01T00:00:00Z\"",
        "",
    ),
    (
        "body.jsonl",
        r#"{"customer_id":"acme","other":1,"events":[{"id":"a","event_type":"call","occurred_at":"2026-07-01T00:00:00Z","data":{"tokens":2}},{"id":"b","event_type":"call","occurred_at":"now","data":{"tokens":4}}]}"#,
        "now",
        "2026-07-01T00:00:00Z",
        "",
    ),
    (
        "nested.json",
        r#"{"object": "page", "data": [
          {"at": {"start": 1782864000}, "results": [{"id": "a", "who": {"name": "acme"}, "n": 2}]},
          {"at": {"start": 1782864000}, "results": [
            {"id": "c", "who": {"name": "acme"}, "n": 1}, {"id": "b", "who": {"name": "acme"}, "n": "many"}]}
        ]}"#,
        "\"many\"",
        "4",
        "nested",
    ),
];

fn workspace() -> Workspace {
    let workspace = Workspace::new().with("catalogs/catalog.toml", CATALOG).at("2026-08-01T00:00:00Z");
    workspace.ok("apply --yes --at 2026-01-01");
    workspace
}

fn replay(file: &str, map: &str, more: &str) -> String {
    let map = if map.is_empty() { String::new() } else { format!("--map {map}") };
    format!("replay {file} {map} --enroll p {more} --format json")
}

/// The events without their numbers.
fn events(workspace: &Workspace) -> Vec<String> {
    let listed = workspace.ok("events --format csv").stdout;
    let mut rows: Vec<String> = listed.lines().map(str::to_owned).collect();
    rows.sort_unstable();
    rows
}

#[test]
fn what_was_refused_is_mended_in_its_own_form_and_replayed_in_the_same_way() {
    for (name, log, slip, right, map) in LOGS {
        let [whole, parts] = [workspace(), workspace()];
        whole.write(name, log.replace(slip, right));
        whole.ok(&replay(name, map, ""));
        parts.write(name, log);
        let told = parts.run(&replay(name, map, "--skip-invalid --rejects refused"));
        assert_eq!((told.code, told.json()["invalid"].as_u64()), (1, Some(1)), "{name}: {told:?}");
        let refused = parts.read("refused");
        assert!(refused.contains(slip) && refused.contains("drawdown"), "{name}: {refused}");
        // What is still wrong is said once, however often it is refused.
        parts.run(&replay("refused", map, "--skip-invalid --rejects again"));
        assert_eq!(parts.read("again").matches("invalid_row").count(), 1, "{name}: {}", parts.read("again"));
        parts.write("again", parts.read("again").replace(slip, right));
        let mended = parts.ok(&replay("again", map, "")).json();
        assert_eq!((mended["events"].as_u64(), mended["duplicate"].as_u64()), (Some(1), Some(0)), "{name}: {mended}");
        assert_eq!(events(&parts), events(&whole), "{name}");
    }
}

#[test]
fn each_form_of_log_has_a_file_and_what_the_ledger_refuses_is_kept_too() {
    let workspace = workspace();
    workspace.write("a.csv", "id,customer,event_type,occurred_at,tokens\na,acme,call,2026-07-01T00:00:00Z,1\n");
    workspace.ok(&replay("a.csv", "", ""));
    workspace.write("a.csv", "id,customer,event_type,occurred_at,tokens\na,acme,call,2026-07-01T00:00:00Z,2\n");
    workspace.write("b.csv", "customer,id,event_type,occurred_at,tokens\nnobody,b,call,2026-07-01T00:00:00Z,1\n");
    workspace.write("c.csv", "id,customer,event_type,occurred_at,tokens\nc,=x,call,2026-07-01T00:00:00Z,1\n");
    let told = workspace.run("replay a.csv b.csv c.csv --sort --skip-invalid --rejects r.csv");
    assert!(told.stderr.contains("r.csv and r-2.csv"), "{}", told.stderr);
    let rows = workspace.read("r.csv");
    assert!(rows.contains("a.csv,2,id,conflict,") && rows.contains(",a,acme,call,2026-07-01T00:00:00Z,2\n"), "{rows}");
    assert!(rows.contains("c.csv,2,customer,unknown_customer,") && rows.contains(",c,=x,call,"), "{rows}");
    assert!(workspace.read("r-2.csv").contains(",nobody,b,call,2026-07-01T00:00:00Z,1\n"));
    // A numbered file is no less careful than the one that was asked for.
    workspace.write("r-2.csv", workspace.bytes());
    workspace.refused("replay a.csv b.csv --skip-invalid --rejects r.csv", 1, &["would overwrite r-2.csv"]);
}
