//! Changes carried out on what was applied, and checked as a catalog with these numbers would be.

use super::applied::{Applied, Found, reread, told, written};
use super::change::{ChangeError, set};
use super::find::{FoundKey, find};
use super::missing::{NoSuchPath, explain};
use super::name::path_to_key;
use super::nearest::nearest;
use super::path::Path;
use super::vary::Setting;
use crate::catalog::{Written, WrittenTable};
use crate::money::Decimal;
use std::fmt;
use thiserror::Error;

/// What can't be changed so, and why. It begins with the settings.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub struct ApplyError {
    /// What was to be changed.
    pub settings: Vec<Setting>,
    /// Why it can't be.
    pub why: Box<WhyNot>,
    /// What can be set after it, so that it can: where a change comes to more decimals than can be, the nearest number.
    pub nearest: Vec<Setting>,
}

/// Why something can't be changed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum WhyNot {
    /// The path names nothing.
    #[error(transparent)]
    NoSuchPath(#[from] Box<NoSuchPath>),
    /// The path names all prices, which can't become the same.
    #[error("* stands for every price: write how much to change them by, as in {0}=+20%")]
    EveryPrice(Path),
    /// The key can't hold the value.
    #[error(transparent)]
    Change(#[from] ChangeError),
    /// The same, where the path names several keys.
    #[error("{0}: {1}")]
    ChangeAt(Path, ChangeError),
    /// `check` would refuse it.
    #[error(transparent)]
    Found(#[from] Found),
}

impl fmt::Display for ApplyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let named = self.settings.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        match (self.why.as_ref(), self.settings.as_slice()) {
            (why, []) => write!(f, "{why}"),
            // What it is about need not be said twice.
            (WhyNot::Found(Found::Error { place: Some(place), message, help }), [Setting { path, .. }])
                if *place == path.to_string() =>
            {
                write!(f, "{named}: {message}{}", told(help, "; ", ""))
            }
            (why, _) => write!(f, "{named}: {why}"),
        }
    }
}

/// Makes every change, one after another, in each of `applied`: each from the value that stands there. A product that
/// names an asset which its terms don't have can't be billed, and stays as it is.
///
/// # Errors
/// When a path names nothing in any of them, or a value is one that its key can't hold, or that `check` would refuse.
pub fn apply(settings: &[Setting], applied: &[Applied]) -> Result<Vec<Applied>, ApplyError> {
    let refused = |why: WhyNot| ApplyError { settings: settings.to_vec(), why: why.into(), nearest: Vec::new() };
    let before = written(applied).map_err(|why| refused(why.into()))?;
    let mut after = before.clone();
    for setting in settings {
        change(&mut after, setting).map_err(|why| ApplyError { settings: vec![setting.clone()], ..refused(why) })?;
    }
    reread(applied, &before, &after).map_err(|why| {
        let is_relative = settings.iter().any(|setting| setting.change.is_relative());
        let nearest = if is_relative { nearest(applied, &before, after) } else { Vec::new() };
        ApplyError { nearest, ..refused(why.into()) }
    })
}

/// Why a path names no numbers.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NoNumbers {
    /// It names nothing.
    #[error(transparent)]
    NoSuchPath(#[from] Box<NoSuchPath>),
    /// It names a word.
    #[error("{0} is not a number")]
    Word(Path),
    /// A number could stand there.
    #[error("{0} has no number yet")]
    None(Path),
    /// There is nothing that it could name.
    #[error(transparent)]
    Found(#[from] Found),
}

/// The numbers that a path names, without those that are the same as others.
///
/// # Errors
/// When it names nothing, or no numbers.
pub(super) fn numbers(path: &Path, applied: &[Applied]) -> Result<Vec<Decimal>, NoNumbers> {
    let files = written(applied)?;
    let mut numbers = Vec::new();
    for found in find_all(&files, path)?.iter().flatten() {
        match found.table.get(found.key.name).map(|entry| &entry.value) {
            Some(Written::Number(number) | Written::Payment(number, _)) if numbers.contains(number) => {}
            Some(Written::Number(number) | Written::Payment(number, _)) => numbers.push(*number),
            Some(_) => return Err(NoNumbers::Word(path.clone())),
            None => return Err(NoNumbers::None(path.clone())),
        }
    }
    Ok(numbers)
}

fn change(files: &mut [WrittenTable], Setting { path, change }: &Setting) -> Result<(), WhyNot> {
    if path.names_all() && !change.is_relative() {
        return Err(WhyNot::EveryPrice(path.clone()));
    }
    let keys = |found: Vec<FoundKey<'_>>| found.into_iter().map(|found| (found.address, found.key)).collect::<Vec<_>>();
    let found: Vec<_> = find_all(files, path)?.into_iter().map(keys).collect();
    for (file, found) in files.iter_mut().zip(found) {
        let several = found.len() > 1;
        for (address, key) in found {
            let Some(table) = file.at(&address) else { continue };
            set(table, key, change).map_err(|why| match several {
                true => WhyNot::ChangeAt(path_to_key(file, &address, key.name), why),
                false => why.into(),
            })?;
        }
    }
    Ok(())
}

/// For each file what a path names in it: keys that are there or, if there are none in any file, that could be.
fn find_all<'t>(files: &'t [WrittenTable], path: &'t Path) -> Result<Vec<Vec<FoundKey<'t>>>, Box<NoSuchPath>> {
    let mut missing = Vec::new();
    for absent in [false, true] {
        let found: Vec<_> = files.iter().map(|file| find(file, path, absent)).collect();
        if found.iter().any(Result::is_ok) {
            return Ok(found.into_iter().map(Result::unwrap_or_default).collect());
        }
        missing = found.into_iter().filter_map(Result::err).collect();
    }
    Err(explain(path, missing).into())
}
