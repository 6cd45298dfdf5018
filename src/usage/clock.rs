//! Times in their plainest form, fast: most logs have nothing else, and a general parser is the slowest step by far.

use super::error::{Fault, quoted};
use crate::time::{EpochUnit, Instant, InstantError, TimeFormat, formats_of};

/// Reads a record's `occurred_at`, by the mapping if it has one.
pub(super) fn occurred_at(text: &str, format: Option<&TimeFormat>) -> Result<Instant, Fault> {
    let fault = |reason| Err(Fault::at("occurred_at", reason));
    if text.is_empty() {
        return fault("is empty; every event needs a time".to_owned());
    }
    let format = format.filter(|format| !format.is_standard());
    let parsed = format.map_or_else(|| parse(text), |format| format.read(text));
    parsed.or_else(|error| fault(format!("{}: {}", quoted(text), why(text, &error))))
}

/// Why a text is no time, and how it would be read.
fn why(text: &str, error: &InstantError) -> String {
    if let InstantError::OtherUnit { .. } | InstantError::Skipped { .. } | InstantError::OutOfRange = error {
        return error.to_string();
    }
    if let Some(unit) = EpochUnit::of_our_days(text) {
        let (unit, format) = (unit.plural(), unit.name());
        return format!("a number, as of {unit} since 1970; a mapping with time_format = \"{format}\" reads it");
    }
    let formats: Vec<String> = formats_of(text).into_iter().take(2).map(|format| format!("{format:?}")).collect();
    match (formats.as_slice(), error) {
        ([first, ..], InstantError::NoOffset) => {
            format!("{error}; or read it by a mapping with time_format = {first} and perhaps a time_zone")
        }
        ([_, ..], InstantError::Malformed) => {
            let formats = formats.join(" or ");
            format!("not a time as in 2026-07-01T00:00:00Z; a mapping with time_format = {formats} reads it")
        }
        _ => error.to_string(),
    }
}

/// Reads what [`Instant::parse`] reads, with the same result.
fn parse(text: &str) -> Result<Instant, InstantError> {
    plain(text.as_bytes()).map_or_else(|| Instant::parse(text), Ok)
}

/// `YYYY-MM-DDThh:mm:ss[.f]Z` with one to nine digits `f` in the years 1970 to 2199; `None` is for the general parser.
fn plain(text: &[u8]) -> Option<Instant> {
    const DATE: Form = Form::new(b"0000-00-");
    const TIME: Form = Form::new(b"00T00:00");
    const SPACED_TIME: Form = Form::new(b"00 00:00");
    let (date, rest) = text.split_first_chunk()?;
    let (time, rest) = rest.split_first_chunk()?;
    let [b':', tens, ones, tail @ ..] = rest else { return None };
    let [y0, y1, y2, y3, _, m0, m1, _] = DATE.digits(date)?;
    let [d0, d1, _, h0, h1, _, n0, n1] = if time[2] == b' ' { SPACED_TIME } else { TIME }.digits(time)?;
    let (year, month, day) = (y0 * 1000 + y1 * 100 + y2 * 10 + y3, m0 * 10 + m1, d0 * 10 + d1);
    let (hour, minute, second) = (h0 * 10 + h1, n0 * 10 + n1, number(&[*tens, *ones])?);
    let in_range = (1970..=2199).contains(&year)
        && (1..=12).contains(&month)
        && (1..=days_in_month(year, month)).contains(&day)
        && hour < 24
        && minute < 60
        && second < 60;
    if !in_range {
        return None;
    }
    let seconds = ((days_since_epoch(year, month, day) * 24 + hour) * 60 + minute) * 60 + second;
    Some(Instant::from_micros(seconds * 1_000_000 + fraction(tail)?))
}

/// Eight characters of a time, all of which are looked at together: digits, and marks between them.
struct Form {
    /// With a zero for each digit.
    text: u64,
    /// What reaches a byte's upper half together with more than it may be: 9 for a digit, and 0 for a mark.
    excess: u64,
}

impl Form {
    const fn new(text: &[u8; 8]) -> Self {
        let (mut excess, mut index) = ([0x0f; 8], 0);
        while index < 8 {
            if text[index] == b'0' {
                excess[index] = 0x06;
            }
            index += 1;
        }
        Self { text: u64::from_le_bytes(*text), excess: u64::from_le_bytes(excess) }
    }

    /// The digits of a text of this form, with zeros for its marks.
    fn digits(&self, text: &[u8; 8]) -> Option<[i64; 8]> {
        const UPPER_HALVES: u64 = u64::from_ne_bytes([0xf0; 8]);
        let digits = u64::from_le_bytes(*text) ^ self.text;
        let is_right = (digits | digits.wrapping_add(self.excess)) & UPPER_HALVES == 0;
        is_right.then(|| digits.to_le_bytes().map(i64::from))
    }
}

/// The microseconds in `Z` or `.fZ`; digits beyond microseconds are cut off.
fn fraction(tail: &[u8]) -> Option<i64> {
    let digits = match tail {
        [b'Z'] => return Some(0),
        // Milliseconds, as most have.
        [b'.', a, b, c, b'Z'] => return Some(number(&[*a, *b, *c])? * 1_000),
        [b'.', digits @ .., b'Z'] if (1..=9).contains(&digits.len()) => digits,
        _ => return None,
    };
    let (micros, cut_off) = digits.split_at(digits.len().min(6));
    number(cut_off)?;
    Some((micros.len()..6).fold(number(micros)?, |n, _| n * 10))
}

fn number(digits: &[u8]) -> Option<i64> {
    let (number, largest) = digits.iter().fold((0, 0), |(number, largest), byte| {
        let digit = byte.wrapping_sub(b'0');
        (number * 10 + i64::from(digit), digit.max(largest))
    });
    (largest < 10).then_some(number)
}

fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days from 1970-01-01. Years are counted from March, so that the leap day is the last of its year.
fn days_since_epoch(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let leap_days = year / 4 - year / 100 + year / 400;
    // From March on, five months have 153 days.
    year * 365 + leap_days + (month * 153 + 2) / 5 + day - 1 - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_plain_form_is_read_here() {
        for text in ["1970-01-01T00:00:00Z", "2024-02-29 23:59:59.9999999Z", "2199-12-31T23:59:59.999999999Z"] {
            assert_eq!(plain(text.as_bytes()), Instant::parse(text).ok(), "{text}");
            assert!(plain(text.as_bytes()).is_some(), "{text}");
        }
    }

    #[test]
    fn every_day_of_the_calendar_agrees() {
        for days in 0..365 * 230 {
            let at = Instant::from_micros(days * 86_400_000_000);
            assert_eq!(plain(at.to_string().as_bytes()), Some(at));
        }
    }

    proptest! {
        #[test]
        fn agrees_with_the_general_parser(
            text in "(19|20|21|22|99)[0-9]{2}-[01][0-9]-[0-3][0-9][Tt ][0-2][0-9]:[0-6][0-9]:[0-6][0-9](\\.[0-9]{0,10})?(Z|z|\\+02:00)?"
        ) {
            prop_assert_eq!(parse(&text), Instant::parse(&text));
        }
    }
}
