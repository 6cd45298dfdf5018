//! Rows by what they name, so that a price may have a hundred thousand of them, such as a provider's whole list by model and
//! region: nothing here looks at each row for each event, or at each pair of rows.

use super::rows::PriceRow;
use crate::catalog::value::{DimensionValue, plain_value};
use std::collections::{BTreeMap, HashMap};
use std::iter::Peekable;

/// What a row says of each dimension, or what an event has of it.
pub(in crate::catalog) type Values = [Option<DimensionValue>];

/// Indexes of rows, rising, by the plain spellings of some of their values.
type ByKey = HashMap<String, Vec<usize>>;

/// The rows of a price, so that those that an event matches are found.
#[derive(Debug, Clone)]
pub struct RowsByValue {
    /// The dimensions that rows name, with the rows that name just these: those that name the most come first.
    kinds: Vec<(Vec<usize>, ByKey)>,
}

impl RowsByValue {
    /// Of a price's rows.
    pub fn new(rows: &[PriceRow]) -> Self {
        let mut kinds: BTreeMap<Vec<usize>, ByKey> = BTreeMap::new();
        for (index, PriceRow { dimensions: row, .. }) in rows.iter().enumerate() {
            let dimensions = named(row);
            let key = key(&dimensions, values(row));
            let rows = kinds.entry(dimensions).or_default();
            rows.entry(key.unwrap_or_default()).or_default().push(index);
        }
        let mut kinds: Vec<_> = kinds.into_iter().collect();
        kinds.sort_by_key(|(dimensions, _)| std::cmp::Reverse(dimensions.len()));
        Self { kinds }
    }

    /// The rows whose values have the same plain spellings as an event's, with how many dimensions they name: those that name
    /// the most come first. `value_of` is the event's value of a dimension.
    pub fn of_event<'v>(&self, value_of: impl Fn(usize) -> Option<&'v str>) -> impl Iterator<Item = (usize, &[usize])> {
        self.kinds.iter().filter_map(move |(dimensions, rows)| {
            let rows = rows.get(&key(dimensions, &value_of)?)?;
            Some((dimensions.len(), rows.as_slice()))
        })
    }
}

/// Rows, so that those are found that may match an event which another row matches.
pub(in crate::catalog) struct Agreeing<R> {
    rows: Vec<R>,
    /// The dimensions that rows name, with the rows that name just these.
    kinds: BTreeMap<Vec<usize>, Vec<usize>>,
    /// By the dimensions that rows name, and those of them that the other row names too.
    by_common: HashMap<(Vec<usize>, Vec<usize>), ByKey>,
}

impl<R: AsRef<Values>> Agreeing<R> {
    /// Of these rows.
    pub fn new(rows: Vec<R>) -> Self {
        let mut kinds: BTreeMap<Vec<usize>, Vec<usize>> = BTreeMap::new();
        rows.iter().enumerate().for_each(|(index, row)| kinds.entry(named(row.as_ref())).or_default().push(index));
        Self { rows, kinds, by_common: HashMap::new() }
    }

    /// The rows that say the same as `other` of what both name, in their order: those that name `count` dimensions, or any
    /// number.
    pub fn with(&mut self, other: &Values, count: Option<usize>) -> impl Iterator<Item = usize> {
        let named_by_other = named(other);
        let is_asked = |kind: &Vec<usize>| count.is_none_or(|count| kind.len() == count);
        let common = |kind: &[usize]| kind.iter().filter(|own| named_by_other.contains(own)).copied().collect();
        let both: Vec<(Vec<usize>, Vec<usize>)> =
            self.kinds.keys().filter(|kind| is_asked(kind)).map(|kind| (kind.clone(), common(kind))).collect();
        for both in &both {
            if !self.by_common.contains_key(both) {
                self.by_common.insert(both.clone(), self.by_common(both));
            }
        }
        let found = both.iter().filter_map(|both| self.by_common.get(both)?.get(&key(&both.1, values(other))?));
        in_order(found.map(|rows| rows.iter().copied().peekable()).collect())
    }

    /// The rows that name `kind`, by what they say of `common`.
    fn by_common(&self, (kind, common): &(Vec<usize>, Vec<usize>)) -> ByKey {
        let mut by_key = ByKey::new();
        for &index in self.kinds.get(kind).into_iter().flatten() {
            let key = key(common, values(self.rows[index].as_ref())).unwrap_or_default();
            by_key.entry(key).or_default().push(index);
        }
        by_key
    }
}

/// The numbers of several rising lists, in their order.
fn in_order<L: Iterator<Item = usize>>(mut lists: Vec<Peekable<L>>) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let heads = lists.iter_mut().filter_map(|list| Some((*list.peek()?, list)));
        heads.min_by_key(|(head, _)| *head)?.1.next()
    })
}

/// What a row says of a dimension.
fn values<'r>(row: &'r Values) -> impl Fn(usize) -> Option<&'r str> {
    move |dimension| row[dimension].as_ref().map(DimensionValue::as_str)
}

/// The dimensions that a row names.
fn named(row: &Values) -> Vec<usize> {
    (0..row.len()).filter(|&dimension| row[dimension].is_some()).collect()
}

/// The plain spellings of the values of some dimensions; `None` where one is missing. Different values may come to the same
/// key, so what is found by it is to be looked at.
fn key<'v>(dimensions: &[usize], value_of: impl Fn(usize) -> Option<&'v str>) -> Option<String> {
    let mut key = String::new();
    for &dimension in dimensions {
        key.push_str(&plain_value(value_of(dimension)?));
        key.push('\n');
    }
    Some(key)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use proptest::collection::vec;
    use proptest::option;
    use proptest::prelude::*;
    use proptest::sample::select;

    pub fn value() -> impl Strategy<Value = Option<DimensionValue>> {
        let text = select(vec!["a", "b", "1", "1.0", "true"]).prop_map(|text| DimensionValue::Text(text.into()));
        let value = select(vec!["1", "2", "true"]).prop_map(DimensionValue::value);
        option::of(prop_oneof![text, value])
    }

    pub fn row(dimensions: Vec<Option<DimensionValue>>) -> PriceRow {
        PriceRow {
            dimensions,
            name: None,
            unit_price: None,
            volume_rate: None,
            package_size: None,
            min_amount: None,
            max_amount: None,
            tiers: Vec::new(),
        }
    }

    proptest! {
        /// Against looking at each row.
        #[test]
        fn every_row_that_matches_is_found(
            rows in vec(vec(value(), 3), 0..24),
            event in vec(option::of(select(vec!["a", "b", "1", "1.0", "1e0", "2", "2.00", "true", "TRUE"])), 3),
        ) {
            let rows: Vec<PriceRow> = rows.into_iter().map(row).collect();
            let matches = |row: &PriceRow| {
                row.dimensions.iter().zip(&event).all(|(own, event)| own.as_ref().is_none_or(|own| event.is_some_and(|event| own.equals(event))))
            };
            let by_value = RowsByValue::new(&rows);
            let all: Vec<(usize, usize)> = by_value
                .of_event(|dimension| event[dimension])
                .flat_map(|(count, rows)| rows.iter().map(move |row| (count, *row)))
                .collect();
            prop_assert!(all.is_sorted_by(|a, b| a.0 >= b.0));
            prop_assert!(all.iter().all(|&(count, index)| count == named(&rows[index].dimensions).len()));
            let mut found: Vec<usize> = all.into_iter().map(|(_, row)| row).filter(|row| matches(&rows[*row])).collect();
            found.sort_unstable();
            let expected: Vec<usize> = (0..rows.len()).filter(|row| matches(&rows[*row])).collect();
            prop_assert_eq!(found, expected);
        }
    }
}
