//! The first records of a JSON log: its lines, or what a document has. Its text may be cut off anywhere.

use super::super::error::Problem;
use super::super::json_text::{Scanner, Syntax, check, entries};
use super::names::Role;
use super::sample::{Columns, MOST_RECORDS, Sample};
use crate::catalog::LogFormat;

/// So deep in a record are columns looked for. Nobody bills by what lies deeper, and a hostile line has no end of levels.
const DEEPEST: usize = 16;

/// Looks at the beginning of a JSON log. What is wrong comes with its line, where it is at one.
pub(super) fn sample(text: &str) -> Result<Sample, (Option<u64>, Problem)> {
    let broken = |error: Syntax| (Some(line_at(text, error.at)), Problem::Json(error.to_string()));
    let mut columns = Columns::default();
    let (records, found) = match lines_of(text) {
        Some(lines) => (None, lines),
        None => document(text, &mut columns).map_err(broken)?,
    };
    let found: Vec<&str> = found.into_iter().filter(|text| text.starts_with('{')).take(MOST_RECORDS).collect();
    if found.is_empty() {
        return Err((None, Problem::NoObjects));
    }
    for record in &found {
        flatten(record, "", DEEPEST, &mut columns).map_err(broken)?;
    }
    let (count, columns) = (found.len(), columns.columns);
    Ok(Sample { format: LogFormat::Json, delimiter: b',', skip_lines: 0, records, columns, count })
}

fn line_at(text: &str, at: usize) -> u64 {
    1 + text.as_bytes()[..at.min(text.len())].iter().filter(|&&byte| byte == b'\n').count() as u64
}

/// The lines that are records by themselves, where the first is one or the next ones are. A record around others is a
/// document, unless it has a time of its own and others follow: then the list is a part of it, such as a chat's messages.
fn lines_of(text: &str) -> Option<Vec<&str>> {
    let is_object = |line: &&str| line.starts_with('{') && check(line).is_ok();
    let mut all = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let first = all.clone().next()?;
    let next: Vec<&str> = all.clone().skip(1).take(2).collect();
    let is_torn = || first.starts_with('{') && !next.is_empty() && next.iter().all(is_object);
    let has_time =
        || begun_entries(first).is_ok_and(|own| own.iter().any(|(key, _)| Role::OccurredAt.rank(key).is_some()));
    let is_listed = || nested(first).is_some() && !(next.first().is_some_and(is_object) && has_time());
    let is_lines = if is_object(&first) { !is_listed() } else { is_torn() };
    is_lines.then(|| all.by_ref().filter(is_object).collect())
}

/// The records of a document, and the path to them. What stands around them becomes columns.
fn document<'a>(text: &'a str, columns: &mut Columns) -> Result<(Option<String>, Vec<&'a str>), Syntax> {
    // A line that is whole by itself says where the records of all lines are.
    let line = text.lines().next().map(str::trim).filter(|line| check(line).is_ok());
    let values = line.map_or_else(|| values(text), |line| Ok(vec![line]))?;
    let Some(&whole) = values.first() else { return Ok((None, Vec::new())) };
    if whole.starts_with('[') {
        return Ok((None, begun_elements(whole)?));
    }
    // Values that follow one another are records, as one is that has no list of records.
    let Some((path, list)) = nested(whole).filter(|_| values.len() == 1) else { return Ok((None, values)) };
    let inner = list.first().copied().filter(|first| first.starts_with('{')).and_then(nested);
    let Some((inner, _)) = inner else { return Ok((Some(path), list)) };
    let mut all = Vec::new();
    for element in list {
        let records = nested(element).map(|(_, list)| list).unwrap_or_default();
        for (key, value) in begun_entries(element)?.iter().filter(|(_, value)| !value.starts_with(['{', '['])) {
            let text = Scanner::new(value).text()?.unwrap_or_default();
            records.iter().for_each(|_| columns.add(&format!("{path}.{key}"), &text));
        }
        all.extend(records);
    }
    Ok((Some(format!("{path}.{inner}")), all))
}

/// The values that stand one after the other; of the last one what there is of it.
fn values(text: &str) -> Result<Vec<&str>, Syntax> {
    let mut values = Vec::new();
    let mut rest = text.trim_ascii();
    while !rest.is_empty() {
        let mut scanner = Scanner::new(rest);
        match scanner.raw() {
            Ok(value) => values.push(value),
            // One that is cut off is something only if it is the only one.
            Err(error) if error.at_end => {
                values.extend(values.is_empty().then_some(rest));
                break;
            }
            Err(error) => {
                let passed = rest.as_ptr() as usize - text.as_ptr() as usize;
                return Err(Syntax { at: error.at + passed, ..error });
            }
        }
        rest = rest[scanner.position()..].trim_ascii_start();
    }
    Ok(values)
}

/// The elements of a list, as far as they are there.
fn begun_elements(text: &str) -> Result<Vec<&str>, Syntax> {
    let mut elements = Vec::new();
    let read = Scanner::whole(text, |scanner| {
        scanner.array(|scanner| {
            let start = scanner.position();
            let element = scanner.raw();
            // The first one may be all that there is, and hold the records.
            elements.extend(element.ok().or_else(|| elements.is_empty().then_some(&text[start..])));
            element.map(drop)
        })
    });
    read.or_else(|error| if error.at_end { Ok(()) } else { Err(error) }).map(|()| elements)
}

/// The entries of an object, as far as they are there.
fn begun_entries(text: &str) -> Result<Vec<(String, &str)>, Syntax> {
    let mut entries = Vec::new();
    let read = Scanner::whole(text, |scanner| {
        scanner.object(|scanner, key| {
            let start = scanner.position();
            let value = scanner.raw();
            entries.push((key.into_owned(), value.unwrap_or(&text[start..])));
            value.map(drop)
        })
    });
    read.or_else(|error| if error.at_end { Ok(()) } else { Err(error) }).map(|()| entries)
}

/// The first list of objects in an object, and its path; or the only object in one.
fn nested(object: &str) -> Option<(String, Vec<&str>)> {
    let entries = begun_entries(object).ok()?;
    let list = entries.iter().find_map(|(key, value)| {
        let all = begun_elements(value).ok().filter(|all| all.first().is_some_and(|first| first.starts_with('{')))?;
        Some((format!("{key}[]"), all))
    });
    let only = match entries.as_slice() {
        [(key, value)] if value.starts_with('{') => Some((key.clone(), vec![*value])),
        _ => None,
    };
    list.or(only)
}

/// Adds an object's values by their paths, down to so many levels of objects.
fn flatten(object: &str, path: &str, levels: usize, columns: &mut Columns) -> Result<(), Syntax> {
    for (key, value) in entries(object)? {
        let name = if path.is_empty() { key.into_owned() } else { format!("{path}.{key}") };
        match (value.starts_with('{'), levels) {
            (true, 0) => {}
            (true, _) => flatten(value, &name, levels - 1, columns)?,
            (false, _) => columns.add(&name, Scanner::new(value).text()?.as_deref().unwrap_or_default()),
        }
    }
    Ok(())
}
