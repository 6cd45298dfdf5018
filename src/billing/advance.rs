//! Time moving on in one life.

use super::engine::{AssetId, Engine};
use super::facts::{Facts, LotFact};
use super::life::Life;
use crate::time::Instant;
use crate::wallet::Lot;

impl Engine {
    /// Moves a life on to `to`: everything that falls due until then happens, in time order. A life never goes back.
    pub fn advance(&self, life: &mut Life, to: Instant, facts: &mut Facts) {
        // `Instant::MAX` stands for never: what never falls due does not do so at the end of the calendar either.
        while life.due < Instant::MAX && life.due <= to.max(life.clock) {
            // What was granted for a time already gone by falls due now.
            life.clock = life.clock.max(life.due);
            self.settle(life, life.clock, facts);
        }
        life.clock = life.clock.max(to);
    }

    /// What falls due at one instant: first expiries, then lots that begin and pay back what is owed.
    fn settle(&self, life: &mut Life, at: Instant, facts: &mut Facts) {
        let mut assets: Vec<AssetId> = life.accounts.keys().copied().collect();
        assets.sort_unstable();
        for asset in assets {
            if let Some(account) = life.accounts.get_mut(&asset) {
                facts.expiries.extend(account.expire(at));
                facts.repayments.extend(account.repay(at));
            }
        }
        life.refresh_due();
        debug_assert!(life.due > at, "what is due at {at} must be done with");
    }

    /// Grants a lot. What is owed is paid back from it at once, or when it becomes effective.
    pub(super) fn grant(&self, life: &mut Life, lot: LotFact, facts: &mut Facts) {
        let account = life.accounts.entry(lot.asset).or_default();
        account.insert(
            Lot {
                id: lot.id,
                purpose: lot.purpose,
                priority: lot.priority,
                granted_at: lot.granted_at,
                effective_at: lot.effective_at,
                expires_at: lot.expires_at,
                amount: lot.amount,
                left: lot.amount,
                basis: lot.basis,
                released: 0,
                changed: false,
            },
            &self.order,
        );
        facts.lots.push(lot);
        life.refresh_due();
        self.advance(life, life.clock, facts);
    }
}
