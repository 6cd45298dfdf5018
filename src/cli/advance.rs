//! `drawdown advance`.

use super::Context;
use super::args::AdvanceArgs;
use super::error::{Failure, Outcome};

pub(super) fn run(_: &AdvanceArgs, _: &Context) -> Outcome {
    Err(Failure::bug("not here yet"))
}
