//! `drawdown explain`.

use super::Context;
use super::args::ExplainArgs;
use super::error::{Failure, Outcome};

pub(super) fn run(_: &ExplainArgs, _: &Context) -> Outcome {
    Err(Failure::bug("not here yet"))
}
