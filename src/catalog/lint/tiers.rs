//! What tiers come to around their bounds.

use crate::catalog::finding::{Findings, Spot};
use crate::catalog::tables::product::Placed;
use crate::catalog::{Code, PriceRow, Tier, UsagePrice, UsageType};
use crate::money::{Asset, Book, Decimal, Rounding, Units, decimal_of, round_sum};

/// The way from the end of one tier of a volume price into the next.
struct Step {
    /// The last quantity of the tier.
    end: Decimal,
    /// What it comes to, in units.
    total: Units,
    /// The next quantity that can come; the end itself where quantities are not counted one by one.
    next: Decimal,
    /// What it comes to, in units.
    next_total: Units,
}

/// Volume prices that come to less for more; said once of tiers that several rows share. Where no event can owe less than
/// nothing, nothing is given back.
pub(super) fn falling_totals(prices: &[Placed<'_>], book: &Book, findings: &mut Findings) {
    let mut told: Vec<Spot> = Vec::new();
    for (_, price, spots) in prices.iter().filter(|(_, price, _)| price.usage.may_fall()) {
        let Ok(asset) = book.asset(&price.usage.asset) else { continue };
        for (row, spot) in price.usage.rows.iter().zip(&spots.tiers) {
            let mut steps = steps(&price.usage, row, asset);
            let fall = steps.find(|step| step.next_total < step.total).filter(|_| row.min_amount.is_none());
            if let (Some(fall), Some(spot)) = (fall, spot)
                && !told.contains(spot)
            {
                told.push(*spot);
                warn(&fall, asset, *spot, findings);
            }
        }
    }
}

fn warn(fall: &Step, asset: &Asset, spot: Spot, findings: &mut Findings) {
    let Step { end, total, next, next_total } = fall;
    let [total, next_total] = [total, next_total].map(|&units| format!("{} {}", asset.format(units), asset.code));
    let next = if next == end { "just above".to_owned() } else { format!("at {next}") };
    let message = format!("the total falls as usage grows: {total} at {end}, {next_total} {next}");
    let finding = findings.add(Code::VolumeCliff, spot, message);
    finding.help(
        "the difference is given back; use \"graduated\", raise the next tier by a `flat_fee`, or set `min_amount = 0`",
    );
}

fn steps(usage: &UsagePrice, row: &PriceRow, asset: &Asset) -> impl Iterator<Item = Step> {
    row.tiers.windows(2).filter_map(move |pair| {
        let [tier, above] = pair else { return None };
        let end = tier.up_to?;
        let (end, next) = match usage.usage_type {
            UsageType::Unit => (end.floor(), end.floor().checked_add(Decimal::ONE)?),
            UsageType::Volume | UsageType::UnitAndVolume => (end, end),
        };
        Some(Step { end, total: total(row, tier, end, asset)?, next, next_total: total(row, above, next, asset)? })
    })
}

/// What a quantity comes to that is all rated in one tier, in units; `None` when it does not fit.
fn total(row: &PriceRow, tier: &Tier, quantity: Decimal, asset: &Asset) -> Option<Units> {
    let size = row.package();
    let flat_fee = decimal_of(tier.flat_fee, asset.precision);
    let quantity = match tier.package_size {
        Some(size) => round_sum::<Units, _>(&[&[quantity]], &[size], 0, Rounding::Up).ok()?.count().into(),
        None => quantity,
    };
    let terms: [&[Decimal]; 2] = [&[tier.price, quantity], &[flat_fee, size]];
    round_sum(&terms, &[size], asset.precision, asset.rounding).ok()
}

/// The most that one event owes by which a tier is entered, in units, if nothing before it is rated anew.
pub(super) fn largest_entry(row: &PriceRow, asset: &Asset) -> Option<Units> {
    row.tiers.iter().filter_map(|tier| total(row, tier, Decimal::ONE, asset)).max()
}

/// The most that one event owes by which all before it are rated anew, in units.
pub(super) fn largest_step(usage: &UsagePrice, row: &PriceRow, asset: &Asset) -> Option<Units> {
    steps(usage, row, asset).filter_map(|step| step.next_total.checked_sub(step.total)).max()
}
