//! `drawdown check`.

use super::Context;
use super::args::CheckArgs;
use super::error::{Failure, Outcome};

pub(super) fn run(_: &CheckArgs, _: &Context) -> Outcome {
    Err(Failure::bug("not here yet"))
}
