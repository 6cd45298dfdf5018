//! Every example in every command's help does what it says: each is run as it stands there, by a shell, in a workspace
//! of its own in which there is something to do.

use crate::support::{Workspace, surround};
use clap::CommandFactory;
use drawdown::cli::Cli;
use std::process::{Command, Output};

/// What the examples speak of.
const CATALOG: &str = include_str!("studio.toml");
const BARE: &str = "[catalog]\nname = \"studio\"\nreporting_currency = \"USD\"\n";
const FILES: [(&str, &str); 6] = [
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
    (
        "prices.json",
        "{\"gpt-5.1\":{\"litellm_provider\":\"openai\",\"input_cost_per_token\":1.25e-06},\"claude-5\":{\"litellm_provider\":\"anthropic\",\"input_cost_per_token\":3e-06}}\n",
    ),
];

/// A ledger with two versions of a product, and a customer who has paid.
const LIFE: &str = "
    gzip -c usage.csv > usage.csv.gz; gzip -c usage.jsonl > january.jsonl.gz; cp january.jsonl.gz february.jsonl.gz
    drawdown apply --at 2026-06-01
    sed 's/0.00001/0.00002/' catalogs/studio.toml > changed; mv changed catalogs/studio.toml; drawdown apply --yes --at 2026-06-02
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
    if is(&["refund"]) {
        steps.push("drawdown topup acme 20 USD --to CREDIT --id invoice-1 --at 2026-06-01");
    }
    if is(&["compare", "solve"]) {
        steps.push("sed 's/unit_price = 12/unit_price = 15/' catalogs/studio.toml > new.toml; mkdir catalogs-new; mv new.toml catalogs-new");
    }
    if is(&["explain", "void", "rebill"]) {
        steps.push("drawdown record acme image_generated model=gli-2 --id call-7");
    }
    Some((CATALOG, steps))
}

/// The exit code of an example where nobody can be asked: what asks is wrong usage.
fn expected(example: &str) -> i32 {
    if ["drawdown init", "drawdown guide"].contains(&example) { 2 } else { 0 }
}

fn shell(script: &str, workspace: &Workspace) -> Output {
    let mut command = Command::new("sh");
    surround(command.args(["-ec", script]), workspace.folder()).output().unwrap()
}

/// A workspace with files and a catalog, in which steps have been taken.
fn prepared((catalog, steps): &Before) -> Workspace {
    let workspace = Workspace::new().with("catalogs/studio.toml", catalog);
    FILES.iter().for_each(|(name, text)| workspace.write(name, text));
    for step in steps {
        let output = shell(step, &workspace);
        assert!(output.status.success(), "{step}: {}", String::from_utf8_lossy(&output.stderr));
    }
    workspace
}

/// Why an example does not do what it should. `beginnings` keeps the workspaces that several examples begin with.
fn fault(example: &str, beginnings: &mut Vec<(Before, Workspace)>) -> Option<String> {
    let workspace = Workspace::new();
    if let Some(before) = before(example) {
        if !beginnings.iter().any(|(same, _)| *same == before) {
            beginnings.push((before.clone(), prepared(&before)));
        }
        let (_, beginning) = beginnings.iter().find(|(same, _)| *same == before)?;
        let copied = shell(&format!("cp -R '{}/.' .", beginning.folder().display()), &workspace);
        assert!(copied.status.success());
    }
    let Output { status, stderr, .. } = shell(example, &workspace);
    let told = || format!("{example}\n{status}: {}", String::from_utf8_lossy(&stderr));
    (status.code() != Some(expected(example))).then(told)
}

fn examples(command: &clap::Command, found: &mut Vec<String>) {
    let help = command.get_after_long_help().map(ToString::to_string).unwrap_or_default();
    let (_, examples) = help.split_once("Examples:\n").unwrap_or_default();
    let mut rest = examples.lines();
    while let Some(line) = rest.next() {
        let mut example = line.trim().to_owned();
        while example.ends_with('\\') {
            example = format!("{example}\n{}", rest.next().expect("a backslash goes on with another line"));
        }
        found.push(example);
    }
    command.get_subcommands().for_each(|command| self::examples(command, found));
}

#[test]
fn examples_can_be_copied_from_a_narrow_terminal() {
    let mut found = Vec::new();
    examples(&Cli::command(), &mut found);
    let lines = found.iter().flat_map(|example| example.lines());
    // Two columns are the margin.
    let wide: Vec<&str> = lines.filter(|line| line.chars().count() > 78).collect();
    assert!(wide.is_empty(), "{}", wide.join("\n"));
}

#[test]
fn every_example_of_every_help_does_what_it_says() {
    let mut found = Vec::new();
    examples(&Cli::command(), &mut found);
    found.sort_unstable();
    found.dedup();
    assert!(found.len() > 80, "{found:?}");
    let mut beginnings = Vec::new();
    let faults: Vec<String> = found.iter().filter_map(|example| fault(example, &mut beginnings)).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
