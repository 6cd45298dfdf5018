//! The ledger's own history under every value.

use super::args::SolveArgs;
use super::pass::{MOST, label, room};
use super::within::{Within, refused};
use crate::cli::commands::compare::history::{Keys, variant};
use crate::cli::commands::compare::recorded::{base_of, past};
use crate::cli::context::Context;
use crate::cli::error::Failure;
use crate::cli::terminal::Progress;
use crate::ledger::{Access, Ledger, LedgerError};
use crate::scenario::{Applied, Change, Changed, Setting, ascending, grid};
use crate::whatif::{Past, Solution, Under, Variant, compare_history};

pub fn solve(args: &SolveArgs, context: &Context) -> Result<Solution, Failure> {
    let ledger = context.ledger(Access::Read)?;
    let options = args.history.of_ledger(Keys::default())?;
    let base = args.history.base.as_deref().map(|path| variant("base".to_owned(), path, context)).transpose()?;
    let within = Within::new(args, context)?;
    let other = within.other.as_ref().or(base.as_ref());
    let terms = Tried { within: &within, other, applied: ledger.applied()?, args, context };
    let values = terms.values()?;
    let mut others = values.iter().map(|value| terms.under(value)).collect::<Result<Vec<_>, _>>()?;
    let base = base_of(base, context);
    let (mut curve, mut last) = (Vec::new(), None);
    for tried in values.chunks(at_once(&ledger)?) {
        let pass: Vec<Past> = others.drain(..tried.len()).collect();
        let label = label(tried, curve.len(), values.len());
        let progress = Progress::start(&context.globals, None).labelled(&label);
        let comparison = compare_history(&ledger, base.clone(), pass, &options, |events| progress.update(0, events))?;
        curve.extend(Solution::points(&comparison, tried, &args.target));
        last = Some(comparison);
    }
    let path = args.vary.path.clone();
    let comparison = last.ok_or_else(|| Failure::usage(format!("{path}: there is no value to try")))?;
    Ok(Solution::new(path, args.target.clone(), comparison, curve))
}

/// How many values one pass takes: as many as there is memory for.
fn at_once(ledger: &Ledger) -> Result<usize, Failure> {
    Ok(room(ledger.customers()?.len() as u64))
}

/// The terms in which values are tried: another catalog, or everything that was applied.
struct Tried<'a> {
    within: &'a Within,
    other: Option<&'a Variant>,
    applied: Vec<Applied>,
    args: &'a SolveArgs,
    context: &'a Context,
}

impl Tried<'_> {
    /// The values, in the order of their numbers.
    fn values(&self) -> Result<Vec<Change>, Failure> {
        if self.applied.is_empty() {
            return Err(LedgerError::NothingApplied.into());
        }
        let vary = &self.args.vary;
        let own = self.other.map(|other| vec![Applied::from(&other.catalog)]);
        let values = grid(vary, own.as_ref().unwrap_or(&self.applied), MOST);
        let values = values.and_then(|values| ascending(&vary.path, values));
        values.map_err(|error| Failure::usage(error.to_string()))
    }

    /// The history under one of them.
    fn under(&self, value: &Change) -> Result<Past, Failure> {
        let setting = Setting { path: self.args.vary.path.clone(), change: value.clone() };
        let name = self.within.called(&setting);
        let settings: Vec<Setting> = self.within.settings.iter().cloned().chain([setting]).collect();
        if let Some(other) = self.other {
            return Within::catalog(other, &settings, name).map(past);
        }
        let changed = Changed::new(&settings, self.applied.clone()).map_err(refused)?;
        let from = self.context.globals.ledger.display().to_string();
        Ok(Past { name, from, under: Some(Under::Changed(changed)) })
    }
}
