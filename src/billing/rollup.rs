//! What usage events come to by customer and month, and by shape and month, so that a report need not read every event.

use super::facts::{CostFact, EventFact, FeeFact, Status};
use crate::ids::{CustomerId, CustomerIndex, PriceIndex, ShapeId, ShapeIndex, SubscriptionId, VendorId, VersionId};
use crate::money::{Cost, Precise, Value};
use crate::time::{Instant, Months};
use smallvec::{SmallVec, smallvec};
use thiserror::Error;

/// How many events, and their money, divided among their prices and vendors.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sums {
    /// How many, whatever became of them.
    pub events: i64,
    /// How many of them could not be covered.
    pub denied: i64,
    /// How many of them no price made a fee of.
    pub unpriced: i64,
    /// The money. All events have parts of these same prices and vendors, at least one.
    pub parts: SmallVec<[Part; 1]>,
}

/// What one price and one vendor have of an event, or of several.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Part {
    /// The product version; `None` for usage without a price.
    pub version: Option<VersionId>,
    /// Index of the price in its version, where prices are told apart.
    pub price: Option<PriceIndex>,
    /// The vendor, where vendors are told apart.
    pub vendor: Option<VendorId>,
    /// List value of the fees that were taken.
    pub fees: Value,
    /// What the drawn lots had cost their buyers.
    pub revenue: Value,
    /// What vendors charge for the events, in the reporting currency.
    pub cost: Precise,
    /// What it would have cost us if it had not been denied.
    pub denied_cost: Precise,
}

/// Why an event can't be added up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum SumError {
    /// The lots that were drawn for it had cost more than an amount can be.
    #[error("it earned more than an amount can be")]
    EarnedTooMuch,
    /// One of its fees is of a subscription that is not known.
    #[error("subscription {0} is not there")]
    NoSubscription(SubscriptionId),
}

/// Whose events are added up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RollupBy {
    /// A customer's, by product version alone.
    Customer,
    /// All customers' of one shape, by price and vendor.
    Shape,
}

/// Whose events one rollup adds up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RollupOf {
    /// The events of one customer.
    Customer(CustomerId),
    /// The events of one shape.
    Shape(ShapeId),
}

impl RollupOf {
    /// Whether it is by customer or by shape.
    pub fn by(self) -> RollupBy {
        match self {
            Self::Customer(_) => RollupBy::Customer,
            Self::Shape(_) => RollupBy::Shape,
        }
    }
}

/// Some events of one calendar month. All rollups of the same add up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rollup {
    /// The customer or the shape, and the part of their events.
    pub of: RollupOf,
    /// The month's first instant.
    pub month: Instant,
    /// The sums over the events.
    pub sums: Sums,
}

impl Rollup {
    /// An event of that month by itself: its customer's, and its shape's.
    ///
    /// # Errors
    /// As [`Sums::of`].
    pub fn of_event(
        event: &EventFact,
        month: Instant,
        version_of: impl Fn(SubscriptionId) -> Option<VersionId>,
    ) -> Result<[Self; 2], SumError> {
        let sums = Sums::of(event, version_of)?;
        let by_version = sums.clone().by_version();
        Ok([
            Self { of: RollupOf::Customer(event.customer), month, sums: by_version },
            Self { of: RollupOf::Shape(event.shape), month, sums },
        ])
    }
}

impl Rollup {
    /// Whether an event can be rolled up, for when it won't be.
    ///
    /// # Errors
    /// As [`Rollup::of_event`].
    pub fn can_be_of(
        event: &EventFact,
        version_of: impl Fn(SubscriptionId) -> Option<VersionId>,
    ) -> Result<(), SumError> {
        // What one lot earned is an amount; only a sum may be too much.
        match event.fees.as_slice() {
            [] => Ok(()),
            [fee] if fee.draws.len() < 2 => Ok(()),
            _ => Self::of_event(event, Instant::EPOCH, version_of).map(drop),
        }
    }
}

impl Part {
    /// Whether both are of the same price and vendor.
    fn is_like(&self, other: &Self) -> bool {
        (self.version, self.price, self.vendor) == (other.version, other.price, other.vendor)
    }

    /// Adds what another has of the same price and vendor. `false`, and nothing is added, when they are not the same, or
    /// both together are more than an amount can be.
    fn absorb(&mut self, other: &Self) -> bool {
        let sums = self.is_like(other).then(|| self.sums(other)).flatten();
        let Some((fees, revenue, cost, denied_cost)) = sums else { return false };
        (self.fees, self.revenue, self.cost, self.denied_cost) = (fees, revenue, cost, denied_cost);
        true
    }

    /// The money of both; `None` when that is more than an amount can be.
    fn sums(&self, other: &Self) -> Option<(Value, Value, Precise, Precise)> {
        let (fees, revenue) = (self.fees.checked_add(other.fees)?, self.revenue.checked_add(other.revenue)?);
        Some((fees, revenue, self.cost.checked_add(other.cost)?, self.denied_cost.checked_add(other.denied_cost)?))
    }
}

/// Adds each part to its own, or none.
fn absorb_all(own: &mut [Part], others: &[Part]) -> bool {
    let is_possible = |(own, other): (&Part, &Part)| own.is_like(other) && own.sums(other).is_some();
    own.iter().zip(others).all(is_possible) && own.iter_mut().zip(others).all(|(own, other)| own.absorb(other))
}

impl Sums {
    /// One event. Its cost is divided among its fees in proportion to their list values, and its fees and revenue among its
    /// vendors in proportion to their costs, exactly: the parts sum to the whole. A denied event has neither fees nor
    /// revenue.
    ///
    /// # Errors
    /// When a fee's subscription is not known to `version_of`, or its draws earned more than an amount can be.
    pub fn of(event: &EventFact, version_of: impl Fn(SubscriptionId) -> Option<VersionId>) -> Result<Self, SumError> {
        if event.voids.is_some() {
            let voided = EventFact { voids: None, ..event.mirrored() };
            return Ok(Self::of(&voided, version_of)?.mirrored());
        }
        let denied = event.status == Status::Denied;
        let unpriced = matches!(event.status, Status::Unpriced(_));
        let parts = match (event.fees.as_slice(), event.costs.as_slice()) {
            ([] | [_], [] | [_]) => smallvec![whole(event, version_of)?],
            _ => divided(event, version_of)?,
        };
        Ok(Self { events: 1, denied: denied.into(), unpriced: unpriced.into(), parts })
    }

    /// The same with the other sign.
    fn mirrored(mut self) -> Self {
        (self.events, self.denied, self.unpriced) = (-self.events, -self.denied, -self.unpriced);
        for part in &mut self.parts {
            (part.fees, part.revenue) = (-part.fees, -part.revenue);
            (part.cost, part.denied_cost) = (-part.cost, -part.denied_cost);
        }
        self
    }

    /// The same without telling prices and vendors apart, but versions. Parts of one version that are together more than an
    /// amount can be stay apart.
    fn by_version(mut self) -> Self {
        for part in &mut self.parts {
            (part.price, part.vendor) = (None, None);
        }
        if self.parts.len() > 1 {
            for part in std::mem::take(&mut self.parts) {
                if !self.parts.iter_mut().any(|other| other.absorb(&part)) {
                    self.parts.push(part);
                }
            }
        }
        self
    }

    /// Adds events with the same parts. `false`, and nothing is added, when the parts differ or an amount leaves its range.
    fn absorb(&mut self, other: &Self) -> bool {
        let is_absorbed = match (self.parts.as_mut_slice(), other.parts.as_slice()) {
            // Nearly always, and once for each event.
            ([own], [other]) => own.absorb(other),
            (own, others) => own.len() == others.len() && absorb_all(own, others),
        };
        if !is_absorbed {
            return false;
        }
        self.events += other.events;
        self.denied += other.denied;
        self.unpriced += other.unpriced;
        true
    }
}

/// An event with one fee and one cost at most: nearly all are, and there is nothing to divide.
fn whole(event: &EventFact, version_of: impl Fn(SubscriptionId) -> Option<VersionId>) -> Result<Part, SumError> {
    let (fee, cost) = (event.fees.first(), event.costs.first());
    let shares = Shares { fees: value(fee), revenue: fee.map_or(Ok(Value::ZERO), earned)?, cost: amount(cost) };
    part(event, (fee, cost), shares, version_of)
}

/// An event with several fees or costs.
fn divided(
    event: &EventFact,
    version_of: impl Fn(SubscriptionId) -> Option<VersionId>,
) -> Result<SmallVec<[Part; 1]>, SumError> {
    let (fees, costs) = (each(&event.fees), each(&event.costs));
    let values: SmallVec<[Value; 2]> = fees.iter().copied().map(value).collect();
    let amounts: SmallVec<[Cost; 2]> = costs.iter().copied().map(amount).collect();
    let cost_shares: SmallVec<[_; 1]> = amounts.iter().map(|&amount| amount.divided(&values)).collect();
    let mut parts = SmallVec::new();
    for (of_fee, &fee) in fees.iter().enumerate() {
        let value_shares = values[of_fee].divided(&amounts);
        let earned_shares = fee.map_or(Ok(Value::ZERO), earned)?.divided(&amounts);
        for (of_cost, &cost) in costs.iter().enumerate() {
            let shares = Shares {
                fees: value_shares[of_cost],
                revenue: earned_shares[of_cost],
                cost: cost_shares[of_cost][of_fee],
            };
            parts.push(part(event, (fee, cost), shares, &version_of)?);
        }
    }
    Ok(parts)
}

/// What a fee and a cost have of an event: of the fee's list value, of what that earned, and of the cost.
struct Shares {
    fees: Value,
    revenue: Value,
    cost: Cost,
}

fn value(fee: Option<&FeeFact>) -> Value {
    fee.map_or(Value::ZERO, |fee| fee.value)
}

fn amount(cost: Option<&CostFact>) -> Cost {
    cost.map_or(Cost::ZERO, |cost| cost.amount)
}

/// The part of an event that a fee and a cost have.
fn part(
    event: &EventFact,
    (fee, cost): (Option<&FeeFact>, Option<&CostFact>),
    Shares { fees, revenue, cost: amount }: Shares,
    version_of: impl Fn(SubscriptionId) -> Option<VersionId>,
) -> Result<Part, SumError> {
    let version = fee.map(|fee| version_of(fee.subscription).ok_or(SumError::NoSubscription(fee.subscription)));
    let part = Part {
        version: version.transpose()?,
        price: fee.map(|fee| fee.price),
        vendor: cost.map(|cost| cost.vendor),
        fees,
        revenue,
        cost: amount.into(),
        denied_cost: Precise::ZERO,
    };
    let nothing = Value::ZERO;
    let denied = Part { fees: nothing, revenue: nothing, cost: Precise::ZERO, denied_cost: amount.into(), ..part };
    Ok(if event.status == Status::Denied { denied } else { part })
}

/// Every one of them, or a single nothing when there is none: every event has a part.
fn each<T>(all: &[T]) -> SmallVec<[Option<&T>; 2]> {
    if all.is_empty() { smallvec![None] } else { all.iter().map(Some).collect() }
}

fn earned(fee: &FeeFact) -> Result<Value, SumError> {
    Value::checked_sum(fee.draws.iter().map(|draw| draw.earned)).ok_or(SumError::EarnedTooMuch)
}

/// Rollups while they grow.
#[derive(Debug, Default)]
pub struct Rollups {
    done: Vec<Rollup>,
    /// For each customer and each shape of the log the place of the latest rollup in `done`, from 1.
    customers: Vec<u32>,
    shapes: Vec<u32>,
    months: Months,
}

impl Rollups {
    /// Adds an event of a customer and a shape of the log.
    ///
    /// # Errors
    /// As [`Sums::of`].
    pub fn add(
        &mut self,
        event: &EventFact,
        (customer, shape): (CustomerIndex, ShapeIndex),
        version_of: impl Fn(SubscriptionId) -> Option<VersionId>,
    ) -> Result<(), SumError> {
        let (month, sums) = (self.months.of(event.occurred_at), Sums::of(event, version_of)?);
        add(&mut self.done, latest(&mut self.shapes, shape.place()), (RollupOf::Shape(event.shape), month), &sums);
        let sums = sums.by_version();
        add(
            &mut self.done,
            latest(&mut self.customers, customer.place()),
            (RollupOf::Customer(event.customer), month),
            &sums,
        );
        Ok(())
    }

    /// The latest rollup of a customer of the log, which their next event is likely to be added to.
    pub fn latest_of(&self, customer: CustomerIndex) -> Option<&Rollup> {
        let place = *self.customers.get(customer.place())? as usize;
        self.done.get(place.checked_sub(1)?)
    }

    /// How many were made since they were taken.
    pub fn count(&self) -> usize {
        self.done.len()
    }

    /// All that were made since the last time.
    pub fn take(&mut self) -> Vec<Rollup> {
        self.customers.fill(0);
        self.shapes.fill(0);
        std::mem::take(&mut self.done)
    }
}

fn latest(places: &mut Vec<u32>, index: usize) -> &mut u32 {
    if places.len() <= index {
        places.resize(index + 1, 0);
    }
    &mut places[index]
}

/// Adds to the latest rollup, or starts another.
fn add(done: &mut Vec<Rollup>, latest: &mut u32, (of, month): (RollupOf, Instant), sums: &Sums) {
    let last = (*latest as usize).checked_sub(1).and_then(|place| done.get_mut(place));
    if !last.is_some_and(|last| last.month == month && last.sums.absorb(sums)) {
        done.push(Rollup { of, month, sums: sums.clone() });
        *latest = u32::try_from(done.len()).unwrap_or(0);
    }
}
