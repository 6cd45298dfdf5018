//! What a change of a subscription brought about: what was charged, paid, credited and granted, what ended, and what is
//! past due.

use crate::billing::{ChargeFact, Engine, Facts, Life, LifeError, LotFact, Version};
use crate::cli::error::Failure;
use crate::cli::sum::Sum;
use crate::ids::{AssetId, LotId, SubscriptionId, VersionNumber};
use crate::money::{Amount, Total, Units};
use crate::report::PastDue;
use crate::time::Instant;
use crate::wallet::DecidedBy;
use serde::Serialize;
use std::collections::BTreeMap;

/// What happened, for people and scripts.
#[derive(Debug, Serialize)]
pub(super) struct Effects {
    charges: Vec<Charge>,
    /// What payments collected.
    paid: Vec<Sum>,
    /// What earlier credits gave for what payments would have collected.
    credit_used: Vec<Sum>,
    /// What credits for unused time left over, which went into the wallet.
    credited: Vec<Sum>,
    /// What automatic top-ups paid.
    auto_topups: Vec<Sum>,
    grants: Vec<Grant>,
    carried_on: Vec<Sum>,
    expired: Vec<Sum>,
    /// Whether a renewal was paid that had been past due.
    recovered: bool,
    past_due: Vec<PastDue>,
}

/// A fixed charge, or the credit for the unused part of one.
#[derive(Debug, Serialize)]
struct Charge {
    product: String,
    version: VersionNumber,
    price: String,
    /// Below zero for a credit.
    amount: Amount,
    asset: String,
    from: Instant,
    to: Instant,
    #[serde(skip)]
    units: (AssetId, Units),
}

#[derive(Debug, Serialize)]
struct Grant {
    product: String,
    version: VersionNumber,
    entitlement: String,
    amount: Amount,
    asset: String,
    expires_at: Option<Instant>,
    #[serde(skip)]
    units: (AssetId, Units),
}

/// Facts of one name and asset.
struct Group {
    name: String,
    asset: AssetId,
    units: Total<Units>,
    times: usize,
    until: Option<Instant>,
}

/// What a charge took of lots that hold credits of changes.
fn credit_used(charge: &ChargeFact) -> impl Iterator<Item = (AssetId, Units)> {
    let used = charge.draws.iter().filter(|draw| draw.decided_by == DecidedBy::Credit);
    used.map(|draw| (charge.asset, draw.amount))
}

/// What puts names to facts: the engine, and the customer before and after.
pub(super) struct Names<'a> {
    pub engine: &'a Engine,
    pub before: &'a Life,
    pub after: &'a Life,
    /// The customer's external id.
    pub customer: &'a str,
}

impl Names<'_> {
    /// What facts came to.
    ///
    /// # Errors
    /// When one of them is of something that is not there.
    pub fn effects(&self, facts: &Facts) -> Result<Effects, Failure> {
        let mut credits: Vec<LotId> = facts.charges.iter().filter_map(|charge| charge.lot).collect();
        credits.dedup();
        let credited = facts.lots.iter().filter(|lot| credits.contains(&lot.id));
        let is_rest = |lot: &LotFact| facts.rollovers.iter().any(|rollover| rollover.into == lot.id);
        let of_lot = |(lot, amount): (LotId, Units)| Ok((self.asset_of(facts, lot)?, amount));
        let carried_on = facts.rollovers.iter().map(|r| of_lot((r.lot, r.amount)));
        let expired = facts.expiries.iter().map(|e| of_lot((e.lot, e.amount)));
        let granted = facts.lots.iter().filter(|lot| !is_rest(lot)).map(|lot| self.grant(lot).transpose());
        Ok(Effects {
            charges: facts.charges.iter().map(|fact| self.charge(fact)).collect::<Result<_, _>>()?,
            paid: self.sums(facts.payments.iter().map(|p| (p.currency, p.paid))),
            credit_used: self.sums(facts.charges.iter().flat_map(credit_used)),
            credited: self.sums(credited.map(|lot| (lot.asset, lot.amount))),
            auto_topups: self.sums(facts.topups.iter().map(|t| (t.currency, t.paid))),
            grants: granted.flatten().collect::<Result<_, _>>()?,
            carried_on: self.sums(carried_on.collect::<Result<Vec<_>, Failure>>()?),
            expired: self.sums(expired.collect::<Result<Vec<_>, Failure>>()?),
            recovered: !facts.recoveries.is_empty(),
            past_due: match facts.lapses.as_slice() {
                [] => Vec::new(),
                _ => PastDue::all(self.engine, self.after, self.customer),
            },
        })
    }

    fn version(&self, id: SubscriptionId) -> Result<&Version, Failure> {
        let own = self.after.subscriptions.iter().find(|s| s.id == id);
        let own = own.ok_or_else(|| Failure::bug(format!("subscription {id} is not there")))?;
        Ok(self.engine.version(own.version))
    }

    /// The asset of a lot that is new, or was there before.
    fn asset_of(&self, facts: &Facts, id: LotId) -> Result<AssetId, Failure> {
        let new = facts.lots.iter().find(|lot| lot.id == id).map(|lot| lot.asset);
        let asset = new.map_or_else(|| self.before.asset_of(id), Ok);
        asset.map_err(|error| Failure::from(LifeError::from(error)))
    }

    fn charge(&self, fact: &ChargeFact) -> Result<Charge, Failure> {
        let version = self.version(fact.subscription)?;
        let price = version.fixed_prices.get(fact.price.place());
        let (_, price) = price.ok_or_else(|| Failure::bug(format!("charge {} is of no price", fact.id)))?;
        let Sum { amount, asset } = Sum::new(self.engine, fact.asset, fact.amount.into());
        let (product, version) = (version.product.clone(), version.number);
        let units = (fact.asset, fact.amount);
        Ok(Charge { product, version, price: price.name.clone(), amount, asset, from: fact.from, to: fact.to, units })
    }

    /// What an entitlement granted; none for other lots.
    fn grant(&self, lot: &LotFact) -> Result<Option<Grant>, Failure> {
        let Some(granted) = lot.granted_by else { return Ok(None) };
        let version = self.version(granted.subscription)?;
        let entitlement = version.entitlements.get(granted.entitlement.place());
        let (_, entitlement) =
            entitlement.ok_or_else(|| Failure::bug(format!("lot {} is of no entitlement", lot.id)))?;
        let Sum { amount, asset } = Sum::new(self.engine, lot.asset, lot.amount.into());
        let (product, version) = (version.product.clone(), version.number);
        let (entitlement, units) = (entitlement.name.clone(), (lot.asset, lot.amount));
        Ok(Some(Grant { product, version, entitlement, amount, asset, expires_at: lot.expires_at, units }))
    }

    /// Sums by asset, in the order of the assets.
    fn sums(&self, amounts: impl IntoIterator<Item = (AssetId, Units)>) -> Vec<Sum> {
        let mut sums: BTreeMap<AssetId, Total<Units>> = BTreeMap::new();
        for (asset, amount) in amounts {
            *sums.entry(asset).or_default() += amount;
        }
        sums.into_iter().map(|(asset, units)| Sum::new(self.engine, asset, units)).collect()
    }

    /// The effects in lines. What came round several times stands in one line.
    pub fn lines(&self, effects: &Effects) -> Vec<String> {
        let mut lines = Vec::new();
        for (verb, is_credit) in [("credited", true), ("charged", false)] {
            let own = effects.charges.iter().filter(|charge| charge.units.1.is_negative() == is_credit);
            let facts = own.map(|c| {
                let what = if is_credit { "the unused part of " } else { "" };
                let until = Some(c.to).filter(|to| !is_credit && *to > c.from);
                (
                    format!("{what}{} of {}@{}", c.price, c.product, c.version),
                    (c.units.0, Total::from(c.units.1).abs()),
                    until,
                )
            });
            lines.extend(self.grouped(facts).map(|(amount, what)| format!("{verb} {amount} for {what}")));
        }
        let mut say = |verb: &str, sums: &[Sum], rest: &str| {
            lines.extend(sums.iter().map(|Sum { amount, asset }| format!("{verb} {amount} {asset}{rest}")));
        };
        say("topped up automatically: paid", &effects.auto_topups, "");
        say("took", &effects.credit_used, " of an earlier credit");
        say("paid", &effects.paid, "");
        say("put", &effects.credited, " into the wallet");
        say("expired:", &effects.expired, "");
        say("carried over", &effects.carried_on, "");
        let grants =
            effects.grants.iter().map(|g| (g.entitlement.clone(), (g.units.0, g.units.1.into()), g.expires_at));
        lines.extend(self.grouped(grants).map(|(amount, what)| format!("granted {amount}: {what}")));
        if effects.recovered {
            lines.push("what was past due is paid".to_owned());
        }
        lines.extend(effects.past_due.iter().map(PastDue::to_string));
        lines
    }

    /// Adds up what has one name and asset: the sum, and the name with how often and until when.
    fn grouped(
        &self,
        facts: impl Iterator<Item = (String, (AssetId, Total<Units>), Option<Instant>)>,
    ) -> impl Iterator<Item = (String, String)> {
        let mut groups: Vec<Group> = Vec::new();
        for (name, (asset, units), until) in facts {
            match groups.iter_mut().find(|group| group.name == name && group.asset == asset) {
                Some(group) => {
                    group.units += units;
                    group.times += 1;
                    group.until = until;
                }
                None => groups.push(Group { name, asset, units, times: 1, until }),
            }
        }
        groups.into_iter().map(|Group { name, asset, units, times, until }| {
            let Sum { amount, asset } = Sum::new(self.engine, asset, units);
            let times = if times > 1 { format!(" ({times} times)") } else { String::new() };
            let until = until.map_or(String::new(), |until| format!(" until {until}"));
            (format!("{amount} {asset}"), format!("{name}{times}{until}"))
        })
    }
}
