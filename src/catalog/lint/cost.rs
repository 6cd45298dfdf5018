//! Prices below what a vendor charges.

use crate::catalog::finding::{Findings, quoted};
use crate::catalog::tables::product::Placed;
use crate::catalog::tables::ties::{label, matches, meet};
use crate::catalog::{Code, DimensionValue, PriceRow, Tier, UsagePrice, UsageType, Vendor};
use crate::money::{Book, Decimal};
use crate::time::Instant;

/// Rows that charge less than the vendor does for the same event.
///
/// Nothing is said where another price of the product may make up for it: one on the same events that counts something
/// for which the vendor has no rule.
pub(super) fn below_cost((product, price, spots): &Placed<'_>, vendor: &Vendor, book: &Book, findings: &mut Findings) {
    let rules = || vendor.costs.iter().filter(|cost| counts_the_same(cost, &price.usage));
    let made_up_for = product.prices.iter().any(|other| {
        other.usage.event_type == price.usage.event_type
            && !vendor.costs.iter().any(|cost| counts_the_same(cost, &other.usage))
    });
    if made_up_for {
        return;
    }
    for (row, &spot) in price.usage.rows.iter().zip(&spots.rows) {
        let Some((cost, event)) = rules().find_map(|cost| Some((cost, loss(&price.usage, row, cost, book)?))) else {
            continue;
        };
        let names: Vec<_> = event.iter().map(|(name, _)| name.clone()).collect();
        let values: Vec<_> = event.into_iter().map(|(_, value)| Some(value)).collect();
        let event = label(&names, &values);
        let part = if row.tiers.is_empty() { "" } else { "the cheapest tier of " };
        let name = quoted(&price.name);
        let message = format!("{part}{name} is below what {} charges for {event}", quoted(&vendor.name));
        let finding = findings.add(Code::BelowCost, spot, message);
        finding.help(format!("raise it, or lower the [[vendor.cost]] for {}", quoted(&cost.event_type)));
    }
}

fn counts_the_same(a: &UsagePrice, b: &UsagePrice) -> bool {
    (&a.event_type, a.usage_type, &a.volume_field) == (&b.event_type, b.usage_type, &b.volume_field)
}

type Event = Vec<(String, DimensionValue)>;

/// An event that matches this row and is charged below its cost, if there is one.
fn loss(price: &UsagePrice, row: &PriceRow, cost: &UsagePrice, book: &Book) -> Option<Event> {
    cost.rows.iter().find_map(|cost_row| {
        let (names, event) = joint_event(price, row, cost, cost_row)?;
        let is_loss = cost_row.max_amount.is_none() && is_below((price, row), (cost, cost_row), book);
        let named = names.into_iter().zip(event).filter_map(|(name, value)| Some((name, value?)));
        is_loss.then(|| named.collect())
    })
}

/// The dimensions of both, and an event for which these two rows are the ones that win.
fn joint_event(
    price: &UsagePrice,
    row: &PriceRow,
    cost: &UsagePrice,
    cost_row: &PriceRow,
) -> Option<(Vec<String>, Vec<Option<DimensionValue>>)> {
    let mut names = price.billable_dimensions.clone();
    names.extend(cost.billable_dimensions.iter().filter(|name| !price.billable_dimensions.contains(name)).cloned());
    let spread = |usage: &UsagePrice, row: &PriceRow| -> Vec<Option<DimensionValue>> {
        let at = |name| usage.billable_dimensions.iter().position(|d| d == name);
        names.iter().map(|name| row.dimensions[at(name)?].clone()).collect()
    };
    let event = meet(&spread(price, row), &spread(cost, cost_row))?;
    let wins = |usage: &UsagePrice, row: &PriceRow| {
        let exact = |row: &PriceRow| row.dimensions.iter().flatten().count();
        let mut rivals = usage.rows.iter().filter(|rival| matches(&spread(usage, rival), &event));
        rivals.all(|rival| exact(rival) <= exact(row))
    };
    (wins(price, row) && wins(cost, cost_row)).then_some((names, event))
}

/// Whether everything that a row counts is charged below the cost.
fn is_below(price: (&UsagePrice, &PriceRow), cost: (&UsagePrice, &PriceRow), book: &Book) -> bool {
    let ((usage, row), (cost, cost_row)) = (price, cost);
    let compare = |charged: Option<Decimal>, paid: Option<Decimal>, sizes: [Option<Decimal>; 2]| match (charged, paid) {
        (Some(charged), Some(paid)) => {
            // Both sides times both packages, so that nothing is divided.
            let [size, cost_size] = sizes;
            let factors = if size == cost_size { (None, None) } else { (cost_size, size) };
            is_less((charged, factors.0, &usage.asset), (paid, factors.1, &cost.asset), book)
        }
        _ => true,
    };
    let sizes = [row.package_size, cost_row.package_size];
    // Where both are counted, the package is the volume's alone.
    let unit_sizes = if usage.usage_type == UsageType::UnitAndVolume { [None; 2] } else { sizes };
    let of_tier = |usage_type| cheapest_tier(row).filter(|_| usage.usage_type == usage_type).map(|tier| tier.price);
    compare(row.unit_price.or(of_tier(UsageType::Unit)), cost_row.unit_price, unit_sizes)
        && compare(row.volume_rate.or(of_tier(UsageType::Volume)), cost_row.volume_rate, sizes)
}

/// The cheapest tier of those that are meant to pay for themselves: a free allowance loses no more than was decided, and
/// a flat fee pays for as much as its tier holds, but the last tier holds any quantity.
fn cheapest_tier(row: &PriceRow) -> Option<&Tier> {
    let pays = |tier: &&Tier| tier.up_to.is_none() || (!tier.price.is_zero() && tier.flat_fee.is_zero());
    row.tiers.iter().filter(pays).min_by_key(|tier| tier.price)
}

type Amount<'a> = (Decimal, Option<Decimal>, &'a str);

/// Compares two amounts in the reporting currency at the latest rates.
fn is_less(a: Amount<'_>, b: Amount<'_>, book: &Book) -> bool {
    let worth = |(amount, factor, code): Amount<'_>| {
        let conversion = book.conversion(code, Instant::MAX).ok()?;
        conversion.exact(&[[amount, factor.unwrap_or(Decimal::ONE)]], Decimal::ONE)
    };
    worth(a).zip(worth(b)).is_some_and(|(a, b)| a < b)
}
