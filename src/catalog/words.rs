//! How the parts of a product are said to people, in plans and lists alike.

use super::{Entitlement, Lifecycle, Overage, Refresh, Tier};
use crate::money::Book;
use crate::time::Interval;

/// An amount of an asset, without its code.
pub fn amount(book: &Book, code: &str, units: i64) -> String {
    book.asset(code).map_or_else(|_| format!("{units} units"), |asset| asset.format(units))
}

/// `1 month`, `3 months`.
pub fn span(interval: Interval) -> String {
    let plural = if interval.count == 1 { "" } else { "s" };
    format!("{} {}{plural}", interval.count, interval.unit.name())
}

/// `every month`, `every 3 months`.
pub fn every(interval: Interval) -> String {
    if interval.count == 1 { format!("every {}", interval.unit.name()) } else { format!("every {}", span(interval)) }
}

/// Tiers of an asset: `0 up to 1000, 5.00 + 0.006 up to 10000, then 0.004`, where 5.00 is a flat fee.
pub fn tiers(tiers: &[Tier], asset: &str, book: &Book) -> String {
    let one = |(index, tier): (usize, &Tier)| {
        let fee = if tier.flat_fee == 0 { String::new() } else { format!("{} + ", amount(book, asset, tier.flat_fee)) };
        match tier.up_to {
            Some(up_to) => format!("{fee}{} up to {up_to}", tier.price),
            None if index == 0 => format!("{fee}{}", tier.price),
            None => format!("then {fee}{}", tier.price),
        }
    };
    tiers.iter().enumerate().map(one).collect::<Vec<_>>().join(", ")
}

/// `0.06 USD`.
pub fn overage(overage: &Overage) -> String {
    format!("{} {}", overage.rate, overage.asset)
}

/// When an entitlement is granted, and what becomes of what is left: `every month, up to 2000 carried on`.
pub fn life(entitlement: &Entitlement, book: &Book) -> String {
    let Some(Lifecycle { interval, refresh }) = entitlement.lifecycle else { return "once".to_owned() };
    match refresh {
        None => format!("once, for {}", span(interval)),
        Some(Refresh::ExpireAndReplace) => format!("{}, the rest expires", every(interval)),
        Some(Refresh::Rollover { limit: None }) => format!("{}, the rest is carried on", every(interval)),
        Some(Refresh::Rollover { limit: Some(limit) }) => {
            format!("{}, up to {} carried on", every(interval), amount(book, &entitlement.asset, limit))
        }
    }
}
