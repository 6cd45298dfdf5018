//! Published product versions, as billing needs them.

use crate::catalog::{Entitlement, FixedPrice, Price, Product};
use crate::ids::{AssetId, VersionNumber};
use crate::time::Interval;
use std::collections::BTreeMap;

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
}

impl Version {
    /// A version of a product; `None` when it is in an asset that has no number.
    pub fn new(product: Product, number: VersionNumber, asset_ids: &BTreeMap<String, AssetId>) -> Option<Self> {
        let cycle = product.cycle();
        let id = |code: &String| asset_ids.get(code).copied();
        Some(Self {
            product: product.code,
            number,
            cycle,
            fixed_prices: product.fixed_prices.into_iter().map(|p| Some((id(&p.asset)?, p))).collect::<Option<_>>()?,
            prices: product.prices.into_iter().map(|p| Some((id(&p.usage.asset)?, p))).collect::<Option<_>>()?,
            entitlements: product.entitlements.into_iter().map(|e| Some((id(&e.asset)?, e))).collect::<Option<_>>()?,
        })
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
