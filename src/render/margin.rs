//! How a margin is written.

use super::json::collect_words;
use crate::money::format_units;
use crate::report::profit::{Figures, Margin};
use crate::whatif::Share;
use std::fmt::{Display, Formatter, Result};

collect_words!(Margin);

impl Display for Margin {
    /// With four decimals: `0.2500`.
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.write_str(&format_units(self.0, 4, 4))
    }
}

/// A margin in percent with one decimal: `25.0%`. Nothing without revenue.
pub fn margin_in_percent(figures: &Figures) -> Option<String> {
    figures.margin(3).map(|margin| format_units(margin, 1, 1) + "%")
}

/// A share in per cent with one decimal: `25.0%`.
pub fn share_in_percent(share: Share) -> String {
    format_units(share.thousandths, 1, 1) + "%"
}
