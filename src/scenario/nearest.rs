//! Where changes come to numbers with more decimals than can be: the nearest that can be.

use super::applied::{Applied, Found, reread};
use super::change::set;
use super::find::find;
use super::path::Path;
use super::value::Change;
use super::vary::Setting;
use crate::catalog::{Written, WrittenTable};
use crate::money::{Decimal, Rounding, round_decimal};

/// So many are told at most.
const MOST: usize = 12;
/// The most decimals that an amount has.
const MOST_DECIMALS: u32 = 9;

/// What can be set after changes, so that nothing is wrong with what comes of them. Nothing, if fewer decimals don't help.
pub(super) fn nearest(applied: &[Applied], before: &[WrittenTable], mut after: Vec<WrittenTable>) -> Vec<Setting> {
    let mut all = Vec::new();
    while let Err(found) = reread(applied, before, &after) {
        let is_more = all.len() < MOST;
        let Some(setting) = is_more.then(|| rounded(applied, before, &mut after, &found)).flatten() else {
            return Vec::new();
        };
        all.push(setting);
    }
    all
}

/// Rounds the number that is wrong until nothing is wrong with it.
fn rounded(applied: &[Applied], before: &[WrittenTable], after: &mut [WrittenTable], found: &Found) -> Option<Setting> {
    let path: Path = found.place()?.parse().ok()?;
    let number = number(after, &path)?;
    let most = number.scale().min(MOST_DECIMALS + 1);
    for decimals in (0..most).rev().filter_map(|decimals| u8::try_from(decimals).ok()) {
        let units = round_decimal(number, decimals, Rounding::HalfEven).ok()?;
        let change = Change::Number(Decimal::new(units, decimals.into()).normalize());
        put(after, &path, &change)?;
        match reread(applied, before, after) {
            Err(still) if still.place() == found.place() => {}
            _ => return Some(Setting { path, change }),
        }
    }
    None
}

/// The only number that a path names.
fn number(files: &[WrittenTable], path: &Path) -> Option<Decimal> {
    let mut numbers = Vec::new();
    for found in files.iter().filter_map(|file| find(file, path, false).ok()).flatten() {
        match found.table.get(found.key.name).map(|entry| &entry.value) {
            Some(Written::Number(number) | Written::Payment(number, _)) => numbers.push(*number),
            _ => return None,
        }
    }
    numbers.dedup();
    if let [only] = numbers[..] { Some(only) } else { None }
}

fn put(files: &mut [WrittenTable], path: &Path, change: &Change) -> Option<()> {
    for file in files {
        let found = find(file, path, false).unwrap_or_default();
        let keys: Vec<_> = found.into_iter().map(|found| (found.address, found.key)).collect();
        for (address, key) in keys {
            set(file.at(&address)?, key, change).ok()?;
        }
    }
    Some(())
}
