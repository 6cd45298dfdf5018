//! The rules of automatic top-ups, as they are shown.

use crate::billing::{AutoTopupRule, Engine};
use crate::ids::AssetId;
use crate::ledger::{CustomerRow, Ledger, LedgerError};
use crate::money::Amount;
use crate::render::{Cell, Column, Table};
use serde::Serialize;

/// A rule as it is shown.
#[derive(Serialize)]
pub(super) struct RuleView {
    /// Absent for the catalog's, which are for everybody without a rule of their own.
    customer: Option<String>,
    asset: String,
    /// Whether it ever pays.
    on: bool,
    threshold: Option<Amount>,
    amount: Option<Amount>,
    currency: Option<String>,
    limit: Option<Amount>,
}

impl RuleView {
    pub fn new(engine: &Engine, customer: Option<String>, asset: AssetId, rule: &AutoTopupRule) -> Self {
        let asset = engine.asset(asset);
        let off = Self {
            customer,
            asset: asset.code.clone(),
            on: false,
            threshold: None,
            amount: None,
            currency: None,
            limit: None,
        };
        let AutoTopupRule::On { threshold, amount, currency, limit } = rule else { return off };
        let currency = engine.asset(*currency);
        Self {
            on: true,
            threshold: Some(asset.amount(*threshold)),
            amount: Some(currency.amount(*amount)),
            currency: Some(currency.code.clone()),
            limit: limit.map(|limit| currency.amount(limit)),
            ..off
        }
    }
}

/// One row for each rule.
pub(super) fn rule_table<'a>(rules: impl IntoIterator<Item = &'a RuleView>) -> Table {
    let mut table = Table::new(vec![
        Column::text("rule_of"),
        Column::text("customer"),
        Column::text("asset"),
        Column::text("on"),
        Column::number("threshold"),
        Column::number("amount"),
        Column::text("currency"),
        Column::number("monthly_limit"),
    ]);
    for rule in rules {
        let of = if rule.customer.is_some() { "customer" } else { "catalog" };
        table.row([
            Cell::from(of),
            rule.customer.as_ref().into(),
            (&rule.asset).into(),
            if rule.on { "yes" } else { "no" }.into(),
            rule.threshold.into(),
            rule.amount.into(),
            rule.currency.as_ref().into(),
            rule.limit.into(),
        ]);
    }
    table
}

/// The catalog's rules and the customers' own; of one customer, those that are in force for them.
pub(super) fn rules(
    ledger: &Ledger,
    engine: &Engine,
    customer: Option<&CustomerRow>,
) -> Result<Vec<RuleView>, LedgerError> {
    let own = ledger.rules()?.into_iter().filter(|rule| customer.is_none_or(|c| c.external_id == rule.customer));
    let own: Vec<_> = own.map(|rule| RuleView::new(engine, Some(rule.customer), rule.asset, &rule.rule)).collect();
    let mut rules: Vec<RuleView> =
        engine.catalog_rules().into_iter().map(|(asset, rule)| RuleView::new(engine, None, asset, rule)).collect();
    rules.retain(|rule| customer.is_none() || own.iter().all(|own| own.asset != rule.asset));
    rules.extend(own);
    Ok(rules)
}
