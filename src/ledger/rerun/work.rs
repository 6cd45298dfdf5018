//! What is to be done again, in the order in which it was done.

use super::content::Content;
use crate::billing::{DenialFact, EventFact, Facts, RebillTerms, Step, TopupFact};
use crate::ids::{CustomerId, CustomerIndex, EventNumber};
use crate::ledger::import::names::LogShape;
use crate::money::{Decimal, Units};
use crate::time::Instant;
use std::ops::Range;

/// Work for all lanes, some of it at a time.
#[derive(Default)]
pub(super) struct Chunk {
    pub work: Vec<Work>,
    pub events: Vec<Event>,
    /// Volumes and costs of the events.
    pub numbers: Vec<Decimal>,
    /// Shapes that are new; they continue the numbering.
    pub shapes: Vec<LogShape>,
}

/// What is done next.
pub(super) enum Work {
    /// A customer is added, at the next place, and whether money goes back to them later.
    Add(CustomerId, bool),
    /// The running operation has recorded these facts of a customer, beside events.
    Expect(CustomerIndex, Box<Facts>),
    /// A customer takes a step.
    Step(CustomerIndex, Step),
    /// Money goes back to a customer.
    Refund(CustomerIndex, Refund),
    /// These events are billed.
    Bill(Range<usize>),
    /// A customer's events are taken back: these are the records that do so.
    Void(CustomerIndex, Range<usize>),
    /// A customer's events are billed again.
    Rebill(CustomerIndex, Rebill),
    /// Everybody is moved on.
    Move(Instant),
    /// The operation is over.
    End,
}

/// Money that goes back.
pub(super) struct Refund {
    pub key: String,
    pub at: Instant,
    /// How much, if that was named.
    pub named: Option<Units>,
    pub of: Payment,
}

/// A payment, under whatever numbers.
pub(super) enum Payment {
    /// Of the top-ups that are the same as this one, the one of that place.
    Topup(TopupFact, usize),
    /// Of the payments for charges at that instant, the one of that place.
    Charges(Instant, usize),
}

/// Events of one customer that are billed again.
pub(super) struct Rebill {
    /// The records that take events back, and then those that stand for them now.
    pub records: Range<usize>,
    /// How many of them are of the first kind.
    pub undone: usize,
    /// For each of the others the record that it stands for.
    pub instead_of: Vec<EventNumber>,
    pub terms: RebillTerms,
}

/// An event as it was recorded.
pub(super) struct Event {
    pub fact: EventFact,
    pub customer: CustomerIndex,
    pub denial: Option<DenialFact>,
    pub content: Content,
    /// Whether something is done to it later.
    pub is_kept: bool,
}
