//! Times in a layout of a log's own, as for strptime.

use super::instant::{Instant, InstantError};
use jiff::civil::{DateTime, date};
use jiff::fmt::strtime::{self, BrokenDownTime};
use jiff::tz::{AmbiguousOffset, Offset, TimeZone, TimeZoneDatabase};
use jiff::{Error, Timestamp};
use std::sync::LazyLock;

/// The zones that come with the program, so that a log has the same times on every machine.
static ZONES: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);

impl Instant {
    /// Reads a text by a `strptime` layout. Without an offset or a zone it is UTC. What a zone's clocks show twice is the
    /// earlier time.
    ///
    /// # Errors
    /// When the text does not fit the layout, or no clock of its zone showed it.
    pub fn parse_layout(text: &str, layout: &str) -> Result<Self, InstantError> {
        parse_in(text, layout, None)
    }
}

/// The same, where a text without an offset or a zone is of this zone.
pub(super) fn parse_in(text: &str, layout: &str, zone: Option<&TimeZone>) -> Result<Instant, InstantError> {
    let wrong = |_: Error| InstantError::of_layout(text, layout);
    let parsed = strtime::parse(layout, text).map_err(wrong)?;
    let timestamp = match (parsed.timestamp(), parsed.iana_time_zone(), parsed.offset()) {
        (Some(seconds), _, _) => with_fraction(seconds, &parsed).map_err(wrong)?,
        (None, None, offset) => {
            let civil = parsed.to_datetime().map_err(wrong)?;
            match (offset, zone) {
                (None, Some(zone)) => at_clock(civil, zone)?,
                _ => offset.unwrap_or(Offset::UTC).to_timestamp(civil).map_err(|_| InstantError::OutOfRange)?,
            }
        }
        (None, Some(name), None) => at_clock(parsed.to_datetime().map_err(wrong)?, &self::zone(name)?)?,
        (None, Some(name), Some(_)) => {
            let zoned = parsed.to_zoned_datetime_with(&ZONES);
            zoned.map_err(|_| InstantError::OtherOffset { zone: name.to_owned() })?.timestamp()
        }
    };
    Instant::from_jiff(timestamp)?.named()
}

/// Seconds since 1970 with the fraction that stands beside them.
fn with_fraction(seconds: Timestamp, parsed: &BrokenDownTime) -> Result<Timestamp, Error> {
    Timestamp::new(seconds.as_second(), parsed.subsec_nanosecond().unwrap_or(0))
}

/// The zone of that name.
pub(super) fn zone(name: &str) -> Result<TimeZone, InstantError> {
    ZONES.get(name).map_err(|_| InstantError::NoZone { zone: name.to_owned() })
}

/// When the clocks of a zone showed this: the earlier time where they showed it twice.
pub(super) fn at_clock(civil: DateTime, zone: &TimeZone) -> Result<Timestamp, InstantError> {
    let offset = match zone.to_ambiguous_timestamp(civil).offset() {
        AmbiguousOffset::Unambiguous { offset } | AmbiguousOffset::Fold { before: offset, .. } => offset,
        AmbiguousOffset::Gap { .. } => {
            return Err(InstantError::Skipped { zone: zone.iana_name().unwrap_or_default().to_owned() });
        }
    };
    offset.to_timestamp(civil).map_err(|_| InstantError::OutOfRange)
}

/// What is wrong with a layout, and what to write instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LayoutFault {
    /// Follows the layout, as in `... is not a layout for a date and time`.
    pub reason: String,
    /// What to write instead.
    pub help: String,
}

impl LayoutFault {
    fn new(reason: impl Into<String>, help: impl Into<String>) -> Self {
        Self { reason: reason.into(), help: help.into() }
    }
}

/// Checks that what a layout writes is read as the time it was, as exactly as the layout says it.
///
/// # Errors
/// Why it isn't. So no part of a layout can be passed over in silence.
pub fn check_layout(layout: &str) -> Result<(), LayoutFault> {
    let letters = letters(layout);
    let has = |any: &str| letters.iter().any(|letter| any.contains(*letter));
    if has("Z") {
        let help = "use %z for offsets such as +0200, %:z for +02:00, or %Q for names such as Europe/Berlin";
        return Err(LayoutFault::new("has `%Z`, but an abbreviation such as EST can mean several zones", help));
    }
    if has("Il") && !has("pP") {
        let help = "add `%p`, or write `%H` if the clock has 24 hours";
        return Err(LayoutFault::new("has a 12-hour clock without AM or PM", help));
    }
    if has("HkTR") && has("pP") {
        let help = "write `%I` if the clock has 12 hours, or leave out `%p` if it has 24";
        return Err(LayoutFault::new("has a 24-hour clock with AM or PM", help));
    }
    if let Some(zone) = written_zone(layout) {
        let help = "write `%z` where the log has offsets such as +0200, `%:z` for +02:00";
        return Err(LayoutFault::new(format!("has `{zone}`, but without an offset times are read as UTC"), help));
    }
    let zones: &[&str] = if has("zQ") { &["UTC", "Asia/Kolkata"] } else { &["UTC"] };
    if zones.iter().all(|zone| comes_back(layout, zone)) {
        return ignored(layout).map_or(Ok(()), |part| {
            let help = "say the time once: by a date and a clock, or by `%s` alone; `%p` goes with `%I`";
            Err(LayoutFault::new(format!("has `{part}`, which would be ignored"), help))
        });
    }
    let help = match has("s") {
        true => "seconds since 1970 are `%s`, with a fraction `%s%.f`",
        false => "use strptime's letters, as in \"%Y-%m-%d %H:%M:%S%.f\"",
    };
    Err(LayoutFault::new("is not a layout for a date and time", help))
}

/// Whether the times of a layout say how far they are from UTC: each by itself, or all by the same words for UTC.
pub(super) fn has_offsets(layout: &str) -> bool {
    letters(layout).iter().any(|letter| "zQs".contains(*letter)) || says_utc(layout)
}

/// Whether a word for UTC stands in a layout as it is: `Z`, `UTC`, `GMT`, or an offset of nothing such as `+00:00`.
fn says_utc(layout: &str) -> bool {
    let literals = parts(layout).into_iter().map(|part| match part.strip_prefix('%') {
        Some(directive) => directive.split_once(|c: char| c.is_ascii_alphabetic()).map_or("", |(_, after)| after),
        None => part,
    });
    let words = literals.flat_map(|text| text.split(|c: char| !c.is_ascii_alphanumeric() && !"+-:".contains(c)));
    words.map(|word| word.trim_start_matches(|c: char| c.is_ascii_digit()).to_ascii_uppercase()).any(|word| {
        let rest = ["UTC", "GMT", "Z"].into_iter().find_map(|name| word.strip_prefix(name));
        let offset = rest.unwrap_or(word.as_str());
        matches!(offset, "+00" | "+0000" | "+00:00" | "-0000" | "-00:00") || rest == Some("")
    })
}

/// The letters of a layout's directives, such as `Y` of `%Y`.
fn letters(layout: &str) -> Vec<char> {
    let plain = layout.replace("%%", "");
    plain.split('%').skip(1).filter_map(|part| part.chars().find(char::is_ascii_alphabetic)).collect()
}

/// An offset or the name of a zone other than UTC that stands at a layout's end as it is.
fn written_zone(layout: &str) -> Option<&str> {
    let (_, last) = layout.rsplit_once('%')?;
    let (_, after) = last.split_once(|c: char| c.is_ascii_alphabetic())?;
    let word = after.split_whitespace().last()?;
    let digits = word.replace(':', "");
    let is_offset =
        digits.strip_prefix(['+', '-']).is_some_and(|digits| digits.len() == 4 && digits.parse::<u16>().is_ok());
    let is_name = (3..=4).contains(&word.len()) && word.bytes().all(|byte| byte.is_ascii_uppercase());
    let is_utc = matches!(word, "UTC" | "GMT") || digits.ends_with("0000");
    ((is_offset || is_name) && !is_utc).then_some(word)
}

/// A time that has nothing in common with the one that layouts are tried with, not even the half of the day.
const OTHER: DateTime = date(2026, 5, 8).at(6, 12, 51, 654_321_000);

/// Whether a time that a layout writes in a zone is read as that time: whole, or to the day, the hour, the minute, the second
/// or some decimals of it.
fn comes_back(layout: &str, zone: &str) -> bool {
    let zone = ZONES.get(zone).unwrap_or(TimeZone::UTC);
    // No two parts of it are alike, and none is what it would be if it were left out.
    let (day, nanos) = (date(2027, 11, 23), 123_456_000);
    let time = day.at(19, 43, 27, nanos);
    let written = zone.to_zoned_datetime(time).and_then(|zoned| strtime::format(layout, &zoned));
    let Ok(read) = written.map(|text| Instant::parse_layout(&text, layout)) else { return false };
    let decimals = [1_000_000_000, 100_000_000, 10_000_000, 1_000_000, 100_000, 10_000, 1_000];
    let seconds = decimals.map(|unit| day.at(19, 43, 27, nanos / unit * unit));
    let all = seconds.into_iter().chain([day.at(19, 43, 0, 0), day.at(19, 0, 0, 0), day.at(0, 0, 0, 0)]);
    let mut instants = all.filter_map(|time| Instant::from_jiff(zone.to_timestamp(time).ok()?).ok());
    instants.any(|instant| Ok(instant) == read)
}

/// The first part of a layout that says nothing: another time's in its place is read as the same time.
fn ignored(layout: &str) -> Option<String> {
    let parts = parts(layout);
    let [own, other] = [("Asia/Kolkata", date(2027, 11, 23).at(19, 43, 27, 123_456_000)), ("America/New_York", OTHER)]
        .map(|(zone, time)| ZONES.get(zone).and_then(|zone| zone.to_zoned_datetime(time)));
    let (Ok(own), Ok(other)) = (own, other) else { return None };
    let written = |time| parts.iter().map(|part| strtime::format(part, time).ok()).collect::<Option<Vec<String>>>();
    let (own, other) = (written(&own)?, written(&other)?);
    let whole = Instant::parse_layout(&own.concat(), layout).ok()?;
    let is_ignored = |place: &usize| {
        let mut mixed = own.clone();
        mixed[*place].clone_from(&other[*place]);
        mixed != own && Instant::parse_layout(&mixed.concat(), layout) == Ok(whole)
    };
    let part = parts[(0..parts.len()).find(is_ignored)?];
    let end = part.find(|sign: char| sign.is_ascii_alphabetic())?;
    Some(part[..=end].to_owned())
}

/// What stands before a layout's first directive, then each directive with what follows it.
fn parts(layout: &str) -> Vec<&str> {
    let mut starts: Vec<usize> = Vec::new();
    for (index, _) in layout.match_indices('%') {
        // The second sign of `%%` begins nothing.
        if starts.last().is_none_or(|last| index != last + 1) {
            starts.push(index);
        }
    }
    let ends = starts.iter().copied().skip(1).chain([layout.len()]);
    let first = starts.first().map_or(layout, |first| &layout[..*first]);
    std::iter::once(first).chain(starts.iter().zip(ends).map(|(start, end)| &layout[*start..end])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, layout: &str) -> Result<String, InstantError> {
        Instant::parse_layout(text, layout).map(|instant| instant.to_string())
    }

    #[test]
    fn a_layout_without_an_offset_is_utc() {
        let layout = "%Y-%m-%d %H:%M:%S%.f";
        assert_eq!(read("2023-11-16 18:17:03.9799600", layout).unwrap(), "2023-11-16T18:17:03.97996Z");
        assert_eq!(read("16/11/2023", "%d/%m/%Y").unwrap(), "2023-11-16T00:00:00Z");
        assert!(read("2023-11-16", "%d/%m/%Y").is_err());
    }

    #[test]
    fn seconds_since_1970_keep_their_fraction() {
        for (text, layout, instant) in [
            ("1700158623", "%s", "2023-11-16T18:17:03Z"),
            ("1662858721.25", "%s%.f", "2022-09-11T01:12:01.25Z"),
            ("1662858721", "%s%.f", "2022-09-11T01:12:01Z"),
            ("1767507869.5", "%s.%f", "2026-01-04T06:24:29.5Z"),
            ("1767507869.1234567", "%s%.f", "2026-01-04T06:24:29.123456Z"),
        ] {
            assert_eq!(read(text, layout).unwrap(), instant, "{text}");
        }
    }

    #[test]
    fn a_zone_or_an_offset_is_followed() {
        let zoned = "%Y-%m-%d %H:%M:%S %Q";
        for (text, layout, instant) in [
            ("2026-01-31 22:00:00 America/New_York", zoned, "2026-02-01T03:00:00Z"),
            ("2026-01-31 22:00:00 Asia/Tokyo", zoned, "2026-01-31T13:00:00Z"),
            ("2026-01-31 22:00:00 -0500", zoned, "2026-02-01T03:00:00Z"),
            // Shown twice.
            ("2026-11-01 01:30:00 America/New_York", zoned, "2026-11-01T05:30:00Z"),
            ("2026-01-31T22:00:00-05:00", "%Y-%m-%dT%H:%M:%S%:z", "2026-02-01T03:00:00Z"),
            ("2026-01-31T22:00:00-0500", "%Y-%m-%dT%H:%M:%S%z", "2026-02-01T03:00:00Z"),
            ("2026-01-31T22:00:00+01:00", "%Y-%m-%dT%H:%M:%S%:Q", "2026-01-31T21:00:00Z"),
            ("2026-01-31T22:00:00-05:00[America/New_York]", "%Y-%m-%dT%H:%M:%S%:z[%Q]", "2026-02-01T03:00:00Z"),
        ] {
            assert_eq!(read(text, layout).unwrap(), instant, "{text}");
        }
        let zone = || "America/New_York".to_owned();
        for (text, layout, error) in [
            ("2026-03-08 02:30:00 America/New_York", zoned, InstantError::Skipped { zone: zone() }),
            ("2026-03-08 02:30:00 Mars/Olympus", zoned, InstantError::NoZone { zone: "Mars/Olympus".into() }),
            (
                "2026-01-31T22:00:00-04:00[America/New_York]",
                "%Y-%m-%dT%H:%M:%S%:z[%Q]",
                InstantError::OtherOffset { zone: zone() },
            ),
        ] {
            assert_eq!(read(text, layout).unwrap_err(), error, "{text}");
        }
    }

    #[test]
    fn epochs_in_other_units_are_recognised() {
        for (text, unit) in [
            ("1767507869123", "milliseconds"),
            ("1767507869123456", "microseconds"),
            ("1767507869123456789", "nanoseconds"),
        ] {
            let error = read(text, "%s").unwrap_err();
            assert!(matches!(&error, InstantError::OtherUnit { unit: found, .. } if *found == unit), "{error:?}");
            assert_eq!(read(text, "%s%.f"), Err(error));
        }
    }

    #[test]
    fn layouts_of_which_every_part_is_used_are_right() {
        for layout in [
            "%Y-%m-%d %H:%M:%S%.f",
            "%Y-%m-%d %H:%M:%S %Q",
            "%Y-%m-%dT%H:%M:%S%:Q",
            "%Y-%m-%dT%H:%M:%S[%Q]",
            "%Y-%m-%dT%H:%M:%S%:z[%Q]",
            "%Y-%m-%d %H:%M:%S %z",
            "%Y-%m-%d %H:%M:%S UTC",
            "%Y-%m-%dT%H:%M:%SZ",
            "%Y-%m-%dT%H:%M:%S+00:00",
            "%Y-%m-%d",
            "%d.%m.%Y %H:%M",
            "%d.%m.%y",
            "%b %d, %Y %I:%M:%S %p",
            "%m/%d/%Y %I:%M %p",
            "%Y%m%d%H",
            "%G-W%V-%u",
            "%j/%Y",
            "%y%m%d",
            "%a, %d %b %Y %T GMT",
            "%s",
            "%s.%f",
            "%s%.f",
            "%F %T%.3f",
            "%F at %R",
        ] {
            assert_eq!(check_layout(layout), Ok(()), "{layout}");
        }
    }

    #[test]
    fn words_for_utc_are_an_offset() {
        for layout in [
            "%Y-%m-%dT%H:%M:%SZ",
            "%Y-%m-%dT%H:%M:%S.000Z",
            "%Y-%m-%d %H:%M:%S UTC",
            "%a, %d %b %Y %T GMT",
            "%Y-%m-%dT%H:%M:%S+00:00",
            "%Y-%m-%d %H:%M:%S -0000",
            "%Y-%m-%d %H:%M:%S+00",
            "%Y-%m-%d %H:%M:%S (UTC+00:00)",
            "%Y-%m-%d %H:%M:%S[utc]",
            "UTC %Y-%m-%d %H:%M",
            "%Y-%m-%d %H:%M:%S %z",
        ] {
            assert!(has_offsets(layout), "{layout}");
        }
        for layout in ["%Y-%m-%dT%H:%M:%S", "%d.%m.%Y - %H:%M", "%F at %R", "Zeit: %F %T", "%Y-%m-%d 00:00", "%F %H-00"]
        {
            assert!(!has_offsets(layout), "{layout}");
        }
    }

    #[test]
    fn other_layouts_are_refused_with_what_to_write() {
        for (layout, reason, help) in [
            ("%m/%d/%Y %I:%M", "12-hour clock", "%p"),
            ("%m/%d/%Y %l:%M:%S", "12-hour clock", "%H"),
            ("%Y-%m-%d %H:%M:%S %Z", "can mean several zones", "%Q"),
            ("%Y-%m-%d %H:%M:%S +0530", "`+0530`", "%z"),
            ("%Y-%m-%d %H:%M:%S-05:00", "`-05:00`", "%:z"),
            ("%Y-%m-%d %H:%M:%S EST", "`EST`", "%z"),
            ("%s%3f", "not a layout", "%s%.f"),
            ("%Y-%m-%d %H:%M %p", "a 24-hour clock with AM or PM", "write `%I`"),
            ("%Y-%m-%d %T %P", "a 24-hour clock with AM or PM", "write `%I`"),
            ("%Y-%m-%d %p", "`%p`, which would be ignored", "goes with `%I`"),
            ("%Y-%m-%d %j", "`%j`, which would be ignored", "say the time once"),
            ("%Y-%m-%d %s", "`%Y`, which would be ignored", "by `%s` alone"),
            ("%Y-%m-%d %U", "`%U`, which would be ignored", "say the time once"),
            ("%s %Q", "`%Q`, which would be ignored", "by `%s` alone"),
            ("%Q", "not a layout", "strptime"),
            ("%f", "not a layout", "strptime"),
            ("%Y-%m", "not a layout", "strptime"),
            ("%H:%M", "not a layout", "strptime"),
            ("%Y-%m-%d %M", "not a layout", "strptime"),
            ("%Y-%m-%d %H:%S", "not a layout", "strptime"),
            ("%Y-%m-%d %H:%M%.f", "not a layout", "strptime"),
            ("YYYY-MM-DD", "not a layout", "strptime"),
            ("", "not a layout", "strptime"),
        ] {
            let Err(fault) = check_layout(layout) else { panic!("{layout} is no fault") };
            assert!(fault.reason.contains(reason) && fault.help.contains(help), "{layout}: {fault:?}");
        }
    }
}
