//! Where a log's ids come from.

use super::columns::Columns;
use super::values::names;
use crate::catalog::codes::Code;
use crate::catalog::fields::Node;
use crate::catalog::finding::{Findings, quoted};
use crate::catalog::keys::{Key, Kind};
use std::collections::BTreeSet;

/// The word for [`MadeId::Content`].
const CONTENT: &str = "content";
pub(super) const ID: Key = Key::new(
    "id",
    Kind::Names,
    "Where ids come from: the log's column, \"content\", or a list of fields. A content id is made from customer, \
     event_type, occurred_at, subject and the fields that `columns` and `constants` name; records of one file that are \
     alike get different ones. An id made from a list of fields is the same wherever these are. Values count, not \
     spellings: 1080.0 is 1080.",
)
.note("from the content, a column, or a list of fields");
pub(super) const TOTALS: Key = Key::new(
    "totals",
    Kind::Names,
    "Fields that are sums of a day or an hour, which may have grown when it is exported again. A content id is not made from \
     them, so that such a record is refused as a conflict and not charged beside the first.",
);
pub(super) const KEYS: &[Key] = &[ID, TOTALS];

/// How ids are made for a log that has none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MadeId {
    /// From what the record says of its event and of the mapping's fields, and which of its twins in the file it is.
    Content,
    /// From these fields alone, which may be any of an event's but its costs.
    Fields(BTreeSet<String>),
}

/// How ids are made. An id that is read from a column becomes one of the columns.
pub(super) fn id(node: Node<'_>, columns: &mut Columns, findings: &mut Findings) -> Option<MadeId> {
    if columns.has("id") {
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
            columns.read("id", &column, node, findings);
            None
        }
    }
}

/// The fields that a content id is not made from.
pub(super) fn totals(node: Node<'_>, columns: &Columns, findings: &mut Findings) -> BTreeSet<String> {
    let totals = names(node, findings);
    for unknown in totals.iter().filter(|name| !columns.columns.contains_key(*name)) {
        let message = format!("{} is none of the fields that `columns` names", quoted(unknown));
        let finding = findings.add(Code::UnknownValue, node.spot, message);
        finding.help("name it in `columns` too, or remove it here");
        finding.suggest(unknown, columns.columns.keys().map(String::as_str));
    }
    totals.into_iter().collect()
}

/// The fields that an id is made from. A column that the mapping reads as a field is that field.
fn id_fields(node: Node<'_>, columns: &Columns, findings: &mut Findings) -> Option<BTreeSet<String>> {
    let mut fields = BTreeSet::new();
    for item in node.items(findings) {
        let name = item.name(findings)?;
        let field = columns.ours(&name).unwrap_or(name);
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
