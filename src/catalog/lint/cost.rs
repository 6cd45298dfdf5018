//! Prices below what a vendor charges.

use crate::catalog::finding::{Findings, quoted};
use crate::catalog::tables::by_value::Agreeing;
use crate::catalog::tables::overlap::{left, meet, winners};
use crate::catalog::tables::product::Placed;
use crate::catalog::tables::ties::label;
use crate::catalog::{Code, DimensionValue, PriceRow, Rank, RowsByValue, Tier, UsagePrice, UsageType, Vendor};
use crate::money::{Book, Decimal, Exact};
use crate::time::Instant;

/// Rows that charge less than the vendor does for the same event.
///
/// Nothing is said where another price of the product may make up for it: one on the same events that counts something
/// for which the vendor has no rule.
pub(super) fn below_cost((product, price, spots): &Placed<'_>, vendor: &Vendor, book: &Book, findings: &mut Findings) {
    let made_up_for = product.prices.iter().any(|other| {
        other.usage.event_type == price.usage.event_type
            && !vendor.costs.iter().any(|cost| counts_the_same(cost, &other.usage))
    });
    if made_up_for {
        return;
    }
    let rules = vendor.costs.iter().filter(|cost| counts_the_same(cost, &price.usage));
    let mut pairs: Vec<_> = rules.map(|cost| Pair::new(&price.usage, cost)).collect();
    for (row, &spot) in price.usage.rows.iter().zip(&spots.rows) {
        let mut losses = pairs.iter_mut().filter_map(|pair| Some((pair.loss(row, book)?, pair.cost)));
        let Some((event, cost)) = losses.next() else { continue };
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

/// A price, and a vendor's rule for the same events.
struct Pair<'a> {
    price: &'a UsagePrice,
    cost: &'a UsagePrice,
    /// The dimensions of both: the price's, and then the others.
    names: Vec<String>,
    /// The rows of each, so that those that an event matches are found.
    price_rows: RowsByValue,
    cost_rows: RowsByValue,
    /// What the rule's rows say of `names`.
    cost_values: Agreeing<Vec<Option<DimensionValue>>>,
}

impl<'a> Pair<'a> {
    fn new(price: &'a UsagePrice, cost: &'a UsagePrice) -> Self {
        let mut names = price.billable_dimensions.clone();
        names.extend(cost.billable_dimensions.iter().filter(|name| !names.contains(name)).cloned().collect::<Vec<_>>());
        let cost_values = cost.rows.iter().map(|row| spread(&names, cost, &row.dimensions)).collect();
        Self {
            price,
            cost,
            price_rows: RowsByValue::new(&price.rows),
            cost_rows: RowsByValue::new(&cost.rows),
            cost_values: Agreeing::new(cost_values),
            names,
        }
    }

    /// An event that matches this row of the price and is charged below its cost, if there is one.
    fn loss(&mut self, row: &PriceRow, book: &Book) -> Option<Event> {
        let values = spread(&self.names, self.price, &row.dimensions);
        let cost_rows: Vec<&PriceRow> =
            self.cost_values.with(&values, None).map(|index| &self.cost.rows[index]).collect();
        let mut events = cost_rows.into_iter().filter_map(|cost_row| {
            let event = meet(&values, &spread(&self.names, self.cost, &cost_row.dimensions))?;
            let price = (self.price, &self.price_rows, row);
            let cost = (self.cost, &self.cost_rows, cost_row);
            let winners: Vec<_> = [price, cost].into_iter().flat_map(|one| self.winners(one, &event)).collect();
            let event = left(event, &winners.iter().map(Vec::as_slice).collect::<Vec<_>>())?;
            let is_loss = cost_row.max_amount.is_none() && is_below((self.price, row), (self.cost, cost_row), book);
            is_loss.then_some(event)
        });
        let event = events.next()?;
        Some(self.names.iter().cloned().zip(event).filter_map(|(name, value)| Some((name, value?))).collect())
    }

    /// What the rows that win against this one say of all dimensions, as far as they match some of the events.
    fn winners(
        &self,
        (usage, by_value, row): (&UsagePrice, &RowsByValue, &PriceRow),
        event: &[Option<DimensionValue>],
    ) -> Vec<Vec<Option<DimensionValue>>> {
        let at = |name| self.names.iter().position(|own| own == name);
        let own: Vec<_> = usage.billable_dimensions.iter().map(|name| event[at(name)?].clone()).collect();
        let winners = winners((&usage.rows, by_value), Rank::of(&row.dimensions), &own);
        winners.into_iter().map(|cells| spread(&self.names, usage, cells)).collect()
    }
}

/// What a row says of dimensions of which it may not have all.
fn spread(names: &[String], usage: &UsagePrice, row: &[Option<DimensionValue>]) -> Vec<Option<DimensionValue>> {
    let at = |name| usage.billable_dimensions.iter().position(|own| own == name);
    names.iter().map(|name| row[at(name)?].clone()).collect()
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
    let [(units, volume, size), (cost_units, cost_volume, cost_size)] = [least(usage, row), least(cost, cost_row)];
    let sizes = [size, cost_size];
    // Where both are counted, the package is the volume's alone.
    let unit_sizes = if usage.usage_type == UsageType::UnitAndVolume { [None; 2] } else { sizes };
    compare(units, cost_units, unit_sizes) && compare(volume, cost_volume, sizes)
}

/// The least that a row charges for a unit and for volume, and for how much that is.
fn least(usage: &UsagePrice, row: &PriceRow) -> (Option<Decimal>, Option<Decimal>, Option<Decimal>) {
    let tier = cheapest_tier(row);
    let of_tier = |usage_type| tier.filter(|_| usage.usage_type == usage_type).map(|tier| tier.price);
    let (units, volume) = (of_tier(UsageType::Unit), of_tier(UsageType::Volume));
    (row.unit_price.or(units), row.volume_rate.or(volume), tier.and_then(|tier| tier.package_size).or(row.package_size))
}

/// The cheapest tier of those that are meant to pay for themselves: a free allowance loses no more than was decided, and
/// a flat fee pays for as much as its tier holds, but the last tier holds any quantity.
fn cheapest_tier(row: &PriceRow) -> Option<&Tier> {
    let pays = |tier: &&Tier| tier.up_to.is_none() || (!tier.price.is_zero() && tier.flat_fee.is_zero());
    let by_one = |tier: &&Tier| Exact::new(&[[tier.price]], &[tier.package_size.unwrap_or(Decimal::ONE)]);
    row.tiers.iter().filter(pays).min_by_key(by_one)
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
