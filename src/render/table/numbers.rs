//! Numbers in a column, with their points under each other.

use std::borrow::Cow;
use unicode_width::UnicodeWidthStr;

/// Splits `-12.50 USD` into what stands before the point, the point and its digits, and the unit with its space.
/// `None` when the text does not start with a number.
fn number_parts(text: &str) -> Option<(&str, &str, &str)> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let sign = text.len() - digits.len();
    let run = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let whole = run(digits);
    let fraction = digits[whole..].strip_prefix('.').map_or(0, |rest| run(rest) + 1);
    let (number, unit) = text.split_at(sign + whole + fraction);
    let number_alone = unit.is_empty() || unit.starts_with([' ', '%']);
    (whole > 0 && fraction != 1 && number_alone).then(|| (&number[..sign + whole], &number[sign + whole..], unit))
}

/// Whether a cell is a number below zero, perhaps with a unit.
pub(super) fn is_negative(cell: &str) -> bool {
    cell.starts_with('-') && number_parts(cell).is_some()
}

/// How wide the parts of a column's numbers are.
#[derive(Debug, Default)]
pub(super) struct Points {
    whole: usize,
    fraction: usize,
    unit: usize,
    /// What is no number.
    other: usize,
}

impl Points {
    /// A cell of the column.
    pub fn measure(&mut self, cell: &str) {
        let Some((whole, fraction, unit)) = number_parts(cell) else {
            self.other = self.other.max(cell.width());
            return;
        };
        self.whole = self.whole.max(whole.len());
        self.fraction = self.fraction.max(fraction.len());
        self.unit = self.unit.max(unit.width());
    }

    /// How wide the widest cell is once it is aligned.
    pub fn width(&self) -> usize {
        self.other.max(self.whole + self.fraction + self.unit)
    }

    /// A cell whose fraction and unit are filled up with spaces, so that right-aligned numbers have their points in one
    /// column.
    pub fn align<'a>(&self, cell: &'a str) -> Cow<'a, str> {
        let Some((whole, fraction, unit)) = number_parts(cell) else { return Cow::Borrowed(cell) };
        let (fraction_width, after_unit) = (self.fraction, self.unit - unit.width());
        Cow::Owned(format!("{whole}{fraction:fraction_width$}{unit}{:after_unit$}", ""))
    }
}

/// Aligns all cells of a column.
pub(super) fn align_points(cells: &mut [String]) {
    let mut points = Points::default();
    cells.iter().for_each(|cell| points.measure(cell));
    for cell in cells {
        *cell = points.align(cell).into_owned();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn aligned<const N: usize>(cells: [&str; N]) -> [String; N] {
        let mut cells = cells.map(String::from);
        align_points(&mut cells);
        cells
    }

    #[test]
    fn units_and_percents_align_too() {
        let cells = aligned(["20.00 USD", "-3 CREDIT", "n/a", "1,5", "12."]);
        assert_eq!(cells, ["20.00 USD   ", "-3    CREDIT", "n/a", "1,5", "12."]);
        assert_eq!(aligned(["12.5%", "-100%"]), ["12.5%", "-100  %"]);
    }

    #[test]
    fn only_a_number_is_negative() {
        assert!(is_negative("-0.5") && is_negative("-20%") && is_negative("-3 CREDIT"));
        assert!(!is_negative("-") && !is_negative("3") && !is_negative("-x") && !is_negative("-2026-07"));
    }
}
