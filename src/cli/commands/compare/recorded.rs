//! The ledger's own history under other terms.

use super::args::CompareArgs;
use super::history::variant;
use super::refused::refused;
use crate::cli::context::Context;
use crate::cli::error::Failure;
use crate::cli::terminal::Progress;
use crate::ledger::{Access, Ledger, LedgerError};
use crate::scenario::{Changed, Scenario};
use crate::whatif::{Comparison, Past, Under, Variant, compare_history};

pub fn compare(args: &CompareArgs, context: &Context) -> Result<Comparison, Failure> {
    let ledger = context.ledger(Access::Read)?;
    let own = args.history.base.as_deref().map(|path| variant("base".to_owned(), path, context)).transpose()?;
    let others = others(args, own.as_ref(), &ledger, context)?;
    let base = base_of(own, context);
    let options = args.history.of_ledger(args.keys(context))?;
    let progress = Progress::start(&context.globals, None);
    let compared = compare_history(&ledger, base, others, &options, |events| progress.update(0, events));
    drop(progress);
    Ok(compared?)
}

/// What others are compared with: another catalog, or the ledger as it was billed.
pub fn base_of(own: Option<Variant>, context: &Context) -> Past {
    let from = context.globals.ledger.display().to_string();
    own.map_or_else(|| Past { name: "base".to_owned(), from, under: None }, past)
}

/// The history under a catalog.
pub fn past(variant: Variant) -> Past {
    Past { name: variant.name, from: variant.from, under: Some(Under::Catalog(Box::new(variant.catalog))) }
}

/// What the history is billed under beside: other catalogs, and changes of the base or of one of these.
fn others(
    args: &CompareArgs,
    base: Option<&Variant>,
    ledger: &Ledger,
    context: &Context,
) -> Result<Vec<Past>, Failure> {
    let (catalogs, scenarios) = args.scenarios(context)?;
    let applied = ledger.applied()?;
    if applied.is_empty() {
        return Err(LedgerError::NothingApplied.into());
    }
    let past = |scenario: Scenario| {
        let refused = |why| refused(args, &scenario, &why);
        let own = catalogs.iter().find(|variant| variant.name == scenario.name).or(base);
        let (from, under) = match own {
            Some(own) => {
                let catalog = scenario.catalog(&own.catalog).map_err(refused)?;
                (own.from.clone(), Under::Catalog(Box::new(catalog)))
            }
            None => {
                let changed = Changed::new(&scenario.settings, applied.clone()).map_err(refused)?;
                (context.globals.ledger.display().to_string(), Under::Changed(changed))
            }
        };
        Ok(Past { name: scenario.name, from, under: Some(under) })
    };
    scenarios.into_iter().map(past).collect()
}
