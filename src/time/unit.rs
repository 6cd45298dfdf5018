//! Units of the calendar, and where each of them begins.

use super::Instant;
use serde::{Deserialize, Serialize};

/// A calendar unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// 24 hours of UTC.
    Day,
    /// Seven days.
    Week,
    /// A calendar month.
    Month,
    /// Three calendar months.
    Quarter,
    /// Twelve calendar months.
    Year,
}

impl Unit {
    /// The catalog's spellings.
    pub const NAMES: [(&'static str, Unit); 5] = [
        ("day", Self::Day),
        ("week", Self::Week),
        ("month", Self::Month),
        ("quarter", Self::Quarter),
        ("year", Self::Year),
    ];

    /// The catalog's word for this unit.
    pub fn name(self) -> &'static str {
        Self::NAMES[self as usize].0
    }
}

impl Instant {
    /// The start of the UTC calendar day, month, quarter or year (or ISO week) that this instant is in.
    pub fn start_of(self, unit: Unit) -> Self {
        let date = self.civil().date();
        let first = match unit {
            Unit::Day => date,
            Unit::Week => {
                let back = i64::from(date.weekday().to_monday_zero_offset());
                date.saturating_sub(jiff::Span::new().days(back))
            }
            Unit::Month => date.first_of_month(),
            Unit::Quarter => jiff::civil::date(date.year(), (date.month() - 1) / 3 * 3 + 1, 1),
            Unit::Year => date.first_of_year(),
        };
        Self::from_civil(first.into()).unwrap_or(Self::EPOCH)
    }
}
