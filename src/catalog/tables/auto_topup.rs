//! `[[auto_topup]]`: rules that pay in when a balance runs low.

use super::amounts::{Money, payment, units};
use super::context::{Context, Unique};
use super::said::{Said, amount, or_none};
use crate::catalog::codes::Code;
use crate::catalog::fields::Fields;
use crate::catalog::finding::{Findings, Spot, quoted};
use crate::catalog::keys::{Key, Kind, Table, Told};
use crate::catalog::written::{Written, WrittenTable};
use crate::money::{Asset, Book, ConvertError, Units, decimal_of};
use crate::time::Instant;
use serde::{Deserialize, Serialize};

/// More payments than this to reach a threshold is a slip of the pen, not a plan.
const MOST_PAYMENTS: i64 = 1000;

const ASSET: Key = Key::new("asset", Kind::Code, "The asset to top up.").needed();
const THRESHOLD: Key =
    Key::new("threshold", Kind::Amount, "A payment is made when the balance falls below this.").needed();
const AMOUNT: Key = Key::new("amount", Kind::Payment, "The amount of each payment, such as \"20 USD\".")
    .needed()
    .note("paid whenever the balance is below it");
const LIMIT: Key = Key::new("limit", Kind::Payment, "The most to pay in a calendar month, such as \"200 USD\".")
    .note("per calendar month");

/// `[[auto_topup]]`.
pub static AUTO_TOPUP: Table =
    Table::new("auto_topup", &[&[ASSET, THRESHOLD, AMOUNT, LIMIT]]).told(Told::ByName(ASSET));

/// A rule that tops up an account by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AutoTopup {
    /// The asset that is topped up.
    pub asset: String,
    /// Strictly below this balance, in units of the asset, a payment is made.
    pub threshold: Units,
    /// What each payment pays.
    pub amount: Money,
    /// The most that is paid in a calendar month; in the currency of `amount`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<Units>,
}

/// Reads all rules, and beside each the place of its threshold.
pub(in crate::catalog) fn auto_topups(
    tables: Vec<Fields<'_>>,
    cx: &mut Context<'_, '_>,
) -> (Vec<AutoTopup>, Vec<Spot>) {
    let mut assets = Unique::new("auto top-up rule for");
    tables.into_iter().filter_map(|table| auto_topup(table, &mut assets, cx)).unzip()
}

fn auto_topup(mut table: Fields<'_>, assets: &mut Unique, cx: &mut Context<'_, '_>) -> Option<(AutoTopup, Spot)> {
    let (asset, asset_spot) = cx.asset_at(&mut table, &ASSET);
    let threshold = table.get(&THRESHOLD, cx.findings);
    let threshold = threshold.and_then(|node| Some((node.amount(cx.findings)?, node)));
    let amount = table.get(&AMOUNT, cx.findings);
    let paid = amount.and_then(|node| Some((payment(node, cx)?, node.spot)));
    let limit = table.get(&LIMIT, cx.findings).and_then(|node| Some((payment(node, cx)?, node.spot)));
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
    if purchases(rule, asset, currency, &cx.book).flatten().any(|bought| bought.checked_add(rule.threshold).is_none()) {
        let message = "below `threshold`, a payment buys more than the account can hold";
        let finding = cx.findings.add(Code::AmountTooLarge, amount_spot, message);
        finding.help(format!("lower the amount or the threshold, or give {} a lower `precision`", asset.code));
        return;
    }
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
        Ok(Units::ZERO) => {
            let message = format!("a payment of this buys no {}", asset.code);
            cx.findings.add(Code::TopupBuysNothing, amount_spot, message).help("raise the amount, or lower the rate");
        }
        Ok(bought) if rule.threshold.count() / bought.count() > MOST_PAYMENTS => {
            let shown = format!("{} {}", asset.format(bought), asset.code);
            let message = format!("it takes more than {MOST_PAYMENTS} payments to reach this: one buys {shown}");
            let finding = cx.findings.add(Code::ThresholdTooHigh, threshold_spot, message);
            finding.help("lower the threshold, or raise the amount");
        }
        Ok(_) => {}
    }
}

/// The least that one payment ever buys; `None` without a rate.
pub(in crate::catalog) fn least_purchase(
    rule: &AutoTopup,
    asset: &Asset,
    currency: &Asset,
    book: &Book,
) -> Option<Result<Units, ConvertError>> {
    purchases(rule, asset, currency, book).reduce(|a, b| Ok(a?.min(b?)))
}

/// What one payment buys at each rate that there ever is.
fn purchases<'a>(
    rule: &'a AutoTopup,
    asset: &'a Asset,
    currency: &'a Asset,
    book: &'a Book,
) -> impl Iterator<Item = Result<Units, ConvertError>> + 'a {
    let same = (asset.code == currency.code).then_some(Ok(rule.amount.units));
    let starts = asset.rates.iter().filter(move |rate| rate.source == currency.code && rate.source != asset.code);
    same.into_iter().chain(starts.map(move |rate| {
        let at = rate.valid_from.unwrap_or(Instant::EPOCH);
        book.purchase(rule.amount.units, currency, asset, at)
    }))
}

/// The table that it is read from; `None` when one of its assets is unknown.
pub(in crate::catalog) fn write_auto_topup(rule: &AutoTopup, book: &Book) -> Option<WrittenTable> {
    let threshold = decimal_of(rule.threshold, book.asset(&rule.asset).ok()?.precision);
    let currency = book.asset(&rule.amount.asset).ok()?;
    let payment = |units| Written::Payment(decimal_of(units, currency.precision), currency.code.clone());
    let table = WrittenTable::new(&AUTO_TOPUP).with(&ASSET, &*rule.asset).with(&THRESHOLD, threshold);
    Some(table.with(&AMOUNT, payment(rule.amount.units)).maybe(&LIMIT, rule.limit.map(payment)))
}

/// What a plan says of it.
pub(in crate::catalog) fn said_of_rule(rule: &AutoTopup, book: &Book) -> Said {
    let shown = |code: &str, units: Units| format!("{} {code}", amount(book, code, units));
    vec![
        (&THRESHOLD, shown(&rule.asset, rule.threshold)),
        (&AMOUNT, shown(&rule.amount.asset, rule.amount.units)),
        (&LIMIT, or_none(rule.limit.as_ref(), |&units| shown(&rule.amount.asset, units))),
    ]
}
