//! The README is true: every transcript in it is run, in the order in which it stands there, in one fresh folder.
//!
//! A fenced block whose first line names a file (```` ```toml catalogs/prices.toml ````) is that file. A `console` block
//! is a transcript: lines after `$ ` are run by a shell, what follows is what they print; `cd` holds until its end. Commands in
//! YAML are run too, and must succeed. The table of a catalog's keys is made from their declarations. `SNAPSHOTS=overwrite
//! cargo test --test it readme` writes what is printed now, and the table, into the README.

use crate::support::{Workspace, repository, surround};
use serde_json::Value;
use std::collections::BTreeSet;
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

/// Runs a command as a reader would who has installed the program: what it prints on both streams, and its exit code.
fn shell(command: &str, folder: &Path) -> (String, Option<i32>) {
    let mut shell = Command::new("sh");
    surround(shell.args(["-c", &format!("exec 2>&1; {command}")]), folder).env("DRAWDOWN_NOW", "2026-08-20T00:00:00Z");
    let output = shell.output().unwrap();
    (String::from_utf8(output.stdout).unwrap(), output.status.code())
}

/// Runs the commands of a transcript and writes it down as it went.
fn run(transcript: &[String], folder: &Path) -> String {
    let mut folder = folder.to_path_buf();
    let mut text = String::new();
    for command in transcript.iter().filter_map(|line| line.strip_prefix("$ ")) {
        text.push_str(&format!("$ {command}\n"));
        if let Some(to) = command.strip_prefix("cd ") {
            folder.push(to);
            continue;
        }
        let (printed, code) = shell(command, &folder);
        text.push_str(&printed);
        if code != Some(0) {
            text.push_str(&format!("? {}\n", code.map_or("killed".to_owned(), |c| c.to_string())));
        }
    }
    text
}

/// Runs what a YAML file would have run of the program. What it checks out of another branch is what stands there now.
fn run_jobs(yaml: &str, folder: &Path) -> usize {
    for path in
        yaml.lines().filter_map(|line| line.split_once(", path: ")).filter_map(|(_, rest)| rest.split(' ').next())
    {
        let (printed, code) = shell(&format!("mkdir {path} && cp -R catalogs {path}/catalogs"), folder);
        assert_eq!(code, Some(0), "{printed}");
    }
    let told = |line: &str| ["run: ", "entry: "].iter().find_map(|key| Some(line.split_once(key)?.1.to_owned()));
    let commands: Vec<String> = yaml.lines().filter_map(told).filter(|text| text.starts_with("drawdown ")).collect();
    let commands: Vec<&str> = commands.iter().filter_map(|text| text.split([',', '#', '}']).next()).collect();
    for command in &commands {
        let (printed, code) = shell(command, folder);
        assert_eq!(code, Some(0), "{command}\n{printed}");
    }
    commands.len()
}

/// The text with the table of a catalog's keys as it is made from their declarations.
fn with_reference(text: &str) -> String {
    let reference = drawdown::catalog::reference();
    let header = reference.lines().next().unwrap();
    let Some((before, rest)) = text.split_once(header) else { return text.to_owned() };
    let after = rest.split_once("\n\n").unwrap().1;
    format!("{before}{reference}\n{after}")
}

#[test]
fn every_transcript_of_the_readme_runs_as_it_is_written() {
    let file = repository("README.md");
    let readme = fs::read_to_string(&file).unwrap();
    let workspace = Workspace::new();
    let mut actual = String::new();
    let mut transcripts = 0;
    let mut jobs = 0;
    for part in parts(&readme) {
        match part {
            Part::Text(text) => actual.push_str(&with_reference(&text)),
            Part::File { name, body } => {
                workspace.write(name.split_once(' ').unwrap().1, &body);
                jobs += if name.starts_with("yaml ") { run_jobs(&body, workspace.folder()) } else { 0 };
                actual.push_str(&format!("```{name}\n{body}```\n"));
            }
            Part::Transcript(transcript) => {
                transcripts += 1;
                actual.push_str(&format!("```console\n{}```\n", run(&transcript, workspace.folder())));
            }
        }
    }
    assert!(transcripts > 3 && jobs > 3, "the README has transcripts and jobs");
    if std::env::var("SNAPSHOTS").is_ok_and(|value| value == "overwrite") {
        fs::write(&file, &actual).unwrap();
    } else {
        snapbox::assert_data_eq!(actual, snapbox::Data::text(readme).raw());
    }
}

#[test]
fn the_commands_for_a_fresh_machine_do_what_they_say() {
    let readme = fs::read_to_string(repository("README.md")).unwrap();
    let block = readme.split("```sh\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let commands: Vec<_> = block.lines().map(|line| line.split_once('#').unwrap()).collect();
    let [(demo, about_demo), (test, _)] = commands.as_slice() else { panic!("{block}") };
    let args = demo.trim().strip_prefix("cargo run --release -- ").unwrap();
    let workspace = Workspace::new();
    let (printed, code) = shell(&format!("drawdown {args}"), workspace.folder());
    assert_eq!(code, Some(0), "{printed}");
    let folder = about_demo.split([' ', ',']).find_map(|word| word.strip_prefix("./")).unwrap();
    assert!(workspace.folder().join(folder).is_dir(), "{folder}");
    // The same tests as before anything lands, but for the lock file.
    let ci = fs::read_to_string(repository(".ci/run")).unwrap();
    assert_eq!(ci.lines().filter(|line| line.replace(" --locked", "") == test.trim()).count(), 1, "{ci}");
}

/// The keys of a schema and the words that they allow, wherever they stand in it.
fn words(schema: &Value, found: &mut BTreeSet<String>) {
    match schema {
        Value::Object(map) => {
            let keys = map.get("properties").and_then(Value::as_object).into_iter().flat_map(|keys| keys.keys());
            let allowed = map.get("enum").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
            found.extend(keys.map(String::as_str).chain(allowed).map(str::to_owned));
            map.values().for_each(|value| words(value, found));
        }
        Value::Array(list) => list.iter().for_each(|value| words(value, found)),
        _ => {}
    }
}

#[test]
fn the_catalog_reference_has_the_keys_and_words_of_the_grammar_and_no_others() {
    let readme = fs::read_to_string(repository("README.md")).unwrap();
    let rows = readme.lines().skip_while(|line| *line != "| table | keys |").skip(2);
    let table: String = rows.take_while(|line| line.starts_with("| ")).collect();
    let quoted = table.split('`').skip(1).step_by(2).flat_map(|text| text.split(['[', ']', '.']));
    // What is not a word of the grammar: a name of one's own, and any value of a dimension.
    let told: BTreeSet<_> = quoted.filter(|word| !["", "NAME", "\"*\""].contains(word)).map(str::to_owned).collect();
    let mut known = BTreeSet::new();
    words(&drawdown::catalog::schema(), &mut known);
    assert!(known.remove("usage-based"), "it is read as usage_based");
    let (missing, unknown): (Vec<_>, Vec<_>) = (known.difference(&told).collect(), told.difference(&known).collect());
    assert!(missing.is_empty() && unknown.is_empty(), "missing: {missing:?}, unknown: {unknown:?}");
}
