//! The words for what a payment paid for.

use super::json::collect_words;
use crate::report::payments::Bought;
use std::fmt::{Display, Formatter, Result};

collect_words!(Bought);

impl Display for Bought {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            // The payment's own amount says which way. A sign here would be changed in CSV.
            Self::Credit { amount, asset } => write!(f, "{} {asset}", amount.abs()),
            Self::Products(products) => {
                for (place, (product, version)) in products.iter().enumerate() {
                    let gap = if place == 0 { "" } else { " " };
                    write!(f, "{gap}{product}@{version}")?;
                }
                Ok(())
            }
            Self::Payment(id) => f.write_str(id),
        }
    }
}
