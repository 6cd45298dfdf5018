//! Why a path names nothing.

use super::find::{At, Missing, is_value};
use super::path::{Path, Select};
use crate::catalog::keys::Kind;
use crate::catalog::{Written, closest};
use std::collections::BTreeSet;
use std::fmt;
use thiserror::Error;

/// Why a path names nothing. Its parts up to the one that is meant do.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NoSuchPath {
    /// It is too short.
    #[error("the catalog has nothing at {0}")]
    Nothing(Path),
    /// No table has that code.
    #[error("there is no {section} {code:?}{instead}")]
    Code {
        /// Such as `product`.
        section: &'static str,
        /// The code that was written.
        code: String,
        /// What may be meant.
        instead: Instead,
    },
    /// There are fewer rows.
    #[error("{0}: it has {1} rows, so none is number {2}")]
    Place(Path, usize, usize),
    /// There are no rows.
    #[error("{0}: it has no rows to choose from")]
    NoRows(Path),
    /// Rows have no such dimension.
    #[error("{table}: none of its rows has {name:?}{instead}")]
    Dimension {
        /// What has the rows.
        table: Path,
        /// The dimension that was written.
        name: String,
        /// What may be meant.
        instead: Instead,
    },
    /// No row has that value.
    #[error("{table}: none of its rows is for {name}={value}{instead}")]
    Value {
        /// What has the rows.
        table: Path,
        /// The dimension.
        name: String,
        /// The value that was written.
        value: String,
        /// What may be meant.
        instead: Instead,
    },
    /// No row has all of the values.
    #[error("{0}: none of its rows is for all of these")]
    Values(Path),
    /// It names text, or something else that is neither a number nor a word.
    #[error("{0}: {1} can't be changed here; edit a copy of the catalog and name it with --with")]
    Unchangeable(Path, String),
    /// It names a table, in which there are several numbers.
    #[error("{0} is not one number; add the key of one")]
    Table(Path),
    /// There is none of that part.
    #[error("{0} has no {1}")]
    Part(Path, String),
    /// There is no key or name like it.
    #[error("{table} has no {name:?}{instead}")]
    Name {
        /// Where it is looked for.
        table: Path,
        /// The key or name.
        name: String,
        /// What may be meant.
        instead: Instead,
    },
}

/// What may be meant by a name that is not there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Instead {
    /// One that is spelled alike.
    Close(String),
    /// One of these.
    OneOf(Vec<String>),
    /// That can't be said.
    Unknown,
}

impl Instead {
    fn of(wanted: &str, names: &BTreeSet<String>) -> Self {
        const MOST: usize = 12;
        match closest(wanted, names.iter().map(String::as_str)) {
            Some(close) => Self::Close(close.to_owned()),
            None if (1..=MOST).contains(&names.len()) => Self::OneOf(names.iter().cloned().collect()),
            None => Self::Unknown,
        }
    }
}

impl fmt::Display for Instead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Close(name) => write!(f, "; did you mean {name}?"),
            Self::OneOf(names) => write!(f, "; there is {}", names.join(", ")),
            Self::Unknown => Ok(()),
        }
    }
}

/// Why a path names nothing, where it came farthest of several catalogs.
pub(super) fn explain(path: &Path, missing: Vec<Missing<'_>>) -> NoSuchPath {
    let farthest = missing.iter().map(|missing| missing.parts).max().unwrap_or_default();
    let reached: Vec<At<'_>> =
        missing.into_iter().filter(|missing| missing.parts == farthest).flat_map(|missing| missing.reached).collect();
    let Some(part) = path.parts.get(farthest) else { return NoSuchPath::Nothing(path.clone()) };
    let wanted = &part.name;
    if farthest == 0 && !path.is_in_one_table() {
        let codes: BTreeSet<String> = reached.iter().filter_map(|at| at.table.name().map(str::to_owned)).collect();
        let instead = Instead::of(wanted, &codes);
        return NoSuchPath::Code { section: path.section, code: wanted.clone(), instead };
    }
    let until = |parts: usize| Path { section: path.section, parts: path.parts[..parts].to_vec() };
    let table = until(farthest);
    if let Some(at) = reached.iter().find(|at| *at.rows != Select::All).filter(|at| at.rows().is_empty()) {
        return explain_rows(at, table);
    }
    if reached.iter().any(|at| is_text(at, wanted)) {
        return NoSuchPath::Unchangeable(table, wanted.clone());
    }
    let names: BTreeSet<String> = reached.iter().flat_map(names).collect();
    match names.contains(wanted) {
        true if part.select == Select::All => NoSuchPath::Table(until(farthest + 1)),
        true => NoSuchPath::Part(table, part.to_string()),
        false => NoSuchPath::Name { table, name: wanted.clone(), instead: Instead::of(wanted, &names) },
    }
}

/// Why no row is the one that is meant.
fn explain_rows(at: &At<'_>, table: Path) -> NoSuchPath {
    let all = At { rows: &Select::All, ..at.clone() }.rows();
    let cells = match at.rows {
        Select::Cells(cells) if !all.is_empty() => cells,
        Select::Place(place) if !all.is_empty() => return NoSuchPath::Place(table, all.len(), *place),
        _ => return NoSuchPath::NoRows(table),
    };
    for (name, value) in cells {
        let known: BTreeSet<String> = all.iter().filter_map(|row| row.table.get(name)?.value.as_text()).collect();
        if known.is_empty() {
            let names = all.iter().flat_map(|row| &row.table.entries);
            let names = names.filter(|entry| !matches!(entry.value, Written::Number(_) | Written::List(_)));
            let instead = Instead::of(name, &names.map(|entry| entry.name.clone()).collect());
            return NoSuchPath::Dimension { table, name: name.clone(), instead };
        }
        if value != "*" && !all.iter().any(|row| row.table.get(name).is_some_and(|entry| entry.value.is(value))) {
            let instead = Instead::of(value, &known);
            return NoSuchPath::Value { table, name: name.clone(), value: value.clone(), instead };
        }
    }
    NoSuchPath::Values(table)
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
