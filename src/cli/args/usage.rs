//! Commands about usage: recording it, asking beforehand, explaining it afterwards.

use super::{KeyValue, ProductRef};
use crate::time::Instant;
use clap::{Args, ValueHint};
use std::path::PathBuf;

/// What `record` takes.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Keys are the columns of a usage CSV: `subject` and `cost.VENDOR` mean what they mean there.

Examples:
  drawdown record acme image_generated model=gli-2 quality=hd
  drawdown record acme response_completed model=gpt-5.1 input_tokens=1200 cost.openai=0.0011 --id call-7")]
pub struct RecordArgs {
    /// The customer's id.
    #[arg(value_name = "CUSTOMER")]
    pub customer: String,
    /// What happened, as prices name it.
    #[arg(value_name = "EVENT_TYPE")]
    pub event_type: String,
    /// The event's data: dimensions, volumes, costs.
    #[arg(value_name = "KEY=VALUE")]
    pub data: Vec<KeyValue>,
    /// Names this event, so that running the command again changes nothing [default: made up and printed]
    #[arg(long, value_name = "ID")]
    pub id: Option<String>,
    /// When it happened [default: now]
    #[arg(long, value_name = "TIME", value_parser = Instant::parse_argument)]
    pub at: Option<Instant>,
}

/// What `authorize` takes.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  drawdown authorize acme image_generated model=gli-2 quality=hd
  drawdown authorize acme api_call --at 2026-07-01 --quiet")]
pub struct AuthorizeArgs {
    /// The customer's id.
    #[arg(value_name = "CUSTOMER")]
    pub customer: String,
    /// What would happen, as prices name it.
    #[arg(value_name = "EVENT_TYPE")]
    pub event_type: String,
    /// The event's data: dimensions and volumes.
    #[arg(value_name = "KEY=VALUE")]
    pub data: Vec<KeyValue>,
    /// When it would happen [default: now]
    #[arg(long, value_name = "TIME", value_parser = Instant::parse_argument)]
    pub at: Option<Instant>,
}

/// What `replay` takes.
#[derive(Debug, Args)]
#[command(after_long_help = "\
A usage CSV has the columns id, customer, event_type, occurred_at, and may have subject and cost.VENDOR, in the \
reporting currency; every other column is data. JSON lines have the same names, with data an object and costs a list, \
such as [{\"vendor\": \"fal\", \"amount\": \"0.14\", \"currency\": \"USD\"}]. Both may be compressed with gzip. Other logs are \
read by a mapping, a table [mapping.NAME] in the catalog with columns, constants, time_format and id = \"content\".

An event earlier than what its customer has been through is late: priced as of its own time, paid from what there is \
now. A denied event is final: to try again, send it with another id.

Examples:
  drawdown replay usage.csv
  drawdown replay january.jsonl.gz february.jsonl.gz --sort --dry-run
  drawdown replay azure.csv --map azure-llm --enroll studio
  drawdown replay usage.csv --skip-invalid --rejects rejects.csv
  zcat usage.csv.gz | drawdown replay -")]
pub struct ReplayArgs {
    /// The logs, or - for standard input.
    #[arg(value_name = "FILE", required = true, value_hint = ValueHint::FilePath)]
    pub files: Vec<PathBuf>,
    /// Read the logs by this mapping of the catalog.
    #[arg(long, value_name = "NAME")]
    pub map: Option<String>,
    /// Put the events in the order of their times first.
    #[arg(long)]
    pub sort: bool,
    /// Do everything, say what happened, and record nothing.
    #[arg(long)]
    pub dry_run: bool,
    /// Add unknown customers, and subscribe them to this product at their first event.
    #[arg(long, value_name = "PRODUCT[@VERSION]")]
    pub enroll: Option<ProductRef>,
    /// Go on without the rows that can't be recorded; exits 1 all the same.
    #[arg(long)]
    pub skip_invalid: bool,
    /// Write the rows that can't be recorded to this file as CSV, with their reasons.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub rejects: Option<PathBuf>,
}

/// What `advance` takes.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  drawdown advance --to 2026-08-01")]
pub struct AdvanceArgs {
    /// Until when.
    #[arg(long, value_name = "TIME", value_parser = Instant::parse_argument)]
    pub to: Instant,
}

/// What `explain` takes.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  drawdown explain call-7
  drawdown explain call-7 --format json")]
pub struct ExplainArgs {
    /// The event's id.
    #[arg(value_name = "EVENT_ID")]
    pub event_id: String,
}
