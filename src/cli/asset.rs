//! `drawdown asset`.

use super::Context;
use super::args::AssetCommand;
use super::error::{Failure, Outcome};

pub(super) fn run(_: &AssetCommand, _: &Context) -> Outcome {
    Err(Failure::bug("not here yet"))
}
