//! `drawdown authorize`.

use super::Context;
use super::args::AuthorizeArgs;
use super::error::{Failure, Outcome};

pub(super) fn run(_: &AuthorizeArgs, _: &Context) -> Outcome {
    Err(Failure::bug("not here yet"))
}
