//! `[mapping.NAME]`: how another system's log is read.

use super::context::Unique;
use super::product::Product;
use super::vendor::Vendor;
use crate::catalog::codes::Code;
use crate::catalog::fields::{Fields, Node};
use crate::catalog::finding::{Findings, quoted};
use crate::catalog::keys::{Key, Kind, Table};
use crate::time::{LayoutFault, check_layout};
use std::collections::{BTreeMap, BTreeSet};

const COLUMNS: Key = Key::new(
    "columns",
    Kind::Map,
    "drawdown's name for a field, and the log's column that holds it. Other columns keep their names.",
);
const CONSTANTS: Key = Key::new("constants", Kind::Map, "Fields that every record has, and their values.");
const TIME_FORMAT: Key = Key::new(
    "time_format",
    Kind::Text,
    "The layout of `occurred_at`, as for strptime, such as \"%Y-%m-%d %H:%M:%S%.f\". Read as UTC if it has no \
     offset (%z) or zone (%Q). Seconds since 1970 are \"%s\", or \"%s%.f\" with a fraction.",
);
/// The word for [`MadeId::Content`].
const CONTENT: &str = "content";
const ID: Key = Key::new(
    "id",
    Kind::Names,
    "Where ids come from: the log's column, \"content\", or a list of fields. A content id is made from customer, \
     event_type, occurred_at, subject and the fields that `columns` and `constants` name; records of one file that are \
     alike get different ones. An id made from a list of fields is the same wherever these are. Values count, not \
     spellings: 1080.0 is 1080.",
)
.note("from the content, a column, or a list of fields");

/// `[mapping.NAME]`.
pub static MAPPING: Table = Table::new("mapping", &[&[COLUMNS, CONSTANTS, TIME_FORMAT, ID]]);

/// How another system's log is read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Mapping {
    /// Our name to the log's column (or JSON key). Columns that are not named keep their own name.
    pub columns: BTreeMap<String, String>,
    /// Our name to a value that every record has.
    pub constants: BTreeMap<String, String>,
    /// A `strptime` layout for `occurred_at`, read as UTC when it has no offset.
    pub time_format: Option<String>,
    /// How ids are made; `None` when they are read from the log.
    pub id: Option<MadeId>,
}

impl Mapping {
    /// Whether it says itself what this name of ours stands for.
    pub fn names(&self, ours: &str) -> bool {
        self.columns.contains_key(ours) || self.constants.contains_key(ours)
    }

    /// Whether ids are made from this field by its name.
    pub fn makes_ids_of(&self, field: &str) -> bool {
        matches!(&self.id, Some(MadeId::Fields(fields)) if fields.contains(field))
    }
}

/// How ids are made for a log that has none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MadeId {
    /// From what the record says of its event and of the mapping's fields, and which of its twins in the file it is.
    Content,
    /// From these fields alone, which may be any of an event's but its costs.
    Fields(BTreeSet<String>),
}

/// The names that an event has, beside its costs and what its `data` holds.
const EVENT_FIELDS: [&str; 6] = ["id", "customer", "event_type", "occurred_at", "subject", "cost_currency"];

/// Reads all mappings.
pub(in crate::catalog) fn mappings(
    nodes: Vec<Node<'_>>,
    vendors: &[Vendor],
    products: &[Product],
    findings: &mut Findings,
) -> BTreeMap<String, Mapping> {
    let known = Known::new(vendors, products);
    let mut names = Unique::new("mapping");
    let mut mappings = BTreeMap::new();
    for node in nodes {
        let Some(table) = node.fields(findings) else { continue };
        names.add(Code::DuplicateCode, node.key, node.key_spot, findings);
        mappings.insert(node.key.to_owned(), mapping(table, &known, findings));
    }
    mappings
}

fn mapping(mut table: Fields<'_>, known: &Known<'_>, findings: &mut Findings) -> Mapping {
    let mut columns = table.get(&COLUMNS, findings).map(|node| texts(node, known, findings)).unwrap_or_default();
    let constants_node = table.get(&CONSTANTS, findings);
    let constants = constants_node.map(|node| texts(node, known, findings)).unwrap_or_default();
    for name in columns.keys().filter(|name| constants.contains_key(*name)) {
        let message = format!("{} is both a column and a constant", quoted(name));
        let spot = constants_node.map_or(table.spot, |node| node.spot);
        findings.add(Code::ConflictingKeys, spot, message).help("keep one of them");
    }
    let time_format = table.get(&TIME_FORMAT, findings).and_then(|node| time_format(node, findings));
    let id = table.get(&ID, findings).and_then(|node| id(node, &mut columns, &constants, findings));
    table.finish(findings);
    Mapping { columns, constants, time_format, id }
}

/// How ids are made. An id that is read from a column becomes one of the columns.
fn id(
    node: Node<'_>,
    columns: &mut BTreeMap<String, String>,
    constants: &BTreeMap<String, String>,
    findings: &mut Findings,
) -> Option<MadeId> {
    if columns.contains_key("id") || constants.contains_key("id") {
        let message = "the mapping says twice where ids come from";
        findings.add(Code::ConflictingKeys, node.key_spot, message).help("remove `id`, here or above");
        return None;
    }
    if node.is_array() {
        return id_fields(node, columns, findings).map(MadeId::Fields);
    }
    match node.name(findings)? {
        content if content == CONTENT => Some(MadeId::Content),
        column => {
            columns.insert("id".to_owned(), column);
            None
        }
    }
}

/// The fields that an id is made from. A column that the mapping reads as a field is that field.
fn id_fields(node: Node<'_>, columns: &BTreeMap<String, String>, findings: &mut Findings) -> Option<BTreeSet<String>> {
    let mut fields = BTreeSet::new();
    for item in node.items(findings) {
        let name = item.name(findings)?;
        let is_ours = columns.contains_key(&name);
        let ours = columns.iter().find(|(_, theirs)| !is_ours && **theirs == name).map(|(ours, _)| ours.clone());
        let field = ours.unwrap_or(name);
        if field == "id" || field.starts_with("cost.") {
            let message = format!("an id can't be made from {}", quoted(&field));
            findings.add(Code::UnknownValue, item.spot, message).help("name fields that say which event it is");
        } else if !fields.insert(field.clone()) {
            let message = format!("{} stands twice in `id`", quoted(&field));
            findings.add(Code::DuplicateName, item.spot, message).help("remove one of them");
        }
    }
    if fields.is_empty() {
        let finding = findings.add(Code::UnknownValue, node.spot, "`id` names no field");
        finding.help("name the fields that say which event it is, or write `id = \"content\"`");
        return None;
    }
    Some(fields)
}

/// A table from our names to texts.
fn texts(node: Node<'_>, known: &Known<'_>, findings: &mut Findings) -> BTreeMap<String, String> {
    let Some(table) = node.fields(findings) else { return BTreeMap::new() };
    let mut texts = BTreeMap::new();
    for entry in table.entries() {
        known.check(entry, findings);
        if let Some(text) = entry.scalar(findings) {
            texts.insert(entry.key.to_owned(), text);
        }
    }
    texts
}

/// A layout of which every part is used.
fn time_format(node: Node<'_>, findings: &mut Findings) -> Option<String> {
    let layout = node.name(findings)?;
    match check_layout(&layout) {
        Ok(()) => Some(layout),
        Err(LayoutFault { reason, help }) => {
            findings.add(Code::BadTimeFormat, node.spot, format!("{} {reason}", quoted(&layout))).help(help);
            None
        }
    }
}

/// The names a mapping can give.
struct Known<'c> {
    vendors: BTreeSet<&'c str>,
    fields: BTreeSet<&'c str>,
}

impl<'c> Known<'c> {
    fn new(vendors: &'c [Vendor], products: &'c [Product]) -> Self {
        let prices = products.iter().flat_map(|product| product.prices.iter().map(|price| &price.usage));
        let costs = vendors.iter().flat_map(|vendor| &vendor.costs);
        let fields = prices.chain(costs).flat_map(|p| p.billable_dimensions.iter().chain(&p.volume_field));
        let fields = fields.map(String::as_str).chain(EVENT_FIELDS).collect();
        Self { vendors: vendors.iter().map(|vendor| vendor.code.as_str()).collect(), fields }
    }

    /// A vendor must be declared. Any other name is data, and worth a warning when no price asks for it.
    fn check(&self, entry: Node<'_>, findings: &mut Findings) {
        if let Some(vendor) = entry.key.strip_prefix("cost.") {
            if !self.vendors.contains(vendor) {
                let message = format!("there is no vendor {}", quoted(vendor));
                let finding = findings.add(Code::UnknownVendor, entry.key_spot, message);
                finding.help("declare it with [[vendor]]");
                finding.suggest(vendor, self.vendors.iter().copied());
            }
        } else if !self.fields.contains(entry.key) {
            let message = format!("no price or cost asks for {}", quoted(entry.key));
            let finding = findings.add(Code::UnusedField, entry.key_spot, message);
            finding.help("it will be kept with the event as plain data");
            finding.suggest(entry.key, self.fields.iter().copied());
        }
    }
}
