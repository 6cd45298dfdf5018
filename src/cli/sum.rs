//! Amounts by asset, for people and scripts.

use crate::billing::Engine;
use crate::ids::AssetId;
use crate::money::{Amount, Total, Units};
use serde::Serialize;
use std::collections::BTreeMap;

/// An amount of an asset.
#[derive(Debug, Serialize)]
pub struct Sum {
    /// How much of it.
    pub amount: Amount,
    /// The asset's code.
    pub asset: String,
}

impl Sum {
    /// So many units of an asset.
    pub fn new(engine: &Engine, asset: AssetId, units: Total<Units>) -> Self {
        let asset = engine.asset(asset);
        Self { amount: asset.amount(units), asset: asset.code.clone() }
    }
}

/// The sums that are not zero, in the order of the assets.
pub fn sums(of_assets: &BTreeMap<AssetId, Total<Units>>, engine: &Engine) -> Vec<Sum> {
    let not_zero = of_assets.iter().filter(|(_, units)| !units.is_zero());
    not_zero.map(|(&asset, &units)| Sum::new(engine, asset, units)).collect()
}

/// `5.00 USD + 3 CREDIT`.
pub fn told(sums: &[Sum]) -> String {
    sums.iter().map(|sum| format!("{} {}", sum.amount, sum.asset)).collect::<Vec<_>>().join(" + ")
}
