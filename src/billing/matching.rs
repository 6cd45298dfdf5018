//! What prices and cost rules make of events of one shape. Worked out once per shape, not per event.

use super::facts::Unpriced;
use super::version::Version;
use crate::catalog::{RowsByValue, TierPeriod, UsagePrice, UsageType};
use crate::ids::{AssetId, PriceIndex, RowIndex, VendorId};
use crate::money::{Asset, Decimal, Rounding};
use crate::rating::{Miss, Quantity, match_row};
use crate::time::Interval;
use crate::usage::Shape;
use std::sync::{Arc, OnceLock};

/// What the prices of one version make of one shape.
#[derive(Debug)]
pub(super) struct ShapeMatch {
    pub version: Arc<Version>,
    /// The prices that make a fee, in their order.
    pub prices: Vec<PriceMatch>,
    /// If none does: how close the closest came.
    pub miss: Unpriced,
}

/// One price that makes a fee of a shape.
#[derive(Debug, Clone, Copy)]
pub(super) struct PriceMatch {
    pub asset: AssetId,
    /// That asset's precision and rounding.
    pub units: (u8, Rounding),
    /// The asset that an overage is charged in.
    pub overage: Option<AssetId>,
    pub price: PriceIndex,
    pub row: RowIndex,
    pub quantity: QuantitySource,
    /// When its quantities start anew, and the period of its version.
    pub tier_period: TierPeriod,
    pub cycle: Option<Interval>,
}

/// Where an event's quantity comes from.
#[derive(Debug, Clone, Copy)]
pub(super) struct QuantitySource {
    counts_units: bool,
    /// Index among the event's volumes.
    volume: Option<usize>,
}

/// What a vendor charges for events.
#[derive(Debug, Clone)]
pub(super) struct CostRule {
    pub vendor: VendorId,
    pub rule: Arc<UsagePrice>,
    /// Its rows, once an event was looked for in them.
    rows: OnceLock<RowsByValue>,
}

impl CostRule {
    pub fn new(vendor: VendorId, rule: UsagePrice) -> Self {
        Self { vendor, rule: Arc::new(rule), rows: OnceLock::new() }
    }
}

/// What the vendors' cost rules make of one shape.
#[derive(Debug)]
pub(super) struct CostMatch {
    /// Indexes of the rule and its row, and where the quantity comes from.
    pub rules: Vec<(usize, RowIndex, QuantitySource)>,
}

impl QuantitySource {
    fn new(price: &UsagePrice, shape: &Shape) -> Self {
        let volume = price.volume_field.as_ref().and_then(|field| shape.volumes.iter().position(|v| v == field));
        Self {
            counts_units: price.usage_type != UsageType::Volume,
            volume: if price.usage_type == UsageType::Unit { None } else { volume },
        }
    }

    /// The quantity of an event with these volumes.
    pub fn quantity(self, volumes: &[Decimal]) -> Quantity {
        Quantity {
            count: u64::from(self.counts_units),
            volume: self.volume.map_or(Decimal::ZERO, |i| volumes[i]).into(),
        }
    }
}

impl From<Miss> for Unpriced {
    fn from(miss: Miss) -> Self {
        match miss {
            Miss::NoDimensionRow => Self::NoDimensionRow,
            Miss::NoVolume => Self::NoVolume,
        }
    }
}

impl ShapeMatch {
    /// `asset` is the asset of a number, and `asset_id` the number of a code.
    pub fn new<'a>(
        version: &Arc<Version>,
        shape: &Shape,
        asset: impl Fn(AssetId) -> &'a Asset,
        asset_id: impl Fn(&str) -> Option<AssetId>,
    ) -> Self {
        let mut found = Self { version: Arc::clone(version), prices: Vec::new(), miss: Unpriced::NoPrice };
        let own = |(_, (_, price)): &(PriceIndex, &(AssetId, crate::catalog::Price))| {
            price.usage.event_type == shape.event_type
        };
        for (index, (id, price)) in PriceIndex::each(&version.prices).filter(own) {
            match version.match_row(index, shape) {
                Ok(row) => found.prices.push(PriceMatch {
                    asset: *id,
                    units: (asset(*id).precision, asset(*id).rounding),
                    overage: price.usage.overage.as_ref().and_then(|overage| asset_id(&overage.asset)),
                    price: index,
                    row,
                    quantity: QuantitySource::new(&price.usage, shape),
                    tier_period: price.usage.tier_period,
                    cycle: version.cycle,
                }),
                Err(miss) => found.miss = found.miss.max(miss.into()),
            }
        }
        found
    }
}

impl CostMatch {
    pub fn new(rules: &[CostRule], shape: &Shape) -> Self {
        let own = rules.iter().enumerate().filter(|(_, own)| own.rule.event_type == shape.event_type);
        let matched = own.filter_map(|(index, own)| {
            let rows = own.rows.get_or_init(|| RowsByValue::new(&own.rule.rows));
            let row = match_row(&own.rule, rows, shape).ok()?;
            Some((index, row, QuantitySource::new(&own.rule, shape)))
        });
        Self { rules: matched.collect() }
    }
}
