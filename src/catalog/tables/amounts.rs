//! Numbers as amounts of an asset, and amounts such as `"20 USD"`.

use super::context::{Context, is_currency, not_a_currency};
use crate::catalog::codes::Code;
use crate::catalog::fields::Node;
use crate::catalog::finding::{Findings, quoted};
use crate::money::{Asset, Decimal, Units, UnitsError, minor_step, parse_decimal, units_of};
use serde::{Deserialize, Serialize};

/// An amount with its asset: `"20 USD"`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Money {
    /// In units of the asset.
    pub units: Units,
    /// The asset's code.
    pub asset: String,
}

/// `value` as units with `precision` decimals.
pub(super) fn units(value: Decimal, precision: u8, node: Node<'_>, findings: &mut Findings) -> Option<Units> {
    let units = units_of(value, precision);
    if let Err(error) = units {
        let is_long = matches!(error, UnitsError::TooPrecise { .. });
        let code = if is_long { Code::TooManyDecimals } else { Code::AmountTooLarge };
        findings.add(code, node.spot, format!("{}: {error}", quoted(node.key)));
    }
    units.ok()
}

/// A payment such as `"20 USD"`: above zero, in a currency, in its minor digits.
pub(super) fn payment(node: Node<'_>, cx: &mut Context<'_, '_>) -> Option<(Money, Asset)> {
    let (money, asset) = money(node, cx)?;
    if !is_currency(&asset) {
        not_a_currency(&asset.code, node.spot, cx.findings);
        return None;
    }
    if !money.units.is_positive() {
        cx.findings.add(Code::ZeroNumber, node.spot, format!("{} must be more than 0", quoted(node.key)));
    } else {
        check_payable(money.units, &asset, node, cx.findings);
    }
    Some((money, asset))
}

/// What is paid is a whole number of the currency's minor units.
pub(super) fn check_payable(units: Units, currency: &Asset, node: Node<'_>, findings: &mut Findings) {
    let digits = currency.payment_digits();
    if !units.is_multiple_of(minor_step(currency.precision, digits)) {
        let message = format!("{} has more decimals than {} can be paid in", quoted(node.key), currency.code);
        findings.add(Code::TooManyDecimals, node.spot, message).help(format!("use at most {digits}"));
    }
}

/// An amount with its asset, such as `"20 USD"`.
pub(super) fn money(node: Node<'_>, cx: &mut Context<'_, '_>) -> Option<(Money, Asset)> {
    let text = node.name(cx.findings)?;
    let parts = text.split_once(' ').and_then(|(number, code)| Some((parse_decimal(number).ok()?, code)));
    let Some((value, code)) = parts else {
        let message = format!("{} {} is not an amount", quoted(node.key), quoted(&text));
        cx.findings.add(Code::BadAmount, node.spot, message).help("write a number, a space and an asset: \"20 USD\"");
        return None;
    };
    let asset = cx.known_asset(code, node.spot)?;
    let units = units(value, asset.precision, node, cx.findings)?;
    Some((Money { units, asset: asset.code.clone() }, asset))
}
