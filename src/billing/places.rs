//! What an event that is billed again is rated on top of (docs/decisions.md, "Taking things back").
//!
//! It gets its place again: it is rated from the quantity that it was rated from. So it owes what it owed, whether it is
//! billed again alone or with others. There are two reasons to rate it on top of all that is counted instead: its place may
//! be taken by what was counted since it was taken back, or it may be beyond the end, because what came before it is gone.

use super::engine::Engine;
use super::facts::{EventFact, FeeFact, Status};
use super::failure::{Broken, LifeError};
use super::fees::{BillError, FeesDue};
use super::life::Life;
use super::undone::{Ends, Past, Rebillable, VoidError};
use super::void::Place;
use crate::money::{Total, Units};
use crate::rating::{Quantity, Rater};

impl Engine {
    /// Gives the fees of an event their places again.
    pub(super) fn at_places(
        &self,
        life: &Life,
        event: &Rebillable<'_>,
        due: &mut FeesDue,
        past: &mut Past,
    ) -> Result<(), VoidError> {
        // What is not taken back yet is taken back by this command.
        let taken_back = event.taken_back.map_or(self.numbers.event, |back| back.seq);
        let FeesDue { fees, terms, .. } = due;
        for (fee, terms) in fees.iter_mut().zip(terms) {
            let place = self.place(life, fee, event.fact.occurred_at)?;
            let old = self.old_fee(life, event.fact, &place)?;
            if old.is_some_and(|old| event.fact.fees[old].before == fee.before) {
                continue;
            }
            let is_free = place.counted.keys().all(|key| past.ends.get(key).is_none_or(|end| *end < taken_back));
            let old = old.filter(|&old| is_free && fee.before.contains(&event.fact.fees[old].before));
            let Some(old) = old else {
                past.ends.insert(place.key, self.numbers.event);
                continue;
            };
            fee.before = event.fact.fees[old].before;
            let counter = &mut terms.counter.1;
            let charged = counter.charged - fee.amount;
            fee.amount = self.rate_from(&place, fee, &event.quantities[old], charged)?;
            let value = self.list_value(fee.amount, place.asset, event.fact.occurred_at);
            fee.value = value.map_err(BillError::from)?;
            counter.charged = charged + fee.amount;
        }
        Ok(())
    }

    /// Notes the fees of a recorded event that were counted at the end. An event that stands for the record `instead_of` may
    /// have its place instead.
    ///
    /// # Errors
    /// When the event was billed under terms that are not there.
    pub fn note_ends(
        &self,
        life: &Life,
        event: &EventFact,
        instead_of: Option<&EventFact>,
        ends: &mut Ends,
    ) -> Result<(), LifeError> {
        if event.voids.is_some() || event.status != Status::Charged {
            return Ok(());
        }
        for fee in &event.fees {
            let place = self.place(life, fee, event.occurred_at)?;
            let mut has_place = false;
            if let Some(before) = instead_of {
                let old = self.old_fee(life, before, &place)?;
                has_place = old.is_some_and(|old| before.fees[old].before == fee.before);
            }
            if !has_place {
                let end = ends.entry(place.key).or_insert(event.seq);
                *end = event.seq.max(*end);
            }
        }
        Ok(())
    }

    /// Which fee of an event was counted with the same quantity.
    fn old_fee(&self, life: &Life, event: &EventFact, place: &Place<'_>) -> Result<Option<usize>, LifeError> {
        if event.status != Status::Charged {
            return Ok(None);
        }
        for (index, fee) in event.fees.iter().enumerate() {
            let old = self.place(life, fee, event.occurred_at)?;
            if place.counted.keys().any(|key| *key == old.key) {
                return Ok(Some(index));
            }
        }
        Ok(None)
    }

    /// What a fee comes to, rated from `fee.before`; `charged` is what its counter has been charged so far.
    fn rate_from(
        &self,
        place: &Place<'_>,
        fee: &FeeFact,
        quantity: &Quantity,
        charged: Total<Units>,
    ) -> Result<Units, VoidError> {
        let rater = Rater::new(place.usage, fee.row, self.asset(place.asset));
        let rater = rater.ok_or(Broken::Counter(place.key.subscription))?;
        Ok(rater.charge(&rater.counter_at(fee.before, charged)?, quantity)?.amount)
    }
}
