//! `overage`: what is charged instead of what the account can't cover.

use super::context::Context;
use crate::catalog::codes::Code;
use crate::catalog::fields::Node;
use crate::catalog::finding::{Spot, quoted};
use crate::catalog::keys::{Key, Kind, Table};
use crate::catalog::written::WrittenTable;
use crate::money::{Asset, Decimal};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

const ASSET: Key =
    Key::new("asset", Kind::Code, "An asset other than the price's, such as the currency that customers pay in.")
        .needed();
const RATE: Key = Key::new("rate", Kind::Positive, "The price of one unit of the price's asset.").needed();

/// The `overage` of a price.
pub static OVERAGE: Table = Table::new("overage", &[&[ASSET, RATE]]);

/// What is charged instead of what an account can't cover.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Overage {
    /// The asset whose account pays; another one than the price's.
    pub asset: String,
    /// Per whole unit of the price's asset.
    pub rate: Decimal,
}

/// `{ asset = "USD", rate = 0.06 }`, in another asset than the price's own, and the place of that asset.
pub(super) fn overage(node: Node<'_>, own: Option<&Asset>, cx: &mut Context<'_, '_>) -> Option<(Overage, Spot)> {
    let mut table = node.fields(cx.findings)?;
    let (asset, spot) = cx.asset_at(&mut table, &ASSET);
    let rate = table.get(&RATE, cx.findings).and_then(|node| node.positive(cx.findings));
    table.finish(cx.findings);
    let asset = asset?.code;
    if own.is_some_and(|own| own.code == asset) {
        let message = format!("the price is in {} too, and that is what could not be paid", quoted(&asset));
        let finding = cx.findings.add(Code::BadOverage, spot, message);
        finding.help("name another asset, such as the currency that customers pay in");
    }
    Some((Overage { asset, rate: rate? }, spot))
}

/// The table that it is read from.
pub(super) fn write_overage(overage: &Overage) -> WrittenTable {
    WrittenTable::new(&OVERAGE).with(&ASSET, &*overage.asset).with(&RATE, overage.rate)
}

/// `0.06 USD`.
pub fn overage_in_words(overage: &Overage) -> String {
    format!("{} {}", overage.rate, overage.asset)
}

/// An overage for scripts: in the catalog's keys.
pub(super) fn overage_as_value(overage: &Overage) -> Value {
    json!({ ASSET.name: overage.asset, RATE.name: overage.rate.to_string() })
}
