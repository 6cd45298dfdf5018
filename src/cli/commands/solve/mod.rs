//! `drawdown solve`.

mod recorded;

use super::compare::history::{HistoryArgs, Keys, variant};
use super::compare::nearest_of_varied;
use crate::cli::context::Context;
use crate::cli::error::{Exit, Failure, Outcome};
use crate::cli::format::Format;
use crate::cli::overwriting::refuse_overwriting;
use crate::cli::value::Named;
use crate::files::put;
use crate::render::{no_solution, solution_rows, solution_view};
use crate::scenario::{Applied, ApplyError, Change, Condition, Scenario, Setting, Vary, ascending, grid, scenarios};
use crate::whatif::{Solution, Variant};
use clap::Args;
use std::path::PathBuf;

/// Find the least price that meets a target
///
/// Bills the ledger's own history once for each value of a number in the catalog, with wallets, top-ups and refusals. Shows the
/// least value that meets all targets, what the value before it misses, and the figures of each value. With LOG, bills these
/// logs instead, and needs no ledger. Nothing is recorded. It is assumed that nobody behaves differently.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Every value is tried, at most 100 of them, since figures need not rise with the price: where charges are rounded to whole \
units, several prices come to the same, and where a dearer price makes more events be refused, a margin may fall again. \
Exits 3 if no value meets all targets, and says which comes closest.

A log on standard input is read once, and its customers can't be counted before: then at most 25 values are tried. Give it as \
a file for more.

Examples:
  drawdown solve --vary studio/Tokens/volume_rate --target 'change.profit>=0'
  drawdown solve usage.csv --enroll studio --target 'margin>=60%' \\
      --funding unlimited --vary 'studio/Image in credits/unit_price'
  drawdown solve usage.csv --enroll studio --funding unlimited \\
      --target 'change.revenue>=5%' --target 'newly_denied=0' \\
      --vary 'studio/Image in credits/unit_price=+0%..+50%/10%'
  drawdown solve usage.csv.gz --enroll studio --with catalogs-new \\
      --funding unlimited --target 'change.profit>0' --format csv \\
      --vary 'studio/Image in credits/unit_price=x1..x2/0.25'")]
pub struct SolveArgs {
    /// The number, and the values to try: FROM..TO/STEP or A,B,C [default: 25 values from half to double]
    #[arg(long, value_name = "PATH[=VALUES]")]
    pub vary: Vary,
    /// What must hold, as in margin>=60% or change.revenue>=0. If there are several, all of them must.
    #[arg(long, value_name = "CONDITION", required = true)]
    pub target: Vec<Condition>,
    /// Try the values in this catalog, and compare it with the base. It is called NAME [default: the name of its file or folder]
    #[arg(long, value_name = "[NAME=]CATALOG")]
    pub with: Option<Named>,
    /// First change this number or word of the catalog. VALUE is a word, a number, +20%, -5% or x1.5.
    #[arg(long, value_name = "[NAME:]PATH=VALUE", value_parser = Setting::named)]
    pub set: Vec<(Option<String>, Setting)>,
    /// The history that is billed.
    #[command(flatten)]
    pub history: HistoryArgs,
    /// Write the result to this file, replacing an older one [default: standard output]
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// So many values are tried at most.
const MOST: usize = 100;
/// So many are tried in one pass over a log whose customers can't be counted before.
const UNCOUNTED: usize = 25;
/// What the lives of all customers may take in memory under the values of one pass.
const ROOM: u64 = 1 << 30;
/// What one life takes under one value, with its sums: about 3 KB were measured.
const LIFE: u64 = 4096;

pub(super) fn run(args: &SolveArgs, context: &Context) -> Outcome {
    if let Some(path) = &args.output {
        let catalogs = args.with.iter().map(|named| &named.path).chain(&args.history.base);
        let kept = args.history.logs.iter().chain(catalogs).chain([&context.globals.ledger, &context.globals.catalog]);
        refuse_overwriting("--output", path, kept)?;
    }
    let solution = solve(args, context)?;
    let (view, rows) = (|| solution_view(&solution), || solution_rows(&solution));
    match &args.output {
        None => context.out.data_with_rows("solve", &solution, view, rows)?,
        Some(path) => {
            let text = context.out.text_with_rows("solve", &solution, view, rows)?;
            put(path, text.as_bytes()).map_err(|error| Failure::io("write", path, &error))?;
            context.out.note(&format!("{} is written", path.display()));
        }
    }
    if solution.answer().is_some() {
        return Ok(Exit::Done);
    }
    if args.output.is_some() || context.globals.format != Format::Table {
        context.out.note(&no_solution(&solution));
    }
    Ok(Exit::No)
}

fn solve(args: &SolveArgs, context: &Context) -> Result<Solution, Failure> {
    if args.history.logs.is_empty() {
        return recorded::solve(args, context);
    }
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

/// The scenario in which the values are tried.
struct Within {
    /// Its name, if it was given one.
    name: Option<String>,
    /// Its catalog, if it is not that of the base.
    other: Option<Variant>,
    /// What else changes in it.
    settings: Vec<Setting>,
}

impl Within {
    fn new(args: &SolveArgs, context: &Context) -> Result<Self, Failure> {
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
    fn called(&self, setting: &Setting) -> String {
        self.name.as_ref().map_or_else(|| setting.to_string(), |name| format!("{name}:{setting}"))
    }

    /// A catalog with some of its numbers changed.
    fn catalog(of: &Variant, settings: &[Setting], name: String) -> Result<Variant, Failure> {
        let scenario = Scenario { name: name.clone(), catalog: None, settings: settings.to_vec() };
        let catalog = scenario.catalog(&of.catalog).map_err(refused)?;
        Ok(Variant { name, from: of.from.clone(), catalog })
    }
}

/// What can't be changed so.
fn refused(why: ApplyError) -> Failure {
    let failure = Failure::refused("bad_scenario", why.to_string());
    if why.nearest.is_empty() { failure } else { failure.with_help(nearest_of_varied(&why.nearest)) }
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

/// How many values there is room for with so many customers.
fn room(customers: u64) -> usize {
    usize::try_from(ROOM / LIFE / customers.max(1)).unwrap_or(MOST).clamp(1, MOST)
}

/// What stands before the progress of a pass.
fn label(tried: &[Change], before: usize, all: usize) -> String {
    match tried {
        [first, .., last] if tried.len() == all => format!("{first} to {last}"),
        [first, .., last] => format!("{first} to {last}, {} to {} of {all}", before + 1, before + tried.len()),
        [only] => format!("{only}, {} of {all}", before + 1),
        [] => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pass_takes_as_many_values_as_there_is_memory_for() {
        assert_eq!([0, 1, 2_600, 10_000, 1 << 20, u64::MAX].map(room), [100, 100, 100, 26, 1, 1]);
    }

    #[test]
    fn the_progress_says_what_is_tried() {
        let values = |text: &str| text.split(',').map(|value| value.parse().unwrap()).collect::<Vec<Change>>();
        assert_eq!(label(&values("1,2,3"), 0, 3), "1 to 3");
        assert_eq!(label(&values("+4%,+5%"), 3, 9), "+4% to +5%, 4 to 5 of 9");
        assert_eq!(label(&values("6"), 5, 6), "6, 6 of 6");
    }
}
