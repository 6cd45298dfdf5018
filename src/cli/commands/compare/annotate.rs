//! `--format github`: each condition that holds, at the line of the catalog that brings it about, if one can be named.

use crate::catalog::{Place, SourceFile};
use crate::cli::value::Named;
use crate::cli::workspace::sources;
use crate::render::{Annotation, Level, github, github_anywhere, headline, sanitize};
use crate::scenario::{Path as Written, Setting, Vary, place};
use crate::whatif::{Comparison, Failed};
use std::path::Path;

/// The title of an annotation.
const RULE: &str = "condition-holds";

/// What scenarios change.
#[derive(Clone, Copy)]
pub(super) struct Changes<'a> {
    /// The catalog that is the base.
    pub base: &'a Path,
    /// Other catalogs.
    pub with: &'a [Named],
    /// Numbers, some of them under a scenario's name.
    pub set: &'a [(Option<String>, Setting)],
    /// Numbers with several values.
    pub vary: &'a [Vary],
}

/// The annotations, and what each scenario comes to for whoever reads the log.
pub(super) fn annotations(comparison: &Comparison, changes: &Changes) -> String {
    let mut text: String = comparison.failed.iter().map(|failed| annotation(failed, changes)).collect();
    for scenario in &comparison.scenarios {
        text += &format!("{}: {}\n", sanitize(&scenario.name), sanitize(&headline(comparison, scenario)));
    }
    text
}

fn annotation(failed: &Failed, changes: &Changes) -> String {
    let message = failed.to_string();
    match changes.place(&failed.scenario) {
        Some(place) => {
            let end = (place.line, place.column);
            github(&[Annotation { level: Level::Error, rule: RULE, message, help: None, place, end }])
        }
        None => github_anywhere(Level::Error, RULE, &message),
    }
}

impl Changes<'_> {
    /// Where the only thing stands that a scenario changes.
    fn place(&self, scenario: &str) -> Option<Place> {
        let with = self.with.iter().find(|named| named.name() == scenario);
        let own = self.set.iter().filter(|(name, _)| name.as_deref() == Some(scenario));
        let own: Vec<&Written> = own.map(|(_, setting)| &setting.path).collect();
        let path = match (with, own.as_slice()) {
            (Some(with), []) => return changed_line(&sources(self.base).ok()?, &sources(&with.path).ok()?),
            (None, []) => self.nameless(scenario)?,
            (None, [one]) => one,
            _ => return None,
        };
        place(&sources(self.base).ok()?, path)
    }

    /// The only path of a scenario that is called by what it changes.
    fn nameless(&self, scenario: &str) -> Option<&Written> {
        let sets: Vec<&Setting> = self.set.iter().filter(|(name, _)| name.is_none()).map(|(_, own)| own).collect();
        let called: Vec<String> = sets.iter().map(ToString::to_string).collect();
        match (sets.as_slice(), self.vary) {
            ([one], _) if called.join(", ") == scenario => Some(&one.path),
            (_, [one]) if called.join(", ") != scenario => Some(&one.path),
            _ => None,
        }
    }
}

/// Where the only place begins in which two catalogs differ.
fn changed_line(before: &[SourceFile], after: &[SourceFile]) -> Option<Place> {
    let name = |file: &SourceFile| Path::new(&file.name).file_name().map(ToOwned::to_owned);
    let pairs: Vec<_> = match (before, after) {
        ([before], [after]) => vec![(before, after)],
        _ if before.len() != after.len() => return None,
        _ => {
            let same = |after| Some((before.iter().find(|before| name(before) == name(after))?, after));
            after.iter().map(same).collect::<Option<_>>()?
        }
    };
    let mut differing = pairs.into_iter().filter(|(before, after)| before.text != after.text);
    let (before, after) = differing.next()?;
    if differing.next().is_some() { None } else { first_difference(before, after) }
}

/// Where two files differ, if all lines that do follow one another.
fn first_difference(before: &SourceFile, after: &SourceFile) -> Option<Place> {
    let [old, new] = [before, after].map(|file| file.text.lines().collect::<Vec<_>>());
    let first = old.iter().zip(&new).take_while(|(old, new)| old == new).count();
    let (old, rest) = (&old[first..], &new[first..]);
    let last = old.iter().rev().zip(rest.iter().rev()).take_while(|(old, new)| old == new).count();
    let (old, changed) = (&old[..old.len() - last], &rest[..rest.len() - last]);
    if old.iter().any(|line| changed.contains(line)) {
        return None;
    }
    let line = first.min(new.len().saturating_sub(1));
    let column = new.get(line).map_or(0, |text| text.len() - text.trim_start().len());
    Some(Place { file: after.name.clone(), line: line + 1, column: column + 1 })
}
