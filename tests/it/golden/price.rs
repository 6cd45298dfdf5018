//! One row of a price in dollars, rated event by event.

use drawdown::catalog::{PriceRow, PricingModel, Tier, UsageType};
use drawdown::money::{Asset, parse_decimal, parse_units};
use drawdown::rating::{Counter, Quantity, Rater};

/// A price and the volumes of the events it is for, in their order.
pub struct Price {
    pub model: PricingModel,
    /// The last quantity (none in the last tier), the price, and the flat fee.
    pub tiers: &'static [(Option<&'static str>, &'static str, &'static str)],
    /// What a block costs.
    pub rate: Option<&'static str>,
    pub package: Option<&'static str>,
    pub min: Option<&'static str>,
    pub max: Option<&'static str>,
    pub volumes: &'static [&'static str],
}

/// A price of a model, with nothing in it.
pub const fn price(model: PricingModel) -> Price {
    Price { model, tiers: &[], rate: None, package: None, min: None, max: None, volumes: &[] }
}

/// What the last of the events owes.
pub fn last_fee(price: &Price) -> String {
    let dollar = Asset::currency("USD").unwrap();
    let decimal = |text: &str| parse_decimal(text).unwrap();
    let units = |text: &str| parse_units(text, dollar.precision).unwrap();
    let tier = |&(up_to, price, flat_fee): &(Option<_>, _, _)| Tier {
        up_to: up_to.map(decimal),
        price: decimal(price),
        package_size: None,
        flat_fee: units(flat_fee),
    };
    let row = PriceRow {
        dimensions: Vec::new(),
        name: None,
        unit_price: None,
        volume_rate: price.rate.map(decimal),
        package_size: price.package.map(decimal),
        min_amount: price.min.map(units),
        max_amount: price.max.map(units),
        tiers: price.tiers.iter().map(tier).collect(),
    };
    let units = (dollar.precision, dollar.rounding);
    let rater = Rater::of_row(&row, UsageType::Volume, price.model, units).unwrap();
    let mut counter = Counter::default();
    let fee = |volume: &&str| {
        let rated = rater.charge(&counter, &Quantity { count: 0, volume: decimal(volume).into() }).unwrap();
        counter = rated.after;
        rated.amount
    };
    dollar.format(price.volumes.iter().map(fee).last().unwrap())
}
