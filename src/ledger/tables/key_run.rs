//! `key_run`: sorted runs of event ids. What they are for, how they are written and read, tells the write path's `keys`.

use super::table::Table;

/// Derived: where each event id is.
pub(in crate::ledger) const KEY_RUN: Table = Table {
    name: "key_run",
    create: "
CREATE TABLE key_run (id INTEGER PRIMARY KEY, level INTEGER NOT NULL, entries INTEGER NOT NULL) STRICT;
",
    columns: &["id", "level", "entries"],
    facts: 0,
    counted: None,
};
