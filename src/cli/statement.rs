//! `drawdown statement`.

use super::Context;
use super::args::StatementArgs;
use super::error::{Failure, Outcome};

pub(super) fn run(_: &StatementArgs, _: &Context) -> Outcome {
    Err(Failure::bug("not here yet"))
}
