//! `drawdown record`.

use super::Context;
use super::args::RecordArgs;
use super::error::{Failure, Outcome};

pub(super) fn run(_: &RecordArgs, _: &Context) -> Outcome {
    Err(Failure::bug("not here yet"))
}
