//! What a row without tiers charges.

use crate::catalog::{PriceRow, UsageType};
use crate::money::Decimal;

/// What a row without tiers charges.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rates {
    /// For each event, or for a package of them.
    Unit(Decimal),
    /// For a package of volume.
    Volume(Decimal),
    /// For each event, and for a package of volume.
    UnitAndVolume {
        /// For each event.
        unit: Decimal,
        /// For a package of volume.
        volume: Decimal,
    },
}

impl Rates {
    /// The rates of a row under a price that counts `usage_type`; `None` when it lacks one.
    #[inline]
    pub(super) fn of(row: &PriceRow, usage_type: UsageType) -> Option<Self> {
        match usage_type {
            UsageType::Unit => row.unit_price.map(Self::Unit),
            UsageType::Volume => row.volume_rate.map(Self::Volume),
            UsageType::UnitAndVolume => Some(Self::UnitAndVolume { unit: row.unit_price?, volume: row.volume_rate? }),
        }
    }
}
