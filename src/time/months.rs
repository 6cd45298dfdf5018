//! The month of one instant after the other.

use super::{Instant, Interval, Period, Unit};

/// Remembers the latest month: logs mostly go on where they are, and the calendar is slow.
#[derive(Debug, Clone, Copy, Default)]
pub struct Months {
    latest: Option<Period>,
}

impl Months {
    /// The first instant of the month that `at` is in.
    pub fn of(&mut self, at: Instant) -> Instant {
        match self.latest {
            Some(month) if month.from <= at && at < month.to => month.from,
            _ => {
                let from = at.start_of(Unit::Month);
                let to = Interval { unit: Unit::Month, count: 1 }.after(from);
                self.latest.insert(Period { from, to }).from
            }
        }
    }
}
