//! A ledger's rows as text.

use rusqlite::Connection;
use rusqlite::types::ValueRef;
use std::fmt::Write;

/// The rows of the tables, with the columns that are wanted of each, but without one that no table's rows are told by.
pub fn dump(connection: &Connection, but: &str, wanted: impl Fn(&str) -> Option<&'static str>) -> String {
    let mut text = String::new();
    for table in tables(connection) {
        let Some(columns) = wanted(&table) else { continue };
        let mut statement = connection.prepare(&format!("SELECT {columns} FROM {table}")).unwrap();
        let names: Vec<String> = statement.column_names().map(str::to_owned).collect();
        let told: Vec<usize> = (0..names.len()).filter(|&column| names[column] != but).collect();
        let mut rows = statement.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            text += &table;
            for &column in &told {
                match row.get_ref_unwrap(column) {
                    ValueRef::Integer(integer) => write!(text, " {integer}").unwrap(),
                    other => write!(text, " {other:?}").unwrap(),
                }
            }
            text += "\n";
        }
    }
    text
}

/// The names of all tables but SQLite's own.
pub fn tables(connection: &Connection) -> Vec<String> {
    let sql = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name";
    let mut statement = connection.prepare(sql).unwrap();
    let names = statement.query_map([], |row| row.get(0)).unwrap();
    names.map(Result::unwrap).collect()
}
