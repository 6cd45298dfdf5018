//! What each operation recorded, beside usage events: the facts of each customer, in the order in which they happened.

use super::super::LedgerError;
use super::super::tables::adjustment::ADJUSTMENT;
use super::super::tables::auto_topup_rule::AUTO_TOPUP_RULE;
use super::super::tables::charge::CHARGE;
use super::super::tables::customer::CUSTOMER;
use super::super::tables::denial::DENIAL;
use super::super::tables::expiry::EXPIRY;
use super::super::tables::lapse::LAPSE;
use super::super::tables::lot::{self, LOT, LotRow};
use super::super::tables::payment::PAYMENT;
use super::super::tables::rebilled::{REBILLED, WhichTerms};
use super::super::tables::recovery::RECOVERY;
use super::super::tables::refund::REFUND;
use super::super::tables::repayment::REPAYMENT;
use super::super::tables::rollover::ROLLOVER;
use super::super::tables::subscription::{self, SUBSCRIPTION};
use super::super::tables::subscription_end::SUBSCRIPTION_END;
use super::super::tables::topup::TOPUP;
use super::super::tables::{
    adjustment, auto_topup_rule, charge, denial, expiry, lapse, payment, refund, repayment, rollover, taken, topup,
};
use super::rows::Rows;
use crate::billing::{
    AdjustmentFact, AutoTopupRule, ChargeFact, DenialFact, EndFact, Facts, LapseFact, PaymentFact, RecoveryFact,
    RefundFact, RolloverFact, SubscriptionFact, TopupFact,
};
use crate::ids::{AssetId, CustomerId, EventNumber, OperationId};
use crate::time::Instant;
use crate::wallet::{Expired, Repayment};
use rusqlite::Connection;
use std::collections::{BTreeMap, VecDeque};

/// A rule that was set, or removed, and when.
pub(super) type SetRule = (CustomerId, AssetId, Option<AutoTopupRule>, Instant);

/// What an operation recorded, beside usage events.
#[derive(Default)]
pub(super) struct Recorded {
    /// Customers who were added.
    pub customers: Vec<CustomerId>,
    /// Customers' own rules.
    pub rules: Vec<SetRule>,
    /// What else there is of each customer.
    pub facts: BTreeMap<CustomerId, Facts>,
    /// Why events were denied, in their order.
    pub denials: VecDeque<DenialFact>,
    /// Events that were recorded anew, each with the record that it stands for, and under which terms that was done.
    pub rebilled: BTreeMap<EventNumber, (EventNumber, WhichTerms)>,
}

/// Reads what operations recorded, one after the other.
pub(super) struct Reading {
    customers: Rows<CustomerId>,
    rules: Rows<SetRule>,
    denials: Rows<DenialFact>,
    rebilled: Rows<(EventNumber, EventNumber, WhichTerms)>,
    money: Money,
    subscribed: Subscribed,
}

/// What moves credit and money.
struct Money {
    lots: Rows<LotRow>,
    topups: Rows<TopupFact>,
    adjustments: Rows<AdjustmentFact>,
    payments: Rows<PaymentFact>,
    refunds: Rows<RefundFact>,
    charges: Rows<ChargeFact>,
    expiries: Rows<(CustomerId, Expired)>,
    repayments: Rows<(CustomerId, Repayment)>,
}

/// What subscriptions bring about.
struct Subscribed {
    subscriptions: Rows<SubscriptionFact>,
    ends: Rows<(CustomerId, EndFact)>,
    rollovers: Rows<(CustomerId, RolloverFact)>,
    lapses: Rows<LapseFact>,
    recoveries: Rows<(CustomerId, RecoveryFact)>,
}

const OF_LOT: &str = "JOIN lot ON lot.id =";

impl Reading {
    pub fn new() -> Self {
        Self {
            customers: Rows::new(&CUSTOMER, "id", "customer", |row| row.get(0)),
            rules: Rows::new(&AUTO_TOPUP_RULE, auto_topup_rule::READ, "auto_topup_rule", |row| {
                Ok((row.get(7)?, row.get(1)?, auto_topup_rule::read(row)?, row.get(8)?))
            }),
            denials: Rows::new(&DENIAL, "event, asset, needed, available, reason", "denial", denial::fact),
            rebilled: Rows::new(&REBILLED, "event, instead_of, terms", "rebilled", |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?))
            }),
            money: Money::new(),
            subscribed: Subscribed::new(),
        }
    }

    /// What an operation recorded. Operations are asked for in their order.
    pub fn of(&mut self, connection: &Connection, operation: OperationId) -> Result<Recorded, LedgerError> {
        let mut all = Recorded {
            customers: self.customers.of(connection, operation)?,
            rules: self.rules.of(connection, operation)?,
            denials: self.denials.of(connection, operation)?.into(),
            ..Recorded::default()
        };
        for (event, instead_of, terms) in self.rebilled.of(connection, operation)? {
            all.rebilled.insert(event, (instead_of, terms));
        }
        self.money.read(connection, operation, &mut all.facts)?;
        self.subscribed.read(connection, operation, &mut all.facts)?;
        Ok(all)
    }
}

impl Money {
    fn new() -> Self {
        Self {
            lots: Rows::new(&LOT, lot::READ, "lot", lot::read),
            topups: Rows::new(&TOPUP, "id, key, customer, at, currency, paid, value, lot, event", "topup", topup::fact),
            adjustments: Rows::new(
                &ADJUSTMENT,
                "id, key, customer, at, asset, amount, reason, lot",
                "adjustment",
                adjustment::fact,
            ),
            payments: Rows::new(&PAYMENT, "id, customer, at, currency, paid, value", "payment", payment::fact),
            refunds: Rows::new(&REFUND, refund::READ, "refund", refund::read_row),
            charges: Rows::new(&CHARGE, charge::READ, "charge", charge::read),
            expiries: Rows::new(
                &EXPIRY,
                "expiry.id, lot, at, dated, expiry.amount, breakage, customer",
                &format!("expiry {OF_LOT} lot"),
                |row| Ok((row.get(6)?, expiry::fact(row)?)),
            ),
            repayments: Rows::new(
                &REPAYMENT,
                "repayment.id, lot, at, dated, repayment.amount, earned, after, charge, customer",
                &format!("repayment {OF_LOT} lot"),
                |row| Ok((row.get(8)?, repayment::fact(row)?)),
            ),
        }
    }

    fn read(
        &mut self,
        connection: &Connection,
        operation: OperationId,
        facts: &mut BTreeMap<CustomerId, Facts>,
    ) -> Result<(), LedgerError> {
        for row in self.lots.of(connection, operation)? {
            facts.entry(row.customer).or_default().lots.push(row.fact());
        }
        for topup in self.topups.of(connection, operation)? {
            facts.entry(topup.customer).or_default().topups.push(topup);
        }
        for mut adjustment in self.adjustments.of(connection, operation)? {
            if adjustment.amount.is_negative() {
                adjustment.taken = taken::of(connection, adjustment.id)?;
            }
            facts.entry(adjustment.customer).or_default().adjustments.push(adjustment);
        }
        for payment in self.payments.of(connection, operation)? {
            facts.entry(payment.customer).or_default().payments.push(payment);
        }
        for mut refund in self.refunds.of(connection, operation)? {
            refund::add_parts(connection, &mut refund)?;
            facts.entry(refund.customer).or_default().refunds.push(refund);
        }
        let mut charges = self.charges.of(connection, operation)?;
        charge::add_draws(connection, &mut charges)?;
        for charge in charges {
            facts.entry(charge.customer).or_default().charges.push(charge);
        }
        for (customer, expired) in self.expiries.of(connection, operation)? {
            facts.entry(customer).or_default().expiries.push(expired);
        }
        for (customer, repaid) in self.repayments.of(connection, operation)? {
            facts.entry(customer).or_default().repayments.push(repaid);
        }
        Ok(())
    }
}

impl Subscribed {
    fn new() -> Self {
        Self {
            subscriptions: Rows::new(&SUBSCRIPTION, subscription::FACT, "subscription", subscription::fact),
            ends: Rows::new(
                &SUBSCRIPTION_END,
                "subscription_end.id, subscription, ended_at, asked_at, customer",
                "subscription_end JOIN subscription ON subscription.id = subscription",
                |row| {
                    let end = EndFact { subscription: row.get(1)?, ended_at: row.get(2)?, asked_at: row.get(3)? };
                    Ok((row.get(4)?, end))
                },
            ),
            rollovers: Rows::few(
                &ROLLOVER,
                "lot, into_lot, at, rollover.amount, rollover.basis, customer",
                &format!("rollover {OF_LOT} lot"),
                |row| Ok((row.get(5)?, rollover::fact(row)?)),
            ),
            lapses: Rows::new(&LAPSE, "id, customer, subscription, at, asset, needed, available", "lapse", lapse::read),
            recoveries: Rows::few(
                &RECOVERY,
                "lapse, recovery.at, customer",
                "recovery JOIN lapse ON lapse.id = lapse",
                |row| Ok((row.get(2)?, RecoveryFact { lapse: row.get(0)?, at: row.get(1)? })),
            ),
        }
    }

    fn read(
        &mut self,
        connection: &Connection,
        operation: OperationId,
        facts: &mut BTreeMap<CustomerId, Facts>,
    ) -> Result<(), LedgerError> {
        for new in self.subscriptions.of(connection, operation)? {
            facts.entry(new.customer).or_default().subscriptions.push(new);
        }
        for (customer, end) in self.ends.of(connection, operation)? {
            facts.entry(customer).or_default().ends.push(end);
        }
        for (customer, rollover) in self.rollovers.of(connection, operation)? {
            facts.entry(customer).or_default().rollovers.push(rollover);
        }
        for lapse in self.lapses.of(connection, operation)? {
            facts.entry(lapse.customer).or_default().lapses.push(lapse);
        }
        for (customer, recovery) in self.recoveries.of(connection, operation)? {
            facts.entry(customer).or_default().recoveries.push(recovery);
        }
        Ok(())
    }
}
