//! Which row of a price an event's dimensions choose.

use crate::catalog::{DimensionValue, NumberRange, PriceRow, Rank, RowsByValue, UsagePrice};
use crate::ids::RowIndex;
use crate::money::Decimal;
use crate::usage::Shape;
use std::cmp::Reverse;

/// One row as a candidate for an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RowCandidate {
    /// How well it fits: of the rows that match, the one with the greatest wins.
    pub rank: Rank,
    /// The billable dimension that rules the row out: its index, if there is one.
    pub ruled_out_by: Option<usize>,
}

/// How each row of a price stands to an event, in the price's order. `value_of` is what the event says of a field.
pub fn row_candidates<'v>(price: &UsagePrice, value_of: impl Fn(&str) -> Option<&'v str>) -> Vec<RowCandidate> {
    // A value missing from the event matches only "*".
    let wrong = |(name, wanted): (&String, &Option<DimensionValue>)| {
        wanted.as_ref().is_some_and(|wanted| !value_of(name).is_some_and(|value| wanted.equals(value)))
    };
    let candidate = |row: &PriceRow| RowCandidate {
        rank: Rank::of(&row.dimensions),
        ruled_out_by: price.billable_dimensions.iter().zip(&row.dimensions).position(wrong),
    };
    price.rows.iter().map(candidate).collect()
}

/// The rows of a price that are for the events of a shape.
#[derive(Debug, Clone)]
pub enum Rows {
    /// One row is for all of them.
    One(RowIndex),
    /// The first whose ranges hold an event's numbers is for that event; there may be none.
    ByNumber(Box<[RangedRow]>),
    /// The same where all ranges are of one number and are many: the row for each step of it.
    BySteps(Steps),
}

/// A row that is for the events of a shape whose numbers are in its ranges.
#[derive(Debug, Clone)]
pub struct RangedRow {
    row: RowIndex,
    /// Each with the place of the number among the event's volumes.
    ranges: Vec<(usize, NumberRange)>,
}

/// Rows by the steps of one number.
#[derive(Debug, Clone)]
pub struct Steps {
    /// The place of the number among the event's volumes.
    place: usize,
    /// Where steps end, in their order; each includes its end.
    ends: Box<[Decimal]>,
    /// The row for each step, and for what is beyond the last end.
    rows: Box<[Option<RowIndex>]>,
}

/// So few rows are looked through faster.
const FEW: usize = 8;

impl Steps {
    /// The steps of rows, of which the first one that holds a number counts. `None` where they go by several numbers, or are few.
    fn new(rows: &[RangedRow]) -> Option<Self> {
        let place = rows.iter().flat_map(|row| &row.ranges).map(|(place, _)| *place).next()?;
        let range = |row: &RangedRow| match row.ranges.as_slice() {
            [] => Some(NumberRange { over: None, up_to: None }),
            [(own, range)] => Some(*range).filter(|_| *own == place),
            _ => None,
        };
        let ranges: Vec<NumberRange> = rows.iter().map(range).collect::<Option<_>>()?;
        if rows.len() <= FEW {
            return None;
        }
        let mut ends: Vec<Decimal> = ranges.iter().flat_map(|range| [range.over, range.up_to]).flatten().collect();
        ends.sort_unstable();
        ends.dedup();
        let mut chosen = vec![None; ends.len() + 1];
        // From each step the next one that has no row yet, as far as is known.
        let mut free: Vec<usize> = (0..=chosen.len()).collect();
        for (row, range) in rows.iter().zip(&ranges) {
            let step = |end: Decimal| ends.partition_point(|other| *other < end);
            let last = range.up_to.map_or(ends.len(), step);
            let mut at = next_free(&mut free, range.over.map_or(0, |over| step(over) + 1));
            while at <= last {
                chosen[at] = Some(row.row);
                free[at] = at + 1;
                at = next_free(&mut free, at);
            }
        }
        Some(Self { place, ends: ends.into(), rows: chosen.into() })
    }

    fn of(&self, numbers: &[Decimal]) -> Option<RowIndex> {
        let number = numbers[self.place];
        self.rows[self.ends.partition_point(|end| *end < number)]
    }
}

/// The first step from `at` on that has no row; what is known of the steps on the way is shortened.
fn next_free(free: &mut [usize], at: usize) -> usize {
    let mut end = at;
    while free[end] != end {
        end = free[end];
    }
    let mut on_way = at;
    while free[on_way] != end {
        on_way = std::mem::replace(&mut free[on_way], end);
    }
    end
}

impl Rows {
    /// The row for an event with these numbers.
    #[inline]
    pub fn of(&self, numbers: &[Decimal]) -> Option<RowIndex> {
        match self {
            Self::One(row) => Some(*row),
            Self::ByNumber(rows) => {
                let holds = |own: &&RangedRow| own.ranges.iter().all(|(place, range)| range.holds(numbers[*place]));
                rows.iter().find(holds).map(|own| own.row)
            }
            Self::BySteps(steps) => steps.of(numbers),
        }
    }
}

impl RangedRow {
    /// A row as it stands to the events of a shape; `None` when it is for none of them.
    fn new(price: &UsagePrice, index: usize, shape: &Shape) -> Option<Self> {
        let mut ranges = Vec::new();
        for (name, wanted) in price.billable_dimensions.iter().zip(&price.rows[index].dimensions) {
            match wanted {
                None => {}
                Some(DimensionValue::Range(range)) => ranges.push((place(name, shape)?, *range)),
                Some(wanted) => drop(shape.dimension(name).filter(|value| wanted.equals(value))?),
            }
        }
        Some(Self { row: RowIndex::at(index)?, ranges })
    }
}

/// The place of a field among the numbers of a shape's events.
fn place(name: &str, shape: &Shape) -> Option<usize> {
    shape.volumes.iter().position(|own| own == name)
}

/// The rows of a price for the events of a shape: the row with the greatest rank among those that match. `check` refuses rows
/// that can tie. `by_value` are the price's rows. `None` when there is none.
pub fn match_row(price: &UsagePrice, by_value: &RowsByValue, shape: &Shape) -> Option<Rows> {
    let value_of = |dimension: usize| {
        // A damaged ledger's rows may name more dimensions than there are.
        let name = price.billable_dimensions.get(dimension)?;
        shape.dimension(name).or_else(|| place(name, shape).map(|_| ""))
    };
    let mut rows: Vec<(Rank, RangedRow)> = Vec::new();
    for (rank, found) in by_value.of_event(value_of) {
        // Below a row for all of the events, none counts.
        if rows.iter().any(|(other, row)| *other > rank && row.ranges.is_empty()) {
            break;
        }
        rows.extend(found.iter().filter_map(|&row| Some((rank, RangedRow::new(price, row, shape)?))));
    }
    // The first row wins, should two ever tie.
    rows.sort_by_key(|(rank, row)| (Reverse(*rank), row.row));
    let rows: Vec<RangedRow> = rows.into_iter().map(|(_, row)| row).collect();
    match rows.first()? {
        first if first.ranges.is_empty() => Some(Rows::One(first.row)),
        _ => Some(Steps::new(&rows).map_or_else(|| Rows::ByNumber(rows.into()), Rows::BySteps)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::vec;
    use proptest::option;
    use proptest::prelude::*;

    proptest! {
        /// Against looking through the rows.
        #[test]
        fn steps_choose_the_first_row_that_holds_a_number(
            ranges in vec((option::of(0u32..30), option::of(0u32..30)), FEW + 1..40),
            numbers in vec(0u32..320, 20),
        ) {
            let row = |(index, (over, up_to)): (usize, &(Option<u32>, Option<u32>))| {
                let range = NumberRange { over: over.map(Decimal::from), up_to: up_to.map(Decimal::from) };
                let ranges = if range.over.is_none() && range.up_to.is_none() { Vec::new() } else { vec![(0, range)] };
                RangedRow { row: RowIndex::at(index).unwrap(), ranges }
            };
            let rows: Vec<RangedRow> = ranges.iter().enumerate().map(row).collect();
            let Some(steps) = Steps::new(&rows) else { return Ok(()) };
            let slow = Rows::ByNumber(rows.into());
            for tenths in numbers {
                let number = [Decimal::new(tenths.into(), 1)];
                prop_assert_eq!(steps.of(&number), slow.of(&number), "{}", number[0]);
            }
        }
    }
}
