//! `drawdown demo`.

use super::Context;
use super::args::DemoArgs;
use super::error::{Failure, Outcome};

pub(super) fn run(_: &DemoArgs, _: &Context) -> Outcome {
    Err(Failure::bug("not here yet"))
}
