//! Flags that are made from the catalog's declarations: one for each key that can be said in one value.

use super::notation::{Money, Span, TimedRate, number, row, tier};
use crate::catalog::keys::{Key, Kind, Table, Usual, Word};
use crate::catalog::tables::{ASSET, COST, PRICE};
use crate::cli::candidates;
use crate::usage::check_name;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::{Arg, ArgAction, ArgMatches, Args, Command, Error, FromArgMatches};
use std::collections::BTreeMap;
use std::marker::PhantomData;

/// How the value of a key is said in one word of the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Notation {
    /// A text, as it is.
    Text,
    /// A number, as it is.
    Number,
    /// One of a few words.
    Word(&'static [Word]),
    /// The flag alone is `true`.
    Switch,
    /// `"0.06 USD"`, for an asset and a rate.
    Money,
    /// `"1 year"`, for a length of time.
    Span,
    /// `"0.05 USD from 2026-07-01"`, again and again.
    Rate,
    /// `model=gli-2,unit_price=12`, again and again.
    Row,
    /// `up_to=1000,unit_price=0`, again and again.
    Tier,
}

impl Notation {
    /// `None` for what takes more than one value, or is left to people who write the file.
    pub fn of(key: &Key) -> Option<Self> {
        match key.kind {
            _ if key.is_idle => None,
            Kind::Text | Kind::Code => Some(Self::Text),
            Kind::Amount | Kind::Positive | Kind::Whole(..) => Some(Self::Number),
            Kind::Words(words) => Some(Self::Word(words)),
            Kind::Flag => Some(Self::Switch),
            Kind::Table(table) | Kind::Tables(table) => match table.name {
                "overage" => Some(Self::Money),
                "life" => Some(Self::Span),
                "rate" => Some(Self::Rate),
                "row" | "cost_row" => Some(Self::Row),
                "tier" => Some(Self::Tier),
                _ => None,
            },
            Kind::Time
            | Kind::Payment
            | Kind::Signed
            | Kind::Names
            | Kind::List(_)
            | Kind::Map
            | Kind::Maps
            | Kind::Named(_) => None,
        }
    }

    fn is_repeated(self) -> bool {
        matches!(self, Self::Rate | Self::Row | Self::Tier)
    }

    /// The name of a flag that says one of several, and what stands for the value.
    fn names(self, key: &Key) -> (String, String) {
        let last = key.name.rsplit('_').next().unwrap_or_default().to_uppercase();
        let placeholder = if key.placeholder.is_empty() { last } else { key.placeholder.to_owned() };
        let own = |placeholder: &str| (key.name.replace('_', "-"), placeholder.to_owned());
        match self {
            Self::Rate => ("rate".to_owned(), "RATE".to_owned()),
            Self::Row => ("row".to_owned(), "ROW".to_owned()),
            Self::Tier => ("tier".to_owned(), "TIER".to_owned()),
            Self::Money => own("MONEY"),
            Self::Span => own("TIME"),
            Self::Number if key.placeholder.is_empty() && !matches!(key.kind, Kind::Whole(..)) => own("AMOUNT"),
            _ => own(&placeholder),
        }
    }

    /// What a value looks like, where that has to be said.
    fn example(self) -> &'static str {
        match self {
            Self::Money => "Written as \"0.06 USD\".",
            Self::Span => "Written as \"1 year\".",
            Self::Rate => "Written as \"0.05 USD\", or with a start as \"0.04 USD from 2026-07-01\".",
            Self::Row => "Written as model=gli-2,unit_price=12; keys that aren't price keys are dimensions.",
            Self::Tier => "Written as up_to=1000,unit_price=0.",
            _ => "",
        }
    }
}

/// What is said of the keys of one table, as it was written.
#[derive(Debug, Clone, Default)]
pub struct Given(BTreeMap<&'static str, Vec<String>>);

impl Given {
    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.all(key).first().map(String::as_str)
    }

    /// All values of a key that can be said again and again.
    pub fn all(&self, key: &str) -> &[String] {
        self.0.get(key).map_or(&[], Vec::as_slice)
    }

    /// Whether anything is said of a key.
    pub fn has(&self, key: &str) -> bool {
        self.0.contains_key(key)
    }

    /// Whether nothing is said of any.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Says one value of a key, or nothing of it.
    pub fn set(&mut self, key: &'static str, value: Option<String>) {
        self.set_all(key, value.into_iter().collect());
    }

    /// Says all values of a key.
    pub fn set_all(&mut self, key: &'static str, values: Vec<String>) {
        if values.is_empty() {
            self.0.remove(key);
        } else {
            self.0.insert(key, values);
        }
    }

    /// What the word at a key means.
    pub fn meaning<T: Copy>(&self, key: &str, names: &[(&str, T)]) -> Option<T> {
        let word = self.get(key)?;
        names.iter().find(|(name, _)| *name == word).map(|&(_, meaning)| meaning)
    }
}

/// A table whose keys are flags of a command.
pub trait Flagged {
    /// The table.
    const TABLE: &'static Table;
    /// The keys that the command takes in another way.
    const WITHOUT: &'static [&'static str];

    /// Under which heading of `--help` a key stands.
    fn heading(_key: &Key) -> Option<&'static str> {
        None
    }
}

/// `[[asset]]`.
#[derive(Debug, Clone)]
pub struct OfAsset;

impl Flagged for OfAsset {
    const TABLE: &'static Table = &ASSET;
    const WITHOUT: &'static [&'static str] = &["code"];
}

/// `[[product.price]]`.
#[derive(Debug, Clone)]
pub struct OfPrice;

impl Flagged for OfPrice {
    const TABLE: &'static Table = &PRICE;
    const WITHOUT: &'static [&'static str] = &["name"];

    /// What only one of the two kinds of prices has.
    fn heading(key: &Key) -> Option<&'static str> {
        let refuses = |kind: &str| PRICE.refused("type", kind).iter().any(|refused| refused.name == key.name);
        let is_fixed = refuses("usage_based") || PRICE.key(key.name).is_none();
        match (refuses("fixed"), is_fixed) {
            (true, _) => Some("Usage-based prices"),
            (_, true) => Some("Fixed prices"),
            _ => None,
        }
    }
}

/// `[[vendor.cost]]`.
#[derive(Debug, Clone)]
pub struct OfCost;

impl Flagged for OfCost {
    const TABLE: &'static Table = &COST;
    const WITHOUT: &'static [&'static str] = &[];

    fn heading(_key: &Key) -> Option<&'static str> {
        Some("Cost rules")
    }
}

/// The flags of a table, and what they say.
#[derive(Debug, Clone, Default)]
pub struct Flags<T> {
    /// What they say.
    pub given: Given,
    table: PhantomData<T>,
}

impl<T: Flagged> Flags<T> {
    /// The keys that have a flag of their own. Those of a table within the table are among them, but for its `type`.
    fn keys() -> impl Iterator<Item = (&'static Key, Notation)> {
        let within = |key: &'static Key| match key.kind {
            Kind::Table(table) if Notation::of(key).is_none() && !key.is_idle => {
                table.keys().filter(|key| key.name != "type").collect()
            }
            _ => vec![key],
        };
        let own = T::TABLE.keys().filter(|key| !T::WITHOUT.contains(&key.name));
        own.flat_map(within).filter_map(|key| Some((key, Notation::of(key)?)))
    }
}

impl<T: Flagged> Args for Flags<T> {
    fn augment_args(command: Command) -> Command {
        let flags = Self::keys().map(|(key, notation)| flag(key, notation, T::heading(key)));
        command.args(flags).args(T::TABLE.key("billing_model").filter(|key| !key.is_idle).map(|_| one_time()))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl<T: Flagged> FromArgMatches for Flags<T> {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        let mut given = Given::default();
        for (key, notation) in Self::keys() {
            if notation == Notation::Switch {
                given.set(key.name, matches.get_flag(key.name).then(|| "true".to_owned()));
            } else {
                let values = matches.get_many::<String>(key.name).into_iter().flatten();
                given.set_all(key.name, values.cloned().collect());
            }
        }
        if let Ok(Some(true)) = matches.try_get_one::<bool>(ONE_TIME) {
            given.set(ONE_TIME, Some("true".to_owned()));
        }
        Ok(Self { given, table: PhantomData })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

/// Not a key, but a billing model without an interval.
pub(super) const ONE_TIME: &str = "one_time";

fn one_time() -> Arg {
    let flag = Arg::new(ONE_TIME).long("one-time").action(ArgAction::SetTrue).help_heading("Fixed prices");
    flag.help("Charge it once, at the start").conflicts_with("interval")
}

fn flag(key: &'static Key, notation: Notation, heading: Option<&'static str>) -> Arg {
    let (long, placeholder) = notation.names(key);
    let flag = Arg::new(key.name).long(long).help_heading(heading);
    let flag = if key.name == "interval_count" { flag.requires("interval") } else { flag };
    let flag = flag.help(help(key, notation));
    if notation == Notation::Switch {
        return flag.action(ArgAction::SetTrue);
    }
    let flag = match key.name {
        "asset" => flag.add(candidates::assets()),
        "event_type" => flag.add(candidates::event_types()),
        _ => flag,
    };
    let flag = flag.value_name(placeholder);
    let flag = if notation.is_repeated() { flag.action(ArgAction::Append) } else { flag };
    match notation {
        Notation::Text if matches!(key.kind, Kind::Text) => flag.value_parser(name),
        Notation::Text | Notation::Switch => flag,
        Notation::Number => flag.value_parser(number),
        Notation::Word(words) => flag.value_parser(one_of(words)),
        Notation::Money => flag.value_parser(|text: &str| text.parse::<Money>().map(|_| text.to_owned())),
        Notation::Span => flag.value_parser(|text: &str| text.parse::<Span>().map(|_| text.to_owned())),
        Notation::Rate => flag.value_parser(|text: &str| text.parse::<TimedRate>().map(|_| text.to_owned())),
        Notation::Row => flag.value_parser(|text: &str| row(text).map(|_| text.to_owned())),
        Notation::Tier => flag.value_parser(|text: &str| tier(text).map(|_| text.to_owned())),
    }
}

/// What the key means, what a value looks like, and what holds without it.
fn help(key: &Key, notation: Notation) -> String {
    let text = [key.about, notation.example()].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>();
    let text = text.join(" ");
    let text = text.strip_suffix('.').unwrap_or(&text);
    match key.default {
        Some(Usual::Text(default)) => format!("{text} [default: {default}]"),
        Some(Usual::Number(default)) => format!("{text} [default: {default}]"),
        Some(Usual::No | Usual::AllWords) | None => text.to_owned(),
    }
}

/// One of a few words, each with its meaning. Another spelling is taken for the word that it spells.
fn one_of(words: &'static [Word]) -> impl TypedValueParser<Value = String> {
    let value = |word: &Word| {
        let value = PossibleValue::new(word.name);
        let aliases = words.iter().filter(|alias| alias.is_alias() && canonical(alias.name) == word.name);
        let value = aliases.fold(value, |value, alias| value.alias(alias.name));
        if word.about.is_empty() { value } else { value.help(word.about) }
    };
    let values: Vec<PossibleValue> = words.iter().filter(|word| !word.is_alias()).map(value).collect();
    PossibleValuesParser::new(values).map(|word| canonical(&word))
}

fn canonical(word: &str) -> String {
    word.replace('-', "_")
}

/// A name that people see, or that logs have.
///
/// # Errors
/// See [`check_name`].
pub fn name(text: &str) -> Result<String, String> {
    check_name("name", text).map(|()| text.to_owned()).map_err(|fault| fault.reason)
}
