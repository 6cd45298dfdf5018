//! `drawdown auto_topup`.

use super::Context;
use super::args::AutoTopupCommand;
use super::error::{Failure, Outcome};

pub(super) fn run(_: &AutoTopupCommand, _: &Context) -> Outcome {
    Err(Failure::bug("not here yet"))
}
