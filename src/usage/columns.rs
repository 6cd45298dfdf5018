//! Where an event's values stand in a record.

use super::assemble::Assembler;
use super::cell::Cell;
use super::clock;
use super::error::Fault;
use super::made::{Made, MadeTexts};
use super::parts::{Cells, Parts};
use super::rules::SkipWhen;
use super::shape::VendorCost;
use crate::ids::VendorIndex;
use crate::time::TimeFormat;

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
    pub costs: Vec<(VendorIndex, Cell)>,
    /// Values that are made of others.
    pub made: Vec<Made>,
    /// When such a record is left out.
    pub skips: Vec<Skip>,
}

/// A rule by which records are left out.
#[derive(Clone)]
pub(super) struct Skip {
    /// Where the column is; `None` if the record has none.
    pub cell: Option<Cell>,
    pub when: SkipWhen,
    /// The rule's place among all.
    pub rule: usize,
}

/// A record's texts.
#[derive(Clone, Copy)]
pub(super) struct Texts<'b, F> {
    /// The text of a column, by its number.
    pub column: F,
    /// What stands around it.
    pub around: &'b [String],
}

impl<'a: 'b, 'b, F: Fn(usize) -> &'a str> Texts<'b, F> {
    /// What a cell that is not made of others has.
    pub fn get(&self, cell: &'b Cell) -> &'b str {
        match cell {
            Cell::Column(index) => (self.column)(*index),
            Cell::Constant(value) => value,
            Cell::Around(index) => self.around.get(*index).map_or("", String::as_str),
            Cell::Made(_) => "",
        }
    }
}

impl Columns {
    /// The rule by which the record is to be left out.
    pub fn skipped_by<'a: 'b, 'b>(&'b self, texts: &Texts<'b, impl Fn(usize) -> &'a str>) -> Option<usize> {
        let holds = |skip: &&Skip| skip.when.holds(skip.cell.as_ref().map(|cell| texts.get(cell)));
        self.skips.iter().find(holds).map(|skip| skip.rule)
    }

    /// A record taken apart. `customer` is for records that do not name one.
    pub fn parts<'a: 'b, 'b>(
        &'b self,
        texts: Texts<'b, impl Fn(usize) -> &'a str + Copy>,
        made: &'b MadeTexts,
        customer: Option<&'b str>,
        time: Option<&TimeFormat>,
    ) -> Result<Parts<'b, impl Cells<'b, u32>, impl Cells<'b, VendorIndex>>, Fault> {
        let get = move |cell: &'b Cell| match cell {
            Cell::Made(index) => made.get(*index),
            cell => texts.get(cell),
        };
        let missing = || Fault::at("customer", MISSING);
        Ok(Parts {
            id: self.id.as_ref().map(get),
            customer: self.customer.as_ref().map(get).or(customer).ok_or_else(missing)?,
            event_type: get(&self.event_type),
            occurred_at: clock::occurred_at(get(&self.occurred_at), time)?,
            subject: self.subject.as_ref().map(get).filter(|subject| !subject.is_empty()),
            data: full(&self.data, get),
            costs: full(&self.costs, get),
        })
    }

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

/// The cells that are not empty.
fn full<'b, N: Copy>(cells: &'b [(N, Cell)], get: impl Fn(&'b Cell) -> &'b str + Copy) -> impl Cells<'b, N> {
    cells.iter().map(move |(number, cell)| (*number, get(cell))).filter(|(_, value)| !value.is_empty())
}
