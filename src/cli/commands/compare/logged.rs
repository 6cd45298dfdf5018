//! Logs under other terms.

use super::args::CompareArgs;
use super::refused::refused;
use crate::cli::context::Context;
use crate::cli::error::Failure;
use crate::scenario::Scenario;
use crate::whatif::{Comparison, Variant};

/// Bills logs.
pub fn compare(args: &CompareArgs, context: &Context) -> Result<Comparison, Failure> {
    let base = args.history.base(context)?;
    let others = others(args, &base, context)?;
    let vendors: Vec<String> = base.catalog.terms.vendors.iter().map(|vendor| vendor.code.clone()).collect();
    let (comparison, read) = args.history.bill((base, others), args.keys(context), "", context)?;
    read.say_passed(context, vendors.iter().map(String::as_str));
    Ok(comparison)
}

/// What the base is compared with.
fn others(args: &CompareArgs, base: &Variant, context: &Context) -> Result<Vec<Variant>, Failure> {
    let (catalogs, scenarios) = args.scenarios(context)?;
    let variant = |scenario: Scenario| {
        let refused = |why| refused(args, &scenario, &why);
        let catalog = scenario.catalog(&base.catalog).map_err(refused)?;
        let own = catalogs.iter().find(|variant| variant.name == scenario.name);
        Ok(Variant { from: own.unwrap_or(base).from.clone(), name: scenario.name, catalog })
    };
    scenarios.into_iter().map(variant).collect()
}
