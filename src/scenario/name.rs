//! The path of what stands at an address.

use super::find::dimensions;
use super::path::{ALL, Part, Path, Select};
use crate::catalog::keys::Told;
use crate::catalog::{Entry, Written, WrittenTable};

/// The path of a value. Of several values that one path names, it is the path of all.
pub(super) fn path_to(file: &WrittenTable, address: &[usize]) -> Path {
    let mut path = Path { section: "", parts: Vec::new() };
    path.follow(file, address);
    path
}

/// The path of a key of the table at an address.
pub(super) fn path_to_key(file: &WrittenTable, table: &[usize], key: &str) -> Path {
    let mut path = path_to(file, table);
    path.parts.push(Part { name: key.to_owned(), select: Select::All });
    path
}

impl Path {
    fn follow(&mut self, table: &WrittenTable, address: &[usize]) {
        let Some((index, rest)) = address.split_first() else { return };
        let Some(entry) = table.entries.get(*index) else { return };
        match (&entry.value, rest) {
            (Written::Table(inner), _) => {
                self.push(table, entry, &entry.name, Select::All);
                self.follow(inner, rest);
            }
            (Written::List(items), [item, rest @ ..]) => match items.get(*item) {
                Some(Written::Table(inner)) => {
                    self.enter(table, entry, (inner, *item, items.len()));
                    self.follow(inner, rest);
                }
                _ => self.push(table, entry, &entry.name, Select::All),
            },
            _ => self.push(table, entry, &entry.name, Select::All),
        }
    }

    /// One of a list of tables.
    fn enter(&mut self, table: &WrittenTable, entry: &Entry, (inner, item, of): (&WrittenTable, usize, usize)) {
        match (inner.table.told, self.parts.last_mut()) {
            (Told::ByName(_), _) => self.push(table, entry, inner.name().unwrap_or_default(), Select::All),
            (Told::ByValues, _) if of == 1 => {}
            (Told::ByValues, Some(last)) if inner.table.has_others => last.select = Select::Cells(cells(table, inner)),
            _ => self.push(table, entry, &entry.name, Select::Place(item + 1)),
        }
    }

    /// A part, or what the path begins with.
    fn push(&mut self, table: &WrittenTable, entry: &Entry, name: &str, select: Select) {
        let key = table.table.key(&entry.name);
        let is_first = self.section.is_empty();
        if let Some(key) = key.filter(|_| is_first) {
            self.section = key.name;
        }
        if !is_first || name != entry.name {
            self.parts.push(Part { name: name.to_owned(), select });
        }
    }
}

/// What a row of a price is for.
fn cells(price: &WrittenTable, row: &WrittenTable) -> Vec<(String, String)> {
    let cell = |name: &str| {
        let value = row.get(name).and_then(|entry| entry.value.as_text());
        (name.to_owned(), value.unwrap_or_else(|| ALL.to_owned()))
    };
    dimensions(price).map(cell).collect()
}
