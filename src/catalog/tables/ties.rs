//! Two rows of one price must never tie on an event.

use super::by_value::{Agreeing, RowsByValue, Values};
use super::overlap::{left, meet, winners};
use super::rank::Rank;
use super::rows::PriceRow;
use crate::catalog::codes::Code;
use crate::catalog::finding::{Findings, Spot, quoted};
use crate::catalog::value::DimensionValue;
use std::collections::HashMap;

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
        if let Some((peer, event)) = ties.first_tie(index) {
            let (this, other) = (label(names, &row.dimensions), label(names, &rows[peer].dimensions));
            let line = findings.place(spots[peer]).line;
            let help = way_out(names, (&row.dimensions, &rows[peer].dimensions), &event);
            let event = label(names, &event);
            let message = format!("this row ({this}) ties with the one at line {line} ({other}) on {event}");
            findings.add(Code::AmbiguousRows, spots[index], message).help(help);
        }
    }
}

/// What to do about two rows that tie on these events.
fn way_out(names: &[String], (row, peer): (&Values, &Values), event: &Values) -> String {
    if Rank::of(event) > Rank::of(row) {
        let wins = match row.iter().chain(peer).flatten().any(|cell| matches!(cell, DimensionValue::Prefix { .. })) {
            true => "the row with the most exact dimensions wins, then the most and the longest prefixes",
            false => "the row with the most exact dimensions wins",
        };
        return format!("{wins}; add one for {}", label(names, event));
    }
    // What two rows have in common is no more exact than they are: they say it in two ways.
    let mut pairs = row.iter().zip(peer).filter(|(own, other)| own != other);
    match pairs.any(|(own, other)| [own, other].iter().any(|cell| matches!(cell, Some(DimensionValue::Range(_))))) {
        true => "keep the ranges apart: `up_to` includes its number, and `over` begins above it".to_owned(),
        false => "without quotes a number or a boolean matches any spelling; remove one of them".to_owned(),
    }
}

/// The rows of a price, so that those are found that can tie.
struct Ties<'r> {
    rows: &'r [PriceRow],
    by_value: RowsByValue,
    agreeing: Agreeing<&'r Values>,
    /// Whether a row's ranges keep it apart from all that say the same otherwise.
    apart: Vec<bool>,
    /// The first row that says just this.
    first: HashMap<&'r Values, usize>,
}

impl<'r> Ties<'r> {
    fn new(rows: &'r [PriceRow]) -> Self {
        let values = || rows.iter().map(|row| row.dimensions.as_slice());
        let mut first = HashMap::new();
        values().enumerate().for_each(|(index, values)| _ = first.entry(values).or_insert(index));
        let by_value = RowsByValue::new(rows);
        Self { rows, apart: by_value.are_apart(rows), by_value, agreeing: Agreeing::new(values().collect()), first }
    }

    /// The row before it that says just the same, if there is one.
    fn first_same(&self, index: usize) -> Option<usize> {
        self.first.get(self.rows[index].dimensions.as_slice()).copied().filter(|first| *first < index)
    }

    /// The first row before it that ties with it, and on which event: one that both match, and no more exact row.
    fn first_tie(&mut self, index: usize) -> Option<(usize, Vec<Option<DimensionValue>>)> {
        let Self { rows, by_value, agreeing, apart, first } = self;
        let own = rows[index].dimensions.as_slice();
        let rank = Rank::of(own);
        let peers: Box<dyn Iterator<Item = usize>> = match apart[index] {
            true => Box::new(agreeing.with_other_kinds(own)),
            false => Box::new(agreeing.with(own, Some(rank))),
        };
        let peers = peers.take_while(|peer| *peer < index);
        let mut ties = peers.filter_map(|peer| {
            let other = rows[peer].dimensions.as_slice();
            let event = meet(other, own).filter(|_| first.get(other) == Some(&peer))?;
            let winners = winners((rows, by_value), rank, &event);
            Some((peer, left(event, &winners)?))
        });
        ties.next()
    }
}

/// `model = "gli-2", quality = "hd"`, or `any event`.
pub(in crate::catalog) fn label(names: &[String], values: &Values) -> String {
    let named = names.iter().zip(values).filter_map(|(name, value)| Some((name, value.as_ref()?)));
    let said = |value: &DimensionValue| match value {
        DimensionValue::Range(range) => range.to_toml(),
        value => quoted(&value.to_string()),
    };
    let parts: Vec<_> = named.map(|(name, value)| format!("{name} = {}", said(value))).collect();
    if parts.is_empty() { "any event".into() } else { parts.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::super::by_value::tests::rows;
    use super::*;
    use proptest::prelude::*;

    /// The same by looking at each pair of rows, and at each row for each pair.
    fn first_tie(rows: &[PriceRow], index: usize) -> Option<(usize, Vec<Option<DimensionValue>>)> {
        let values = |index: usize| rows[index].dimensions.as_slice();
        let rank = Rank::of(values(index));
        let is_first = |index: &usize| !(0..*index).any(|before| values(before) == values(*index));
        let mut peers = (0..index).filter(is_first).filter(|peer| Rank::of(values(*peer)) == rank);
        peers.find_map(|peer| {
            let event = meet(values(peer), values(index))?;
            let mut winners: Vec<&Values> = (0..rows.len()).map(values).filter(|row| Rank::of(row) > rank).collect();
            winners.sort_by_key(|row| std::cmp::Reverse(Rank::of(row)));
            Some((peer, left(event, &winners)?))
        })
    }

    proptest! {
        #[test]
        fn ties_are_those_of_all_pairs(rows in rows(0..24, 3)) {
            let mut ties = Ties::new(&rows);
            for index in 0..rows.len() {
                let first = (0..index).find(|before| rows[*before].dimensions == rows[index].dimensions);
                prop_assert_eq!(ties.first_same(index), first);
                let (found, expected) = (ties.first_tie(index), first_tie(&rows, index));
                // Of what is left, any piece will do.
                prop_assert_eq!(found.map(|(peer, _)| peer), expected.map(|(peer, _)| peer));
            }
        }
    }
}
