//! `drawdown mapping`: how other systems' logs are read.

use crate::catalog::{BuiltIn, Mapping, SourceFile, built_in, built_ins, read};
use crate::cli::add::{FileFlag, Files, tables};
use crate::cli::ask::{agree, can_ask};
use crate::cli::candidates;
use crate::cli::context::Context;
use crate::cli::error::{Exit, Failure, Outcome};
use crate::cli::value::code;
use crate::render::{Cell, Column, Table, View, shell_word};
use crate::usage::{self, Batch, Guess, LogReader, ReadError, Rejection, Shape, UsageEvent};
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
    /// and the command to try next. On a terminal it offers to write the table into the catalog; --write does so without
    /// asking. Nothing is recorded.
    Guess(GuessArgs),
}

/// The log that `mapping guess` looks at.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  drawdown mapping guess usage.csv
  drawdown mapping guess usage.csv --name export --write")]
pub struct GuessArgs {
    /// The log, or - for standard input.
    #[arg(value_name = "FILE")]
    pub log: PathBuf,
    /// The mapping's name [default: the file's]
    #[arg(long, value_name = "NAME", value_parser = code)]
    pub name: Option<String>,
    /// Write the table into the catalog.
    #[arg(long)]
    pub write: bool,
    /// The file of the catalog for it
    #[command(flatten)]
    pub into: FileFlag,
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
    /// Where the table was written to.
    written: Option<String>,
    next: String,
}

fn guess(args: &GuessArgs, context: &Context) -> Outcome {
    let file = args.log.display().to_string();
    let beginning = beginning(&args.log).map_err(|error| Failure::io("read", &args.log, &error))?;
    let source = || usage::Source::new(&file, io::Cursor::new(beginning.clone()));
    let vendor = context.catalog().ok().and_then(|catalog| Some(catalog.terms.vendors.first()?.code.clone()));
    let guess = usage::guess(source(), vendor.as_deref().unwrap_or("vendor"))?;
    let new_vendor = vendor.is_none().then(|| guess.vendor.clone()).flatten();
    let name = args.name.clone().unwrap_or_else(|| name_of(&args.log));
    let toml = guess.toml(&name);
    let read = first_events(source(), mapping_of(&toml, &guess, &name)?);
    let (events, rejected, unreadable) = match read {
        Ok((events, rejected)) => (events, rejected, None),
        Err(error) => (Vec::new(), Vec::new(), Some(error.problem.to_string())),
    };
    let is_new = guess.known.is_none() || args.name.is_some() || args.write;
    let map = guess.known.filter(|_| !is_new).unwrap_or(&name);
    let log = if args.log == Path::new("-") { "-".to_owned() } else { shell_word(&file) };
    let next = format!("drawdown replay {log} --map {map} --enroll PRODUCT --dry-run");
    let built_in = guess.known.filter(|_| !is_new);
    let mut guessed = Guessed { name, built_in, toml, doubts: guess.doubts, events, rejected, written: None, next };
    if args.write {
        guessed.written = Some(write(&guessed, new_vendor.as_deref(), args, context)?);
    }
    let view = || View::new().rendered(guessed.toml.as_str()).line("").table(events_table(&guessed.events));
    context.out.data_with_rows("mapping guess", &guessed, view, || events_table(&guessed.events))?;
    say(&guessed, unreadable, new_vendor.as_deref(), context);
    if is_new
        && guessed.written.is_none()
        && offers(context)
        && agree("Write this table into the catalog?")? == Some(true)
    {
        guessed.written = Some(write(&guessed, new_vendor.as_deref(), args, context)?);
    }
    let first = match (&guessed.written, is_new) {
        (Some(place), _) => format!("written at {place}; try "),
        (None, true) => "put this table into the catalog, then try ".to_owned(),
        (None, false) => String::new(),
    };
    context.out.note(&format!("{first}`{}`", guessed.next));
    Ok(Exit::Done)
}

/// Whether there is somebody to ask, and a catalog to write to.
fn offers(context: &Context) -> bool {
    can_ask() && !context.globals.quiet && !context.out.prints_value() && context.catalog().is_ok()
}

/// Writes the table to the catalog, with the vendor that it needs. Gives the place.
fn write(guessed: &Guessed, vendor: Option<&str>, args: &GuessArgs, context: &Context) -> Result<String, Failure> {
    let files = Files::open(context)?;
    let name = &guessed.name;
    if context.catalog().is_ok_and(|catalog| catalog.mappings.contains_key(name)) {
        let failure = Failure::refused("mapping_exists", format!("the catalog has a mapping {name:?} already"));
        return Err(failure.with_help("give the new one another name with --name"));
    }
    let vendor = vendor.map(|code| format!("{}\n", tables::named("vendor", code, code))).unwrap_or_default();
    let file = files.file(args.into.file.as_deref())?;
    let line = files.append("mapping", file, &format!("{vendor}{}", guessed.toml))?;
    Ok(format!("{}:{line}", files.name(file)))
}

/// Says what a person should look at.
fn say(guessed: &Guessed, unreadable: Option<String>, new_vendor: Option<&str>, context: &Context) {
    guessed.doubts.iter().for_each(|doubt| context.out.note(doubt));
    if let Some(vendor) = new_vendor {
        let how = match guessed.written {
            Some(_) => "which is new in the catalog; rename it",
            None => "declare it with `drawdown vendor add`, or rename it",
        };
        context.out.note(&format!("costs are at the vendor {vendor:?}: {how}"));
    }
    if let Some(problem) = unreadable {
        context.out.warn(&format!("with this table the log can't be read yet: {problem}"));
    }
    for Rejection { line, column, reason, .. } in guessed.rejected.iter().take(SHOWN) {
        let column = column.as_ref().map(|column| format!("{column}: ")).unwrap_or_default();
        context.out.warn(&format!("line {line} would be refused: {column}{reason}"));
    }
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
fn first_events(source: usage::Source, mapping: Mapping) -> Result<(Vec<UsageEvent>, Vec<Rejection>), ReadError> {
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
