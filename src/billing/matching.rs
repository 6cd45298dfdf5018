//! What prices and cost rules make of events of one shape. Worked out once per shape, not per event.

use super::facts::Unpriced;
use super::version::Version;
use crate::catalog::{Operand, RowsByValue, Term, TierPeriod, UsagePrice, UsageType};
use crate::ids::{AssetId, PriceIndex, VendorId};
use crate::money::{Asset, Decimal, DecimalSum, Rounding};
use crate::rating::{Quantity, Rows, match_row};
use crate::time::Interval;
use crate::usage::Shape;
use std::sync::{Arc, OnceLock};

/// What the prices of one version make of one shape.
#[derive(Debug)]
pub(super) struct ShapeMatch {
    pub version: Arc<Version>,
    /// The prices that make a fee, in their order.
    pub prices: Vec<PriceMatch>,
    /// How close the closest came of those that make none.
    pub miss: Unpriced,
}

/// One price that makes a fee of a shape's events, unless their numbers are in no range of its rows.
#[derive(Debug)]
pub(super) struct PriceMatch {
    pub asset: AssetId,
    /// That asset's precision and rounding.
    pub units: (u8, Rounding),
    /// The asset that an overage is charged in.
    pub overage: Option<AssetId>,
    pub price: PriceIndex,
    pub rows: Rows,
    pub quantity: QuantitySource,
    /// When its quantities start anew, and the period of its version.
    pub tier_period: TierPeriod,
    pub cycle: Option<Interval>,
}

/// Where an event's quantity comes from.
#[derive(Debug)]
pub(super) struct QuantitySource {
    counts_units: bool,
    volume: VolumeSource,
}

/// Where an event's volume comes from. Places are those among the event's volumes.
#[derive(Debug)]
enum VolumeSource {
    /// None is counted.
    Nothing,
    /// It is one of them.
    Own(usize),
    /// It is a sum: what is added, and taken off where that is said.
    Sum(Vec<(bool, Addend)>),
    /// The event has none.
    Missing,
}

#[derive(Debug)]
enum Addend {
    Own(usize),
    Number(Decimal),
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
    pub rules: Vec<(usize, Rows, QuantitySource)>,
}

impl VolumeSource {
    fn new(price: &UsagePrice, shape: &Shape) -> Self {
        let Some(sum) = price.volume_field.as_ref().filter(|_| price.usage_type != UsageType::Unit) else {
            return Self::Nothing;
        };
        let place = |field: &str| shape.volumes.iter().position(|own| own == field);
        if let Some(field) = sum.as_field() {
            return place(field).map_or(Self::Missing, Self::Own);
        }
        if sum.fields().all(|field| place(field).is_none()) {
            return Self::Missing;
        }
        // A field that is not there counts as nothing.
        let addend = |Term { is_minus, operand }: &Term| match operand {
            Operand::Number(number) => Some((*is_minus, Addend::Number(*number))),
            Operand::Field(field) => Some((*is_minus, Addend::Own(place(field)?))),
        };
        Self::Sum(sum.terms().iter().filter_map(addend).collect())
    }
}

impl QuantitySource {
    fn new(price: &UsagePrice, shape: &Shape) -> Self {
        Self { counts_units: price.usage_type != UsageType::Volume, volume: VolumeSource::new(price, shape) }
    }

    fn is_missing(&self) -> bool {
        matches!(self.volume, VolumeSource::Missing)
    }

    /// The quantity of an event with these volumes; `None` when it has not what is counted.
    #[inline]
    pub fn quantity(&self, volumes: &[Decimal]) -> Option<Quantity> {
        let volume = match &self.volume {
            VolumeSource::Nothing => DecimalSum::ZERO,
            VolumeSource::Own(place) => volumes[*place].into(),
            VolumeSource::Sum(addends) => sum(addends, volumes)?,
            VolumeSource::Missing => return None,
        };
        Some(Quantity { count: u64::from(self.counts_units), volume })
    }
}

/// What these come to, exactly: it would take a thousand million of them to be more than can be counted.
fn sum(addends: &[(bool, Addend)], volumes: &[Decimal]) -> Option<DecimalSum> {
    addends.iter().try_fold(DecimalSum::ZERO, |sum, (is_minus, addend)| {
        let number = match addend {
            Addend::Own(place) => volumes[*place],
            Addend::Number(number) => *number,
        };
        sum.checked_add(&if *is_minus { -number } else { number }.into())
    })
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
            let quantity = QuantitySource::new(&price.usage, shape);
            match version.match_row(index, shape) {
                None => found.miss = found.miss.max(Unpriced::NoDimensionRow),
                Some(Rows::One(_)) if quantity.is_missing() => found.miss = found.miss.max(Unpriced::NoVolume),
                Some(rows) => found.prices.push(PriceMatch {
                    asset: *id,
                    units: (asset(*id).precision, asset(*id).rounding),
                    overage: price.usage.overage.as_ref().and_then(|overage| asset_id(&overage.asset)),
                    price: index,
                    rows,
                    quantity,
                    tier_period: price.usage.tier_period,
                    cycle: version.cycle,
                }),
            }
        }
        found
    }

    /// Whether some price makes a fee of an event with these volumes, unless what it counts is below zero.
    pub fn has_fee(&self, volumes: &[Decimal]) -> bool {
        let makes_one =
            |price: &PriceMatch| price.rows.of(volumes).is_some() && price.quantity.quantity(volumes).is_some();
        self.prices.iter().any(makes_one)
    }
}

impl CostMatch {
    pub fn new(rules: &[CostRule], shape: &Shape) -> Self {
        let own = rules.iter().enumerate().filter(|(_, own)| own.rule.event_type == shape.event_type);
        let matched = own.filter_map(|(index, own)| {
            let rows = own.rows.get_or_init(|| RowsByValue::new(&own.rule.rows));
            Some((index, match_row(&own.rule, rows, shape)?, QuantitySource::new(&own.rule, shape)))
        });
        Self { rules: matched.collect() }
    }
}
