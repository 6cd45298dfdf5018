//! `drawdown report`.

use super::Context;
use super::args::ReportCommand;
use super::error::{Failure, Outcome};

pub(super) fn run(_: &ReportCommand, _: &Context) -> Outcome {
    Err(Failure::bug("not here yet"))
}
