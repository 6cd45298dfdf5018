//! What another import changes: which models' prices are new, others, or gone.

use super::block::{Costs, FIELDS};
use crate::money::Decimal;
use crate::render::{Column, Table};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// One model whose prices are not as they were.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Change {
    action: &'static str,
    vendor: String,
    model: String,
    before: Option<BTreeMap<&'static str, Decimal>>,
    after: Option<BTreeMap<&'static str, Decimal>>,
}

/// The models of a vendor whose prices are not as they were.
pub(super) fn changes(vendor: &str, before: &BTreeMap<String, Costs>, after: &BTreeMap<String, Costs>) -> Vec<Change> {
    let models: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let different = models.into_iter().filter(|model| before.get(*model) != after.get(*model));
    let change = |model: &String| {
        let [before, after] = [before, after].map(|costs| costs.get(model).map(named));
        let action = match (&before, &after) {
            (None, _) => "add",
            (_, None) => "remove",
            _ => "change",
        };
        Change { action, vendor: vendor.to_owned(), model: model.clone(), before, after }
    };
    different.map(change).collect()
}

fn named(costs: &Costs) -> BTreeMap<&'static str, Decimal> {
    FIELDS.into_iter().zip(costs).filter_map(|(field, cost)| Some((field, (*cost)?))).collect()
}

impl Change {
    fn sign(&self) -> &'static str {
        match self.action {
            "add" => "+",
            "remove" => "-",
            _ => "~",
        }
    }

    /// What a field cost before, and what it costs now.
    fn prices(&self, field: &str) -> [Option<Decimal>; 2] {
        [&self.before, &self.after].map(|costs| costs.as_ref()?.get(field).copied())
    }

    /// A field's price in a word; of what changes, before and after.
    fn cell(&self, field: &str) -> String {
        let [before, after] = self.prices(field);
        if self.action == "change" && before != after {
            return format!("{} -> {}", text(before), text(after));
        }
        text(after.or(before))
    }

    /// The change in a line.
    pub fn line(&self) -> String {
        let prices =
            FIELDS.iter().filter(|field| self.action != "change" || self.prices(field)[0] != self.prices(field)[1]);
        let prices: Vec<String> = prices.map(|field| format!("{field} {}", self.cell(field))).collect();
        format!("{} {} {}: {}", self.sign(), self.vendor, self.model, prices.join(", "))
    }
}

fn text(cost: Option<Decimal>) -> String {
    cost.map_or_else(|| "nothing".to_owned(), |cost| cost.to_string())
}

/// One row for each change, for people.
pub(super) fn table(changes: &[Change]) -> Table {
    let names = ["change", "vendor", "model"].into_iter().chain(FIELDS.map(|field| field.trim_end_matches("_tokens")));
    let mut table = Table::new(names.map(Column::text).collect::<Vec<_>>());
    for change in changes {
        let start = [change.sign().to_owned(), change.vendor.clone(), change.model.clone()];
        table.row(start.into_iter().chain(FIELDS.iter().map(|field| change.cell(field))).collect::<Vec<_>>());
    }
    table
}

/// One row for each price that is new, another, or gone.
pub(super) fn rows(changes: &[Change]) -> Table {
    let names = ["action", "vendor", "model", "field"].map(Column::text).into_iter();
    let mut table = Table::new(names.chain(["before", "after"].map(Column::number)).collect::<Vec<_>>());
    for change in changes {
        for field in FIELDS {
            let prices = change.prices(field);
            if prices[0] == prices[1] {
                continue;
            }
            let start = [change.action, &change.vendor, &change.model, field].map(str::to_owned);
            let prices = prices.map(|price| price.map(|price| price.to_string()).unwrap_or_default());
            table.row(start.into_iter().chain(prices).collect::<Vec<_>>());
        }
    }
    table
}
