//! Two rows of one price must never tie on an event.

use super::by_value::{Agreeing, RowsByValue, Values};
use super::rows::PriceRow;
use crate::catalog::codes::Code;
use crate::catalog::finding::{Findings, Spot, quoted};
use crate::catalog::value::DimensionValue;
use std::collections::HashMap;

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
fn matches(row: &Values, event: &Values) -> bool {
    row.iter().zip(event).all(|(row, event)| match (row, event) {
        (Some(row), Some(event)) => includes(row, event),
        (row, _) => row.is_none(),
    })
}

/// Reports rows that stand twice and rows that can tie; each row once, with the first it meets.
pub(super) fn check_ties(names: &[String], rows: &[PriceRow], spots: &[Spot], findings: &mut Findings) {
    let mut ties = Ties::new(rows);
    for (index, row) in rows.iter().enumerate() {
        if let Some(first) = ties.first_same(index) {
            let place = findings.place(spots[first]);
            let message = format!("a second row for {}", label(names, &row.dimensions));
            let finding = findings.add(Code::DuplicateRow, spots[index], message);
            finding.help(format!("the first is at line {}; remove one of them", place.line));
            continue;
        }
        let tie = ties.first_tie(index);
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
    }
}

/// The rows of a price, so that those are found that can tie.
struct Ties<'r> {
    rows: &'r [PriceRow],
    by_value: RowsByValue,
    agreeing: Agreeing<&'r Values>,
    /// The first row that says just this.
    first: HashMap<&'r Values, usize>,
}

impl<'r> Ties<'r> {
    fn new(rows: &'r [PriceRow]) -> Self {
        let values = || rows.iter().map(|row| row.dimensions.as_slice());
        let mut first = HashMap::new();
        values().enumerate().for_each(|(index, values)| _ = first.entry(values).or_insert(index));
        Self { rows, by_value: RowsByValue::new(rows), agreeing: Agreeing::new(values().collect()), first }
    }

    /// The row before it that says just the same, if there is one.
    fn first_same(&self, index: usize) -> Option<usize> {
        self.first.get(self.rows[index].dimensions.as_slice()).copied().filter(|first| *first < index)
    }

    /// The first row before it that ties with it, and on which event: one that both match, and no more exact row.
    fn first_tie(&mut self, index: usize) -> Option<(usize, Vec<Option<DimensionValue>>)> {
        let Self { rows, by_value, agreeing, first } = self;
        let own = rows[index].dimensions.as_slice();
        let count = exact(own);
        let peers = agreeing.with(own, Some(count)).take_while(|peer| *peer < index);
        let mut ties = peers.filter_map(|peer| {
            let other = rows[peer].dimensions.as_slice();
            let event = meet(other, own).filter(|_| first.get(other) == Some(&peer))?;
            (!is_taken((rows, by_value), count, &event)).then_some((peer, event))
        });
        ties.next()
    }
}

/// Whether a row that names more than `count` dimensions matches an event with these values.
pub(in crate::catalog) fn is_taken(
    (rows, by_value): (&[PriceRow], &RowsByValue),
    count: usize,
    event: &Values,
) -> bool {
    let found = by_value.of_event(|dimension| event[dimension].as_ref().map(DimensionValue::as_str));
    let mut more_exact = found.take_while(|(exact, _)| *exact > count).flat_map(|(_, found)| found);
    more_exact.any(|&row| matches(&rows[row].dimensions, event))
}

/// `model = "gli-2", quality = "hd"`, or `any event`.
pub(in crate::catalog) fn label(names: &[String], values: &Values) -> String {
    let named = names.iter().zip(values).filter_map(|(name, value)| Some((name, value.as_ref()?)));
    let parts: Vec<_> = named.map(|(name, value)| format!("{name} = {}", quoted(&value.to_string()))).collect();
    if parts.is_empty() { "any event".into() } else { parts.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::super::by_value::tests::{row, value};
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;

    /// The same by looking at each pair of rows, and at each row for each pair.
    fn first_tie(rows: &[PriceRow], index: usize) -> Option<(usize, Vec<Option<DimensionValue>>)> {
        let values = |index: usize| rows[index].dimensions.as_slice();
        let is_first = |index: &usize| !(0..*index).any(|before| values(before) == values(*index));
        let peers = (0..index).filter(is_first).filter(|peer| exact(values(*peer)) == exact(values(index)));
        peers
            .filter_map(|peer| {
                let event = meet(values(peer), values(index))?;
                let is_more_exact = |row: &PriceRow| exact(&row.dimensions) > exact(values(index));
                let taken = rows.iter().any(|row| is_more_exact(row) && matches(&row.dimensions, &event));
                (!taken).then_some((peer, event))
            })
            .next()
    }

    proptest! {
        #[test]
        fn ties_are_those_of_all_pairs(rows in vec(vec(value(), 3), 0..24)) {
            let rows: Vec<PriceRow> = rows.into_iter().map(row).collect();
            let mut ties = Ties::new(&rows);
            for index in 0..rows.len() {
                let first = (0..index).find(|before| rows[*before].dimensions == rows[index].dimensions);
                prop_assert_eq!(ties.first_same(index), first);
                prop_assert_eq!(ties.first_tie(index), first_tie(&rows, index));
            }
        }
    }
}
