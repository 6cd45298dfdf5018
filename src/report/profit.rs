//! What was earned and what it cost, in the reporting currency.
//!
//! An event counts once in the total, and once in every row in which a part of it stands. When rows tell an event's fees
//! apart, its cost is divided among them in proportion to their list values; when rows tell its vendors apart, its fees
//! and revenue are divided among them in proportion to their costs. Both are exact: the money of all rows sums to the
//! total, which is counted by itself. What is earned with time has no event: it stands under its customer, product and
//! fixed price, and is cut at the borders of days and months.

use super::group::{Grouping, Named, Names, RowKey, Rows};
use super::lots::find_lot;
use super::query::{Query, Refused};
use super::told::Told;
use super::window::Window;
use crate::billing::{
    Engine, EventFact, Facts, FixedRevenue, Part, Reason, RefundOf, Rollup, RollupBy, RollupOf, Sums, fixed_revenue,
};
use crate::ids::{ShapeId, SubscriptionId, VersionId};
use crate::ledger::{Ledger, LedgerError};
use crate::money::{Amount, Asset, Precise, Share, Total, Value};
use crate::time::{Instant, Unit};
use crate::usage::Shape;
use serde::{Serialize, Serializer};
use smallvec::SmallVec;
use std::collections::BTreeSet;
use std::ops::{AddAssign, Sub};

pub use super::group::Row;

/// What `report profit` answers.
#[derive(Debug, Clone)]
pub struct ProfitReport {
    /// What all amounts are in.
    pub currency: Asset,
    /// What time is covered: usage by when it happened, fixed charges by their service periods, expiries and repaid
    /// overdrafts by their own time.
    pub window: Window,
    /// The keys, as the user named them.
    pub by: Vec<String>,
    /// Whether the cost of what was denied is in `cost`.
    pub refused: Refused,
    /// Days and months in their order; otherwise who loses most comes first.
    pub rows: Vec<Row<Figures>>,
    /// Everything, counted once.
    pub total: Figures,
}

/// Counts and sums. Precise is in the reporting currency, with the decimals of a cost.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Figures {
    /// How many events, whatever became of them.
    pub events: i64,
    /// How many of them could not be covered.
    pub denied: i64,
    /// How many of them no price made a fee of.
    pub unpriced: i64,
    /// List value of the fees that were taken.
    pub fees: Precise,
    /// What the drawn lots had cost their buyers.
    pub usage_revenue: Precise,
    /// What fixed charges earned by time, less what entitlements took of it.
    pub fixed_revenue: Precise,
    /// What expired and forfeited lots had left unearned.
    pub breakage: Precise,
    /// What the served events cost us.
    pub cost: Precise,
    /// What the denied events would have cost us.
    pub denied_cost: Precise,
}

impl ProfitReport {
    /// The rows that lose money, most first, and out of how many. What has no name, such as usage without a price, is
    /// nobody; nor is a vendor, to whom revenue is only divided.
    pub fn losers(&self) -> (Vec<&Row<Figures>>, usize) {
        if self.by.iter().any(|key| key == "vendor") {
            return (Vec::new(), 0);
        }
        let named = self.rows.iter().filter(|row| row.keys.iter().any(Option::is_some));
        let (mut losers, others): (Vec<_>, Vec<_>) = named.partition(|row| row.figures.profit().is_negative());
        losers.sort_by_key(|row| row.figures.profit());
        let all = losers.len() + others.len();
        (losers, all)
    }
}

impl AddAssign for Figures {
    fn add_assign(&mut self, other: Self) {
        self.events += other.events;
        self.denied += other.denied;
        self.unpriced += other.unpriced;
        self.fees += other.fees;
        self.usage_revenue += other.usage_revenue;
        self.fixed_revenue += other.fixed_revenue;
        self.breakage += other.breakage;
        self.cost += other.cost;
        self.denied_cost += other.denied_cost;
    }
}

impl Sub for Figures {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self {
            events: self.events - other.events,
            denied: self.denied - other.denied,
            unpriced: self.unpriced - other.unpriced,
            fees: self.fees - other.fees,
            usage_revenue: self.usage_revenue - other.usage_revenue,
            fixed_revenue: self.fixed_revenue - other.fixed_revenue,
            breakage: self.breakage - other.breakage,
            cost: self.cost - other.cost,
            denied_cost: self.denied_cost - other.denied_cost,
        }
    }
}

impl Figures {
    /// Usage revenue, fixed revenue and breakage.
    pub fn revenue(&self) -> Precise {
        self.usage_revenue + self.fixed_revenue + self.breakage
    }

    /// Revenue less cost.
    pub fn profit(&self) -> Precise {
        self.revenue() - self.cost
    }

    /// Profit as a share of revenue; `None` without revenue.
    pub fn margin(&self) -> Option<Share> {
        Share::of(self.profit().count(), self.revenue().count())
    }

    /// The counts, without money.
    fn counts(sums: &Sums) -> Self {
        Self { events: sums.events, denied: sums.denied, unpriced: sums.unpriced, ..Self::default() }
    }

    /// The money of a part, without counts. `precision` is that of its values.
    fn money(part: &Part, precision: u8) -> Self {
        Self {
            fees: Precise::of_values(part.fees, precision),
            usage_revenue: Precise::of_values(part.revenue, precision),
            cost: part.cost,
            denied_cost: part.denied_cost,
            ..Self::default()
        }
    }
}

/// Fees, revenue, cost and profit.
///
/// # Errors
/// When the query names a key that there is not, or the ledger can't be read.
pub fn profit(ledger: &Ledger, query: &Query) -> Result<ProfitReport, LedgerError> {
    ledger.read(|ledger| {
        let engine = ledger.engine()?;
        let grouping = Grouping::of_ledger(ledger, &engine, &query.by, true)?;
        let horizon = query.horizon(ledger)?;
        let mut tally = Tally::of(&engine, query, grouping, horizon);
        // Rollups go by whole months: they can't leave out what was recorded for a later time.
        let is_whole = horizon == ledger.horizon()?;
        match tally.rollups().filter(|_| is_whole) {
            Some(by) => ledger.for_each_rollup(by, |rollup| tally.rollup(rollup))?,
            None => ledger.for_each_event(|stored| tally.event(&stored.fact))?,
        }
        tally.money(&ledger.money(&engine, tally.window.until.at)?)?;
        let names = tally.grouping.names(ledger)?;
        tally.finish(&names)
    })
}

/// A report while it is made: it is told what happened, wherever that was.
#[derive(Debug)]
pub struct Tally {
    currency: Asset,
    query: Query,
    grouping: Grouping,
    window: Window,
    rows: Rows<Figures>,
    total: Figures,
}

impl Tally {
    /// A report on what will happen under an engine. `dimensions` are those that can be grouped by.
    ///
    /// # Errors
    /// When the query names a key that there is not.
    pub fn new(engine: &Engine, query: &Query, dimensions: &BTreeSet<String>) -> Result<Self, LedgerError> {
        let grouping = Grouping::new(engine, dimensions, &query.by, true)?;
        Ok(Self::of(engine, query, grouping, Instant::MAX))
    }

    fn of(engine: &Engine, query: &Query, grouping: Grouping, horizon: Instant) -> Self {
        Self {
            currency: engine.reporting_currency().clone(),
            query: query.clone(),
            grouping,
            window: Window::new(query, horizon),
            rows: Rows::new(),
            total: Figures::default(),
        }
    }

    /// Makes a shape known, events of which follow.
    pub fn learn_shape(&mut self, id: ShapeId, shape: &Shape) {
        self.grouping.learn_shape(id, shape);
    }

    /// Makes known which product version a subscription is to.
    pub fn learn_subscription(&mut self, id: SubscriptionId, version: VersionId) {
        self.grouping.learn_subscription(id, version);
    }

    /// How far everything has come: nothing is earned after it. To be said before [`Tally::money`].
    pub fn reach(&mut self, horizon: Instant) {
        self.window = Window::new(&self.query, horizon);
    }

    /// The rollups that are enough, which go by calendar months; `None` when it takes the events themselves.
    pub fn rollups(&self) -> Option<RollupBy> {
        let is_border = |at: &Instant| *at == at.start_of(Unit::Month);
        self.grouping.rollups().filter(|_| self.query.from.iter().chain(&self.query.to).all(is_border))
    }

    /// Everything that it was told, under its names.
    ///
    /// # Errors
    /// When it was told of somebody who is not among the names.
    pub fn finish(self, names: &Names) -> Result<ProfitReport, LedgerError> {
        let Self { currency, query, grouping, window, rows, mut total } = self;
        let mut rows = grouping.named(names, rows)?;
        if query.refused == Refused::Incurred {
            for figures in rows.iter_mut().map(|row| &mut row.figures).chain([&mut total]) {
                figures.cost += figures.denied_cost;
            }
        }
        if query.by.is_empty() {
            rows = vec![Row { keys: Vec::new(), figures: total }];
        } else if !grouping.by_time {
            rows.sort_by_key(|row| row.figures.profit());
        }
        Ok(ProfitReport { currency, window, by: query.by, refused: query.refused, rows, total })
    }

    fn precise(&self, values: impl Into<Total<Value>>) -> Precise {
        Precise::of_values(values, self.currency.precision)
    }

    /// What moved money beside usage events.
    ///
    /// # Errors
    /// When what is told can't be.
    pub fn money(&mut self, facts: &Facts) -> Result<(), LedgerError> {
        self.repaid(facts)?;
        self.lost(facts)?;
        for part in fixed_revenue(facts).map_err(|what| LedgerError::Damaged(what.to_string()))? {
            self.fixed(&part)?;
        }
        Ok(())
    }

    /// Adds what happened without an event to its row.
    fn add(&mut self, key: &RowKey, figures: Figures) {
        self.total += figures;
        let number = self.rows.number(key);
        *self.rows.at(number) += figures;
    }

    /// Overdrafts of usage that were repaid. What was repaid of a charge is fixed revenue.
    fn repaid(&mut self, facts: &Facts) -> Result<(), LedgerError> {
        let window = self.window;
        for repaid in facts.repayments.iter().filter(|repaid| repaid.charge.is_none() && window.contains(repaid.dated))
        {
            let key = self.grouping.customer(find_lot(facts, repaid.lot)?.customer, repaid.dated);
            self.add(&key, Figures { usage_revenue: self.precise(repaid.earned), ..Figures::default() });
        }
        Ok(())
    }

    /// What lots had left unearned when they expired, or were taken back without as much money: under the product that had
    /// granted them. What has expired at the horizon has, though nobody may have been moved past it yet.
    fn lost(&mut self, facts: &Facts) -> Result<(), LedgerError> {
        let window = self.window;
        let expired = facts.expiries.iter().map(|expired| (expired.lot, expired.dated, Total::from(expired.breakage)));
        let forfeits = facts.adjustments.iter().filter(|adjustment| adjustment.reason != Reason::ExternalRefund);
        let forfeited = forfeits.flat_map(|a| a.taken.iter().map(|taken| (taken.lot, a.at, Total::from(taken.basis))));
        let refunded = facts.refunds.iter().filter_map(|refund| match &refund.of {
            RefundOf::Topup(taken) => Some((taken.lot, refund.at, Total::from(taken.basis) - refund.value)),
            RefundOf::Charges(..) => None,
        });
        let lost = expired
            .chain(forfeited)
            .chain(refunded)
            .filter(|(_, at, breakage)| !breakage.is_zero() && window.contains(*at));
        for (id, at, breakage) in lost {
            let lot = find_lot(facts, id)?;
            let mut key = self.grouping.customer(lot.customer, at);
            if let Some(granted) = lot.granted_by {
                self.grouping.set_product(&mut key, granted.subscription)?;
            }
            self.add(&key, Figures { breakage: self.precise(breakage), ..Figures::default() });
        }
        Ok(())
    }

    /// What is earned with time, in each day or month where rows tell these apart.
    fn fixed(&mut self, part: &FixedRevenue) -> Result<(), LedgerError> {
        let Window { since, until, .. } = self.window;
        let parts = match self.grouping.unit() {
            Some(unit) => part.accrual.parts(since, until, unit),
            None => vec![(part.accrual.begins(), self.window.earned(&part.accrual))],
        };
        for (at, earned) in parts.into_iter().filter(|(_, earned)| !earned.is_zero()) {
            let mut key = self.grouping.customer(part.customer, at);
            self.grouping.set_fixed(&mut key, part.subscription, part.source)?;
            self.add(&key, Figures { fixed_revenue: self.precise(earned), ..Figures::default() });
        }
        Ok(())
    }

    /// The sums of some events.
    ///
    /// # Errors
    /// When it is of a shape or a price that is not known.
    pub fn rollup(&mut self, rollup: &Rollup) -> Result<(), LedgerError> {
        if !self.window.contains(rollup.month) {
            return Ok(());
        }
        let key = match rollup.of {
            RollupOf::Customer(customer) => self.grouping.customer(customer, rollup.month),
            RollupOf::Shape(shape) => self.grouping.shape(shape, rollup.month)?,
        };
        self.usage(&key, &rollup.sums)
    }

    /// One event.
    ///
    /// # Errors
    /// When it is of a shape, a subscription or a price that is not known.
    pub fn event(&mut self, event: &EventFact) -> Result<(), LedgerError> {
        if !self.window.contains(event.occurred_at) {
            return Ok(());
        }
        let sums = Sums::of(event, |subscription| self.grouping.version_of(subscription));
        let sums = sums.map_err(|what| LedgerError::Damaged(format!("event number {}: {what}", event.seq)))?;
        let key = self.grouping.event(event)?;
        self.usage(&key, &sums)
    }

    /// Adds usage to the rows of its parts. It counts once in each of these, however many parts stand there.
    fn usage(&mut self, key: &RowKey, sums: &Sums) -> Result<(), LedgerError> {
        let counts = Figures::counts(sums);
        self.total += counts;
        let mut counted: SmallVec<[usize; 4]> = SmallVec::new();
        for part in &sums.parts {
            let mut key = key.clone();
            if let Some(version) = part.version {
                self.grouping.set_usage(&mut key, version, part.price)?;
            }
            if let Some(vendor) = part.vendor {
                self.grouping.set_vendor(&mut key, vendor);
            }
            let money = Figures::money(part, self.currency.precision);
            self.total += money;
            let number = self.rows.number(&key);
            let row = self.rows.at(number);
            if !counted.contains(&number) {
                counted.push(number);
                *row += counts;
            }
            *row += money;
        }
        Ok(())
    }
}

/// Figures as scripts read them, in the reporting currency.
#[derive(Debug, Clone, Serialize)]
pub struct FigureAmounts {
    /// See [`Figures`].
    pub events: i64,
    /// See [`Figures`].
    pub denied: i64,
    /// See [`Figures`].
    pub unpriced: i64,
    /// List value of the fees that were taken.
    pub fees: Amount,
    /// What the drawn lots had cost their buyers.
    pub usage_revenue: Amount,
    /// What fixed charges earned by time.
    pub fixed_revenue: Amount,
    /// What expired and forfeited lots had left unearned.
    pub breakage: Amount,
    /// The sum of the three.
    pub revenue: Amount,
    /// What the served events cost us.
    pub cost: Amount,
    /// Revenue less cost.
    pub profit: Amount,
    /// Absent without revenue.
    pub margin: Option<Share>,
    /// What the denied events would have cost us.
    pub denied_cost: Amount,
}

impl Figures {
    /// The figures with the decimals of their currency.
    pub fn amounts(&self, currency: &Asset) -> FigureAmounts {
        FigureAmounts {
            events: self.events,
            denied: self.denied,
            unpriced: self.unpriced,
            fees: currency.precise(self.fees),
            usage_revenue: currency.precise(self.usage_revenue),
            fixed_revenue: currency.precise(self.fixed_revenue),
            breakage: currency.precise(self.breakage),
            revenue: currency.precise(self.revenue()),
            cost: currency.precise(self.cost),
            profit: currency.precise(self.profit()),
            margin: self.margin(),
            denied_cost: currency.precise(self.denied_cost),
        }
    }
}

#[derive(Serialize)]
struct JsonRow<'a> {
    #[serde(flatten)]
    keys: Named<'a>,
    #[serde(flatten)]
    figures: FigureAmounts,
}

#[derive(Serialize)]
struct JsonReport<'a, R> {
    currency: &'a str,
    from: Option<Instant>,
    to: Instant,
    processed_to: Instant,
    by: &'a [String],
    refused: Refused,
    rows: R,
    total: FigureAmounts,
}

impl Serialize for ProfitReport {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let row = |row: &'_ Row<Figures>| row.figures.amounts(&self.currency);
        let rows = Told::new(|tell| {
            let rows = self.rows.iter();
            let mut rows = rows.map(|r| JsonRow { keys: Named { by: &self.by, keys: &r.keys }, figures: row(r) });
            let _ = rows.try_for_each(tell);
            Ok(())
        });
        let report = JsonReport {
            currency: &self.currency.code,
            from: self.window.from,
            to: self.window.to,
            processed_to: self.window.processed_to,
            by: &self.by,
            refused: self.refused,
            rows,
            total: self.total.amounts(&self.currency),
        };
        report.serialize(serializer)
    }
}
