//! `drawdown subscribe`, `unsubscribe` and `subscription`.

use super::Context;
use super::args::{SubscribeArgs, SubscriptionCommand, UnsubscribeArgs};
use super::error::{Failure, Outcome};

pub(super) fn subscribe(_: &SubscribeArgs, _: &Context) -> Outcome {
    Err(Failure::bug("not here yet"))
}

pub(super) fn unsubscribe(_: &UnsubscribeArgs, _: &Context) -> Outcome {
    Err(Failure::bug("not here yet"))
}

pub(super) fn run(_: &SubscriptionCommand, _: &Context) -> Outcome {
    Err(Failure::bug("not here yet"))
}
