//! What the commands about subscriptions share: how one is changed, what that brings about, and how it is shown.

mod deed;
mod effects;
mod table;

pub(super) use deed::{Deed, Told, version, when};
pub(super) use table::subscription_table;
