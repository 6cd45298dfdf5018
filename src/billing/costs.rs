//! What an event costs us.

use super::engine::Engine;
use super::facts::CostFact;
use super::failure::{Broken, LifeError};
use super::fees::{BillError, EventInput};
use super::matching::CostRule;
use crate::catalog::UsagePrice;
use crate::ids::{RowIndex, VendorId};
use crate::money::{Cost, CostError, Overflow};
use crate::rating::{Quantity, Rater};
use crate::time::Instant;
use smallvec::SmallVec;

impl Engine {
    /// What the event costs us, by vendor: what the log says, else what the catalog's rules make of it.
    ///
    /// # Errors
    /// When a cost can't be converted or does not fit.
    pub fn costs(&mut self, input: EventInput<'_>) -> Result<SmallVec<[CostFact; 1]>, BillError> {
        let mut costs: SmallVec<[CostFact; 1]> = SmallVec::new();
        if !input.costs.is_empty() {
            for ((&vendor, &amount), spec) in input.vendors.iter().zip(input.costs).zip(&input.shape.vendors) {
                let currency = spec.currency.as_deref().unwrap_or(&self.book.reporting_currency);
                let amount = self.book_at(currency, input.occurred_at).cost(amount, currency, input.occurred_at)?;
                add_cost(&mut costs, vendor, amount)?;
            }
            return Ok(costs);
        }
        if self.cost_rules.is_empty() {
            return Ok(costs);
        }
        let matched = self.cost_match(input.shape_id, input.shape);
        for (rule, rows, source) in &matched.rules {
            let CostRule { vendor, rule, .. } = &self.cost_rules[*rule];
            let row = rows.of(input.volumes);
            let Some((row, quantity)) = row.zip(source.quantity(input.volumes)) else { continue };
            // No vendor pays for usage: what no price would charge for costs nothing either.
            if !quantity.is_negative() {
                add_cost(&mut costs, *vendor, self.rule_cost(rule, row, &quantity, input.occurred_at)?)?;
            }
        }
        Ok(costs)
    }

    /// One event's cost by a vendor's rule. Rated by itself: vendors' tiers are not known here.
    fn rule_cost(&self, rule: &UsagePrice, row: RowIndex, quantity: &Quantity, at: Instant) -> Result<Cost, BillError> {
        let asset = self.book.asset(&rule.asset).map_err(CostError::from)?;
        let broken = || LifeError::Broken(Broken::Price(rule.event_type.clone(), rule.asset.clone()));
        let rater = Rater::new(rule, row, asset).ok_or_else(broken)?;
        let conversion = self.book_at(&rule.asset, at).conversion(&rule.asset, at).map_err(CostError::from)?;
        rater.cost(quantity, &conversion).map_err(|Overflow| {
            let exact = rater.formula(quantity).map(|(_, exact)| exact);
            exact.map_or(Overflow.into(), |exact| BillError::Cost(self.book.too_large(exact, &rule.asset)))
        })
    }
}

fn add_cost(costs: &mut SmallVec<[CostFact; 1]>, vendor: VendorId, amount: Cost) -> Result<(), Overflow> {
    match costs.iter_mut().find(|c| c.vendor == vendor) {
        Some(cost) => cost.amount = cost.amount.checked_add(amount)?,
        None => costs.push(CostFact { vendor, amount }),
    }
    Ok(())
}
