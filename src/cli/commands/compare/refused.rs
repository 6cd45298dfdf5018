//! Scenarios that can't be.

use super::args::CompareArgs;
use crate::cli::error::Failure;
use crate::render::shell_word;
use crate::scenario::{ApplyError, Scenario, Setting};

/// A scenario that can't be. Those without a name are called by their settings, which the error begins with.
pub(super) fn refused(args: &CompareArgs, scenario: &Scenario, why: &ApplyError) -> Failure {
    let message = if scenario.is_unnamed() { why.to_string() } else { format!("{}: {why}", scenario.name) };
    let failure = Failure::refused("bad_scenario", message);
    let is_set = scenario.settings.iter().all(|own| args.set.iter().any(|(_, set)| set == own));
    let prefix = if scenario.is_unnamed() { String::new() } else { format!("{}:", scenario.name) };
    match why.nearest.as_slice() {
        [] => failure,
        nearest if is_set => {
            let sets = nearest.iter().map(|own| format!("--set {}", shell_word(&format!("{prefix}{own}"))));
            failure.with_help(format!("set the nearest that can be, too: {}", sets.collect::<Vec<_>>().join(" ")))
        }
        nearest => failure.with_help(nearest_of_varied(nearest)),
    }
}

/// What to do where a value that was to be tried comes to numbers that can't be.
pub(in crate::cli) fn nearest_of_varied(nearest: &[Setting]) -> String {
    let all = nearest.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    format!("vary one price at a time, or by values that give possible numbers; the nearest: {all}")
}
