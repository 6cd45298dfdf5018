//! Rows that say what asset they are of, which must be there: reports show amounts in its decimals.

use super::LedgerError;
use super::tables::asset;
use super::tables::lot::LotRow;
use crate::billing::{AdjustmentFact, ChargeFact, DenialFact, LapseFact, PaymentFact, RefundFact, TopupFact};
use crate::ids::AssetId;
use crate::time::Instant;
use rusqlite::Connection;

pub(super) trait OfAsset {
    fn asset(&self) -> AssetId;
}

/// What stands for the asset of each kind of row.
macro_rules! of_asset {
    ($($row:ty: $($field:tt).+;)+) => {$(
        impl OfAsset for $row {
            fn asset(&self) -> AssetId {
                self.$($field).+
            }
        }
    )+};
}

of_asset! {
    LotRow: asset;
    TopupFact: currency;
    AdjustmentFact: asset;
    ChargeFact: asset;
    PaymentFact: currency;
    RefundFact: currency;
    DenialFact: asset;
    (LapseFact, Option<Instant>): 0.asset;
}

/// The rows, all of which are of assets that have these numbers.
///
/// # Errors
/// When one is of an asset that is not there. The ledger is damaged.
pub(super) fn of_known_assets<T: OfAsset, R>(connection: &Connection, rows: R) -> Result<R, LedgerError>
where
    for<'r> &'r R: IntoIterator<Item = &'r T>,
{
    let mut known: Vec<AssetId> = Vec::new();
    for asset in (&rows).into_iter().map(OfAsset::asset) {
        if known.is_empty() {
            known = asset::all(connection)?.into_iter().map(|(id, _)| id).collect();
        }
        if known.binary_search(&asset).is_err() {
            return Err(LedgerError::damaged(format!("asset number {asset} is not there")));
        }
    }
    Ok(rows)
}
