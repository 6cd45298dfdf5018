//! Logs under every value.

use super::args::SolveArgs;
use super::pass::{MOST, label, room};
use super::within::Within;
use crate::cli::commands::compare::history::{HistoryArgs, Keys};
use crate::cli::context::Context;
use crate::cli::error::Failure;
use crate::scenario::{Applied, Change, Setting, ascending, grid};
use crate::whatif::{Solution, Variant};

/// So many are tried in one pass over a log whose customers can't be counted before.
const UNCOUNTED: usize = 25;

pub fn solve(args: &SolveArgs, context: &Context) -> Result<Solution, Failure> {
    let base = args.history.base(context)?;
    let within = Within::new(args, context)?;
    let path = &args.vary.path;
    let tried_in = Within::catalog(within.other.as_ref().unwrap_or(&base), &within.settings, "--set".to_owned())?;
    let values = grid(&args.vary, &[Applied::from(&tried_in.catalog)], MOST).and_then(|values| ascending(path, values));
    let values = values.map_err(|error| Failure::usage(error.to_string()))?;
    // All of them are made before any is billed, so that what is wrong with one is said at once.
    let with_value = |value: &Change| {
        let setting = Setting { path: path.clone(), change: value.clone() };
        let name = within.called(&setting);
        Within::catalog(&tried_in, &[setting], name)
    };
    let mut others = values.iter().map(with_value).collect::<Result<Vec<_>, _>>()?;
    let at_once = at_once(&args.history, values.len(), context)?;
    let (mut curve, mut last) = (Vec::new(), None);
    for tried in values.chunks(at_once) {
        let pass: Vec<Variant> = others.drain(..tried.len()).collect();
        let label = label(tried, curve.len(), values.len());
        let (comparison, read) = args.history.bill((base.clone(), pass), Keys::default(), &label, context)?;
        // Each pass reads the same logs.
        if curve.is_empty() {
            read.say_passed(context, base.catalog.terms.vendors.iter().map(|vendor| vendor.code.as_str()));
        }
        curve.extend(Solution::points(&comparison, tried, &args.target));
        last = Some(comparison);
    }
    let comparison = last.ok_or_else(|| Failure::usage(format!("{path}: there is no value to try")))?;
    Ok(Solution::new(path.clone(), args.target.clone(), comparison, curve))
}

/// How many values one pass over the logs takes: as many as there is memory for.
fn at_once(history: &HistoryArgs, values: usize, context: &Context) -> Result<usize, Failure> {
    if !history.can_be_read_again() {
        return match values {
            0..=UNCOUNTED => Ok(UNCOUNTED),
            _ => Err(Failure::usage(format!(
                "standard input can be read only once, so at most {UNCOUNTED} values can be tried, not {values}"
            ))
            .with_help("take larger steps, or write the log to a file and name that")),
        };
    }
    if values <= 1 {
        return Ok(1);
    }
    Ok(room(history.count_customers(context)?))
}
