//! Every example in every command's help does what it says: each is run as it stands there, by a shell, in a workspace
//! of its own in which there is something to do.

use clap::CommandFactory;
use drawdown::cli::Cli;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use tempfile::TempDir;

/// What the examples speak of.
const CATALOG: &str = include_str!("studio.toml");
const BARE: &str = "[catalog]\nname = \"studio\"\nreporting_currency = \"USD\"\n";
const FILES: [(&str, &str); 5] = [
    (
        "usage.csv",
        "id,customer,event_type,occurred_at,model,quality\nu1,acme,image_generated,2026-07-02T00:00:00Z,gli-2,hd\n",
    ),
    (
        "usage.jsonl",
        "{\"id\":\"u2\",\"customer\":\"acme\",\"event_type\":\"image_generated\",\"occurred_at\":\"2026-07-02T00:00:00Z\",\"data\":{\"model\":\"gli-2\"}}\n",
    ),
    ("azure.csv", "TIMESTAMP,ContextTokens,GeneratedTokens\n2026-07-02 10:00:00.5,12,34\n"),
    ("payments.csv", "customer,amount,currency\nacme,20,USD\n"),
    ("customers.csv", "customer,name\nglobex,Globex\n"),
];

/// A ledger with two versions of a product, and a customer who has paid.
const LIFE: &str = "
    gzip -c usage.csv > usage.csv.gz; gzip -c usage.jsonl > january.jsonl.gz; cp january.jsonl.gz february.jsonl.gz
    drawdown apply --at 2026-06-01
    sed -i 's/0.00001/0.00002/' catalogs/studio.toml; drawdown apply --yes --at 2026-06-02
    drawdown customer add acme --name 'Acme Ltd' --at 2026-06-01
    drawdown topup acme 100 USD --at 2026-06-01
    drawdown topup acme 50 USD --to CREDIT --at 2026-06-01";
const SUBSCRIBED: &str = "drawdown subscribe acme studio@1 --at 2026-06-01";

/// A catalog, and what has happened since.
type Before = (&'static str, Vec<&'static str>);

/// The catalog in which an example is run, and what has happened before; `None` for an empty folder.
fn before(example: &str) -> Option<Before> {
    let is = |commands: &[&str]| commands.iter().any(|command| example.starts_with(&format!("drawdown {command}")));
    if is(&["init", "demo", "guide", "man", "completions", "complete", "schema"]) {
        return None;
    }
    if is(&["asset add", "product add", "vendor add "]) {
        return Some((BARE, Vec::new()));
    }
    if is(&["price add", "vendor add-cost"]) {
        return Some((CATALOG, Vec::new()));
    }
    let mut steps = vec![LIFE];
    if !is(&["subscribe"]) {
        steps.push(SUBSCRIBED);
    }
    if is(&["subscription resume"]) {
        steps.push("drawdown unsubscribe acme studio --period-end --yes");
    }
    if is(&["auto-topup remove"]) {
        steps.push("drawdown auto-topup set acme CREDIT --off");
    }
    if is(&["explain"]) {
        steps.push("drawdown record acme image_generated model=gli-2 --id call-7");
    }
    Some((CATALOG, steps))
}

/// The exit code of an example where nobody can be asked: what asks is wrong usage.
fn expected(example: &str) -> i32 {
    if ["drawdown init", "drawdown guide"].contains(&example) { 2 } else { 0 }
}

fn shell(script: &str, folder: &Path) -> Output {
    let program = Path::new(env!("CARGO_BIN_EXE_drawdown")).parent().unwrap();
    let path = format!("{}:{}", program.display(), std::env::var("PATH").unwrap_or_default());
    let mut command = Command::new("sh");
    command.args(["-ec", script]).current_dir(folder).env("PATH", path).env("HOME", folder);
    command.env("DRAWDOWN_NOW", "2026-07-01T00:00:00Z").env_remove("DRAWDOWN_LEDGER").env_remove("DRAWDOWN_CATALOG");
    command.output().unwrap()
}

/// Runs steps in a folder with files and a catalog.
fn prepare(folder: &Path, catalog: &str, steps: &[&str]) {
    fs::create_dir(folder.join("catalogs")).unwrap();
    fs::write(folder.join("catalogs/studio.toml"), catalog).unwrap();
    FILES.iter().for_each(|(name, text)| fs::write(folder.join(name), text).unwrap());
    for step in steps {
        let output = shell(step, folder);
        assert!(output.status.success(), "{step}: {}", String::from_utf8_lossy(&output.stderr));
    }
}

/// Why an example does not do what it should. `prepared` keeps the workspaces that several examples begin with.
fn fault(example: &str, prepared: &mut Vec<(Before, TempDir)>) -> Option<String> {
    let folder = TempDir::new().unwrap();
    if let Some(before) = before(example) {
        if !prepared.iter().any(|(same, _)| *same == before) {
            let workspace = TempDir::new().unwrap();
            prepare(workspace.path(), before.0, &before.1);
            prepared.push((before.clone(), workspace));
        }
        let (_, workspace) = prepared.iter().find(|(same, _)| *same == before)?;
        let copied = shell(&format!("cp -R '{}/.' .", workspace.path().display()), folder.path());
        assert!(copied.status.success());
    }
    let Output { status, stderr, .. } = shell(example, folder.path());
    let told = || format!("{example}\n{status}: {}", String::from_utf8_lossy(&stderr));
    (status.code() != Some(expected(example))).then(told)
}

fn examples(command: &clap::Command, found: &mut Vec<String>) {
    let help = command.get_after_long_help().map(ToString::to_string).unwrap_or_default();
    let (_, examples) = help.split_once("Examples:\n").unwrap_or_default();
    found.extend(examples.lines().map(|line| line.trim().to_owned()));
    command.get_subcommands().for_each(|command| self::examples(command, found));
}

#[test]
fn every_example_of_every_help_does_what_it_says() {
    let mut found = Vec::new();
    examples(&Cli::command(), &mut found);
    found.sort_unstable();
    found.dedup();
    assert!(found.len() > 80, "{found:?}");
    let mut prepared = Vec::new();
    let faults: Vec<String> = found.iter().filter_map(|example| fault(example, &mut prepared)).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
