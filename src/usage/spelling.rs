//! Numbers that are not written as we read them, and what reads them.

use super::error::quoted;
use super::made::plain_number;
use crate::catalog::NumberFormat;
use crate::money::parse_cost;

/// Signs of currencies that stand before or behind a number.
const SIGNS: &str = "$€£¥₹₩₽₺";
/// What may stand between groups of three digits.
const THOUSANDS: [char; 7] = [',', '.', '\'', '_', ' ', '\u{a0}', '\u{202f}'];

/// The number in a text such as `$0.05` or ` 0,04 EUR`; `None` where there is none.
pub(super) fn bare(text: &str) -> Option<&str> {
    let bare = text.trim_matches(|c: char| c.is_whitespace() || c.is_alphabetic() || SIGNS.contains(c));
    bare.contains(|c: char| c.is_ascii_digit()).then_some(bare)
}

/// How a number may be written that is none as it stands, each with the number that it is then.
pub(super) fn spellings(text: &str) -> Vec<(NumberFormat, String)> {
    let mut found: Vec<(NumberFormat, String)> = Vec::new();
    if parse_cost(text).is_ok() {
        return found;
    }
    // No group of thousands stands behind a zero.
    let has = |sign: char| {
        text.contains(sign) && !text.trim_start_matches('-').starts_with(&['0', sign].map(String::from).concat())
    };
    for decimal in ['.', ','] {
        let thousands = THOUSANDS.into_iter().filter(|sign| *sign != decimal && has(*sign)).map(Some);
        for thousands in [None].into_iter().chain(thousands) {
            let format = NumberFormat { decimal, thousands };
            let plain = plain_number(text, format).filter(|plain| parse_cost(plain).is_ok());
            if let Some(plain) = plain.filter(|plain| found.iter().all(|(_, known)| known != plain)) {
                found.push((format, plain.into_owned()));
            }
        }
    }
    found
}

/// What to do about a cost that is no number as it is written.
pub(super) fn mend_cost(text: &str) -> String {
    let Some(bare) = bare(text) else {
        return format!(
            "leave it empty where there was no cost, or let a [mapping.NAME] say what it means: \
             `values = {{ cost = {{ {} = \"0\" }} }}`",
            quoted(text)
        );
    };
    let spellings = spellings(bare);
    let readings = spellings.iter().map(|(NumberFormat { decimal, thousands }, plain)| {
        let decimal = (*decimal != '.').then(|| format!("decimal = \"{decimal}\""));
        let thousands = thousands.map(|sign| format!("thousands = \"{sign}\""));
        let said: Vec<String> = decimal.into_iter().chain(thousands).collect();
        format!("{} reads it as {plain}", said.join(" and "))
    });
    let readings = readings.collect::<Vec<_>>().join(", ");
    let alone = match bare {
        _ if spellings.is_empty() && parse_cost(bare).is_err() => Some("write the number alone, as in 0.05".to_owned()),
        _ if bare == text => None,
        _ if bare == text.trim() => Some(format!("write the number alone: {}", quoted(bare))),
        _ => Some(format!("write the number alone, {}, and its currency as cost_currency", quoted(bare))),
    };
    let mapped = (!readings.is_empty()).then(|| format!("in a [mapping.NAME] of a CSV log, {readings}"));
    alone.into_iter().chain(mapped).collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cost_that_is_a_number_is_not_lost_by_the_advice() {
        for (text, told) in [
            ("$0.05", "write the number alone, \"0.05\", and its currency as cost_currency"),
            (" 0.5 ", "write the number alone: \"0.5\""),
            ("0,04", "in a [mapping.NAME] of a CSV log, decimal = \",\" reads it as 0.04"),
            ("0,040", "in a [mapping.NAME] of a CSV log, decimal = \",\" reads it as 0.040"),
            ("1,234.50", "in a [mapping.NAME] of a CSV log, thousands = \",\" reads it as 1234.50"),
            ("1.234,50", "in a [mapping.NAME] of a CSV log, decimal = \",\" and thousands = \".\" reads it as 1234.50"),
            ("-1'234.5", "in a [mapping.NAME] of a CSV log, thousands = \"'\" reads it as -1234.5"),
            (
                "1,234",
                "in a [mapping.NAME] of a CSV log, thousands = \",\" reads it as 1234, decimal = \",\" reads it as 1.234",
            ),
            (
                "0,04 €",
                "write the number alone, \"0,04\", and its currency as cost_currency; in a [mapping.NAME] of a CSV log, \
                 decimal = \",\" reads it as 0.04",
            ),
            ("(0.05)", "write the number alone, as in 0.05"),
            ("5%", "write the number alone, as in 0.05"),
        ] {
            assert_eq!(mend_cost(text), told, "{text}");
        }
        for text in ["-", "Included", "n/a", "$"] {
            assert!(mend_cost(text).starts_with("leave it empty where there was no cost, or let"), "{text}");
        }
    }
}
