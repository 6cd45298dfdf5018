//! One JSON object to one event: what its keys mean, and so what columns it has.

use super::assemble::Assembler;
use super::cell::Cell;
use super::columns::{Columns, Texts};
use super::cost_names::is_near_currency;
use super::error::{Fault, closest, did_you_mean, unsure_currency};
use super::json_found::{Found, NOT_SCALAR, Target, Trouble, deeper_meant};
use super::json_outline::{Kind, Outlines, Values};
use super::json_text::Scanner;
use super::rows::BESIDE;
use super::rules::Rules;
use super::sink::Sink;
use super::slot::Slot;
use crate::catalog::Mapping;
use foldhash::{HashMap, HashSet};
use std::borrow::Cow;
use std::mem;

/// Keys for a customer; the first that is there counts. `customer_id` is Credyt's own id, the others are ours.
pub(super) const CUSTOMER: [&str; 3] = ["customer", "customer_external_id", "customer_id"];
/// Keys for a vendor in a cost, likewise.
const VENDOR: [&str; 3] = ["vendor", "vendor_external_id", "vendor_id"];
/// What may be the currency of the costs.
const CURRENCY: &str = "currency";
/// What a cost has beside its vendor.
const OF_COSTS: [&str; 2] = ["amount", "currency"];
/// What Credyt's costs may say beyond vendor, amount and currency. Nothing of it is billed, so it is passed over.
const PASSED_IN_COSTS: [&str; 6] = [
    // The cost's own id.
    "id",
    // Words for people.
    "description",
    // Whatever its sender wants to find again.
    "metadata",
    // What kind of cost it is, such as compute.
    "category",
    // How many units the amount is for, and the price of one.
    "units",
    "rate",
];
/// Every key that an event may have when there is no mapping.
const KNOWN: [&str; 12] = [
    "id",
    "customer",
    "customer_external_id",
    "customer_id",
    "event_type",
    "occurred_at",
    "subject",
    "description",
    "data",
    "costs",
    "cost_currency",
    "events",
];

/// What keys mean: by their own names, or by a mapping.
pub(super) struct Keys {
    /// The mapping's paths with what it makes of them.
    mapped: HashMap<String, Vec<Target>>,
    /// Paths of objects that hold something mapped, so that they are taken apart.
    parents: HashSet<String>,
    /// The object whose fields keep their names.
    spread: Option<String>,
    /// Our names that the mapping gives to something else; keys of these names are left out.
    taken: HashSet<String>,
    constants: Vec<(Target, String)>,
    /// What is read of the things that stand around a record, in their order.
    around: Vec<Vec<Target>>,
    /// A mapping is in use: unknown keys are data.
    has_mapping: bool,
    has_made_ids: bool,
    /// Ids are made from `currency`, among other fields.
    has_currency_ids: bool,
    /// Keys that were passed over, and told.
    told: HashSet<String>,
    /// Outlines of events that stand alone, and of those in bodies. They are kept apart because a record that stands alone
    /// and has the key `events` is a body.
    outlines: [Outlines; 2],
}

/// What stands around an event.
#[derive(Clone, Copy)]
pub(super) enum Place<'a> {
    /// With what is read around it.
    Alone(&'a [String]),
    /// In a body, which perhaps names the customer of those events that do not.
    Body(Option<&'a str>),
}

impl<'a> Place<'a> {
    fn customer(self) -> Option<&'a str> {
        match self {
            Self::Alone(_) => None,
            Self::Body(customer) => customer,
        }
    }

    fn around(self) -> &'a [String] {
        match self {
            Self::Alone(around) => around,
            Self::Body(_) => &[],
        }
    }

    /// Which outlines are to be looked at.
    fn index(self) -> usize {
        usize::from(matches!(self, Self::Body(_)))
    }
}

impl Keys {
    /// The keys of a log. `around` are the paths of what is read around its records.
    pub fn new(mapping: Option<&Mapping>, rules: &Rules, around: &[String], assembler: &mut Assembler) -> Self {
        let mut keys = Self {
            mapped: HashMap::default(),
            parents: HashSet::default(),
            spread: mapping.and_then(|mapping| mapping.spread.clone()),
            taken: HashSet::default(),
            constants: Vec::new(),
            around: vec![Vec::new(); around.len()],
            has_mapping: mapping.is_some(),
            has_made_ids: mapping.is_some_and(|mapping| mapping.id.is_some()),
            has_currency_ids: mapping.is_some_and(|mapping| mapping.makes_ids_of(CURRENCY)),
            told: HashSet::default(),
            outlines: Default::default(),
        };
        for (ours, text) in &rules.constants {
            keys.constants.push((Target::of(Slot::of(ours), assembler), text.clone()));
            keys.taken.insert(ours.clone());
        }
        for (ours, theirs) in &rules.plain {
            keys.read(theirs, Target::of(Slot::of(ours), assembler), around);
            keys.taken.insert(ours.clone());
        }
        let fields = rules.recipes.iter().flat_map(|recipe| recipe.sum.fields());
        let count = fields.clone().count();
        for (number, theirs) in fields.enumerate() {
            keys.read(theirs, Target::Operand(number), around);
        }
        for theirs in &rules.asked {
            keys.read(theirs, Target::Data(assembler.field(theirs)), around);
        }
        if let Some(spread) = keys.spread.clone() {
            keys.lead_to(&spread);
        }
        keys.taken.extend(rules.recipes.iter().map(|recipe| recipe.ours.clone()));
        for (number, (theirs, _)) in (count..).zip(&rules.skips) {
            // Unless it is read as something else, it also stays what it is.
            if !keys.mapped.contains_key(theirs) && !keys.taken.contains(theirs) && !rules.drops(theirs) {
                keys.read(theirs, Target::of(Slot::of(theirs), assembler), around);
            }
            keys.read(theirs, Target::Operand(number), around);
        }
        keys
    }

    /// Reads a path as something.
    fn read(&mut self, theirs: &str, target: Target, around: &[String]) {
        if let Some(place) = around.iter().position(|path| path == theirs) {
            self.around[place].push(target);
            return;
        }
        self.mapped.entry(theirs.to_owned()).or_default().push(target);
        self.lead_to(theirs);
    }

    /// Has the objects on the way to a path taken apart.
    fn lead_to(&mut self, path: &str) {
        self.parents.extend(path.match_indices('.').map(|(at, _)| path[..at].to_owned()));
    }

    /// Whether the mapping makes something of this key.
    pub fn is_mapped(&self, key: &str) -> bool {
        self.mapped.contains_key(key)
    }

    /// The customer of a body's events: what the body has beside them.
    pub fn body_customer<'a>(
        &mut self,
        entries: Vec<(Cow<'a, str>, &'a str)>,
        sink: &mut Sink<'_>,
    ) -> Result<Option<Cow<'a, str>>, Fault> {
        let mut found = Found::default();
        for (key, raw) in entries {
            match CUSTOMER.iter().position(|name| *name == key) {
                Some(place) => {
                    let put = Scanner::whole(raw, |scanner| found.put(Target::Customer(place), &key, scanner));
                    put.map_err(Trouble::into_fault)?;
                }
                None if key == "description" || key == BESIDE || self.has_mapping => {}
                None => {
                    let hint = did_you_mean(&key, CUSTOMER.into_iter().chain(["events"]));
                    if !hint.is_empty() {
                        return Err(Fault::at(key.as_ref(), format!("is not a key of a body of events{hint}")));
                    }
                    self.ignore(&key, sink);
                }
            }
        }
        Ok(found.customer.into_iter().flatten().next().map(|cell| match cell {
            Cell::Column(index) => found.values.swap_remove(index),
            Cell::Constant(text) => Cow::Owned(text),
            // A body's own keys are read as they are.
            Cell::Made(_) | Cell::Around(_) => Cow::default(),
        }))
    }

    /// Adds the event that is this JSON object, if one of the same outline has been added before.
    pub fn add_known(&self, text: &str, place: Place<'_>, line: u64, sink: &mut Sink<'_>) -> Option<Result<(), Fault>> {
        let mut values = Values::new();
        let columns = self.outlines[place.index()].recognize(text, &mut values)?;
        Some(Self::add(columns, &values, place, line, sink))
    }

    /// Adds the event that is this JSON object, and remembers its outline.
    pub fn add_event(&mut self, text: &str, place: Place<'_>, line: u64, sink: &mut Sink<'_>) -> Result<(), Trouble> {
        let mut found = Found::default();
        Scanner::whole(text, |scanner| scanner.object(|scanner, key| self.take(&mut found, &key, scanner, sink)))?;
        for (number, targets) in self.around.iter().enumerate() {
            let cell = Cell::Around(number);
            targets
                .iter()
                .try_for_each(|target| found.set(*target, cell.clone()))
                .map_err(|()| Fault::new("what stands around a record is given twice"))?;
        }
        for (target, text) in &self.constants {
            let constant = Cell::Constant(text.clone());
            found.set(*target, constant).map_err(|()| Fault::new("a constant is given twice"))?;
        }
        found.make(&sink.rules.recipes, sink.assembler)?;
        self.settle_currency(&mut found, sink.assembler)?;
        self.settle_unknown(&mut found, place, sink)?;
        let (values, outline) = (mem::take(&mut found.values), mem::take(&mut found.outline));
        let columns = found.columns(self.has_made_ids, place.customer().is_some(), sink.rules, sink.assembler);
        let columns = columns.map_err(|fault| deeper_meant(fault, text, sink.mapping))?;
        Self::add(&columns, &values, place, line, sink)?;
        self.outlines[place.index()].keep(text, &outline, columns);
        Ok(())
    }

    /// `currency` is that of the costs where there are some without one, unless prices or ids ask for it. Else it is data by a
    /// mapping, and a key that means nothing without one.
    fn settle_currency(&self, found: &mut Found<'_>, assembler: &mut Assembler) -> Result<(), Fault> {
        if let Some(fault) = found.unsure_currency(assembler) {
            return Err(fault);
        }
        let Some(text) = found.near_currency.take() else { return Ok(()) };
        if found.lacks_currency(assembler) {
            if assembler.asks(CURRENCY) || self.has_currency_ids {
                return Err(Fault::at(CURRENCY, unsure_currency(CURRENCY)));
            }
            found.currency = Some(text);
        } else if self.has_mapping {
            found.data.push((assembler.field(CURRENCY), Cell::Constant(text)));
        } else {
            found.unknown.push((CURRENCY.to_owned(), unknown_key(CURRENCY)));
        }
        Ok(())
    }

    /// Keys that mean nothing to us are passed over in a body of Credyt's and in entries of `costs`, and named once; unless they
    /// look like slips.
    fn settle_unknown(&mut self, found: &mut Found<'_>, place: Place<'_>, sink: &mut Sink<'_>) -> Result<(), Fault> {
        let is_service = found.is_service || matches!(place, Place::Body(_));
        for (key, fault) in found.unknown.drain(..) {
            let name = key.rsplit('.').next().unwrap_or(&key);
            let of_costs = key.starts_with("costs.");
            let slips = KNOWN.into_iter().chain(VENDOR).chain(OF_COSTS);
            let slips = slips.chain(PASSED_IN_COSTS.into_iter().filter(|_| of_costs));
            if !(is_service || of_costs) || closest(name, slips).is_some() {
                return Err(fault);
            }
            self.ignore(&key, sink);
        }
        Ok(())
    }

    fn ignore(&mut self, key: &str, sink: &mut Sink<'_>) {
        if self.told.insert(key.to_owned()) {
            sink.batch.passed.ignored.push(key.to_owned());
        }
    }

    fn add(
        columns: &Columns,
        values: &[Cow<'_, str>],
        place: Place<'_>,
        line: u64,
        sink: &mut Sink<'_>,
    ) -> Result<(), Fault> {
        let texts = Texts { column: |column: usize| -> &str { &values[column] }, around: place.around() };
        sink.add_record(line, columns, texts, place.customer())
    }

    /// Takes in one key of an event with its value, which is next.
    fn take<'a>(
        &mut self,
        found: &mut Found<'a>,
        key: &str,
        value: &mut Scanner<'a>,
        sink: &mut Sink<'_>,
    ) -> Result<(), Trouble> {
        if self.take_mapped(found, key, value, sink)? {
            return Ok(());
        }
        // It only says why the record was refused before.
        if key == BESIDE && value.peek() == Some(b'{') {
            return found.pass(value);
        }
        let customer = CUSTOMER.iter().position(|name| *name == key);
        if self.taken.contains(if customer.is_some() { "customer" } else { key }) {
            return found.pass(value);
        }
        if let Some(place) = customer {
            found.is_service |= place > 0 && !self.has_mapping;
            return found.put(Target::Customer(place), key, value);
        }
        match key {
            "description" => found.pass(value),
            "data" => self.take_data(found, value, sink),
            "costs" => take_costs(found, value, sink.assembler),
            CURRENCY if value.is_scalar() => found.put_near_currency(value),
            _ => match Slot::of(key) {
                Slot::Data(_) if !self.has_mapping => {
                    found.unknown.push((key.to_owned(), unknown_key(key)));
                    found.pass(value)
                }
                slot => self.put(found, slot, key, value, sink),
            },
        }
    }

    /// Takes in the value at a path if the mapping says what becomes of it.
    fn take_mapped<'a>(
        &mut self,
        found: &mut Found<'a>,
        path: &str,
        value: &mut Scanner<'a>,
        sink: &mut Sink<'_>,
    ) -> Result<bool, Trouble> {
        sink.rules.see(path);
        if let Some(targets) = self.mapped.get(path) {
            found.put_all(targets, path, value)?;
        } else if sink.rules.drops(path) && !self.parents.contains(path) && self.spread.as_deref() != Some(path) {
            self.tell_dropped(path, sink);
            found.pass(value)?;
        } else if value.peek() == Some(b'{') && self.spread.as_deref() == Some(path) {
            value.object(|value, key| self.take_below(found, (path, &key), &key, value, sink))?;
        } else if value.peek() == Some(b'{') && self.parents.contains(path) {
            value.object(|value, key| {
                let own = format!("{path}.{key}");
                self.take_below(found, (path, &key), &own, value, sink)
            })?;
        } else {
            return Ok(false);
        }
        Ok(true)
    }

    /// Takes in the value at a key of a nested object, which is data of that name if the mapping does not say otherwise.
    fn take_below<'a>(
        &mut self,
        found: &mut Found<'a>,
        (parent, key): (&str, &str),
        name: &str,
        value: &mut Scanner<'a>,
        sink: &mut Sink<'_>,
    ) -> Result<(), Trouble> {
        let path = format!("{parent}.{key}");
        if self.take_mapped(found, &path, value, sink)? {
            return Ok(());
        }
        // What the mapping gives the name to stands for something else, so this is called by its path.
        let is_made = matches!(Slot::of(name), Slot::Id) && self.has_made_ids;
        if self.taken.contains(name) || is_made {
            return self.put(found, Slot::Data(&path), &path, value, sink);
        }
        self.put(found, Slot::of(name), name, value, sink)
    }

    /// Takes in a value that keeps its name. One that may be the currency of a cost is no cost itself.
    fn put<'a>(
        &self,
        found: &mut Found<'a>,
        slot: Slot<'_>,
        name: &str,
        value: &mut Scanner<'a>,
        sink: &mut Sink<'_>,
    ) -> Result<(), Trouble> {
        if self.has_mapping && is_near_currency(name) && matches!(slot, Slot::Data(_) | Slot::Cost(_)) {
            if !matches!(value.peek(), Some(b'n')) {
                found.like_currency.get_or_insert_with(|| Fault::at(name, unsure_currency(name)));
            }
            return found.put(Target::Data(sink.assembler.field(name)), name, value);
        }
        found.put(Target::of(slot, sink.assembler), name, value)
    }

    fn tell_dropped(&mut self, path: &str, sink: &mut Sink<'_>) {
        if self.told.insert(path.to_owned()) {
            sink.batch.passed.dropped.push(path.to_owned());
        }
    }

    fn take_data<'a>(
        &mut self,
        found: &mut Found<'a>,
        value: &mut Scanner<'a>,
        sink: &mut Sink<'_>,
    ) -> Result<(), Trouble> {
        match value.peek() {
            Some(b'n') => return Ok(value.raw().map(drop)?),
            Some(b'{') => {}
            _ => return Err(Fault::at("data", "must be an object").into()),
        }
        value.object(|value, key| {
            if self.take_mapped(found, &key, value, sink)? {
                return Ok(());
            }
            match self.taken.contains(key.as_ref()) {
                true => found.pass(value),
                false => found.put(Target::Data(sink.assembler.field(&key)), &key, value),
            }
        })
    }
}

/// Said of a key that means nothing.
fn unknown_key(key: &str) -> Fault {
    let hint = did_you_mean(key, KNOWN.into_iter());
    Fault::at(key, format!("is not a key of an event{hint}; other values belong into \"data\""))
}

/// Takes in `[{"vendor": ..., "amount": ..., "currency": ...}]`.
fn take_costs<'a>(found: &mut Found<'a>, value: &mut Scanner<'a>, assembler: &mut Assembler) -> Result<(), Trouble> {
    let shape = || Fault::at("costs", "must be an array of objects: [{\"vendor\": ..., \"amount\": ...}]");
    match value.peek() {
        Some(b'n') => return Ok(value.raw().map(drop)?),
        Some(b'[') => {}
        _ => return Err(shape().into()),
    }
    let mut index = 0;
    value.array(|value| {
        if value.peek() != Some(b'{') {
            return Err(shape().into());
        }
        take_cost(found, value, index, assembler)?;
        index += 1;
        Ok(())
    })
}

/// Said of a key that may stand for the currency of an entry of `costs` that has none.
const UNSURE_IN_COSTS: &str = "may be the currency of this cost; call it currency, or give the event a cost_currency";

/// Takes in the cost with this index. Vendor and currency are parts of the outline: they decide what the amount is.
fn take_cost<'a>(
    found: &mut Found<'a>,
    value: &mut Scanner<'a>,
    index: usize,
    assembler: &mut Assembler,
) -> Result<(), Trouble> {
    let fault = |key: &str, reason: &str| Fault::at(format!("costs[{index}].{key}"), reason);
    let (mut amount, mut like_currency) = (None, None);
    // The vendor by each of its keys, and the currency.
    let mut texts = [const { None }; VENDOR.len() + 1];
    value.object(|value, key| {
        let place = match (VENDOR.iter().position(|name| *name == key), key.as_ref()) {
            (Some(at), _) => Some(at),
            (_, "currency") => Some(VENDOR.len()),
            (_, "amount") => None,
            (_, passed) if PASSED_IN_COSTS.contains(&passed) => return found.pass(value),
            _ => {
                if is_near_currency(&key) && value.peek() != Some(b'n') {
                    like_currency.get_or_insert_with(|| fault(&key, UNSURE_IN_COSTS));
                }
                let known = VENDOR.into_iter().chain(OF_COSTS).chain(PASSED_IN_COSTS);
                let reason = format!("is not a key of a cost{}", did_you_mean(&key, known));
                found.unknown.push((format!("costs.{key}"), fault(&key, &reason)));
                return found.pass(value);
            }
        };
        if place.map_or(amount.is_some(), |at| texts[at].is_some()) {
            return Err(fault(&key, "is given twice").into());
        }
        if !value.is_scalar() {
            return Err(fault(&key, NOT_SCALAR).into());
        }
        let start = value.position();
        let Some(text) = value.text()?.filter(|text| !text.is_empty()) else { return Ok(()) };
        match place {
            Some(at) => {
                found.is_service |= (1..VENDOR.len()).contains(&at);
                texts[at] = Some(text);
            }
            None => amount = Some(found.column(start..value.position(), Kind::Needed, text)),
        }
        Ok::<_, Trouble>(())
    })?;
    let missing = |key| fault(key, "is missing; every cost needs one");
    let [vendors @ .., currency] = texts;
    let vendor = vendors.into_iter().flatten().next().ok_or_else(|| missing("vendor"))?;
    let amount = amount.ok_or_else(|| missing("amount"))?;
    if currency.is_none() {
        found.like_currency = found.like_currency.take().or(like_currency);
    }
    found.costs.push((assembler.vendor(&vendor, currency.as_deref()), amount));
    Ok(())
}
