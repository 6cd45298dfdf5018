//! What was taken from lots, added up.

use crate::billing::FeeFact;
use crate::ids::LotId;
use crate::ledger::tables::lot::NO_LOT;
use crate::money::{Total, Units, Value};
use std::collections::BTreeMap;

/// What was taken from a lot, which in a ledger that was tampered with may be anything.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Taken {
    pub amount: Total<Units>,
    pub basis: Total<Value>,
}

impl Taken {
    pub fn add(&mut self, amount: Units, basis: Value) {
        self.amount += amount;
        self.basis += basis;
    }
}

/// What the fees under one quantity come to, or what is stored of them, which in a ledger that was tampered with may be
/// anything.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Drawn {
    /// In units of the price's asset.
    pub units: Total<Units>,
    /// By lot; without one for the overdraft.
    lots: BTreeMap<Option<LotId>, Total<Units>>,
    /// Whether an overdraft took any of it, which repayments move to other lots.
    pub overdrawn: bool,
}

impl Drawn {
    pub fn add(&mut self, fee: &FeeFact) {
        self.units += fee.amount;
        for draw in &fee.draws {
            self.overdrawn |= draw.lot.is_none();
            self.take(draw.lot, draw.amount);
        }
    }

    pub fn take(&mut self, lot: Option<LotId>, amount: Units) {
        *self.lots.entry(lot).or_default() += amount;
    }

    /// The amounts that must agree, as text: of each lot, or in all where repayments may have moved them.
    pub fn amounts(&self, in_all: bool) -> String {
        if in_all {
            return self.lots.values().copied().sum::<Total<Units>>().to_string();
        }
        let lots = self.lots.iter().filter(|(_, amount)| !amount.is_zero());
        let told: Vec<String> =
            lots.map(|(lot, amount)| format!("{amount} of lot {}", lot.unwrap_or(NO_LOT))).collect();
        if told.is_empty() { "nothing".to_owned() } else { told.join(", ") }
    }
}
