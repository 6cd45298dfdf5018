//! What can be said on the command line. One struct for each command, so that each command's file takes its own.

mod add;
mod catalog;
mod ledger;
mod notation;
mod people;
mod start;
mod usage;
mod value;
mod wallet;

pub use add::*;
pub use catalog::*;
pub use ledger::*;
pub use notation::*;
pub use people::*;
pub use start::*;
pub use usage::*;
pub use value::*;
pub use wallet::*;
