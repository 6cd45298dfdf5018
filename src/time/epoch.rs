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
        let whole = text.split('.').next().unwrap_or_default();
        let is_number = !whole.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
        let units = Self::NAMES.into_iter().map(|(_, unit)| unit);
        units.filter(|_| is_number).find(|unit| unit.decimals() + 10 == whole.len())
    }
}
