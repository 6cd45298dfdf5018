//! `key_chunk`: the pieces of the runs of event ids. What they are for, how they are written and read, tells the write path's
//! `keys`.

use super::table::Table;

/// Derived: where each event id is.
pub(in crate::ledger) const KEY_CHUNK: Table = Table {
    name: "key_chunk",
    create: "
CREATE TABLE key_chunk (
  id INTEGER PRIMARY KEY, run INTEGER NOT NULL, first INTEGER NOT NULL, entries BLOB NOT NULL) STRICT;
CREATE INDEX key_chunk_run ON key_chunk (run, first);
",
    columns: &["id", "run", "first", "entries"],
    facts: 0,
    counted: None,
};
