//! Cash, revenue, and what is paid but not earned yet, in the reporting currency (docs/decisions.md, "Revenue").
//!
//! A [`Position`] is what everything before an instant comes to; a window is the difference of two. What moves money is dated
//! once and moves it from one place to another, so that cash in - refunds = revenue + deferred at every instant:
//!
//! | what | dated | moves |
//! |---|---|---|
//! | top-up, external top-up, payment | when it was made | cash in, to a lot or to charges |
//! | usage | when the event happened, also for late events | from lots to usage revenue |
//! | overdraft of usage repaid | when it was repaid | from a lot to usage revenue |
//! | overdraft of a charge repaid | when it was repaid | from a lot to the charge |
//! | charge collected from the wallet | when it was charged | from lots to the charge |
//! | charge | its service period, evenly; what would be earned before it was repaid, then | from the charge to fixed revenue |
//! | grant with a revenue basis | the lot's life, evenly | from fixed revenue to the lot |
//! | event taken back | when the event happened | from usage revenue to lots |
//! | expiry, credit taken back without a refund | when it happened; at the lot's end where something comes back later | from lots to breakage |
//! | refund of a top-up, external refund | when it was made | from lots to refunds; a rounded rest to breakage |
//! | refund of a charge | when it was made | from the charge, or what of it is earned from fixed revenue, to refunds |

use super::lots::find_lot;
use super::query::Query;
use super::window::Window;
use crate::billing::{Accrual, EventFact, Facts, Reason, RefundOf, Until, fixed_revenue};
use crate::ledger::{Ledger, LedgerError};
use crate::money::{Amount, Asset, Total, Value};
use crate::time::Instant;
use serde::{Serialize, Serializer};

/// What `report revenue` answers.
#[derive(Debug, Clone)]
pub struct RevenueReport {
    /// What all amounts are in.
    pub currency: Asset,
    /// What time is covered.
    pub window: Window,
    /// What everything before the window came to.
    pub before: Position,
    /// What everything before its end comes to.
    pub after: Position,
}

/// What everything before an instant comes to, in units of the reporting currency.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Position {
    /// Top-ups, external ones too, and payments.
    pub cash_in: Total<Value>,
    /// Refunds, at what the payments were worth; external ones at the cost basis of what was taken back.
    pub refunds: Total<Value>,
    /// What drawn lots had cost their buyers.
    pub usage_revenue: Total<Value>,
    /// What fixed charges have earned by time.
    pub fixed_revenue: Total<Value>,
    /// What expired and forfeited lots had left unearned.
    pub breakage: Total<Value>,
    /// Paid and not earned yet: what lots and charges still have to earn.
    pub deferred: Total<Value>,
}

impl Position {
    /// Usage revenue, fixed revenue and breakage.
    pub fn revenue(&self) -> Total<Value> {
        self.usage_revenue + self.fixed_revenue + self.breakage
    }
}

impl RevenueReport {
    /// What the window itself came to; what is deferred is so as of its end.
    pub fn within(&self) -> Position {
        let (before, after) = (&self.before, &self.after);
        Position {
            cash_in: after.cash_in - before.cash_in,
            refunds: after.refunds - before.refunds,
            usage_revenue: after.usage_revenue - before.usage_revenue,
            fixed_revenue: after.fixed_revenue - before.fixed_revenue,
            breakage: after.breakage - before.breakage,
            deferred: after.deferred,
        }
    }
}

/// Cash in, revenue, and what is deferred.
///
/// # Errors
/// When the ledger can't be read.
pub fn revenue(ledger: &Ledger, query: &Query) -> Result<RevenueReport, LedgerError> {
    ledger.read(|ledger| {
        let engine = ledger.engine()?;
        let window = Window::new(query, query.horizon(ledger)?);
        let mut books = Books::new(window);
        ledger.for_each_event(|stored| {
            books.event(&stored.fact);
            Ok(())
        })?;
        books.money(&ledger.money(&engine, window.until.at)?)?;
        Ok(books.finish(engine.reporting_currency().clone()))
    })
}

/// A report while it is made: the positions at both ends of its window. It is told what happened, wherever that was.
#[derive(Debug)]
pub struct Books {
    window: Window,
    positions: [(Until, Position); 2],
}

impl Books {
    /// Nothing has happened.
    pub fn new(window: Window) -> Self {
        Self { window, positions: [window.since, window.until].map(|until| (until, Position::default())) }
    }

    /// What moved money beside usage events.
    ///
    /// # Errors
    /// When what is told can't be.
    pub fn money(&mut self, facts: &Facts) -> Result<(), LedgerError> {
        self.cash(facts)?;
        self.lots(facts);
        for part in fixed_revenue(facts).map_err(|what| LedgerError::Damaged(what.to_string()))? {
            self.accrue(&part.accrual);
        }
        Ok(())
    }

    /// What all usage until the window's end has earned, where its events are not told one by one.
    pub fn usage(&mut self, earned: Total<Value>) {
        let [_, (_, after)] = &mut self.positions;
        after.usage_revenue += earned;
        after.deferred -= earned;
    }

    /// Everything that it was told.
    pub fn finish(self, currency: Asset) -> RevenueReport {
        let [(_, before), (_, after)] = self.positions;
        RevenueReport { currency, window: self.window, before, after }
    }

    /// Enters what happened at an instant.
    fn enter(&mut self, at: Instant, amount: Value, entry: impl Fn(&mut Position, Value)) {
        for (until, position) in &mut self.positions {
            if until.covers(at) {
                entry(position, amount);
            }
        }
    }

    /// What an event has earned.
    pub fn event(&mut self, event: &EventFact) {
        for draw in event.fees.iter().flat_map(|fee| &fee.draws).filter(|draw| !draw.earned.is_zero()) {
            self.enter(event.occurred_at, draw.earned, used);
        }
    }

    /// Money that came in and went out.
    fn cash(&mut self, facts: &Facts) -> Result<(), LedgerError> {
        let topups = facts.topups.iter().map(|topup| (topup.at, topup.value));
        let payments = facts.payments.iter().map(|payment| (payment.at, payment.value));
        for (at, value) in topups.chain(payments) {
            self.enter(at, value, |p, amount| p.cash_in += amount);
        }
        for refund in &facts.refunds {
            match &refund.of {
                RefundOf::Topup(taken) => {
                    // What is more than the money is lost to the customer.
                    self.enter(refund.at, taken.basis, forfeited);
                    self.enter(refund.at, refund.value, |p, amount| {
                        p.refunds += amount;
                        p.breakage -= amount;
                    });
                }
                // What charges earn less is theirs.
                RefundOf::Charges(..) => self.enter(refund.at, refund.value, |p, amount| p.refunds += amount),
            }
        }
        for adjustment in &facts.adjustments {
            if adjustment.reason == Reason::ExternalTopup {
                let bought = adjustment.lot.map(|lot| find_lot(facts, lot)).transpose()?;
                let nothing = || LedgerError::Damaged(format!("adjustment {} bought nothing", adjustment.id));
                let bought = bought.ok_or_else(nothing)?;
                self.enter(adjustment.at, bought.basis, |p, amount| p.cash_in += amount);
            }
            let leaves = if adjustment.reason == Reason::ExternalRefund { refunded } else { forfeited };
            for taken in &adjustment.taken {
                self.enter(adjustment.at, taken.basis, leaves);
            }
        }
        Ok(())
    }

    /// What lots had cost when they came to be, and where it went.
    fn lots(&mut self, facts: &Facts) {
        for lot in &facts.lots {
            self.enter(lot.granted_at, lot.basis, |p, amount| p.deferred += amount);
        }
        for rollover in &facts.rollovers {
            self.enter(rollover.at, rollover.basis, |p, amount| p.deferred -= amount);
        }
        for expired in &facts.expiries {
            self.enter(expired.dated, expired.breakage, forfeited);
        }
        for repaid in &facts.repayments {
            // What a charge was repaid is the charge's, which earns it with time.
            match repaid.charge {
                Some(_) => self.enter(repaid.dated, repaid.earned, |p, amount| p.deferred -= amount),
                None => self.enter(repaid.dated, repaid.earned, used),
            }
        }
        for charge in &facts.charges {
            for draw in &charge.draws {
                self.enter(charge.at, draw.earned, |p, amount| p.deferred -= amount);
            }
        }
    }

    /// What is earned with time, and what of it is still to be earned.
    fn accrue(&mut self, accrual: &Accrual) {
        for (until, position) in &mut self.positions {
            if until.covers(accrual.begins()) {
                let earned = Total::from(accrual.earned(*until));
                position.fixed_revenue += earned;
                position.deferred += Total::from(accrual.value) - earned;
            }
        }
    }
}

fn used(position: &mut Position, amount: Value) {
    position.usage_revenue += amount;
    position.deferred -= amount;
}

fn forfeited(position: &mut Position, amount: Value) {
    position.breakage += amount;
    position.deferred -= amount;
}

fn refunded(position: &mut Position, amount: Value) {
    position.refunds += amount;
    position.deferred -= amount;
}

/// The report as scripts read it. A window proves itself: `deferred_before` + `cash_in` - `refunds` = `revenue` +
/// `deferred`.
#[derive(Serialize)]
struct JsonReport<'a> {
    currency: &'a str,
    from: Option<Instant>,
    to: Instant,
    processed_to: Instant,
    deferred_before: Amount,
    cash_in: Amount,
    refunds: Amount,
    usage_revenue: Amount,
    fixed_revenue: Amount,
    breakage: Amount,
    revenue: Amount,
    deferred: Amount,
}

impl Serialize for RevenueReport {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let within = self.within();
        let amount = |value: Total<Value>| self.currency.amount(value);
        let report = JsonReport {
            currency: &self.currency.code,
            from: self.window.from,
            to: self.window.to,
            processed_to: self.window.processed_to,
            deferred_before: amount(self.before.deferred),
            cash_in: amount(within.cash_in),
            refunds: amount(within.refunds),
            usage_revenue: amount(within.usage_revenue),
            fixed_revenue: amount(within.fixed_revenue),
            breakage: amount(within.breakage),
            revenue: amount(within.revenue()),
            deferred: amount(within.deferred),
        };
        report.serialize(serializer)
    }
}
