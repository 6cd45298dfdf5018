//! `customer_month`: what the events of a customer and a calendar month come to. See [`super::rollup`].

use super::table::Table;

/// Facts, which repeat what the events say.
pub(in crate::ledger) const CUSTOMER_MONTH: Table = Table {
    name: "customer_month",
    create: "
CREATE TABLE customer_month (
  id INTEGER PRIMARY KEY, customer INTEGER NOT NULL, month INTEGER NOT NULL, version INTEGER, price INTEGER,
  vendor INTEGER, events INTEGER, denied INTEGER, unpriced INTEGER, fees INTEGER NOT NULL, revenue INTEGER NOT NULL,
  cost ANY NOT NULL, denied_cost ANY NOT NULL, operation INTEGER NOT NULL) STRICT;
",
    columns: &[
        "id",
        "customer",
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
