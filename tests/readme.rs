//! The README is true: every transcript in it is run, in the order in which it stands there, in one fresh folder.
//!
//! A fenced block whose first line names a file (```` ```toml catalogs/prices.toml ````) is that file. A `console` block
//! is a transcript: lines after `$ ` are run by a shell, what follows is what they print. `SNAPSHOTS=overwrite cargo test
//! --test readme` writes what they print now into the README.

use std::fs;
use std::path::Path;
use std::process::Command;

/// One fenced block, or the text between two.
enum Part {
    Text(String),
    File { name: String, body: String },
    Transcript(Vec<String>),
}

fn parts(readme: &str) -> Vec<Part> {
    let mut parts = vec![Part::Text(String::new())];
    let mut lines = readme.lines();
    while let Some(line) = lines.next() {
        let fence = line.strip_prefix("```").filter(|info| !info.is_empty());
        let (kind, name) = fence.unwrap_or_default().split_once(' ').unwrap_or((fence.unwrap_or_default(), ""));
        if kind == "console" || !name.is_empty() {
            let body: Vec<String> = lines.by_ref().take_while(|line| *line != "```").map(str::to_owned).collect();
            parts.push(match name {
                "" => Part::Transcript(body),
                name => Part::File { name: format!("{kind} {name}"), body: body.join("\n") + "\n" },
            });
            parts.push(Part::Text(String::new()));
        } else if let Some(Part::Text(text)) = parts.last_mut() {
            text.push_str(line);
            text.push('\n');
        }
    }
    parts
}

/// Runs the commands of a transcript and writes it down as it went.
fn run(transcript: &[String], folder: &Path) -> String {
    let program = Path::new(env!("CARGO_BIN_EXE_drawdown"));
    let path = std::env::var("PATH").unwrap_or_default();
    let path = format!("{}:{path}", program.parent().unwrap().display());
    let mut text = String::new();
    for command in transcript.iter().filter_map(|line| line.strip_prefix("$ ")) {
        let output = Command::new("sh")
            .args(["-c", &format!("exec 2>&1; {command}")])
            .current_dir(folder)
            .env("PATH", &path)
            .env("DRAWDOWN_NOW", "2026-08-01T00:00:00Z")
            .env_remove("DRAWDOWN_LEDGER")
            .env_remove("DRAWDOWN_CATALOG")
            .output()
            .unwrap();
        text.push_str(&format!("$ {command}\n"));
        text.push_str(&String::from_utf8(output.stdout).unwrap());
        match output.status.code() {
            Some(0) => {}
            code => text.push_str(&format!("? {}\n", code.map_or("killed".to_owned(), |c| c.to_string()))),
        }
    }
    text
}

#[test]
fn every_transcript_of_the_readme_runs_as_it_is_written() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let readme = fs::read_to_string(&file).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut actual = String::new();
    let mut transcripts = 0;
    for part in parts(&readme) {
        match part {
            Part::Text(text) => actual.push_str(&text),
            Part::File { name, body } => {
                let path = folder.path().join(name.split_once(' ').unwrap().1);
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::write(path, &body).unwrap();
                actual.push_str(&format!("```{name}\n{body}```\n"));
            }
            Part::Transcript(transcript) => {
                transcripts += 1;
                actual.push_str(&format!("```console\n{}```\n", run(&transcript, folder.path())));
            }
        }
    }
    assert!(transcripts > 3, "the README has transcripts");
    if std::env::var("SNAPSHOTS").is_ok_and(|value| value == "overwrite") {
        fs::write(&file, &actual).unwrap();
    } else {
        snapbox::assert_data_eq!(actual, snapbox::Data::text(readme).raw());
    }
}
