//! `usage_type`, `pricing_model` and `tier_period`: what a usage price counts, and how quantities become amounts.

use crate::catalog::keys::{Key, Kind, Usual, words};
use serde::{Deserialize, Serialize};

/// What is counted.
pub(super) const USAGE_TYPE: Key = Key::new(
    "usage_type",
    Kind::Words(&words(
        &UsageType::NAMES,
        [
            "Every event is one",
            "A number in the event, such as its tokens",
            "Both: so much for the event, and so much for its volume",
        ],
    )),
    "What is counted: each event as one, the number in `volume_field`, or both.",
);
/// How quantities become amounts.
pub(super) const PRICING_MODEL: Key = Key::new(
    "pricing_model",
    Kind::Words(&words(
        &PricingModel::NAMES,
        [
            "Flat: the same for every unit",
            "Graduated: every unit at the price of its own tier",
            "Volume: all units at the price of the tier reached",
            "Package: whole blocks of units",
        ],
    )),
    "How quantities become amounts: every unit at the same price; every unit at its own tier's price; all units at the \
     price of the tier reached; whole blocks of `package_size`.",
)
.by_default(Usual::Text("flat"));
/// When quantities start anew.
pub(super) const TIER_PERIOD: Key = Key::new(
    "tier_period",
    Kind::Words(&words(
        &TierPeriod::NAMES,
        [
            "Never: they count for the subscription's whole life",
            "With each day",
            "With each month",
            "With each quarter",
            "With each year",
            "With each of the subscription's own periods",
            "With every event: each is rated and rounded by itself",
        ],
    )),
    "When quantities start from zero again; with `event`, every event is rated and rounded by itself. Prices with tiers \
     or packages must say it. All others count for the subscription's whole life, unless they say something else.",
)
.note("needed with tiers and packages; `event`: each event by itself");

/// What a usage price counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UsageType {
    /// Every event is one.
    Unit,
    /// The number in `volume_field`.
    Volume,
    /// Every event is one, and the number in `volume_field` is counted too.
    UnitAndVolume,
}

impl UsageType {
    /// The catalog's spellings.
    pub const NAMES: [(&'static str, Self); 3] =
        [("unit", Self::Unit), ("volume", Self::Volume), ("unit_and_volume", Self::UnitAndVolume)];

    /// The catalog's word.
    pub fn name(self) -> &'static str {
        Self::NAMES[self as usize].0
    }

    /// Whether events are counted.
    pub fn counts_events(self) -> bool {
        self != Self::Volume
    }

    /// Whether a volume is counted.
    pub fn counts_volume(self) -> bool {
        self != Self::Unit
    }
}

/// How the quantity so far becomes an amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PricingModel {
    /// Every unit at the same price, linear per `package_size`.
    #[default]
    Flat,
    /// Every unit at the price of its own tier.
    Graduated,
    /// All units at the price of the tier that the quantity so far has reached.
    Volume,
    /// Whole blocks of `package_size`, rounded up.
    Package,
}

impl PricingModel {
    /// The catalog's spellings.
    pub const NAMES: [(&'static str, Self); 4] =
        [("flat", Self::Flat), ("graduated", Self::Graduated), ("volume", Self::Volume), ("package", Self::Package)];

    /// The catalog's word.
    pub fn name(self) -> &'static str {
        Self::NAMES[self as usize].0
    }

    /// Whether it takes its prices from tiers.
    pub fn has_tiers(self) -> bool {
        matches!(self, Self::Graduated | Self::Volume)
    }

    /// Whether what an event owes hangs on how much was counted before it, even without rounding.
    pub fn has_steps(self) -> bool {
        self != Self::Flat
    }
}

/// When the quantity so far starts from zero again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TierPeriod {
    /// It never does: quantities are counted for the subscription's whole life.
    #[default]
    Lifetime,
    /// With each UTC day.
    Day,
    /// With each calendar month.
    Month,
    /// With each calendar quarter.
    Quarter,
    /// With each calendar year.
    Year,
    /// With each of the subscription's own periods: see [`Product::cycle`](crate::catalog::Product::cycle).
    Cycle,
    /// With every event: each is rated and rounded by itself, and no quantity is kept.
    Event,
}

impl TierPeriod {
    /// The catalog's spellings.
    pub const NAMES: [(&'static str, Self); 7] = [
        ("lifetime", Self::Lifetime),
        ("day", Self::Day),
        ("month", Self::Month),
        ("quarter", Self::Quarter),
        ("year", Self::Year),
        ("cycle", Self::Cycle),
        ("event", Self::Event),
    ];

    /// The catalog's word.
    pub fn name(self) -> &'static str {
        Self::NAMES[self as usize].0
    }
}
