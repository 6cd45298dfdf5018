//! Several processes and one ledger.

use super::log::{HEADER, Log, csv};
use super::workspace::{applied, unapplied};
use crate::support::{Ran, Workspace, assert_same};
use std::process::Stdio;
use std::time::{Duration, Instant};

#[test]
fn two_replays_of_one_log_at_once_record_each_event_once() {
    let log = Log::new(8_000, 20, 60).csv();
    let reference = applied();
    reference.write("usage.csv", &log);
    reference.ok(&["replay", "usage.csv", "--enroll", "studio"]);

    let workspace = applied();
    workspace.write("usage.csv", &log);
    let replay = ["replay", "usage.csv", "--enroll", "studio", "--wait", "60", "--format", "json"];
    let both = [workspace.start(&replay), workspace.start(&replay)];
    let both = both.map(|child| Ran::from(child.wait_with_output().unwrap()));
    let mut duplicates = both.map(|ran| {
        assert_eq!(ran.code, 0, "{ran:?}");
        ran.json()["duplicate"].as_u64().unwrap()
    });
    duplicates.sort_unstable();
    assert_eq!(duplicates, [0, 8_000]);
    assert_same("ledgers of one and of two writers", &reference.facts(), &workspace.facts());
    workspace.verify();
}

#[test]
fn replays_of_different_logs_at_once_all_come_through() {
    let log = Log::new(4_000, 20, 60);
    let workspace = applied();
    let parts: Vec<String> = (0..4).map(|part| format!("part{part}.csv")).collect();
    for (name, rows) in parts.iter().zip(log.rows.chunks(1_000)) {
        workspace.write(name, csv(rows));
    }
    let start = |name: &String| workspace.start(&["replay", name, "--enroll", "studio", "--wait", "60"]);
    let children: Vec<_> = parts.iter().map(start).collect();
    for child in children {
        let ran = Ran::from(child.wait_with_output().unwrap());
        assert_eq!(ran.code, 0, "{ran:?}");
    }
    let events: i64 = workspace.sql().query_row("SELECT sum(count) FROM event", [], |row| row.get(0)).unwrap();
    assert_eq!(events, 4_000);
    workspace.verify();
}

#[test]
fn two_first_applies_at_once_make_one_ledger() {
    for _ in 0..5 {
        let workspace = unapplied();
        let apply = ["apply", "--yes", "--wait", "60"];
        let both = [workspace.start(&apply), workspace.start(&apply)];
        for child in both {
            let ran = Ran::from(child.wait_with_output().unwrap());
            assert_eq!(ran.code, 0, "{ran:?}");
        }
        assert_same("ledgers", &applied().facts(), &workspace.facts());
        workspace.verify();
    }
}

/// The file must not be looked at meanwhile: a process that closes a file lets go of all its locks on it.
fn is_busy(workspace: &Workspace, args: &[&str]) {
    let ran = workspace.run(&[args, &["--format", "json"]].concat());
    assert_eq!((ran.code, ran.stdout.as_str()), (4, ""), "{args:?}: {ran:?}");
    let error: serde_json::Value = serde_json::from_str(&ran.stderr).unwrap();
    assert_eq!(error["error"]["code"], "ledger_busy", "{args:?}: {ran:?}");
}

#[test]
fn a_writer_that_finds_another_one_says_so_in_time_and_changes_nothing() {
    let workspace = applied();
    workspace.ok(&["customer", "add", "acme"]);
    workspace.write("usage.csv", format!("{HEADER}\ne1,acme,image,2026-01-02T00:00:00Z,hd,,,\n"));
    workspace.write("catalogs/more.toml", "[[product]]\ncode = \"more\"\nname = \"More\"\n");
    let before = workspace.bytes();
    let holder = workspace.sql();
    holder.execute_batch("BEGIN IMMEDIATE").unwrap();
    let writers: [&[&str]; 9] = [
        &["replay", "usage.csv"],
        &["replay", "usage.csv", "--dry-run"],
        &["record", "acme", "image", "model=hd"],
        &["topup", "acme", "20", "USD"],
        &["adjust", "acme", "5", "CREDIT", "--reason", "gift"],
        &["customer", "add", "globex"],
        &["subscribe", "acme", "studio"],
        &["advance", "--to", "2026-02-01"],
        &["auto-topup", "set", "acme", "CREDIT", "--off"],
    ];
    for args in writers {
        is_busy(&workspace, &[args, &["--wait", "0"]].concat());
    }
    let start = Instant::now();
    is_busy(&workspace, &["replay", "usage.csv", "--wait", "1"]);
    assert!(start.elapsed() >= Duration::from_millis(900), "it did not wait");
    assert!(start.elapsed() < Duration::from_secs(20), "it waited longer than it was told");
    // Whoever only looks is not in the way of a transaction that has not begun to write to the file.
    for args in [&["balance"][..], &["report", "profit"], &["ledger", "verify"], &["authorize", "acme", "image"]] {
        workspace.ok(&[args, &["--wait", "0"]].concat());
    }
    holder.execute_batch("ROLLBACK").unwrap();
    assert!(workspace.bytes() == before, "a refused command wrote into the file");
    workspace.ok(&["replay", "usage.csv", "--wait", "0"]);
}

#[test]
fn a_reader_that_comes_while_the_file_is_written_waits_and_then_says_so() {
    let workspace = applied();
    let holder = workspace.sql();
    holder.execute_batch("BEGIN EXCLUSIVE").unwrap();
    for args in [&["balance"][..], &["report", "profit"], &["ledger", "verify"], &["explain", "e1"], &["plan"]] {
        is_busy(&workspace, &[args, &["--wait", "0"]].concat());
    }
    let reader = workspace.start(&["balance", "--wait", "60"]);
    std::thread::sleep(Duration::from_millis(300));
    holder.execute_batch("COMMIT").unwrap();
    let ran = Ran::from(reader.wait_with_output().unwrap());
    assert_eq!(ran.code, 0, "{ran:?}");
}

/// A pipe that says nothing keeps nobody waiting.
#[test]
fn a_replay_takes_the_ledger_when_there_is_something_to_write() {
    let workspace = applied();
    let mut command = workspace.command(&["replay", "-", "--enroll", "studio"]);
    let mut replay = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // Long enough for a replay that would take it at once.
    std::thread::sleep(Duration::from_millis(300));
    workspace.ok(&["customer", "add", "acme", "--at", "2026-01-01", "--wait", "0"]);
    drop(replay.stdin.take());
    assert_eq!(Ran::from(replay.wait_with_output().unwrap()).code, 1);
    workspace.verify();
}
