//! The numbers by which things are told apart: one type for each kind, so that a lot can't be taken for an asset.
//!
//! A number is made and read by name only ([`LotId::from_number`], [`LotId::number`]); nothing converts by itself.
//!
//! ```compile_fail
//! # use drawdown::ids::{AssetId, LotId};
//! let lot: LotId = AssetId::from_number(1);
//! ```

use serde::{Deserialize, Serialize};
use std::fmt;

/// Defines types that hold a bare number and mean one kind of thing.
macro_rules! numbers {
    ($($(#[$doc:meta])* $name:ident($number:ty);)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name($number);

        impl $name {
            /// The one with that number.
            pub const fn from_number(number: $number) -> Self {
                Self(number)
            }

            /// The number itself, as the ledger stores it.
            pub const fn number(self) -> $number {
                self.0
            }

            /// Gives out this number, and moves on to the next.
            pub const fn take_next(&mut self) -> Self {
                let taken = *self;
                self.0 += 1;
                taken
            }

            /// The number after it.
            #[must_use]
            pub const fn next(self) -> Self {
                Self(self.0.saturating_add(1))
            }

            /// This number and all that follow.
            pub fn and_following(self) -> impl Iterator<Item = Self> {
                (self.0..).map(Self)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.0)
            }
        }
    )+};
}

/// Calls a macro with the names of all types whose numbers the ledger gives out.
macro_rules! for_each_id {
    ($macro:ident) => {
        $macro! {
            AssetId, VendorId, VersionId, CustomerId, SubscriptionId, LotId, EventNumber, ShapeId, ChargeId, PaymentId,
            TopupId, AdjustmentId, LapseId, RefundId, OperationId, RunId, ChunkId
        }
    };
}
pub(crate) use for_each_id;

numbers! {
    /// The ledger's number of an asset.
    AssetId(i64);
    /// The ledger's number of a vendor.
    VendorId(i64);
    /// The ledger's number of a published product version.
    VersionId(i64);
    /// The ledger's number of a customer.
    CustomerId(i64);
    /// The ledger's number of a subscription.
    SubscriptionId(i64);
    /// The ledger's number of a lot.
    LotId(i64);
    /// The ledger's number of a usage event. Its id is the text that the log has.
    EventNumber(i64);
    /// The ledger's number of a shape of events.
    ShapeId(i64);
    /// The ledger's number of a fixed charge.
    ChargeId(i64);
    /// The ledger's number of a payment that collects fixed charges.
    PaymentId(i64);
    /// The ledger's number of a top-up.
    TopupId(i64);
    /// The ledger's number of an adjustment.
    AdjustmentId(i64);
    /// The ledger's number of a lapse.
    LapseId(i64);
    /// The ledger's number of a refund.
    RefundId(i64);
    /// The ledger's number of an operation: a command that changed the ledger.
    OperationId(i64);
    /// The ledger's number of a sorted run of event ids.
    RunId(i64);
    /// The ledger's number of a piece of such a run.
    ChunkId(i64);
    /// The number of a version among those of its product, as people write it: `studio@2`.
    VersionNumber(u32);
    /// The place of a usage price among those of its version.
    PriceIndex(u16);
    /// The place of a fixed price among those of its version.
    FixedPriceIndex(u16);
    /// The place of a row in its price.
    RowIndex(u32);
    /// The place of an entitlement among those of its version.
    EntitlementIndex(u16);
    /// The place of a customer among those that are billed together.
    CustomerIndex(u32);
    /// The place of an event in its batch.
    EventIndex(u32);
    /// The place of a life among those that a log's events are billed to.
    LifeIndex(u32);
    /// The place of a vendor with its currency among those of the logs that are read together.
    VendorIndex(u32);
    /// The place of a shape among those of events that are billed together.
    ShapeIndex(u32);
}

macro_rules! first_ids {
    ($($name:ident),+) => {$(
        impl $name {
            /// The first number that a ledger gives out.
            pub const FIRST: Self = Self(1);
        }
    )+};
}
for_each_id!(first_ids);

impl VersionNumber {
    /// The number of a product's first version.
    pub const FIRST: Self = Self(1);
}

impl EventNumber {
    /// Stands for no event, where a customer's events end.
    pub const NONE: Self = Self(0);
    /// No event comes after it.
    pub const LAST: Self = Self(i64::MAX);
}

impl RowIndex {
    /// So many rows a price may have.
    pub const MOST: usize = 1 << 20;
}

macro_rules! indexes {
    ($($name:ident),+) => {$(
        impl $name {
            /// Where to look in a list.
            pub const fn place(self) -> usize {
                self.0 as usize
            }

            /// The place of that number in a list, which has no more than can be named.
            pub fn at(place: usize) -> Option<Self> {
                place.try_into().ok().map(Self)
            }

            /// All places, from the first on.
            pub fn all() -> impl Iterator<Item = Self> + Clone {
                (0..).map(Self)
            }

            /// A list's entries with their places.
            pub fn each<T>(list: &[T]) -> impl Iterator<Item = (Self, &T)> {
                Self::all().zip(list)
            }
        }
    )+};
}
indexes!(
    PriceIndex,
    FixedPriceIndex,
    RowIndex,
    EntitlementIndex,
    CustomerIndex,
    EventIndex,
    LifeIndex,
    VendorIndex,
    ShapeIndex
);
