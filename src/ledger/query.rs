//! What was recorded beside usage events.

use super::of_asset::of_known_assets;
use super::tables::lot::LotRow;
use super::tables::{
    adjustment, auto_topup_rule, charge, denial, event, expiry, lapse, lot, meta, payment, rebilled, refund, repayment,
    rollover, seal, topup, vendor, voided,
};
use super::{Ledger, LedgerError};
use crate::billing::{
    AdjustmentFact, AutoTopupRule, ChargeFact, DenialFact, DenialReason, LapseFact, PaymentFact, RefundFact,
    RolloverFact, TopupFact,
};
use crate::ids::{AssetId, CustomerId, EventNumber, OperationId, VendorId};
use crate::time::Instant;
use crate::wallet::{Expired, Repayment};
use rusqlite::Connection;
use std::collections::BTreeMap;

/// A customer's own top-up rule as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleRow {
    /// The customer's external id.
    pub customer: String,
    /// The asset that is topped up.
    pub asset: AssetId,
    /// When and how much it pays.
    pub rule: AutoTopupRule,
}

/// Questions that one table answers, each with the file's name in its errors.
macro_rules! questions {
    ($($(#[$doc:meta])+ $name:ident($($argument:ident: $type:ty)?) -> $answer:ty = $ask:path $(, $check:path)?;)+) => {
        impl Ledger {$(
            $(#[$doc])+
            ///
            /// # Errors
            /// When the ledger can't be read.
            pub fn $name(&self $(, $argument: $type)?) -> Result<$answer, LedgerError> {
                let rows = $ask(&self.connection $(, $argument)?);
                $(let rows = rows.and_then(|rows| $check(&self.connection, rows));)?
                rows.map_err(|e| e.at(self.path()))
            }
        )+}
    };
}

questions! {
    /// Lots of one customer, or of all, in the order in which they were granted.
    lots(customer: Option<CustomerId>) -> Vec<LotRow> = lot::all, of_known_assets;
    /// Top-ups of one customer, or of all, in the order in which they were recorded.
    topups(customer: Option<CustomerId>) -> Vec<TopupFact> = topup::read, of_known_assets;
    /// Corrections of one customer, or of all, in the order in which they were recorded.
    adjustments(customer: Option<CustomerId>) -> Vec<AdjustmentFact> = adjustment::read, of_known_assets;
    /// Ends of lots of one customer, or of all, in time order.
    expiries(customer: Option<CustomerId>) -> Vec<Expired> = expiry::read;
    /// Deficits that one customer, or all, paid back, in the order in which they were recorded.
    repayments(customer: Option<CustomerId>) -> Vec<Repayment> = repayment::read;
    /// Fixed charges of one customer, or of all, with their draws, in the order in which they were recorded.
    charges(customer: Option<CustomerId>) -> Vec<ChargeFact> = charge::with_draws, of_known_assets;
    /// Payments of one customer, or of all, that collected fixed charges, in the order in which they were recorded.
    payments(customer: Option<CustomerId>) -> Vec<PaymentFact> = payment::read, of_known_assets;
    /// Refunds to one customer, or to all, in the order in which they were recorded.
    refunds(customer: Option<CustomerId>) -> Vec<RefundFact> = refund::read, of_known_assets;
    /// Rests of the lots of one customer, or of all, that were carried on, in the order of the lots.
    rollovers(customer: Option<CustomerId>) -> Vec<RolloverFact> = rollover::read;
    /// A customer's renewals that the wallet could not pay, each with when it could after all.
    lapses_of(customer: CustomerId) -> Vec<(LapseFact, Option<Instant>)> = lapse::of_customer, of_known_assets;
    /// Why an event was denied, if it was.
    denial(event: EventNumber) -> Option<DenialFact> = denial::of, of_known_assets;
    /// The operation that recorded an event, if it is there.
    recorded_by(event: EventNumber) -> Option<OperationId> = event::operation_of;
    /// The operation that took an event back, if one did.
    voided_by(event: EventNumber) -> Option<OperationId> = voided::operation;
    /// The record that an event stands for since it was billed again, if it was.
    instead_of(event: EventNumber) -> Option<EventNumber> = rebilled::instead_of;
    /// Records that were billed again, each with the one that stands for it now.
    rebilled() -> BTreeMap<EventNumber, EventNumber> = rebilled::all;
    /// Why events were denied: each one's number and the reason, in the order in which they were recorded.
    denial_reasons() -> Vec<(EventNumber, DenialReason)> = denial::reasons;
    /// Customers' own top-up rules as they stand.
    rules() -> Vec<RuleRow> = rules;
    /// The codes of the numbered vendors.
    vendor_codes() -> Vec<(VendorId, String)> = vendor::all;
    /// How many facts a table holds, as sealed: without counting them.
    sealed_facts() -> Vec<(String, i64)> = sealed_facts;
    /// The latest instant the ledger has processed.
    horizon() -> Instant = meta::horizon;
}

fn rules(connection: &Connection) -> Result<Vec<RuleRow>, LedgerError> {
    let mut all = Vec::new();
    for (id, customer) in auto_topup_rule::customers(connection)? {
        let mut rules: Vec<_> = auto_topup_rule::of(connection, id)?.into_iter().collect();
        rules.sort_by_key(|(asset, _)| *asset);
        all.extend(rules.into_iter().map(|(asset, rule)| RuleRow { customer: customer.clone(), asset, rule }));
    }
    Ok(all)
}

fn sealed_facts(connection: &Connection) -> Result<Vec<(String, i64)>, LedgerError> {
    let seals = seal::stored(connection)?.into_iter().filter(|(name, _)| name != meta::META.name);
    Ok(seals.map(|(name, seal)| (name, seal.facts)).collect())
}
