//! What a replay says when it is over.

use crate::billing::Engine;
use crate::cli::fell_due::FellDueView;
use crate::ids::AssetId;
use crate::ledger::ImportSummary;
use crate::money::{Amount, Total, Units};
use crate::render::{Cell, Column, Table, View, counted};
use serde::Serialize;
use std::collections::BTreeMap;

/// The `data` of `replay`.
#[derive(Debug, Serialize)]
pub(super) struct Summary {
    events: u64,
    charged: u64,
    unpriced: u64,
    denied: u64,
    duplicate: u64,
    voided: u64,
    conflict: u64,
    invalid: u64,
    late: u64,
    auto_topups: u64,
    enrolled: u64,
    fees: Vec<Fee>,
    unpriced_reasons: BTreeMap<&'static str, u64>,
    denied_reasons: BTreeMap<String, u64>,
    #[serde(flatten)]
    pub fell_due: FellDueView,
    dry_run: bool,
}

#[derive(Debug, Serialize)]
struct Fee {
    asset: String,
    amount: Amount,
}

impl Summary {
    /// `unreadable` is how many rows were not even events.
    pub fn new(summary: &ImportSummary, unreadable: u64, dry_run: bool, engine: &Engine) -> Self {
        let fee = |(&asset, &units): (&AssetId, &Total<Units>)| Fee {
            asset: engine.asset(asset).code.clone(),
            amount: engine.asset(asset).amount(units),
        };
        let denied = summary.denial_reasons.iter();
        let denied = denied.map(|(&(reason, asset), &n)| (format!("{reason} ({})", engine.asset(asset).code), n));
        Self {
            events: summary.events + unreadable,
            charged: summary.charged,
            unpriced: summary.unpriced,
            denied: summary.denied,
            duplicate: summary.duplicate,
            voided: summary.voided,
            conflict: summary.conflict,
            invalid: summary.invalid + unreadable,
            late: summary.late,
            auto_topups: summary.auto_topups,
            enrolled: summary.enrolled,
            fees: summary.fees.iter().map(fee).collect(),
            unpriced_reasons: summary.unpriced_reasons.iter().map(|(r, n)| (r.name(), *n)).collect(),
            denied_reasons: denied.collect(),
            fell_due: FellDueView::new(&summary.fell_due, engine),
            dry_run,
        }
    }

    /// One row for each thing that can become of an event; what did not happen is left out.
    pub fn view(&self) -> View {
        let mut table = Table::new(vec![Column::text("outcome"), Column::number("events"), Column::text("reason")]);
        let mut row = |name: &str, count: u64, reason: String| {
            if count > 0 || name == "charged" {
                table.row([Cell::from(name), count.into(), reason.into()]);
            }
        };
        row("charged", self.charged, String::new());
        for (reason, count) in &self.unpriced_reasons {
            row("unpriced", *count, (*reason).to_owned());
        }
        for (reason, count) in &self.denied_reasons {
            row("denied", *count, reason.clone());
        }
        row("duplicate", self.duplicate, "recorded before".into());
        row("voided", self.voided, "taken back before".into());
        row("conflict", self.conflict, "recorded before with other content".into());
        row("invalid", self.invalid, "left out".into());
        table.total([Cell::from("total"), self.events.into()]);
        View::from(table)
    }

    /// What happened, in one line.
    pub fn line(&self) -> String {
        let verb = if self.dry_run { "would charge" } else { "charged" };
        let fees: Vec<String> = self.fees.iter().map(|fee| format!("{} {}", fee.amount, fee.asset)).collect();
        let fees = if fees.is_empty() { "nothing".to_owned() } else { fees.join(" + ") };
        let mut line = format!("{}: {verb} {fees} for {}", counted(self.events, "event"), self.charged);
        let others = [
            (self.unpriced, format!("{} unpriced", self.unpriced)),
            (self.denied, format!("{} denied", self.denied)),
            (self.duplicate, format!("{} duplicate", self.duplicate)),
            (self.voided, format!("{} voided before", self.voided)),
            (self.conflict, format!("{} conflicting", self.conflict)),
            (self.invalid, format!("{} invalid", self.invalid)),
            (self.late, format!("{} late", self.late)),
            (self.auto_topups, counted(self.auto_topups, "automatic top-up")),
            (self.enrolled, counted(self.enrolled, "customer") + " enrolled"),
        ];
        for (_, words) in others.into_iter().filter(|(count, _)| *count > 0) {
            line += &format!(", {words}");
        }
        if self.dry_run { line + "; dry run, nothing was recorded" } else { line }
    }
}
