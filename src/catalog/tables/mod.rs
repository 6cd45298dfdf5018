//! The tables of a catalog, each in its file: its keys, what it is once it is read, and how it is read.

mod amounts;
pub(super) mod asset;
pub(super) mod auto_topup;
pub(super) mod by_value;
mod cell;
mod charge;
pub(super) mod context;
mod cost;
pub(super) mod entitlement;
pub(super) mod example;
pub(super) mod fixed;
pub(super) mod header;
mod life;
pub(super) mod mapping;
mod misnamed;
mod overage;
pub(super) mod overlap;
pub(super) mod policy;
mod price;
mod pricing;
pub(super) mod product;
mod rank;
pub(super) mod rows;
pub(super) mod said;
mod seat_tiers;
mod tier_list;
mod tiers;
pub(super) mod ties;
pub(super) mod usage;
pub(super) mod vendor;

pub use amounts::Money;
pub use asset::ASSET;
pub use auto_topup::AutoTopup;
pub use by_value::RowsByValue;
pub use cell::RANGE;
pub use cost::COST;
pub use entitlement::{Entitlement, Lifecycle, Refresh, entitlement_in_words, shown_of_entitlement};
pub use example::{Example, ExpectedFee};
pub use fixed::{Collection, FixedPrice, fixed_price_in_words, shown_of_fixed};
pub use mapping::{
    BuiltIn, LogFormat, MadeId, Mapping, NumberFormat, PathStep, Pattern, RecordPath, Translation, built_in, built_ins,
};
pub use overage::{Overage, overage_in_words};
pub use policy::{InsufficientFunds, Policy};
pub use price::{LISTED, PRICE, Price, PriceType};
pub use pricing::{PricingModel, TierPeriod, UsageType};
pub use product::Product;
pub use rank::Rank;
pub use rows::{PriceRow, ROW};
pub use said::{Shown, amount, every, span};
pub use tier_list::Tiers;
pub use tiers::{TIER, Tier, tiers_in_words};
pub use usage::{UsagePrice, shown_of_usage_row};
pub use vendor::Vendor;
