//! `duration` and `duration_count`: how long something lives.

use crate::catalog::fields::Fields;
use crate::catalog::finding::Findings;
use crate::catalog::keys::{Key, Kind, Table, Usual, Word, plain_words};
use crate::catalog::written::WrittenTable;
use crate::money::Decimal;
use crate::time::{Interval, Unit};
use serde_json::{Value, json};

/// More of a unit of time than this is a slip.
pub(super) const MOST_UNITS: u32 = 9_999;
/// The units of time.
pub(super) const UNITS: &[Word] = &plain_words(&Unit::NAMES);

const DURATION: Key = Key::new("duration", Kind::Words(UNITS), "The unit of time.").needed();
const DURATION_COUNT: Key = Key::new("duration_count", Kind::Whole(1, MOST_UNITS as i64), "How many units of time.")
    .by_default(Usual::Number(1));

/// The keys of a length of time.
pub(super) const LIFE_KEYS: &[Key] = &[DURATION, DURATION_COUNT];

/// A length of time.
pub static LIFE: Table = Table::new("life", &[LIFE_KEYS]);

/// How long something lives.
pub(super) fn life(table: &mut Fields<'_>, findings: &mut Findings) -> Interval {
    interval(table, [&DURATION, &DURATION_COUNT], findings)
}

/// A calendar unit, which must be there, and how many of it: one when absent.
pub(super) fn interval(table: &mut Fields<'_>, [unit, count]: [&Key; 2], findings: &mut Findings) -> Interval {
    let unit = table.need(unit, findings).and_then(|node| node.choice(&Unit::NAMES, findings));
    let count = table.get(count, findings).and_then(|node| node.whole(1..=MOST_UNITS, findings));
    Interval { unit: unit.unwrap_or(Unit::Month), count: count.unwrap_or(1) }
}

/// A table of a length of time.
pub(super) fn write_life(table: &'static Table, life: Interval) -> WrittenTable {
    write_interval(WrittenTable::new(table), [&DURATION, &DURATION_COUNT], life)
}

/// The same for scripts.
pub(super) fn life_as_value(life: Interval) -> Value {
    json!({ DURATION.name: life.unit.name(), DURATION_COUNT.name: life.count })
}

/// A calendar unit, and how many of it.
pub(super) fn write_interval(table: WrittenTable, [unit, count]: [&Key; 2], interval: Interval) -> WrittenTable {
    table.with(unit, interval.unit.name()).with(count, Decimal::from(interval.count))
}
