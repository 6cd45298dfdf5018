//! Numbers as people write them, and how a catalog has them.

use crate::money::parse_decimal;

/// What a number that TOML has no such spelling for was meant to be.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Meant {
    /// What is said of it, after the number itself.
    pub message: &'static str,
    /// What to write instead.
    pub help: String,
    /// The number with the code of its currency, where that stands beside it: some keys have both, in quotes.
    pub with_code: Option<String>,
}

/// What to write in place of a number with a currency, a per cent sign, a comma, spaces, or without a digit before its point.
/// `None` when it is no such number.
pub(super) fn meant(text: &str) -> Option<Meant> {
    if let Some(help) = without_comma(text) {
        return Some(Meant { message: "has a comma, where a number has a point", help, with_code: None });
    }
    let said = |message, help| Some(Meant { message, help, with_code: None });
    if let Some(share) = text.strip_suffix('%') {
        let number = plain(share.trim_end())?;
        let share = parse_decimal(&format!("{number}e-2")).ok()?;
        return said("is a percentage", format!("write `{share}`"));
    }
    if let Some((amount, code)) = without_currency(text) {
        let number = plain(amount)?;
        let with_code = code.map(|code| format!("{number} {code}"));
        return Some(Meant { message: "has a currency", help: format!("write `{number}` alone"), with_code });
    }
    let number = plain(text)?;
    if number == text { None } else { said("is not a valid number", format!("write `{number}`")) }
}

/// An amount without the currency before or after it, and its code, such as USD, unless it is a sign.
fn without_currency(text: &str) -> Option<(&str, Option<&str>)> {
    const SIGNS: [char; 6] = ['$', '€', '£', '¥', '₹', '₩'];
    if let Some(amount) = text.strip_prefix(SIGNS).or_else(|| text.strip_suffix(SIGNS)) {
        return Some((amount.trim(), None));
    }
    let is_code =
        |(_, word): &(&str, &str)| (2..=12).contains(&word.len()) && word.bytes().all(|byte| byte.is_ascii_uppercase());
    let before = text.split_once(' ').map(|(code, amount)| (amount, code)).filter(is_code);
    let found = before.or_else(|| text.rsplit_once(' ').filter(is_code));
    found.map(|(amount, code)| (amount.trim(), Some(code)))
}

/// A number in digits, with a point if it has a fraction: thousands are not set apart, and digits stand on both sides of the
/// point.
fn plain(text: &str) -> Option<String> {
    let (sign, digits) =
        text.strip_prefix('-').map_or(("", text.strip_prefix('+').unwrap_or(text)), |rest| ("-", rest));
    // Behind a comma at the end, a list may go on.
    if digits.ends_with(',') {
        return None;
    }
    let comma_is_last = digits.rfind(',') > digits.rfind('.');
    let (point, thousands) = if comma_is_last { (',', '.') } else { ('.', ',') };
    let (whole, fraction) = digits.split_once(point).unwrap_or((digits, ""));
    let groups: Vec<&str> = whole.split([thousands, ' ', '\u{a0}', '\u{202f}', '\'']).collect();
    let is_grouped = groups.len() == 1 || groups[1..].iter().all(|group| group.len() == 3) && groups[0].len() <= 3;
    let whole = groups.concat();
    let all_digits = [&whole, fraction].iter().all(|part| part.bytes().all(|byte| byte.is_ascii_digit()));
    if !is_grouped || !all_digits || whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let whole = whole.trim_start_matches('0');
    let whole = if whole.is_empty() { "0" } else { whole };
    Some(if fraction.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") })
}

/// What to write in place of a number with commas alone; `None` when it is no such number.
fn without_comma(number: &str) -> Option<String> {
    let parts: Vec<&str> = number.trim_start_matches(['+', '-']).split(',').collect();
    let are_digits = parts.iter().all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()));
    let (decimal, whole) = (number.replace(',', "."), number.replace(',', ""));
    let are_thousands = parts[1..].iter().all(|part| part.len() == 3) && !parts[0].starts_with('0');
    match parts.len() {
        _ if !are_digits => None,
        1 => None,
        2 if are_thousands => Some(format!("write `{decimal}`, or `{whole}` if the comma marks thousands")),
        2 => Some(format!("write `{decimal}`")),
        _ => Some(format!("write `{whole}`")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_as_people_write_it_is_told_as_a_catalog_has_it() {
        let cases = [
            ("0,042", "write `0.042`"),
            ("-1,5", "write `-1.5`"),
            ("1,000", "write `1.000`, or `1000` if the comma marks thousands"),
            ("1,000,000", "write `1000000`"),
            ("1,000.50", "write `1000.50`"),
            ("1.000,50", "write `1000.50`"),
            ("1.000.000,5", "write `1000000.5`"),
            ("$0.05", "write `0.05` alone"),
            ("5 €", "write `5` alone"),
            ("$1,000.50", "write `1000.50` alone"),
            ("0.05 USD", "write `0.05` alone"),
            ("USD 5", "write `5` alone"),
            ("5%", "write `0.05`"),
            ("2.5 %", "write `0.025`"),
            ("1 000", "write `1000`"),
            ("10 000 000", "write `10000000`"),
            ("1'000.5", "write `1000.5`"),
            (".05", "write `0.05`"),
            ("-.5", "write `-0.5`"),
            ("5.", "write `5`"),
            ("+5", "write `5`"),
            ("05", "write `5`"),
            ("00.50", "write `0.50`"),
        ];
        for (number, help) in cases {
            assert_eq!(meant(number).map(|meant| meant.help).as_deref(), Some(help), "{number}");
        }
    }

    #[test]
    fn other_texts_are_left_alone() {
        for text in
            ["12", "0.5", "-3", "1,", "1,a", "", ".", "-", "1 00", "1e3", "1_000", "five", "2026-07-01", "%", "$"]
        {
            assert_eq!(meant(text), None, "{text}");
        }
    }
}
