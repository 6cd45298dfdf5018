//! One JSON object to one event.

use super::assemble::{Assembler, Parts};
use super::clock;
use super::error::{Fault, did_you_mean};
use super::json_text::{Scanner, Syntax};
use super::layout::Slot;
use super::sink::Sink;
use crate::catalog::Mapping;
use rustc_hash::{FxHashMap, FxHashSet};
use std::borrow::Cow;

/// Keys for a customer; the first that is there counts. `customer_id` is Credyt's own id, the others are ours.
const CUSTOMER: [&str; 3] = ["customer", "customer_external_id", "customer_id"];
/// Keys for a vendor in a cost, likewise.
const VENDOR: [&str; 3] = ["vendor", "vendor_external_id", "vendor_id"];
/// Every key that an event may have when there is no mapping.
const KNOWN: [&str; 11] = [
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
    "events",
];

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
enum Target {
    Id,
    /// With its place in `CUSTOMER`.
    Customer(usize),
    EventType,
    OccurredAt,
    Subject,
    Cost(u32),
    Data(u32),
}

impl Target {
    fn of(slot: Slot<'_>, assembler: &mut Assembler) -> Self {
        match slot {
            Slot::Id => Self::Id,
            Slot::Customer => Self::Customer(0),
            Slot::EventType => Self::EventType,
            Slot::OccurredAt => Self::OccurredAt,
            Slot::Subject => Self::Subject,
            Slot::Cost(vendor) => Self::Cost(assembler.vendor(vendor, None)),
            Slot::Data(name) => Self::Data(assembler.field(name)),
        }
    }
}

/// What keys mean: by their own names, or by a mapping.
pub(super) struct Keys {
    /// The mapping's keys with what it makes of them.
    mapped: FxHashMap<String, Vec<Target>>,
    /// Our names that the mapping gives to something else; keys of these names are left out.
    taken: FxHashSet<String>,
    constants: Vec<(Target, String)>,
    /// A mapping is in use: unknown keys are data.
    has_mapping: bool,
    content_id: bool,
    time_format: Option<String>,
}

/// An event's values while they are gathered.
#[derive(Default)]
struct Found<'a> {
    id: Option<Cow<'a, str>>,
    customer: [Option<Cow<'a, str>>; 3],
    event_type: Option<Cow<'a, str>>,
    occurred_at: Option<Cow<'a, str>>,
    subject: Option<Cow<'a, str>>,
    data: Vec<(u32, Cow<'a, str>)>,
    costs: Vec<(u32, Cow<'a, str>)>,
}

impl Keys {
    pub fn new(mapping: Option<&Mapping>, assembler: &mut Assembler) -> Self {
        let mut mapped: FxHashMap<String, Vec<Target>> = FxHashMap::default();
        let mut taken = FxHashSet::default();
        let mut constants = Vec::new();
        for (ours, text) in mapping.iter().flat_map(|mapping| &mapping.constants) {
            constants.push((Target::of(Slot::of(ours), assembler), text.clone()));
            taken.insert(ours.clone());
        }
        for (ours, theirs) in mapping.iter().flat_map(|mapping| &mapping.columns) {
            if taken.insert(ours.clone()) {
                mapped.entry(theirs.clone()).or_default().push(Target::of(Slot::of(ours), assembler));
            }
        }
        Self {
            mapped,
            taken,
            constants,
            has_mapping: mapping.is_some(),
            content_id: mapping.is_some_and(|mapping| mapping.content_id),
            time_format: mapping.and_then(|mapping| mapping.time_format.clone()),
        }
    }

    /// Whether the mapping makes something of this key.
    pub fn is_mapped(&self, key: &str) -> bool {
        self.mapped.contains_key(key)
    }

    /// The customer of a body's events: what the body has beside them.
    pub fn body_customer<'a>(&self, entries: Vec<(Cow<'a, str>, &'a str)>) -> Result<Option<Cow<'a, str>>, Fault> {
        let mut found = Found::default();
        for (key, raw) in entries {
            match CUSTOMER.iter().position(|name| *name == key) {
                Some(place) => {
                    let put = Scanner::whole(raw, |scanner| found.put(Target::Customer(place), &key, scanner));
                    put.map_err(Trouble::into_fault)?;
                }
                None if key == "description" || self.has_mapping => {}
                None => {
                    let hint = did_you_mean(&key, CUSTOMER.into_iter().chain(["events"]));
                    return Err(Fault::at(key.as_ref(), format!("is not a key of a body of events{hint}")));
                }
            }
        }
        Ok(found.customer.into_iter().flatten().next())
    }

    /// Adds the event that is this JSON object. `customer` is for events that do not name one.
    pub fn add_event(
        &mut self,
        text: &str,
        customer: Option<&str>,
        line: u64,
        sink: &mut Sink<'_>,
    ) -> Result<(), Trouble> {
        let mut found = Found::default();
        Scanner::whole(text, |scanner| {
            scanner.object(|scanner, key| self.take(&mut found, &key, scanner, sink.assembler))
        })?;
        for (target, text) in &self.constants {
            found.set(*target, Cow::Owned(text.clone())).map_err(|()| Fault::new("a constant is given twice"))?;
        }
        found.order(sink.assembler)?;
        let own_customer = found.customer.iter().flatten().next().map(AsRef::as_ref);
        let parts = Parts {
            id: if self.content_id { None } else { Some(needed("id", found.id.as_deref())?) },
            customer: needed("customer", own_customer.or(customer))?,
            event_type: needed("event_type", found.event_type.as_deref())?,
            occurred_at: clock::occurred_at(
                needed("occurred_at", found.occurred_at.as_deref())?,
                self.time_format.as_deref(),
            )?,
            subject: found.subject.as_deref().filter(|subject| !subject.is_empty()),
            data: found.data.iter().map(|(field, value)| (*field, value.as_ref())),
            costs: found.costs.iter().map(|(vendor, amount)| (*vendor, amount.as_ref())),
        };
        Ok(sink.add(line, &parts)?)
    }

    /// Takes in one key of an event with its value, which is next.
    fn take<'a>(
        &self,
        found: &mut Found<'a>,
        key: &str,
        value: &mut Scanner<'a>,
        assembler: &mut Assembler,
    ) -> Result<(), Trouble> {
        if let Some(targets) = self.mapped.get(key) {
            return found.put_all(targets, key, value);
        }
        let customer = CUSTOMER.iter().position(|name| *name == key);
        if self.taken.contains(if customer.is_some() { "customer" } else { key }) {
            return pass(value);
        }
        if let Some(place) = customer {
            return found.put(Target::Customer(place), key, value);
        }
        match key {
            "description" => pass(value),
            "data" => self.take_data(found, value, assembler),
            "costs" => take_costs(found, value, assembler),
            _ => match Slot::of(key) {
                Slot::Data(_) if !self.has_mapping => {
                    let hint = did_you_mean(key, KNOWN.into_iter());
                    let reason = format!("is not a key of an event{hint}; other values belong into \"data\"");
                    Err(Fault::at(key, reason).into())
                }
                slot => found.put(Target::of(slot, assembler), key, value),
            },
        }
    }

    fn take_data<'a>(
        &self,
        found: &mut Found<'a>,
        value: &mut Scanner<'a>,
        assembler: &mut Assembler,
    ) -> Result<(), Trouble> {
        match value.peek() {
            Some(b'n') => return pass(value),
            Some(b'{') => {}
            _ => return Err(Fault::at("data", "must be an object").into()),
        }
        value.object(|value, key| match self.mapped.get(key.as_ref()) {
            Some(targets) => found.put_all(targets, &key, value),
            None if self.taken.contains(key.as_ref()) => pass(value),
            None => found.put(Target::Data(assembler.field(&key)), &key, value),
        })
    }
}

/// Passes a value that is not wanted.
fn pass(value: &mut Scanner<'_>) -> Result<(), Trouble> {
    value.raw()?;
    Ok(())
}

/// Takes in `[{"vendor": ..., "amount": ..., "currency": ...}]`.
fn take_costs<'a>(found: &mut Found<'a>, value: &mut Scanner<'a>, assembler: &mut Assembler) -> Result<(), Trouble> {
    let shape = || Fault::at("costs", "must be an array of objects: [{\"vendor\": ..., \"amount\": ...}]");
    match value.peek() {
        Some(b'n') => return pass(value),
        Some(b'[') => {}
        _ => return Err(shape().into()),
    }
    let mut index = 0;
    value.array(|value| {
        if value.peek() != Some(b'{') {
            return Err(shape().into());
        }
        found.costs.push(cost(value, index, assembler)?);
        index += 1;
        Ok(())
    })
}

/// Reads the cost with this index.
fn cost<'a>(value: &mut Scanner<'a>, index: usize, assembler: &mut Assembler) -> Result<(u32, Cow<'a, str>), Trouble> {
    let fault = |key: &str, reason: &str| Fault::at(format!("costs[{index}].{key}"), reason);
    let (mut vendors, mut amount, mut currency) = ([None, None, None], None, None);
    value.object(|value, key| {
        let slot = match (VENDOR.iter().position(|name| *name == key), key.as_ref()) {
            (Some(at), _) => &mut vendors[at],
            (_, "amount") => &mut amount,
            (_, "currency") => &mut currency,
            _ => {
                let hint = did_you_mean(&key, VENDOR.into_iter().chain(["amount", "currency"]));
                return Err(fault(&key, &format!("is not a key of a cost{hint}")).into());
            }
        };
        if slot.is_some() {
            return Err(fault(&key, "is given twice").into());
        }
        if !is_scalar(value) {
            return Err(fault(&key, NOT_SCALAR).into());
        }
        *slot = value.text()?.filter(|text| !text.is_empty());
        Ok::<_, Trouble>(())
    })?;
    let missing = |key| fault(key, "is missing; every cost needs one");
    let vendor = vendors.into_iter().flatten().next().ok_or_else(|| missing("vendor"))?;
    let amount = amount.ok_or_else(|| missing("amount"))?;
    Ok((assembler.vendor(&vendor, currency.as_deref()), amount))
}

impl<'a> Found<'a> {
    /// Takes in the value that is next and stands under this key.
    fn put(&mut self, target: Target, key: &str, value: &mut Scanner<'a>) -> Result<(), Trouble> {
        self.put_all(&[target], key, value)
    }

    /// The same for a key that means several things.
    fn put_all(&mut self, targets: &[Target], key: &str, value: &mut Scanner<'a>) -> Result<(), Trouble> {
        if !is_scalar(value) && targets.iter().any(|target| !matches!(target, Target::Data(_))) {
            return Err(Fault::at(key, NOT_SCALAR).into());
        }
        let Some(text) = value.text()? else { return Ok(()) };
        let twice = |()| Fault::at(key, "is given twice").into();
        match targets {
            [target] => self.set(*target, text).map_err(twice),
            _ => targets.iter().try_for_each(|target| self.set(*target, text.clone())).map_err(twice),
        }
    }

    /// Fails when there is a value already. Data and costs are looked at in `order`.
    fn set(&mut self, target: Target, text: Cow<'a, str>) -> Result<(), ()> {
        let slot = match target {
            Target::Data(number) | Target::Cost(number) => {
                let list = if matches!(target, Target::Data(_)) { &mut self.data } else { &mut self.costs };
                if !text.is_empty() {
                    list.push((number, text));
                }
                return Ok(());
            }
            Target::Id => &mut self.id,
            Target::Customer(place) => &mut self.customer[place],
            Target::EventType => &mut self.event_type,
            Target::OccurredAt => &mut self.occurred_at,
            Target::Subject => &mut self.subject,
        };
        if slot.replace(text).is_some() { Err(()) } else { Ok(()) }
    }

    /// Puts data and costs in the order that events have them in.
    fn order(&mut self, assembler: &Assembler) -> Result<(), Fault> {
        self.data.sort_by(|(a, _), (b, _)| assembler.field_name(*a).cmp(assembler.field_name(*b)));
        self.costs.sort_by(|(a, _), (b, _)| assembler.vendor_cost(*a).cmp(assembler.vendor_cost(*b)));
        match self.data.windows(2).find(|pair| pair[0].0 == pair[1].0) {
            Some(pair) => Err(Fault::at(assembler.field_name(pair[0].0), "is given twice")),
            None => Ok(()),
        }
    }
}

fn needed<'a>(name: &str, value: Option<&'a str>) -> Result<&'a str, Fault> {
    value.ok_or_else(|| Fault::at(name, "is missing; every event needs one"))
}

const NOT_SCALAR: &str = "must be a string or a number";

/// Whether the next value is a string, a number, or `null`.
fn is_scalar(value: &Scanner<'_>) -> bool {
    !matches!(value.peek(), Some(b'{' | b'[' | b't' | b'f'))
}
