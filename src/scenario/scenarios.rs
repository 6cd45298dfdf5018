//! Which scenarios a command line asks for.

use super::applied::Applied;
use super::apply::{ApplyError, apply};
use super::path::Path;
use super::vary::{Setting, Vary};
use crate::catalog::Catalog;
use std::collections::BTreeSet;
use thiserror::Error;

/// What a history is billed under instead of what it was billed under.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scenario {
    /// Its name, which no other scenario has.
    pub name: String,
    /// The catalog whose terms all versions then have, if it is another one.
    pub catalog: Option<Catalog>,
    /// What changes in the base, or in the other catalog.
    pub settings: Vec<Setting>,
}

impl Scenario {
    /// Whether it was given no name, so that it is called by what it changes.
    pub fn is_unnamed(&self) -> bool {
        self.catalog.is_none() && self.name == named_by(&self.settings)
    }

    /// The scenario's catalog, where `base` is the one that it is compared with. Mappings stay: a log is read once. Examples
    /// are left out, since they tell what the catalog charged before.
    ///
    /// # Errors
    /// As [`apply`].
    pub fn catalog(&self, base: &Catalog) -> Result<Catalog, ApplyError> {
        let catalog = self.catalog.as_ref().unwrap_or(base);
        let changed = apply(&self.settings, &[Applied::from(catalog)])?.into_iter().next();
        Ok(match changed {
            Some(Applied { terms, products }) if !self.settings.is_empty() => {
                let (name, mappings) = (catalog.name.clone(), catalog.mappings.clone());
                Catalog { name, terms, products, mappings, examples: Vec::new() }
            }
            _ => catalog.clone(),
        })
    }
}

/// Why scenarios can't be told apart or counted.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ScenarioError {
    /// There are more than so many.
    #[error("more than {0} scenarios, which is the most that can be compared at once")]
    TooMany(usize),
    /// A number is varied twice.
    #[error("{0} is varied twice")]
    Twice(Path),
    /// One scenario sets a number twice.
    #[error("{0} is set twice; name two scenarios to compare them: --set a:{0}=VALUE --set b:{0}=VALUE")]
    SetTwice(Path),
    /// It is not said which values are tried.
    #[error("{0} has no values: write {0}=A,B,C or {0}=FROM..TO/STEP")]
    NoValues(Path),
    /// The name is taken.
    #[error("{BASE} is what scenarios are compared with; use another name")]
    Base,
    /// Two have one name.
    #[error("two scenarios are called {0:?}; give one of them another name")]
    SameName(String),
}

/// The name of what scenarios are compared with.
pub const BASE: &str = "base";

/// One scenario for each other catalog, one for each name of `sets`, one for all of them without a name, and one for each
/// value of `varies`, of which several multiply. A name of `sets` may be that of another catalog, which it then changes.
///
/// # Errors
/// When there are more scenarios than `most`, no values, a name twice, or a number twice in one scenario.
pub fn scenarios(
    catalogs: Vec<(String, Catalog)>,
    sets: Vec<(Option<String>, Setting)>,
    varies: &[Vary],
    most: usize,
) -> Result<Vec<Scenario>, ScenarioError> {
    let with = |(name, catalog)| Scenario { name, catalog: Some(catalog), settings: Vec::new() };
    let mut all: Vec<Scenario> = catalogs.into_iter().map(with).collect();
    check_names(&all)?;
    let (named, unnamed): (Vec<_>, Vec<_>) = sets.into_iter().partition(|(name, _)| name.is_some());
    for (name, setting) in named {
        let name = name.unwrap_or_default();
        match all.iter_mut().find(|scenario| scenario.name == name) {
            Some(scenario) => scenario.settings.push(setting),
            None => all.push(Scenario { name, catalog: None, settings: vec![setting] }),
        }
    }
    let unnamed: Vec<_> = unnamed.into_iter().map(|(_, setting)| setting).collect();
    all.extend((!unnamed.is_empty()).then(|| of_settings(unnamed)));
    all.extend(varied(varies, most.saturating_sub(all.len()))?.into_iter().map(of_settings));
    if all.len() > most {
        return Err(ScenarioError::TooMany(most));
    }
    check_names(&all)?;
    match all.iter().find_map(set_twice) {
        Some(path) => Err(ScenarioError::SetTwice(path.clone())),
        None => Ok(all),
    }
}

/// What a scenario changes more than once.
fn set_twice(scenario: &Scenario) -> Option<&Path> {
    let paths = || scenario.settings.iter().map(|setting| &setting.path);
    paths().enumerate().find(|&(place, path)| paths().take(place).any(|before| before == path)).map(|(_, path)| path)
}

/// A scenario that is called by what it changes.
fn of_settings(settings: Vec<Setting>) -> Scenario {
    Scenario { name: named_by(&settings), catalog: None, settings }
}

fn named_by(settings: &[Setting]) -> String {
    settings.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// Every combination of values, the last path's values first; a few more than `most` at the most.
///
/// # Errors
/// When a number is varied twice, or it is not said which values it has.
pub fn varied(varies: &[Vary], most: usize) -> Result<Vec<Vec<Setting>>, ScenarioError> {
    let mut all = Vec::new();
    for (index, vary) in varies.iter().enumerate() {
        let path = &vary.path;
        if varies[..index].iter().any(|before| before.path == *path) {
            return Err(ScenarioError::Twice(path.clone()));
        }
        let values = vary.values().ok_or_else(|| ScenarioError::NoValues(path.clone()))?;
        let values: Vec<_> = values.take(most + 1).map(|change| Setting { path: path.clone(), change }).collect();
        let before = if index == 0 { vec![Vec::new()] } else { all };
        let both = |settings: &Vec<Setting>| {
            let values = values.iter().cloned().map(|value| [settings.as_slice(), &[value]].concat());
            values.collect::<Vec<_>>()
        };
        all = before.iter().take(most + 1).flat_map(both).collect();
    }
    Ok(all)
}

fn check_names(scenarios: &[Scenario]) -> Result<(), ScenarioError> {
    let mut names = BTreeSet::from([BASE]);
    match scenarios.iter().find(|scenario| !names.insert(&scenario.name)) {
        Some(twice) if twice.name == BASE => Err(ScenarioError::Base),
        Some(twice) => Err(ScenarioError::SameName(twice.name.clone())),
        None => Ok(()),
    }
}

impl From<&Catalog> for Applied {
    fn from(catalog: &Catalog) -> Self {
        Self { terms: catalog.terms.clone(), products: catalog.products.clone() }
    }
}
