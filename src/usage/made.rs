//! Values that are made of a record's others: sums, meanings, defaults, and numbers that are written in another way.

use super::cell::Cell;
use super::error::{Fault, quoted};
use super::rules::Recipe;
use crate::catalog::{NumberFormat, SumFault};
use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

/// A value that is made of others.
#[derive(Clone)]
pub(super) struct Made {
    recipe: Arc<Recipe>,
    /// Where the fields of the recipe's sum are, in their order; `None` for those that the record does not have.
    cells: Vec<Option<Cell>>,
}

/// The texts that were made of a record; here to be used again.
#[derive(Default)]
pub(super) struct MadeTexts {
    text: String,
    places: Vec<Range<usize>>,
}

impl MadeTexts {
    pub fn get(&self, index: usize) -> &str {
        self.places.get(index).map_or("", |place| &self.text[place.clone()])
    }

    /// Makes all values of a record.
    pub fn make<'a>(&mut self, all: &'a [Made], get: impl Fn(&'a Cell) -> &'a str) -> Result<(), Fault> {
        self.text.clear();
        self.places.clear();
        for made in all {
            let start = self.text.len();
            made.push(&mut self.text, &get)?;
            self.places.push(start..self.text.len());
        }
        Ok(())
    }
}

impl Made {
    pub fn new(recipe: Arc<Recipe>, cells: Vec<Option<Cell>>) -> Self {
        Self { recipe, cells }
    }

    /// Whether it has a value in no record, because none of its fields is there.
    pub fn is_absent(&self) -> bool {
        self.recipe.default.is_none() && self.cells.iter().all(Option::is_none)
    }

    fn push<'a>(&'a self, text: &mut String, get: impl Fn(&'a Cell) -> &'a str) -> Result<(), Fault> {
        let recipe = &*self.recipe;
        let own = |cell: &'a Option<Cell>| cell.as_ref().map_or("", &get);
        let start = text.len();
        if recipe.sum.as_field().is_some() {
            text.push_str(&recipe.meaning(self.cells.first().map_or("", own))?);
        } else {
            let texts = self.cells.iter().map(|cell| recipe.meaning(own(cell))).collect::<Result<Vec<_>, _>>()?;
            if let Some(only) = recipe.only(&texts) {
                text.push_str(only);
                return Ok(());
            }
            let mut texts = texts.iter();
            let value = recipe.sum.value(recipe.is_cost, |_| texts.next().map(AsRef::as_ref));
            let value = value.map_err(|fault| recipe.no_sum(fault))?;
            if let Some(value) = value {
                text.push_str(&value.to_string());
            }
        }
        if text.len() == start {
            text.push_str(recipe.default.as_deref().unwrap_or_default());
        }
        Ok(())
    }
}

impl Recipe {
    /// What a column's text means.
    fn meaning<'a>(&'a self, text: &'a str) -> Result<Cow<'a, str>, Fault> {
        if let Some(meaning) = self.translation.as_ref().and_then(|translation| translation.of(text)) {
            return Ok(meaning.into());
        }
        let Some(format) = self.numbers else { return Ok(text.into()) };
        match plain_number(text, format) {
            Some(plain) => Ok(plain),
            None if self.is_number && looks_like_number(text) => {
                let thousands = format.thousands.map(|sign| format!(" and thousands = \"{sign}\"")).unwrap_or_default();
                let reason = format!("{} is no number with decimal = \"{}\"{thousands}", quoted(text), format.decimal);
                Err(Fault::at(self.ours.as_str(), reason))
            }
            None => Ok(text.into()),
        }
    }

    /// The text of the one field that is there, where it is added to nothing: it needn't be a number. So a sum also says
    /// which of several columns is read; of names the first one that is there, since two of them make no third.
    fn only<'a>(&self, texts: &'a [Cow<'_, str>]) -> Option<&'a str> {
        let has_numbers = self.sum.terms().len() > texts.len();
        let mut there = self.sum.terms().iter().zip(texts).filter(|(_, text)| !text.is_empty());
        let (term, only) = there.next().filter(|_| !has_numbers)?;
        let is_name = self.is_name && self.sum.terms().iter().all(|term| !term.is_minus);
        (!term.is_minus && (is_name || there.next().is_none())).then_some(only)
    }

    fn no_sum(&self, fault: SumFault) -> Fault {
        let reason = match fault {
            SumFault::Field(name, error) => format!("{name} is {error}"),
            SumFault::TooLong => "the sum has more digits than a number can have".to_owned(),
        };
        Fault::at(self.ours.as_str(), reason)
    }
}

/// A number with a point before its decimals and nothing between its digits; `None` if the text is no number in this format.
pub(super) fn plain_number(text: &str, format: NumberFormat) -> Option<Cow<'_, str>> {
    let (sign, digits) = text.strip_prefix('-').map_or(("", text), |digits| ("-", digits));
    let (whole, fraction) =
        digits.split_once(format.decimal).map_or((digits, None), |(whole, rest)| (whole, Some(rest)));
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let (mantissa, exponent) = match fraction.map(|fraction| fraction.split_once(['e', 'E']).unwrap_or((fraction, "")))
    {
        Some((fraction, exponent)) => (Some(fraction), exponent),
        None => (None, ""),
    };
    let is_exponent = exponent.is_empty() || is_digits(exponent.trim_start_matches(['+', '-']));
    if mantissa.is_some_and(|fraction| !is_digits(fraction)) || !is_exponent {
        return None;
    }
    let groups: Vec<&str> = match format.thousands {
        Some(thousands) => whole.split(thousands).collect(),
        None => vec![whole],
    };
    let is_grouped = groups.len() == 1 || groups[0].len() <= 3 && groups[1..].iter().all(|group| group.len() == 3);
    if !is_grouped || !groups.iter().all(|group| is_digits(group)) {
        return None;
    }
    if groups.len() == 1 && fraction.is_none() {
        return Some(text.into());
    }
    let fraction = fraction.map(|fraction| format!(".{fraction}")).unwrap_or_default();
    Some(format!("{sign}{}{fraction}", groups.concat()).into())
}

/// Whether a text has nothing but what numbers are written with somewhere.
fn looks_like_number(text: &str) -> bool {
    text.bytes().any(|byte| byte.is_ascii_digit())
        && text.chars().all(|sign| sign.is_ascii_digit() || ".,-' _\u{a0}\u{202f}eE+".contains(sign))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn numbers_are_read_as_the_log_writes_them() {
        let german = NumberFormat { decimal: ',', thousands: Some('.') };
        for (text, plain) in [
            ("1.234,5", Some("1234.5")),
            ("-1.234.567,00", Some("-1234567.00")),
            ("1234,5", Some("1234.5")),
            ("1.234", Some("1234")),
            ("12", Some("12")),
            ("1,5e-05", Some("1.5e-05")),
            ("1.5", None),
            ("1.23.456", None),
            ("1234.567", None),
            ("1,5,6", None),
            ("", None),
            ("gpt-5.1", None),
        ] {
            assert_eq!(plain_number(text, german).as_deref(), plain, "{text}");
        }
        let swiss = NumberFormat { decimal: '.', thousands: Some('\'') };
        assert_eq!(plain_number("1'234.5", swiss).as_deref(), Some("1234.5"));
    }

    proptest! {
        #[test]
        fn what_is_written_with_commas_is_the_same_number(whole in 0u64..10_000_000_000, cents in 0u8..100) {
            let digits = whole.to_string();
            let mut grouped = String::new();
            for (index, digit) in digits.chars().enumerate() {
                if index > 0 && (digits.len() - index).is_multiple_of(3) {
                    grouped.push('.');
                }
                grouped.push(digit);
            }
            let format = NumberFormat { decimal: ',', thousands: Some('.') };
            let (written, plain) = (format!("{grouped},{cents:02}"), format!("{digits}.{cents:02}"));
            let read = plain_number(&written, format);
            prop_assert_eq!(read.as_deref(), Some(&*plain));
        }
    }
}
