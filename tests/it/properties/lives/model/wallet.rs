//! Lots, what is taken from them, and automatic payments.

use super::calendar::{NEVER, month_start};
use super::{Lot, Model};
use crate::properties::lives::world::{ASSETS, CENT, USD, units};

impl Model<'_> {
    pub(super) fn paid_lot(&self, asset: usize, amount: i64, from: i64) -> Lot {
        let to = self.world.expires_after[asset].map_or(NEVER, |days| from + 2 * days);
        Lot { asset, purpose: 2, priority: 100, from, to, amount, left: amount, by: None, credit: false }
    }

    /// All lots with something left in burn order.
    pub(super) fn in_order(&self, asset: usize) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.lots.len()).collect();
        order.retain(|&lot| self.lots[lot].asset == asset && self.lots[lot].left > 0);
        order.sort_by_key(|&lot| {
            let Lot { priority, purpose, to, from, .. } = self.lots[lot];
            (priority, purpose, to, from, lot)
        });
        order
    }

    fn live(&self, asset: usize, tick: i64) -> Vec<usize> {
        let mut live = self.in_order(asset);
        live.retain(|&lot| self.lots[lot].from <= tick && tick < self.lots[lot].to);
        live
    }

    pub(super) fn available(&self, asset: usize, tick: i64) -> i64 {
        self.live(asset, tick).into_iter().map(|lot| self.lots[lot].left).sum::<i64>() - self.owed[asset]
    }

    /// Takes from live lots; what they lack is owed. Says which lot gave how much.
    pub(super) fn draw(&mut self, asset: usize, amount: i64, tick: i64) -> Vec<(Option<usize>, i64)> {
        let (mut missing, mut draws) = (amount, Vec::new());
        for lot in self.live(asset, tick) {
            let part = missing.min(self.lots[lot].left);
            if part > 0 {
                self.lots[lot].left -= part;
                missing -= part;
                draws.push((Some(lot), part));
            }
        }
        if missing > 0 {
            self.owed[asset] += missing;
            draws.push((None, missing));
        }
        draws
    }

    /// Takes what changes of terms have credited, in whole cents, and says how much that is: what is left of a charge of
    /// dollars is paid.
    pub(super) fn draw_credits(&mut self, amount: i64, tick: i64) -> i64 {
        let credits: Vec<usize> = self.live(USD, tick).into_iter().filter(|&lot| self.lots[lot].credit).collect();
        let left = credits.iter().map(|&lot| self.lots[lot].left).sum::<i64>().min(amount);
        let usable = left / CENT * CENT;
        let mut missing = usable;
        for lot in credits {
            let part = missing.min(self.lots[lot].left);
            self.lots[lot].left -= part;
            missing -= part;
        }
        usable
    }

    pub(super) fn draw_for_charge(&mut self, asset: usize, amount: i64, tick: i64) {
        let draws = self.draw(asset, amount, tick);
        let owed: i64 = draws.iter().filter(|(lot, _)| lot.is_none()).map(|(_, part)| part).sum();
        self.owed_for_charges[asset] += owed;
    }

    /// Takes in a lot, which pays what is owed first. What a line that is over grants pays nothing.
    pub(super) fn credit(&mut self, lot: Lot) {
        let (asset, by) = (lot.asset, lot.by);
        self.lots.push(lot);
        if !by.is_some_and(|by| self.has_ended(by.0, self.clock)) {
            self.repay_one(asset, self.clock);
        }
    }

    /// Pays back what is owed.
    pub(super) fn repay(&mut self, tick: i64) {
        (0..ASSETS.len()).for_each(|asset| self.repay_one(asset, tick));
    }

    /// A correction downwards: from paid lots first, in reverse burn order.
    pub(super) fn take_back(&mut self, asset: usize, amount: i64) -> bool {
        if amount > self.available(asset, self.clock) {
            return false;
        }
        let mut missing = amount;
        let live = self.live(asset, self.clock);
        for paid in [true, false] {
            for &lot in live.iter().rev() {
                let is_next = (self.lots[lot].purpose == 2) == paid;
                let part = if is_next { missing.min(self.lots[lot].left) } else { 0 };
                self.lots[lot].left -= part;
                missing -= part;
            }
        }
        true
    }

    /// What is needed in each asset.
    pub(super) fn needs(&self, amounts: impl Iterator<Item = (usize, i64)>) -> Vec<(usize, i64)> {
        let mut needs: Vec<(usize, i64)> = Vec::new();
        for (asset, amount) in amounts {
            match needs.iter_mut().find(|(other, _)| *other == asset) {
                Some((_, need)) => *need += amount,
                None => needs.push((asset, amount)),
            }
        }
        needs
    }

    /// What one automatic payment credits, and how many more the month allows.
    fn rule(&self, asset: usize, tick: i64) -> Option<(i64, i64)> {
        let rule = self.world.rules[asset].as_ref()?;
        let month = self.paid.iter().filter(|(other, at, _)| *other == asset && month_start(*at) == month_start(tick));
        let paid: i64 = month.map(|(_, _, dollars)| dollars).sum();
        let credited = if asset == USD { units(rule.amount * 100, USD) } else { rule.amount * 10 };
        Some((credited, rule.limit.map_or(1_000, |limit| (limit - paid) / rule.amount)))
    }

    /// How a need can be covered: by so many payments, or by going below zero; or why it can't.
    pub(super) fn authorise(&self, asset: usize, need: i64, tick: i64) -> Result<(i64, bool), &'static str> {
        let available = self.available(asset, tick);
        if need == 0 || need <= available {
            return Ok((0, false));
        }
        let mut refused = "insufficient_funds";
        if let Some((credited, allowed)) = self.rule(asset, tick) {
            if let Some(count) = (1..=allowed).find(|count| available + count * credited >= need) {
                return Ok((count, false));
            }
            refused = "auto_topup_limit";
        }
        if !self.world.overdraft {
            return Err(refused);
        }
        let limit = self.world.overdraft_limits[asset].map(|limit| units(limit, asset));
        if limit.is_none_or(|limit| available - need >= -limit) { Ok((0, true)) } else { Err("overdraft_limit") }
    }

    /// Makes the payments that it takes to cover all needs, or none.
    pub(super) fn make_room(&mut self, needs: &[(usize, i64)], tick: i64) -> bool {
        let counts: Result<Vec<_>, _> =
            needs.iter().map(|&(asset, need)| Ok((asset, self.authorise(asset, need, tick)?.0))).collect();
        let Ok(counts): Result<_, &str> = counts else { return false };
        for (asset, count) in counts {
            self.pay(asset, count, tick);
        }
        true
    }

    pub(super) fn pay(&mut self, asset: usize, count: i64, tick: i64) {
        let Some((credited, _)) = self.rule(asset, tick) else { return };
        let dollars = self.world.rules[asset].as_ref().map_or(0, |rule| rule.amount);
        for _ in 0..count {
            self.credit(self.paid_lot(asset, credited, tick));
            self.paid.push((asset, tick, dollars));
        }
    }

    /// Pays back what is owed of one asset.
    fn repay_one(&mut self, asset: usize, tick: i64) {
        for lot in self.live(asset, tick) {
            let amount = self.owed[asset].min(self.lots[lot].left);
            self.owed[asset] -= amount;
            self.lots[lot].left -= amount;
            let for_charges = self.owed_for_charges[asset].min(amount);
            self.owed_for_charges[asset] -= for_charges;
            self.move_overdraft(asset, lot, amount - for_charges);
        }
    }

    /// Pays while the balance is below the threshold and the month allows it.
    pub(super) fn top_up(&mut self, asset: usize, tick: i64) {
        let threshold = self.world.rules[asset].as_ref().map(|rule| rule.threshold);
        let Some(threshold) = threshold.map(|whole| if asset == USD { units(whole * 100, USD) } else { whole }) else {
            return;
        };
        while self.available(asset, tick) < threshold && self.rule(asset, tick).is_some_and(|(_, allowed)| allowed > 0)
        {
            self.pay(asset, 1, tick);
        }
    }
}
