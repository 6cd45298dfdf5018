//! Why a life can't go on. Nothing of what it came to may be recorded then.

use crate::ids::{AdjustmentId, AssetId, ChargeId, CustomerId, EventNumber, LapseId, LotId, RefundId, SubscriptionId};
use crate::money::{Overflow, TooLarge};
use thiserror::Error;

/// Why a life can't go on.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum LifeError {
    /// Something that happens to a customer by itself comes to more than the ledger can count.
    #[error("customer number {0}: {1}")]
    Overflow(CustomerId, Overflow),
    /// Something that happens to a customer by itself is worth more than the ledger can count.
    #[error("customer number {0}: {1}")]
    TooLarge(CustomerId, Box<TooLarge>),
    /// Something is as it can't be.
    #[error(transparent)]
    Broken(#[from] Broken),
}

/// What can't be: either the program is wrong, or what it was given is damaged.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Broken {
    /// A lot holds more than it was granted, or has released other than its share of the cost basis.
    #[error("lot {0} holds or has earned an amount that is not possible")]
    Lot(LotId),
    /// An account owes less than nothing, holds more than can be counted, or is in an asset that nobody knows.
    #[error("customer number {0}: the account in asset number {1} is not possible")]
    Account(CustomerId, AssetId),
    /// A price, or a vendor's cost rule, of a row that lacks the rate or the tiers that its model needs.
    #[error("the price of {0} events in {1} lacks a rate")]
    Price(String, String),
    /// Terms that nobody can have: of an unknown version, for no seats, for amounts that can't be counted, or from times that
    /// are not in the calendar.
    #[error("the terms of subscription {0} are not possible")]
    Terms(SubscriptionId),
    /// Terms that continue others begin where none end.
    #[error("subscription {0} continues another, but none ends where it begins")]
    Line(SubscriptionId),
    /// A charge of an unknown price, or of amounts that don't go together.
    #[error("charge {0} is not possible")]
    Charge(ChargeId),
    /// An end at a time that is not in the calendar.
    #[error("an end of subscription {0} is not possible")]
    End(SubscriptionId),
    /// A renewal that was paid at a time that is not in the calendar.
    #[error("the payment of past due renewal {0} is not possible")]
    Recovery(LapseId),
    /// A renewal that waits for a payment, of no subscription or in an unknown asset, or one
    /// that could have been paid.
    #[error("customer number {0}: a past due renewal is not possible")]
    Lapse(CustomerId),
    /// A rule that pays nothing, or in an unknown currency.
    #[error("customer number {0}: the automatic top-up rule for asset number {1} is not possible")]
    Rule(CustomerId, AssetId),
    /// A quantity so far under which less than nothing was charged.
    #[error("a quantity under subscription {0} is not possible")]
    Counter(SubscriptionId),
    /// What may be given back is less than zero, or was taken from a lot that is not there.
    #[error("what may be given back under subscription {0} is not possible")]
    Refundable(SubscriptionId),
    /// An event whose fees are not what was drawn for them.
    #[error("event number {0}: what was drawn is not what was owed")]
    Event(EventNumber),
    /// Why an event was denied that has no number.
    #[error("why event number {0} was denied is of no event")]
    Denial(EventNumber),
    /// A fee of a subscription that the customer does not have, or of a price or overage that its version does not have.
    #[error("a fee under subscription {0} is of no known price")]
    Fee(SubscriptionId),
    /// A top-up that is no payment, or bought no lot.
    #[error("a top-up of customer number {0} pays nothing, or buys no lot")]
    Topup(CustomerId),
    /// An adjustment that is not what it granted or took.
    #[error("adjustment {0} is not what it granted or took")]
    Adjustment(AdjustmentId),
    /// A refund that is not what it took, or gives nothing back.
    #[error("refund {0} is not what it took")]
    Refund(RefundId),
    /// A payment of nothing.
    #[error("a payment of customer number {0} pays nothing")]
    Payment(CustomerId),
    /// Fixed charges come to other than what was paid, drawn and credited for them.
    #[error("customer number {0}: fixed charges are not what was paid, drawn and credited for them")]
    Unpaid(CustomerId),
    /// What expired, was repaid or was carried over is not more than zero.
    #[error("what expired, was repaid or was carried over from lot {0} is not more than zero")]
    Left(LotId),
}
