//! How the page says amounts. Tables are exact; the headline and the charts are rounded, so that they can be read.

use crate::money::{Asset, COST_PRECISION, Precise, Rounding, format_units, round_div};
use crate::render::margin::margin_in_percent;
use crate::report::profit::Figures;

/// A part of revenue.
#[derive(Debug)]
pub(super) struct Part {
    /// Its name: a column of tables, and a class of the style sheet.
    pub name: &'static str,
    /// What is earned there.
    pub meaning: &'static str,
    /// How much it is.
    pub of: fn(&Figures) -> Precise,
}

/// The parts of revenue in the order in which charts stack them.
const PARTS: &[Part] = &[
    Part { name: "usage", meaning: "at what the credits it took had cost their buyer", of: |f| f.usage_revenue },
    Part { name: "fixed", meaning: "fixed charges, as their time goes by", of: |f| f.fixed_revenue },
    Part { name: "breakage", meaning: "what expired credits had left", of: |f| f.breakage },
];

/// The parts of revenue of which there are any.
pub(super) fn parts(total: &Figures) -> impl Iterator<Item = &'static Part> {
    PARTS.iter().filter(|part| !(part.of)(total).is_zero())
}

/// A minus as wide as a digit; tables keep the one that other programs read.
const MINUS: char = '\u{2212}';
/// Between thousands: a narrow space that does not break the line.
const THIN: char = '\u{202f}';

/// Amounts of one currency, rounded alike.
#[derive(Debug, Clone, Copy)]
pub(super) struct Amounts<'a> {
    /// The reporting currency.
    pub currency: &'a Asset,
    /// Decimals that are shown.
    pub digits: u8,
}

impl<'a> Amounts<'a> {
    /// As many decimals as payments have; more where the largest amount would not come to a hundred of the last one.
    pub fn new(currency: &'a Asset, largest: Precise) -> Self {
        let largest = largest.count();
        let worth_it = |digits: &u8| largest / 10i128.pow(u32::from(COST_PRECISION - digits)) >= 100;
        let least = currency.payment_digits().min(currency.precision);
        let digits = (least..=currency.precision).find(worth_it);
        Self { currency, digits: digits.unwrap_or(if largest == 0 { least } else { currency.precision }) }
    }

    /// One whole unit of the currency.
    pub fn one(&self) -> i128 {
        10i128.pow(u32::from(COST_PRECISION))
    }

    /// An amount without its currency: `−1 234.50`. One that would be shown as zero and isn't is shown exactly.
    pub fn rounded(&self, value: Precise) -> String {
        let unit = 10i128.pow(u32::from(COST_PRECISION - self.digits));
        match round_div(value.count(), unit, Rounding::HalfEven) {
            0 if !value.is_zero() => typeset(&self.currency.precise(value).to_string()),
            rounded => typeset(&format_units(rounded, self.digits, self.digits)),
        }
    }

    /// A change, with its sign: `+1.50`.
    pub fn signed(&self, value: Precise) -> String {
        let sign = if value.is_positive() { "+" } else { "" };
        format!("{sign}{}", self.rounded(value))
    }

    /// An amount with its currency.
    pub fn with_code(&self, value: Precise) -> String {
        format!("{} {}", self.rounded(value), self.currency.code)
    }

    /// The label of a tick on an axis that goes up to `largest`, exactly: `2.5k`.
    pub fn tick(&self, units: i128, largest: i128) -> String {
        let (power, suffix) = match largest / self.one() {
            _ if units == 0 => (0, ""),
            0..10_000 => (0, ""),
            10_000..1_000_000 => (3, "k"),
            1_000_000..1_000_000_000 => (6, "M"),
            _ => (9, "bn"),
        };
        typeset(&format_units(units, COST_PRECISION + power, 0)) + suffix
    }

    /// Figures in words: `revenue 118.38 USD, cost 105.22, profit 13.16, margin 11.1%`.
    pub fn sentence(&self, figures: &Figures) -> String {
        let mut text = format!(
            "revenue {}, cost {}, profit {}",
            self.with_code(figures.revenue()),
            self.rounded(figures.cost),
            self.rounded(figures.profit())
        );
        if figures.margin().is_some() {
            text += &format!(", margin {}", margin(figures));
        }
        text
    }
}

/// The margin in percent with one decimal; a dash without revenue.
pub(super) fn margin(figures: &Figures) -> String {
    margin_in_percent(figures).map_or_else(|| "–".to_owned(), |percent| typeset(&percent))
}

/// How many there are of something.
pub(super) fn count(number: impl ToString) -> String {
    typeset(&number.to_string())
}

/// A number with a real minus and groups of three digits.
pub(super) fn typeset(number: &str) -> String {
    let (sign, digits) = match number.strip_prefix('-') {
        Some(digits) => (Some(MINUS), digits),
        None => (None, number),
    };
    let whole = digits.find('.').unwrap_or(digits.len());
    let mut text: String = sign.into_iter().collect();
    for (index, c) in digits.char_indices() {
        if index > 0 && index < whole && (whole - index) % 3 == 0 {
            text.push(THIN);
        }
        text.push(c);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::money::{Cost, Total};

    fn usd() -> Asset {
        Asset::currency("USD").unwrap()
    }

    fn billionths(count: i128) -> Precise {
        Precise::of_values(Total::from_count(count), 9)
    }

    #[test]
    fn decimals_are_those_of_payments_unless_amounts_are_tiny() {
        let digits = |largest| Amounts::new(&usd(), billionths(largest)).digits;
        assert_eq!([0, 5_000_000_000, 1_000_000_000].map(digits), [2, 2, 2]);
        assert_eq!([999_999_999, 100_000_000, 12_345, 100, 1].map(digits), [3, 3, 7, 9, 9]);
        assert_eq!(Amounts::new(&Asset::currency("JPY").unwrap(), billionths(100_000_000_000)).digits, 0);
    }

    #[test]
    fn rounding_hides_no_amount() {
        let usd = usd();
        let amounts = Amounts::new(&usd, billionths(5_000_000_000));
        let shown = [0, 1_234_567_895_000_000, -20_662_683_500, -1, 5_000_000, 999_999_999]
            .map(|u| amounts.rounded(billionths(u)));
        assert_eq!(shown, ["0.00", "1\u{202f}234\u{202f}567.90", "−20.66", "−0.000000001", "0.005", "1.00"]);
        assert_eq!(amounts.rounded(Cost::from_count(4).unwrap().into()), "0.000000000000000004");
    }

    #[test]
    fn ticks_are_short_and_exact() {
        let usd = usd();
        let one = 10i128.pow(18);
        let ticks = [
            (0, 500_000),
            (-20, 500_000),
            (2_500, 9_999),
            (2_500, 10_000),
            (-1_500_000, 2_000_000),
            (5_000_000_000, 5_000_000_000),
        ];
        let ticks = ticks
            .map(|(dollars, largest)| Amounts::new(&usd, Precise::from_count(one)).tick(dollars * one, largest * one));
        assert_eq!(ticks, ["0", "−0.02k", "2\u{202f}500", "2.5k", "−1.5M", "5bn"]);
        assert_eq!(Amounts::new(&usd, billionths(1)).tick(2_000, 2_000), "0.000000000000002");
    }

    #[test]
    fn without_revenue_there_is_no_margin() {
        let usd = usd();
        let figures = Figures { cost: billionths(5_000_000_000), ..Figures::default() };
        let amounts = Amounts::new(&usd, figures.cost);
        assert_eq!(amounts.sentence(&figures), "revenue 0.00 USD, cost 5.00, profit −5.00");
        assert_eq!(margin(&figures), "–");
        let figures = Figures { usage_revenue: billionths(4_000_000_000), ..figures };
        assert_eq!(amounts.sentence(&figures), "revenue 4.00 USD, cost 5.00, profit −1.00, margin −25.0%");
    }
}
