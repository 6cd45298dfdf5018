//! What a change of a subscription brought about: what was charged, paid, credited and granted, what ended, and what is
//! past due.

use crate::billing::{ChargeFact, Engine, Facts, Life, LotFact, Version};
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

/// What several facts come to.
#[derive(Debug, Serialize)]
struct Sum {
    amount: Amount,
    asset: String,
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
    pub fn effects(&self, facts: &Facts) -> Effects {
        let mut credits: Vec<LotId> = facts.charges.iter().filter_map(|charge| charge.lot).collect();
        credits.dedup();
        let credited = facts.lots.iter().filter(|lot| credits.contains(&lot.id));
        let is_rest = |lot: &LotFact| facts.rollovers.iter().any(|rollover| rollover.into == lot.id);
        let of_lot = |(lot, amount): (LotId, Units)| Some((self.asset_of(facts, lot)?, amount));
        Effects {
            charges: facts.charges.iter().filter_map(|fact| self.charge(fact)).collect(),
            paid: self.sums(facts.payments.iter().map(|p| (p.currency, p.paid))),
            credit_used: self.sums(facts.charges.iter().flat_map(credit_used)),
            credited: self.sums(credited.map(|lot| (lot.asset, lot.amount))),
            auto_topups: self.sums(facts.topups.iter().map(|t| (t.currency, t.paid))),
            grants: facts.lots.iter().filter(|lot| !is_rest(lot)).filter_map(|lot| self.grant(lot)).collect(),
            carried_on: self.sums(facts.rollovers.iter().map(|r| (r.lot, r.amount)).filter_map(of_lot)),
            expired: self.sums(facts.expiries.iter().map(|e| (e.lot, e.amount)).filter_map(of_lot)),
            recovered: !facts.recoveries.is_empty(),
            past_due: match facts.lapses.as_slice() {
                [] => Vec::new(),
                _ => PastDue::all(self.engine, self.after, self.customer),
            },
        }
    }

    /// The version of a subscription. One that is not there has made no fact.
    fn version(&self, id: SubscriptionId) -> Option<&Version> {
        let own = self.after.subscriptions.iter().find(|s| s.id == id)?;
        Some(self.engine.version(own.version))
    }

    /// The asset of a lot that is new, or was there before.
    fn asset_of(&self, facts: &Facts, id: LotId) -> Option<AssetId> {
        let new = facts.lots.iter().find(|lot| lot.id == id).map(|lot| lot.asset);
        let mut accounts = self.before.accounts.iter();
        new.or_else(|| accounts.find(|(_, account)| account.lots().iter().any(|lot| lot.id == id)).map(|(id, _)| id))
    }

    fn charge(&self, fact: &ChargeFact) -> Option<Charge> {
        let version = self.version(fact.subscription)?;
        let (_, price) = version.fixed_prices.get(fact.price.place())?;
        let Sum { amount, asset } = self.sum((fact.asset, fact.amount.into()));
        let (product, version) = (version.product.clone(), version.number);
        let units = (fact.asset, fact.amount);
        Some(Charge { product, version, price: price.name.clone(), amount, asset, from: fact.from, to: fact.to, units })
    }

    fn grant(&self, lot: &LotFact) -> Option<Grant> {
        let granted = lot.granted_by?;
        let version = self.version(granted.subscription)?;
        let (_, entitlement) = version.entitlements.get(granted.entitlement.place())?;
        let Sum { amount, asset } = self.sum((lot.asset, lot.amount.into()));
        let (product, version) = (version.product.clone(), version.number);
        let (entitlement, units) = (entitlement.name.clone(), (lot.asset, lot.amount));
        Some(Grant { product, version, entitlement, amount, asset, expires_at: lot.expires_at, units })
    }

    fn sum(&self, (id, units): (AssetId, Total<Units>)) -> Sum {
        let asset = self.engine.asset(id);
        Sum { amount: asset.amount(units), asset: asset.code.clone() }
    }

    /// Sums by asset, in the order of the assets.
    fn sums(&self, amounts: impl Iterator<Item = (AssetId, Units)>) -> Vec<Sum> {
        let mut sums: BTreeMap<AssetId, Total<Units>> = BTreeMap::new();
        for (asset, amount) in amounts {
            *sums.entry(asset).or_default() += amount;
        }
        sums.into_iter().map(|sum| self.sum(sum)).collect()
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
            let Sum { amount, asset } = self.sum((asset, units));
            let times = if times > 1 { format!(" ({times} times)") } else { String::new() };
            let until = until.map_or(String::new(), |until| format!(" until {until}"));
            (format!("{amount} {asset}"), format!("{name}{times}{until}"))
        })
    }
}
