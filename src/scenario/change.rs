//! What a change makes of the value that stands at a key.

use super::value::Change;
use crate::catalog::keys::{Key, Kind, Usual};
use crate::catalog::{Written, WrittenTable};
use crate::money::Decimal;

/// Changes what stands at a key of a table, or puts it there.
pub(super) fn set(table: &mut WrittenTable, key: &Key, change: &Change) -> Result<(), String> {
    let value = match (&key.kind, change) {
        (Kind::Words(_), Change::Words(words)) if words.len() == 1 => Written::Text(words[0].clone()),
        (Kind::List(_), Change::Words(words)) => words.iter().map(String::as_str).collect(),
        (Kind::Flag, Change::Words(words)) if *words == ["true"] => Written::Flag(true),
        (Kind::Flag, Change::Words(words)) if *words == ["false"] => Written::Flag(false),
        (Kind::Words(words) | Kind::List(Kind::Words(words)), _) => {
            let words = words.iter().filter(|word| !word.is_alias()).map(|word| word.name);
            return Err(format!("it is one of: {}", words.collect::<Vec<_>>().join(", ")));
        }
        (Kind::Flag, _) => return Err("it is true or false".to_owned()),
        (Kind::Payment, _) => payment(table, key, change)?,
        _ => Written::Number(change.of(number(table, key, change)?)?),
    };
    table.set(key.name, value);
    Ok(())
}

/// The number that stands at a key, or what holds when there is none.
fn number(table: &WrittenTable, key: &Key, change: &Change) -> Result<Decimal, String> {
    match (table.get(key.name).map(|entry| &entry.value), key.default) {
        (Some(Written::Number(number) | Written::Payment(number, _)), _) => Ok(*number),
        (_, Some(Usual::Number(number))) => Ok(Decimal::from(number)),
        _ if change.is_relative() => Err("there is none yet, so say which number it becomes".to_owned()),
        _ => Ok(Decimal::ZERO),
    }
}

/// A payment in the currency of the one that stands there, or of another one beside it.
fn payment(table: &WrittenTable, key: &Key, change: &Change) -> Result<Written, String> {
    let number = change.of(number(table, key, change)?)?;
    let asset = |entry: &crate::catalog::Entry| match &entry.value {
        Written::Payment(_, asset) => Some(asset.clone()),
        _ => None,
    };
    let currency = table.get(key.name).and_then(asset).or_else(|| table.entries.iter().find_map(asset));
    currency.map(|asset| Written::Payment(number, asset)).ok_or_else(|| "it has no currency".to_owned())
}
