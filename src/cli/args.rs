//! What the commands take that write into the catalog.

mod add;
mod notation;

pub use super::value::code;
pub use add::*;
pub use notation::*;
