//! Records to events: names, customers and shapes are interned here, and everything a record must keep is checked.

use super::cost_names::is_cost_like;
use super::deeper;
use super::error::{Fault, Problem, quoted, shown};
use super::event_id::EventId;
use super::made_id::MadeIds;
use super::nested_secrets::NestedSecrets;
use super::parts::{Cells, Parts};
use super::rules::Rules;
use super::shape::{Batch, BatchEvent, BatchId, Fields, Interest, Shape, VendorCost, Vocabulary, asks, keeps_costs};
use super::spelling::mend_cost;
use crate::catalog::{Mapping, Sum};
use crate::ids::{CustomerIndex, ShapeIndex, VendorIndex};
use crate::money::{Decimal, DecimalError, parse_cost, parse_quantity};
use crate::time::Instant;
use foldhash::HashMap;
use smallvec::SmallVec;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The longest id, customer, or event type, in bytes.
const LONGEST_NAME: usize = 255;

/// The most kinds of events, by what decides their shape: some take a kilobyte.
const MOST_KINDS: usize = 1_000_000;
/// The most names in all shapes, which may each have thousands.
const MOST_NAMES: usize = 16 * MOST_KINDS;
/// The most names of fields.
const MOST_FIELDS: usize = 100_000;

/// A text that is found without going elsewhere for its letters, unless it is long.
type ShortText = SmallVec<[u8; 24]>;

/// Texts with numbers, in the order in which they were first seen.
#[derive(Default)]
pub(super) struct Names {
    numbers: HashMap<ShortText, u32>,
    texts: Vec<Arc<str>>,
}

impl Names {
    fn find(&self, text: &str) -> Option<u32> {
        self.numbers.get(text.as_bytes()).copied()
    }

    fn add(&mut self, text: &str) -> u32 {
        let number = self.texts.len() as u32;
        self.texts.push(text.into());
        self.numbers.insert(text.as_bytes().into(), number);
        number
    }
}

/// What a data field is to events of one type.
#[derive(Clone, Copy)]
struct Role {
    dimension: bool,
    number: Number,
}

/// Whether a field's value is read as a number.
#[derive(Clone, Copy)]
enum Number {
    No,
    /// If it is one; else it is told by its text, as a dimension is.
    IfItIs,
    Must,
}

impl Role {
    const NONE: Self = Self { dimension: false, number: Number::No };

    fn new(interest: &Interest, field: &str) -> Self {
        let number = match () {
            () if interest.volumes.contains(field) => Number::Must,
            () if interest.ranged.contains(field) => Number::IfItIs,
            () => Number::No,
        };
        Self { dimension: interest.dimensions.contains(field), number }
    }

    /// The same for a value, which is a number only if it can be read as one.
    fn of(self, value: &str) -> Self {
        match self.number {
            Number::IfItIs if parse_quantity(value).is_err() => Self { dimension: true, number: Number::No },
            _ => self,
        }
    }
}

/// Where a record stands.
#[derive(Clone, Copy)]
pub(super) struct Origin {
    pub file: u32,
    pub line: u64,
}

/// Makes events of records, and remembers what repeats between them.
pub(super) struct Assembler {
    vocabulary: Arc<Vocabulary>,
    fields: Names,
    event_types: Names,
    customers: Names,
    /// By event type and field. None for event types that nobody prices: none of their fields is special.
    roles: Vec<Option<Vec<Role>>>,
    vendors: Vec<VendorCost>,
    /// By vendor and currency; no currency is an empty one.
    vendor_numbers: HashMap<String, HashMap<String, VendorIndex>>,
    shapes: HashMap<Arc<Shape>, ShapeIndex>,
    /// Shapes again, by what is quick to write down of a record (see `add_values`).
    shapes_by_key: HashMap<Box<[u8]>, ShapeIndex>,
    /// How many names all shapes have together.
    names: usize,
    /// New fields that may be meant to be costs.
    cost_like: Vec<String>,
    /// Keys that prices, costs and the mapping read.
    wanted: BTreeSet<String>,
    /// Where such keys have been found deeper than they are looked for.
    deeper: BTreeSet<String>,
    /// How many kinds there may be.
    pub most_kinds: usize,
    /// What happened after this has not happened yet.
    pub latest: Instant,
    /// The record's key; here to be used again.
    key: Vec<u8>,
    made_ids: MadeIds,
    nested: NestedSecrets,
}

impl Assembler {
    pub fn new(vocabulary: Arc<Vocabulary>, mapping: Option<&Mapping>) -> Self {
        let asked = vocabulary.values().flat_map(|of| of.volumes.iter().chain(&of.dimensions).map(String::as_str));
        let read = mapping.into_iter().flat_map(|mapping| mapping.columns.values().flat_map(Sum::fields));
        let wanted = asked.chain(read.map(deeper::last)).map(str::to_owned).collect();
        Self {
            vocabulary,
            fields: Names::default(),
            event_types: Names::default(),
            customers: Names::default(),
            roles: Vec::new(),
            vendors: Vec::new(),
            vendor_numbers: HashMap::default(),
            shapes: HashMap::default(),
            shapes_by_key: HashMap::default(),
            names: 0,
            cost_like: Vec::new(),
            wanted,
            deeper: BTreeSet::new(),
            most_kinds: MOST_KINDS,
            latest: Instant::MAX,
            key: Vec::new(),
            made_ids: MadeIds::new(mapping),
            nested: NestedSecrets::default(),
        }
    }

    /// What prices and costs want to know.
    pub fn vocabulary(&self) -> &Vocabulary {
        &self.vocabulary
    }

    /// Begins a file.
    pub fn start_file(&mut self) {
        self.made_ids.start_file();
    }

    /// The number of a field name.
    pub fn field(&mut self, name: &str) -> u32 {
        if let Some(number) = self.fields.find(name) {
            return number;
        }
        if is_cost_like(name) && !self.asks(name) {
            self.cost_like.push(name.to_owned());
        }
        let number = self.fields.add(name);
        self.made_ids.learn(number, name);
        number
    }

    /// Whether some price asks for this field.
    pub fn asks(&self, name: &str) -> bool {
        asks(&self.vocabulary, name)
    }

    /// The field name with this number.
    pub fn field_name(&self, number: u32) -> &str {
        &self.fields.texts[number as usize]
    }

    /// The number of a vendor and its currency.
    pub fn vendor(&mut self, vendor: &str, currency: Option<&str>) -> VendorIndex {
        let known = self.vendor_numbers.get(vendor).and_then(|currencies| currencies.get(currency.unwrap_or_default()));
        if let Some(&number) = known {
            return number;
        }
        let number = VendorIndex::from_number(self.vendors.len() as u32);
        let cost = VendorCost { vendor: vendor.to_owned(), currency: currency.map(str::to_owned) };
        let currencies = self.vendor_numbers.entry(cost.vendor.clone()).or_default();
        currencies.insert(cost.currency.clone().unwrap_or_default(), number);
        self.vendors.push(cost);
        number
    }

    /// The vendor with this number.
    pub fn vendor_cost(&self, number: VendorIndex) -> &VendorCost {
        &self.vendors[number.place()]
    }

    /// What there is too much of to be held, if there is: customers may be many, but not what repeats from event to event.
    pub fn excess(&self) -> Option<Problem> {
        let kinds = [self.shapes_by_key.len(), self.event_types.texts.len(), self.vendors.len()];
        match () {
            () if self.fields.texts.len() > MOST_FIELDS => Some(Problem::Keys),
            () if kinds.iter().any(|&count| count > self.most_kinds) || self.names > MOST_NAMES => {
                Some(Problem::Kinds(self.most()))
            }
            () => None,
        }
    }

    /// What there is most of: values of one dimension, or something else that makes a kind of its own.
    fn most(&self) -> String {
        let mut values: BTreeMap<(&str, &str), BTreeSet<&str>> = BTreeMap::new();
        for shape in self.shapes.keys() {
            for (name, value) in &shape.dimensions {
                values.entry((&shape.event_type, name)).or_default().insert(value);
            }
        }
        let dimension = |((event_type, name), values): ((&str, &str), BTreeSet<&str>)| {
            (values.len(), format!("the dimension {} of {} has", shown(name), shown(event_type)), "values")
        };
        let others = [
            (self.event_types.texts.len(), "there are".to_owned(), "event types"),
            (self.vendors.len(), "there are".to_owned(), "vendors"),
            (self.fields.texts.len(), "there are".to_owned(), "keys"),
        ];
        let most = values.into_iter().map(dimension).chain(others).max_by_key(|(count, ..)| *count);
        most.map(|(count, what, of)| format!("{what} {count} {of}")).unwrap_or_default()
    }

    /// Adds the record to the batch, or leaves the batch as it was. `rules` say what of a log's record is kept.
    pub fn add<'a>(
        &mut self,
        batch: &mut Batch,
        origin: Origin,
        parts: &Parts<'a, impl Cells<'a, u32>, impl Cells<'a, VendorIndex>>,
        rules: Option<&Rules>,
    ) -> Result<(), Fault> {
        let (text, numbers) = (batch.text.len(), batch.numbers.len());
        let added = self.try_add(batch, origin, parts, rules);
        if added.is_err() {
            batch.text.truncate(text);
            batch.numbers.truncate(numbers);
        }
        added
    }

    fn try_add<'a>(
        &mut self,
        batch: &mut Batch,
        origin: Origin,
        parts: &Parts<'a, impl Cells<'a, u32>, impl Cells<'a, VendorIndex>>,
        rules: Option<&Rules>,
    ) -> Result<(), Fault> {
        if parts.occurred_at > self.latest {
            return Err(Fault::future(parts.occurred_at));
        }
        let id = parts.id.map(EventId::new);
        if let Some(EventId::Text(id)) = id {
            check_name("id", id)?;
        }
        if id.is_none() {
            self.made_ids.check(parts, &self.fields.texts)?;
        }
        let event_type = self.event_type(parts.event_type)?;
        let (values, numbers) = (position(batch.text.len())?, batch.numbers.len());
        self.add_values(batch, event_type, parts, rules)?;
        let end = position(batch.text.len())?;
        // Nothing is remembered of a record that is refused.
        let customer = self.customer(parts.customer, &mut batch.new_customers)?;
        let shape = self.shape(event_type, parts, batch);
        let uuid = match id {
            Some(EventId::Uuid(bytes)) => Some(bytes),
            Some(EventId::Text(id)) => {
                batch.text.push_str(id);
                None
            }
            None => {
                self.made_ids.add(&mut batch.text, parts, &self.fields.texts);
                None
            }
        };
        let text = end..position(batch.text.len())?;
        batch.events.push(BatchEvent {
            id: uuid.map_or(BatchId::Text(text), BatchId::Uuid),
            customer: CustomerIndex::from_number(customer),
            shape,
            occurred_at: parts.occurred_at,
            values: values..end,
            numbers: position(numbers)?,
            file: origin.file,
            line: origin.line,
        });
        Ok(())
    }

    /// The event type's number, with its fields' roles up to date.
    fn event_type(&mut self, name: &str) -> Result<u32, Fault> {
        let number = match self.event_types.find(name) {
            Some(number) => number,
            None => {
                check_name("event_type", name)?;
                self.roles.push(self.vocabulary.contains_key(name).then(Vec::new));
                self.event_types.add(name)
            }
        };
        if let Some(roles) = &mut self.roles[number as usize]
            && roles.len() < self.fields.texts.len()
        {
            let interest = self.vocabulary.get(name);
            let role = |field: &Arc<str>| interest.map_or(Role::NONE, |interest| Role::new(interest, field));
            roles.extend(self.fields.texts[roles.len()..].iter().map(role));
        }
        Ok(number)
    }

    fn customer(&mut self, name: &str, new: &mut Vec<String>) -> Result<u32, Fault> {
        if let Some(number) = self.customers.find(name) {
            return Ok(number);
        }
        check_name("customer", name)?;
        new.push(name.to_owned());
        Ok(self.customers.add(name))
    }

    /// Appends the record's values and numbers to the batch, and writes the record's key: what decides its shape.
    fn add_values<'a>(
        &mut self,
        batch: &mut Batch,
        event_type: u32,
        parts: &Parts<'a, impl Cells<'a, u32>, impl Cells<'a, VendorIndex>>,
        rules: Option<&Rules>,
    ) -> Result<(), Fault> {
        let roles = self.roles[event_type as usize].as_deref();
        self.key.clear();
        self.key.extend(event_type.to_le_bytes());
        self.key.push(u8::from(parts.subject.is_some()));
        Fields::open(&mut batch.text);
        if let Some(subject) = parts.subject {
            Fields::push(&mut batch.text, subject);
        }
        for (field, value) in parts.data.clone() {
            let role = roles.map_or(Role::NONE, |roles| roles[field as usize]);
            self.key.extend(field.to_le_bytes());
            let number = match role.number {
                Number::No => None,
                Number::Must => {
                    let number = parse_quantity(value);
                    Some(number.map_err(|error| self.no_volume(event_type, field, value, &error))?)
                }
                Number::IfItIs => {
                    let number = parse_quantity(value).ok();
                    self.key.push(number.is_some().into());
                    number
                }
            };
            batch.numbers.extend(number);
            if role.dimension || matches!(role.number, Number::IfItIs) && number.is_none() {
                self.key.extend((value.len() as u64).to_le_bytes());
                self.key.extend(value.as_bytes());
            } else {
                let (name, dropped) = (&self.fields.texts[field as usize], &mut batch.passed.dropped);
                let kept = rules.and_then(|rules| self.nested.without(name, value, rules, dropped));
                Fields::push(&mut batch.text, kept.as_deref().unwrap_or(value));
            }
        }
        if keeps_costs(parts.costs.clone().map(|(vendor, _)| self.vendor_cost(vendor))) {
            parts.costs.clone().for_each(|(_, amount)| Fields::push(&mut batch.text, amount));
        }
        Fields::close(&mut batch.text);
        // No field has this number, so it can only be where the fields end.
        self.key.extend(u32::MAX.to_le_bytes());
        for (vendor, amount) in parts.costs.clone() {
            self.key.extend(vendor.number().to_le_bytes());
            batch.numbers.push(self.cost(vendor, amount)?);
        }
        Ok(())
    }

    /// That a value is no number, and who needs it to be one, where that is known.
    fn no_volume(&self, event_type: u32, field: u32, value: &str, error: &DecimalError) -> Fault {
        let name = self.field_name(field);
        let interest = self.vocabulary.get(&*self.event_types.texts[event_type as usize]);
        let reader = interest.and_then(|interest| interest.readers.get(name));
        let reader = reader.map(|reader| format!("{reader} reads it as a number, and ")).unwrap_or_default();
        Fault::at(name, format!("{reader}{} is {error}", quoted(value)))
    }

    fn cost(&self, vendor: VendorIndex, amount: &str) -> Result<Decimal, Fault> {
        let column = || format!("cost.{}", self.vendor_cost(vendor).vendor);
        parse_cost(amount).map_err(|error| {
            let hint = match error {
                DecimalError::Malformed => format!("; {}", mend_cost(amount)),
                _ => String::new(),
            };
            Fault::at(column(), format!("{} is {error}{hint}", quoted(amount)))
        })
    }

    /// The number of the shape whose key `add_values` has just written.
    fn shape<'a>(
        &mut self,
        event_type: u32,
        parts: &Parts<'a, impl Cells<'a, u32>, impl Cells<'a, VendorIndex>>,
        batch: &mut Batch,
    ) -> ShapeIndex {
        if let Some(&number) = self.shapes_by_key.get(&*self.key) {
            return number;
        }
        let shape = Arc::new(self.build_shape(event_type, parts));
        let next = ShapeIndex::from_number(self.shapes.len() as u32);
        let number = *self.shapes.entry(shape.clone()).or_insert_with(|| {
            batch.new_shapes.push(shape);
            next
        });
        batch.passed.cost_like.append(&mut self.cost_like);
        self.look_deeper(parts, batch);
        self.shapes_by_key.insert(self.key.as_slice().into(), number);
        self.names += parts.data.clone().count() + parts.costs.clone().count();
        number
    }

    /// Notes where values stand that are looked for further out: a new shape is where they may come up.
    fn look_deeper<'a>(
        &mut self,
        parts: &Parts<'a, impl Cells<'a, u32>, impl Cells<'a, VendorIndex>>,
        batch: &mut Batch,
    ) {
        for (field, value) in parts.data.clone().filter(|(_, value)| value.starts_with('{')) {
            let found = deeper::within(self.field_name(field), value, &|key| self.wanted.contains(key));
            batch.passed.deeper.extend(found.into_iter().filter(|path| self.deeper.insert(path.clone())));
        }
    }

    fn build_shape<'a>(
        &self,
        event_type: u32,
        parts: &Parts<'a, impl Cells<'a, u32>, impl Cells<'a, VendorIndex>>,
    ) -> Shape {
        let mut shape = Shape {
            event_type: parts.event_type.to_owned(),
            dimensions: Vec::new(),
            fields: Vec::new(),
            has_subject: parts.subject.is_some(),
            volumes: Vec::new(),
            vendors: parts.costs.clone().map(|(vendor, _)| self.vendor_cost(vendor).clone()).collect(),
        };
        let roles = self.roles[event_type as usize].as_deref();
        for (field, value) in parts.data.clone() {
            let name = self.field_name(field).to_owned();
            let role = roles.map_or(Role::NONE, |roles| roles[field as usize]).of(value);
            if !matches!(role.number, Number::No) {
                shape.volumes.push(name.clone());
            }
            if role.dimension {
                shape.dimensions.push((name, value.to_owned()));
            } else {
                shape.fields.push(name);
            }
        }
        shape
    }
}

/// An id, customer, or event type must be something a person can see and type. `what` is the column it stands in.
///
/// # Errors
/// When it is empty, longer than 255 bytes, holds a control character, or has white space at either end.
pub fn check_name(what: &str, text: &str) -> Result<(), Fault> {
    // Nearly all names are this plain, and an id is looked at for every event.
    if (1..=LONGEST_NAME).contains(&text.len())
        && text.bytes().fold(true, |plain, byte| plain & byte.is_ascii_graphic())
    {
        return Ok(());
    }
    let reason = if text.is_empty() {
        "is empty".to_owned()
    } else if text.len() > LONGEST_NAME {
        format!("{} has {} bytes; at most {LONGEST_NAME} are possible", quoted(text), text.len())
    } else if text.chars().any(char::is_control) {
        format!("{} holds a control character", quoted(text))
    } else if text.trim() != text {
        format!("{} has white space at an end; remove it, {} is another name", quoted(text), quoted(text.trim()))
    } else {
        return Ok(());
    };
    Err(Fault::at(what, reason))
}

/// A place in a batch's buffers. Readers end a batch long before this fails.
fn position(length: usize) -> Result<u32, Fault> {
    u32::try_from(length).map_err(|_| Fault::new("one batch can't hold more than 4 GiB"))
}
