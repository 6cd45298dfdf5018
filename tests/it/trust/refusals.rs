//! Files that are no ledger, or not one that can be written: refused in clear words, and left as they were.

use super::log::{HEADER, Log};
use super::workspace::{applied, unapplied};
use crate::support::{Ran, Workspace};
use rusqlite::Connection;
use std::path::Path;

/// One command of each kind: looks, writes, applies.
fn all_refused(workspace: &Workspace, words: &[&str]) {
    workspace.write("usage.csv", format!("{HEADER}\ne1,acme,image,2026-01-02T00:00:00Z,hd,,,\n"));
    let commands: [&[&str]; 5] = [
        &["balance"],
        &["ledger", "verify"],
        &["topup", "acme", "20", "USD"],
        &["replay", "usage.csv", "--enroll", "studio"],
        &["apply", "--yes"],
    ];
    for args in commands {
        workspace.refused(args, 1, words);
        let ran = workspace.refused(&[args, &["--format", "json"]].concat(), 1, &[]);
        let error: serde_json::Value = serde_json::from_str(&ran.stderr).unwrap();
        assert!(error["error"]["code"].is_string(), "{args:?}: {}", ran.stderr);
    }
}

#[test]
fn no_ledger_or_an_empty_file_says_how_to_make_one_and_apply_does() {
    for empty in [false, true] {
        let workspace = unapplied();
        if empty {
            workspace.write("ledger.db", "");
        }
        for args in [
            &["balance"][..],
            &["ledger", "verify"],
            &["topup", "acme", "20", "USD"],
            &["advance", "--to", "2026-02-01"],
        ] {
            workspace.refused(args, 1, &["no ledger at ledger.db", "drawdown apply"]);
        }
        assert_eq!(workspace.ledger().exists(), empty);
        workspace.ok(&["apply", "--yes"]);
        workspace.verify();
    }
}

#[test]
fn a_folder_a_text_or_noise_is_no_ledger() {
    let workspace = unapplied();
    std::fs::create_dir(workspace.ledger()).unwrap();
    all_refused(&workspace, &["ledger.db", "it is a directory"]);
    std::fs::remove_dir(workspace.ledger()).unwrap();
    let long = HEADER.repeat(500);
    let contents = [b"x".as_slice(), b"SQLite format 3\0", long.as_bytes(), &[0; 9_000], &[0xff; 600]];
    for content in contents {
        workspace.write("ledger.db", content);
        all_refused(&workspace, &["ledger.db"]);
    }
    workspace.write("ledger.db", &long);
    all_refused(&workspace, &["ledger.db is not a drawdown ledger; it was left alone", "--ledger FILE"]);
}

#[test]
fn another_programs_database_and_a_newer_ledger_are_left_alone() {
    let workspace = unapplied();
    let sql = |batch: &str| Connection::open(workspace.ledger()).unwrap().execute_batch(batch).unwrap();
    sql("CREATE TABLE bookmarks (url TEXT); INSERT INTO bookmarks VALUES ('x')");
    all_refused(&workspace, &["another program's SQLite file", "left alone"]);
    sql("PRAGMA application_id = 7");
    all_refused(&workspace, &["another program's SQLite file"]);
    std::fs::remove_file(workspace.ledger()).unwrap();
    workspace.ok(&["apply", "--yes"]);
    sql("PRAGMA user_version = 99");
    all_refused(&workspace, &["made by a newer drawdown (ledger format 99", "use a newer drawdown"]);
    for format in 0..15 {
        sql(&format!("PRAGMA user_version = {format}"));
        let made = format!("made by an unreleased drawdown (ledger format {format}");
        all_refused(&workspace, &[&made, "make it again from its logs"]);
    }
    sql("PRAGMA user_version = -3");
    for args in [&["topup", "acme", "20", "USD"][..], &["apply", "--yes"], &["balance"]] {
        workspace.refused(args, 1, &["ledger format -3"]);
    }
}

#[cfg(unix)]
#[test]
#[expect(clippy::print_stderr, reason = "a test that could not test says so")]
fn a_ledger_that_may_only_be_read_can_be_read() {
    use std::os::unix::fs::PermissionsExt;
    let mode = |path: &Path, mode| std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    let workspace = applied();
    workspace.ok(&["customer", "add", "acme"]);
    mode(&workspace.ledger(), 0o444);
    let bound = std::fs::OpenOptions::new().append(true).open(workspace.ledger()).is_err();
    workspace.ok(&["balance"]);
    workspace.verify();
    if bound {
        workspace.refused(&["topup", "acme", "20", "USD"], 1, &["ledger.db", "can't be written"]);
        mode(&workspace.ledger(), 0o644);
        // With its journal beside it, a ledger needs nothing new in the folder.
        std::fs::remove_file(workspace.path("ledger.db-journal")).unwrap();
        mode(&workspace.path(""), 0o555);
        workspace.ok(&["balance"]);
        workspace.refused(&["topup", "acme", "20", "USD"], 1, &["ledger.db"]);
        workspace.refused(&["ledger", "backup", "copy.db"], 1, &["copy.db", "Permission denied"]);
        mode(&workspace.path(""), 0o755);
        mode(&workspace.ledger(), 0);
        workspace.refused(&["balance"], 1, &["ledger.db", "Permission denied"]);
    } else {
        eprintln!("skipped: this user may write whatever the permissions say, so nothing can be refused");
    }
}

/// Reading, billing and storing take turns then. The system holds only users to this who are not its administrator.
#[cfg(unix)]
#[test]
fn where_no_thread_can_be_started_a_log_is_replayed_all_the_same() {
    let workspace = applied();
    workspace.write("usage.csv", Log::new(200, 20, 60).csv());
    let alone = "(ulimit -u 1) 2>/dev/null && ulimit -u 1 || ulimit -p 1; exec drawdown";
    for line in ["replay usage.csv --enroll studio", "balance", "report profit", "ledger verify"] {
        let mut shell = std::process::Command::new("sh");
        crate::support::surround(&mut shell, &workspace.path("")).args(["-c", &format!("{alone} {line}")]);
        let ran = Ran::from(shell.output().unwrap());
        assert_eq!(ran.code, 0, "{line}: {ran:?}");
    }
    workspace.verify();
}

/// A limit on the size of files stands in for a full disk: the write fails in the middle.
#[cfg(unix)]
#[test]
fn a_disk_without_room_refuses_the_whole_log() {
    let workspace = applied();
    workspace.write("usage.csv", Log::new(5_000, 20, 60).csv());
    let facts = workspace.facts();
    // Blocks of 512 or 1024 bytes, as the shell likes: a few hundred kilobytes more or less.
    let script = "trap '' XFSZ; ulimit -f 600; exec drawdown replay usage.csv --enroll studio";
    let mut shell = std::process::Command::new("sh");
    crate::support::surround(&mut shell, &workspace.path("")).args(["-c", script]);
    let ran = Ran::from(shell.output().unwrap());
    assert_eq!((ran.code, ran.stdout.as_str()), (1, ""), "{ran:?}");
    assert!(ran.stderr.contains("ledger.db"), "{}", ran.stderr);
    assert_eq!(workspace.facts(), facts);
    workspace.verify();
    workspace.ok(&["replay", "usage.csv", "--enroll", "studio"]);
}

#[test]
fn a_backup_never_overwrites() {
    let workspace = applied();
    workspace.write("other.db", "precious");
    workspace.refused(&["ledger", "backup", "other.db"], 1, &["other.db", "exists already"]);
    workspace.refused(&["ledger", "backup", "ledger.db"], 1, &["exists already"]);
    assert_eq!(std::fs::read(workspace.path("other.db")).unwrap(), b"precious");
    workspace.ok(&["ledger", "backup", "copy.db"]);
    workspace.ok(&["ledger", "verify", "--ledger", "copy.db"]);
}
