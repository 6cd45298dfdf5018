//! How a CSV log probably writes numbers: with a comma before decimals, or with signs between thousands.

/// What was found out. The signs that ours are written with are not told.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Written<'s> {
    /// A number with a comma before its decimals.
    pub decimal_comma: Option<&'s str>,
    /// What stands between thousands, and a number that shows it.
    pub thousands: Option<(char, &'s str)>,
    /// What a person should decide.
    pub doubt: Option<String>,
}

impl<'s> Written<'s> {
    /// Looks at the texts of columns that count, which have no decimals, and at all others. In a log with commas between its
    /// values, a comma is no decimal point.
    pub fn new(counts: Vec<&'s str>, others: Vec<&'s str>, has_commas: bool) -> Self {
        let all = || counts.iter().chain(&others).copied();
        let of = |thousands: char, decimal: char| {
            let sure = all().find(|text| is_surely(text, thousands, decimal));
            sure.or_else(|| counts.iter().copied().find(|text| is_grouped(text, thousands)))
        };
        let decimal_comma = all().find(|text| !has_commas && has_decimals(text, ','));
        let (comma, point) = (of(',', '.'), of('.', ','));
        match (comma, point) {
            (None, Some(example)) => {
                let shown = decimal_comma.or_else(|| all().find(|text| text.contains(','))).unwrap_or(example);
                Self { decimal_comma: Some(shown), thousands: Some(('.', example)), doubt: None }
            }
            (Some(example), None) if decimal_comma.is_none() => {
                Self { thousands: Some((',', example)), ..Self::default() }
            }
            _ => Self::unsure(all().collect(), decimal_comma, has_commas),
        }
    }

    /// Where no number has both signs, and nothing says that three digits are thousands.
    fn unsure(all: Vec<&'s str>, decimal_comma: Option<&'s str>, has_commas: bool) -> Self {
        let find = |sign: char| all.iter().copied().find(|text| is_grouped(text, sign));
        let has_point = all.iter().any(|text| has_decimals(text, '.'));
        match (decimal_comma, find(','), find('.')) {
            (Some(example), _, _) => Self { decimal_comma: Some(example), ..Self::default() },
            (None, Some(example), _) if has_commas || has_point => {
                Self { thousands: Some((',', example)), ..Self::default() }
            }
            (None, Some(example), _) => {
                let doubt = format!(
                    "{example} is read with decimals; if it is a thousand and more, write thousands = \",\" instead"
                );
                Self { decimal_comma: Some(example), thousands: None, doubt: Some(doubt) }
            }
            (None, None, Some(example)) if !has_commas => {
                let doubt = format!(
                    "{example} may be a number with a point between thousands; say so with `decimal` and `thousands`"
                );
                Self { doubt: Some(doubt), ..Self::default() }
            }
            (None, None, _) => Self::default(),
        }
    }
}

/// Whether a text can be a count: a whole number, perhaps with signs between thousands.
pub(super) fn count_is_written(text: &str) -> bool {
    let whole = text.split_once(['.', ',']).map_or(text, |(whole, rest)| if is_zeros(rest) { whole } else { text });
    is_digits(whole)
        || [',', '.', '\''].iter().any(|sign| is_grouped(text, *sign) || is_surely(text, *sign, other(*sign)))
}

fn other(sign: char) -> char {
    if sign == ',' { '.' } else { ',' }
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_zeros(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte == b'0')
}

/// Whether a text is a number with this sign between groups of three digits: at least two groups.
fn is_grouped(text: &str, sign: char) -> bool {
    let mut groups = text.strip_prefix('-').unwrap_or(text).split(sign);
    let first = groups.next().unwrap_or_default();
    let others: Vec<&str> = groups.collect();
    let is_first = matches!(first.len(), 1..=3) && is_digits(first) && !first.starts_with('0');
    is_first && !others.is_empty() && others.iter().all(|group| group.len() == 3 && is_digits(group))
}

/// Whether it is one beyond doubt: with decimals behind its groups, or with several groups.
fn is_surely(text: &str, thousands: char, decimal: char) -> bool {
    match text.split_once(decimal) {
        Some((whole, decimals)) => is_grouped(whole, thousands) && is_digits(decimals),
        None => is_grouped(text, thousands) && text.matches(thousands).count() > 1,
    }
}

/// Whether a text is a number with decimals behind this sign, and can't be one with groups.
fn has_decimals(text: &str, sign: char) -> bool {
    let Some((whole, decimals)) = text.strip_prefix('-').unwrap_or(text).split_once(sign) else { return false };
    is_digits(whole) && is_digits(decimals) && !is_grouped(text, sign)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_in_numbers_are_told_apart() {
        let seen = |counts: &[&'static str], others: &[&'static str], has_commas| {
            let written = Written::new(counts.to_vec(), others.to_vec(), has_commas);
            (written.decimal_comma.is_some(), written.thousands.map(|(sign, _)| sign), written.doubt.is_some())
        };
        for (counts, others, has_commas, wanted) in [
            (&["1,200"][..], &["0.5"][..], true, (false, Some(','), false)),
            (&["1,200"], &[], false, (false, Some(','), false)),
            (&["1.200"], &["0,5"], false, (true, Some('.'), false)),
            (&[], &["1.200,50", "3"], false, (true, Some('.'), false)),
            (&[], &["1,200.50"], true, (false, Some(','), false)),
            (&[], &["0,25", "1,200"], false, (true, None, false)),
            (&[], &["1,200"], false, (true, None, true)),
            (&[], &["1,200", "0.5"], false, (false, Some(','), false)),
            (&[], &["1.200"], false, (false, None, true)),
            (&[], &["1.200"], true, (false, None, false)),
            (&["1200"], &["0.5"], true, (false, None, false)),
            (&["4096"], &["gpt-5.1", "2026-01-01"], false, (false, None, false)),
        ] {
            assert_eq!(seen(counts, others, has_commas), wanted, "{counts:?} {others:?}");
        }
        assert!(["12", "1,200", "1.200", "12.0", "1,200.00"].map(count_is_written).iter().all(|is| *is));
        assert!(["0.5", "1.25", "x", "", "1,2"].map(count_is_written).iter().all(|is| !*is));
    }
}
