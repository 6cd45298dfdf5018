//! Processes that are killed in the middle of their work.

use super::log::Log;
use super::workspace::{applied, unapplied};
use crate::support::{Workspace, assert_same};
use std::io::Write;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// When to kill a command.
#[derive(Debug, Clone, Copy)]
enum Moment {
    /// After that part of the time that the whole command takes, in percent.
    Percent(u32),
    /// As soon as the ledger's file grows, which is in the middle of the commit.
    Growing,
}

const REPLAY: [&str; 4] = ["replay", "usage.csv", "--enroll", "studio"];

fn kill_at(workspace: &Workspace, child: &mut Child, moment: Moment, whole: Duration) {
    match moment {
        Moment::Percent(percent) => std::thread::sleep(whole * percent / 100),
        Moment::Growing => {
            let length = || std::fs::metadata(workspace.ledger()).map_or(0, |meta| meta.len());
            let before = length();
            while length() == before && child.try_wait().unwrap().is_none() {
                std::thread::sleep(Duration::from_micros(50));
            }
        }
    }
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn a_killed_replay_leaves_nothing_and_running_it_again_completes_it() {
    let log = Log::new(100_000, 50, 20).csv();
    let reference = applied();
    reference.write("usage.csv", &log);
    let start = Instant::now();
    reference.ok(&REPLAY);
    let whole = start.elapsed();

    let workspace = applied();
    workspace.write("usage.csv", &log);
    let untouched = workspace.facts();
    for moment in [Moment::Percent(20), Moment::Growing, Moment::Percent(85), Moment::Growing] {
        let mut child = workspace.start(&REPLAY);
        kill_at(&workspace, &mut child, moment, whole);
        // A reader must not mind what the killed writer left, and sees all of it or nothing.
        let seen = workspace.ok(&["ledger", "info", "--format", "json"]).stdout;
        let facts = workspace.facts();
        assert_eq!(seen.contains("\"event\": 100000"), facts != untouched, "{moment:?}: {seen}");
        if facts != untouched {
            assert_same("a ledger whose commit was faster than the kill", &reference.facts(), &facts);
        }
    }
    workspace.verify();
    workspace.ok(&REPLAY);
    assert_same("ledgers with and without a crash", &reference.facts(), &workspace.facts());
    workspace.verify();
}

#[test]
fn an_interrupted_replay_says_that_nothing_was_recorded_and_is_right() {
    let workspace = applied();
    let before = workspace.facts();
    let mut command = workspace.command(&["replay", "-", "--enroll", "studio"]);
    let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
    // More than a pipe holds: once all of it is taken, the log is being read, and its end has not come.
    let mut log = child.stdin.take().unwrap();
    log.write_all(Log::new(10_000, 50, 20).csv().as_bytes()).unwrap();
    let interrupt = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(interrupt.success());
    let ran = child.wait_with_output().unwrap();
    assert_eq!((ran.status.code(), ran.stdout.as_slice()), (Some(130), &b""[..]));
    let told = String::from_utf8(ran.stderr).unwrap();
    assert!(told.starts_with("error: interrupted, so nothing was recorded\n"), "{told}");
    drop(log);
    assert_same("a ledger before and after an interrupted replay", &before, &workspace.facts());
    workspace.verify();
}

/// The journal of a transaction that was broken off, as it lies beside the ledger after a power cut.
#[test]
fn a_reader_that_comes_first_after_a_crash_undoes_it() {
    let workspace = applied();
    workspace.write("usage.csv", Log::new(3_000, 5, 60).csv());
    let before = workspace.facts();
    // A writer with a tiny cache has to write into the file long before it commits; its files are taken as they are then.
    let copy = unapplied();
    {
        let connection = workspace.sql();
        connection.execute_batch("PRAGMA cache_size = 5; BEGIN IMMEDIATE").unwrap();
        connection.execute_batch("UPDATE customer SET clock = 7").unwrap();
        let insert = "WITH RECURSIVE n(i) AS (SELECT 1000 UNION ALL SELECT i + 1 FROM n WHERE i < 9000)
                      INSERT INTO shape SELECT i, 'shape ' || i, 1 FROM n";
        connection.execute_batch(insert).unwrap();
        for name in ["ledger.db", "ledger.db-journal"] {
            std::fs::copy(workspace.path(name), copy.path(name)).unwrap();
        }
    }
    assert!(copy.bytes() != workspace.bytes(), "nothing was written before the copy");
    copy.ok(&["ledger", "info"]);
    copy.verify();
    assert_same("the ledger before and after", &before, &copy.facts());
}

#[test]
fn a_killed_apply_can_be_run_again() {
    let reference = unapplied();
    let start = Instant::now();
    reference.ok(&["apply", "--yes"]);
    let whole = start.elapsed();
    for moment in [Moment::Percent(30), Moment::Percent(60), Moment::Growing, Moment::Percent(80), Moment::Growing] {
        let workspace = unapplied();
        let mut child = workspace.start(&["apply", "--yes"]);
        kill_at(&workspace, &mut child, moment, whole);
        workspace.ok(&["apply", "--yes"]);
        assert_same("ledgers with and without a crash", &reference.facts(), &workspace.facts());
        workspace.verify();
    }
}
