//! `drawdown complete`, which the shells' scripts ask what could come next: commands and options, and the ledger's own
//! names. It is quick, writes nothing, and answers nothing rather than fail.

mod line;

use crate::catalog::{Catalog, Product, Published, Terms, read};
use crate::cli::commands::completions::Shell;
use crate::cli::context::Context;
use crate::cli::error::{Exit, Outcome};
use crate::cli::globals::prints;
use crate::cli::workspace::sources;
use crate::ledger::Ledger;
use clap::Args;
use clap::{Arg, Command};
use line::Line;
use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::PathBuf;

/// What could come next in a command line
#[derive(Debug, Args)]
#[command(arg = prints(&[]), after_long_help = "Examples:\n  drawdown complete fish -- drawdown bal")]
pub struct CompleteArgs {
    /// The shell.
    #[arg(value_name = "SHELL")]
    pub shell: Shell,
    /// The words of the command line up to the cursor, the last one as far as it is typed; of bash, the whole line.
    #[arg(value_name = "WORD", last = true)]
    pub words: Vec<OsString>,
}

/// Nobody reads more.
const MOST: u32 = 200;

/// What could come next, and what is said of it.
type Candidate = (String, String);

pub(super) fn run(args: &CompleteArgs, context: &Context) -> Outcome {
    let mut words: Vec<String> = args.words.iter().map(|word| word.to_string_lossy().into_owned()).collect();
    let last = words.pop().unwrap_or_default();
    let is_bash = args.shell == Shell::Bash;
    let line = if is_bash { Line::new(&last) } else { Line::of_words(words, unquoted(&last)) };
    let mut text = String::new();
    for (value, help) in candidates(&line, context) {
        // One line is one candidate, and a control character has no business in a command line.
        let is_plain = !value.chars().any(char::is_control);
        let Some(value) = (if is_bash { line.answer(&value) } else { Some(value) }).filter(|_| is_plain) else {
            continue;
        };
        let help: String = help.lines().next().unwrap_or_default().chars().filter(|c| !c.is_control()).collect();
        text += &if help.is_empty() { format!("{value}\n") } else { format!("{value}\t{help}\n") };
    }
    context.out.raw(&text)?;
    Ok(Exit::Done)
}

/// Other shells take the quotes away themselves, but for one that is still open.
fn unquoted(word: &str) -> String {
    if word.starts_with(['\'', '"']) { Line::new(word).current } else { word.to_owned() }
}

fn candidates(line: &Line, context: &Context) -> Vec<Candidate> {
    let mut root = (context.program.tree)();
    root.build();
    let place = Place::new(&root, line, context);
    let current = line.current.as_str();
    let all = match (place.open, current.split_once('=')) {
        (Some(option), _) => place.values(option, current),
        (None, Some((name, value))) if name.starts_with("--") => {
            let option = option(place.command, name);
            let values = option.map(|option| place.values(option, value)).unwrap_or_default();
            values.into_iter().map(|(value, help)| (format!("{name}={value}"), help)).collect()
        }
        _ if current.starts_with('-') && !place.only_values => options(place.command),
        _ if place.command.has_subcommands() => {
            if place.values == 0 {
                subcommands(place.command)
            } else {
                Vec::new()
            }
        }
        _ => place.positional().map(|argument| place.values(argument, current)).unwrap_or_default(),
    };
    all.into_iter().filter(|(value, _)| value.starts_with(current)).collect()
}

/// Where in the command line the cursor is.
struct Place<'c> {
    command: &'c Command,
    /// The option whose value comes next.
    open: Option<&'c Arg>,
    /// How many values without an option there have been.
    values: usize,
    /// Whether `--` has ended the options.
    only_values: bool,
    ledger: PathBuf,
    catalog: PathBuf,
}

impl<'c> Place<'c> {
    fn new(root: &'c Command, line: &Line, context: &Context) -> Self {
        let (ledger, catalog) = (context.globals.ledger.clone(), context.globals.catalog.clone());
        let mut place = Self { command: root, open: None, values: 0, only_values: false, ledger, catalog };
        for word in line.words.iter().skip(1) {
            place.step(word);
        }
        place
    }

    fn step(&mut self, word: &str) {
        if let Some(option) = self.open.take() {
            return self.note(option, word);
        }
        match word {
            "--" if !self.only_values => self.only_values = true,
            _ if word.len() > 1 && word.starts_with('-') && !self.only_values => {
                let (name, value) = word.split_once('=').map_or((word, None), |(name, value)| (name, Some(value)));
                match (option(self.command, name), value) {
                    (Some(option), Some(value)) => self.note(option, value),
                    (Some(option), None) if option.get_action().takes_values() => self.open = Some(option),
                    _ => {}
                }
            }
            _ => match self.command.find_subcommand(word) {
                Some(command) => (self.command, self.values) = (command, 0),
                None => self.values += 1,
            },
        }
    }

    fn note(&mut self, option: &Arg, value: &str) {
        match option.get_id().as_str() {
            "ledger" => self.ledger = value.into(),
            "catalog" => self.catalog = value.into(),
            _ => {}
        }
    }

    /// The argument that a value without an option would be of; the last one may take several.
    fn positional(&self) -> Option<&'c Arg> {
        let mut arguments = self.command.get_positionals();
        let last = self.command.get_positionals().last();
        let takes_more = last.is_some_and(|last| last.get_num_args().is_some_and(|range| range.max_values() > 1));
        arguments.nth(self.values).or(last.filter(|_| takes_more))
    }

    /// What an argument can be: one of its own words, or a name that it speaks of.
    fn values(&self, argument: &Arg, prefix: &str) -> Vec<Candidate> {
        let possible = argument.get_possible_values();
        if !possible.is_empty() {
            let shown = possible.iter().filter(|value| !value.is_hide_set());
            let help = |value: &clap::builder::PossibleValue| value.get_help().map(ToString::to_string);
            return shown.map(|value| (value.get_name().to_owned(), help(value).unwrap_or_default())).collect();
        }
        let what = argument.get_value_names().and_then(|names| names.first()).map(|name| name.as_str());
        let names = match what {
            Some("CUSTOMER") => self.peek(|ledger| ledger.customers_like(prefix, MOST).ok()),
            Some("EVENT_ID") => self.peek(|ledger| ledger.recent_events_like(prefix, MOST as usize).ok()),
            Some("ASSET" | "CURRENCY") => self.offered(|offer| offer.assets),
            Some("PRODUCT" | "PRODUCT[@VERSION]") => self.offered(|offer| offer.products),
            Some("EVENT_TYPE") => self.offered(|offer| offer.event_types),
            Some("VENDOR") => self.offered(|offer| offer.vendors),
            _ => None,
        };
        names.unwrap_or_default().into_iter().map(|name| (name, String::new())).collect()
    }

    fn peek<T>(&self, ask: impl FnOnce(&Ledger) -> Option<T>) -> Option<T> {
        self.ledger.is_file().then(|| Ledger::peek(&self.ledger).ok()).flatten().as_ref().and_then(ask)
    }

    /// Names of the ledger and of the catalog: one is asked about what was applied, the other is being written.
    fn offered(&self, names: fn(Offer) -> BTreeSet<String>) -> Option<Vec<String>> {
        let mut offer = Offer::default();
        if let Some(published) = self.peek(|ledger| ledger.published().ok().flatten()) {
            offer.published(&published);
        }
        if let Some(catalog) = sources(&self.catalog).ok().and_then(|sources| read(&sources).catalog) {
            offer.catalog(&catalog);
        }
        Some(names(offer).into_iter().collect())
    }
}

/// What there is to buy, by name.
#[derive(Default)]
struct Offer {
    products: BTreeSet<String>,
    assets: BTreeSet<String>,
    event_types: BTreeSet<String>,
    vendors: BTreeSet<String>,
}

impl Offer {
    fn published(&mut self, published: &Published) {
        let products = published.products.iter().map(|known| &known.product);
        self.add(&published.terms, products);
    }

    fn catalog(&mut self, catalog: &Catalog) {
        self.add(&catalog.terms, catalog.products.iter());
    }

    fn add<'p>(&mut self, terms: &Terms, products: impl Iterator<Item = &'p Product>) {
        self.assets.insert(terms.reporting_currency.clone());
        self.assets.extend(terms.assets.iter().map(|asset| asset.code.clone()));
        self.vendors.extend(terms.vendors.iter().map(|vendor| vendor.code.clone()));
        for product in products {
            self.products.insert(product.code.clone());
            self.assets.extend(product.assets().map(str::to_owned));
            self.event_types.extend(product.prices.iter().map(|price| price.usage.event_type.clone()));
        }
    }
}

/// The option of that name, dashes and all.
fn option<'c>(command: &'c Command, name: &str) -> Option<&'c Arg> {
    command.get_arguments().find(|argument| match name.strip_prefix("--") {
        Some(long) => argument.get_long() == Some(long),
        None => argument.get_short().is_some_and(|short| name.strip_prefix('-') == Some(short.to_string().as_str())),
    })
}

fn options(command: &Command) -> Vec<Candidate> {
    let shown = command.get_arguments().filter(|argument| !argument.is_hide_set());
    let help = |argument: &Arg| argument.get_help().map(ToString::to_string).unwrap_or_default();
    shown.filter_map(|argument| Some((format!("--{}", argument.get_long()?), help(argument)))).collect()
}

fn subcommands(command: &Command) -> Vec<Candidate> {
    let shown = command.get_subcommands().filter(|command| !command.is_hide_set());
    let help = |command: &Command| command.get_about().map(ToString::to_string).unwrap_or_default();
    shown.map(|command| (command.get_name().to_owned(), help(command))).collect()
}
