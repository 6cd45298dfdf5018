//! Numbers that count from 1970.

/// What an instant's number counts, since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EpochUnit {
    /// Seconds.
    Seconds,
    /// Milliseconds.
    Millis,
    /// Microseconds.
    Micros,
    /// Nanoseconds.
    Nanos,
}

impl EpochUnit {
    /// The words of a mapping's `time_format`.
    pub const NAMES: [(&str, Self); 4] =
        [("unix", Self::Seconds), ("unix_ms", Self::Millis), ("unix_us", Self::Micros), ("unix_ns", Self::Nanos)];

    /// The word of a mapping's `time_format`.
    pub fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(_, unit)| *unit == self).map_or("", |(name, _)| name)
    }

    /// What it counts, for messages.
    pub fn plural(self) -> &'static str {
        match self {
            Self::Seconds => "seconds",
            Self::Millis => "milliseconds",
            Self::Micros => "microseconds",
            Self::Nanos => "nanoseconds",
        }
    }

    /// How many decimals of a second one of them is.
    pub(super) fn decimals(self) -> usize {
        match self {
            Self::Seconds => 0,
            Self::Millis => 3,
            Self::Micros => 6,
            Self::Nanos => 9,
        }
    }

    /// The unit that a number of our days is in, by its length: from 2001 to 2286 seconds have ten digits.
    pub fn of_our_days(text: &str) -> Option<Self> {
        let number = Number::read(text)?;
        let mut units = Self::NAMES.into_iter().map(|(_, unit)| unit);
        units.find(|unit| i64::try_from(unit.decimals() + 10) == Ok(number.point()))
    }
}

/// A number that is not below zero, as programs write it: `1767507869`, `1767507869.25`, `1.767507869E9`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Number<'t> {
    whole: &'t str,
    fraction: &'t str,
    exponent: i32,
}

impl<'t> Number<'t> {
    pub fn read(text: &'t str) -> Option<Self> {
        let (number, exponent) = match text.split_once(['e', 'E']) {
            Some((number, exponent)) => (number, exponent.parse().ok()?),
            None => (text, 0),
        };
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        let is_number = |digits: &str| digits.bytes().all(|byte| byte.is_ascii_digit());
        let is_read = !whole.is_empty() && is_number(whole) && is_number(fraction) && !number.ends_with('.');
        is_read.then_some(Self { whole, fraction, exponent })
    }

    /// How many of its digits stand before the point.
    pub fn point(self) -> i64 {
        self.whole.len() as i64 + i64::from(self.exponent)
    }

    /// So many of its digits, as a number; `None` when that is more than can be counted.
    pub fn first(self, count: i64) -> Option<i64> {
        let mut digits = self.whole.bytes().chain(self.fraction.bytes());
        let mut number = 0i64;
        for _ in 0..count {
            let digit = match digits.next() {
                Some(digit) => i64::from(digit - b'0'),
                // Zeros stay zero, however many.
                None if number == 0 => return Some(0),
                None => 0,
            };
            number = number.checked_mul(10)?.checked_add(digit)?;
        }
        Some(number)
    }
}
