//! `drawdown adjust`.

use super::Context;
use super::args::AdjustArgs;
use super::error::{Failure, Outcome};

pub(super) fn run(_: &AdjustArgs, _: &Context) -> Outcome {
    Err(Failure::bug("not here yet"))
}
