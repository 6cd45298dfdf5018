//! Instants in UTC with microseconds, calendar periods, and recurrences counted from an anchor.
//!
//! Nothing here reads a clock.

mod epoch;
mod instant;
mod interval;
mod layout;
mod months;
mod unit;
mod written;

pub use epoch::EpochUnit;
pub use instant::{Instant, InstantError};
pub use interval::{Interval, Period};
pub use layout::LayoutFault;
pub use months::Months;
pub use unit::Unit;
pub use written::{TimeForm, TimeFormat, formats_of, zone};
