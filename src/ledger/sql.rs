//! How the program's own types are stored in columns. An id is its number, an amount its
//! count, an instant its microseconds.

use crate::billing::Seats;
use crate::ids::{
    AdjustmentId, AssetId, ChargeId, ChunkId, CustomerId, EntitlementIndex, EventNumber, FixedPriceIndex, LapseId,
    LotId, OperationId, PaymentId, PriceIndex, RefundId, RowIndex, RunId, ShapeId, SubscriptionId, TopupId, VendorId,
    VersionId, VersionNumber, for_each_id,
};
use crate::money::{Units, Value};
use crate::time::Instant;
use crate::wallet::Priority;
use rusqlite::ToSql;
use rusqlite::types::{FromSql, FromSqlResult, ToSqlOutput, ValueRef};

/// What fills one column of a row that is appended.
pub(super) trait Cell<'a> {
    /// The column's value.
    fn cell(self) -> ValueRef<'a>;
}

/// A row, or a part of one, from values that each fill a column.
macro_rules! cells {
    ($($value:expr),+ $(,)?) => { [$($crate::ledger::sql::Cell::cell($value)),+] };
}
pub(super) use cells;

impl<'a> Cell<'a> for i64 {
    fn cell(self) -> ValueRef<'a> {
        ValueRef::Integer(self)
    }
}

impl<'a> Cell<'a> for &'a str {
    fn cell(self) -> ValueRef<'a> {
        ValueRef::Text(self.as_bytes())
    }
}

impl<'a> Cell<'a> for &'a [u8] {
    fn cell(self) -> ValueRef<'a> {
        ValueRef::Blob(self)
    }
}

impl<'a, T: Cell<'a>> Cell<'a> for Option<T> {
    fn cell(self) -> ValueRef<'a> {
        self.map_or(ValueRef::Null, T::cell)
    }
}

/// Stores a type as the integer that `$to` makes of it, and reads it back with `$from`.
macro_rules! stored_as_integer {
    ($name:ty, $to:expr, $from:expr) => {
        impl<'a> Cell<'a> for $name {
            fn cell(self) -> ValueRef<'a> {
                ValueRef::Integer($to(self))
            }
        }

        impl ToSql for $name {
            fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
                Ok(ToSqlOutput::Borrowed(self.cell()))
            }
        }

        impl FromSql for $name {
            fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
                FromSql::column_result(value).map($from)
            }
        }
    };
}

macro_rules! stored_ids {
    ($($name:ident),+) => {$( stored_as_integer!($name, $name::number, $name::from_number); )+};
}
for_each_id!(stored_ids);

macro_rules! stored_indexes {
    ($($name:ident),+) => {$(
        stored_as_integer!($name, |index: $name| i64::from(index.number()), $name::from_number);
    )+};
}
stored_indexes!(VersionNumber, PriceIndex, FixedPriceIndex, RowIndex, EntitlementIndex);

stored_as_integer!(Units, Units::count, Units::from_count);
stored_as_integer!(Value, Value::count, Value::from_count);
stored_as_integer!(Priority, Priority::number, Priority::from_number);
stored_as_integer!(Seats, Seats::number, Seats::from_number);
stored_as_integer!(Instant, Instant::micros, Instant::from_micros);

/// What is stored as a number that stands for it.
pub(super) trait Numbered: Copy + 'static {
    /// Everything there is, with its number. A number never means anything else again.
    const NUMBERS: &'static [(i64, Self)];

    /// The number that it is stored as.
    fn number(self) -> i64;

    /// What is stored as that number; `None` where nothing is.
    fn from_number(number: i64) -> Option<Self> {
        Self::NUMBERS.iter().find(|(own, _)| *own == number).map(|(_, one)| *one)
    }
}

/// Gives the variants of an enum their numbers, and stores them so. A number that none has is an error to read.
macro_rules! numbered {
    ($name:ident { $($variant:ident $(($of:path))? = $number:literal),+ $(,)? }) => {
        impl $crate::ledger::sql::Numbered for $name {
            const NUMBERS: &'static [(i64, Self)] = &[$(($number, Self::$variant $(($of))?)),+];

            fn number(self) -> i64 {
                match self {
                    $(Self::$variant $(($of))? => $number),+
                }
            }
        }

        impl<'a> $crate::ledger::sql::Cell<'a> for $name {
            fn cell(self) -> rusqlite::types::ValueRef<'a> {
                rusqlite::types::ValueRef::Integer($crate::ledger::sql::Numbered::number(self))
            }
        }

        impl rusqlite::types::FromSql for $name {
            fn column_result(value: rusqlite::types::ValueRef<'_>) -> rusqlite::types::FromSqlResult<Self> {
                let number = i64::column_result(value)?;
                let unknown = || format!("{number} is not a known value");
                let known = <Self as $crate::ledger::sql::Numbered>::from_number(number);
                known.ok_or_else(|| rusqlite::types::FromSqlError::Other(unknown().into()))
            }
        }
    };
}
pub(super) use numbered;
