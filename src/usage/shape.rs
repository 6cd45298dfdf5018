//! Events in bulk: what repeats is interned as a shape, what does not lies in shared buffers.

use super::{Cost, EventId, Form, Rejection, Rows, UsageEvent};
use crate::ids::{CustomerIndex, ShapeIndex};
use crate::money::Decimal;
use crate::time::Instant;
use memchr::memchr2;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Range;
use std::sync::Arc;

/// A batch ends when its text grows beyond this, however few events it has.
pub(super) const LONGEST_TEXT: usize = 64 << 20;

/// What the prices in force want to know of an event type.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Interest {
    /// `data` fields that price rows name; their values become part of the shape.
    pub dimensions: BTreeSet<String>,
    /// `data` fields that must be numbers.
    pub volumes: BTreeSet<String>,
    /// `data` fields of which price rows name ranges: they are numbers if they can be read as such. Any other value becomes
    /// part of the shape, as it can only be told by its text.
    pub ranged: BTreeSet<String>,
    /// `data` fields of which price rows name texts or beginnings of texts.
    pub texts: BTreeSet<String>,
    /// For some of these, who reads them as numbers: told of a text that stands there.
    pub readers: BTreeMap<String, String>,
}

impl Interest {
    /// Whether it is about this field.
    fn asks(&self, name: &str) -> bool {
        [&self.dimensions, &self.volumes, &self.ranged].into_iter().any(|fields| fields.contains(name))
    }

    /// Adds what others want to know.
    pub fn add(&mut self, other: Self) {
        self.dimensions.extend(other.dimensions);
        self.volumes.extend(other.volumes);
        self.ranged.extend(other.ranged);
        self.texts.extend(other.texts);
        other.readers.into_iter().for_each(|(field, reader)| _ = self.readers.entry(field).or_insert(reader));
    }
}

/// What the prices in force want to know, by event type. Event types that nobody prices are absent.
pub type Vocabulary = HashMap<String, Interest>;

/// Whether some price asks for this field, of whatever type of event.
pub(super) fn asks(vocabulary: &Vocabulary, name: &str) -> bool {
    vocabulary.values().any(|interest| interest.asks(name))
}

/// The part of an event that repeats.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Shape {
    /// What prices ask for.
    pub event_type: String,
    /// Names and values of the billable dimensions that the event has, by name.
    pub dimensions: Vec<(String, String)>,
    /// Names of the other `data` fields that the event has, by name; their values are the event's own.
    pub fields: Vec<String>,
    /// Whether the event has a subject; then it is the first of its values, before those of `fields`.
    pub has_subject: bool,
    /// The fields that the event has and prices read as numbers, by name: each is one number of the event, before those of
    /// `vendors`. Their text stands in `fields` (or `dimensions`) too. Follows from the vocabulary, so the ledger does not keep it.
    #[serde(skip)]
    pub volumes: Vec<String>,
    /// The vendors whose costs the event carries, by code and currency: each is one number of the event.
    pub vendors: Vec<VendorCost>,
}

/// A vendor in a log, and the currency its costs are in.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct VendorCost {
    /// The vendor's code.
    pub vendor: String,
    /// The reporting currency when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
}

/// One event of a [`Batch`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchEvent {
    /// The event's id, as it will be stored or in the batch's text.
    pub id: BatchId,
    /// Whose it is.
    pub customer: CustomerIndex,
    /// What it looks like.
    pub shape: ShapeIndex,
    /// When the event happened, whenever it was recorded.
    pub occurred_at: Instant,
    /// A JSON array of the subject (if any) and the values of the shape's fields, in the batch's text.
    pub values: Range<u32>,
    /// Where the event's numbers start in the batch: the shape's volumes, then its vendors' costs.
    pub numbers: u32,
    /// Where it stands in the log: index into the reader's files, and line.
    pub file: u32,
    /// The number of the line, from 1.
    pub line: u64,
}

/// How large a [`Batch`] is.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Room {
    pub events: usize,
    pub text: usize,
    pub numbers: usize,
}

/// An event's id in a [`Batch`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BatchId {
    /// As it will be stored.
    Uuid([u8; 16]),
    /// In the batch's text.
    Text(Range<u32>),
}

/// What of a log was passed over.
#[derive(Debug, Clone, Default)]
pub struct Passed {
    /// Keys of a service's own bodies that mean nothing here, each once for each log.
    pub ignored: Vec<String>,
    /// Columns that are not kept, each once for each log.
    pub dropped: Vec<String>,
    /// Fields that count as data and may be meant to be costs, each once.
    pub cost_like: Vec<String>,
    /// Paths of values within others that have the key of something that prices, costs or the mapping read, each once.
    pub deeper: Vec<String>,
    /// What the mapping's `drop` and `keep` name and no log has.
    pub idle: Vec<String>,
    /// How many records were left out because the mapping says so.
    pub skipped: u64,
    /// The same by log, each once it is read.
    pub left_out: Vec<LeftOut>,
}

/// The records of a log that were left out because the mapping says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    /// The log as the user named it.
    pub file: String,
    /// How many they are.
    pub count: u64,
    /// Whether the log has no others.
    pub is_all: bool,
    /// What holds of them: "`model` is empty".
    pub reasons: Vec<String>,
}

impl Passed {
    /// Adds what was passed over of another part.
    pub fn join(&mut self, mut other: Self) {
        self.ignored.append(&mut other.ignored);
        self.dropped.append(&mut other.dropped);
        self.cost_like.append(&mut other.cost_like);
        self.deeper.append(&mut other.deeper);
        self.idle.append(&mut other.idle);
        self.skipped += other.skipped;
        self.left_out.append(&mut other.left_out);
    }
}

/// A run of events with their shared buffers. Names and shapes are told once, in the batch in which they are new.
#[derive(Debug, Clone, Default)]
pub struct Batch {
    /// Values of all events, and ids that are no UUIDs.
    pub text: String,
    /// Volumes and costs of all events.
    pub numbers: Vec<Decimal>,
    /// The events, in the log's order.
    pub events: Vec<BatchEvent>,
    /// Customers first seen in this batch; they continue the reader's numbering.
    pub new_customers: Vec<String>,
    /// Shapes first seen in this batch; they continue the reader's numbering.
    pub new_shapes: Vec<Arc<Shape>>,
    /// Records that are not events, in the log's order.
    pub rejections: Vec<Rejection>,
    /// What of the log was passed over.
    pub passed: Passed,
    /// How the records are written of the logs that begin in this batch, by their numbers; where records are kept.
    pub forms: Vec<(u32, Form)>,
    /// The events' records, where they are kept.
    pub rows: Rows,
    /// Bytes of the log read so far, as they lie on disk: for progress.
    pub bytes_read: u64,
}

/// The text of an event's values: a JSON array, written and read only here.
///
/// Numbers that JSON would write the same way stand bare, to keep rows small; a value is its text either way.
#[derive(Debug)]
pub struct Fields;

impl Fields {
    /// Starts an array at the end of `text`.
    pub(super) fn open(text: &mut String) {
        text.push('[');
    }

    /// Appends a value to the array that `text` ends with.
    pub(super) fn push(text: &mut String, value: &str) {
        if !text.ends_with('[') {
            text.push(',');
        }
        if is_plain_number(value) {
            text.push_str(value);
        } else {
            write_string(text, value);
        }
    }

    /// Ends the array.
    pub(super) fn close(text: &mut String) {
        text.push(']');
    }

    /// The values of such an array, one after the other; `None` where the text is not one, and nothing after it.
    pub fn each(text: &str) -> impl Iterator<Item = Option<Cow<'_, str>>> {
        let mut rest = text.strip_prefix('[').unwrap_or_default();
        std::iter::from_fn(move || {
            let (value, after) = match rest.as_bytes().first()? {
                b']' => return None,
                b'"' => {
                    let end = end_of_string(rest);
                    let value = end.and_then(|end| read_string(&rest[..end]));
                    (value, end.map_or("", |end| &rest[end..]))
                }
                _ => {
                    let end = rest.find([',', ']']).unwrap_or(rest.len());
                    (Some(Cow::Borrowed(&rest[..end])), &rest[end..])
                }
            };
            rest = if value.is_some() { after.strip_prefix(',').unwrap_or(after) } else { "" };
            Some(value)
        })
    }

    /// The values of such an array. `None` when the text is not one.
    pub fn read(text: &str) -> Option<Vec<String>> {
        read_numbers(text).or_else(|| Self::read_any(text))
    }

    fn read_any(text: &str) -> Option<Vec<String>> {
        let raw: Vec<&serde_json::value::RawValue> = serde_json::from_str(text).ok()?;
        raw.into_iter()
            .map(|value| match value.get() {
                string if string.starts_with('"') => serde_json::from_str(string).ok(),
                number => Some(number.to_owned()),
            })
            .collect()
    }
}

/// Where the JSON string ends that a text begins with.
fn end_of_string(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut place = 1;
    loop {
        place += memchr2(b'"', b'\\', bytes.get(place..)?)?;
        match bytes[place] {
            b'"' => return Some(place + 1),
            _ => place += 2,
        }
    }
}

fn read_string(quoted: &str) -> Option<Cow<'_, str>> {
    let inner = &quoted[1..quoted.len() - 1];
    match inner.contains('\\') {
        true => serde_json::from_str(quoted).ok().map(Cow::Owned),
        false => Some(Cow::Borrowed(inner)),
    }
}

/// The values of an array that has nothing but plain numbers, as most have.
fn read_numbers(text: &str) -> Option<Vec<String>> {
    let values = text.strip_prefix('[')?.strip_suffix(']')?.split(',');
    values.map(|value| is_plain_number(value).then(|| value.to_owned())).collect()
}

/// Digits with an optional point, without leading zeros: JSON writes and reads them as they are.
fn is_plain_number(text: &str) -> bool {
    let bytes = text.as_bytes();
    let point = bytes.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(bytes.len());
    let (integer, rest) = bytes.split_at(point);
    let is_fraction = match rest {
        [] => true,
        [b'.', digits @ ..] => !digits.is_empty() && digits.iter().all(u8::is_ascii_digit),
        _ => false,
    };
    is_fraction && matches!(integer, [b'0'] | [b'1'..=b'9', ..])
}

fn write_string(text: &mut String, value: &str) {
    if value.bytes().all(|b| b >= b' ' && b != b'"' && b != b'\\') {
        text.push('"');
        text.push_str(value);
        text.push('"');
    } else {
        text.push_str(&serde_json::Value::from(value).to_string());
    }
}

impl Shape {
    /// How many numbers an event of this shape has in its batch.
    pub fn number_count(&self) -> usize {
        self.volumes.len() + self.vendors.len()
    }

    /// Whether an event's costs stand among its values, after those of `fields`: when they can't be told from what they
    /// came to in the reporting currency, because one is in a currency of its own or a vendor has several.
    pub fn keeps_costs(&self) -> bool {
        keeps_costs(self.vendors.iter())
    }

    /// How many values an event of this shape has.
    pub fn value_count(&self) -> usize {
        let costs = if self.keeps_costs() { self.vendors.len() } else { 0 };
        usize::from(self.has_subject) + self.fields.len() + costs
    }

    /// The value of a billable dimension, if the event has it.
    pub fn dimension(&self, name: &str) -> Option<&str> {
        let index = self.dimensions.binary_search_by(|(n, _)| n.as_str().cmp(name)).ok()?;
        Some(&self.dimensions[index].1)
    }

    /// The full form of an event of this shape.
    pub fn expand(
        &self,
        id: &str,
        customer: &str,
        occurred_at: Instant,
        values: &[String],
        costs: &[Decimal],
    ) -> UsageEvent {
        let (subject, rest) = if self.has_subject { (values.first().cloned(), &values[1..]) } else { (None, values) };
        let fields = self.fields.iter().cloned().zip(rest.iter().cloned());
        let costs = self.vendors.iter().zip(costs).map(|(vendor, &amount)| Cost {
            vendor: vendor.vendor.clone(),
            amount,
            currency: vendor.currency.clone(),
        });
        UsageEvent {
            id: id.to_owned(),
            customer: customer.to_owned(),
            event_type: self.event_type.clone(),
            occurred_at,
            subject,
            data: self.dimensions.iter().cloned().chain(fields).collect::<BTreeMap<_, _>>(),
            costs: costs.collect(),
        }
    }
}

/// Whether costs at these vendors, which are sorted, are kept as they are written.
pub(super) fn keeps_costs<'a>(vendors: impl Iterator<Item = &'a VendorCost>) -> bool {
    let mut before: Option<&VendorCost> = None;
    for vendor in vendors {
        if vendor.currency.is_some() || before.is_some_and(|before| before.vendor == vendor.vendor) {
            return true;
        }
        before = Some(vendor);
    }
    false
}

impl Batch {
    /// The same memory for another batch: empty, with room for so many events that are like those of a third.
    pub(super) fn emptied(self, count: usize, like: &Room) -> Self {
        let room = |size: usize| size.saturating_mul(count).div_ceil(like.events.max(1));
        let Self { mut text, mut numbers, mut events, .. } = self;
        text.clear();
        text.reserve(room(like.text).min(LONGEST_TEXT));
        numbers.clear();
        numbers.reserve(room(like.numbers));
        events.clear();
        events.reserve(room(like.events));
        Self { text, numbers, events, ..Self::default() }
    }

    /// The room that it took.
    pub(super) fn room(&self) -> Room {
        Room { events: self.events.len(), text: self.text.len(), numbers: self.numbers.len() }
    }

    /// Whether it takes as much memory as a batch may.
    pub(super) fn is_full(&self) -> bool {
        self.text.len().max(self.rows.size()) >= LONGEST_TEXT
    }

    /// Whether nothing is said in it.
    pub(super) fn is_empty(&self) -> bool {
        self.events.is_empty()
            && self.rejections.is_empty()
            && self.passed.skipped == 0
            && self.passed.left_out.is_empty()
            && self.passed.idle.is_empty()
    }

    /// The event's id.
    pub fn id(&self, event: &BatchEvent) -> EventId<'_> {
        match &event.id {
            BatchId::Uuid(bytes) => EventId::Uuid(*bytes),
            BatchId::Text(place) => EventId::Text(&self.text[place.start as usize..place.end as usize]),
        }
    }

    /// The event's values, as the JSON array the ledger stores.
    pub fn values(&self, event: &BatchEvent) -> &str {
        &self.text[event.values.start as usize..event.values.end as usize]
    }

    /// The event's volumes, in the order of the shape's `volumes`.
    pub fn volumes(&self, event: &BatchEvent, shape: &Shape) -> &[Decimal] {
        let start = event.numbers as usize;
        &self.numbers[start..start + shape.volumes.len()]
    }

    /// The event's costs, in the order of the shape's `vendors`.
    pub fn costs(&self, event: &BatchEvent, shape: &Shape) -> &[Decimal] {
        let start = event.numbers as usize + shape.volumes.len();
        &self.numbers[start..start + shape.vendors.len()]
    }

    /// The full form of one of the events.
    pub fn expand(&self, event: &BatchEvent, shape: &Shape, customer: &str) -> UsageEvent {
        let values = Fields::read(self.values(event)).unwrap_or_default();
        shape.expand(&self.id(event).text(), customer, event.occurred_at, &values, self.costs(event, shape))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn written(values: &[&str]) -> String {
        let mut text = String::new();
        Fields::open(&mut text);
        values.iter().for_each(|value| Fields::push(&mut text, value));
        Fields::close(&mut text);
        text
    }

    #[test]
    fn plain_numbers_stand_bare() {
        let values = ["4808", "0.5", "007", "-1", "1e3", "a\"b", ".5", "", "["];
        assert_eq!(written(&values), r#"[4808,0.5,"007","-1","1e3","a\"b",".5","","["]"#);
        assert_eq!(written(&[]), "[]");
    }

    proptest! {
        #[test]
        fn values_come_back_as_they_were(values in proptest::collection::vec(".{0,12}|[0-9.]{1,6}|\\[", 0..6)) {
            let text = written(&values.iter().map(String::as_str).collect::<Vec<_>>());
            let each: Option<Vec<_>> = Fields::each(&text).map(|value| Some(value?.into_owned())).collect();
            prop_assert_eq!(each, Some(values.clone()));
            prop_assert_eq!(Fields::read(&text), Some(values));
        }
    }
}
