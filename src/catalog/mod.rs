//! Price catalogs: TOML text to findings and a [`Catalog`], and the plan that compares one with what a ledger has.

mod codes;
mod declared;
mod difference;
pub mod edit;
mod fields;
mod finding;
mod homes;
pub mod keys;
mod lint;
mod model;
mod number;
mod plan;
mod range;
mod read;
mod reference;
mod schema;
mod sum;
mod syntax;
pub mod tables;
#[cfg(test)]
pub(crate) mod testing;
mod value;
pub mod words;
mod write;
mod written;

pub use codes::{Code, Severity};
pub use declared::declared;
pub use finding::{Finding, Place, SourceFile, closest, quoted};
pub use model::{Catalog, Terms};
pub use plan::{Action, Change, Forbidden, Plan, Published, PublishedProduct, plan};
pub use range::NumberRange;
pub use read::{FILE, Reading, read};
pub use reference::reference;
pub use schema::schema;
pub use sum::{Operand, Sum, SumError, SumFault, Term};
pub use tables::{
    AutoTopup, BuiltIn, Collection, Entitlement, Example, ExpectedFee, FixedPrice, InsufficientFunds, Lifecycle,
    LogFormat, MadeId, Mapping, Money, NumberFormat, Overage, PathStep, Pattern, Policy, Price, PriceRow, PriceType,
    PricingModel, Product, Rank, RecordPath, Refresh, RowsByValue, Tier, TierPeriod, Tiers, Translation, UsagePrice,
    UsageType, Vendor, built_in, built_ins,
};
pub use value::{DimensionValue, plain_value};
pub use write::{as_written, write};
pub use written::{Address, Entry, Written, WrittenTable};
