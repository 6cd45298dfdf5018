//! `drawdown price`.

use super::Context;
use super::args::PriceCommand;
use super::error::{Failure, Outcome};

pub(super) fn run(_: &PriceCommand, _: &Context) -> Outcome {
    Err(Failure::bug("not here yet"))
}
