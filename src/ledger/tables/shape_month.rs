//! `shape_month`: what the events of a shape and a calendar month come to. See [`super::rollup`].

use super::table::Table;

/// Facts, which repeat what the events say.
pub(in crate::ledger) const SHAPE_MONTH: Table = Table {
    name: "shape_month",
    create: "
CREATE TABLE shape_month (
  id INTEGER PRIMARY KEY, shape INTEGER NOT NULL, month INTEGER NOT NULL, version INTEGER, price INTEGER,
  vendor INTEGER, events INTEGER, denied INTEGER, unpriced INTEGER, fees INTEGER NOT NULL, revenue INTEGER NOT NULL,
  cost ANY NOT NULL, denied_cost ANY NOT NULL, operation INTEGER NOT NULL) STRICT;
",
    columns: &[
        "id",
        "shape",
        "month",
        "version",
        "price",
        "vendor",
        "events",
        "denied",
        "unpriced",
        "fees",
        "revenue",
        "cost",
        "denied_cost",
    ],
    facts: 13,
    counted: None,
    is_setting: false,
};
