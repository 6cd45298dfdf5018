//! What an event owes, before anything is taken.

use super::counters::CounterKey;
use super::facts::FeeFact;
use super::failure::LifeError;
use crate::catalog::TierPeriod;
use crate::ids::{AssetId, PriceIndex, ShapeId, VendorId, VersionId};
use crate::money::{Amount, CostError, Decimal, Limit, Overflow, TooLarge, Units};
use crate::rating::Counter;
use crate::time::{Instant, Interval, Unit};
use crate::usage::Shape;
use smallvec::SmallVec;
use thiserror::Error;

/// One usage event, as billing needs it.
#[derive(Debug, Clone, Copy)]
pub struct EventInput<'a> {
    /// The ledger's number of the shape.
    pub shape_id: ShapeId,
    /// What the event shares with others: its type, dimensions and fields.
    pub shape: &'a Shape,
    /// The ledger's numbers of the shape's vendors, in their order.
    pub vendors: &'a [VendorId],
    /// When the event happened, whenever it was recorded.
    pub occurred_at: Instant,
    /// In the order of the shape's `volumes`.
    pub volumes: &'a [Decimal],
    /// In the order of the shape's `vendors`.
    pub costs: &'a [Decimal],
}

/// Why an event can't be billed at all.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum BillError {
    /// A quantity, fee or cost left the range of the ledger.
    #[error(transparent)]
    Overflow(#[from] Overflow),
    /// A fee of more than an amount can be.
    #[error("the fee of {price:?} is {amount} {asset}, and an amount is {limit}")]
    TooMuch {
        /// The price's name.
        price: String,
        /// What is owed.
        amount: Amount,
        /// The price's asset.
        asset: String,
        /// The most that can be.
        limit: Box<Limit>,
    },
    /// A fee that is worth more than can be counted.
    #[error(transparent)]
    TooLarge(#[from] Box<TooLarge>),
    /// A cost in a currency without a rate, or of more than one can be.
    #[error(transparent)]
    Cost(#[from] CostError),
    /// The customer's life can't go on.
    #[error(transparent)]
    Life(#[from] LifeError),
}

/// What an event owes under all prices of one customer, before anything is taken.
#[derive(Debug, Clone, Default)]
pub struct FeesDue {
    /// The fees, as yet without their draws.
    pub fees: SmallVec<[FeeFact; 1]>,
    /// How each of them is taken.
    pub terms: SmallVec<[FeeTerms; 1]>,
    /// Prices that make no fee of it because they count less than nothing.
    pub below_zero: Vec<(VersionId, PriceIndex)>,
}

/// How a fee is taken.
#[derive(Debug, Clone)]
pub struct FeeTerms {
    /// The asset that the fee is owed in.
    pub asset: AssetId,
    /// What is charged instead of what the account can't cover: in which asset, and how much of it for a whole unit.
    pub overage: Option<(AssetId, Decimal)>,
    /// Whether a later event may owe less than nothing, so that something is given back.
    pub may_fall: bool,
    /// The counter it belongs to, and its state once the fee is taken.
    pub counter: (CounterKey, Counter),
}

/// What an event's fees come to in each asset.
pub(super) type Needs = SmallVec<[(AssetId, Units); 1]>;

impl FeesDue {
    /// The fees with how they are taken.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&FeeFact, &FeeTerms)> + ExactSizeIterator {
        self.fees.iter().zip(&self.terms)
    }

    /// The same, so that they can be taken.
    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = (&mut FeeFact, &FeeTerms)> {
        self.fees.iter_mut().zip(&self.terms)
    }

    /// Whether something is to be given back.
    pub(super) fn gives_back(&self) -> bool {
        self.fees.iter().any(|fee| fee.amount.is_negative())
    }

    /// Whether later events may make one of the fees smaller.
    pub(super) fn may_fall(&self) -> bool {
        self.terms.iter().any(|terms| terms.may_fall)
    }
}

/// What the fees come to in each asset, each counted as `part` of it, in the order of the prices.
pub(super) fn sums(due: &FeesDue, part: impl Fn(Units) -> Units) -> Result<Needs, Overflow> {
    let mut sums = Needs::new();
    for (fee, terms) in due.iter() {
        let amount = part(fee.amount);
        match sums.iter_mut().find(|(asset, _)| *asset == terms.asset) {
            Some((_, sum)) => *sum = sum.checked_add(amount).ok_or(Overflow)?,
            None => sums.push((terms.asset, amount)),
        }
    }
    Ok(sums)
}

/// The start of the tier period that an event at `at` falls in, as in [`CounterKey::period`]. `check` has seen that a product
/// with the period `cycle` has one.
pub fn tier_period(period: TierPeriod, cycle: Option<Interval>, anchor: Instant, at: Instant) -> Instant {
    match period {
        TierPeriod::Lifetime => Instant::EPOCH,
        TierPeriod::Day => at.start_of(Unit::Day),
        TierPeriod::Month => at.start_of(Unit::Month),
        TierPeriod::Quarter => at.start_of(Unit::Quarter),
        TierPeriod::Year => at.start_of(Unit::Year),
        TierPeriod::Event => CounterKey::ONE_EVENT,
        TierPeriod::Cycle => cycle.and_then(|cycle| cycle.period(anchor, at)).map_or(anchor, |period| period.from),
    }
}
