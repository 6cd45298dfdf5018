//! `drawdown customer`.

use super::Context;
use super::args::CustomerCommand;
use super::error::{Failure, Outcome};

pub(super) fn run(_: &CustomerCommand, _: &Context) -> Outcome {
    Err(Failure::bug("not here yet"))
}
