//! `drawdown ledger`.

use super::Context;
use super::args::LedgerCommand;
use super::error::{Failure, Outcome};

pub(super) fn run(_: &LedgerCommand, _: &Context) -> Outcome {
    Err(Failure::bug("not here yet"))
}
