//! What a subscription owes and gets back when its terms change (docs/decisions.md, "Subscriptions").
//!
//! The unused part of what was charged is credited and the rest of the period is charged at the new price, both by exact
//! time and each rounded for itself; the net is collected, or credited to the wallet.

use super::collect::{Collected, Due, Short, Unpaid, due, share};
use super::engine::Engine;
use super::facts::{ChargeFact, Facts};
use super::failure::{Broken, LifeError};
use super::life::{Life, Subscription, has_room, line};
use super::unearned::Unearned;
use crate::catalog::{Collection, FixedPrice};
use crate::ids::{AssetId, FixedPriceIndex};
use crate::money::{Overflow, Units, Value, minor_step};
use crate::time::{Instant, Period};

/// The unused part of a charge.
#[derive(Clone, Copy)]
struct Credit {
    due: Due,
    /// What it would still have earned.
    value: Value,
}

/// Credits and charges that are settled with each other.
struct Side {
    asset: AssetId,
    collection: Collection,
    credits: Vec<Credit>,
    charges: Vec<Due>,
}

impl Side {
    /// What remains to be paid; below zero is credited.
    fn net(&self) -> Units {
        self.charged() - self.credited()
    }

    fn charged(&self) -> Units {
        self.charges.iter().map(|due| due.amount).sum()
    }

    /// A credit that the wallet can't hold.
    fn too_much_credit(&self, life: &Life) -> Option<Short> {
        let credit = -self.net();
        let is_too_much = credit.is_positive() && !has_room(life, self.asset, credit);
        is_too_much.then_some(Short { asset: self.asset, needed: credit, available: Units::ZERO })
    }

    fn credited(&self) -> Units {
        self.credits.iter().map(|credit| credit.due.amount).sum()
    }
}

impl Engine {
    /// A change that was to come has come: as [`Engine::change`], except that a wallet which can't pay makes the
    /// subscription past due.
    pub(super) fn switch_when_due(
        &mut self,
        life: &mut Life,
        index: usize,
        facts: &mut Facts,
    ) -> Result<(), LifeError> {
        let new = life.subscriptions[index];
        let at = new.started_at;
        let before = line(life, new.origin).filter(|s| s.ended_at == at && s.started_at < at).last().copied();
        let old = before.ok_or(Broken::Line(new.id))?;
        let rest = self.rest(&new, at);
        match self.settle_change(life, (&old, &new), rest, at, facts) {
            Err(Unpaid::Failed(error)) => return Err(error),
            Err(Unpaid::Short(short) | Unpaid::Full(short)) => self.lapse(life, &new, short, at, facts),
            Ok(()) => self.switch_entitlements(life, &old, &new, at, at, facts)?,
        }
        Ok(())
    }

    /// What begins at `begun_by` or later is not granted here: it comes round by itself.
    pub(super) fn switch_entitlements(
        &mut self,
        life: &mut Life,
        old: &Subscription,
        new: &Subscription,
        at: Instant,
        begun_by: Instant,
        facts: &mut Facts,
    ) -> Result<(), LifeError> {
        if new.anchor == old.anchor {
            return self.grant_increases(life, old, new, at, begun_by, facts);
        }
        // Counted from now, everything comes round now.
        self.first_grants(life, new, facts)
    }

    /// Credits what is unused under the old terms and charges what is due under the new ones, each net with the other where
    /// it is in the same asset and collected alike. All or nothing.
    pub(super) fn settle_change(
        &mut self,
        life: &mut Life,
        terms: (&Subscription, &Subscription),
        charges: Vec<Due>,
        at: Instant,
        facts: &mut Facts,
    ) -> Result<(), Unpaid> {
        let sides = sides(self.credits(life, terms.0, at)?, charges);
        if let Some(full) = sides.iter().find_map(|side| side.too_much_credit(life)) {
            return Err(Unpaid::Full(full));
        }
        let from_balance =
            sides.iter().filter(|side| side.collection == Collection::Balance && side.net().is_positive());
        let needs: Vec<(AssetId, Units)> = from_balance.map(|side| (side.asset, side.net())).collect();
        self.make_room(life, &needs, at, facts)?;
        let mut drawn: Vec<AssetId> = needs.into_iter().map(|(asset, _)| asset).collect();
        for side in sides {
            if self.settle_side(life, terms, &side, at, facts)? && !drawn.contains(&side.asset) {
                drawn.push(side.asset);
            }
        }
        for asset in drawn {
            self.top_up_below_threshold(life, asset, at, None, facts)?;
        }
        Ok(())
    }

    /// The unused part of each recurring charge of a subscription: never more than what was charged and not yet credited, nor,
    /// where money for it went back, than what is still to be earned.
    fn credits(&self, life: &Life, old: &Subscription, at: Instant) -> Result<Vec<Credit>, LifeError> {
        let version = self.version_of(old);
        let same = |c: &ChargeFact| line(life, old.origin).any(|s| s.id == c.subscription && s.version == old.version);
        let credit = |(price, (asset, fixed)): (FixedPriceIndex, &(AssetId, FixedPrice))| {
            let Some(whole) = fixed.interval.and_then(|interval| interval.period(old.anchor, at)) else {
                return Ok(None);
            };
            let charged = life.charges.iter().filter(|c| c.price == price && c.to == whole.to && same(c));
            let refunded = life.refunded.iter().filter(|part| charged.clone().any(|c| c.id == part.charge));
            let amount = Units::checked_sum(charged.clone().map(|c| c.amount));
            // What was owed and has been repaid since is worth something, too.
            let repaid = charged.clone().map(|c| life.repaid_of(c.id));
            let value = Value::checked_sum(charged.clone().map(|c| c.value).chain(repaid));
            let (amount, value) = amount.zip(value).ok_or(LifeError::Overflow(life.customer, Overflow))?;
            let value = value.max(Value::ZERO);
            let service = Period { from: at, to: whole.to };
            let full = due(old, price, *asset, fixed, service);
            let unused = self.prorated(&full, service, whole).min(amount);
            let (unused, value) = if refunded.clone().next().is_some() {
                let step = minor_step(self.asset(*asset).precision, self.asset(*asset).payment_digits());
                let left = Unearned::of(charged.clone(), refunded, at).and_then(|left| left.credit(unused, step));
                left.map_err(|overflow| LifeError::Overflow(life.customer, overflow))?
            } else {
                (unused, if unused.is_positive() { share(value, unused, amount) } else { Value::ZERO })
            };
            Ok(unused.is_positive().then_some(Credit { due: Due { amount: unused, ..full }, value }))
        };
        FixedPriceIndex::each(&version.fixed_prices).filter_map(|price| credit(price).transpose()).collect()
    }

    /// What the rest of each period costs under new terms.
    pub(super) fn rest(&self, new: &Subscription, at: Instant) -> Vec<Due> {
        let version = self.version_of(new);
        let rest = |(price, (asset, fixed)): (FixedPriceIndex, &(AssetId, FixedPrice))| {
            let whole = fixed.interval?.period(new.anchor, at)?;
            let service = Period { from: at, to: whole.to };
            let full = due(new, price, *asset, fixed, service);
            Some(Due { amount: self.prorated(&full, service, whole), ..full })
        };
        FixedPriceIndex::each(&version.fixed_prices).filter_map(rest).collect()
    }

    /// What the credits would still have earned goes to the new charges, with what is collected; what is credited to the
    /// wallet takes its part along. Returns whether the wallet gave something.
    fn settle_side(
        &mut self,
        life: &mut Life,
        (old, new): (&Subscription, &Subscription),
        side: &Side,
        at: Instant,
        facts: &mut Facts,
    ) -> Result<bool, LifeError> {
        let net = side.net();
        let overflow = || LifeError::Overflow(life.customer, Overflow);
        let unearned = Value::checked_sum(side.credits.iter().map(|credit| credit.value)).ok_or_else(overflow)?;
        let mut collected = Collected::nothing(Value::ZERO);
        let mut to_earn = unearned;
        let mut credit_lot = None;
        if net.is_positive() {
            collected = match side.collection {
                Collection::Payment => self.collect_payment(life, side.asset, net, at, facts)?,
                Collection::Balance => self.collect_balance(life, side.asset, net, at)?,
            };
            let overflow = LifeError::Overflow(life.customer, Overflow);
            to_earn = to_earn.checked_add(collected.value).ok_or(overflow)?;
        } else if net.is_negative() {
            let basis = share(unearned, -net, side.credited());
            to_earn -= basis;
            let lot = self.paid_lot(life, side.asset, -net, basis, at);
            credit_lot = Some(lot.id);
            life.credits.push(lot.id);
            self.put(life, lot, facts)?;
        }
        for credit in &side.credits {
            let due = Due { amount: -credit.due.amount, ..credit.due };
            self.note_charge(life, old, &due, at, Collected::nothing(-credit.value), facts);
            if let Some(noted) = facts.charges.last_mut() {
                noted.lot = credit_lot;
            }
        }
        let has_drawn = !collected.draws.is_empty();
        let total = side.charged();
        let (mut charged, mut earned) = (Units::ZERO, Value::ZERO);
        for due in side.charges.iter().filter(|due| due.amount.is_positive()) {
            charged += due.amount;
            let value = share(to_earn, charged, total) - earned;
            earned += value;
            let draws = std::mem::take(&mut collected.draws);
            self.note_charge(life, new, due, at, Collected { payment: collected.payment, draws, value }, facts);
        }
        Ok(has_drawn)
    }
}

/// Credits and charges by what they are in and how it is collected.
fn sides(credits: Vec<Credit>, charges: Vec<Due>) -> Vec<Side> {
    let mut sides: Vec<Side> = Vec::new();
    for (asset, collection) in credits.iter().map(|c| &c.due).chain(&charges).map(|due| (due.asset, due.collection)) {
        if !sides.iter().any(|side| (side.asset, side.collection) == (asset, collection)) {
            let of = |due: &Due| (due.asset, due.collection) == (asset, collection);
            let credits = credits.iter().filter(|credit| of(&credit.due)).copied().collect();
            let charges = charges.iter().filter(|due| of(due)).copied().collect();
            sides.push(Side { asset, collection, credits, charges });
        }
    }
    // What the wallet has been seen to hold goes first, and what comes into it may pay for the rest.
    sides.sort_by_key(|side| side.collection == Collection::Payment);
    sides
}
