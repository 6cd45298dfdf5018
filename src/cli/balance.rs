//! `drawdown balance`.

use super::Context;
use super::args::BalanceArgs;
use super::error::{Failure, Outcome};

pub(super) fn run(_: &BalanceArgs, _: &Context) -> Outcome {
    Err(Failure::bug("not here yet"))
}
