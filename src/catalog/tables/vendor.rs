//! `[[vendor]]`: who bills us, and what for.

use super::context::{Context, Unique};
use super::cost::{COST, vendor_cost, write_cost};
use super::usage::UsagePrice;
use crate::catalog::fields::Fields;
use crate::catalog::keys::{Key, Kind, Table, Told};
use crate::catalog::written::{Written, WrittenTable};
use crate::money::Book;
use serde::{Deserialize, Serialize};

const CODE: Key = Key::new("code", Kind::Code, "The code that logs use: the column `cost.CODE`.").needed();
const NAME: Key = Key::new("name", Kind::Text, "The name that people see. The code, if absent.").is_name();
const COSTS: Key = Key::new(
    "cost",
    Kind::Tables(&COST),
    "What events cost you, for logs that don't say. The keys are those of a usage price; \
     each event is rated by itself.",
);

/// `[[vendor]]`.
pub static VENDOR: Table = Table::new("vendor", &[&[CODE, NAME, COSTS]]).told(Told::ByName(CODE));

/// A vendor, and what its events cost.
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

/// Reads all vendors.
pub(in crate::catalog) fn vendors(tables: Vec<Fields<'_>>, cx: &mut Context<'_, '_>) -> Vec<Vendor> {
    let mut codes = Unique::new("vendor");
    let mut vendors = Vec::new();
    for mut table in tables {
        let code = codes.code(&mut table, &CODE, cx.findings);
        let name = table.name(&NAME, cx.findings).unwrap_or_else(|| code.clone());
        let costs = table.tables(&COSTS, cx.findings);
        table.finish(cx.findings);
        let costs = costs.into_iter().map(|cost| vendor_cost(cost, cx)).collect();
        vendors.push(Vendor { code, name, costs });
    }
    vendors
}

/// The table that it is read from; `None` when an asset of it is unknown.
pub(in crate::catalog) fn write_vendor(vendor: &Vendor, book: &Book) -> Option<WrittenTable> {
    let costs = vendor.costs.iter().map(|cost| write_cost(cost, book)).collect::<Option<Vec<_>>>()?;
    let table = WrittenTable::new(&VENDOR).with(&CODE, &*vendor.code).with(&NAME, &*vendor.name);
    Some(table.with(&COSTS, costs.into_iter().collect::<Written>()))
}
