//! Rows by what they name, so that a price may have a hundred thousand of them, such as a provider's whole list by model and
//! region: nothing here looks at each row for each event, or at each pair of rows.

use super::rank::Rank;
use super::rows::PriceRow;
use crate::catalog::value::{DimensionValue, plain_value};
use std::collections::{BTreeMap, HashMap};
use std::iter::Peekable;

/// What a row says of each dimension, or what an event has of it.
pub(in crate::catalog) type Values = [Option<DimensionValue>];

/// Indexes of rows, rising, by what they say of some dimensions.
type ByKey = HashMap<String, Vec<usize>>;

/// How rows are found by what they say of a dimension.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Cell {
    /// By the plain spelling of a value.
    Plain,
    /// By so many first characters.
    First(usize),
    /// Not at all: a range of numbers is looked at.
    Range,
}

/// The dimensions that a row names, and how it is found by each.
type Kind = Vec<(usize, Cell)>;

/// The rows of a price, so that those that an event matches are found.
#[derive(Debug, Clone)]
pub struct RowsByValue {
    /// The rows of each kind: those that win come first.
    kinds: Vec<(Rank, Kind, ByKey)>,
}

impl RowsByValue {
    /// Of a price's rows.
    pub fn new(rows: &[PriceRow]) -> Self {
        let mut kinds: BTreeMap<Kind, ByKey> = BTreeMap::new();
        for (index, PriceRow { dimensions: row, .. }) in rows.iter().enumerate() {
            let kind = kind(row);
            let key = key(&kind, values(row));
            let rows = kinds.entry(kind).or_default();
            rows.entry(key.unwrap_or_default()).or_default().push(index);
        }
        let mut kinds: Vec<_> = kinds.into_iter().map(|(kind, rows)| (rank(&kind), kind, rows)).collect();
        kinds.sort_by_key(|(rank, ..)| std::cmp::Reverse(*rank));
        Self { kinds }
    }

    /// For each row whether it shares no number with any other that says the same but for ranges: one dimension keeps all of
    /// them apart. Each is compared with its neighbours alone.
    pub(super) fn are_apart(&self, rows: &[PriceRow]) -> Vec<bool> {
        let mut apart = vec![false; rows.len()];
        for (_, kind, by_key) in &self.kinds {
            let ranged: Vec<usize> =
                kind.iter().filter(|(_, cell)| *cell == Cell::Range).map(|(place, _)| *place).collect();
            for found in by_key.values().filter(|found| found.len() > 1) {
                let is_apart = ranged
                    .iter()
                    .any(|place| are_disjoint(found.iter().filter_map(|row| rows[*row].dimensions[*place].as_ref())));
                found.iter().filter(|_| is_apart).for_each(|row| apart[*row] = true);
            }
        }
        apart
    }

    /// The rows that an event may match, whatever the ranges in them hold: those that win come first. `value_of` is the event's
    /// value of a dimension; for a range any text will do.
    pub fn of_event<'v>(&self, value_of: impl Fn(usize) -> Option<&'v str>) -> impl Iterator<Item = (Rank, &[usize])> {
        self.kinds.iter().filter_map(move |(rank, kind, rows)| {
            let rows = rows.get(&key(kind, &value_of)?)?;
            Some((*rank, rows.as_slice()))
        })
    }
}

/// Whether no number is in two of these ranges.
fn are_disjoint<'r>(cells: impl Iterator<Item = &'r DimensionValue>) -> bool {
    let ranges = cells.map(|cell| match cell {
        DimensionValue::Range(range) => Some(*range),
        _ => None,
    });
    let Some(mut ranges) = ranges.collect::<Option<Vec<_>>>() else { return false };
    ranges.sort_unstable_by_key(|range| range.over);
    ranges.windows(2).all(|pair| pair[0].up_to.zip(pair[1].over).is_some_and(|(up_to, over)| up_to <= over))
}

/// Rows, so that those are found that may match an event which another row matches.
pub(in crate::catalog) struct Agreeing<R> {
    rows: Vec<R>,
    /// The rows of each kind.
    kinds: BTreeMap<Kind, Vec<usize>>,
    /// By the kind of the rows, and what of them is compared with the other row.
    by_common: HashMap<(Kind, Kind), ByKey>,
}

impl<R: AsRef<Values>> Agreeing<R> {
    /// Of these rows.
    pub fn new(rows: Vec<R>) -> Self {
        let mut kinds: BTreeMap<Kind, Vec<usize>> = BTreeMap::new();
        rows.iter().enumerate().for_each(|(index, row)| kinds.entry(kind(row.as_ref())).or_default().push(index));
        Self { rows, kinds, by_common: HashMap::new() }
    }

    /// The rows that say nothing else than `other` of what both name, as far as ranges are not looked at, in their order:
    /// those of that rank, or of any.
    pub fn with(&mut self, other: &Values, rank: Option<Rank>) -> impl Iterator<Item = usize> {
        self.of_kinds(other, move |kind| rank.is_none_or(|rank| self::rank(kind) == rank))
    }

    /// The same of its rank, without those that name the same dimensions in the same way as it does.
    pub fn with_other_kinds(&mut self, other: &Values) -> impl Iterator<Item = usize> {
        let (own, rank) = (kind(other), Rank::of(other));
        self.of_kinds(other, move |kind| *kind != own && self::rank(kind) == rank)
    }

    fn of_kinds(&mut self, other: &Values, is_asked: impl Fn(&Kind) -> bool) -> impl Iterator<Item = usize> {
        let kind_of_other = kind(other);
        let both: Vec<(Kind, Kind)> = self
            .kinds
            .keys()
            .filter(|kind| is_asked(kind))
            .map(|kind| (kind.clone(), common(kind, &kind_of_other)))
            .collect();
        for both in &both {
            if !self.by_common.contains_key(both) {
                self.by_common.insert(both.clone(), self.by_common(both));
            }
        }
        let found = both.iter().filter_map(|both| self.by_common.get(both)?.get(&key(&both.1, values(other))?));
        in_order(found.map(|rows| rows.iter().copied().peekable()).collect())
    }

    /// The rows of a kind, by what they say of `common`.
    fn by_common(&self, (kind, common): &(Kind, Kind)) -> ByKey {
        let mut by_key = ByKey::new();
        for &index in self.kinds.get(kind).into_iter().flatten() {
            if let Some(key) = key(common, values(self.rows[index].as_ref())) {
                by_key.entry(key).or_default().push(index);
            }
        }
        by_key
    }
}

/// What rows of two kinds must have in common to match one event: of what both begin with, the shorter.
fn common(one: &Kind, other: &Kind) -> Kind {
    let pairs = one.iter().filter_map(|&(dimension, cell)| {
        let other = other.iter().find(|(own, _)| *own == dimension)?.1;
        Some((dimension, cell, other))
    });
    let cells = pairs.filter_map(|(dimension, one, other)| match (one, other) {
        (Cell::Range, _) | (_, Cell::Range) => None,
        (Cell::Plain, cell) | (cell, Cell::Plain) => Some((dimension, cell)),
        (Cell::First(one), Cell::First(other)) => Some((dimension, Cell::First(one.min(other)))),
    });
    cells.collect()
}

/// The numbers of several rising lists, in their order.
fn in_order<L: Iterator<Item = usize>>(mut lists: Vec<Peekable<L>>) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let heads = lists.iter_mut().filter_map(|list| Some((*list.peek()?, list)));
        heads.min_by_key(|(head, _)| *head)?.1.next()
    })
}

/// What a row says of a dimension: the text of a value, or what texts begin with. For a range any text will do.
pub(in crate::catalog) fn values<'r>(row: &'r Values) -> impl Fn(usize) -> Option<&'r str> {
    move |dimension| {
        row[dimension].as_ref().map(|cell| match cell {
            DimensionValue::Text(text) | DimensionValue::Value { value: text } => text,
            DimensionValue::Prefix { prefix } => prefix,
            DimensionValue::Range(_) => "",
        })
    }
}

fn kind(row: &Values) -> Kind {
    let cell = |cell: &DimensionValue| match cell {
        DimensionValue::Text(_) | DimensionValue::Value { .. } => Cell::Plain,
        DimensionValue::Prefix { prefix } => Cell::First(prefix.chars().count()),
        DimensionValue::Range(_) => Cell::Range,
    };
    row.iter().enumerate().filter_map(|(dimension, own)| Some((dimension, cell(own.as_ref()?)))).collect()
}

/// The rank of all rows of a kind.
fn rank(kind: &Kind) -> Rank {
    kind.iter().fold(Rank::default(), |rank, (_, cell)| match cell {
        Cell::Plain | Cell::Range => rank.with_exact(),
        Cell::First(length) => rank.with_prefix(*length),
    })
}

/// What rows of a kind are found by; `None` where a value is missing or too short. Different values may come to the same key,
/// so what is found by it is to be looked at.
fn key<'v>(kind: &Kind, value_of: impl Fn(usize) -> Option<&'v str>) -> Option<String> {
    let mut key = String::new();
    for &(dimension, cell) in kind {
        let value = value_of(dimension)?;
        match cell {
            Cell::Plain => key.push_str(&plain_value(value)),
            Cell::First(length) => key.push_str(first(value, length)?),
            Cell::Range => continue,
        }
        key.push('\n');
    }
    Some(key)
}

/// So many characters that a text begins with, if it has as many.
fn first(text: &str, length: usize) -> Option<&str> {
    let ends = text.char_indices().map(|(end, _)| end).chain([text.len()]);
    ends.take(length + 1).nth(length).map(|end| &text[..end])
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::tier_list::Tiers;
    use super::*;
    use crate::catalog::range::NumberRange;
    use crate::money::Decimal;
    use proptest::collection::{SizeRange, vec};
    use proptest::option;
    use proptest::prelude::*;
    use proptest::sample::select;

    /// Values of events, of which rows name some in one way or another.
    pub const EVENTS: &[&str] =
        &["a", "ab", "abc", "b", "1", "1.0", "1e0", "1.5", "2", "2.00", "3", "9", "true", "TRUE"];

    fn value(is_text: bool) -> impl Strategy<Value = Option<DimensionValue>> {
        let text = select(vec!["a", "ab", "b", "1", "1.0", "true"]).prop_map(|text| DimensionValue::Text(text.into()));
        let prefix = select(vec!["a*", "ab*", "1*", "t*"]).prop_map(|text| DimensionValue::text(text.into()));
        let value = select(vec!["1", "2", "true"]).prop_map(DimensionValue::value);
        let bound = || option::of((0i64..4).prop_map(Decimal::from));
        let range = (bound(), bound()).prop_map(|(over, up_to)| NumberRange { over, up_to });
        let has_numbers = |range: &NumberRange| match (range.over, range.up_to) {
            (None, None) => false,
            (over, up_to) => over.zip(up_to).is_none_or(|(over, up_to)| over < up_to),
        };
        let range = range.prop_filter("has numbers", has_numbers).prop_map(DimensionValue::Range);
        let others = if is_text { prefix.boxed() } else { prop_oneof![value, range].boxed() };
        option::of(prop_oneof![1 => text, 2 => others])
    }

    fn row(dimensions: Vec<Option<DimensionValue>>) -> PriceRow {
        PriceRow {
            dimensions,
            name: None,
            unit_price: None,
            volume_rate: None,
            package_size: None,
            min_amount: None,
            max_amount: None,
            tiers: Tiers::default(),
        }
    }

    /// Rows of so many dimensions. In one dimension there are prefixes, or numbers and ranges.
    pub fn rows(count: impl Into<SizeRange>, dimensions: usize) -> impl Strategy<Value = Vec<PriceRow>> {
        let count = count.into();
        vec(any::<bool>(), dimensions).prop_flat_map(move |are_texts| {
            let cells: Vec<_> = are_texts.into_iter().map(value).collect();
            vec(cells.prop_map(row), count.clone())
        })
    }

    proptest! {
        /// Against looking at each row.
        #[test]
        fn every_row_that_matches_is_found(rows in rows(0..24, 3), event in vec(option::of(select(EVENTS)), 3)) {
            let matches = |row: &PriceRow| {
                row.dimensions.iter().zip(&event).all(|(own, event)| own.as_ref().is_none_or(|own| event.is_some_and(|event| own.equals(event))))
            };
            let by_value = RowsByValue::new(&rows);
            let all: Vec<(Rank, usize)> = by_value
                .of_event(|dimension| event[dimension])
                .flat_map(|(rank, rows)| rows.iter().map(move |row| (rank, *row)))
                .collect();
            prop_assert!(all.is_sorted_by(|a, b| a.0 >= b.0));
            prop_assert!(all.iter().all(|&(rank, index)| rank == Rank::of(&rows[index].dimensions)));
            let mut found: Vec<usize> = all.into_iter().map(|(_, row)| row).filter(|row| matches(&rows[*row])).collect();
            found.sort_unstable();
            let expected: Vec<usize> = (0..rows.len()).filter(|row| matches(&rows[*row])).collect();
            prop_assert_eq!(found, expected);
        }
    }
}
