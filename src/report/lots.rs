//! Lots among all facts.

use crate::billing::{Facts, LotFact};
use crate::ids::LotId;
use crate::ledger::LedgerError;

/// The lot of that number. Lots stand in the order of their numbers.
///
/// # Errors
/// When it is not there. The ledger is damaged.
pub(super) fn find_lot(facts: &Facts, id: LotId) -> Result<&LotFact, LedgerError> {
    let place = facts.lots.binary_search_by_key(&id, |lot| lot.id);
    place.map(|place| &facts.lots[place]).map_err(|_| LedgerError::Damaged(format!("lot {id} is not there")))
}
