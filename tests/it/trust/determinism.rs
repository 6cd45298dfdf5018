//! The same work gives the same ledger, however it is cut up.

use super::log::{Log, csv};
use super::workspace::applied;
use crate::support::{Workspace, assert_same};
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::Write;

/// Everything the program can tell about a ledger.
fn exports(workspace: &Workspace) -> String {
    let questions: [&[&str]; 10] = [
        &["balance"],
        &["balance", "c1", "--at", "2026-01-20"],
        &["statement", "c1"],
        &["report", "profit"],
        &["report", "profit", "--by", "customer"],
        &["report", "usage", "--by", "customer"],
        &["customer", "list"],
        &["explain", "e17"],
        &["ledger", "verify"],
        &["subscription", "list"],
    ];
    let mut text = String::new();
    for format in ["table", "json", "csv"] {
        for question in questions {
            let ran = workspace.ok(&[question, &["--format", format]].concat());
            text += &format!("{question:?}\n{}", ran.stdout);
        }
    }
    text
}

/// Enrolled first, so that customers have the same numbers whoever comes first in a log.
fn with_customers() -> Workspace {
    let workspace = applied();
    for customer in ["c0", "c1", "c2", "c3"] {
        workspace.ok(&["customer", "add", customer, "--at", "2026-01-01"]);
        workspace.ok(&["subscribe", customer, "studio", "--at", "2026-01-01"]);
        let key = format!("topup-{customer}");
        workspace.ok(&["topup", customer, "50", "USD", "--to", "CREDIT", "--id", &key, "--at", "2026-01-01"]);
        workspace.ok(&[
            "topup",
            customer,
            "5",
            "USD",
            "--to",
            "MIN",
            "--id",
            &format!("m-{key}"),
            "--at",
            "2026-01-01",
        ]);
    }
    workspace
}

fn replayed(files: &[(&str, &[u8])]) -> Workspace {
    let workspace = with_customers();
    for (name, content) in files {
        workspace.write(name, content);
        workspace.ok(&["replay", name]);
    }
    workspace.verify();
    workspace
}

/// Three months, so that lots expire and the monthly limit of payments starts again.
fn log() -> Log {
    Log::new(3_000, 4, 2_400)
}

#[test]
fn the_same_commands_give_the_same_exports_and_facts() {
    let content = log().csv();
    let [one, two] = [(); 2].map(|()| replayed(&[("usage.csv", content.as_bytes())]));
    assert_same("exports", &exports(&one), &exports(&two));
    assert_same("facts", &one.facts(), &two.facts());
}

#[test]
fn a_log_may_be_cut_into_files_and_come_in_any_format() {
    let log = log();
    let whole = replayed(&[("usage.csv", log.csv().as_bytes())]);
    let (told, facts) = (exports(&whole), whole.facts());

    let parts: Vec<(String, String)> =
        log.rows.chunks(431).enumerate().map(|(i, r)| (format!("{i}.csv"), csv(r))).collect();
    let parts: Vec<(&str, &[u8])> = parts.iter().map(|(name, text)| (name.as_str(), text.as_bytes())).collect();
    let cut = replayed(&parts);
    assert_same("exports of a whole log and of one cut up", &told, &exports(&cut));
    assert_same("facts of a whole log and of one cut up", &facts, &cut.facts());

    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(log.csv().as_bytes()).unwrap();
    let gzip = gzip.finish().unwrap();
    for (name, content) in [("usage.jsonl", log.jsonl().as_bytes()), ("usage.csv.gz", &gzip)] {
        let other = replayed(&[(name, content)]);
        assert_same(name, &told, &exports(&other));
    }
}

#[test]
fn a_log_that_is_replayed_again_changes_no_fact() {
    let workspace = replayed(&[("usage.csv", log().csv().as_bytes())]);
    let (told, facts) = (exports(&workspace), workspace.facts());
    let again = workspace.ok(&["replay", "usage.csv", "--format", "json"]);
    let said = again.json();
    assert_eq!((said["duplicate"].as_u64(), said["charged"].as_u64()), (Some(3_000), Some(0)));
    assert_same("exports", &told, &exports(&workspace));
    assert_same("facts", &facts, &workspace.facts());
}

#[test]
fn a_dry_run_changes_no_byte() {
    let workspace = with_customers();
    workspace.write("usage.csv", log().csv());
    let before = workspace.bytes();
    let dry = workspace.ok(&["replay", "usage.csv", "--dry-run", "--format", "json"]).stdout;
    assert!(workspace.bytes() == before, "the dry run wrote into the ledger");
    let wet = workspace.ok(&["replay", "usage.csv", "--format", "json"]).stdout;
    assert_eq!(dry.replace("\"dry_run\": true", "\"dry_run\": false"), wet);
}
