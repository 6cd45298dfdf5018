//! Published product versions, as billing needs them.

use crate::catalog::{Entitlement, FixedPrice, Price, Product, RowsByValue};
use crate::ids::{AssetId, PriceIndex, VersionNumber};
use crate::rating::{Rows, match_row};
use crate::time::Interval;
use crate::usage::Shape;
use std::collections::BTreeMap;
use std::sync::OnceLock;

/// A published product version.
#[derive(Debug, Clone)]
pub struct Version {
    /// The product's code.
    pub product: String,
    /// The version's number within its product, from 1.
    pub number: VersionNumber,
    /// The subscription's own period, if something recurs: see [`Product::cycle`].
    pub cycle: Option<Interval>,
    /// Its flat charges, each with the number of its asset.
    pub fixed_prices: Vec<(AssetId, FixedPrice)>,
    /// Its usage prices, each with the number of its asset.
    pub prices: Vec<(AssetId, Price)>,
    /// The credits it grants, each with the number of its asset.
    pub entitlements: Vec<(AssetId, Entitlement)>,
    /// The rows of its usage prices, once an event was looked for in them.
    rows: Vec<OnceLock<RowsByValue>>,
}

impl Version {
    /// A version of a product; `None` when it is in an asset that has no number.
    pub fn new(product: Product, number: VersionNumber, asset_ids: &BTreeMap<String, AssetId>) -> Option<Self> {
        let cycle = product.cycle();
        let id = |code: &String| asset_ids.get(code).copied();
        Some(Self {
            rows: vec![OnceLock::new(); product.prices.len()],
            product: product.code,
            number,
            cycle,
            fixed_prices: product.fixed_prices.into_iter().map(|p| Some((id(&p.asset)?, p))).collect::<Option<_>>()?,
            prices: product.prices.into_iter().map(|p| Some((id(&p.usage.asset)?, p))).collect::<Option<_>>()?,
            entitlements: product.entitlements.into_iter().map(|e| Some((id(&e.asset)?, e))).collect::<Option<_>>()?,
        })
    }

    /// The rows of one of its prices that are for events of a shape, if there are any.
    pub fn match_row(&self, price: PriceIndex, shape: &Shape) -> Option<Rows> {
        let (_, own) = &self.prices[price.place()];
        let rows = self.rows[price.place()].get_or_init(|| RowsByValue::new(&own.usage.rows));
        match_row(&own.usage, rows, shape)
    }

    /// The same as a product of that name.
    pub fn to_product(&self, name: String) -> Product {
        Product {
            code: self.product.clone(),
            name,
            fixed_prices: self.fixed_prices.iter().map(|(_, price)| price.clone()).collect(),
            prices: self.prices.iter().map(|(_, price)| price.clone()).collect(),
            entitlements: self.entitlements.iter().map(|(_, entitlement)| entitlement.clone()).collect(),
        }
    }
}
