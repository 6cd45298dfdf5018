//! What happens when a usage event arrives.

use super::carry::Counted;
use super::counters::CounterKey;
use super::engine::Engine;
use super::facts::{EventFact, Facts, FeeFact, Status, Unpriced};
use super::failure::{Broken, LifeError};
use super::fees::{BillError, EventInput, FeeTerms, FeesDue, sums, tier_period};
use super::life::{Life, Subscription};
use super::matching::PriceMatch;
use crate::ids::{AssetId, RowIndex};
use crate::money::{Total, Units};
use crate::rating::Rater;
use crate::time::Instant;
use smallvec::SmallVec;

impl Engine {
    /// Bills one event: advance, match, rate, authorise, draw, top up. Appends what happened to `facts` and says what
    /// became of the event, which is the last of `facts.events`.
    ///
    /// # Errors
    /// When the event's numbers are beyond the ledger. Nothing has changed. [`BillError::Life`] is another thing: nothing that
    /// has happened may be kept then.
    pub fn bill(&mut self, life: &mut Life, input: EventInput<'_>, facts: &mut Facts) -> Result<Status, BillError> {
        let now = input.occurred_at.max(life.clock);
        let late = input.occurred_at < life.clock;
        // Everything that can be refused comes first: an event that can't be billed moves nobody's time.
        let costs = self.costs(input)?;
        let mut due = FeesDue::default();
        let miss = self.fees_due(life, input, &mut due)?;
        let needs = sums(&due, |amount| amount)?;
        self.advance(life, now, facts)?;
        let seq = self.numbers.event;
        let status = match miss {
            Some(miss) => Status::Unpriced(miss),
            None => self.take_fees(life, &mut due, needs, now, seq, facts)?,
        };
        if status == Status::Charged && (due.gives_back() || !life.past_due.is_empty()) {
            // Something was given back, or an automatic payment may have been made.
            self.use_credit(life, facts)?;
        }
        if miss.is_none() {
            due.below_zero.iter().for_each(|price| *self.below_zero.entry(*price).or_default() += 1);
        }
        self.numbers.event.take_next();
        facts.events.push(EventFact {
            seq,
            customer: life.customer,
            shape: input.shape_id,
            occurred_at: input.occurred_at,
            posted_at: late.then_some(now),
            status,
            previous: std::mem::replace(&mut life.last_event, seq),
            costs,
            fees: due.fees,
            voids: None,
        });
        Ok(status)
    }

    /// What the event owes is added to `due`: one fee for each matching price of the subscriptions that were active when it
    /// happened. Returns the reason why there is none, if there is none.
    ///
    /// # Errors
    /// When a number leaves its range.
    pub fn fees_due(
        &mut self,
        life: &Life,
        input: EventInput<'_>,
        due: &mut FeesDue,
    ) -> Result<Option<Unpriced>, BillError> {
        let mut miss = missing_subscription(life, input.occurred_at);
        for subscription in life.subscriptions.iter().filter(|s| s.is_active(input.occurred_at)) {
            miss = miss.max(self.fees_due_of(life, subscription, input, due)?);
        }
        Ok(Some(miss).filter(|_| due.fees.is_empty()))
    }

    /// The same under these subscriptions, whether or not they were active.
    pub(super) fn fees_due_under(
        &mut self,
        life: &Life,
        input: EventInput<'_>,
        held: &[Subscription],
    ) -> Result<(FeesDue, Option<Unpriced>), BillError> {
        let mut due = FeesDue::default();
        let mut miss = missing_subscription(life, input.occurred_at);
        for subscription in held {
            miss = miss.max(self.fees_due_of(life, subscription, input, &mut due)?);
        }
        let miss = Some(miss).filter(|_| due.fees.is_empty());
        Ok((due, miss))
    }

    /// What the event owes under one subscription. Returns how close the price came that is closest to making a fee of it.
    #[inline]
    fn fees_due_of(
        &mut self,
        life: &Life,
        subscription: &Subscription,
        input: EventInput<'_>,
        due: &mut FeesDue,
    ) -> Result<Unpriced, BillError> {
        self.learn_match(subscription.version, input.shape_id, input.shape);
        let broken = || LifeError::Broken(Broken::Terms(subscription.id));
        let matched = self.known_match(subscription.version, input.shape_id).ok_or_else(broken)?;
        let mut miss = matched.miss;
        for price in &matched.prices {
            let Some(row) = price.rows.of(input.volumes) else {
                miss = miss.max(Unpriced::NoDimensionRow);
                continue;
            };
            let Some(quantity) = price.quantity.quantity(input.volumes) else {
                miss = miss.max(Unpriced::NoVolume);
                continue;
            };
            if quantity.is_negative() {
                miss = miss.max(Unpriced::NegativeVolume);
                due.below_zero.push((subscription.version, price.price));
                continue;
            }
            let usage = &matched.version.prices[price.price.place()].1.usage;
            let counted = self.counted_at(life, subscription, (price, row), input.occurred_at)?;
            let rater = Rater::in_units(usage, row, price.units).ok_or_else(broken)?;
            let counter = counted.counter(life, &rater)?;
            let rated = rater.charge(&counter, &quantity).map_err(|overflow| {
                let excess = rater.excess(&counter, &quantity).map_err(|_| overflow);
                let name = &matched.version.prices[price.price.place()].1.name;
                excess.map_or_else(BillError::from, |excess| self.too_much(name, excess, price.asset))
            })?;
            let after = counted.after(life, rated.after, |own| own.plus(&quantity))?;
            due.fees.push(FeeFact {
                subscription: subscription.id,
                price: price.price,
                row,
                before: counter.quantity,
                amount: rated.amount,
                value: self.list_value(rated.amount, price.asset, input.occurred_at)?,
                overage: None,
                draws: SmallVec::new(),
            });
            let overage = usage.overage.as_ref().map(|overage| Ok((price.overage.ok_or_else(broken)?, overage.rate)));
            let overage = overage.transpose().map_err(BillError::Life)?;
            let may_fall = usage.may_fall();
            due.terms.push(FeeTerms { asset: price.asset, overage, may_fall, counter: (counted.own, after) });
        }
        Ok(miss)
    }

    fn too_much(&self, price: &str, amount: Total<Units>, asset: AssetId) -> BillError {
        let asset = self.asset(asset);
        let (amount, limit) = (asset.amount(amount), asset.limit().into());
        BillError::TooMuch { price: price.to_owned(), amount, asset: asset.code.clone(), limit }
    }

    /// The first quantity that an event will be rated on top of, as far as that is known without working anything out:
    /// for whoever fetches memory ahead.
    pub fn first_counter_key(&self, life: &Life, input: &EventInput<'_>) -> Option<CounterKey> {
        let subscription = life.subscriptions.first()?;
        let price = self.known_match(subscription.version, input.shape_id)?.prices.first()?;
        let row = price.rows.of(input.volumes)?;
        self.counted_at(life, subscription, (price, row), input.occurred_at).ok().map(|counted| counted.own)
    }

    /// What an event at `at` is rated on top of, under a price of a subscription.
    #[inline]
    pub(super) fn counted_at(
        &self,
        life: &Life,
        subscription: &Subscription,
        (price, row): (&PriceMatch, RowIndex),
        at: Instant,
    ) -> Result<Counted, LifeError> {
        let period = tier_period(price.tier_period, price.cycle, subscription.anchor, at);
        self.counted(life, subscription, (price.price, row), period)
    }
}

/// Why a customer has no active subscription at `at`; the least of all reasons if they have one.
fn missing_subscription(life: &Life, at: Instant) -> Unpriced {
    if life.subscriptions.iter().any(|s| s.started_at < s.ended_at && s.ended_at <= at) {
        Unpriced::SubscriptionEnded
    } else if life.subscriptions.is_empty() {
        Unpriced::NoSubscription
    } else {
        Unpriced::SubscriptionNotStarted
    }
}
