//! `[[auto_topup]]`, and amounts such as `"20 USD"`.

use super::asset::units;
use super::{Context, Unique, is_currency, not_a_currency};
use crate::catalog::fields::{Fields, Node};
use crate::catalog::finding::{Findings, Spot, quoted};
use crate::catalog::{AutoTopup, Code, Money};
use crate::money::{Asset, Book, minor_step, parse_decimal};
use crate::time::Instant;

/// More payments than this to reach a threshold is a slip of the pen, not a plan.
const MOST_PAYMENTS: i64 = 1000;

/// Reads all rules, and beside each the place of its threshold.
pub(super) fn auto_topups(tables: Vec<Fields<'_>>, cx: &mut Context<'_, '_>) -> (Vec<AutoTopup>, Vec<Spot>) {
    let mut assets = Unique::new("auto top-up rule for");
    tables.into_iter().filter_map(|table| auto_topup(table, &mut assets, cx)).unzip()
}

fn auto_topup(mut table: Fields<'_>, assets: &mut Unique, cx: &mut Context<'_, '_>) -> Option<(AutoTopup, Spot)> {
    let (asset, asset_spot) = cx.need_asset(&mut table);
    let threshold = table.need("threshold", cx.findings);
    let threshold = threshold.and_then(|node| Some((node.amount(cx.findings)?, node)));
    let amount = table.need("amount", cx.findings);
    let paid = amount.and_then(|node| Some((payment(node, cx)?, node.spot)));
    let limit = table.get("limit").and_then(|node| Some((payment(node, cx)?, node.spot)));
    table.finish(cx.findings);
    let (asset, (threshold, node), ((amount, currency), amount_spot)) = (asset?, threshold?, paid?);
    assets.add(Code::DuplicateCode, &asset.code, asset_spot, cx.findings);
    let threshold = units(threshold, asset.precision, node, cx.findings)?;
    if let Some(((limit, _), spot)) = &limit {
        check_limit(&amount, limit, *spot, cx.findings);
    }
    let rule =
        AutoTopup { asset: asset.code.clone(), threshold, amount, limit: limit.map(|((limit, _), _)| limit.units) };
    check_purchase(&rule, &asset, &currency, [asset_spot, node.spot, amount_spot], cx);
    Some((rule, node.spot))
}

/// A limit is in the currency that is paid, and enough for one payment.
fn check_limit(amount: &Money, limit: &Money, spot: Spot, findings: &mut Findings) {
    if limit.asset != amount.asset {
        let message = format!("the limit is in {}, but {} is paid", quoted(&limit.asset), quoted(&amount.asset));
        findings.add(Code::WrongAsset, spot, message).help(format!("give the limit in {}", amount.asset));
    } else if limit.units < amount.units {
        let message = "`limit` is less than `amount`: the rule could never pay";
        findings.add(Code::LimitBelowAmount, spot, message).help("raise the limit, or lower the amount");
    }
}

/// A payment buys something, whenever it is made, and some payments are enough to reach the threshold.
fn check_purchase(rule: &AutoTopup, asset: &Asset, currency: &Asset, spots: [Spot; 3], cx: &mut Context<'_, '_>) {
    let [asset_spot, threshold_spot, amount_spot] = spots;
    let Some(least) = least_purchase(rule, asset, currency, &cx.book) else {
        let message = format!("{} can't be bought with {}: it has no rate in it", asset.code, currency.code);
        let finding = cx.findings.add(Code::TopupWithoutRate, asset_spot, message);
        finding.help(format!("add `rates = [{{ source = \"{}\", rate = ... }}]` to its [[asset]]", currency.code));
        return;
    };
    match least {
        Err(error) => {
            cx.findings.add(Code::AmountTooLarge, amount_spot, format!("`amount`: {error}"));
        }
        Ok(0) => {
            let message = format!("a payment of this buys no {}", asset.code);
            cx.findings.add(Code::TopupBuysNothing, amount_spot, message).help("raise the amount, or lower the rate");
        }
        Ok(bought) if rule.threshold / bought > MOST_PAYMENTS => {
            let shown = format!("{} {}", asset.format(bought), asset.code);
            let message = format!("it takes more than {MOST_PAYMENTS} payments to reach this: one buys {shown}");
            let finding = cx.findings.add(Code::ThresholdTooHigh, threshold_spot, message);
            finding.help("lower the threshold, or raise the amount");
        }
        Ok(_) => {}
    }
}

/// The least that one payment ever buys; `None` without a rate.
pub(super) fn least_purchase(
    rule: &AutoTopup,
    asset: &Asset,
    currency: &Asset,
    book: &Book,
) -> Option<Result<i64, String>> {
    if asset.code == currency.code {
        return Some(Ok(rule.amount.units));
    }
    let starts = asset.rates.iter().filter(|rate| rate.source == currency.code);
    let bought = starts.map(|rate| {
        let at = rate.valid_from.unwrap_or(Instant::EPOCH);
        book.purchase(rule.amount.units, currency, asset, at).map_err(|error| error.to_string())
    });
    bought.reduce(|a, b| Ok(a?.min(b?)))
}

/// A payment such as `"20 USD"`: above zero, in a currency, in its minor digits.
fn payment(node: Node<'_>, cx: &mut Context<'_, '_>) -> Option<(Money, Asset)> {
    let (money, asset) = money(node, cx)?;
    if !is_currency(&asset) {
        not_a_currency(&asset.code, node.spot, cx.findings);
        return None;
    }
    if money.units <= 0 {
        cx.findings.add(Code::ZeroNumber, node.spot, format!("{} must be more than 0", quoted(node.key)));
    } else {
        check_payable(money.units, &asset, node, cx.findings);
    }
    Some((money, asset))
}

/// What is paid is a whole number of the currency's minor units.
pub(super) fn check_payable(units: i64, currency: &Asset, node: Node<'_>, findings: &mut Findings) {
    let digits = currency.payment_digits();
    if units % minor_step(currency.precision, digits) != 0 {
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
