//! What a recorded event counted.

use super::engine::Engine;
use super::facts::EventFact;
use super::failure::Broken;
use super::fees::EventInput;
use super::life::Life;
use crate::rating::Quantity;

impl Engine {
    /// What each fee of an event counted.
    ///
    /// # Errors
    /// When a fee's price makes none of such an event.
    pub fn quantities(
        &mut self,
        life: &Life,
        fact: &EventFact,
        input: EventInput<'_>,
    ) -> Result<Vec<Quantity>, Broken> {
        let mut all = Vec::with_capacity(fact.fees.len());
        for fee in &fact.fees {
            let broken = || Broken::Fee(fee.subscription);
            let own = life.subscriptions.iter().find(|own| own.id == fee.subscription).ok_or_else(broken)?;
            self.learn_match(own.version, input.shape_id, input.shape);
            let matched = self.known_match(own.version, input.shape_id).ok_or_else(broken)?;
            let price = matched.prices.iter().find(|price| price.price == fee.price).ok_or_else(broken)?;
            all.push(price.quantity.quantity(input.volumes).ok_or_else(broken)?);
        }
        Ok(all)
    }
}
