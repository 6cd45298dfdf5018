//! `drawdown mapping`: how other systems' logs are read.

use crate::catalog::{BuiltIn, Mapping, SourceFile, built_in, built_ins, read};
use crate::cli::candidates;
use crate::cli::context::Context;
use crate::cli::error::{Exit, Failure, Outcome};
use crate::cli::value::code;
use crate::render::{Cell, Column, Table, View};
use crate::usage::{self, Batch, Guess, LogReader, Rejection, Shape, UsageEvent};
use clap::{Args, Subcommand};
use serde::Serialize;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Find out how a log of another system is read
///
/// A mapping says what a log's columns and keys mean. `replay --map NAME` reads a log by it. Mappings stand in the catalog
/// as tables [mapping.NAME]; for the logs of some systems there are built-in ones.
#[derive(Debug, Subcommand)]
#[command(
    arg_required_else_help = true,
    after_long_help = "\
Examples:
  drawdown mapping guess usage.csv
  drawdown mapping list
  drawdown mapping show openai"
)]
pub enum MappingCommand {
    /// List the built-in mappings, and the catalog's
    #[command(after_long_help = "Examples:\n  drawdown mapping list")]
    List,
    /// Show a built-in mapping as it would stand in a catalog
    ///
    /// With what is to be known of such logs. In a catalog, `extends = \"NAME\"` takes it over, and other keys change it.
    Show(ShowArgs),
    /// Look at a log's first records, and print a mapping that reads it
    ///
    /// Prints a table [mapping.NAME] with a comment for each thing that was guessed, the first events as they would be read,
    /// and the command to try next. Nothing is recorded.
    Guess(GuessArgs),
}

/// The log that `mapping guess` looks at.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  drawdown mapping guess usage.csv
  drawdown mapping guess usage.csv --name export")]
pub struct GuessArgs {
    /// The log, or - for standard input.
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// The mapping's name [default: the file's]
    #[arg(long, value_name = "NAME", value_parser = code)]
    pub name: Option<String>,
}

/// The mapping that `mapping show` prints.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:\n  drawdown mapping show litellm")]
pub struct ShowArgs {
    /// The mapping's name.
    #[arg(value_name = "NAME", add = candidates::built_in_mappings())]
    pub name: String,
}

/// A mapping in a list.
#[derive(Serialize)]
struct Listed {
    name: String,
    is_built_in: bool,
    /// What it reads; nothing is known of the catalog's own.
    about: Option<&'static str>,
}

#[derive(Serialize)]
struct List {
    mappings: Vec<Listed>,
}

/// A built-in mapping.
#[derive(Serialize)]
struct Shown {
    name: &'static str,
    about: &'static str,
    warnings: Vec<&'static str>,
    toml: &'static str,
}

pub(super) fn run(command: &MappingCommand, context: &Context) -> Outcome {
    match command {
        MappingCommand::List => list(context),
        MappingCommand::Show(args) => show(args, context),
        MappingCommand::Guess(args) => guess(args, context),
    }
}

fn list(context: &Context) -> Outcome {
    // Who has no catalog yet is shown what there is.
    let own = context.catalog().map(|catalog| catalog.mappings.keys().cloned().collect()).unwrap_or_default();
    let own: Vec<String> = own;
    let known = built_ins().filter(|name| !own.iter().any(|own| own == name)).filter_map(built_in);
    let mut mappings: Vec<Listed> =
        known.map(|it| Listed { name: it.name.to_owned(), is_built_in: true, about: Some(it.about()) }).collect();
    mappings.extend(own.iter().map(|name| Listed { name: name.clone(), is_built_in: false, about: None }));
    let list = List { mappings };
    context.out.data("mapping list", &list, || {
        let mut table = Table::new(vec![Column::text("mapping"), Column::text("reads")]);
        for mapping in &list.mappings {
            let about = mapping.about.unwrap_or("As the catalog says.");
            table.row([Cell::from(mapping.name.as_str()), about.into()]);
        }
        View::from(table)
    })?;
    Ok(Exit::Done)
}

fn show(args: &ShowArgs, context: &Context) -> Outcome {
    let Some(source) = built_in(&args.name) else {
        return Err(Failure::unknown("unknown_mapping", "built-in mapping", &args.name, built_ins()));
    };
    let view = || View::new().rendered(source.text);
    context.out.data_with_rows("mapping show", &shown(&source), view, || {
        let mut table = Table::new(vec![Column::text("mapping"), Column::text("toml")]);
        table.row([Cell::from(source.name), source.text.into()]);
        table
    })?;
    Ok(Exit::Done)
}

fn shown(source: &BuiltIn) -> Shown {
    Shown { name: source.name, about: source.about(), warnings: source.warnings(), toml: source.text }
}

/// As much of a log is looked at.
const LOOKED_AT: u64 = 8 << 20;
/// As many events are shown.
const SHOWN: usize = 3;

/// What was guessed of a log.
#[derive(Serialize)]
struct Guessed {
    name: String,
    built_in: Option<&'static str>,
    toml: String,
    doubts: Vec<String>,
    events: Vec<UsageEvent>,
    rejected: Vec<Rejection>,
    next: String,
}

fn guess(args: &GuessArgs, context: &Context) -> Outcome {
    let file = args.file.display().to_string();
    let beginning = beginning(&args.file).map_err(|error| Failure::io("read", &args.file, &error))?;
    let source = || usage::Source::new(&file, io::Cursor::new(beginning.clone()));
    let vendor = context.catalog().ok().and_then(|catalog| Some(catalog.terms.vendors.first()?.code.clone()));
    let guess = usage::guess(source(), vendor.as_deref().unwrap_or("vendor"))?;
    let name = args.name.clone().unwrap_or_else(|| name_of(&args.file));
    let toml = guess.toml(&name);
    let (events, rejected) = first_events(source(), mapping_of(&toml, &guess, &name)?)?;
    let map = guess.known.filter(|_| args.name.is_none()).unwrap_or(&name);
    let next = format!("drawdown replay {file} --map {map} --enroll PRODUCT --dry-run");
    let guessed = Guessed { name, built_in: guess.known, toml, doubts: guess.doubts, events, rejected, next };
    let view = || View::new().rendered(guessed.toml.as_str()).line("").table(events_table(&guessed.events));
    context.out.data_with_rows("mapping guess", &guessed, view, || events_table(&guessed.events))?;
    say(&guessed, vendor.is_none().then_some(guess.vendor).flatten(), context);
    Ok(Exit::Done)
}

/// Says what a person should look at, and what to do next.
fn say(guessed: &Guessed, new_vendor: Option<String>, context: &Context) {
    guessed.doubts.iter().for_each(|doubt| context.out.note(doubt));
    if let Some(vendor) = new_vendor {
        context
            .out
            .note(&format!("costs are at the vendor {vendor:?}: declare it with `drawdown vendor add`, or rename it"));
    }
    for Rejection { line, column, reason, .. } in guessed.rejected.iter().take(SHOWN) {
        let column = column.as_ref().map(|column| format!("{column}: ")).unwrap_or_default();
        context.out.warn(&format!("line {line} would be refused: {column}{reason}"));
    }
    let first = match guessed.built_in {
        Some(_) => String::new(),
        None => "put this table into the catalog, then try ".to_owned(),
    };
    context.out.note(&format!("{first}`{}`", guessed.next));
}

/// The beginning of a log, as it lies on disk.
fn beginning(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    match path == Path::new("-") {
        true => io::stdin().take(LOOKED_AT).read_to_end(&mut bytes)?,
        false => File::open(path)?.take(LOOKED_AT).read_to_end(&mut bytes)?,
    };
    Ok(bytes)
}

/// A mapping's name, after the file.
fn name_of(path: &Path) -> String {
    let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let stem = stem.split('.').next().unwrap_or_default();
    let name: String = stem.chars().map(|sign| if sign.is_ascii_alphanumeric() { sign } else { '-' }).collect();
    let name = name.trim_matches('-').to_owned();
    if name.is_empty() { "log".to_owned() } else { name }
}

/// The mapping that a table says, among vendors that it needs.
fn mapping_of(toml: &str, guess: &Guess, name: &str) -> Result<Mapping, Failure> {
    let vendor = guess.vendor.as_ref().map(|code| format!("[[vendor]]\ncode = {code:?}\n")).unwrap_or_default();
    let text = format!("[catalog]\nreporting_currency = \"USD\"\n{vendor}{toml}");
    let reading = read(&[SourceFile { name: "guess.toml".to_owned(), text }]);
    let mapping = reading.catalog.and_then(|mut catalog| catalog.mappings.remove(name));
    mapping.ok_or_else(|| Failure::bug(format!("the table that was guessed has findings: {:?}", reading.findings)))
}

/// The first events of a log, and what would be refused among its first records.
fn first_events(source: usage::Source, mapping: Mapping) -> Result<(Vec<UsageEvent>, Vec<Rejection>), Failure> {
    let mut reader = LogReader::new(vec![source], Arc::default(), Some(mapping));
    let Some(batch) = reader.next_batch(SHOWN)? else { return Ok((Vec::new(), Vec::new())) };
    let shapes: &[Arc<Shape>] = &batch.new_shapes;
    let whole = |event| {
        let event: &usage::BatchEvent = event;
        Batch::expand(&batch, event, &shapes[event.shape.place()], &batch.new_customers[event.customer.place()])
    };
    let events = batch.events.iter().take(SHOWN).map(whole).collect();
    Ok((events, batch.rejections))
}

fn events_table(events: &[UsageEvent]) -> Table {
    let names = ["customer", "event type", "occurred at", "data", "costs"];
    let mut table = Table::new(names.map(Column::text).to_vec());
    for event in events {
        let data: Vec<String> = event.data.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let costs: Vec<String> = event.costs.iter().map(|cost| format!("{}={}", cost.vendor, cost.amount)).collect();
        let cells =
            [&event.customer, &event.event_type, &event.occurred_at.to_string(), &data.join(" "), &costs.join(" ")];
        table.row(cells.map(|text| Cell::from(text.as_str())));
    }
    table
}
