//! Logs that are not what they should be: nothing of them is recorded unless that is asked for.

use super::log::Log;
use super::workspace::applied;
use crate::support::{Ran, Workspace};

const FIELDS: &str = "id,customer,event_type,occurred_at,model,seconds";
const GOOD: &str = "good,acme,image,2026-01-02T00:00:00Z,hd,";

fn with_acme() -> Workspace {
    let workspace = applied();
    workspace.ok(&["customer", "add", "acme", "--at", "2026-01-01"]);
    workspace.ok(&["subscribe", "acme", "studio", "--at", "2026-01-01"]);
    workspace
}

/// Every error of a run under `--format json`.
fn errors(ran: &Ran) -> Vec<serde_json::Value> {
    let line = |line: &str| serde_json::from_str(line).unwrap_or_else(|_| panic!("not JSON: {line}"));
    ran.stderr.lines().map(line).filter(|line: &serde_json::Value| line["error"].is_object()).collect()
}

#[test]
fn a_bad_row_is_named_and_refuses_the_log() {
    let huge = "1".repeat(40);
    let rows: [(&[u8], &str, &str); 12] = [
        (b"b,acme,call,2026-01-02T00:00:00Z,,\"1,5\"", "seconds", "1,5"),
        (b"b,acme,call,2026-01-02T00:00:00Z,,NaN", "seconds", "NaN"),
        (b"b,acme,call,2026-01-02T00:00:00Z,,inf", "seconds", "inf"),
        (&[b"b,acme,call,2026-01-02T00:00:00Z,,", huge.as_bytes()].concat(), "seconds", "18 significant digits"),
        (b"b,acme,call,2026-01-02T00:00:00,,1", "occurred_at", "no offset"),
        (b"b,acme,call,yesterday,,1", "occurred_at", "not a time"),
        (b"b,acme,call,1969-12-31T23:59:59Z,,1", "occurred_at", "1970"),
        (b"b,stranger,call,2026-01-02T00:00:00Z,,1", "customer", "unknown customer \"stranger\""),
        (b"b,acne,call,2026-01-02T00:00:00Z,,1", "customer", "did you mean \"acme\"?"),
        (b"b,ac\xffme,call,2026-01-02T00:00:00Z,,1", "customer", "UTF-8"),
        (b",acme,call,2026-01-02T00:00:00Z,,1", "id", ""),
        (b"b,acme,ca", "", "3 values"),
    ];
    let workspace = with_acme();
    for (row, column, reason) in rows {
        let log = [FIELDS.as_bytes(), b"\n", GOOD.as_bytes(), b"\n", row].concat();
        workspace.write("usage.csv", &log);
        let place = if column.is_empty() { "usage.csv:3".to_owned() } else { format!("usage.csv:3:{column}") };
        workspace.refused(&["replay", "usage.csv"], 1, &[&place, reason, "nothing was recorded", "--skip-invalid"]);
        let ran = workspace.refused(&["replay", "usage.csv", "--format", "json"], 1, &[]);
        let errors = errors(&ran);
        let row = &errors[0]["error"];
        assert_eq!((row["file"].as_str(), row["line"].as_u64()), (Some("usage.csv"), Some(3)), "{errors:?}");
        assert_eq!(errors.last().unwrap()["error"]["code"], "rejected_rows");
        // The truth does not depend on who asks.
        workspace.refused(&["replay", "usage.csv", "--dry-run"], 1, &[&place]);
    }
}

#[test]
fn a_file_that_is_no_log_is_refused_whole() {
    let workspace = with_acme();
    let files: [(&str, &[u8], &str); 7] = [
        ("header.csv", b"id,customer,occurred_at\ne1,acme,2026-01-02T00:00:00Z\n", "no column event_type"),
        ("twice.csv", b"id,customer,event_type,occurred_at,id\n", "id"),
        ("empty.csv", b"", "the file is empty"),
        ("short.csv.gz", b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\x4b", "cut off"),
        ("noise.csv.gz", b"\x1f\x8bnoise and more noise", "noise.csv.gz"),
        ("cut.jsonl", b"{\"id\":\"a\",\"customer", "cut.jsonl:1"),
        ("list.jsonl", b"[1, 2]\n", "list.jsonl:1"),
    ];
    for (name, content, words) in files {
        workspace.write(name, content);
        workspace.refused(&["replay", name], 1, &[words, "nothing was recorded"]);
        let ran = workspace.refused(&["replay", name, "--format", "json"], 1, &[]);
        assert!(!errors(&ran).is_empty(), "{ran:?}");
    }
    workspace.refused(&["replay", "catalogs"], 1, &["it is a directory"]);
    workspace.refused(&["replay", "nowhere.csv"], 1, &["nowhere.csv"]);
    workspace.write("good.csv", format!("{FIELDS}\n{GOOD}\n"));
    workspace.refused(&["replay", "good.csv", "empty.csv"], 1, &["empty.csv", "nothing was recorded"]);
}

#[test]
fn marks_and_line_ends_of_other_systems_do_not_matter() {
    let workspace = with_acme();
    let row = GOOD.replace("good", "other");
    workspace.write("windows.csv", format!("\u{feff}{FIELDS}\r\n{GOOD}\r\n{row}"));
    let ran = workspace.ok(&["replay", "windows.csv", "--format", "json"]);
    assert!(ran.stdout.contains("\"charged\": 2"), "{ran:?}");
}

#[test]
fn deep_nesting_neither_crashes_nor_bills() {
    let workspace = with_acme();
    for depth in [1_000, 200_000] {
        let (open, close) = ("[".repeat(depth), "]".repeat(depth));
        for line in [
            format!(
                "{{\"id\":\"d\",\"customer\":\"acme\",\"event_type\":\"call\",\"occurred_at\":\"2026-01-02T00:00:00Z\",\"data\":{{\"seconds\":{open}{close}}}}}"
            ),
            format!("{open}{close}"),
            format!("{{\"data\":{open}"),
        ] {
            workspace.write("deep.jsonl", line);
            workspace.refused(&["replay", "deep.jsonl"], 1, &["deep.jsonl:1"]);
        }
    }
}

#[test]
fn one_id_never_stands_for_two_events() {
    let workspace = with_acme();
    let other = GOOD.replace("hd", "sd");
    workspace.write("both.csv", format!("{FIELDS}\n{GOOD}\n{GOOD}\n{other}\n"));
    let words = ["both.csv:4:id", "other content", "\"model\":\"hd\"", "\"model\":\"sd\""];
    workspace.refused(&["replay", "both.csv"], 1, &words);
    workspace.write("good.csv", format!("{FIELDS}\n{GOOD}\n"));
    workspace.ok(&["replay", "good.csv"]);
    let later = [
        other,
        GOOD.replace("00:00:00", "00:00:01"),
        GOOD.replace("image", "call"),
        GOOD.replace("acme", "globex"),
        format!("{GOOD}7"),
    ];
    for row in later {
        workspace.write("later.csv", format!("{FIELDS}\n{row}\n"));
        let ran = workspace.refused(&["replay", "later.csv", "--format", "json"], 1, &["before:", "now:"]);
        assert_eq!(errors(&ran)[0]["error"]["code"], "conflict", "{row}");
    }
    workspace.verify();
}

#[test]
fn skipping_records_the_rest_and_writes_down_what_was_left_out() {
    let workspace = with_acme();
    // Forty bad rows among good ones; the last two lie far in the future and must not take anybody there.
    let good = (0..10).map(|n| format!("g{n},acme,image,2026-01-03T00:00:0{n}Z,hd,\n"));
    let bad = (0..38).map(|n| format!("b{n},acme,call,2026-01-03T00:00:00Z,,=cmd|{n}\n"));
    let strangers = "s,stranger,image,2029-01-01T00:00:00Z,hd,\ng0,acme,image,2030-01-01T00:00:00Z,hd,\n";
    let rows: String = good.chain(bad).collect();
    workspace.write("usage.csv", format!("{FIELDS}\n{rows}{strangers}"));

    let ran =
        workspace.refused(&["replay", "usage.csv", "--rejects", "rejects.csv"], 1, &["20 more rows", "rejects.csv"]);
    assert_eq!(ran.stderr.matches("--> usage.csv:").count(), 20, "{}", ran.stderr);

    let skipping =
        ["replay", "usage.csv", "--skip-invalid", "--future", "--rejects", "rejects.csv", "--format", "json"];
    let ran = workspace.run(&skipping);
    assert_eq!(ran.code, 1, "{ran:?}");
    let data = ran.json();
    let counts = ["events", "charged", "invalid", "conflict"].map(|name| data[name].as_u64().unwrap());
    assert_eq!(counts, [50, 10, 39, 1]);
    assert_eq!(errors(&ran).len(), 20);
    let rejects = std::fs::read_to_string(workspace.path("rejects.csv")).unwrap();
    let mut reader = csv::Reader::from_reader(rejects.as_bytes());
    let header = ["file", "line", "column", "code", "reason"].map(|name| format!("drawdown.{name}")).join(",");
    assert_eq!(reader.headers().unwrap().iter().collect::<Vec<_>>().join(","), format!("{header},{FIELDS}"));
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    let lines: Vec<u64> = rows.iter().map(|row| row[1].parse().unwrap()).collect();
    assert_eq!(lines, (12..=51).collect::<Vec<u64>>());
    assert_eq!((&rows[38][3], &rows[39][3]), ("unknown_customer", "conflict"));
    workspace.verify();
    let horizon = workspace.ok(&["ledger", "info", "--format", "json"]).stdout;
    assert!(horizon.contains("\"horizon\": \"2026-01-03T00:00:09Z\""), "{horizon}");
    // What is right by now is recorded, and the rest is refused again.
    workspace.write("rejects.csv", rejects.replacen("=cmd|0\n", "5\n", 1));
    let ran = workspace.run(&["replay", "rejects.csv", "--skip-invalid", "--future", "--format", "json"]);
    assert_eq!(
        ["charged", "invalid", "conflict"].map(|name| ran.json()[name].as_u64().unwrap()),
        [1, 38, 1],
        "{ran:?}"
    );
    // What was recorded is recorded: mending the log adds only the rest.
    workspace.write(
        "mended.csv",
        format!("{FIELDS}\ng0,acme,image,2026-01-03T00:00:00Z,hd,\nb1,acme,call,2026-01-03T00:00:00Z,,5\n"),
    );
    let ran = workspace.ok(&["replay", "mended.csv", "--format", "json"]);
    assert!(ran.stdout.contains("\"charged\": 1") && ran.stdout.contains("\"duplicate\": 1"), "{ran:?}");
}

#[test]
fn rejected_rows_never_overwrite_a_log_or_the_ledger() {
    let workspace = with_acme();
    workspace.write("usage.csv", Log::new(3, 2, 60).csv());
    let log = std::fs::read(workspace.path("usage.csv")).unwrap();
    for target in ["usage.csv", "ledger.db", "catalogs/../ledger.db", "ledger.db-journal", "catalogs/new.toml"] {
        let words = ["--rejects would overwrite", target];
        workspace.refused(&["replay", "usage.csv", "--skip-invalid", "--rejects", target], 1, &words);
    }
    assert_eq!(std::fs::read(workspace.path("usage.csv")).unwrap(), log);
}

/// What is the same, and what is not, may stand some batches apart: a dry run records less and says the same.
#[test]
fn a_dry_run_tells_duplicates_and_conflicts_as_a_replay_does() {
    let workspace = applied();
    let log = Log::new(30_000, 60, 60).csv();
    let mut lines: Vec<String> = log.lines().map(str::to_owned).collect();
    let find = |from: usize, what: &str| {
        lines[from..].iter().find(|line| line.contains(what)).cloned().expect("the log has such a line")
    };
    let (image, call, late_call) = (find(10, ",hd,"), find(20, "call"), find(24_900, "call"));
    let others = [image.replace("hd", "sd"), call.replace(",c", ",d"), late_call.replace("0.00000015", "0.00000016")];
    let again = [image.clone(), call.clone(), late_call.clone(), late_call.clone()];
    lines.splice(25_000..25_000, again.into_iter().chain(others));
    lines.extend([image, call, late_call]);
    workspace.write("usage.csv", lines.join("\n"));
    let replay = ["replay", "usage.csv", "--enroll", "studio", "--skip-invalid", "--format", "json"];
    let dry = workspace.run(&[&replay[..], &["--dry-run"]].concat());
    let real = workspace.run(&replay);
    assert_eq!(dry.stdout.replace("\"dry_run\": true", "\"dry_run\": false"), real.stdout);
    assert_eq!((dry.code, errors(&dry)), (real.code, errors(&real)));
    let said = real.json();
    assert_eq!((&said["duplicate"], &said["conflict"]), (&7.into(), &3.into()), "{said}");
    workspace.verify();
}

/// The same amount at another vendor is another content, however far apart the two stand.
#[test]
fn a_dry_run_tells_vendors_apart_as_a_replay_does() {
    let workspace = applied();
    let row = |id: &str, costs: &str| format!("{id},acme,image,2026-01-02T00:00:00Z,hd,{costs}\n");
    let between: String = (0..9_000).map(|n| row(&format!("e{n}"), ",")).collect();
    let log = [
        "id,customer,event_type,occurred_at,model,cost.fal,cost.openai\n",
        &row("first", "0.5,"),
        &between,
        &row("first", ",0.5"),
    ];
    workspace.write("usage.csv", log.concat());
    let replay = ["replay", "usage.csv", "--enroll", "studio", "--skip-invalid", "--format", "json"];
    let dry = workspace.run(&[&replay[..], &["--dry-run"]].concat());
    let real = workspace.run(&replay);
    assert_eq!(real.json()["conflict"], 1, "{real:?}");
    assert_eq!(dry.stdout.replace("\"dry_run\": true", "\"dry_run\": false"), real.stdout);
    assert_eq!((dry.code, errors(&dry)), (real.code, errors(&real)));
}

/// Standard input can't be read again, so of an event some batches earlier a dry run says where it stands.
#[test]
fn a_dry_run_of_standard_input_says_where_the_other_content_stands() {
    let workspace = applied();
    let log = Log::new(20_000, 60, 60).csv();
    let first = log.lines().find(|line| line.contains(",hd,")).expect("the log has such a line");
    let line = log.lines().position(|line| line == first).expect("it stands there") + 1;
    workspace.write("usage.csv", format!("{log}\n{}\n", first.replace("hd", "sd")));
    let mut replay = workspace.command(&["replay", "-", "--enroll", "studio", "--dry-run", "--format", "json"]);
    let input = std::fs::File::open(workspace.path("usage.csv")).unwrap();
    let output = replay.stdin(input).output().unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(told.contains(&format!("the id is in line {line} too, with other content; now: ")), "{told}");
}
