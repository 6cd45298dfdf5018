//! What customers have paid, as far as it may go back to them.

use crate::billing::{Facts, PaymentFact, RefundHistory, TopupFact};

/// What is kept of a customer to whom money goes back.
#[derive(Default)]
pub(super) struct Paid {
    pub topups: Vec<TopupFact>,
    pub payments: Vec<PaymentFact>,
    pub history: RefundHistory,
}

impl Paid {
    /// Adds what has happened to the customer.
    pub fn add(&mut self, facts: &Facts) {
        self.topups.extend_from_slice(&facts.topups);
        self.payments.extend_from_slice(&facts.payments);
        self.history.charges.extend_from_slice(&facts.charges);
        self.history.refunds.extend_from_slice(&facts.refunds);
    }
}

/// Whether two top-ups are one, under whatever terms they were made.
pub(super) fn is_one(one: &TopupFact, other: &TopupFact) -> bool {
    one.key == other.key && one.event == other.event && (one.key.is_some() || one.at == other.at)
}
