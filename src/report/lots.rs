//! Lots among all facts.

use crate::billing::{Facts, LotFact};
use crate::ids::LotId;

/// The lot of that number. Lots stand in the order of their numbers.
pub(super) fn find_lot(facts: &Facts, id: LotId) -> Option<&LotFact> {
    let place = facts.lots.binary_search_by_key(&id, |lot| lot.id).ok()?;
    facts.lots.get(place)
}
