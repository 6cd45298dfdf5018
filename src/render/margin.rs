//! How shares and per cents are written.

use super::json::collect_words;
use crate::money::{Percent, Share, format_units};
use crate::report::profit::Figures;
use std::fmt::{Display, Formatter, Result};

collect_words!(Share Percent);

impl Display for Share {
    /// With four decimals: `0.2500`.
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.write_str(&format_units(self.ten_thousandths(), 4, 4))
    }
}

impl Display for Percent {
    /// With two decimals: `25.00`.
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.write_str(&format_units(self.0.ten_thousandths(), 2, 2))
    }
}

/// A margin in per cent with one decimal: `25.0%`. Nothing without revenue.
pub fn margin_in_percent(figures: &Figures) -> Option<String> {
    figures.margin().map(share_in_percent)
}

/// A share in per cent with one decimal: `25.0%`.
pub fn share_in_percent(share: Share) -> String {
    share_in_tenths(share) + "%"
}

/// The same without the sign: `25.0`.
pub fn share_in_tenths(share: Share) -> String {
    format_units(share.thousandths(), 1, 1)
}
