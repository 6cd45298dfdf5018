//! What customers have paid, as far as it may go back to them.

use crate::billing::{Facts, RefundHistory, TopupFact};
use crate::ids::LotId;
use rustc_hash::FxHashSet;

/// What is kept of a customer to whom money goes back.
#[derive(Default)]
pub(super) struct Paid {
    pub topups: Vec<TopupFact>,
    pub history: RefundHistory,
}

impl Paid {
    /// Adds what has happened to the customer.
    pub fn add(&mut self, facts: &Facts) {
        self.topups.extend_from_slice(&facts.topups);
        self.history.payments.extend_from_slice(&facts.payments);
        self.history.charges.extend_from_slice(&facts.charges);
        self.history.refunds.extend_from_slice(&facts.refunds);
        let credited: FxHashSet<LotId> = facts.charges.iter().filter_map(|charge| charge.lot).collect();
        let lots = facts.lots.iter().filter(|lot| credited.contains(&lot.id));
        self.history.credits.extend(lots.map(|lot| (lot.id, lot.amount)));
    }
}

/// Whether two top-ups are one, under whatever terms they were made.
pub(super) fn is_one(one: &TopupFact, other: &TopupFact) -> bool {
    one.key == other.key && one.event == other.event && (one.key.is_some() || one.at == other.at)
}
