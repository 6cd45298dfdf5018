//! What a lane keeps of each customer, and of events that something is done to later.

use super::paid::Paid;
use crate::billing::{DenialReason, EventFact, Facts, Life, Numbers, Past, Step};
use crate::ids::{CustomerId, EventNumber, ShapeIndex};
use crate::money::Decimal;

/// A customer in a lane.
pub(super) struct Own {
    pub life: Life,
    /// What the running operation has recorded of them, beside events.
    pub expected: Facts,
    /// What it came to here.
    pub produced: Facts,
    /// What money may go back of, if it does.
    pub paid: Option<Box<Paid>>,
    /// What their lots have done before it.
    pub past: Past,
    pub is_touched: bool,
    /// Payments from the instant on at which their terms change: they come after that.
    pub waiting: Vec<Step>,
    /// Whether they have come to the later terms.
    pub has_changed: bool,
    /// Whether there is anything that the running operation has given numbers to.
    pub is_expecting: bool,
    /// The terms that their accounts are in the order of.
    pub ordered_by: usize,
}

/// An event that something is done to later: what became of it, and its content.
#[derive(Clone)]
pub(super) struct Kept {
    pub fact: EventFact,
    /// Why it was denied, if it was.
    pub denied: Option<DenialReason>,
    pub shape: ShapeIndex,
    pub numbers: Box<[Decimal]>,
    /// The record that it was first.
    pub first: EventNumber,
    /// What took it back here, if anything has.
    pub taken_back: Option<Box<EventFact>>,
}

impl Own {
    /// A customer whose life begins. Money goes back to them later, if `is_refunded`.
    pub fn new(customer: CustomerId, is_refunded: bool, ordered_by: usize) -> Self {
        Self {
            life: Life::new(customer),
            expected: Facts::default(),
            produced: Facts::default(),
            paid: is_refunded.then(Box::default),
            past: Past::default(),
            is_touched: false,
            waiting: Vec::new(),
            has_changed: false,
            is_expecting: false,
            ordered_by,
        }
    }

    /// Makes the next numbers those that the ledger has given to what comes next.
    pub fn number(&self, numbers: &mut Numbers) {
        let (expected, produced) = (&self.expected, &self.produced);
        if let Some(next) = expected.lots.get(produced.lots.len()) {
            numbers.lot = next.id;
        }
        if let Some(next) = expected.adjustments.get(produced.adjustments.len()) {
            numbers.adjustment = next.id;
        }
        if let Some(next) = expected.charges.get(produced.charges.len()) {
            numbers.charge = next.id;
        }
        if let Some(next) = expected.payments.get(produced.payments.len()) {
            numbers.payment = next.id;
        }
        if let Some(next) = expected.lapses.get(produced.lapses.len()) {
            numbers.lapse = next.id;
        }
    }
}
