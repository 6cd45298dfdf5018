//! Which events several rows match: each cell of a row is a set of values, and so is what two rows have in common.

use super::by_value::{RowsByValue, Values, values};
use super::rank::Rank;
use super::rows::PriceRow;
use crate::catalog::value::DimensionValue;
use std::borrow::Cow;

/// What two rows have in common: for each dimension the values that both are for, and nothing where neither names it. `None`
/// where no event matches both.
pub(in crate::catalog) fn meet(a: &Values, b: &Values) -> Option<Vec<Option<DimensionValue>>> {
    // Nearly all pairs of rows differ, so nothing is copied before it is known that they do not.
    let both: Vec<Option<Cow<'_, DimensionValue>>> = a
        .iter()
        .zip(b)
        .map(|pair| match pair {
            (Some(a), Some(b)) => both(a, b).map(Some),
            (a, b) => Some(a.as_ref().or(b.as_ref()).map(Cow::Borrowed)),
        })
        .collect::<Option<_>>()?;
    Some(both.into_iter().map(|cell| cell.map(Cow::into_owned)).collect())
}

/// The values that two cells are for.
fn both<'c>(a: &'c DimensionValue, b: &'c DimensionValue) -> Option<Cow<'c, DimensionValue>> {
    match (a, b) {
        (DimensionValue::Range(a), DimensionValue::Range(b)) => Some(Cow::Owned(DimensionValue::Range(a.meet(b)?))),
        (a, b) if includes(a, b) => Some(Cow::Borrowed(b)),
        (a, b) if includes(b, a) => Some(Cow::Borrowed(a)),
        _ => None,
    }
}

/// Whether one cell is for every value that another is for.
pub(super) fn includes(all: &DimensionValue, one: &DimensionValue) -> bool {
    match (all, one) {
        (_, DimensionValue::Text(text)) => all.equals(text),
        (DimensionValue::Prefix { prefix: all }, DimensionValue::Prefix { prefix: one }) => one.starts_with(all),
        (DimensionValue::Range(all), DimensionValue::Value { value }) => all.holds_text(value),
        (DimensionValue::Range(all), DimensionValue::Range(one)) => all.includes(one),
        // A number has many spellings, of which some begin with anything that a number can.
        (all, one) => all == one,
    }
}

/// What of some events no other row takes; `None` when these rows take all of them.
///
/// A row takes what it matches. The events of a cell that is no range differ in no way that another such cell could hold of
/// all but some: of texts with one beginning, and of the numbers in a range, there are always more than rows name. So only
/// ranges are cut to pieces.
pub(in crate::catalog) fn left(
    event: Vec<Option<DimensionValue>>,
    rows: &[&Values],
) -> Option<Vec<Option<DimensionValue>>> {
    let Some((place, cut)) = rows.iter().enumerate().find_map(|(place, row)| Some((place, cut(row, &event)?))) else {
        return Some(event);
    };
    let rest = &rows[place + 1..];
    let mut inside = event;
    for dimension in cut {
        let (Some(DimensionValue::Range(own)), Some(DimensionValue::Range(taken))) =
            (inside[dimension].clone(), &rows[place][dimension])
        else {
            continue;
        };
        let mut pieces = own.beside(taken).filter_map(|part| {
            let mut piece = inside.clone();
            piece[dimension] = Some(DimensionValue::Range(part));
            left(piece, rest)
        });
        if let Some(piece) = pieces.next() {
            return Some(piece);
        }
        drop(pieces);
        inside[dimension] = own.meet(taken).map(DimensionValue::Range);
    }
    None
}

/// The ranges of some events that have to be cut so that a row takes one of the pieces; `None` when it takes none of them.
fn cut(row: &Values, event: &Values) -> Option<Vec<usize>> {
    let mut cut = Vec::new();
    for (dimension, pair) in row.iter().zip(event).enumerate() {
        match pair {
            (None, _) => {}
            (Some(own), Some(event)) if includes(own, event) => {}
            (Some(DimensionValue::Range(own)), Some(DimensionValue::Range(event))) => {
                own.meet(event)?;
                cut.push(dimension);
            }
            _ => return None,
        }
    }
    Some(cut)
}

/// The rows of a price that win against those of a rank on some of these events.
pub(in crate::catalog) fn winners<'r>(
    (rows, by_value): (&'r [PriceRow], &RowsByValue),
    rank: Rank,
    event: &Values,
) -> Vec<&'r Values> {
    let found = by_value.of_event(values(event)).take_while(|(other, _)| *other > rank).flat_map(|(_, found)| found);
    let rows = found.map(|&row| rows[row].dimensions.as_slice());
    rows.filter(|row| cut(row, event).is_some()).collect()
}

#[cfg(test)]
mod tests {
    use super::super::by_value::tests::{EVENTS, rows};
    use super::*;
    use crate::catalog::range::NumberRange;
    use crate::money::Decimal;
    use proptest::collection::vec;
    use proptest::option;
    use proptest::prelude::*;
    use proptest::sample::select;

    fn matches(row: &Values, event: &[Option<&str>]) -> bool {
        row.iter()
            .zip(event)
            .all(|(own, event)| own.as_ref().is_none_or(|own| event.is_some_and(|event| own.equals(event))))
    }

    /// A value of a cell that no other row names, if it has more than one.
    fn one(cell: &DimensionValue) -> String {
        match cell {
            DimensionValue::Text(text) => text.clone(),
            DimensionValue::Value { value } if value == "true" => "True".to_owned(),
            DimensionValue::Value { value } => format!("{value}.000"),
            DimensionValue::Prefix { prefix } => format!("{prefix}~"),
            DimensionValue::Range(NumberRange { over: Some(over), .. }) => (over + Decimal::new(125, 3)).to_string(),
            DimensionValue::Range(NumberRange { up_to, .. }) => (up_to.unwrap() - Decimal::new(875, 3)).to_string(),
        }
    }

    proptest! {
        /// Against trying events one by one.
        #[test]
        fn sets_of_events_are_those_of_each_event(
            rows in rows(2..7, 2),
            event in vec(option::of(select(EVENTS)), 2),
        ) {
            let (a, b) = (&rows[0].dimensions, &rows[1].dimensions);
            let others: Vec<&Values> = rows[2..].iter().map(|row| row.dimensions.as_slice()).collect();
            let met = meet(a, b);
            let in_both = matches(a, &event) && matches(b, &event);
            prop_assert!(!in_both || met.as_ref().is_some_and(|met| matches(met, &event)));
            let Some(met) = met else { return Ok(()) };
            match left(met, &others) {
                None => prop_assert!(!in_both || others.iter().any(|row| matches(row, &event))),
                Some(left) => {
                    let event: Vec<Option<String>> = left.iter().map(|cell| cell.as_ref().map(one)).collect();
                    let event: Vec<Option<&str>> = event.iter().map(Option::as_deref).collect();
                    prop_assert!(matches(a, &event) && matches(b, &event), "{:?}", event);
                    prop_assert!(!others.iter().any(|row| matches(row, &event)), "{:?}", event);
                }
            }
        }
    }
}
