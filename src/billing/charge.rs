//! What happens when a usage event arrives (design, section 5).

use super::authorise::Authorisation;
use super::engine::{AssetId, Engine};
use super::facts::{CostFact, DenialFact, EventFact, Facts, FeeFact, Status, Unpriced};
use super::life::{CounterKey, Life};
use crate::money::{ConvertError, Decimal, Overflow};
use crate::rating::{Counter, Rater};
use crate::time::Instant;
use crate::usage::Shape;
use smallvec::SmallVec;
use thiserror::Error;

/// One usage event, as billing needs it.
#[derive(Debug, Clone, Copy)]
pub struct EventInput<'a> {
    /// The ledger's number of the shape.
    pub shape_id: i64,
    /// The shape.
    pub shape: &'a Shape,
    /// The ledger's numbers of the shape's vendors, in their order.
    pub vendors: &'a [i64],
    /// When it happened.
    pub occurred_at: Instant,
    /// In the order of the shape's `volumes`.
    pub volumes: &'a [Decimal],
    /// In the order of the shape's `vendors`.
    pub costs: &'a [Decimal],
}

/// Why an event can't be billed at all. Nothing was charged.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum BillError {
    /// A quantity, fee or cost left the range of the ledger.
    #[error(transparent)]
    Overflow(#[from] Overflow),
    /// A cost in a currency without a rate.
    #[error("its cost can't be converted: {0}")]
    Cost(ConvertError),
}

/// What an event owes under one price, before anything is taken.
#[derive(Debug, Clone)]
pub struct FeeDue {
    /// The fee without its draws.
    pub fee: FeeFact,
    /// What it is in.
    pub asset: AssetId,
    /// The counter it belongs to, and its state once the fee is taken.
    pub counter: (CounterKey, Counter),
}

/// What an event's fees come to in each asset.
type Needs = SmallVec<[(AssetId, i64); 1]>;

/// What an event owes under all prices of one customer.
pub type FeesDue = SmallVec<[FeeDue; 1]>;

impl Engine {
    /// Bills one event: advance, match, rate, authorise, draw, top up. Appends what happened to `facts` and says what
    /// became of the event, which is the last of `facts.events`.
    ///
    /// # Errors
    /// When the event's numbers are beyond the ledger. Nothing has changed.
    pub fn bill(&mut self, life: &mut Life, input: EventInput<'_>, facts: &mut Facts) -> Result<Status, BillError> {
        let now = input.occurred_at.max(life.clock);
        let late = input.occurred_at < life.clock;
        // Everything that can be refused comes first: an event that can't be billed moves nobody's time.
        let costs = self.costs(input)?;
        let due = self.fees_due(life, input)?;
        let needs = due.as_ref().map_or_else(|_| Ok(Needs::new()), needs)?;
        self.advance(life, now, facts);
        let seq = self.numbers.event;
        let (status, fees) = match due {
            Err(miss) => (Status::Unpriced(miss), SmallVec::new()),
            Ok(due) => self.take_fees(life, due, needs, now, seq, facts),
        };
        self.numbers.event += 1;
        facts.events.push(EventFact {
            seq,
            customer: life.customer,
            shape: input.shape_id,
            occurred_at: input.occurred_at,
            posted_at: late.then_some(now),
            status,
            previous: std::mem::replace(&mut life.last_event, seq),
            costs,
            fees,
        });
        Ok(status)
    }

    /// What the event owes: one fee for each matching price of the subscriptions that were active when it happened, or
    /// the reason why there is none.
    ///
    /// # Errors
    /// When a number leaves its range.
    pub fn fees_due(&mut self, life: &Life, input: EventInput<'_>) -> Result<Result<FeesDue, Unpriced>, BillError> {
        let mut due = FeesDue::new();
        let mut miss = missing_subscription(life, input.occurred_at);
        for subscription in life.subscriptions.iter().filter(|s| s.is_active(input.occurred_at)) {
            let matched = self.shape_match(subscription.version, input.shape_id, input.shape);
            miss = miss.max(matched.miss);
            for price in &matched.prices {
                let quantity = price.quantity.quantity(input.volumes);
                if quantity.is_negative() {
                    miss = miss.max(Unpriced::NegativeVolume);
                    continue;
                }
                let key = CounterKey { subscription: subscription.id, price: price.price, row: price.row };
                let counter = life.counters.get(&key).copied().unwrap_or_default();
                let usage = &self.versions[&subscription.version].prices[usize::from(price.price)].1.usage;
                let asset = &self.assets[&price.asset].asset;
                let rater = Rater::new(usage, price.row, asset).ok_or(Overflow)?;
                let rated = rater.charge(&counter, &quantity)?;
                let fee = FeeFact {
                    subscription: subscription.id,
                    price: price.price,
                    row: price.row,
                    before: counter.quantity,
                    amount: rated.amount,
                    value: self.list_value(rated.amount, price.asset, input.occurred_at)?,
                    draws: SmallVec::new(),
                };
                due.push(FeeDue { fee, asset: price.asset, counter: (key, rated.after) });
            }
        }
        Ok(if due.is_empty() { Err(miss) } else { Ok(due) })
    }

    /// A fee's list value; 0 while its asset has no rate to the reporting currency.
    fn list_value(&self, amount: i64, asset: AssetId, at: Instant) -> Result<i64, Overflow> {
        match self.value(amount, asset, at) {
            Ok(value) => Ok(value),
            Err(ConvertError::Overflow(overflow)) => Err(overflow),
            Err(ConvertError::NoRate { .. } | ConvertError::UnknownAsset(_)) => Ok(0),
        }
    }

    /// Takes all of an event's fees, or none.
    ///
    /// # Errors
    /// When their sum does not fit.
    fn take_fees(
        &mut self,
        life: &mut Life,
        due: FeesDue,
        needs: Needs,
        now: Instant,
        event: i64,
        facts: &mut Facts,
    ) -> (Status, SmallVec<[FeeFact; 1]>) {
        let mut payments: SmallVec<[(AssetId, i64); 1]> = SmallVec::new();
        for &(asset, needed) in &needs {
            match self.authorise(life, asset, needed, now) {
                Ok(Authorisation::AfterPayments(count)) => payments.push((asset, count)),
                Ok(_) => {}
                Err(reason) => {
                    let available = life.available(asset, now);
                    facts.denials.push(DenialFact { event, asset, needed, available, reason });
                    return (Status::Denied, due.into_iter().map(|d| d.fee).collect());
                }
            }
        }
        for (asset, count) in payments {
            self.pay(life, asset, count, now, event, facts);
        }
        let fees = due.into_iter().map(|due| self.draw(life, due, now)).collect();
        for (asset, _) in needs {
            self.top_up_below_threshold(life, asset, now, event, facts);
        }
        (Status::Charged, fees)
    }

    fn draw(&self, life: &mut Life, due: FeeDue, now: Instant) -> FeeFact {
        let FeeDue { mut fee, asset, counter: (key, after) } = due;
        life.counters.insert(key, after);
        life.changed_counters.push(key);
        if fee.amount > 0 {
            let account = life.accounts.entry(asset).or_default();
            fee.draws = account.draw(fee.amount, now, &self.order);
            if account.deficit() > 0 {
                life.refresh_due();
            }
        }
        fee
    }

    /// What the event costs us, by vendor: what the log says, else what the catalog's rules make of it.
    ///
    /// # Errors
    /// When a cost can't be converted or does not fit.
    pub fn costs(&mut self, input: EventInput<'_>) -> Result<SmallVec<[CostFact; 1]>, BillError> {
        let mut costs: SmallVec<[CostFact; 1]> = SmallVec::new();
        if !input.costs.is_empty() {
            for ((&vendor, &amount), spec) in input.vendors.iter().zip(input.costs).zip(&input.shape.vendors) {
                let currency = spec.currency.as_deref().unwrap_or(&self.book.reporting_currency);
                let amount = self.book.value(amount, currency, input.occurred_at).map_err(BillError::Cost)?;
                add_cost(&mut costs, vendor, amount)?;
            }
            return Ok(costs);
        }
        if self.cost_rules.is_empty() {
            return Ok(costs);
        }
        let matched = self.cost_match(input.shape_id, input.shape);
        for &(rule, row, source) in &matched.rules {
            let (vendor, rule) = &self.cost_rules[rule];
            let quantity = source.quantity(input.volumes);
            // No vendor pays for usage: what no price would charge for costs nothing either.
            if !quantity.is_negative() {
                add_cost(&mut costs, *vendor, self.rule_cost(rule, row, &quantity, input.occurred_at)?)?;
            }
        }
        Ok(costs)
    }

    /// One event's cost by a vendor's rule. Rated by itself: vendors' tiers are not known here.
    fn rule_cost(
        &self,
        rule: &crate::catalog::UsagePrice,
        row: u16,
        quantity: &crate::rating::Quantity,
        at: Instant,
    ) -> Result<i64, BillError> {
        let asset = self.book.asset(&rule.asset).map_err(BillError::Cost)?;
        let rater = Rater::new(rule, row, asset).ok_or(Overflow)?;
        let amount = rater.charge(&Counter::default(), quantity)?.amount;
        if rule.asset == self.book.reporting_currency {
            return Ok(amount);
        }
        let amount = crate::money::decimal_of(amount, asset.precision);
        self.book.value(amount, &rule.asset, at).map_err(BillError::Cost)
    }
}

fn add_cost(costs: &mut SmallVec<[CostFact; 1]>, vendor: i64, amount: i64) -> Result<(), Overflow> {
    match costs.iter_mut().find(|c| c.vendor == vendor) {
        Some(cost) => cost.amount = cost.amount.checked_add(amount).ok_or(Overflow)?,
        None => costs.push(CostFact { vendor, amount }),
    }
    Ok(())
}

/// What the fees come to in each asset, in the order of the prices.
fn needs(due: &FeesDue) -> Result<Needs, Overflow> {
    let mut needs = Needs::new();
    for due in due {
        match needs.iter_mut().find(|(asset, _)| *asset == due.asset) {
            Some((_, need)) => *need = need.checked_add(due.fee.amount).ok_or(Overflow)?,
            None => needs.push((due.asset, due.fee.amount)),
        }
    }
    Ok(needs)
}

/// Why a customer has no active subscription at `at`; the least of all reasons if they have one.
fn missing_subscription(life: &Life, at: Instant) -> Unpriced {
    if life.subscriptions.iter().any(|s| s.ended_at <= at) {
        Unpriced::SubscriptionEnded
    } else if life.subscriptions.is_empty() {
        Unpriced::NoSubscription
    } else {
        Unpriced::SubscriptionNotStarted
    }
}
