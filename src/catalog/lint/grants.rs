//! Grants that give away, or take away, more than their words say.

use crate::catalog::finding::{Findings, Spot, quoted};
use crate::catalog::tables::product::ProductSpots;
use crate::catalog::{Code, Entitlement, Product};
use crate::wallet::Purpose;

/// Credits for each seat in a product whose seats are paid once, at the start: those that are added later cost nothing.
pub(super) fn free_seats(products: &[(&Product, &ProductSpots)], findings: &mut Findings) {
    for &(product, spots) in products {
        let mut per_seat = product.fixed_prices.iter().filter(|price| price.per_seat).peekable();
        let Some(once) = per_seat.peek().map(|price| quoted(&price.name)) else { continue };
        if per_seat.any(|price| price.interval.is_some()) {
            continue;
        }
        for (granted, spot) in granted(product, spots).filter(|(granted, _)| granted.per_seat) {
            let message = format!(
                "seats that are added later get {} for nothing: {once} is charged once, for the seats at the start",
                quoted(&granted.name)
            );
            let finding = findings.add(Code::FreeSeats, spot, message);
            finding.help("add a recurring price per seat, or grant the credits to the subscription as a whole");
        }
    }
}

/// Grants that look like what customers buy, but end with the subscription.
pub(super) fn paid_grants(products: &[(&Product, &ProductSpots)], findings: &mut Findings) {
    let all = products.iter().flat_map(|&(product, spots)| granted(product, spots));
    for (granted, spot) in all.filter(|(granted, _)| granted.purpose == Purpose::Paid) {
        let message = format!(
            "{} is `purpose = \"paid\"`, but ends with the subscription, as all grants do, and what it was worth is earned then",
            quoted(&granted.name)
        );
        let finding = findings.add(Code::PaidGrant, spot, message);
        finding.help("write \"bundled\"; what customers buy and keep comes from top-ups");
    }
}

fn granted<'c>(product: &'c Product, spots: &'c ProductSpots) -> impl Iterator<Item = (&'c Entitlement, Spot)> {
    product.entitlements.iter().zip(spots.entitlements.iter().copied())
}
