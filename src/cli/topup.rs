//! `drawdown topup`.

use super::Context;
use super::args::TopupArgs;
use super::error::{Failure, Outcome};

pub(super) fn run(_: &TopupArgs, _: &Context) -> Outcome {
    Err(Failure::bug("not here yet"))
}
