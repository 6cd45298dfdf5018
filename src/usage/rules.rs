//! What a mapping makes of a log's columns, whatever the log is written in.

use super::cost_names::{costs_in_log, is_near_currency};
use super::secrets::is_secret;
use super::shape::{Interest, Vocabulary};
use super::slot::Slot;
use crate::catalog::{DimensionValue, Mapping, NumberFormat, Pattern, Sum, Translation};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A mapping's rules. Without a mapping there is only what no log's columns are read as: secrets.
#[derive(Default)]
pub(super) struct Rules {
    /// Our names that are a column of the log as it is, and the column.
    pub plain: Vec<(String, String)>,
    /// Our names whose columns a log need not have.
    pub optional: BTreeSet<String>,
    /// Our names that are made of columns.
    pub recipes: Vec<Arc<Recipe>>,
    /// Our names with a value that every record has.
    pub constants: Vec<(String, String)>,
    /// Columns that sums are made of and prices or costs ask for by their own names: they stay what they are, too.
    pub asked: BTreeSet<String>,
    /// Which records are left out, by columns of the log.
    pub skips: Vec<(String, SkipWhen)>,
    /// How currencies of costs are written.
    pub currency: Currencies,
    /// How a CSV log writes numbers.
    numbers: Option<NumberFormat>,
    /// Fields that are read as numbers, and those that are compared as texts.
    numeric: BTreeSet<String>,
    texts: BTreeSet<String>,
    /// What texts of a column mean, by our name.
    values: BTreeMap<String, Arc<Translation>>,
    dropped: Dropped,
}

/// When a record is left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum SkipWhen {
    /// The column is absent or has nothing.
    Empty,
    /// The column is there and has this.
    Is(DimensionValue),
}

impl SkipWhen {
    /// Whether it holds for a column's text, or for none where there is no such column.
    pub fn holds(&self, text: Option<&str>) -> bool {
        match self {
            Self::Empty => text.is_none_or(|text| text.trim().is_empty()),
            Self::Is(value) => text.is_some_and(|text| value.equals(text)),
        }
    }
}

/// How the value of one of our names is made.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Recipe {
    pub ours: String,
    /// The columns of the log that it is made of.
    pub sum: Sum,
    pub translation: Option<Arc<Translation>>,
    pub default: Option<String>,
    pub numbers: Option<NumberFormat>,
    /// Whether prices or costs read it as a number.
    pub is_number: bool,
    /// Whether it says who, what or when.
    pub is_name: bool,
    /// Whether it is a cost, of which no digit is lost.
    pub is_cost: bool,
}

/// What a log's currencies of costs mean.
#[derive(Default)]
pub(super) struct Currencies {
    translation: Option<Arc<Translation>>,
    default: Option<String>,
}

impl Currencies {
    /// The currency that a text means; an empty one is that of the reports.
    pub fn of<'a>(&'a self, text: &'a str) -> &'a str {
        let text = self.translation.as_ref().and_then(|translation| translation.of(text)).unwrap_or(text);
        self.default.as_deref().filter(|_| text.is_empty()).unwrap_or(text)
    }
}

/// Which columns of a log are not kept.
#[derive(Default)]
struct Dropped {
    drop: Vec<Pattern>,
    base_drop: Vec<Pattern>,
    keep: Vec<Pattern>,
    /// What of the mapping's own patterns no log has had so far.
    idle: RefCell<Vec<Pattern>>,
    /// Names that something reads.
    read: BTreeSet<String>,
    /// The mapping reads something that the log calls `cost.`, so the others of that kind are parts of it and no costs of vendors.
    has_parts: bool,
}

impl Dropped {
    fn has(&self, theirs: &str) -> bool {
        self.see(theirs);
        let is_any = |patterns: &[Pattern]| patterns.iter().any(|pattern| pattern.matches(theirs));
        let is_kept = || is_any(&self.keep);
        let is_part = self.has_parts && matches!(Slot::of(theirs), Slot::Cost(_) if !is_near_currency(theirs));
        let is_secret = || (is_part || is_secret(theirs)) && !self.read.contains(theirs);
        is_any(&self.drop) || (is_any(&self.base_drop) || is_secret()) && !is_kept()
    }

    /// Notes that a log has this column.
    fn see(&self, theirs: &str) {
        if !self.idle.borrow().is_empty() {
            self.idle.borrow_mut().retain(|pattern| !pattern.matches(theirs));
        }
    }

    /// Whether something is said of what stands within this column.
    fn is_about_parts(&self, theirs: &str) -> bool {
        let is_within =
            |pattern: &Pattern| pattern.as_str().strip_prefix(theirs).is_some_and(|rest| rest.starts_with('.'));
        [&self.drop, &self.base_drop, &self.keep].into_iter().flatten().any(is_within)
    }
}

const COST_CURRENCY: &str = "cost_currency";

impl Rules {
    /// The rules of a mapping, if there is one, where these are the fields that prices and costs read.
    pub fn new(mapping: Option<&Mapping>, vocabulary: &Vocabulary) -> Self {
        let interests = || vocabulary.values();
        let volumes: BTreeSet<&str> = interests().flat_map(|of| &of.volumes).map(String::as_str).collect();
        let mut read: BTreeSet<String> =
            interests().flat_map(|of| of.volumes.iter().chain(&of.dimensions)).cloned().collect();
        let Some(mapping) = mapping else {
            return Self { dropped: Dropped { read, ..Dropped::default() }, ..Self::default() };
        };
        let asked = read.clone();
        read.extend(mapping.columns.values().flat_map(Sum::fields).map(str::to_owned));
        read.extend(mapping.skip_when.keys().chain(&mapping.skip_when_empty).cloned());
        let mut rules = Self {
            constants: mapping.constants.clone().into_iter().collect(),
            skips: skips(mapping),
            optional: mapping.optional.clone(),
            numbers: mapping.numbers,
            numeric: interests().flat_map(numeric).cloned().collect(),
            texts: interests().flat_map(|of| &of.texts).cloned().collect(),
            values: mapping.values.iter().map(|(ours, meanings)| (ours.clone(), Arc::new(meanings.clone()))).collect(),
            dropped: Dropped {
                drop: mapping.drop.clone(),
                base_drop: mapping.base_drop.clone(),
                keep: mapping.keep.clone(),
                idle: RefCell::new(mapping.own_patterns.clone()),
                read,
                has_parts: has_parts(mapping),
            },
            ..Self::default()
        };
        rules.currency = Currencies {
            translation: rules.translation(COST_CURRENCY),
            default: mapping.defaults.get(COST_CURRENCY).cloned(),
        };
        let more = mapping.defaults.keys().chain(mapping.values.keys());
        let ours: BTreeSet<&String> = mapping.columns.keys().chain(more.filter(|ours| *ours != "cost")).collect();
        for ours in ours.into_iter().filter(|ours| !mapping.constants.contains_key(*ours)) {
            let sum = mapping.columns.get(ours).cloned().unwrap_or_else(|| Sum::field(ours));
            let recipe = rules.recipe(ours, sum, mapping.defaults.get(ours), volumes.contains(ours.as_str()), true);
            match (recipe.sum.as_field(), recipe.is_plain() || ours == COST_CURRENCY) {
                (Some(theirs), true) => rules.plain.push((ours.clone(), theirs.to_owned())),
                _ => rules.recipes.push(Arc::new(recipe)),
            }
        }
        let is_ours = |theirs: &str| mapping.columns.contains_key(theirs) || mapping.constants.contains_key(theirs);
        let sums = rules.recipes.iter().filter(|recipe| recipe.sum.as_field().is_none());
        let fields = sums.flat_map(|recipe| recipe.sum.fields());
        rules.asked = fields.filter(|theirs| asked.contains(*theirs) && !is_ours(theirs)).map(str::to_owned).collect();
        rules.asked.retain(|theirs| !rules.plain.iter().any(|(_, plain)| plain == theirs));
        rules
    }

    /// `is_named`: the mapping names it, so that it is a number if it is written like one, unless prices compare its texts.
    fn recipe(&self, ours: &str, sum: Sum, default: Option<&String>, is_volume: bool, is_named: bool) -> Recipe {
        let is_number = is_volume || sum.as_field().is_none() || matches!(Slot::of(ours), Slot::Cost(_));
        let is_data = matches!(Slot::of(ours), Slot::Data(_) | Slot::Cost(_));
        let may_be_number = is_number || self.numeric.contains(ours) || is_named && !self.texts.contains(ours);
        Recipe {
            ours: ours.to_owned(),
            sum,
            translation: self.translation(ours),
            default: default.cloned(),
            numbers: self.numbers.filter(|_| is_data && may_be_number),
            is_number,
            is_name: !is_data,
            is_cost: matches!(Slot::of(ours), Slot::Cost(_)),
        }
    }

    /// How a column that no rule names is read, if not as it is.
    pub fn unnamed(&self, theirs: &str, vocabulary: &Vocabulary) -> Option<Arc<Recipe>> {
        let is_volume = vocabulary.values().any(|of| of.volumes.contains(theirs));
        let recipe = self.recipe(theirs, Sum::field(theirs), None, is_volume, false);
        (!recipe.is_plain() && theirs != COST_CURRENCY).then(|| Arc::new(recipe))
    }

    fn translation(&self, ours: &str) -> Option<Arc<Translation>> {
        let of_costs = || self.values.get("cost").filter(|_| matches!(Slot::of(ours), Slot::Cost(_)));
        self.values.get(ours).or_else(of_costs).cloned()
    }

    /// Whether a column of the log is not kept.
    pub fn drops(&self, theirs: &str) -> bool {
        self.dropped.has(theirs)
    }

    /// Notes that a log has this column, whatever becomes of it.
    pub fn see(&self, theirs: &str) {
        self.dropped.see(theirs);
    }

    /// Whether something is said of what stands within this column.
    pub fn is_about_parts(&self, theirs: &str) -> bool {
        self.dropped.is_about_parts(theirs)
    }

    /// What of the mapping's own `drop` and `keep` no log had.
    pub fn idle(&self) -> Vec<String> {
        self.dropped.idle.borrow().iter().map(|pattern| pattern.as_str().to_owned()).collect()
    }
}

impl Recipe {
    /// Whether the column is taken as it is.
    fn is_plain(&self) -> bool {
        self.sum.as_field().is_some() && self.translation.is_none() && self.default.is_none() && self.numbers.is_none()
    }
}

/// Fields that are read as numbers, or compared as such.
fn numeric(interest: &Interest) -> impl Iterator<Item = &String> {
    let compared = interest.dimensions.iter().filter(|name| !interest.texts.contains(*name));
    interest.volumes.iter().chain(&interest.ranged).chain(compared)
}

/// Whether a vendor's cost is read from what the log calls `cost.` by another name.
fn has_parts(mapping: &Mapping) -> bool {
    costs_in_log(mapping).any(|(ours, theirs)| theirs != ours && matches!(Slot::of(theirs), Slot::Cost(_)))
}

fn skips(mapping: &Mapping) -> Vec<(String, SkipWhen)> {
    let empty = mapping.skip_when_empty.iter().map(|theirs| (theirs.clone(), SkipWhen::Empty));
    let is = mapping.skip_when.iter().map(|(theirs, value)| (theirs.clone(), SkipWhen::Is(value.clone())));
    empty.chain(is).collect()
}
