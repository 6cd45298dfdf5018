//! Where a catalog declares what a plan is about.

use super::finding::{Findings, Spot};
use super::keys::{Kind, Table, Told};
use super::read::FILE;
use super::{Place, SourceFile};
use toml::de::{DeTable, DeValue};

/// Where the thing stands that a change names by its kind and code (see [`super::Change`]); `None` when it is not in the
/// catalog, as what was removed from it.
pub fn declared(files: &[SourceFile], kind: &str, code: &str) -> Option<Place> {
    let found = files.iter().enumerate().find_map(|(index, file)| {
        let (document, _) = DeTable::parse_recoverable(&file.text);
        let (_, section) = document.get_ref().iter().find(|(key, _)| key.get_ref() == kind)?;
        let span = match section.get_ref().as_array() {
            None => section.span(),
            Some(tables) => tables.iter().find(|table| is_called(table.get_ref(), kind, code))?.span(),
        };
        Some(Spot::new(index, span))
    });
    found.map(|spot| Findings::new(files).place(spot))
}

/// Whether a table has that code.
fn is_called(table: &DeValue<'_>, kind: &str, code: &str) -> bool {
    let Some(Kind::Tables(Table { told: Told::ByName(key), .. })) = FILE.key(kind).map(|key| key.kind) else {
        return false;
    };
    let value = table.as_table().and_then(|table| table.iter().find(|(name, _)| name.get_ref() == key.name));
    value.is_some_and(|(_, value)| value.get_ref().as_str() == Some(code))
}
