//! What fell due as time passed: how many renewals, and what was collected for fixed prices.

use super::facts::{ChargeFact, Facts};
use crate::ids::{AssetId, LotId, SubscriptionId};
use crate::money::{Total, Units};
use crate::time::Instant;
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::BTreeMap;

/// What fell due as time passed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FellDue {
    /// How often a subscription was charged again, however many prices it has.
    pub renewals: u64,
    /// What payments and wallets gave for fixed prices, first charges too, in units of each asset.
    pub collected: BTreeMap<AssetId, Total<Units>>,
    /// What was granted and lost at once, because the accounts can't hold it.
    pub shed: BTreeMap<AssetId, Total<Units>>,
}

impl FellDue {
    /// What fell due in a step.
    pub fn of(facts: &Facts) -> Self {
        let mut own = Self::default();
        own.add(facts);
        own
    }

    /// Adds what fell due in a step. Where a subscription begins is no renewal, nor where its terms change in mid-period.
    pub fn add(&mut self, facts: &Facts) {
        let mut begun: FxHashSet<(SubscriptionId, Instant)> =
            facts.subscriptions.iter().map(|new| (new.id, new.started_at)).collect();
        begun.extend(changed(facts));
        let charged = facts.charges.iter().filter(|charge| charge.amount.is_positive());
        let charged: FxHashSet<(SubscriptionId, Instant)> = charged.map(|c| (c.subscription, c.at)).collect();
        self.renewals += charged.difference(&begun).count() as u64;
        for payment in &facts.payments {
            *self.collected.entry(payment.currency).or_default() += payment.paid;
        }
        for charge in &facts.charges {
            for draw in &charge.draws {
                *self.collected.entry(charge.asset).or_default() += draw.amount;
            }
        }
        self.add_shed(facts);
    }

    /// Adds what new grants lost before their ends.
    fn add_shed(&mut self, facts: &Facts) {
        if facts.expiries.is_empty() {
            return;
        }
        let granted = facts.lots.iter().filter(|lot| lot.granted_by.is_some());
        let granted: FxHashMap<LotId, _> = granted.map(|lot| (lot.id, lot)).collect();
        for expired in &facts.expiries {
            let Some(lot) = granted.get(&expired.lot) else { continue };
            if lot.granted_at == expired.at && lot.expires_at.is_none_or(|end| end > expired.at) {
                *self.shed.entry(lot.asset).or_default() += expired.amount;
            }
        }
    }

    /// Adds what fell due elsewhere.
    pub fn join(&mut self, other: Self) {
        self.renewals += other.renewals;
        for (asset, units) in other.collected {
            *self.collected.entry(asset).or_default() += units;
        }
        for (asset, units) in other.shed {
            *self.shed.entry(asset).or_default() += units;
        }
    }
}

/// What begins with a change that was planned: it is charged next to the credit for what is unused of the old terms.
fn changed(facts: &Facts) -> impl Iterator<Item = (SubscriptionId, Instant)> {
    let is_change = |pair: &&[ChargeFact]| {
        let (credit, charge) = (&pair[0], &pair[1]);
        let is_next =
            credit.at == charge.at && credit.asset == charge.asset && credit.subscription < charge.subscription;
        credit.amount.is_negative() && charge.amount.is_positive() && is_next
    };
    facts.charges.windows(2).filter(is_change).map(|pair| (pair[1].subscription, pair[1].at))
}
