//! `drawdown replay`.

use super::Context;
use super::args::ReplayArgs;
use super::error::{Failure, Outcome};

pub(super) fn run(_: &ReplayArgs, _: &Context) -> Outcome {
    Err(Failure::bug("not here yet"))
}
