//! `PATH=VALUE`, `PATH=A,B,C` and `PATH=FROM..TO/STEP`.

use super::path::{Path, PathError};
use super::text::{outside, split};
use super::value::{Change, ValueError, number};
use crate::money::Decimal;
use std::fmt;
use std::str::FromStr;
use thiserror::Error;

/// One number, or word, and what becomes of it: `studio/Image/unit_price=+20%`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Setting {
    /// The number or word of the catalog that changes.
    pub path: Path,
    /// Its new value, or how the new one follows from the old.
    pub change: Change,
}

/// Why a text does not say what changes in a catalog.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SettingError {
    /// What stands before the `=` is no path.
    #[error(transparent)]
    Path(#[from] PathError),
    /// What stands after it is no value.
    #[error(transparent)]
    Value(#[from] ValueError),
    /// Nothing stands before the colon.
    #[error("a scenario's name stands before the first `:`")]
    NoName,
    /// It has no `=`.
    #[error("the value is missing: write PATH=VALUE")]
    NoValue,
    /// A list has a value more than once.
    #[error("{0} stands twice")]
    Twice(Change),
    /// It is a range, and none that can be counted through.
    #[error(transparent)]
    Range(#[from] RangeError),
}

/// Why a range can't be counted through.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum RangeError {
    /// It has no step.
    #[error("a range needs a step: FROM..TO/STEP, as in +0%..+50%/10%")]
    NoStep,
    /// An end of it is words.
    #[error("{0:?} is not a number; a range ends in a number")]
    Words(String),
    /// Numbers and per cents stand in it.
    #[error("both ends of a range and its step must be numbers, or all three percentages")]
    Mixed,
    /// All its numbers on one scale have too many digits.
    #[error("the numbers of a range together have more than 18 significant digits")]
    TooManyDigits,
    /// Its step is 0.
    #[error("the step of a range can't be 0")]
    StandsStill,
    /// Its step has the wrong sign.
    #[error("the step leads away from the end of the range; change its sign, or swap the ends")]
    LeadsAway,
}

impl Setting {
    /// Reads `[NAME:]PATH=VALUE`. A name ends at the first `:` before any `/` or `[`.
    ///
    /// # Errors
    /// When it has no name before a colon, or is not `PATH=VALUE` after it.
    pub fn named(text: &str) -> Result<(Option<String>, Self), SettingError> {
        let colon = text.find([':', '/', '[', '"']).filter(|&at| text[at..].starts_with(':'));
        let Some(colon) = colon else { return Ok((None, text.parse()?)) };
        match text[..colon].trim() {
            "" => Err(SettingError::NoName),
            name => Ok((Some(name.to_owned()), text[colon + 1..].parse()?)),
        }
    }
}

impl FromStr for Setting {
    type Err = SettingError;

    fn from_str(text: &str) -> Result<Self, SettingError> {
        let at = outside(text, '=').ok_or(SettingError::NoValue)?;
        Ok(Self { path: text[..at].parse()?, change: text[at + 1..].parse()? })
    }
}

impl fmt::Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.path, self.change)
    }
}

/// One number, and the values that are tried for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vary {
    /// The number of the catalog that changes.
    pub path: Path,
    /// Its values, one after another; `None` where only the path was given.
    values: Option<Values>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Values {
    List(Vec<Change>),
    Range(Range),
}

/// From one number to another, in steps. The last step may be shorter, so that the end is always one of them.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Range {
    kind: Kind,
    /// All three with `scale` decimals.
    from: i128,
    to: i128,
    step: i128,
    scale: u32,
}

/// What the numbers of a range are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Number,
    Percent,
    Factor,
}

impl Vary {
    /// What becomes of the number, one after another; `None` where only the path was given.
    pub fn values(&self) -> Option<Box<dyn Iterator<Item = Change> + '_>> {
        self.values.as_ref().map(|values| match values {
            Values::List(list) => Box::new(list.iter().cloned()) as Box<dyn Iterator<Item = Change>>,
            Values::Range(range) => Box::new(range.values()),
        })
    }
}

impl FromStr for Vary {
    type Err = SettingError;

    fn from_str(text: &str) -> Result<Self, SettingError> {
        let Some(at) = outside(text, '=') else { return Ok(Self { path: text.parse()?, values: None }) };
        let (path, values) = (text[..at].parse()?, text[at + 1..].trim());
        let values = match values.split_once("..") {
            Some((from, rest)) => Values::Range(Range::read(from, rest)?),
            None => Values::List(list(values)?),
        };
        Ok(Self { path, values: Some(values) })
    }
}

fn list(text: &str) -> Result<Vec<Change>, SettingError> {
    let mut values: Vec<Change> = Vec::new();
    for value in split(text, ',') {
        let value = value.parse()?;
        if values.contains(&value) {
            return Err(SettingError::Twice(value));
        }
        values.push(value);
    }
    Ok(values)
}

impl Range {
    fn read(from: &str, rest: &str) -> Result<Self, SettingError> {
        let (to, step) = rest.split_once('/').ok_or(RangeError::NoStep)?;
        let (kind, from) = end(from)?;
        let (kind_of_to, to) = end(to)?;
        let plain = step.trim().strip_suffix('%');
        if kind != kind_of_to || (kind == Kind::Percent) != plain.is_some() {
            return Err(RangeError::Mixed.into());
        }
        let plain = plain.unwrap_or(step.trim());
        let step = number(plain.strip_prefix('+').unwrap_or(plain))?;
        let scale = from.scale().max(to.scale()).max(step.scale());
        let counted = |number: Decimal| {
            let counted = number.mantissa().checked_mul(10i128.checked_pow(scale - number.scale())?)?;
            (counted.unsigned_abs() < MOST).then_some(counted)
        };
        let [Some(from), Some(to), Some(step)] = [from, to, step].map(counted) else {
            return Err(RangeError::TooManyDigits.into());
        };
        if step == 0 {
            return Err(RangeError::StandsStill.into());
        }
        if (to - from).signum() * step.signum() < 0 {
            return Err(RangeError::LeadsAway.into());
        }
        Ok(Self { kind, from, to, step, scale })
    }

    fn values(&self) -> impl Iterator<Item = Change> + '_ {
        let whole = (self.to - self.from) / self.step;
        let steps = (0..=whole).map(|index| self.from + index * self.step);
        let end = (self.from + whole * self.step != self.to).then_some(self.to);
        steps.chain(end).map(|count| {
            let number = Decimal::from_i128_with_scale(count, self.scale).normalize();
            match self.kind {
                Kind::Number => Change::Number(number),
                Kind::Percent => Change::Percent(number),
                Kind::Factor => Change::Factor(number),
            }
        })
    }
}

/// No number has as many digits.
const MOST: u128 = 10u128.pow(18);

/// One end of a range, and what kind of change it is.
fn end(text: &str) -> Result<(Kind, Decimal), SettingError> {
    match text.parse()? {
        Change::Number(number) => Ok((Kind::Number, number)),
        Change::Percent(percent) => Ok((Kind::Percent, percent)),
        Change::Factor(factor) => Ok((Kind::Factor, factor)),
        Change::Payment(..) | Change::Words(_) => Err(RangeError::Words(text.trim().to_owned()).into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn values(text: &str) -> Vec<String> {
        let vary: Vary = text.parse().unwrap_or_else(|error| panic!("{text}: {error}"));
        vary.values().unwrap().map(|change| change.to_string()).collect()
    }

    #[test]
    fn lists_and_ranges_have_their_ends() {
        for (text, expected) in [
            ("a/b=1,2.50,+20%", &["1", "2.5", "+20%"][..]),
            ("a/b=1..2/0.25", &["1", "1.25", "1.5", "1.75", "2"]),
            ("a/b=+0%..+50%/20%", &["+0%", "+20%", "+40%", "+50%"]),
            ("a/b=-10%..+10%/10%", &["-10%", "+0%", "+10%"]),
            ("a/b=3..1/-1", &["3", "2", "1"]),
            ("a/b=x0.5..x1/0.5", &["x0.5", "x1"]),
            ("a/b=5..5/1", &["5"]),
            ("a/b=1..2/5", &["1", "2"]),
            ("policy/a=[p,e],[p],q", &["[p,e]", "p", "q"]),
        ] {
            assert_eq!(values(text), expected, "{text}");
        }
        assert_eq!("a/\"x=y\"[m=1]/b".parse::<Vary>().unwrap().values().map(|_| ()), None);
    }

    #[test]
    fn errors_say_what_is_wrong() {
        for (text, why) in [
            ("a/b=", "is neither a number"),
            ("a/b=1,1.0", "1 stands twice"),
            ("a/b=1..2", "a range needs a step"),
            ("a/b=..", "a range needs a step"),
            ("a/b=1..2/0", "the step of a range can't be 0"),
            ("a/b=1..2/-1", "leads away"),
            ("a/b=2..1/1", "leads away"),
            ("a/b=+0%..+50%/10", "all three percentages"),
            ("a/b=0..50/10%", "all three percentages"),
            ("a/b=0..+50%/10%", "all three percentages"),
            ("a/b=deny..overdraft/1", "\"deny\" is not a number"),
            ("a/b=1..2/x", "not a number"),
            ("a/b=0.000000001..1e18/1", "18 significant digits"),
            ("a=1", "a is not one number"),
        ] {
            let error = text.parse::<Vary>().map(|_| ()).unwrap_err().to_string();
            assert!(error.contains(why), "{text}: {error}");
        }
    }

    #[test]
    fn a_name_ends_at_the_first_colon_before_the_path() {
        let named = |text: &str| Setting::named(text).map(|(name, setting)| (name, setting.to_string()));
        let setting = "studio/Image/unit_price=+20%";
        assert_eq!(named(setting), Ok((None, setting.to_owned())));
        assert_eq!(named(&format!("dear er:{setting}")), Ok((Some("dear er".to_owned()), setting.to_owned())));
        let quoted = "studio/\"a:b\"/unit_price=1";
        assert_eq!(named(quoted), Ok((None, quoted.to_owned())));
        assert_eq!(named("a:\"b\"/c/d=1"), Ok((Some("a".to_owned()), "b/c/d=1".to_owned())));
        assert_eq!(named("a:asset C/rate=1"), Ok((Some("a".to_owned()), "asset C/rate=1".to_owned())));
        assert!(named(":a/b=1").unwrap_err().to_string().contains("name"));
        assert!(named("a/b").unwrap_err().to_string().contains("the value is missing"));
    }

    proptest! {
        #[test]
        fn ranges_are_what_counting_gives(from in -50i64..50, to in -50i64..50, step in -9i64..10, scale in 0u32..3) {
            let text = |n: i64| Decimal::new(n, scale).normalize().to_string();
            let read = format!("a/b={}..{}/{}", text(from), text(to), text(step)).parse::<Vary>();
            let is_good = step != 0 && (from == to || (to > from) == (step > 0));
            prop_assert_eq!(read.is_ok(), is_good);
            if let Ok(vary) = read {
                let (mut counted, mut at) = (Vec::new(), from);
                while at != to && (at < to) == (step > 0) {
                    counted.push(text(at));
                    at += step;
                }
                counted.push(text(to));
                prop_assert_eq!(vary.values().unwrap().map(|c| c.to_string()).collect::<Vec<_>>(), counted);
            }
        }

        #[test]
        fn every_setting_is_read_as_it_is_printed(name in "[a-z/=:\\[\\]\" ]{1,8}", change in crate::scenario::testing::change()) {
            let mut path: Path = "studio/Image[model=x]/unit_price".parse().unwrap();
            path.parts[0].name = name.clone();
            path.parts[1].name = name.clone();
            path.parts[1].select = super::super::path::Select::Cells(vec![(name.clone(), name)]);
            let setting = Setting { path, change };
            prop_assert_eq!(Setting::named(&setting.to_string()), Ok((None, setting)));
        }
    }
}
