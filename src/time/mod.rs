//! Instants in UTC with microseconds, calendar periods, and recurrences counted from an anchor.
//!
//! Nothing here reads a clock.

mod instant;
mod interval;
mod layout;
mod months;
mod unit;

pub use instant::{Instant, InstantError};
pub use interval::{Interval, Period};
pub use layout::{LayoutFault, check_layout};
pub use months::Months;
pub use unit::Unit;
