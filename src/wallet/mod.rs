//! Wallets: lots of credit, the order they are burnt in, and what is taken from each. Pure; all amounts are units of
//! one asset.

mod account;
mod auto_topup;
mod decline;
mod lot;

pub use account::{Account, Draw, Draws, Expired, Repayment, Taken};
pub use auto_topup::{MAX_PAYMENTS, Payments, payments_to_cover, payments_to_reach};
pub use decline::{DeclineRate, Declines, Try, tried_again};
pub use lot::{BurnKey, BurnOrder, DecidedBy, GrantedBy, Lot, Priority, Purpose};
