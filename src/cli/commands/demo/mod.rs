//! `drawdown demo`: a worked example, end to end, in a fresh workspace.

use crate::cli::context::Context;
use crate::cli::error::{Exit, Failure, Outcome};
use crate::cli::format::Format;
use crate::cli::globals::prints;
use crate::cli::schema;
use crate::render::shell_line;
use clap::Args;
use std::fs;
use std::path::{Path, PathBuf};

/// Run a worked example, end to end, in a fresh workspace
#[derive(Debug, Args)]
#[command(arg = prints(&[]), after_long_help = "\
Examples:
  drawdown demo
  drawdown demo try-it")]
pub struct DemoArgs {
    /// The folder to create for it.
    #[arg(value_name = "DIR", default_value = "drawdown-demo")]
    pub dir: PathBuf,
}

/// What a workspace begins with. The catalog is the one that the project ships.
const FILES: [(&str, &str); 3] = [
    ("catalogs/llm-api.toml", include_str!("../../../../catalogs/llm-api/catalog.toml")),
    ("customers.csv", include_str!("customers.csv")),
    ("usage.csv", include_str!("usage.csv")),
];

/// What is shown, in order: why, and the command that is run.
const STEPS: [(&str, &[&str]); 18] = [
    ("The prices are in catalogs/llm-api.toml. Is the catalog sound?", &["check"]),
    ("It has tests of its own.", &["test"]),
    (
        "What would one call cost?",
        &["quote", "llm-api", "response_completed", "model=gpt-5.1", "input_tokens=1200", "output_tokens=350"],
    ),
    ("The ledger is made from it.", &["apply", "--at", "2026-07-01"]),
    ("Three customers subscribe.", &["customer", "import", "customers.csv", "--at", "2026-07-01"]),
    ("", &["subscribe", "acme", "llm-api", "--at", "2026-07-01"]),
    ("", &["subscribe", "globex", "llm-api", "--at", "2026-07-01"]),
    ("", &["subscribe", "initech", "llm-api", "--at", "2026-07-01"]),
    ("Two of them pay in advance.", &["topup", "acme", "50", "USD", "--id", "invoice-1", "--at", "2026-07-01"]),
    ("", &["topup", "globex", "20", "USD", "--id", "invoice-2", "--at", "2026-07-01"]),
    (
        "The third gets free credit.",
        &["adjust", "initech", "60", "USD", "--reason", "gift", "--id", "welcome", "--at", "2026-07-01"],
    ),
    (
        "July's usage log runs through the ledger: every call is priced, and paid from a balance.",
        &["replay", "usage.csv"],
    ),
    ("By mistake, once more: nothing is charged twice.", &["replay", "usage.csv"]),
    ("Why did that call cost so much?", &["explain", "call-001"]),
    ("What is left?", &["balance"]),
    ("Is every balance what the facts say?", &["ledger", "verify"]),
    ("Who earns us money?", &["report", "profit", "--by", "customer"]),
    (
        "And what if the tokens that a model writes cost a fifth more? The same log is billed under both prices, as if \
         everybody paid what they use.",
        &[
            "compare",
            "usage.csv",
            "--enroll",
            "llm-api",
            "--funding",
            "unlimited",
            "--set",
            "dearer:llm-api/Output tokens[model=gpt-5.1]/volume_rate=+20%",
        ],
    ),
];

pub(super) fn run(args: &DemoArgs, context: &Context) -> Outcome {
    if context.globals.format != Format::Table {
        let failure = Failure::usage("`demo` prints a transcript, which has no other format");
        return Err(failure.with_help("leave --format out; the commands that it shows take it"));
    }
    lay_out(&args.dir)?;
    std::env::set_current_dir(&args.dir).map_err(|e| Failure::io("enter", &args.dir, &e))?;
    for (why, words) in STEPS {
        let why = if why.is_empty() { String::new() } else { format!("\n# {why}\n") };
        context.out.raw(&format!("{why}$ drawdown {}\n", shell_line(words.iter().copied())))?;
        step(words, context)?;
    }
    context.out.note(&format!(
        "The workspace is in {}. Go there and play: change a price in catalogs/llm-api.toml and see `drawdown plan`, \
         or ask `drawdown report profit --by customer,model`.",
        args.dir.display()
    ));
    Ok(Exit::Done)
}

/// Writes the workspace's files into a folder that is new or empty.
fn lay_out(dir: &Path) -> Result<(), Failure> {
    let is_used = fs::read_dir(dir).is_ok_and(|mut entries| entries.next().is_some());
    if is_used {
        let failure = Failure::refused("not_empty", format!("{} is not empty", dir.display()));
        return Err(failure.with_help("name a new folder: drawdown demo DIR"));
    }
    for (name, text) in FILES {
        let path = dir.join(name);
        let folder = path.parent().unwrap_or(dir);
        fs::create_dir_all(folder).map_err(|e| Failure::io("make", folder, &e))?;
        fs::write(&path, schema::beside(text)).map_err(|e| Failure::io("write", &path, &e))?;
    }
    schema::put_beside(&dir.join(FILES[0].0))?;
    Ok(())
}

/// Runs one command as if it had been typed in the workspace, whatever the environment says about other ledgers.
fn step(words: &[&str], context: &Context) -> Result<(), Failure> {
    let mut globals = context.globals.clone();
    globals.ledger = "ledger.db".into();
    globals.catalog = "catalogs".into();
    globals.yes = true;
    (context.program.run)(words, &context.within(globals, String::new()))?;
    Ok(())
}
