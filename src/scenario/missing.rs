//! What to say of a path that names nothing.

use super::find::{At, Missing, is_value};
use super::path::{Path, Select};
use crate::catalog::keys::Kind;
use crate::catalog::{Written, closest};
use std::collections::BTreeSet;

/// Why a path names nothing, where it came farthest of several catalogs.
pub(super) fn explain(path: &Path, missing: Vec<Missing<'_>>) -> String {
    let farthest = missing.iter().map(|missing| missing.parts).max().unwrap_or_default();
    let reached: Vec<At<'_>> =
        missing.into_iter().filter(|missing| missing.parts == farthest).flat_map(|missing| missing.reached).collect();
    let Some(part) = path.parts.get(farthest) else { return format!("{path} names nothing") };
    let wanted = &*part.name;
    if farthest == 0 && !path.is_in_one_table() {
        let codes: BTreeSet<String> = reached.iter().filter_map(|at| at.table.name().map(str::to_owned)).collect();
        return format!("there is no {} {wanted:?}{}", path.section, instead(wanted, &codes));
    }
    let before = Path { section: path.section, parts: path.parts[..farthest].to_vec() };
    if let Some(why) = explain_rows(&reached) {
        return format!("{before}: {why}");
    }
    if reached.iter().any(|at| is_text(at, wanted)) {
        let why = "can't be changed here; edit a copy of the catalog and name it with --with";
        return format!("{before}: {wanted} {why}");
    }
    let names: BTreeSet<String> = reached.iter().flat_map(names).collect();
    match names.contains(wanted) {
        true if part.select == Select::All => format!("{before}/{part}: which number of it?"),
        true => format!("{before} has no {part}"),
        false => format!("{before} has no {wanted:?}{}", instead(wanted, &names)),
    }
}

fn instead(wanted: &str, names: &BTreeSet<String>) -> String {
    const MOST: usize = 12;
    if let Some(close) = closest(wanted, names.iter().map(String::as_str)) {
        return format!("; did you mean {close}?");
    }
    match names.len() {
        0 => String::new(),
        1..=MOST => format!("; there is {}", names.iter().map(String::as_str).collect::<Vec<_>>().join(", ")),
        _ => String::new(),
    }
}

fn is_text(at: &At<'_>, name: &str) -> bool {
    let is_own = at.table.table.key(name).is_some_and(|key| !is_value(&key.kind) && !is_table(&key.kind));
    is_own || at.rows().iter().any(|row| is_text(row, name))
}

fn is_table(kind: &Kind) -> bool {
    matches!(kind, Kind::Table(_) | Kind::Tables(_))
}

/// What the next part could name.
fn names(at: &At<'_>) -> Vec<String> {
    let keys = at.table.entries.iter().filter(|entry| {
        let kind = at.table.table.key(&entry.name).map(|key| key.kind);
        kind.is_some_and(|kind| is_value(&kind) || is_table(&kind))
    });
    let keys = keys.map(|entry| entry.name.clone());
    let named = at.lists().filter_map(|at| at.table.name().map(str::to_owned)).collect::<Vec<_>>();
    keys.chain(named).chain(at.rows().iter().flat_map(names)).collect()
}

/// Why no row is the one that is meant.
fn explain_rows(reached: &[At<'_>]) -> Option<String> {
    let at = reached.iter().find(|at| *at.rows != Select::All)?;
    if !at.rows().is_empty() {
        return None;
    }
    let all = At { rows: &Select::All, ..at.clone() }.rows();
    let cells = match at.rows {
        Select::Cells(cells) if !all.is_empty() => cells,
        Select::Place(place) if !all.is_empty() => {
            return Some(format!("it has {} rows, so none is number {place}", all.len()));
        }
        _ => return Some("it has no rows to choose from".to_owned()),
    };
    let values = |name: &str| -> BTreeSet<String> {
        all.iter().filter_map(|row| row.table.get(name)?.value.as_text()).collect()
    };
    for (name, value) in cells {
        let known = values(name);
        if known.is_empty() {
            let names = all.iter().flat_map(|row| &row.table.entries);
            let names = names.filter(|entry| !matches!(entry.value, Written::Number(_) | Written::List(_)));
            return Some(format!(
                "none of its rows has {name:?}{}",
                instead(name, &names.map(|entry| entry.name.clone()).collect())
            ));
        }
        if value != "*" && !all.iter().any(|row| row.table.get(name).is_some_and(|entry| entry.value.is(value))) {
            return Some(format!("none of its rows is for {name}={value}{}", instead(value, &known)));
        }
    }
    Some("none of its rows is for all of these".to_owned())
}
