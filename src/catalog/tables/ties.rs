//! Two rows of one price must never tie on an event.

use super::rows::PriceRow;
use crate::catalog::codes::Code;
use crate::catalog::finding::{Findings, Spot, quoted};
use crate::catalog::value::DimensionValue;
use std::collections::HashMap;

type Values = [Option<DimensionValue>];

/// How many dimensions are exact; the row with the most wins.
fn exact(values: &Values) -> usize {
    values.iter().flatten().count()
}

/// The least that an event has for both rows to match it, if any event can match both.
pub(in crate::catalog) fn meet(a: &Values, b: &Values) -> Option<Vec<Option<DimensionValue>>> {
    let pairs = || a.iter().zip(b);
    // Nearly all pairs of rows differ, so nothing is copied before it is known that they do not.
    let is_possible = pairs().all(|(a, b)| match (a, b) {
        (Some(a), Some(b)) => includes(a, b) || includes(b, a),
        _ => true,
    });
    // Of a text and a value that it spells, an event that both match has the text.
    let both = |(a, b): (&Option<DimensionValue>, &Option<DimensionValue>)| match (a, b) {
        (Some(DimensionValue::Value { .. }), Some(b)) => Some(b.clone()),
        _ => a.as_ref().or(b.as_ref()).cloned(),
    };
    is_possible.then(|| pairs().map(both).collect())
}

/// Whether every event that has the one has the other.
fn includes(all: &DimensionValue, one: &DimensionValue) -> bool {
    all == one || matches!(one, DimensionValue::Text(text) if all.equals(text))
}

/// Whether a row matches an event with these values.
pub(in crate::catalog) fn matches(row: &Values, event: &Values) -> bool {
    row.iter().zip(event).all(|(row, event)| match (row, event) {
        (Some(row), Some(event)) => includes(row, event),
        (row, _) => row.is_none(),
    })
}

/// Reports rows that stand twice and rows that can tie; each row once, with the first it meets.
pub(super) fn check_ties(names: &[String], rows: &[PriceRow], spots: &[Spot], findings: &mut Findings) {
    let mut seen: HashMap<&Values, usize> = HashMap::new();
    let mut by_count: HashMap<usize, Vec<usize>> = HashMap::new();
    for (index, row) in rows.iter().enumerate() {
        if let Some(&first) = seen.get(row.dimensions.as_slice()) {
            let place = findings.place(spots[first]);
            let message = format!("a second row for {}", label(names, &row.dimensions));
            let finding = findings.add(Code::DuplicateRow, spots[index], message);
            finding.help(format!("the first is at line {}; remove one of them", place.line));
            continue;
        }
        seen.insert(&row.dimensions, index);
        let peers = by_count.entry(exact(&row.dimensions)).or_default();
        let tie = peers.iter().find_map(|&peer| Some((peer, tie(rows, &rows[peer].dimensions, &row.dimensions)?)));
        if let Some((peer, event)) = tie {
            let (this, other) = (label(names, &row.dimensions), label(names, &rows[peer].dimensions));
            let line = findings.place(spots[peer]).line;
            let is_spelling = exact(&event) == exact(&row.dimensions);
            let event = label(names, &event);
            let message = format!("this row ({this}) ties with the one at line {line} ({other}) on {event}");
            let finding = findings.add(Code::AmbiguousRows, spots[index], message);
            match is_spelling {
                true => finding.help("a number or a boolean without quotes is any spelling of it; remove one of them"),
                false => finding.help(format!("the row with the most exact dimensions wins; add one for {event}")),
            };
        }
        peers.push(index);
    }
}

/// An event that both rows match, unless a more exact row takes it from them.
fn tie(rows: &[PriceRow], a: &Values, b: &Values) -> Option<Vec<Option<DimensionValue>>> {
    let event = meet(a, b)?;
    let taken = rows.iter().any(|row| exact(&row.dimensions) > exact(a) && matches(&row.dimensions, &event));
    (!taken).then_some(event)
}

/// `model = "gli-2", quality = "hd"`, or `any event`.
pub(in crate::catalog) fn label(names: &[String], values: &Values) -> String {
    let named = names.iter().zip(values).filter_map(|(name, value)| Some((name, value.as_ref()?)));
    let parts: Vec<_> = named.map(|(name, value)| format!("{name} = {}", quoted(&value.to_string()))).collect();
    if parts.is_empty() { "any event".into() } else { parts.join(", ") }
}
