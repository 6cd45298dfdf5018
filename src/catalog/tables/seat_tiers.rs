//! `tiers` of a fixed price: what a seat costs, by how many there are.

use super::amounts::{check_payable, units};
use super::pricing::PricingModel;
use super::rows::UNIT_PRICE;
use super::tiers::{FLAT_FEE, Tier, UP_TO, upwards};
use crate::catalog::codes::Code;
use crate::catalog::fields::{Fields, Node};
use crate::catalog::finding::{Findings, quoted};
use crate::catalog::keys::Key;
use crate::money::{Asset, Decimal, Units, decimal_of};
use serde::{Deserialize, Serialize};

/// One tier of a fixed price that is charged for each seat.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeatTier {
    /// The last number of seats of the tier (inclusive); `None` in the last tier, which has no end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub up_to: Option<i64>,
    /// For a seat, in units of the asset.
    pub unit_price: Units,
    /// Owed once the tier is entered, in units of the asset.
    pub flat_fee: Units,
}

impl SeatTier {
    /// The same as a tier of a usage price, in which seats are counted like events.
    pub(super) fn as_tier(&self, precision: u8) -> Tier {
        Tier {
            up_to: self.up_to.map(Decimal::from),
            price: decimal_of(self.unit_price, precision),
            package_size: None,
            flat_fee: self.flat_fee,
        }
    }
}

/// What seats come to by a graduated or volume price; `None` when that can't be counted.
pub(super) fn total(tiers: &[SeatTier], model: PricingModel, seats: i64) -> Option<Units> {
    let of = |tier: &SeatTier, seats: i64| tier.unit_price.checked_times(seats)?.checked_add(tier.flat_fee);
    if seats <= 0 {
        return Some(Units::ZERO);
    }
    if model == PricingModel::Volume {
        return of(tiers.iter().find(|tier| tier.up_to.is_none_or(|up_to| seats <= up_to))?, seats);
    }
    let mut from = 0;
    let entered = tiers.iter().map_while(|tier| {
        let to = tier.up_to.map_or(seats, |up_to| up_to.min(seats));
        let part = to - std::mem::replace(&mut from, to);
        (part > 0).then(|| of(tier, part))
    });
    Units::checked_sum(entered.collect::<Option<Vec<_>>>()?)
}

/// Reads tiers of so many seats, whose prices can be paid if `is_paid`.
pub(super) fn seat_tiers(
    node: Node<'_>,
    asset: Option<&Asset>,
    is_paid: bool,
    findings: &mut Findings,
) -> Vec<SeatTier> {
    let amount = |key: &Key, fields: &mut Fields<'_>, findings: &mut Findings| {
        let (value, node) = fields.amount(key, findings)?;
        let asset = asset?;
        let units = units(value, asset.precision, node, findings)?;
        if is_paid {
            check_payable(units, asset, node, findings);
        }
        Some(units)
    };
    upwards(node, findings, |mut fields, end, findings| {
        let up_to = end.and_then(|(up_to, node)| whole(up_to, node, findings));
        let unit_price = match fields.need(&UNIT_PRICE, findings) {
            Some(_) => amount(&UNIT_PRICE, &mut fields, findings),
            None => None,
        };
        let flat_fee = amount(&FLAT_FEE, &mut fields, findings);
        fields.finish(findings);
        SeatTier { up_to, unit_price: unit_price.unwrap_or_default(), flat_fee: flat_fee.unwrap_or_default() }
    })
}

/// A number of seats.
fn whole(number: Decimal, node: Node<'_>, findings: &mut Findings) -> Option<i64> {
    let seats = i64::try_from(number).ok().filter(|_| number.fract().is_zero());
    if seats.is_none() {
        let message = format!("{} is {number}, and there are only whole seats", quoted(UP_TO.name));
        findings.add(Code::OutOfRange, node.spot, message).help("write a whole number");
    }
    seats
}
