//! `drawdown plan` and `drawdown apply`.

use super::Context;
use super::args::PlanArgs;
use super::error::{Failure, Outcome};

pub(super) fn run(_: &PlanArgs, _: &Context) -> Outcome {
    Err(Failure::bug("not here yet"))
}

pub(super) fn apply(_: &PlanArgs, _: &Context) -> Outcome {
    Err(Failure::bug("not here yet"))
}
