//! What a whole catalog says, once it is read and checked.
//!
//! What stands in it is kept in the ledger as JSON, so that a published version can be rated for ever.

use super::tables::auto_topup::AutoTopup;
use super::tables::example::Example;
use super::tables::mapping::Mapping;
use super::tables::policy::Policy;
use super::tables::product::Product;
use super::tables::vendor::Vendor;
use crate::money::Asset;
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
