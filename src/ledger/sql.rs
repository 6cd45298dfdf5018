//! How the program's own types are stored in columns. An id is its number, an amount its
//! count, an instant its microseconds.

use crate::ids::{
    AdjustmentId, AssetId, ChargeId, CustomerId, EntitlementIndex, EventNumber, FixedPriceIndex, LapseId, LotId,
    PaymentId, PriceIndex, RowIndex, ShapeId, SubscriptionId, TopupId, VendorId, VersionId, for_each_id,
};
use crate::money::{Units, Value};
use crate::time::Instant;
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
stored_indexes!(PriceIndex, FixedPriceIndex, RowIndex, EntitlementIndex);

stored_as_integer!(Units, Units::count, Units::from_count);
stored_as_integer!(Value, Value::count, Value::from_count);
stored_as_integer!(Instant, Instant::micros, Instant::from_micros);
