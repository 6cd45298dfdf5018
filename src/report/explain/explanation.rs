//! An explanation: everything that is said about one event.

use crate::billing::{DenialReason, Unpriced};
use crate::catalog::{Rank, TierPeriod};
use crate::ids::{LotId, OperationId, VersionNumber};
use crate::money::{Amount, Decimal, DecimalSum, Exact, Rounding};
use crate::rating::{Formula, Quantity};
use crate::report::past_due::PastDue;
use crate::time::Instant;
use crate::usage::UsageEvent;
use serde::Serialize;
use std::collections::BTreeSet;

/// An event, what became of it, and why. The `data` of `explain`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// The event as it was recorded.
    pub event: UsageEvent,
    /// `charged`, `denied`, `unpriced` or `voided`.
    pub status: &'static str,
    /// The operation that took it back, if one did. What it was charged before stands below.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub voided_by: Option<OperationId>,
    /// What there was of it before it was billed again, if it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<Before>,
    /// Why it was denied or unpriced.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<Refusal>,
    /// What the customer's product still waits for, if that is why it was denied.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub past_due: Option<PastDue>,
    /// When it was paid, if it came late.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub posted_at: Option<Instant>,
    /// What it owed under each price.
    pub fees: Vec<ExplainedFee>,
    /// Prices of its event type that made no fee of it, if none did.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub missed: Vec<MissedPrice>,
    /// What the customer held without a price for its event type, if no price made a fee of it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub without_price: Vec<WithoutPrice>,
    /// What it cost us, by vendor.
    pub costs: Vec<ExplainedCost>,
}

/// The record of an event that was billed again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Before {
    /// The operation that recorded it.
    pub recorded_by: Option<OperationId>,
    /// The operation that took it back: the one that billed it again, or an earlier one.
    pub voided_by: Option<OperationId>,
    /// The operation that billed it again.
    pub rebilled_by: Option<OperationId>,
}

/// A price that made no fee of an event, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MissedPrice {
    /// The price's name.
    pub price: String,
    /// The product's code.
    pub product: String,
    /// The product's version.
    pub version: VersionNumber,
    /// Its rows, and why each of them lost.
    pub steps: Vec<Step>,
}

/// A product version without a price for an event's type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WithoutPrice {
    /// The product's code.
    pub product: String,
    /// The product's version.
    pub version: VersionNumber,
    /// The event types that it has prices for.
    pub event_types: BTreeSet<String>,
}

/// Why an event was not charged. Its words are [`crate::render`]'s.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// No price made a fee of it.
    Unpriced(Unpriced),
    /// Something could not be covered.
    Denied {
        /// Why no account could cover it.
        reason: DenialReason,
        /// The code of the asset that was short.
        asset: String,
        /// What the event needed.
        needed: Amount,
        /// What the account had.
        available: Amount,
        /// The renewal that it took it for, if it was one.
        renewal: Option<UnpaidRenewal>,
    },
}

/// A renewal that had not been paid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnpaidRenewal {
    /// The product's code.
    pub product: String,
    /// When it was due.
    pub at: Instant,
    /// When it was paid after all.
    pub paid_at: Option<Instant>,
}

/// One fee, and how it came about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ExplainedFee {
    /// The price's name.
    pub price: String,
    /// The product's code.
    pub product: String,
    /// The product's version.
    pub version: VersionNumber,
    /// What the event used: events, volume or both.
    pub quantity: Quantity,
    /// How much had been used before, under the same price and row.
    pub quantity_before: Quantity,
    /// How much had been used after.
    pub quantity_after: Quantity,
    /// The row that matched.
    pub row: RowName,
    /// The way from the price to the amount.
    pub steps: Vec<Step>,
    /// The asset's code.
    pub asset: String,
    /// What is owed; below zero is given back.
    pub amount: Amount,
    /// The part of it that the account could not cover, and what was charged instead.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub overage: Option<ExplainedOverage>,
    /// Where it was taken from; what the overage took comes last.
    pub draws: Vec<ExplainedDraw>,
}

/// What was charged instead of what an account could not cover.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ExplainedOverage {
    /// The part of the fee, in its own asset; below zero when overage is given back.
    pub units: Amount,
    /// What one whole unit costs instead, in the overage's asset.
    pub rate: Decimal,
    /// What that comes to.
    pub amount: Amount,
    /// The overage's asset.
    pub asset: String,
}

/// The part of a fee taken from one lot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ExplainedDraw {
    /// The lot; absent when the account went below zero.
    pub lot: Option<LotId>,
    /// The lot's purpose.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub purpose: Option<&'static str>,
    /// How much; below zero when it was given back.
    pub amount: Amount,
    /// The asset, which is another one where an overage was charged.
    pub asset: String,
    /// What it earned, in the reporting currency.
    pub earned: Amount,
    /// The key that put this lot before the next.
    pub decided_by: &'static str,
}

/// What one event cost us at one vendor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ExplainedCost {
    /// The vendor's code.
    pub vendor: String,
    /// In the reporting currency.
    pub amount: Amount,
    /// The reporting currency.
    pub currency: String,
}

/// One step. Its words are [`crate::render`]'s.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// The price that the fee is for.
    Price {
        /// The price's name.
        price: String,
        /// The product's code.
        product: String,
        /// The product's version.
        version: VersionNumber,
        /// The type of events that it is for.
        event_type: String,
    },
    /// One of the price's rows.
    Row {
        /// The first is 1.
        number: usize,
        /// What it is for.
        row: RowName,
        /// How it stands to the event.
        fit: RowFit,
    },
    /// From when on quantities are counted.
    Period {
        /// The period after which quantities start from zero.
        per: TierPeriod,
        /// The start of the period that the event is in.
        start: Instant,
    },
    /// What the event says in the price's volume field, where that can't be charged for.
    Volume {
        /// The name that the price's `volume_field` gives.
        field: String,
        /// What it says; nothing where the field is not there.
        value: Option<DecimalSum>,
    },
    /// A field that the price counts, in which the event has something else than a number.
    NoNumber {
        /// The field.
        field: String,
        /// What the event says in it.
        text: String,
    },
    /// What the event's volume is added up from.
    Sum {
        /// The price's `volume_field`.
        sum: String,
        /// What is added, or taken off where that is said.
        numbers: Vec<(bool, Decimal)>,
        /// What it comes to.
        value: DecimalSum,
    },
    /// What was used now, and before.
    Quantity {
        /// What the event used.
        now: Quantity,
        /// What the events before it had used.
        before: Quantity,
    },
    /// What a whole quantity comes to.
    Rated {
        /// The quantity that was rated.
        quantity: Quantity,
        /// How it was computed.
        formula: Formula,
        /// The result, and how it was rounded.
        rounded: Rounded,
        /// The rounded result.
        amount: Amount,
        /// The price's asset.
        asset: String,
    },
    /// What the event adds to it.
    Difference {
        /// With the event.
        after: Amount,
        /// Without the event.
        before: Amount,
        /// The difference, which is the fee.
        fee: Amount,
        /// The price's asset.
        asset: String,
    },
    /// A fee that the row's limits changed.
    Limited {
        /// The row's `min_amount`.
        min: Option<Amount>,
        /// The row's `max_amount`.
        max: Option<Amount>,
        /// What was owed after all.
        fee: Amount,
        /// The price's asset.
        asset: String,
    },
    /// What could not be covered and was charged instead, or such a charge that comes back.
    Overage {
        /// What was charged instead.
        overage: ExplainedOverage,
        /// The price's own asset.
        own: String,
        /// Its exact value, where that is another than the amount.
        rounded: Option<Rounded>,
    },
    /// Where a part was taken from, or given back to.
    Draw {
        /// What was taken from one lot.
        draw: ExplainedDraw,
        /// The reporting currency.
        currency: String,
    },
}

/// The dimensions of a price's row, each with the value that it is for; without one it is for any.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowName(pub Vec<(String, Option<String>)>);

/// How a row stands to an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RowFit {
    /// It is the one that counts, as it fits best.
    Won(Rank),
    /// It matches too, but fits less well, or it stands below one that fits as well.
    Lost(Rank),
    /// It is not for the event.
    RuledOut {
        /// The dimension that says so.
        dimension: String,
        /// What the event has there.
        value: Option<String>,
    },
}

/// A number before it was rounded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rounded {
    /// The exact number.
    pub exact: Exact,
    /// How it was rounded.
    pub rounding: Rounding,
    /// To how many decimals.
    pub decimals: u8,
}
