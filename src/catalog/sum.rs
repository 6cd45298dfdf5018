//! Sums and differences of a log's fields: `prompt_tokens - cached_tokens`.

use crate::money::{Decimal, DecimalError, DecimalSum, parse_cost, parse_long_decimal, parse_quantity};
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use thiserror::Error;

/// A field, or a sum and difference of fields and numbers.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sum {
    /// At least one, in the order they are written in.
    terms: Vec<Term>,
}

/// One of the things that are added up.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Term {
    /// Whether it is taken off.
    pub is_minus: bool,
    /// What it is.
    pub operand: Operand,
}

/// What is added or taken off.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Operand {
    /// A field's value.
    Field(String),
    /// A number.
    Number(Decimal),
}

/// Why a text is not a sum.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SumError {
    /// Nothing stands before, after or between operators.
    #[error("a field or a number is missing next to ` {0} `; a name that holds an operator stands in backticks")]
    NoOperand(char),
    /// Another operator than plus and minus.
    #[error("only ` + ` and ` - ` can stand between fields, not ` {0} `; a name that holds one stands in backticks")]
    Operator(char),
    /// A name in backticks that doesn't end.
    #[error("a backtick is not closed; a name stands between two, as in `odd name`")]
    Backtick,
    /// Something that begins as a number does, and is none.
    #[error(
        "`{0}` is not a number: a number has only digits and a point, as in 1000.5; a name that begins with a digit stands in backticks"
    )]
    Digits(String),
    /// A number alone.
    #[error("a number is not a field; put a value that every record has into `constants`")]
    Number,
}

/// Why the value of a sum can't be had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SumFault {
    /// A field holds no number.
    Field(String, DecimalError),
    /// More digits than a number can have.
    TooLong,
}

/// What stands between two operands.
const OPERATORS: [char; 2] = ['+', '-'];
/// What people may write there as well.
const OTHERS: [char; 4] = ['*', '/', '%', '×'];

impl Sum {
    /// Reads a sum. Operators have a space on each side, so `a-b` is a name, and so is `Total Cost`.
    ///
    /// # Errors
    /// When it is not one.
    pub fn parse(text: &str) -> Result<Self, SumError> {
        let mut terms = Vec::new();
        let mut rest = text;
        let mut sign = None;
        loop {
            let (operand, next) = split(rest)?;
            let name = operand.trim();
            let near = sign.or(next.map(|(sign, _)| sign));
            if name.is_empty() && near.is_some() {
                return Err(SumError::NoOperand(near.unwrap_or('+')));
            }
            let operand = Self::operand(name, near.is_some());
            if near.is_some() && matches!(&operand, Operand::Field(field) if field == name && begins_as_number(name)) {
                return Err(SumError::Digits(name.to_owned()));
            }
            terms.push(Term { is_minus: sign == Some('-'), operand });
            match next {
                Some((operator, behind)) => (sign, rest) = (Some(operator), behind),
                None => break,
            }
        }
        if terms.iter().all(|term| matches!(term.operand, Operand::Number(_))) {
            return Err(SumError::Number);
        }
        Ok(Self { terms })
    }

    /// A number counts as one only next to fields: alone, it can only be a column's name.
    fn operand(name: &str, is_among_others: bool) -> Operand {
        if let Some(quoted) = name.strip_prefix('`').and_then(|name| name.strip_suffix('`')) {
            return Operand::Field(quoted.to_owned());
        }
        match parse_long_decimal(name) {
            Ok(number) if is_among_others => Operand::Number(number),
            _ => Operand::Field(name.to_owned()),
        }
    }

    /// A single field.
    pub fn field(name: &str) -> Self {
        Self { terms: vec![Term { is_minus: false, operand: Operand::Field(name.to_owned()) }] }
    }

    /// What is added up, in the order it is written in.
    pub fn terms(&self) -> &[Term] {
        &self.terms
    }

    /// The field that it is, if it is one alone.
    pub fn as_field(&self) -> Option<&str> {
        match self.terms.as_slice() {
            [Term { is_minus: false, operand: Operand::Field(name) }] => Some(name),
            _ => None,
        }
    }

    /// The fields that it reads.
    pub fn fields(&self) -> impl Iterator<Item = &str> + Clone {
        self.terms.iter().filter_map(|term| match &term.operand {
            Operand::Field(name) => Some(name.as_str()),
            Operand::Number(_) => None,
        })
    }

    /// Its value, where a field that has none counts as zero; `None` where no field has any. `value` is asked for each field
    /// in turn. It is exact, but for what floats leave over beyond the digits that a quantity or a cost may have.
    ///
    /// # Errors
    /// When a field's value is no number, or the sum has too many digits.
    pub fn value<'a>(
        &self,
        is_cost: bool,
        value: impl FnMut(&str) -> Option<&'a str>,
    ) -> Result<Option<Decimal>, SumFault> {
        let mut value = value;
        let (mut sum, mut is_there, mut is_short) = (DecimalSum::ZERO, false, !is_cost);
        for Term { is_minus, operand } in &self.terms {
            let number = match operand {
                Operand::Number(number) => *number,
                Operand::Field(name) => match value(name).filter(|text| !text.is_empty()) {
                    None => continue,
                    Some(text) => {
                        is_there = true;
                        let short = parse_quantity(text).ok().filter(|_| is_short);
                        is_short &= short.is_some();
                        let long = || parse_cost(text).map_err(|error| SumFault::Field(name.clone(), error));
                        short.map_or_else(long, Ok)?
                    }
                },
            };
            sum = sum.checked_add(&if *is_minus { -number } else { number }.into()).ok_or(SumFault::TooLong)?;
        }
        let sum = if is_short { sum.as_quantity() } else { sum.as_cost() };
        Ok(Some(sum.ok_or(SumFault::TooLong)?).filter(|_| is_there))
    }
}

/// As it is written.
impl Serialize for Sum {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Sum {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

/// Whether a text begins with a digit, or with a point before one.
fn begins_as_number(text: &str) -> bool {
    text.strip_prefix('.').unwrap_or(text).starts_with(|sign: char| sign.is_ascii_digit())
}

/// An operand, and the operator behind it with what follows.
type Split<'a> = (&'a str, Option<(char, &'a str)>);

/// The text up to the next operator outside of backticks, with the operator and what is behind it.
fn split(text: &str) -> Result<Split<'_>, SumError> {
    let mut in_name = false;
    for (at, sign) in text.char_indices() {
        in_name ^= sign == '`';
        // At the beginning or the end, the space on that side may be missing.
        let before = text[..at].chars().next_back().is_none_or(|sign| sign == ' ');
        let behind = &text[at + sign.len_utf8()..];
        if in_name || !before || !behind.is_empty() && !behind.starts_with(' ') {
            continue;
        }
        if OPERATORS.contains(&sign) {
            return Ok((&text[..at], Some((sign, behind))));
        }
        if OTHERS.contains(&sign) && !text[..at].trim().is_empty() && !behind.trim().is_empty() {
            return Err(SumError::Operator(sign));
        }
    }
    if in_name { Err(SumError::Backtick) } else { Ok((text, None)) }
}

impl fmt::Display for Sum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, Term { is_minus, operand }) in self.terms.iter().enumerate() {
            match (index, is_minus) {
                (0, _) => {}
                (_, true) => f.write_str(" - ")?,
                (_, false) => f.write_str(" + ")?,
            }
            match operand {
                Operand::Number(number) => write!(f, "{number}")?,
                Operand::Field(name) => match Self::parse(name) {
                    // A name alone is never taken for a number, among others it may be.
                    Ok(plain)
                        if plain.as_field() == Some(name)
                            && (self.terms.len() == 1
                                || !begins_as_number(name) && parse_long_decimal(name).is_err()) =>
                    {
                        f.write_str(name)?;
                    }
                    _ => write!(f, "`{name}`")?,
                },
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn fields(text: &str) -> Vec<String> {
        Sum::parse(text).unwrap().fields().map(str::to_owned).collect()
    }

    #[test]
    fn names_stay_names_and_operators_have_spaces() {
        for name in ["tokens", "a-b", "Total Cost", "Cost ($)", "usage.prompt_tokens", "1", "*", "a -b", "1,000"] {
            assert_eq!(Sum::parse(name).unwrap().as_field(), Some(name), "{name}");
        }
        assert_eq!(fields("prompt_tokens - cached_tokens"), ["prompt_tokens", "cached_tokens"]);
        assert_eq!(fields("`odd - name` + 1"), ["odd - name"]);
        assert_eq!(fields("a + `1_000`"), ["a", "1_000"]);
        assert_eq!(fields("a-b - c"), ["a-b", "c"]);
    }

    #[test]
    fn what_is_no_sum_is_told() {
        for (text, error) in [
            ("a -", SumError::NoOperand('-')),
            ("- a", SumError::NoOperand('-')),
            ("a + + b", SumError::NoOperand('+')),
            ("a * b", SumError::Operator('*')),
            ("a / 1000", SumError::Operator('/')),
            ("`a - b", SumError::Backtick),
            ("1 + 2", SumError::Number),
            ("a - 1_000", SumError::Digits("1_000".to_owned())),
            ("a + .5", SumError::Digits(".5".to_owned())),
        ] {
            assert_eq!(Sum::parse(text), Err(error), "{text}");
        }
    }

    #[test]
    fn what_is_absent_counts_nothing() {
        let sum = Sum::parse("prompt - cached + 1").unwrap();
        let value = |of: [Option<&'static str>; 2]| {
            sum.value(false, |name| of[usize::from(name == "cached")]).map(|value| value.map(|value| value.to_string()))
        };
        assert_eq!(value([Some("262960"), Some("257955")]), Ok(Some("5006".to_owned())));
        assert_eq!(value([Some("7"), None]), Ok(Some("8".to_owned())));
        assert_eq!(value([None, Some("")]), Ok(None));
        assert_eq!(value([Some("x"), None]), Err(SumFault::Field("prompt".to_owned(), DecimalError::Malformed)));
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(
            terms in prop::collection::vec((any::<bool>(), prop_oneof!["[a-z][a-z_.]{0,5}( [-+*] [a-z]{1,3})?", "[0-9]{1,4}"], any::<bool>()), 1..5),
        ) {
            let term = |(index, (is_minus, text, is_number)): (usize, (bool, String, bool))| {
                let number = parse_long_decimal(&text).ok().filter(|_| is_number && index > 0);
                Term { is_minus: is_minus && index > 0, operand: number.map_or(Operand::Field(text), Operand::Number) }
            };
            let sum = Sum { terms: terms.into_iter().enumerate().map(term).collect() };
            prop_assert_eq!(Sum::parse(&sum.to_string()), Ok(sum));
        }

        /// Against whole numbers.
        #[test]
        fn the_value_is_the_sum(values in prop::collection::vec((any::<bool>(), -1_000i64..1_000), 1..6)) {
            let text: String = values.iter().enumerate().map(|(index, (is_minus, _))| match (index, is_minus) {
                (0, _) => "f0".to_owned(),
                (_, true) => format!(" - f{index}"),
                (_, false) => format!(" + f{index}"),
            }).collect();
            let signed = |(index, (is_minus, value)): (usize, &(bool, i64))| if *is_minus && index > 0 { -value } else { *value };
            let expected: i64 = values.iter().enumerate().map(signed).sum();
            let texts: Vec<String> = values.iter().map(|(_, value)| value.to_string()).collect();
            let sum = Sum::parse(&text).unwrap();
            let value = sum.value(false, |name| Some(&texts[name[1..].parse::<usize>().unwrap()])).unwrap();
            prop_assert_eq!(value, Some(Decimal::from(expected)));
        }
    }
}
