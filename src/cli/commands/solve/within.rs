//! The scenario in which values are tried.

use super::args::SolveArgs;
use super::pass::MOST;
use crate::cli::commands::compare::history::variant;
use crate::cli::commands::compare::refused::nearest_of_varied;
use crate::cli::context::Context;
use crate::cli::error::Failure;
use crate::cli::value::Named;
use crate::scenario::{ApplyError, Scenario, Setting, scenarios};
use crate::whatif::Variant;

/// The scenario in which the values are tried.
pub struct Within {
    /// Its name, if it was given one.
    name: Option<String>,
    /// Its catalog, if it is not that of the base.
    pub other: Option<Variant>,
    /// What else changes in it.
    pub settings: Vec<Setting>,
}

impl Within {
    pub fn new(args: &SolveArgs, context: &Context) -> Result<Self, Failure> {
        let variant = |named: &Named| variant(named.name(), &named.path, context);
        let other = args.with.as_ref().map(variant).transpose()?;
        let named = args.set.iter().find_map(|(name, _)| name.clone());
        let name = other.as_ref().map(|other| other.name.clone()).or(named);
        let own = |(own, setting): &(Option<String>, Setting)| (own.clone().or(name.clone()), setting.clone());
        let catalogs = other.iter().map(|other| (other.name.clone(), other.catalog.clone())).collect();
        let mut all = scenarios(catalogs, args.set.iter().map(own).collect(), &[], MOST)
            .map_err(|error| Failure::usage(error.to_string()))?;
        if let [one, another, ..] = all.as_slice() {
            let message =
                format!("values are tried in one scenario, and {:?} and {:?} are two", one.name, another.name);
            return Err(Failure::usage(message).with_help("use one name, or `drawdown compare` for several scenarios"));
        }
        Ok(Self { name, other, settings: all.pop().map(|own| own.settings).unwrap_or_default() })
    }

    /// What a scenario with one of the values is called: as one would write it to set it.
    pub fn called(&self, setting: &Setting) -> String {
        self.name.as_ref().map_or_else(|| setting.to_string(), |name| format!("{name}:{setting}"))
    }

    /// A catalog with some of its numbers changed.
    pub fn catalog(of: &Variant, settings: &[Setting], name: String) -> Result<Variant, Failure> {
        let scenario = Scenario { name: name.clone(), catalog: None, settings: settings.to_vec() };
        let catalog = scenario.catalog(&of.catalog).map_err(refused)?;
        Ok(Variant { name, from: of.from.clone(), catalog })
    }
}

/// What can't be changed so.
pub fn refused(why: ApplyError) -> Failure {
    let failure = Failure::refused("bad_scenario", why.to_string());
    if why.nearest.is_empty() { failure } else { failure.with_help(nearest_of_varied(&why.nearest)) }
}
