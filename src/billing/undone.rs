//! What a customer's lots have done that may be taken back, and how an event is taken back.

use super::counters::CounterKey;
use super::facts::{EventFact, FeeFact};
use super::failure::{Broken, LifeError};
use super::fees::{BillError, EventInput};
use crate::ids::{EventNumber, LotId};
use crate::money::{Limit, Overflow, Units};
use crate::rating::Quantity;
use crate::time::Instant;
use crate::wallet::{Draw, Expired, Repayment};
use rustc_hash::FxHashMap;
use smallvec::SmallVec;
use std::collections::BTreeMap;
use thiserror::Error;

/// The latest event that was counted at the end of each quantity so far.
pub type Ends = FxHashMap<CounterKey, EventNumber>;

/// What a customer's lots have repaid and lost, as far as it may be taken back.
#[derive(Debug, Clone, Default)]
pub struct Past {
    /// Repayments of overdrafts in all assets that still stand, oldest first.
    pub repayments: Vec<Repayment>,
    /// Repayments that were taken back and not made again since, in the order in which they were taken back.
    pub unpaid: Vec<Repayment>,
    /// What the lots lost when they ended.
    pub lost: BTreeMap<LotId, Lost>,
    /// What was counted last, as far as events that were taken back before may have their places again.
    pub ends: Ends,
}

impl Past {
    /// Notes a repayment. One below zero takes back the repayment that the same lot made at its `dated`, after the
    /// same event.
    ///
    /// # Errors
    /// When more is taken back than was repaid.
    pub fn repay(&mut self, repaid: &Repayment) -> Result<(), Broken> {
        let is_back = repaid.amount.is_negative();
        let from = if is_back { &mut self.repayments } else { &mut self.unpaid };
        let mut rest = if is_back { -repaid.amount } else { repaid.amount };
        let told = |own: &Repayment| (own.lot, own.dated, own.after, own.charge);
        for own in from.iter_mut().rev().filter(|own| told(own) == told(repaid)) {
            let part = rest.min(own.amount);
            (own.amount, rest) = (own.amount - part, rest - part);
        }
        from.retain(|own| own.amount.is_positive());
        if !is_back {
            self.repayments.push(*repaid);
            return Ok(());
        }
        self.unpaid.push(Repayment { amount: -repaid.amount, earned: -repaid.earned, ..*repaid });
        if rest.is_zero() { Ok(()) } else { Err(Broken::Lot(repaid.lot)) }
    }

    /// Notes what a lot lost, or, below zero, got back of that.
    ///
    /// # Errors
    /// When it is more than can be counted.
    pub fn lose(&mut self, expired: &Expired) -> Result<(), Overflow> {
        let lost = self.lost.entry(expired.lot).or_default();
        let amount = lost.amount.checked_add(expired.amount).ok_or(Overflow)?;
        *lost = Lost { amount, dated: expired.dated };
        Ok(())
    }
}

/// What a lot lost at its end.
#[derive(Debug, Clone, Copy)]
pub struct Lost {
    /// In units of its asset.
    pub amount: Units,
    /// When it counts as breakage.
    pub dated: Instant,
}

impl Default for Lost {
    fn default() -> Self {
        Self { amount: Units::ZERO, dated: Instant::EPOCH }
    }
}

/// How the record that takes an event back differs from the event with the opposite sign.
#[derive(Debug)]
pub(super) struct Undone {
    /// The event's place among those that are billed again.
    pub place: usize,
    /// One for each fee, if the event was charged.
    pub fees: SmallVec<[UndoneFee; 1]>,
}

/// How one fee is taken back.
#[derive(Debug)]
pub(super) struct UndoneFee {
    /// The counter's quantity before that.
    pub before: Quantity,
    /// Its draws, if they differ from the fee's draws with the opposite sign.
    pub draws: Option<Box<[Draw]>>,
}

impl UndoneFee {
    /// The draws that take a fee back, to be changed.
    pub fn draws_of(&mut self, fee: &FeeFact) -> &mut [Draw] {
        self.draws.get_or_insert_with(|| fee.draws.iter().map(mirrored).collect())
    }
}

/// The draw that takes one back, or that one takes back.
pub(super) fn mirrored(draw: &Draw) -> Draw {
    Draw { amount: -draw.amount, earned: -draw.earned, ..*draw }
}

impl Undone {
    /// The record that takes an event back.
    pub fn fact(&self, event: &EventFact) -> EventFact {
        let mut undone = event.mirrored();
        undone.voids = Some(event.seq);
        for (fee, own) in undone.fees.iter_mut().zip(&self.fees) {
            fee.before = own.before;
            if let Some(draws) = &own.draws {
                fee.draws = draws.iter().copied().collect();
            }
        }
        undone
    }
}

/// Why an event can't be taken back.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum VoidError {
    /// A later event made it cheaper.
    #[error("a later event has given back a part of what it took; take that one back first")]
    GivenBack,
    /// It made earlier events cheaper, and what it gave back is gone.
    #[error("what it gave back has been used since")]
    Spent,
    /// The account would hold more than the ledger can count.
    #[error("the account would hold more than the ledger can count: {0}")]
    Full(Limit),
    /// A quantity or an amount left its range.
    #[error(transparent)]
    Overflow(#[from] Overflow),
    /// It can't be billed again.
    #[error(transparent)]
    Bill(#[from] BillError),
    /// The customer's life can't go on.
    #[error(transparent)]
    Life(#[from] LifeError),
}

impl From<Broken> for VoidError {
    fn from(broken: Broken) -> Self {
        Self::Life(broken.into())
    }
}

/// A recorded event that is to be billed again.
#[derive(Debug)]
pub struct Rebillable<'a> {
    /// What became of it. It is not itself a void.
    pub fact: &'a EventFact,
    /// The record that took it back already, if one did.
    pub taken_back: Option<&'a EventFact>,
    /// What each of its fees counted.
    pub quantities: &'a [Quantity],
    /// The same event, as billing takes it now.
    pub input: EventInput<'a>,
}

impl Rebillable<'_> {
    /// Whether it was taken back already.
    pub(super) fn is_voided(&self) -> bool {
        self.taken_back.is_some()
    }

    /// Whether it owes what it owed, now that it was billed again.
    pub(super) fn comes_out_as(&self, new: &EventFact) -> bool {
        let told = |event: &EventFact| {
            let fee = |f: &FeeFact| (f.subscription, f.price, f.row, f.amount, f.value, f.overage);
            event.fees.iter().map(fee).collect::<Vec<_>>()
        };
        let old = self.fact;
        !self.is_voided() && old.status == new.status && old.costs == new.costs && told(old) == told(new)
    }
}
