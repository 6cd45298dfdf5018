//! What a catalog says, once it is read and checked.
//!
//! The same types are kept in the ledger as JSON, so that a published version can be rated for ever.

use crate::money::{Asset, Decimal};
use crate::time::{Instant, Interval};
use crate::wallet::{BurnKey, Purpose};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A whole catalog: one file, or a folder read as one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Catalog {
    /// The catalog's name.
    pub name: String,
    /// The part the ledger keeps beside products: what is in force for everybody.
    pub terms: Terms,
    /// Products in the order they are written.
    pub products: Vec<Product>,
    /// Mappings of other people's logs, by name.
    pub mappings: BTreeMap<String, Mapping>,
    /// The catalog's own tests.
    pub examples: Vec<Example>,
}

/// What holds for every customer whatever they subscribe to. Unlike products it has no versions: the latest applied
/// terms are in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// The currency that revenue and cost are told in.
    pub reporting_currency: String,
    /// What happens when an account can't cover a fee, and in what order lots are used.
    pub policy: Policy,
    /// Declared assets in the order they are written.
    pub assets: Vec<Asset>,
    /// Declared vendors in the order they are written.
    pub vendors: Vec<Vendor>,
    /// Automatic top-up rules for customers who have none of their own.
    pub auto_topups: Vec<AutoTopup>,
}

/// The catalog's `[policy]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// What happens when an account can't cover a fee.
    pub insufficient_funds: InsufficientFunds,
    /// The keys that order lots; the lot's id always decides last.
    pub burn_order: Vec<BurnKey>,
}

impl Default for Policy {
    fn default() -> Self {
        Self { insufficient_funds: InsufficientFunds::default(), burn_order: BurnKey::NAMES.map(|(_, k)| k).to_vec() }
    }
}

/// What happens when an account can't cover a fee.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InsufficientFunds {
    /// The event is denied and nothing is debited.
    #[default]
    Deny,
    /// The account goes below zero, to the asset's `overdraft_limit`.
    Overdraft,
}

impl InsufficientFunds {
    /// The catalog's spellings.
    pub const NAMES: [(&'static str, Self); 2] = [("deny", Self::Deny), ("overdraft", Self::Overdraft)];
}

/// Who bills us.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vendor {
    /// The code used in logs: `cost.<code>`.
    pub code: String,
    /// The name people see.
    pub name: String,
    /// What events cost, for logs that do not say.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub costs: Vec<UsagePrice>,
}

/// What a customer subscribes to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Product {
    /// The code used in commands.
    pub code: String,
    /// The name people see.
    pub name: String,
    /// Flat charges, in the order they are written.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fixed_prices: Vec<FixedPrice>,
    /// How events become fees, in the order they are written.
    pub prices: Vec<Price>,
    /// Credits that subscribers are granted, in the order they are written.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub entitlements: Vec<Entitlement>,
}

impl Product {
    /// The codes of all assets that it charges or grants, some of them more than once.
    pub fn assets(&self) -> impl Iterator<Item = &str> {
        let usage = self.prices.iter().map(|price| &price.usage);
        let overage = usage.clone().filter_map(|usage| usage.overage.as_ref()).map(|overage| &overage.asset);
        let fixed = self.fixed_prices.iter().map(|price| &price.asset);
        let granted = self.entitlements.iter().map(|entitlement| &entitlement.asset);
        usage.map(|usage| &usage.asset).chain(overage).chain(fixed).chain(granted).map(String::as_str)
    }

    /// The subscription's own period: that of the first recurring fixed price, else of the first entitlement that is
    /// refreshed. `None` for a product in which nothing recurs.
    pub fn cycle(&self) -> Option<Interval> {
        let refreshed = |e: &Entitlement| e.lifecycle.filter(|l| l.refresh.is_some()).map(|l| l.interval);
        let recurring = self.fixed_prices.iter().find_map(|price| price.interval);
        recurring.or_else(|| self.entitlements.iter().find_map(refreshed))
    }
}

/// A flat charge: `type = "fixed"`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FixedPrice {
    /// The name, unique among all prices of the product.
    pub name: String,
    /// What is charged.
    pub asset: String,
    /// How much at a time (and per seat, if so), in units of the asset. What is collected as a payment is a whole number
    /// of the currency's minor units.
    pub unit_price: i64,
    /// When it recurs, counted from the subscription's start; `None` is once, at the start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interval: Option<Interval>,
    /// Whether it is charged for each seat.
    #[serde(default)]
    pub per_seat: bool,
    /// Where the money comes from.
    pub collection: Collection,
}

/// Where a fixed charge is taken from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Collection {
    /// A payment is recorded; always a currency.
    #[default]
    Payment,
    /// The wallet is debited, as by a fee.
    Balance,
}

impl Collection {
    /// The catalog's spellings.
    pub const NAMES: [(&'static str, Self); 2] = [("payment", Self::Payment), ("balance", Self::Balance)];
}

/// Credits that a product grants.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entitlement {
    /// The name, unique among the product's entitlements.
    pub name: String,
    /// What is granted.
    pub asset: String,
    /// How much at a time (and per seat, if so), in units of the asset; more than zero.
    pub amount: i64,
    /// Why it is granted, for the burn order.
    pub purpose: Purpose,
    /// Lower is used first.
    pub priority: i64,
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
    /// It expires.
    ExpireAndReplace,
    /// It is carried on to the next refresh beside the fresh amount.
    Rollover {
        /// The most that is carried (for each seat, if the entitlement is), in units of the asset; `None` is no limit.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        limit: Option<i64>,
    },
}

/// One named price of a product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Price {
    /// The name, unique in the product.
    pub name: String,
    /// How events become fees.
    #[serde(flatten)]
    pub usage: UsagePrice,
}

/// How one event type is rated: a usage price, or a vendor's cost rule, which has the same keys.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UsagePrice {
    /// The events this is for.
    pub event_type: String,
    /// What is counted.
    pub usage_type: UsageType,
    /// Where in `data` the volume is; present unless `usage_type` is `unit`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub volume_field: Option<String>,
    /// What the fee is in.
    pub asset: String,
    /// The `data` fields that rows may name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub billable_dimensions: Vec<String>,
    /// How quantities become amounts.
    #[serde(default, skip_serializing_if = "is_default")]
    pub pricing_model: PricingModel,
    /// When quantities start from zero again.
    #[serde(default, skip_serializing_if = "is_default")]
    pub tier_period: TierPeriod,
    /// What is charged instead of what the account can't cover. Never in a vendor's cost rule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overage: Option<Overage>,
    /// At least one; a price without dimensions has exactly one.
    pub rows: Vec<PriceRow>,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
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
}

/// When the quantity so far starts from zero again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TierPeriod {
    /// Never.
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
    /// With each of the subscription's own periods: see [`Product::cycle`].
    Cycle,
}

impl TierPeriod {
    /// The catalog's spellings.
    pub const NAMES: [(&'static str, Self); 6] = [
        ("lifetime", Self::Lifetime),
        ("day", Self::Day),
        ("month", Self::Month),
        ("quarter", Self::Quarter),
        ("year", Self::Year),
        ("cycle", Self::Cycle),
    ];

    /// The catalog's word.
    pub fn name(self) -> &'static str {
        Self::NAMES[self as usize].0
    }
}

/// What is charged instead of what an account can't cover.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Overage {
    /// The asset whose account pays; another one than the price's.
    pub asset: String,
    /// Per whole unit of the price's asset.
    pub rate: Decimal,
}

/// One tier of a graduated or volume price.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tier {
    /// The last quantity of the tier (inclusive); `None` in the last tier, which has no end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub up_to: Option<Decimal>,
    /// Per unit, or per `package_size` of volume: what the catalog calls `unit_price` or `volume_rate`.
    pub price: Decimal,
    /// Owed once the tier is entered, in units of the asset.
    #[serde(default, skip_serializing_if = "is_default")]
    pub flat_fee: i64,
}

/// What a usage price counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UsageType {
    /// Every event is one.
    Unit,
    /// The number in `volume_field`.
    Volume,
    /// Both.
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
}

/// One row of a price: the dimension values it is for, and what is charged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PriceRow {
    /// One entry for each billable dimension, in their order; `None` is `"*"`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dimensions: Vec<Option<String>>,
    /// A name for this row alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Per event; present when the price counts units.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit_price: Option<Decimal>,
    /// Per `package_size` of volume; present when the price counts volume.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub volume_rate: Option<Decimal>,
    /// How much volume `volume_rate` is for (a unit price: how many events); 1 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub package_size: Option<Decimal>,
    /// The least one event owes, in units of the asset.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_amount: Option<i64>,
    /// The most one event owes, in units of the asset.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_amount: Option<i64>,
    /// The tiers of a graduated or volume price, upwards; then the row has no `unit_price` and no `volume_rate`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tiers: Vec<Tier>,
}

/// A rule that tops up an account by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AutoTopup {
    /// The asset that is topped up.
    pub asset: String,
    /// Strictly below this balance, in units of the asset, a payment is made.
    pub threshold: i64,
    /// What is paid.
    pub amount: Money,
    /// The most that is paid in a calendar month; in the currency of `amount`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<i64>,
}

/// An amount with its asset: `"20 USD"`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Money {
    /// In units of the asset.
    pub units: i64,
    /// The asset's code.
    pub asset: String,
}

/// How another system's log is read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Mapping {
    /// Our name to the log's column (or JSON key). Columns that are not named keep their own name.
    pub columns: BTreeMap<String, String>,
    /// Our name to a value that every record has.
    pub constants: BTreeMap<String, String>,
    /// A `strptime` layout for `occurred_at`, read as UTC when it has no offset.
    pub time_format: Option<String>,
    /// Ids are made from each record's content instead of being read.
    pub content_id: bool,
}

/// One of the catalog's own tests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Example {
    /// What it shows.
    pub name: String,
    /// The product's code.
    pub product: String,
    /// The event's type.
    pub event_type: String,
    /// When the event happens; the epoch when the example does not say.
    pub occurred_at: Instant,
    /// The event's data.
    pub data: BTreeMap<String, String>,
    /// The fees it must make, in any order.
    pub expect: Vec<ExpectedFee>,
    /// Where it is written, for messages.
    pub place: Place,
}

/// One fee an example expects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpectedFee {
    /// The price's name.
    pub price: String,
    /// The exact amount.
    pub amount: Money,
}

/// A place in a catalog file.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Place {
    /// The file as the user named it.
    pub file: String,
    /// From 1.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
}
