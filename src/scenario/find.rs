//! Where in a catalog's tables the numbers stand that a path names.

use super::path::{ALL, Part, Path, Select};
use crate::catalog::keys::{Key, Kind, Told};
use crate::catalog::{Address, Entry, Written, WrittenTable};

/// A key in one of a catalog's tables.
pub(super) struct FoundKey<'t> {
    /// From the file to the table.
    pub address: Address,
    /// The table that has, or could have, the key.
    pub table: &'t WrittenTable,
    /// The key that is named.
    pub key: &'static Key,
}

/// What the first parts of a path name, where the next one, or the rows of the last, are not there.
pub(super) struct Missing<'t> {
    /// How many parts name something.
    pub parts: usize,
    /// What they name.
    pub reached: Vec<At<'t>>,
}

/// A table that the parts of a path name so far, where it is, and which of its rows they name.
#[derive(Clone)]
pub(super) struct At<'t> {
    /// From the file to the table.
    pub address: Address,
    /// The table itself.
    pub table: &'t WrittenTable,
    /// All, if there are none.
    pub rows: &'t Select,
}

/// The keys in a file that a path names. Those that a table could have, and does not, are among them if `absent`.
pub(super) fn find<'t>(file: &'t WrittenTable, path: &'t Path, absent: bool) -> Result<Vec<FoundKey<'t>>, Missing<'t>> {
    let mut reached =
        At { address: Address::new(), table: file, rows: &Select::All }.called(path.section, &Select::All);
    let last = path.parts.len() - 1;
    for (parts, part) in path.parts[..last].iter().enumerate() {
        let is_code = parts == 0 && !path.is_in_one_table();
        let next = |at: &At<'t>| if is_code { at.having_code(part) } else { at.named(part) };
        let found: Vec<_> = reached.iter().flat_map(next).collect();
        if found.is_empty() {
            return Err(Missing { parts, reached });
        }
        reached = found;
    }
    let keys: Vec<_> = reached.iter().flat_map(|at| at.keys(&path.parts[last].name, absent)).collect();
    if keys.is_empty() { Err(Missing { parts: last, reached }) } else { Ok(keys) }
}

impl<'t> At<'t> {
    fn within(&self, steps: &[usize], table: &'t WrittenTable, rows: &'t Select) -> Self {
        Self { address: [&self.address, steps].concat(), table, rows }
    }

    /// Itself, if it has that code.
    fn having_code(&self, part: &'t Part) -> Vec<Self> {
        let is_it = self.table.name() == Some(&part.name);
        is_it.then(|| Self { rows: &part.select, ..self.clone() }).into_iter().collect()
    }

    /// The tables in it that a part names: by their key, by their own name, or within its rows.
    fn named(&self, part: &'t Part) -> Vec<Self> {
        let mut found: Vec<_> = self.rows().iter().flat_map(|row| row.named(part)).collect();
        if *self.rows == Select::All {
            found.extend(self.called(&part.name, &part.select));
            let named = self.lists().filter(|at| at.table.name() == Some(&part.name));
            found.extend(named.map(|at| Self { rows: &part.select, ..at }));
        }
        found
    }

    /// The table, or the tables of the list, at a key.
    fn called(&self, key: &str, select: &'t Select) -> Vec<Self> {
        let at = |(index, entry): (usize, &'t Entry)| match &entry.value {
            Written::Table(table) => vec![self.within(&[index], table, select)],
            Written::List(items) => self.selected(index, items, select),
            _ => Vec::new(),
        };
        self.table.entries.iter().enumerate().filter(|(_, entry)| entry.name == key).flat_map(at).collect()
    }

    /// The rows that are meant: their keys count as its own.
    pub fn rows(&self) -> Vec<Self> {
        let is_rows = |entry: &&Entry| self.told(entry).is_some_and(|told| matches!(told, Told::ByValues));
        let rows = self.table.entries.iter().filter(is_rows);
        rows.flat_map(|entry| self.called(&entry.name, self.rows)).collect()
    }

    /// Every table of every list in it.
    pub fn lists(&self) -> impl Iterator<Item = Self> {
        let lists = self.table.entries.iter().filter(|entry| matches!(entry.value, Written::List(_)));
        lists.flat_map(|entry| self.called(&entry.name, &Select::All))
    }

    fn told(&self, entry: &Entry) -> Option<Told> {
        match self.table.table.key(&entry.name)?.kind {
            Kind::Tables(table) => Some(table.told),
            _ => None,
        }
    }

    fn selected(&self, index: usize, items: &'t [Written], select: &'t Select) -> Vec<Self> {
        let tables = items.iter().enumerate().filter_map(|(item, value)| match value {
            Written::Table(table) => Some((item, table)),
            _ => None,
        });
        let tables: Vec<_> = tables.collect();
        let is_known = |name: &str| {
            dimensions(self.table).any(|known| known == name) || tables.iter().any(|(_, table)| has_key(table, name))
        };
        let is_selected = |item: usize, table: &WrittenTable| match select {
            Select::All => true,
            Select::Place(place) => item + 1 == *place,
            Select::Cells(cells) => cells.iter().all(|(name, value)| is_known(name) && holds(table, name, value)),
        };
        let selected = tables.iter().filter(|(item, table)| is_selected(*item, table));
        selected.map(|&(item, table)| self.within(&[index, item], table, &Select::All)).collect()
    }

    /// The keys that a last part names, in its rows and in itself.
    fn keys(&self, name: &str, absent: bool) -> Vec<FoundKey<'t>> {
        if name == ALL {
            return self.prices();
        }
        let mut found: Vec<_> = self.rows().iter().flat_map(|row| row.keys(name, absent)).collect();
        if let Some(key) = self.table.table.key(name).filter(|key| *self.rows == Select::All && is_value(&key.kind)) {
            let is_there = self.table.get(name).is_some();
            if is_there || absent && found.is_empty() && self.may_have(key) {
                found.push(self.found(key));
            }
        }
        found
    }

    fn found(&self, key: &'static Key) -> FoundKey<'t> {
        FoundKey { address: self.address.clone(), table: self.table, key }
    }

    /// Every price in it and in the tables within.
    fn prices(&self) -> Vec<FoundKey<'t>> {
        if *self.rows != Select::All {
            return self.rows().iter().flat_map(At::prices).collect();
        }
        let own = self.table.entries.iter().filter_map(|entry| self.table.table.key(&entry.name));
        let own = own.filter(|key| key.is_price).map(|key| self.found(key));
        own.chain(self.lists().flat_map(|at| at.prices())).collect()
    }

    /// Whether a key that is not there could be.
    fn may_have(&self, key: &Key) -> bool {
        let declared = self.table.table;
        let either = declared.either.into_iter().flatten();
        let excludes = |entry: &Entry| match &entry.value {
            Written::Text(word) => declared.refused(&entry.name, word).iter().any(|refused| refused.name == key.name),
            _ => false,
        };
        !key.is_idle && either.clone().all(|one| one.name != key.name) && !self.table.entries.iter().any(excludes)
    }
}

fn has_key(table: &WrittenTable, name: &str) -> bool {
    table.table.key(name).is_some() || table.get(name).is_some()
}

/// What the rows of a price may be for.
pub(super) fn dimensions(price: &WrittenTable) -> impl Iterator<Item = &str> {
    let names = price.get("billable_dimensions").map(|entry| &entry.value);
    let names = if let Some(Written::List(names)) = names { names.as_slice() } else { &[] };
    names.iter().filter_map(|name| if let Written::Text(name) = name { Some(&**name) } else { None })
}

/// Whether a row is for that value, where `*` is any.
fn holds(row: &WrittenTable, name: &str, value: &str) -> bool {
    let is_any = value == ALL;
    row.get(name).map_or(is_any, |entry| entry.value.is(value))
}

/// Whether what stands at a key can be changed: a number, one of a few words, or a list of them.
pub(super) fn is_value(kind: &Kind) -> bool {
    match kind {
        Kind::Amount | Kind::Positive | Kind::Whole(..) | Kind::Payment | Kind::Words(_) | Kind::Flag => true,
        Kind::List(each) => matches!(each, Kind::Words(_)),
        _ => false,
    }
}
