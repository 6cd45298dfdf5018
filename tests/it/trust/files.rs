//! Files that the program writes: whole or not at all, for their owner alone, and never over what must be kept.

use super::workspace::applied;
use flate2::Compression;
use flate2::write::GzEncoder;
use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn a_ledger_and_its_copy_are_for_their_owner_alone() {
    let workspace = applied();
    workspace.ok(&["ledger", "backup", "copy.db"]);
    for file in ["ledger.db", "copy.db"] {
        assert_eq!(mode(&workspace.path(file)), 0o600, "{file}");
    }
    workspace.ok(&["--ledger", "copy.db", "ledger", "verify"]);
}

/// What others may read is what the user's own mask lets them.
#[test]
fn a_page_is_for_all() {
    let workspace = applied();
    workspace.ok(&["report", "profit", "--format", "html", "-o", "profit.html"]);
    assert_ne!(mode(&workspace.path("profit.html")) & 0o044, 0);
}

#[test]
fn a_copy_never_overwrites_and_leaves_nothing_half() {
    let workspace = applied();
    workspace.write("copy.db", "mine");
    workspace.refused(&["ledger", "backup", "copy.db"], 1, &["copy.db", "exists already"]);
    assert_eq!(workspace.read("copy.db"), "mine");
    workspace.refused(&["ledger", "backup", "missing/copy.db"], 1, &["missing/copy.db"]);
    let names = fs::read_dir(workspace.folder()).unwrap().map(|entry| entry.unwrap().file_name());
    assert!(!names.into_iter().any(|name| name.to_string_lossy().starts_with(".drawdown-")));
}

/// SQLite has its own meanings for some names.
#[test]
fn a_ledgers_name_is_a_files_name() {
    for name in ["file:x?mode=memory", ":memory:", "file:y", "%41.db"] {
        let workspace = applied();
        fs::rename(workspace.ledger(), workspace.path(name)).unwrap();
        workspace.ok(&["--ledger", name, "customer", "add", "acme", "--at", "2026-01-01"]);
        let listed = workspace.ok(&["--ledger", name, "customer", "list"]);
        assert!(listed.stdout.contains("acme"), "{name}");
        workspace.ok(&["--ledger", name, "ledger", "backup", &format!("{name}.2")]);
        assert!(workspace.path(&format!("{name}.2")).metadata().unwrap().len() > 0);
    }
}

#[test]
fn what_must_be_kept_is_never_overwritten() {
    let workspace = applied();
    workspace.ok(&["ledger", "backup", "copy.db"]);
    workspace.write("log.csv", "id,customer,event_type,occurred_at\nx,x,x,x\n");
    fs::hard_link(first_toml(&workspace.path("catalogs")), workspace.path("linked.csv")).unwrap();
    fs::hard_link(workspace.ledger(), workspace.path("linked.db")).unwrap();
    std::os::unix::fs::symlink(workspace.ledger(), workspace.path("soft.csv")).unwrap();
    fs::hard_link(workspace.path("log.csv"), workspace.path("same.csv")).unwrap();
    let targets = [
        "linked.csv",
        "linked.db",
        "soft.csv",
        "same.csv",
        "log.csv",
        "ledger.db",
        "ledger.db-journal",
        "ledger.db-wal",
        "ledger.db-shm",
        "copy.db",
        "copy.db-journal",
        "catalogs/new.toml",
    ];
    for target in targets {
        let before = fs::read(workspace.path(target)).ok();
        let words = ["replay", "log.csv", "--skip-invalid", "--rejects", target];
        workspace.refused(&words, 1, &["--rejects would overwrite", target]);
        assert_eq!(fs::read(workspace.path(target)).ok(), before, "{target}");
    }
    workspace.verify();
}

fn first_toml(folder: &Path) -> std::path::PathBuf {
    let mut files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    files.find(|file| file.extension().is_some_and(|end| end == "toml")).unwrap()
}

/// Nobody is told to run a command again that has done its work.
#[test]
fn what_is_recorded_is_said_even_where_it_cannot_be_shown() {
    if !Path::new("/dev/full").exists() {
        return;
    }
    let workspace = applied();
    workspace.ok(&["customer", "add", "acme", "--at", "2026-01-01"]);
    let commands: [(&[&str], &str); 3] = [
        (&["subscribe", "acme", "studio", "--at", "2026-01-01"], "studio"),
        (&["topup", "acme", "5", "USD", "--at", "2026-01-02"], "recorded as"),
        (&["record", "acme", "call", "seconds=1", "--at", "2026-01-03"], "charged"),
    ];
    for (words, told) in commands {
        let full = fs::File::options().write(true).open("/dev/full").unwrap();
        let out = workspace.command(words).stdout(full).output().unwrap();
        let stderr = String::from_utf8(out.stderr).unwrap();
        assert_eq!(out.status.code(), Some(0), "{words:?}: {stderr}");
        assert!(stderr.contains("this was recorded, but can't be shown") && stderr.contains(told), "{stderr}");
        assert!(!stderr.contains("again"), "{stderr}");
    }
    workspace.verify();
}

/// A first line that was cut is one row that can't be recorded, and not the beginning of a document, nor of a CSV.
#[test]
fn a_torn_first_line_is_one_bad_row() {
    for torn in
        [r#"{"id":"e0","customer":"#, r#"{"id":"#, r#"{"id":"e0","data":{"#, r#"mer":"acme","n":1}"#, r#"{"id":"e0","#]
    {
        for count in [1, 2, 1000] {
            let workspace = applied();
            let line = |n| {
                format!(
                    "{{\"id\":\"e{n}\",\"customer\":\"acme\",\"event_type\":\"x\",\"occurred_at\":\"2026-01-02T00:00:00Z\"}}\n"
                )
            };
            workspace.write("log.jsonl", format!("{torn}\n{}", (1..=count).map(line).collect::<String>()));
            let words = ["replay", "log.jsonl", "--enroll", "studio", "--skip-invalid", "--format", "json"];
            let ran = workspace.run(&words);
            let told = &ran.json();
            let said = (ran.code, told["unpriced"].as_u64(), told["invalid"].as_u64());
            assert_eq!(said, (1, Some(count), Some(1)), "{torn}: {told}");
        }
    }
}

/// A document's parts may stand on lines of their own.
#[test]
fn a_document_is_read_whole() {
    let event = r#"{"id":"e1","customer":"acme","event_type":"x","occurred_at":"2026-01-02T00:00:00Z"}"#;
    for document in [format!("[\n{event}\n]"), format!("[\n{event},\n{}\n]\n", event.replace("e1", "e2"))] {
        let workspace = applied();
        workspace.write("log.json", &document);
        workspace.ok(&["replay", "log.json", "--enroll", "studio"]);
    }
}

/// A few kilobytes of gzip hold millions of line ends.
#[test]
fn a_log_of_line_ends_is_given_up() {
    let workspace = applied();
    for line in ["\r\n", " \t \n"] {
        let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
        gzip.write_all(&line.as_bytes().repeat(1_000_001)).unwrap();
        workspace.write("ends.csv.gz", gzip.finish().unwrap());
        workspace.refused(&["replay", "ends.csv.gz"], 1, &["ends.csv.gz", "a million empty lines"]);
    }
}
