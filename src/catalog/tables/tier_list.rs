//! The tiers of a row, and what those below each of them come to: so that rating takes as many steps as there are digits in
//! the number of tiers.

use super::tiers::Tier;
use crate::money::{Decimal, DecimalSum, Total, Units, multiply_exact};
use serde::{Deserialize, Serialize};
use std::ops::Deref;
use std::sync::OnceLock;

/// Tiers, upwards.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Tiers {
    tiers: Vec<Tier>,
    /// For each tier, once somebody asked; `None` where a sum has more digits than can be kept, or a tier is sold in blocks,
    /// which only rating rounds.
    #[serde(skip)]
    below: OnceLock<Option<Box<[Below]>>>,
}

/// What the tiers below another one come to when all of them are full.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Below {
    /// Where the tier begins.
    pub from: Decimal,
    /// The sum of each tier's price times what lies in it.
    pub priced: DecimalSum,
    /// The sum of their flat fees.
    pub flat_fees: Total<Units>,
}

impl Tiers {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.tiers.is_empty()
    }

    /// The place of the tier that a quantity above zero has reached, bounds inclusive.
    pub fn reached(&self, quantity: DecimalSum) -> usize {
        self.tiers.partition_point(|tier| tier.up_to.is_some_and(|up_to| quantity > up_to.into()))
    }

    /// What the tiers below the one at a place come to, if that can be kept.
    pub fn below(&self, place: usize) -> Option<&Below> {
        self.below.get_or_init(|| sums(&self.tiers)).as_ref()?.get(place)
    }
}

fn sums(tiers: &[Tier]) -> Option<Box<[Below]>> {
    if tiers.iter().any(|tier| tier.package_size.is_some()) {
        return None;
    }
    let mut below = Below { from: Decimal::ZERO, priced: DecimalSum::ZERO, flat_fees: Total::ZERO };
    let mut all = Vec::with_capacity(tiers.len());
    for tier in tiers {
        all.push(below.clone());
        let Some(up_to) = tier.up_to else { break };
        let to = DecimalSum::from(multiply_exact(tier.price, up_to)?);
        let from = DecimalSum::from(multiply_exact(tier.price, below.from)?);
        below.priced = below.priced.checked_add(&to)?.checked_sub(&from)?;
        below.flat_fees += tier.flat_fee;
        below.from = up_to;
    }
    Some(all.into())
}

impl PartialEq for Tiers {
    fn eq(&self, other: &Self) -> bool {
        self.tiers == other.tiers
    }
}

impl Eq for Tiers {}

impl Deref for Tiers {
    type Target = [Tier];

    fn deref(&self) -> &[Tier] {
        &self.tiers
    }
}

impl From<Vec<Tier>> for Tiers {
    fn from(tiers: Vec<Tier>) -> Self {
        Self { tiers, below: OnceLock::new() }
    }
}

impl FromIterator<Tier> for Tiers {
    fn from_iter<I: IntoIterator<Item = Tier>>(tiers: I) -> Self {
        Vec::from_iter(tiers).into()
    }
}
