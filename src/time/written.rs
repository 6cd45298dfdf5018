//! How a log writes its times, where it is not RFC 3339.

use super::epoch::{EpochUnit, Number};
use super::instant::{Instant, InstantError};
use super::layout::{self, LayoutFault};
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// How a log writes its times.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TimeFormat {
    /// What a time looks like.
    pub form: TimeForm,
    /// The zone of times without an offset; UTC where a layout has none, and an error in RFC 3339.
    pub zone: Option<TimeZone>,
}

/// What a time looks like.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum TimeForm {
    /// RFC 3339.
    #[default]
    Standard,
    /// A number since 1970, which may have a fraction.
    Epoch(EpochUnit),
    /// A layout as for strptime.
    Layout(String),
}

impl TimeForm {
    /// Reads a mapping's `time_format`.
    ///
    /// # Errors
    /// When a part of a layout would not be used.
    pub fn parse(text: &str) -> Result<Self, LayoutFault> {
        match EpochUnit::NAMES.iter().find(|(name, _)| *name == text) {
            Some((_, unit)) => Ok(Self::Epoch(*unit)),
            None => layout::check_layout(text).map(|()| Self::Layout(text.to_owned())),
        }
    }

    /// Whether its times need no zone, because they have one or count from 1970.
    pub fn has_offsets(&self) -> bool {
        match self {
            Self::Standard => false,
            Self::Epoch(_) => true,
            Self::Layout(layout) => layout::has_offsets(layout),
        }
    }
}

impl TimeFormat {
    /// Whether it is RFC 3339 and nothing else.
    pub fn is_standard(&self) -> bool {
        *self == Self::default()
    }

    /// Reads a time.
    ///
    /// # Errors
    /// When the text is not written in this way, or no clock of its zone showed it.
    pub fn read(&self, text: &str) -> Result<Instant, InstantError> {
        match (&self.form, &self.zone) {
            (TimeForm::Epoch(unit), _) => since_epoch(text, *unit),
            (TimeForm::Layout(layout), zone) => layout::parse_in(text, layout, zone.as_ref()),
            (TimeForm::Standard, None) => Instant::parse(text),
            (TimeForm::Standard, Some(zone)) => match (Instant::parse(text), text.parse::<DateTime>()) {
                (Err(InstantError::NoOffset), Ok(civil)) => Instant::from_jiff(layout::at_clock(civil, zone)?)?.named(),
                (read, _) => read,
            },
        }
    }
}

/// Reads a number since 1970, exactly; what is finer than microseconds is cut off.
fn since_epoch(text: &str, unit: EpochUnit) -> Result<Instant, InstantError> {
    const MICROS: i64 = 6;
    if let Some(other) = EpochUnit::of_our_days(text).filter(|other| *other != unit) {
        return Err(InstantError::OtherUnit { unit: other.plural(), format: other.name() });
    }
    let number = Number::read(text).ok_or(InstantError::NoNumber { unit: unit.plural() })?;
    // The digits before the place where microseconds end.
    let micros = number.first(number.point() + MICROS - unit.decimals() as i64);
    Instant::from_micros(micros.ok_or(InstantError::OutOfRange)?).named()
}

/// The zone of that name, among those that come with the program.
///
/// # Errors
/// When there is none.
pub fn zone(name: &str) -> Result<TimeZone, InstantError> {
    layout::zone(name)
}

/// Ways in which logs and spreadsheets write times. Those that differ only in whether the day or the month comes first
/// stand next to each other.
const LAYOUTS: [&str; 20] = [
    "%Y-%m-%d %H:%M:%S%.f",
    "%Y-%m-%dT%H:%M:%S%.f",
    "%Y-%m-%d %H:%M",
    "%Y-%m-%d",
    "%Y/%m/%d %H:%M:%S",
    "%Y-%m-%d %H:%M:%S%.f %z",
    "%Y-%m-%d %H:%M:%S%.f UTC",
    "%d.%m.%Y %H:%M:%S",
    "%d.%m.%Y %H:%M",
    "%d.%m.%Y",
    "%d/%m/%Y %H:%M:%S",
    "%m/%d/%Y %H:%M:%S",
    "%d/%m/%Y %H:%M",
    "%m/%d/%Y %H:%M",
    "%d/%m/%Y",
    "%m/%d/%Y",
    "%m/%d/%Y %I:%M:%S %p",
    "%d/%m/%Y %I:%M:%S %p",
    "%m/%d/%Y %I:%M %p",
    "%b %d, %Y, %I:%M %p",
];

/// What a mapping's `time_format` may be for such a text: a number's unit, or the common layouts that read it.
pub fn formats_of(text: &str) -> Vec<&'static str> {
    match EpochUnit::of_our_days(text) {
        Some(unit) => vec![unit.name()],
        None => LAYOUTS.into_iter().filter(|layout| Instant::parse_layout(text, layout).is_ok()).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(text: &str, form: &str, zone: Option<&str>) -> Result<String, InstantError> {
        let zone = zone.map(|name| super::zone(name).unwrap());
        TimeFormat { form: TimeForm::parse(form).unwrap(), zone }.read(text).map(|instant| instant.to_string())
    }

    #[test]
    fn numbers_since_1970_are_exact() {
        for (text, form, instant) in [
            ("1767507869", "unix", "2026-01-04T06:24:29Z"),
            ("1767507869.1234569", "unix", "2026-01-04T06:24:29.123456Z"),
            ("1767507869123", "unix_ms", "2026-01-04T06:24:29.123Z"),
            ("1767507869123.4567", "unix_ms", "2026-01-04T06:24:29.123456Z"),
            ("1767507869123456", "unix_us", "2026-01-04T06:24:29.123456Z"),
            ("1767507869123456789", "unix_ns", "2026-01-04T06:24:29.123456Z"),
            ("1000", "unix_ms", "1970-01-01T00:00:01Z"),
            ("999", "unix_ns", "1970-01-01T00:00:00Z"),
            ("1e9", "unix", "2001-09-09T01:46:40Z"),
            ("1.767507869E9", "unix", "2026-01-04T06:24:29Z"),
            ("1.7675078691234569e+09", "unix", "2026-01-04T06:24:29.123456Z"),
            ("17675078691234567E-7", "unix", "2026-01-04T06:24:29.123456Z"),
            ("1.767507869123E12", "unix_ms", "2026-01-04T06:24:29.123Z"),
            ("0e999999999", "unix", "1970-01-01T00:00:00Z"),
            ("1e-999999999", "unix", "1970-01-01T00:00:00Z"),
        ] {
            assert_eq!(read(text, form, None).as_deref(), Ok(instant), "{text}");
        }
        for (text, form) in [
            ("1767507869123", "unix"),
            ("1767507869", "unix_ms"),
            ("1767507869123456", "unix_ms"),
            ("1.767507869123E12", "unix"),
        ] {
            let error = read(text, form, None).unwrap_err();
            assert!(matches!(error, InstantError::OtherUnit { .. }), "{text}: {error}");
        }
        for text in ["", "1e", "e9", "1e9.5", "-5", "17675.", "17675.e3", ".5", "2026-01-04"] {
            assert!(matches!(read(text, "unix", None), Err(InstantError::NoNumber { .. })), "{text}");
        }
        for text in ["99999999999", "1e999999999"] {
            assert_eq!(read(text, "unix", None), Err(InstantError::OutOfRange));
        }
    }

    #[test]
    fn times_without_an_offset_are_those_of_the_zone() {
        let zone = Some("Europe/Berlin");
        for (text, form, instant) in [
            ("03/07/2026 09:00", "%d/%m/%Y %H:%M", "2026-07-03T07:00:00Z"),
            ("03.01.2026 09:00", "%d.%m.%Y %H:%M", "2026-01-03T08:00:00Z"),
            // Shown twice: the earlier.
            ("2026-10-25 02:30", "%Y-%m-%d %H:%M", "2026-10-25T00:30:00Z"),
        ] {
            assert_eq!(read(text, form, zone).as_deref(), Ok(instant), "{text}");
        }
        let skipped = read("2026-03-29 02:30", "%Y-%m-%d %H:%M", zone);
        assert_eq!(skipped, Err(InstantError::Skipped { zone: "Europe/Berlin".to_owned() }));
        let standard = TimeFormat { form: TimeForm::Standard, zone: Some(super::zone("Europe/Berlin").unwrap()) };
        for (text, instant) in [
            ("2026-07-03T09:00:00", "2026-07-03T07:00:00Z"),
            ("2026-07-03T09:00:00Z", "2026-07-03T09:00:00Z"),
            ("2026-07-03 09:00:00.5", "2026-07-03T07:00:00.5Z"),
        ] {
            assert_eq!(standard.read(text).unwrap().to_string(), instant);
        }
    }

    #[test]
    fn common_ways_of_writing_are_recognised() {
        assert_eq!(formats_of("1767507869123"), ["unix_ms"]);
        assert_eq!(formats_of("31/07/2026 09:00"), ["%d/%m/%Y %H:%M"]);
        assert_eq!(formats_of("03/07/2026 09:00"), ["%d/%m/%Y %H:%M", "%m/%d/%Y %H:%M"]);
        assert_eq!(formats_of("Tuesday"), [""; 0]);
        LAYOUTS.iter().for_each(|layout| assert_eq!(layout::check_layout(layout), Ok(()), "{layout}"));
    }

    proptest! {
        #[test]
        fn every_unit_counts_the_same(micros in 978_307_200_000_000i64..7_000_000_000_000_000) {
            let instant = Instant::from_micros(micros);
            let seconds = format!("{}.{:06}", micros / 1_000_000, micros % 1_000_000);
            let millis = format!("{}.{:03}", micros / 1_000, micros % 1_000);
            let texts = [seconds, millis, micros.to_string(), format!("{micros}999")];
            for ((_, unit), text) in EpochUnit::NAMES.into_iter().zip(texts) {
                prop_assert_eq!(since_epoch(&text, unit), Ok(instant));
            }
        }
    }
}
