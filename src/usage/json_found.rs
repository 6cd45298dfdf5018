//! What was found in one JSON object that is an event, while it is gathered.

use super::assemble::Assembler;
use super::cell::Cell;
use super::columns::{Columns, MISSING, Skip};
use super::deeper;
use super::error::{Fault, quoted, shown};
use super::json_outline::{Kind, Outline, Values};
use super::json_text::{Scanner, Syntax};
use super::made::Made;
use super::rules::{Recipe, Rules};
use super::slot::Slot;
use crate::catalog::Mapping;
use crate::ids::VendorIndex;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

/// Why an object is no event: it is not JSON, or not what an event must be.
pub(super) enum Trouble {
    Syntax(Syntax),
    Fault(Fault),
}

impl Trouble {
    /// As a fault, when the text is known to be JSON but for half a surrogate pair.
    pub fn into_fault(self) -> Fault {
        match self {
            Self::Syntax(syntax) => Fault::new(syntax.to_string()),
            Self::Fault(fault) => fault,
        }
    }
}

impl From<Syntax> for Trouble {
    fn from(syntax: Syntax) -> Self {
        Self::Syntax(syntax)
    }
}

impl From<Fault> for Trouble {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

/// What a key's value becomes.
#[derive(Clone, Copy)]
pub(super) enum Target {
    Id,
    /// With its place in `CUSTOMER`.
    Customer(usize),
    EventType,
    OccurredAt,
    Subject,
    Cost(VendorIndex),
    /// The currency of costs that have none of their own.
    CostCurrency,
    Data(u32),
    /// One of the columns that other values are made of, or by which records are left out.
    Operand(usize),
}

impl Target {
    /// What the value must be.
    pub fn kind(self) -> Kind {
        match self {
            Self::Data(_) | Self::Operand(_) => Kind::Any,
            Self::Subject | Self::Cost(_) | Self::CostCurrency => Kind::Optional,
            Self::Id | Self::Customer(_) | Self::EventType | Self::OccurredAt => Kind::Needed,
        }
    }

    pub fn of(slot: Slot<'_>, assembler: &mut Assembler) -> Self {
        match slot {
            Slot::Id => Self::Id,
            Slot::Customer => Self::Customer(0),
            Slot::EventType => Self::EventType,
            Slot::OccurredAt => Self::OccurredAt,
            Slot::Subject => Self::Subject,
            Slot::Cost(vendor) => Self::Cost(assembler.vendor(vendor, None)),
            Slot::CostCurrency => Self::CostCurrency,
            Slot::Data(name) => Self::Data(assembler.field(name)),
        }
    }
}

/// An event's values, and where they are, while they are gathered.
#[derive(Default)]
pub(super) struct Found<'a> {
    pub values: Values<'a>,
    pub outline: Outline,
    pub id: Option<Cell>,
    pub customer: [Option<Cell>; 3],
    pub event_type: Option<Cell>,
    pub occurred_at: Option<Cell>,
    pub subject: Option<Cell>,
    pub data: Vec<(u32, Cell)>,
    pub costs: Vec<(VendorIndex, Cell)>,
    /// Columns that other values are made of, or by which records are left out.
    pub operands: BTreeMap<usize, Cell>,
    pub currency: Option<String>,
    /// Values that are made of others.
    pub made: Vec<Made>,
    /// What stands under `currency` beside everything else: perhaps that of the costs.
    pub near_currency: Option<String>,
    /// What is wrong if costs have no currency: another key may say it and holds something, and no mapping reads it.
    pub like_currency: Option<Fault>,
    /// Keys that mean nothing, each with what is wrong with that. It is nothing in a service's own body.
    pub unknown: Vec<(String, Fault)>,
    /// Whether keys of Credyt's own are there: it is one of its bodies then.
    pub is_service: bool,
}

impl<'a> Found<'a> {
    /// Passes a value that is not wanted.
    pub fn pass(&mut self, value: &mut Scanner<'a>) -> Result<(), Trouble> {
        let start = value.position();
        value.raw()?;
        self.outline.value(start..value.position(), Kind::Passed);
        Ok(())
    }

    /// Takes in the value that is next and stands under this key.
    pub fn put(&mut self, target: Target, key: &str, value: &mut Scanner<'a>) -> Result<(), Trouble> {
        self.put_all(&[target], key, value)
    }

    /// The same for a key that means several things.
    pub fn put_all(&mut self, targets: &[Target], key: &str, value: &mut Scanner<'a>) -> Result<(), Trouble> {
        let kind = targets.iter().map(|target| target.kind()).max().unwrap_or(Kind::Passed);
        if !value.is_scalar() && kind > Kind::Any {
            return Err(Fault::at(key, NOT_SCALAR).into());
        }
        let start = value.position();
        // An absent value is a part of the outline: its key may be given again.
        let Some(text) = value.text()? else { return Ok(()) };
        let may_be_empty = |target: &Target| {
            matches!(target, Target::Data(_) | Target::Cost(_) | Target::CostCurrency | Target::Operand(_))
        };
        if text.is_empty() && targets.iter().all(may_be_empty) {
            return Ok(());
        }
        let cell = match targets.iter().any(|target| matches!(target, Target::CostCurrency)) {
            // It decides what the costs are, so it is a part of the outline.
            true => Cell::Constant(text.into_owned()),
            false => self.column(start..value.position(), kind, text),
        };
        targets.iter().try_for_each(|target| self.set(*target, cell.clone())).map_err(|()| twice(key).into())
    }

    /// Takes in what stands under `currency`. It may decide what the costs are, so it is a part of the outline.
    pub fn put_near_currency(&mut self, value: &mut Scanner<'a>) -> Result<(), Trouble> {
        let Some(text) = value.text()?.filter(|text| !text.is_empty()) else { return Ok(()) };
        match self.near_currency.replace(text.into_owned()) {
            Some(_) => Err(twice("currency").into()),
            None => Ok(()),
        }
    }

    /// That a key may say the currency of costs for which none is said.
    pub fn unsure_currency(&mut self, assembler: &Assembler) -> Option<Fault> {
        let fault = self.like_currency.take()?;
        self.lacks_currency(assembler).then_some(fault)
    }

    /// Whether there are costs whose currency is not said.
    pub fn lacks_currency(&self, assembler: &Assembler) -> bool {
        let is_open = |(number, _): &(VendorIndex, _)| assembler.vendor_cost(*number).currency.is_none();
        self.currency.is_none() && self.costs.iter().any(is_open)
    }

    /// The column of a value that stands here.
    pub fn column(&mut self, place: Range<usize>, kind: Kind, text: Cow<'a, str>) -> Cell {
        self.outline.value(place, kind);
        self.values.push(text);
        Cell::Column(self.values.len() - 1)
    }

    /// Fails when there is a value already. Data and costs are looked at in `columns`.
    pub fn set(&mut self, target: Target, cell: Cell) -> Result<(), ()> {
        let slot = match target {
            Target::Data(number) => {
                self.data.push((number, cell));
                return Ok(());
            }
            Target::Cost(number) => {
                self.costs.push((number, cell));
                return Ok(());
            }
            Target::CostCurrency => {
                let Cell::Constant(currency) = cell else { return Err(()) };
                return if self.currency.replace(currency).is_some() { Err(()) } else { Ok(()) };
            }
            Target::Operand(number) => {
                return if self.operands.insert(number, cell).is_some() { Err(()) } else { Ok(()) };
            }
            Target::Id => &mut self.id,
            Target::Customer(place) => &mut self.customer[place],
            Target::EventType => &mut self.event_type,
            Target::OccurredAt => &mut self.occurred_at,
            Target::Subject => &mut self.subject,
        };
        if slot.replace(cell).is_some() { Err(()) } else { Ok(()) }
    }

    /// Puts the values that are made of others where they belong.
    pub fn make(&mut self, recipes: &[Arc<Recipe>], assembler: &mut Assembler) -> Result<(), Fault> {
        let mut operand = 0;
        for recipe in recipes {
            let cells = recipe.sum.fields().map(|_| {
                operand += 1;
                self.operands.get(&(operand - 1)).cloned()
            });
            let made = Made::new(Arc::clone(recipe), cells.collect());
            if !made.is_absent() {
                let target = Target::of(Slot::of(&recipe.ours), assembler);
                self.set(target, Cell::Made(self.made.len())).map_err(|()| twice(&recipe.ours))?;
                self.made.push(made);
            }
        }
        Ok(())
    }

    /// Checks that everything is there, and once, and puts data and costs in the order that events have them in.
    pub fn columns(
        mut self,
        has_made_id: bool,
        has_customer: bool,
        rules: &Rules,
        assembler: &mut Assembler,
    ) -> Result<Columns, Fault> {
        let first: usize = rules.recipes.iter().map(|recipe| recipe.sum.fields().count()).sum();
        let skips = rules.skips.iter().enumerate().map(|(rule, (_, when))| {
            let cell = self.operands.get(&(first + rule)).cloned();
            Skip { cell, when: when.clone(), rule }
        });
        let skips = skips.collect();
        self.data.sort_by(|(a, _), (b, _)| assembler.field_name(*a).cmp(assembler.field_name(*b)));
        self.costs.sort_by(|(a, _), (b, _)| assembler.vendor_cost(*a).cmp(assembler.vendor_cost(*b)));
        if let Some(pair) = self.data.windows(2).find(|pair| pair[0].0 == pair[1].0) {
            return Err(twice(assembler.field_name(pair[0].0)));
        }
        let needed = |name: &str, cell: Option<Cell>| cell.ok_or_else(|| Fault::at(name, MISSING));
        let id = if has_made_id { None } else { Some(needed("id", self.id)?) };
        let customer = self.customer.into_iter().flatten().next();
        if !has_customer && customer.is_none() {
            return Err(Fault::at("customer", MISSING));
        }
        let columns = Columns {
            id,
            customer,
            event_type: needed("event_type", self.event_type)?,
            occurred_at: needed("occurred_at", self.occurred_at)?,
            subject: self.subject,
            data: self.data,
            costs: self.costs,
            made: self.made,
            skips,
        };
        let currency = rules.currency.of(self.currency.as_deref().unwrap_or_default());
        Ok(if currency.is_empty() { columns } else { columns.in_currency(currency, assembler) })
    }
}

/// The fault that something is missing, with where the record has it, if it stands deeper there.
pub(super) fn deeper_meant(fault: Fault, text: &str, mapping: Option<&Mapping>) -> Fault {
    let Some(ours) = fault.column.as_deref().filter(|_| fault.reason == MISSING) else { return fault };
    let theirs: Vec<&str> = match mapping.and_then(|mapping| mapping.columns.get(ours)) {
        Some(sum) => sum.fields().map(deeper::last).collect(),
        None => vec![ours],
    };
    let found = deeper::within("", text, &|key| theirs.contains(&key));
    match found.first() {
        Some(path) => {
            let reason = format!("{MISSING}; the record has {0}, so write {ours} = {1}", shown(path), quoted(path));
            Fault { reason, ..fault }
        }
        None => fault,
    }
}

/// That a key of an object stands there again.
pub(super) fn twice(key: &str) -> Fault {
    Fault::at(key, "is given twice")
}

/// What is wrong with a value that is a list or an object.
pub(super) const NOT_SCALAR: &str = "must be a string or a number";
