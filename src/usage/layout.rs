//! What a CSV log's columns are to us, by its header: by their own names, or by a mapping.

use super::assemble::Assembler;
use super::cell::Cell;
use super::columns::{Columns, Skip};
use super::cost_names::currency_of_costs;
use super::deeper::last;
use super::error::{HeaderFault, closest};
use super::made::Made;
use super::rows::is_beside;
use super::rules::{Recipe, Rules};
use super::slot::Slot;
use crate::catalog::{MadeId, Mapping};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What every event has.
pub(super) const NEEDED: [&str; 4] = ["id", "customer", "event_type", "occurred_at"];

/// The columns of a CSV log.
pub(super) struct Layout {
    /// The header's names.
    pub header: Vec<String>,
    columns: Columns,
    /// Where the currency of a record's costs stands, if there is such a column.
    currency: Option<Cell>,
    /// The columns of records that name a currency.
    by_currency: BTreeMap<String, Columns>,
}

impl Layout {
    /// The layout of a log with this header. A column is left out when the mapping gives its name to something else, and when
    /// the rules drop it, which the second value tells.
    ///
    /// # Errors
    /// What is wrong with the header.
    pub fn new(
        header: Vec<String>,
        mapping: Option<&Mapping>,
        rules: &Rules,
        assembler: &mut Assembler,
    ) -> Result<(Self, Vec<String>), HeaderFault> {
        check_header(&header)?;
        let Found { mut cells, made, dropped } = Finding { header: &header, rules }.all(assembler)?;
        let made_id = mapping.and_then(|mapping| mapping.id.as_ref());
        if let Some(MadeId::Fields(fields)) = made_id {
            check_id_fields(fields, &cells, &header)?;
        }
        let id = cells.remove("id").filter(|_| made_id.is_none());
        let has_id = id.is_some() || made_id.is_some();
        let [customer, event_type, occurred_at] =
            ["customer", "event_type", "occurred_at"].map(|name| cells.remove(name));
        let (Some(customer), Some(event_type), Some(occurred_at), true) =
            (customer.clone(), event_type.clone(), occurred_at.clone(), has_id)
        else {
            let given = [has_id, customer.is_some(), event_type.is_some(), occurred_at.is_some()];
            let others = || header.iter().map(String::as_str).filter(|name| !NEEDED.contains(name));
            let missing = NEEDED.into_iter().zip(given).filter(|(_, given)| !given);
            let missing = missing.map(|(name, _)| (name, near(name, others()))).collect();
            return Err(HeaderFault::Missing { missing, is_mapped: mapping.is_some() });
        };
        let subject = cells.remove("subject");
        let currency = currency(&mut cells, mapping, assembler)?;
        let (mut data, mut costs) = (Vec::new(), Vec::new());
        for (name, cell) in cells {
            match Slot::of(&name) {
                Slot::Cost(vendor) => {
                    costs.push((assembler.vendor(vendor, None), cell));
                }
                _ => data.push((assembler.field(&name), cell)),
            }
        }
        let mut skips = Vec::new();
        for (rule, (theirs, when)) in rules.skips.iter().enumerate() {
            let cell = match column(&header, theirs, theirs) {
                // A source of several forms may lack it in one of them: there it is empty.
                Err(_) if !rules.optional.is_empty() => None,
                cell => Some(cell?),
            };
            skips.push(Skip { cell, when: when.clone(), rule });
        }
        let columns =
            Columns { id, customer: Some(customer), event_type, occurred_at, subject, data, costs, made, skips };
        Ok((Self { header, columns, currency, by_currency: BTreeMap::new() }, dropped))
    }

    /// The columns of a record whose columns have these texts.
    pub fn columns<'a>(
        &mut self,
        column: impl Fn(usize) -> &'a str,
        rules: &Rules,
        assembler: &mut Assembler,
    ) -> &Columns {
        let currency = match &self.currency {
            Some(Cell::Column(index)) => column(*index),
            Some(Cell::Constant(currency)) => currency,
            _ => return &self.columns,
        };
        let currency = rules.currency.of(currency);
        if currency.is_empty() {
            return &self.columns;
        }
        if !self.by_currency.contains_key(currency) {
            let columns = self.columns.clone().in_currency(currency, assembler);
            self.by_currency.insert(currency.to_owned(), columns);
        }
        &self.by_currency[currency]
    }
}

/// The most columns of a log: nothing that people charge by has so many, and each takes memory in every shape.
pub(super) const MOST_COLUMNS: usize = 10_000;

fn check_header(header: &[String]) -> Result<(), HeaderFault> {
    if header.len() > MOST_COLUMNS {
        return Err(HeaderFault::TooMany);
    }
    if header.iter().any(|name| name.contains('\r')) {
        return Err(HeaderFault::CarriageReturns);
    }
    let said = header.first().and_then(|first| first.strip_prefix("sep="));
    if let Some(separator) = said.filter(|_| header.len() <= 2) {
        return Err(HeaderFault::ExcelSeparator(separator.chars().next().unwrap_or(',')));
    }
    if let [single] = header
        && let Some(separator) = single.chars().find(|c| [';', '\t', '|'].contains(c))
    {
        return Err(HeaderFault::Separator(separator));
    }
    let mut names = BTreeSet::new();
    for (index, name) in header.iter().enumerate() {
        if name.is_empty() {
            return Err(HeaderFault::NoName(index + 1));
        }
        if !names.insert(name) && !is_beside(name) {
            return Err(HeaderFault::Twice(name.clone()));
        }
    }
    Ok(())
}

/// The fields that an id is made from must be there.
fn check_id_fields(
    fields: &BTreeSet<String>,
    cells: &BTreeMap<String, Cell>,
    header: &[String],
) -> Result<(), HeaderFault> {
    let Some(field) = fields.iter().find(|field| !cells.contains_key(*field)) else { return Ok(()) };
    let near = near(field, header.iter().map(String::as_str));
    Err(HeaderFault::NotThere { theirs: field.clone(), ours: "id".to_owned(), near })
}

/// Takes the currency of the costs out of the cells. What the mapping names itself is what it says.
fn currency(
    cells: &mut BTreeMap<String, Cell>,
    mapping: Option<&Mapping>,
    assembler: &Assembler,
) -> Result<Option<Cell>, HeaderFault> {
    let is_mapped = |name: &str| mapping.is_some_and(|mapping| mapping.names(name));
    let is_free = |name: &&str| !matches!(Slot::of(name), Slot::Data(_)) || !is_mapped(name);
    let is_asked = |name: &str| assembler.asks(name) || mapping.is_some_and(|mapping| mapping.makes_ids_of(name));
    let names: Vec<&str> = cells.keys().map(String::as_str).filter(is_free).collect();
    let found = currency_of_costs(&names, is_asked).map_err(|name| HeaderFault::Currency(name.to_owned()))?;
    let found = found.map(str::to_owned);
    Ok(found.and_then(|name| cells.remove(&name)))
}

/// The column that may be meant: of a similar name, or one that stands deeper or further out.
fn near<'a>(name: &str, columns: impl Iterator<Item = &'a str> + Clone) -> Option<String> {
    let mut deeper = columns.clone().filter(|column| last(column) == last(name));
    closest(name, columns).or_else(|| deeper.next()).map(str::to_owned)
}

/// The column of that name, which is read as one of ours.
fn column(header: &[String], theirs: &str, ours: &str) -> Result<Cell, HeaderFault> {
    let names = || header.iter().map(String::as_str);
    names().position(|name| name == theirs).map(Cell::Column).ok_or_else(|| HeaderFault::NotThere {
        theirs: theirs.to_owned(),
        ours: ours.to_owned(),
        near: near(theirs, names()),
    })
}

/// A header in which columns are looked for.
struct Finding<'a> {
    header: &'a [String],
    rules: &'a Rules,
}

/// Our names with where their values come from, and columns that are not kept.
#[derive(Default)]
struct Found {
    cells: BTreeMap<String, Cell>,
    made: Vec<Made>,
    dropped: Vec<String>,
}

impl Finding<'_> {
    fn all(&self, assembler: &Assembler) -> Result<Found, HeaderFault> {
        let mut found = Found::default();
        let mut named = BTreeSet::new();
        self.header.iter().for_each(|name| self.rules.see(name));
        for (ours, theirs) in &self.rules.plain {
            match column(self.header, theirs, ours) {
                Err(_) if self.rules.optional.contains(ours) => continue,
                cell => drop(found.cells.insert(ours.clone(), cell?)),
            }
            named.insert(theirs.as_str());
        }
        for recipe in &self.rules.recipes {
            named.extend(recipe.sum.fields().filter(|theirs| !self.rules.asked.contains(*theirs)));
            self.add(recipe, &mut found)?;
        }
        for (ours, value) in &self.rules.constants {
            found.cells.insert(ours.clone(), Cell::Constant(value.clone()));
        }
        for (index, name) in self.header.iter().enumerate().filter(|(_, name)| !named.contains(name.as_str())) {
            if is_beside(name) {
                continue;
            }
            if self.rules.drops(name) {
                found.dropped.push(name.clone());
            } else if !found.cells.contains_key(name) {
                match self.rules.unnamed(name, assembler.vocabulary()) {
                    Some(recipe) => self.add(&recipe, &mut found)?,
                    None => drop(found.cells.insert(name.clone(), Cell::Column(index))),
                }
            }
        }
        Ok(found)
    }

    /// Adds a value that is made of columns. They must be there, unless there is a value for records without.
    fn add(&self, recipe: &Arc<Recipe>, found: &mut Found) -> Result<(), HeaderFault> {
        let mut cells = Vec::new();
        for theirs in recipe.sum.fields() {
            let cell = column(self.header, theirs, &recipe.ours);
            let may_lack = recipe.default.is_some() || self.rules.optional.contains(&recipe.ours);
            cells.push(if may_lack { cell.ok() } else { Some(cell?) });
        }
        let made = Made::new(Arc::clone(recipe), cells);
        if !made.is_absent() {
            found.cells.insert(recipe.ours.clone(), Cell::Made(found.made.len()));
            found.made.push(made);
        }
        Ok(())
    }
}
