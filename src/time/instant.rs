//! One point in time.

use super::epoch::EpochUnit;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use std::fmt;
use thiserror::Error;

/// Microseconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Instant(i64);

/// Why a text is not an instant.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum InstantError {
    /// A date and time without `Z` or an offset: it could be any of 26 hours.
    #[error("the time has no offset; end it with Z or +hh:mm, as in 2026-07-01T00:00:00Z")]
    NoOffset,
    /// Not a time at all.
    #[error("not a time; write it as 2026-07-01T00:00:00Z")]
    Malformed,
    /// The text does not have the mapping's layout.
    #[error("not a time in the layout {layout:?}")]
    Layout {
        /// The mapping's `time_format`.
        layout: String,
    },
    /// A number since 1970 of another unit than the one that is read.
    #[error("these look like {unit} since 1970; read them with time_format = \"{format}\"")]
    OtherUnit {
        /// What they look like.
        unit: &'static str,
        /// The `time_format` that reads them.
        format: &'static str,
    },
    /// Not a number since 1970.
    #[error("not a number of {unit} since 1970")]
    NoNumber {
        /// What is read.
        unit: &'static str,
    },
    /// A zone that nobody knows.
    #[error("there is no time zone {zone:?}; write it as in Europe/Berlin")]
    NoZone {
        /// As it was written.
        zone: String,
    },
    /// What the clocks of a zone left out when they were put forward.
    #[error("the clocks of {zone} skip this time")]
    Skipped {
        /// The zone's name.
        zone: String,
    },
    /// An offset beside a zone that had another one then.
    #[error("the offset is not that of {zone} at this time")]
    OtherOffset {
        /// The zone's name.
        zone: String,
    },
    /// Outside the years 1970 to 2199, where no bill is.
    #[error("the year must be between 1970 and 2199")]
    OutOfRange,
}

impl InstantError {
    /// Why a text does not fit a layout.
    pub(super) fn of_layout(text: &str, layout: &str) -> Self {
        let unit = EpochUnit::of_our_days(text).filter(|unit| layout.starts_with("%s") && *unit != EpochUnit::Seconds);
        match unit {
            Some(unit) => Self::OtherUnit { unit: unit.plural(), format: unit.name() },
            None => Self::Layout { layout: layout.to_owned() },
        }
    }
}

impl Instant {
    /// 1970-01-01T00:00:00Z.
    pub const EPOCH: Self = Self(0);
    /// The end of the calendar, which stands for never: later than any time that can be named.
    pub const MAX: Self = Self(253_402_207_200_000_000 - 1);
    /// The last time that can be named. A slip of the keyboard must not bring about thousands of years of renewals: what comes
    /// round every day has fewer than a hundred thousand of them.
    pub const LAST: Self = Self(7_258_118_400_000_000 - 1);

    /// The instant so many microseconds after the epoch.
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// Microseconds since the epoch.
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// Reads RFC 3339 with an offset or `Z`; digits beyond microseconds are cut off.
    ///
    /// # Errors
    /// See [`InstantError`].
    pub fn parse(text: &str) -> Result<Self, InstantError> {
        match text.parse::<Timestamp>() {
            Ok(timestamp) => Self::from_jiff(timestamp)?.named(),
            Err(_) if text.parse::<DateTime>().is_ok() => Err(InstantError::NoOffset),
            Err(_) => Err(InstantError::Malformed),
        }
    }

    /// Reads a date (`2026-07-01`, meaning midnight UTC) or a full instant, as people type them on a command line.
    ///
    /// # Errors
    /// See [`InstantError`].
    pub fn parse_argument(text: &str) -> Result<Self, InstantError> {
        match text.parse::<jiff::civil::Date>() {
            Ok(date) if text.len() == 10 => Self::from_civil(date.into())?.named(),
            _ => Self::parse(text),
        }
    }

    /// As it is, unless it is too late to be named.
    pub(super) fn named(self) -> Result<Self, InstantError> {
        if self > Self::LAST { Err(InstantError::OutOfRange) } else { Ok(self) }
    }

    /// Rounds down to the microsecond.
    pub(super) fn from_jiff(timestamp: Timestamp) -> Result<Self, InstantError> {
        let micros = timestamp.as_nanosecond().div_euclid(1_000);
        let instant = Self(i64::try_from(micros).map_err(|_| InstantError::OutOfRange)?);
        if instant < Self::EPOCH || instant > Self::MAX { Err(InstantError::OutOfRange) } else { Ok(instant) }
    }

    pub(super) fn from_civil(civil: DateTime) -> Result<Self, InstantError> {
        let zoned = civil.to_zoned_datetime(TimeZone::UTC).map_err(|_| InstantError::OutOfRange)?;
        Self::from_jiff(zoned.timestamp())
    }

    pub(super) fn civil(self) -> DateTime {
        // In range by construction; the epoch stands in for what cannot happen.
        Timestamp::from_microsecond(self.0).unwrap_or_default().to_zoned_datetime(TimeZone::UTC).datetime()
    }

    /// The UTC date as `2026-07-01`.
    pub fn date(self) -> String {
        self.civil().date().to_string()
    }

    /// The UTC month as `2026-07`.
    pub fn month(self) -> String {
        let date = self.civil().date();
        format!("{:04}-{:02}", date.year(), date.month())
    }
}

impl fmt::Display for Instant {
    /// RFC 3339 in UTC, with a fraction only where there is one.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", Timestamp::from_microsecond(self.0).unwrap_or_default())
    }
}

impl From<Instant> for String {
    fn from(instant: Instant) -> Self {
        instant.to_string()
    }
}

impl TryFrom<String> for Instant {
    type Error = InstantError;
    fn try_from(text: String) -> Result<Self, InstantError> {
        Self::parse(&text)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Interval, Unit};
    use super::*;

    #[test]
    fn reads_and_writes() {
        for (input, output) in [
            ("2026-07-01T00:00:00Z", "2026-07-01T00:00:00Z"),
            ("2026-07-01T02:00:00+02:00", "2026-07-01T00:00:00Z"),
            ("2023-11-16 18:17:03.9799609Z", "2023-11-16T18:17:03.97996Z"),
            ("2026-07-01t00:00:00.5z", "2026-07-01T00:00:00.5Z"),
        ] {
            assert_eq!(Instant::parse(input).map(|i| i.to_string()), Ok(output.to_owned()), "{input}");
        }
        assert_eq!(Instant::parse("2026-07-01T00:00:00"), Err(InstantError::NoOffset));
        assert_eq!(Instant::parse("2026-07-01"), Err(InstantError::NoOffset));
        assert_eq!(Instant::parse("yesterday"), Err(InstantError::Malformed));
        assert_eq!(Instant::parse("1969-12-31T23:59:59Z"), Err(InstantError::OutOfRange));
        assert_eq!(Instant::parse("2026-02-29T00:00:00Z"), Err(InstantError::Malformed));
    }

    #[test]
    fn calendar_starts() {
        let at = Instant::parse("2026-08-20T13:14:15.5Z").unwrap();
        let starts = [Unit::Day, Unit::Week, Unit::Month, Unit::Quarter, Unit::Year].map(|u| at.start_of(u).date());
        assert_eq!(starts, ["2026-08-20", "2026-08-17", "2026-08-01", "2026-07-01", "2026-01-01"]);
        assert_eq!((at.date(), at.month()), ("2026-08-20".into(), "2026-08".into()));
    }

    #[test]
    fn times_beyond_the_last_can_come_up_but_not_be_named() {
        assert_eq!(Instant::LAST.to_string(), "2199-12-31T23:59:59.999999Z");
        assert_eq!(Instant::parse(&Instant::LAST.to_string()), Ok(Instant::LAST));
        let year = Interval { unit: Unit::Year, count: 1 };
        assert_eq!(year.after(Instant::LAST).to_string(), "2200-12-31T23:59:59.999999Z");
        let beyond = [
            Instant::parse("2200-01-01T00:00:00Z"),
            Instant::parse("2199-12-31T23:59:59.999999-00:01"),
            Instant::parse_argument("9999-12-31"),
            Instant::parse_layout("2200-01-01", "%Y-%m-%d"),
            Instant::parse_layout("1700158623000", "%s"),
        ];
        let refused = InstantError::OutOfRange;
        assert_eq!(
            beyond.map(Result::unwrap_err),
            [
                refused.clone(),
                refused.clone(),
                refused.clone(),
                refused,
                InstantError::OtherUnit { unit: "milliseconds", format: "unix_ms" }
            ]
        );
    }
}
