//! `drawdown examples`.

use super::Context;
use super::args::TestArgs;
use super::error::{Failure, Outcome};

pub(super) fn run(_: &TestArgs, _: &Context) -> Outcome {
    Err(Failure::bug("not here yet"))
}
