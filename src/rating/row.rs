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
}

/// A row that is for the events of a shape whose numbers are in its ranges.
#[derive(Debug, Clone)]
pub struct RangedRow {
    row: RowIndex,
    /// Each with the place of the number among the event's volumes.
    ranges: Vec<(usize, NumberRange)>,
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
        _ => Some(Rows::ByNumber(rows.into())),
    }
}
