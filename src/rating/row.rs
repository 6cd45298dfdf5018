//! Which row of a price an event's dimensions choose.

use crate::catalog::{DimensionValue, PriceRow, RowsByValue, UsagePrice, UsageType};
use crate::ids::RowIndex;
use crate::usage::Shape;
use std::cmp::Reverse;

/// Why a price with the event's type makes no fee of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Miss {
    /// No row matches the event's dimensions.
    NoDimensionRow,
    /// The event lacks the price's `volume_field`.
    NoVolume,
}

/// One row as a candidate for an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RowCandidate {
    /// How many of the row's dimensions equal the event's values exactly.
    pub exact: usize,
    /// The billable dimension that rules the row out: its index, if there is one.
    pub ruled_out_by: Option<usize>,
}

/// How each row of a price stands to an event, in the price's order.
pub fn row_candidates(price: &UsagePrice, shape: &Shape) -> Vec<RowCandidate> {
    price.rows.iter().map(|row| candidate(&price.billable_dimensions, row, shape)).collect()
}

fn candidate(dimensions: &[String], row: &PriceRow, shape: &Shape) -> RowCandidate {
    // A value missing from the event matches only "*".
    let wrong = |(name, wanted): (&String, &Option<DimensionValue>)| {
        wanted.as_ref().is_some_and(|wanted| !shape.dimension(name).is_some_and(|value| wanted.equals(value)))
    };
    RowCandidate {
        exact: row.dimensions.iter().flatten().count(),
        ruled_out_by: dimensions.iter().zip(&row.dimensions).position(wrong),
    }
}

/// The row with the most exact dimensions among those that match. `check` refuses rows that can tie. `by_value` are the
/// price's rows.
///
/// # Errors
/// The reason why the price makes no fee of such events.
pub fn match_row(price: &UsagePrice, by_value: &RowsByValue, shape: &Shape) -> Result<RowIndex, Miss> {
    let dimensions = &price.billable_dimensions;
    // A damaged ledger's rows may name more dimensions than there are.
    let found = by_value.of_event(|dimension| shape.dimension(dimensions.get(dimension)?));
    let matches = |row: &&usize| candidate(dimensions, &price.rows[**row], shape).ruled_out_by.is_none();
    let matching = found.flat_map(|(exact, rows)| rows.iter().filter(matches).map(move |row| (exact, *row)));
    // The first row wins, should two ever tie.
    let best = matching.max_by_key(|(exact, row)| (*exact, Reverse(*row))).map(|(_, row)| row);
    let best = best.and_then(RowIndex::at).ok_or(Miss::NoDimensionRow)?;
    let counts_volume = price.usage_type != UsageType::Unit;
    let has_volume = price.volume_field.as_ref().is_some_and(|field| shape.volumes.contains(field));
    if counts_volume && !has_volume { Err(Miss::NoVolume) } else { Ok(best) }
}
