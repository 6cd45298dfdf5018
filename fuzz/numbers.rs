//! Decimals, costs and amounts: the same digits come out as went in.

use crate::random::Random;
use crate::{Wrong, checked};
use drawdown::money::{
    Decimal, format_units, parse_cost, parse_decimal, parse_long_decimal, parse_quantity, parse_units,
};

const TEXTS: [&str; 9] = [
    "0",
    "-0.5",
    "4808",
    "1.25e-06",
    "999999999999999999",
    "0.0000000000000000000000000001",
    "9223372036.854775807",
    "5.551115123125783e-17",
    "1234567890123456789012345678",
];
const WORDS: [&str; 18] = [
    "0",
    "00000000",
    "9",
    "99999999",
    ".",
    "-",
    "+",
    "e",
    "E",
    "e-",
    "e28",
    "e-28",
    "e99999999999",
    "_",
    ",",
    "NaN",
    "inf",
    "٣",
];

pub fn round(mut random: Random) -> Result<(), Wrong> {
    let (text, other) = (*random.pick(&TEXTS), *random.pick(&TEXTS));
    let text = random.change_text(text, &WORDS, other);
    let precision = random.below(19) as u8;
    checked(text.as_bytes(), || check(&text, precision))
}

fn check(text: &str, precision: u8) -> Result<(), String> {
    let exact = parse_decimal(text).ok();
    for (name, read) in [("exact", exact), ("long", parse_long_decimal(text).ok())] {
        let Some(read) = read else { continue };
        if parse_long_decimal(&read.to_string()) != Ok(read) {
            return Err(format!("{read} ({name}) is not read as it was printed"));
        }
        if plain(text).is_some_and(|digits| plain(&read.to_string()) != Some(digits)) {
            return Err(format!("{text} was read as {read} ({name})"));
        }
    }
    same("quantity", exact, parse_quantity(text).ok())?;
    same("cost", exact, parse_cost(text).ok())?;
    let Ok(units) = parse_units(text, precision) else { return Ok(()) };
    let written = format_units(units, precision, 0);
    if parse_units(&written, precision) == Ok(units) { Ok(()) } else { Err(format!("{text} was written as {written}")) }
}

/// What is read exactly is the same wherever it stands.
fn same(name: &str, exact: Option<Decimal>, read: Option<Decimal>) -> Result<(), String> {
    if exact.is_some() && read != exact { Err(format!("as a {name} it is {read:?}")) } else { Ok(()) }
}

/// A number without an exponent as its sign and digits, without zeros that say nothing.
fn plain(text: &str) -> Option<(bool, String)> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let (negative, whole) = whole.strip_prefix('-').map_or((false, whole), |whole| (true, whole));
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(fraction) {
        return None;
    }
    let number = format!("{}.{}", whole.trim_start_matches('0'), fraction.trim_end_matches('0'));
    Some((negative && number != ".", number))
}
