//! What quantities are of: which rows of different versions count the same.

use super::version::Version;
use crate::catalog::{DimensionValue, Price, PriceRow, Sum, TierPeriod, UsageType};
use crate::ids::{AssetId, PriceIndex, RowIndex, VersionId};
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// What a quantity is of.
#[derive(PartialEq, Eq, Hash)]
struct Kind<'a> {
    name: &'a str,
    event_type: &'a str,
    usage_type: UsageType,
    volume_field: Option<&'a Sum>,
    tier_period: TierPeriod,
    /// The dimensions that the row names, in the order of their names.
    cells: Vec<(&'a str, &'a DimensionValue)>,
}

/// What it is charged in.
#[derive(PartialEq, Eq, Hash)]
struct Money<'a> {
    asset: AssetId,
    may_fall: bool,
    overage: Option<&'a str>,
}

impl<'a> Kind<'a> {
    fn new(price: &'a Price, row: &'a PriceRow) -> Self {
        let usage = &price.usage;
        let cells = usage.billable_dimensions.iter().zip(&row.dimensions);
        let mut cells: Vec<_> = cells.filter_map(|(name, cell)| Some((name.as_str(), cell.as_ref()?))).collect();
        cells.sort_unstable();
        Self {
            name: &price.name,
            event_type: &usage.event_type,
            usage_type: usage.usage_type,
            volume_field: usage.volume_field.as_ref(),
            tier_period: usage.tier_period,
            cells,
        }
    }
}

/// A number that stands for what quantities are of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct KindNumber(usize);

/// A number that stands for what they are charged in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct MoneyNumber(usize);

/// The rows of all versions, by what their quantities are of and charged in.
#[derive(Debug, Default)]
pub(super) struct Kinds {
    pub of: FxHashMap<(VersionId, PriceIndex, RowIndex), (KindNumber, MoneyNumber)>,
    pub places: FxHashMap<(VersionId, KindNumber), (PriceIndex, RowIndex)>,
}

impl Kinds {
    pub fn new(versions: &FxHashMap<VersionId, Arc<Version>>) -> Self {
        let mut own = Self::default();
        let (mut kinds, mut moneys) = (FxHashMap::default(), FxHashMap::default());
        for (&id, version) in versions {
            for (price, (asset, terms)) in PriceIndex::each(&version.prices) {
                let overage = terms.usage.overage.as_ref().map(|overage| overage.asset.as_str());
                let money = Money { asset: *asset, may_fall: terms.usage.may_fall(), overage };
                let next = MoneyNumber(moneys.len());
                let money = *moneys.entry(money).or_insert(next);
                for (row, cells) in RowIndex::each(&terms.usage.rows) {
                    let next = KindNumber(kinds.len());
                    let kind = *kinds.entry(Kind::new(terms, cells)).or_insert(next);
                    own.of.insert((id, price, row), (kind, money));
                    own.places.entry((id, kind)).or_insert((price, row));
                }
            }
        }
        own
    }
}
