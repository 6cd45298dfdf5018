//! What a record's columns are to us: by their own names, or by a mapping. A CSV log's columns follow from its header,
//! a JSON object's from its keys.

use super::assemble::Assembler;
use super::clock;
use super::cost_names::currency_of_costs;
use super::error::{Fault, HeaderFault, closest};
use super::parts::{Cells, Parts};
use super::shape::VendorCost;
use super::slot::Slot;
use crate::catalog::{MadeId, Mapping};
use std::collections::{BTreeMap, BTreeSet};

/// What every event has.
pub(super) const NEEDED: [&str; 4] = ["id", "customer", "event_type", "occurred_at"];

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Cell {
    Column(usize),
    Constant(String),
}

/// Where all values of an event come from.
#[derive(Clone)]
pub(super) struct Columns {
    /// `None`: made from the record.
    pub id: Option<Cell>,
    /// `None`: said outside the record.
    pub customer: Option<Cell>,
    pub event_type: Cell,
    pub occurred_at: Cell,
    pub subject: Option<Cell>,
    /// Numbers of fields, by their names.
    pub data: Vec<(u32, Cell)>,
    /// Numbers of vendors, in their order.
    pub costs: Vec<(u32, Cell)>,
}

impl Columns {
    /// A record taken apart, whose columns have these texts. `customer` is for records that do not name one.
    pub fn parts<'a>(
        &'a self,
        column: impl Fn(usize) -> &'a str + Copy,
        customer: Option<&'a str>,
        time_format: Option<&str>,
    ) -> Result<Parts<'a, impl Cells<'a>, impl Cells<'a>>, Fault> {
        let get = move |cell: &'a Cell| match cell {
            Cell::Column(index) => column(*index),
            Cell::Constant(value) => value,
        };
        let full = move |cells: &'a [(u32, Cell)]| {
            cells.iter().map(move |(number, cell)| (*number, get(cell))).filter(|(_, value)| !value.is_empty())
        };
        let missing = || Fault::at("customer", MISSING);
        Ok(Parts {
            id: self.id.as_ref().map(get),
            customer: self.customer.as_ref().map(get).or(customer).ok_or_else(missing)?,
            event_type: get(&self.event_type),
            occurred_at: clock::occurred_at(get(&self.occurred_at), time_format)?,
            subject: self.subject.as_ref().map(get).filter(|subject| !subject.is_empty()),
            data: full(&self.data),
            costs: full(&self.costs),
        })
    }
}

impl Columns {
    /// The same with all costs in a currency but those that have their own.
    pub fn in_currency(mut self, currency: &str, assembler: &mut Assembler) -> Self {
        for (number, _) in &mut self.costs {
            let VendorCost { vendor, currency: own } = assembler.vendor_cost(*number).clone();
            *number = assembler.vendor(&vendor, Some(own.as_deref().unwrap_or(currency)));
        }
        self.costs.sort_by(|(a, _), (b, _)| assembler.vendor_cost(*a).cmp(assembler.vendor_cost(*b)));
        self
    }
}

/// Said of what every event has, where a record does not have it.
pub(super) const MISSING: &str = "is missing; every event needs one";

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
    /// The layout of a log with this header. A column is left out when the mapping gives its name to something else.
    ///
    /// # Errors
    /// What is wrong with the header.
    pub fn new(header: Vec<String>, mapping: Option<&Mapping>, assembler: &mut Assembler) -> Result<Self, HeaderFault> {
        check_header(&header)?;
        let mut cells = cells(&header, mapping)?;
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
            let missing = missing.map(|(name, _)| (name, closest(name, others()).map(str::to_owned))).collect();
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
        let columns = Columns { id, customer: Some(customer), event_type, occurred_at, subject, data, costs };
        Ok(Self { header, columns, currency, by_currency: BTreeMap::new() })
    }

    /// The columns of a record whose columns have these texts.
    pub fn columns<'a>(&mut self, column: impl Fn(usize) -> &'a str, assembler: &mut Assembler) -> &Columns {
        let currency = match &self.currency {
            None => return &self.columns,
            Some(Cell::Column(index)) => column(*index),
            Some(Cell::Constant(currency)) => currency,
        };
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
        if !names.insert(name) {
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
    let near = closest(field, header.iter().map(String::as_str)).map(str::to_owned);
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

/// Our names with where their values come from.
fn cells(header: &[String], mapping: Option<&Mapping>) -> Result<BTreeMap<String, Cell>, HeaderFault> {
    let mut cells = BTreeMap::new();
    let mut mapped = vec![false; header.len()];
    for (ours, theirs) in mapping.iter().flat_map(|mapping| &mapping.columns) {
        let Some(index) = header.iter().position(|name| name == theirs) else {
            let near = closest(theirs, header.iter().map(String::as_str)).map(str::to_owned);
            return Err(HeaderFault::NotThere { theirs: theirs.clone(), ours: ours.clone(), near });
        };
        mapped[index] = true;
        cells.insert(ours.clone(), Cell::Column(index));
    }
    for (ours, value) in mapping.iter().flat_map(|mapping| &mapping.constants) {
        cells.insert(ours.clone(), Cell::Constant(value.clone()));
    }
    for (index, name) in header.iter().enumerate().filter(|(index, _)| !mapped[*index]) {
        cells.entry(name.clone()).or_insert(Cell::Column(index));
    }
    Ok(cells)
}
