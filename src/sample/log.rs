//! The whole log, put together.

use super::calendar::{Calendar, DAY, Moment};
use super::customers::Customers;
use super::error::SampleError;
use super::kind::{FIXED, Kinds};
use super::random::Random;
use super::row::Row;
use super::trouble::Troubled;
use crate::catalog::{Catalog, Product};
use crate::time::Instant;

/// What kind of log is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wishes {
    /// How many customers there are, at least 1.
    pub customers: u32,
    /// How many days it is of, at least 1.
    pub days: u32,
    /// How many events there are, at least one for each customer.
    pub events: u64,
    /// Where it ends; nothing happens at or after that.
    pub until: Instant,
    /// Whatever is drawn follows from it.
    pub seed: u64,
    /// Some events come hours late.
    pub late: bool,
    /// Some rows come twice.
    pub duplicates: bool,
    /// Some customers make dozens of events within a minute.
    pub bursts: bool,
    /// Some events have a value that no row names.
    pub unknown_models: bool,
}

/// A log that is made while it is read.
#[derive(Debug)]
pub struct Sample<'c> {
    kinds: Kinds<'c>,
    customers: Customers,
    calendar: Calendar,
    wishes: Wishes,
}

impl<'c> Sample<'c> {
    /// A log of what customers of a product do.
    ///
    /// # Errors
    /// See [`SampleError`].
    pub fn new(catalog: &'c Catalog, product: &'c Product, wishes: Wishes) -> Result<Self, SampleError> {
        let kinds = Kinds::new(catalog, product)?;
        let Wishes { customers, days, events, until, seed, .. } = wishes;
        if wishes.unknown_models && !kinds.have_values() {
            return Err(SampleError::NoValues);
        }
        if events < u64::from(customers) {
            return Err(SampleError::TooFewEvents { customers, events });
        }
        if until.micros() < i64::from(days) * DAY * 1000 {
            return Err(SampleError::TooEarly { days, until });
        }
        let mut random = Random::new(seed, 1);
        let start = until.micros().div_euclid(1000) - i64::from(days) * DAY;
        let customers = Customers::new(customers as usize, start, days, &mut random);
        let calendar = Calendar::new(start, days, |by| customers.weight(by), &mut random);
        Ok(Self { kinds, customers, calendar, wishes })
    }

    /// The names of the columns.
    pub fn columns(&self) -> impl Iterator<Item = &str> {
        FIXED.into_iter().chain(self.kinds.columns.iter().map(String::as_str))
    }

    /// The rows, each with a cell for every column.
    pub fn rows(&self) -> impl Iterator<Item = Vec<String>> {
        let Wishes { customers, events, seed, late, duplicates, .. } = self.wishes;
        let (wide_id, wide_customer) = (events.to_string().len(), customers.to_string().len());
        let rows = Troubled::new(self.events(), late, duplicates, Random::new(seed, 5));
        rows.map(move |row| {
            let id = format!("s{seed}-{:0wide_id$}", row.number);
            let customer = format!("customer-{:0wide_customer$}", row.customer + 1);
            let at = Instant::from_micros(row.millis * 1000).to_string();
            [id, customer, row.event_type, at].into_iter().chain(row.data).collect()
        })
    }

    /// The events in the order of time.
    fn events(&self) -> impl Iterator<Item = Row> {
        let Wishes { customers, events, seed, bursts, unknown_models, .. } = self.wishes;
        let more = events - u64::from(customers);
        let mut moments = self.calendar.moments(more, bursts, Random::new(seed, 2)).peekable();
        let mut joined = self.customers.joined.iter().copied().enumerate().peekable();
        let mut who = Random::new(seed, 3);
        let mut what = Random::new(seed, 4);
        let mut in_burst = None;
        (1..=events).map_while(move |number| {
            let is_first = match (joined.peek(), moments.peek()) {
                (Some((_, joined)), Some(moment)) => *joined <= moment.millis,
                (joined, _) => joined.is_some(),
            };
            let (customer, millis) = if is_first {
                joined.next()?
            } else {
                let moment = moments.next()?;
                (self.who(moment, &mut in_burst, &mut who), moment.millis)
            };
            let unknown = what.happens(20) && unknown_models;
            let (event_type, data) = self.kinds.draw(unknown, &mut what);
            Some(Row { millis, is_first, number, customer, event_type: event_type.to_owned(), data })
        })
    }

    /// Who makes an event: in a burst one customer makes all of them.
    fn who(&self, moment: Moment, in_burst: &mut Option<(u64, usize)>, random: &mut Random) -> usize {
        if let (Some(burst), Some((same, customer))) = (moment.burst, *in_burst)
            && burst == same
        {
            return customer;
        }
        let customer = self.customers.draw(self.calendar.begin(moment.hour), random);
        *in_burst = moment.burst.map(|burst| (burst, customer));
        customer
    }
}
