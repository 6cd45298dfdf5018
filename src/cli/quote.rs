//! `drawdown quote`.

use super::Context;
use super::args::QuoteArgs;
use super::error::{Failure, Outcome};

pub(super) fn run(_: &QuoteArgs, _: &Context) -> Outcome {
    Err(Failure::bug("not here yet"))
}
