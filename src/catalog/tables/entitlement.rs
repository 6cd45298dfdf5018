//! `[[product.entitlement]]`: what a product grants.

use super::amounts::units;
use super::context::{Context, Unique};
use super::life::{LIFE_KEYS, life, life_as_value, write_life};
use super::said::{Said, Shown, amount, each, every, planned, span, word, yes_or_no};
use crate::catalog::codes::Code;
use crate::catalog::fields::{Fields, Node};
use crate::catalog::finding::{Findings, Spot};
use crate::catalog::keys::{Key, Kind, Table, Told, Usual, When, plain_words};
use crate::catalog::written::WrittenTable;
use crate::money::{
    Asset, Book, CURRENCY_PRECISION, Decimal, Rounding, Units, Value as Worth, decimal_of, round_product,
};
use crate::time::Interval;
use crate::wallet::{Priority, Purpose};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

const NAME: Key = Key::new("name", Kind::Text, "The name, unique among the product's entitlements.").needed().is_name();
const ASSET: Key = Key::new("asset", Kind::Code, "The asset to grant.").needed();
const AMOUNT: Key = Key::new(
    "amount",
    Kind::Positive,
    "How much is granted each time (for each seat, if it is per \
 seat).",
)
.needed();
const PURPOSE: Key =
    Key::new("purpose", Kind::Words(&plain_words(&Purpose::NAMES)), "Why it is granted. A promotion earns nothing.")
        .by_default(Usual::Text("bundled"));
const PRIORITY: Key = Key::new("priority", Kind::Whole(i32::MIN as i64, i32::MAX as i64), "Lower is used first.")
    .by_default(Usual::Number(Priority::DEFAULT.number()))
    .note("lower first; 100");
const PER_SEAT: Key =
    Key::new("per_seat", Kind::Flag, "Whether it is granted for each seat of the subscription.").by_default(Usual::No);
const LIFECYCLE: Key = Key::new(
    "lifecycle",
    Kind::Table(&LIFECYCLE_TABLE),
    "How long a grant lasts, and whether it is renewed. If absent, it is granted once and lasts as long as the \
     subscription.",
);
const ACCOUNTING: Key = Key::new("accounting", Kind::Table(&ACCOUNTING_TABLE), "What it earns.");

/// `[[product.entitlement]]`.
pub static ENTITLEMENT: Table =
    Table::new("entitlement", &[&[NAME, ASSET, AMOUNT, PURPOSE, PRIORITY, PER_SEAT, LIFECYCLE, ACCOUNTING]])
        .told(Told::ByName(NAME));

const REFRESH: Key = Key::new(
    "refresh",
    Kind::Table(&REFRESH_TABLE),
    "What follows when a grant ends. Nothing, if \
 absent.",
);
static LIFECYCLE_TABLE: Table = Table::new("lifecycle", &[LIFE_KEYS, &[REFRESH]]);

const STRATEGIES: [(&str, bool); 2] = [("expire_and_replace", false), ("rollover", true)];
const STRATEGY: Key = Key::new(
    "strategy",
    Kind::Words(&plain_words(&STRATEGIES)),
    "Whether what is left expires or is carried over to the next refresh.",
)
.needed();
const LIMIT: Key = Key::new(
    "limit",
    Kind::Amount,
    "The most that is carried over (for each seat, if the entitlement is per seat). No limit, if absent.",
);
static REFRESH_TABLE: Table =
    Table::new("refresh", &[&[STRATEGY, LIMIT]])
        .when(&[When::new(STRATEGY, &["expire_and_replace"]).refuses(&[&[LIMIT]])]);

const REVENUE_BASIS: Key = Key::new(
    "revenue_basis",
    Kind::Amount,
    "What one unit earns when it is used, in the reporting currency. Fixed revenue is less by as much.",
)
.by_default(Usual::Number(0))
.note("what a unit earns when used");
static ACCOUNTING_TABLE: Table = Table::new("accounting", &[&[REVENUE_BASIS]]);

/// Credits that a product grants.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entitlement {
    /// The name, unique among the product's entitlements.
    pub name: String,
    /// The asset that is granted.
    pub asset: String,
    /// How much at a time (and per seat, if so), in units of the asset; more than zero.
    pub amount: Units,
    /// Why it is granted, for the burn order.
    pub purpose: Purpose,
    /// Lower is used first.
    pub priority: Priority,
    /// Whether it is granted for each seat.
    #[serde(default)]
    pub per_seat: bool,
    /// When it ends and comes round; `None` is one grant that lives as long as the subscription.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lifecycle: Option<Lifecycle>,
    /// What one whole unit of the asset earns when it is used, in the reporting currency. That much of the fixed charges
    /// is earned by use instead of by time.
    #[serde(default, skip_serializing_if = "Decimal::is_zero")]
    pub revenue_basis: Decimal,
}

/// How long a grant lives, and what happens then.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lifecycle {
    /// How long, counted from the subscription's start.
    pub interval: Interval,
    /// What comes after; `None` is nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refresh: Option<Refresh>,
}

/// What happens with the rest of a grant when the next one comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "strategy", rename_all = "snake_case")]
pub enum Refresh {
    /// What is left expires.
    ExpireAndReplace,
    /// It is carried on to the next refresh beside the fresh amount.
    Rollover {
        /// The most that is carried (for each seat, if the entitlement is), in units of the asset; `None` is no limit.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        limit: Option<Units>,
    },
}

/// Reads all entitlements of a product, and beside each the place of its asset.
pub(super) fn entitlements(tables: Vec<Fields<'_>>, cx: &mut Context<'_, '_>) -> (Vec<Entitlement>, Vec<Spot>) {
    let mut names = Unique::new("entitlement");
    tables.into_iter().map(|table| entitlement(table, &mut names, cx)).unzip()
}

fn entitlement(mut table: Fields<'_>, names: &mut Unique, cx: &mut Context<'_, '_>) -> (Entitlement, Spot) {
    let name = names.name(&mut table, &NAME, cx.findings);
    let (asset, asset_spot) = cx.asset_at(&mut table, &ASSET);
    let precision = asset.as_ref().map_or(CURRENCY_PRECISION, |asset| asset.precision);
    let amount = table.get(&AMOUNT, cx.findings);
    let amount_spot = amount.map(|node| node.spot);
    let amount = amount.and_then(|node| units(node.positive(cx.findings)?, precision, node, cx.findings));
    let purpose = table
        .get(&PURPOSE, cx.findings)
        .map_or(Some(Purpose::Bundled), |node| node.choice(&Purpose::NAMES, cx.findings));
    let priority = table.get(&PRIORITY, cx.findings).and_then(|node| node.whole(i32::MIN..=i32::MAX, cx.findings));
    let per_seat = table.flag(&PER_SEAT, cx.findings);
    let lifecycle = table.table(&LIFECYCLE, cx.findings).map(|life| lifecycle(life, precision, cx.findings));
    let basis = table.table(&ACCOUNTING, cx.findings).and_then(|accounting| revenue_basis(accounting, cx.findings));
    table.finish(cx.findings);
    if let Some((basis, node)) = basis {
        check_basis(basis, node, purpose, amount.zip(asset.as_ref()), cx);
    }
    if let (Some(amount), Some(spot)) = (amount, amount_spot) {
        check_rollover(amount, lifecycle, spot, cx.findings);
    }
    let entitlement = Entitlement {
        name,
        asset: asset.map(|asset| asset.code).unwrap_or_default(),
        amount: amount.unwrap_or(Units::from_count(1)),
        purpose: purpose.unwrap_or(Purpose::Bundled),
        priority: priority.map_or(Priority::DEFAULT, Priority::from),
        per_seat,
        lifecycle,
        revenue_basis: basis.map(|(basis, _)| basis).unwrap_or_default(),
    };
    (entitlement, asset_spot)
}

/// `{ duration = "month", refresh = { strategy = "rollover", limit = 2000 } }`.
fn lifecycle(mut table: Fields<'_>, precision: u8, findings: &mut Findings) -> Lifecycle {
    let interval = life(&mut table, findings);
    let refresh = table.table(&REFRESH, findings).map(|refresh| read_refresh(refresh, precision, findings));
    table.finish(findings);
    Lifecycle { interval, refresh }
}

fn read_refresh(mut table: Fields<'_>, precision: u8, findings: &mut Findings) -> Refresh {
    let rolls = table.get(&STRATEGY, findings).and_then(|node| node.choice(&STRATEGIES, findings));
    let node = table.get(&LIMIT, findings);
    table.finish(findings);
    let limit = node.and_then(|node| units(node.amount(findings)?, precision, node, findings));
    if let (Some(false), Some(node)) = (rolls, node) {
        let message = "`limit` does not belong in a refresh that carries nothing over";
        let finding = findings.add(Code::ConflictingKeys, node.key_spot, message);
        finding.help("remove it, or set `strategy = \"rollover\"`");
    }
    if rolls == Some(true) { Refresh::Rollover { limit } } else { Refresh::ExpireAndReplace }
}

/// The second grant fits beside what is carried over of the first.
fn check_rollover(amount: Units, lifecycle: Option<Lifecycle>, spot: Spot, findings: &mut Findings) {
    let Some(Refresh::Rollover { limit }) = lifecycle.and_then(|lifecycle| lifecycle.refresh) else { return };
    if amount.checked_add(limit.map_or(amount, |limit| limit.min(amount))).is_none() {
        let message = "with what is carried over, the second grant is too large for the ledger";
        let finding = findings.add(Code::AmountTooLarge, spot, message);
        finding.help("grant less, limit what is carried over, or give the asset a lower `precision`");
    }
}

/// `{ revenue_basis = 0.01 }`.
fn revenue_basis<'a>(mut table: Fields<'a>, findings: &mut Findings) -> Option<(Decimal, Node<'a>)> {
    let basis = table.amount(&REVENUE_BASIS, findings);
    table.finish(findings);
    basis
}

/// A promotion earns nothing, and what a whole grant earns fits into the ledger.
fn check_basis(
    basis: Decimal,
    node: Node<'_>,
    purpose: Option<Purpose>,
    granted: Option<(Units, &Asset)>,
    cx: &mut Context<'_, '_>,
) {
    if purpose == Some(Purpose::Promotion) && !basis.is_zero() {
        let message = "`revenue_basis` is more than 0, but a promotion earns nothing";
        let finding = cx.findings.add(Code::ConflictingKeys, node.key_spot, message);
        finding.help("set it to 0, or set `purpose = \"bundled\"`");
    }
    let Some((amount, asset)) = granted else { return };
    let factors = [decimal_of(amount, asset.precision), basis];
    if let Err(error) = round_product::<Worth>(&factors, &[], cx.book.reporting_precision(), Rounding::HalfEven) {
        cx.findings.add(Code::AmountTooLarge, node.spot, format!("what the grant earns: {error}"));
    }
}

/// The table that it is read from; `None` when its asset is unknown.
pub(super) fn write_entitlement(entitlement: &Entitlement, book: &Book) -> Option<WrittenTable> {
    let precision = book.asset(&entitlement.asset).ok()?.precision;
    let accounting = || WrittenTable::new(&ACCOUNTING_TABLE).with(&REVENUE_BASIS, entitlement.revenue_basis);
    let earns = entitlement.purpose != Purpose::Promotion;
    let table = WrittenTable::new(&ENTITLEMENT)
        .with(&NAME, &*entitlement.name)
        .with(&ASSET, &*entitlement.asset)
        .with(&AMOUNT, decimal_of(entitlement.amount, precision))
        .with(&PURPOSE, entitlement.purpose.name())
        .with(&PRIORITY, Decimal::from(entitlement.priority.number()))
        .with(&PER_SEAT, entitlement.per_seat)
        .maybe(&LIFECYCLE, entitlement.lifecycle.map(|lifecycle| write_lifecycle(lifecycle, precision)));
    Some(table.maybe(&ACCOUNTING, earns.then(accounting)))
}

fn write_lifecycle(lifecycle: Lifecycle, precision: u8) -> WrittenTable {
    let refresh = lifecycle.refresh.map(|refresh| {
        let limit = if let Refresh::Rollover { limit } = refresh { limit } else { None };
        let rolls = matches!(refresh, Refresh::Rollover { .. });
        let table = WrittenTable::new(&REFRESH_TABLE).with(&STRATEGY, &*word(&STRATEGIES, &rolls));
        table.maybe(&LIMIT, limit.map(|limit| decimal_of(limit, precision)))
    });
    write_life(&LIFECYCLE_TABLE, lifecycle.interval).maybe(&REFRESH, refresh)
}

/// `1000 CREDIT per seat, every month, the rest expires`.
pub fn entitlement_in_words(entitlement: &Entitlement, book: &Book) -> String {
    let granted = each(entitlement.amount, &entitlement.asset, entitlement.per_seat, book);
    format!("{granted}, {}", life_in_words(entitlement, book))
}

/// When an entitlement is granted, and what becomes of what is left: `every month, up to 2000 carried on`.
fn life_in_words(entitlement: &Entitlement, book: &Book) -> String {
    let Some(Lifecycle { interval, refresh }) = entitlement.lifecycle else { return "once".to_owned() };
    match refresh {
        None => format!("once, for {}", span(interval)),
        Some(Refresh::ExpireAndReplace) => format!("{}, the rest expires", every(interval)),
        Some(Refresh::Rollover { limit: None }) => format!("{}, the rest is carried over", every(interval)),
        Some(Refresh::Rollover { limit: Some(limit) }) => {
            format!("{}, up to {} carried over", every(interval), amount(book, &entitlement.asset, limit))
        }
    }
}

/// What is told of it.
pub fn shown_of_entitlement(entitlement: &Entitlement, book: &Book) -> Vec<Shown> {
    let granted = amount(book, &entitlement.asset, entitlement.amount);
    let lifecycle = entitlement.lifecycle.map(|life| lifecycle_as_value(life, &entitlement.asset, book));
    vec![
        Shown::new(&NAME, Some(entitlement.name.clone())).headed("entitlement").unplanned(),
        Shown::new(&AMOUNT, Some(granted.clone())).in_plan(format!("{granted} {}", entitlement.asset)),
        Shown::new(&ASSET, Some(entitlement.asset.clone())).unplanned(),
        Shown::new(&PER_SEAT, Some(yes_or_no(entitlement.per_seat))).value(entitlement.per_seat),
        Shown::new(&LIFECYCLE, Some(life_in_words(entitlement, book))).value(lifecycle).headed("granted"),
        Shown::new(&PURPOSE, Some(word(&Purpose::NAMES, &entitlement.purpose))),
        Shown::new(&PRIORITY, Some(entitlement.priority.to_string())).value(entitlement.priority.number()),
        Shown::new(&REVENUE_BASIS, Some(entitlement.revenue_basis.to_string())),
    ]
}

fn lifecycle_as_value(Lifecycle { interval, refresh }: Lifecycle, asset: &str, book: &Book) -> Value {
    let refresh = refresh.map(|refresh| {
        let (rolls, limit) = match refresh {
            Refresh::ExpireAndReplace => (false, None),
            Refresh::Rollover { limit } => (true, limit),
        };
        let limit = limit.map(|limit| amount(book, asset, limit));
        json!({ STRATEGY.name: word(&STRATEGIES, &rolls), LIMIT.name: limit })
    });
    let mut value = life_as_value(interval);
    value[REFRESH.name] = json!(refresh);
    value
}

/// What a plan says of it.
pub(in crate::catalog) fn said_of_entitlement(entitlement: &Entitlement, book: &Book) -> Said {
    planned(shown_of_entitlement(entitlement, book))
}
