//! How the program meets its user before any ledger is opened: usage, exit codes, streams.

use crate::support::{Ran, Words, Workspace};

fn run(words: &(impl Words + ?Sized)) -> Ran {
    Workspace::new().run(words)
}

#[test]
fn help_and_version_are_data() {
    for args in [&["--help"][..], &["replay", "--help"], &["report", "profit", "-h"], &["--version"]] {
        let Ran { code, stdout, stderr } = run(args);
        assert_eq!((code, stderr.as_str()), (0, ""), "{args:?}");
        assert!(stdout.contains("drawdown"), "{args:?}");
        assert!(!stdout.contains('\u{1b}'), "{args:?}");
    }
}

#[test]
fn a_mistyped_command_or_option_is_wrong_usage_with_a_suggestion() {
    for (args, meant) in [(&["relpay", "usage.csv"][..], "replay"), (&["replay", "usage.csv", "--dry-rn"], "--dry-run")]
    {
        let Ran { code, stdout, stderr } = run(args);
        assert_eq!((code, stdout.as_str()), (2, ""), "{args:?}");
        assert!(stderr.contains(&format!("'{meant}'")), "{stderr}");
    }
}

#[test]
fn of_several_similar_commands_the_closest_comes_first() {
    let stderr = run("chek").stderr;
    assert!(stderr.contains("exist: 'check', 'schema'"), "{stderr}");
}

#[test]
fn scripts_get_wrong_usage_as_json() {
    let lines: [&[&str]; 4] = [
        &["--format=json", "relpay"],
        &["subscribe", "acme", "studio@x", "--format", "json"],
        &["--format", "json", "asset"],
        &["advance", "--to", "2026-07-01T00:00:00", "--format", "json"],
    ];
    for args in lines {
        let Ran { code, stdout, stderr } = run(args);
        assert_eq!((code, stdout.as_str()), (2, ""), "{args:?}");
        let error: serde_json::Value = serde_json::from_str(&stderr).unwrap();
        assert_eq!(error["error"]["code"], "usage", "{args:?}");
        assert!(error["error"]["help"].is_string(), "{args:?}: {stderr}");
    }
}

#[test]
fn a_control_character_on_the_line_is_not_obeyed() {
    for args in [&["\u{1b}[2J"][..], &["subscribe", "acme", "studio@\u{9b}2J"], &["record", "a", "b", "\u{202e}"]] {
        let Ran { code, stdout, stderr } = run(args);
        assert_eq!((code, stdout.as_str()), (2, ""), "{args:?}");
        assert!(stderr.starts_with("error: "), "{stderr}");
        assert!(!stderr.contains(['\u{1b}', '\u{9b}', '\u{202e}']), "{stderr:?}");
    }
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let workspace = Workspace::new();
    let ran = Ran::from(workspace.command("completions bash").stdout(writer).output().unwrap());
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
}

/// A pipe might never end, or never begin.
#[cfg(unix)]
#[test]
fn what_is_no_file_is_no_catalog() {
    let workspace = Workspace::new();
    let made = std::process::Command::new("mkfifo").arg(workspace.path("pipe.toml")).status();
    assert!(made.unwrap().success());
    for path in ["pipe.toml", "/dev/zero"] {
        let told = "it is not a regular file";
        let checked = workspace.run(&["check", path]);
        assert!(checked.code == 1 && checked.stdout.contains(told), "{checked:?}");
        workspace.refused(&["plan", "--catalog", path], 1, &[path, told]);
    }
}
