//! `drawdown product`.

use super::Context;
use super::args::ProductCommand;
use super::error::{Failure, Outcome};

pub(super) fn run(_: &ProductCommand, _: &Context) -> Outcome {
    Err(Failure::bug("not here yet"))
}
