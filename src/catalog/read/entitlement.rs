//! `[[product.entitlement]]`: what a product grants.

use super::asset::{interval, units};
use super::{Context, Unique};
use crate::catalog::fields::{Fields, Node};
use crate::catalog::finding::{Findings, Spot};
use crate::catalog::{Code, Entitlement, Lifecycle, Refresh};
use crate::money::{Asset, CURRENCY_PRECISION, Decimal, Rounding, decimal_of, round_product};
use crate::wallet::{DEFAULT_PRIORITY, Purpose};

/// Reads all entitlements of a product, and beside each the place of its asset.
pub(super) fn entitlements(tables: Vec<Fields<'_>>, cx: &mut Context<'_, '_>) -> (Vec<Entitlement>, Vec<Spot>) {
    let mut names = Unique::new("entitlement");
    tables.into_iter().map(|table| entitlement(table, &mut names, cx)).unzip()
}

fn entitlement(mut table: Fields<'_>, names: &mut Unique, cx: &mut Context<'_, '_>) -> (Entitlement, Spot) {
    let spot = table.get("name").map_or(table.spot, |node| node.spot);
    let name = table.need_name("name", cx.findings);
    names.add(Code::DuplicateName, &name, spot, cx.findings);
    let (asset, asset_spot) = cx.need_asset(&mut table);
    let precision = asset.as_ref().map_or(CURRENCY_PRECISION, |asset| asset.precision);
    let amount = table.need("amount", cx.findings);
    let amount = amount.and_then(|node| units(node.positive(cx.findings)?, precision, node, cx.findings));
    let purpose = table.get("purpose").map_or(Some(Purpose::Bundled), |node| node.choice(&Purpose::NAMES, cx.findings));
    let priority = table.get("priority").and_then(|node| node.whole(i32::MIN..=i32::MAX, cx.findings));
    let per_seat = table.flag("per_seat", cx.findings);
    let lifecycle = table.table("lifecycle", cx.findings).map(|life| lifecycle(life, precision, cx.findings));
    let basis = table.table("accounting", cx.findings).and_then(|accounting| revenue_basis(accounting, cx.findings));
    table.finish(cx.findings);
    if let Some((basis, node)) = basis {
        check_basis(basis, node, purpose, amount.zip(asset.as_ref()), cx);
    }
    let entitlement = Entitlement {
        name,
        asset: asset.map(|asset| asset.code).unwrap_or_default(),
        amount: amount.unwrap_or(1),
        purpose: purpose.unwrap_or(Purpose::Bundled),
        priority: priority.map_or(DEFAULT_PRIORITY, i64::from),
        per_seat,
        lifecycle,
        revenue_basis: basis.map(|(basis, _)| basis).unwrap_or_default(),
    };
    (entitlement, asset_spot)
}

/// `{ duration = "month", refresh = { strategy = "rollover", limit = 2000 } }`.
fn lifecycle(mut table: Fields<'_>, precision: u8, findings: &mut Findings) -> Lifecycle {
    let interval = interval(&mut table, ["duration", "duration_count"], findings);
    let refresh = table.table("refresh", findings).map(|refresh| read_refresh(refresh, precision, findings));
    table.finish(findings);
    Lifecycle { interval, refresh }
}

fn read_refresh(mut table: Fields<'_>, precision: u8, findings: &mut Findings) -> Refresh {
    let names = [("expire_and_replace", false), ("rollover", true)];
    let rolls = table.need("strategy", findings).and_then(|node| node.choice(&names, findings));
    let node = table.get("limit");
    table.finish(findings);
    let limit = node.and_then(|node| units(node.amount(findings)?, precision, node, findings));
    if let (Some(false), Some(node)) = (rolls, node) {
        let message = "`limit` stands in a refresh that carries nothing on";
        let finding = findings.add(Code::ConflictingKeys, node.key_spot, message);
        finding.help("remove it, or set `strategy = \"rollover\"`");
    }
    if rolls == Some(true) { Refresh::Rollover { limit } } else { Refresh::ExpireAndReplace }
}

/// `{ revenue_basis = 0.01 }`.
fn revenue_basis<'a>(mut table: Fields<'a>, findings: &mut Findings) -> Option<(Decimal, Node<'a>)> {
    let basis = table.amount("revenue_basis", findings);
    table.finish(findings);
    basis
}

/// A promotion earns nothing, and what a whole grant earns fits into the ledger.
fn check_basis(
    basis: Decimal,
    node: Node<'_>,
    purpose: Option<Purpose>,
    granted: Option<(i64, &Asset)>,
    cx: &mut Context<'_, '_>,
) {
    if purpose == Some(Purpose::Promotion) && !basis.is_zero() {
        let message = "`revenue_basis` is more than 0, but a promotion earns nothing";
        let finding = cx.findings.add(Code::ConflictingKeys, node.key_spot, message);
        finding.help("set it to 0, or set `purpose = \"bundled\"`");
    }
    let Some((amount, asset)) = granted else { return };
    let factors = [decimal_of(amount, asset.precision), basis];
    if let Err(error) = round_product(&factors, &[], CURRENCY_PRECISION, Rounding::HalfEven) {
        cx.findings.add(Code::AmountTooLarge, node.spot, format!("what the grant earns: {error}"));
    }
}
