//! What a row says of one dimension.

use crate::catalog::codes::Code;
use crate::catalog::fields::{Fields, Node};
use crate::catalog::finding::{Findings, Spot, quoted};
use crate::catalog::keys::{Key, Kind};
use crate::catalog::range::NumberRange;
use crate::catalog::value::DimensionValue;

const OVER: Key = Key::new("over", Kind::Amount, "The row is for numbers above this one.");
const UP_TO: Key = Key::new("up_to", Kind::Amount, "The row is for numbers up to this one (inclusive).");
/// The keys of a range. They may be negative.
pub static RANGE: [Key; 2] = [OVER, UP_TO];

/// What stands in a row for one dimension; `"*"` is nothing.
pub(super) fn cell(node: Node<'_>, findings: &mut Findings) -> Option<DimensionValue> {
    match node.is_table() {
        true => range(node, findings).map(DimensionValue::Range),
        false => node.dimension(findings).filter(|value| *value != DimensionValue::Text("*".to_owned())),
    }
}

fn range(node: Node<'_>, findings: &mut Findings) -> Option<NumberRange> {
    let mut fields = node.fields(findings)?;
    let before = findings.count();
    let mut bound = |key: &Key, fields: &mut Fields<'_>| fields.get(key, findings)?.decimal(findings);
    let range = NumberRange { over: bound(&OVER, &mut fields), up_to: bound(&UP_TO, &mut fields) };
    fields.finish(findings);
    if findings.count() > before {
        return None;
    }
    let wrong = match (range.over, range.up_to) {
        (None, None) => "has neither `over` nor `up_to`",
        (Some(over), Some(up_to)) if over >= up_to => "has no number: `over` is not below `up_to`",
        _ => return Some(range),
    };
    let finding = findings.add(Code::OutOfRange, node.spot, format!("the range of {} {wrong}", quoted(node.key)));
    finding.help("write { over = 200_000 }, { up_to = 200_000 } or both; \"*\" is any value");
    None
}

/// Reports dimensions of which one row says what a text begins with, and another that it is a number: then one event could
/// match both by how it spells a number.
pub(super) fn check_mixed<'r>(
    names: &[String],
    rows: impl Iterator<Item = (&'r [Option<DimensionValue>], Spot)> + Clone,
    findings: &mut Findings,
) {
    for (index, name) in names.iter().enumerate() {
        let cells = rows.clone().filter_map(|(row, spot)| Some((row.get(index)?.as_ref()?, spot)));
        let first = |is: fn(&DimensionValue) -> bool| cells.clone().find(|(value, _)| is(value));
        let prefix = first(|value| matches!(value, DimensionValue::Prefix { .. }));
        let number = first(|value| matches!(value, DimensionValue::Value { .. } | DimensionValue::Range(_)));
        let (Some((prefix, _)), Some((number, spot))) = (prefix, number) else { continue };
        let (prefix, is_range) = (quoted(&prefix.to_string()), matches!(number, DimensionValue::Range(_)));
        let what = if is_range { "a range of numbers" } else { "a number or a boolean" };
        let message = format!("{} is {what} here, and text in the row for {prefix}", quoted(name));
        let help = match is_range {
            true => "make two dimensions of it".to_owned(),
            false => format!("write it in quotes: {name} = \"{number}\""),
        };
        findings.add(Code::AmbiguousRows, spot, message).help(help);
    }
}
