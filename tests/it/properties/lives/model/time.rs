//! Time going by: what ends, comes round, and is tried again.

use super::calendar::{NEVER, after, month_start, period};
use super::{Due, Lot, Model};
use crate::properties::lives::world::{Entitlement, Refresh, USD, units};

impl Model<'_> {
    pub(super) fn advance(&mut self, to: i64) {
        for tick in (self.clock + 1).max(0)..=to {
            self.clock = tick;
            self.settle(tick);
        }
        self.clock = self.clock.max(to);
    }

    fn settle(&mut self, tick: i64) {
        let something_happens = self.something_happens(tick);
        let all = 0..self.subs.len();
        all.clone().for_each(|sub| self.roll_over(sub, tick));
        self.expire(tick);
        self.repay(tick);
        all.clone().for_each(|sub| self.renew(sub, tick, tick));
        all.for_each(|sub| self.refresh(sub, tick));
        if something_happens {
            self.recover();
        }
    }

    /// Whether time changes anything, so that what is past due is tried again.
    fn something_happens(&self, tick: i64) -> bool {
        let lots = self.lots.iter().any(|lot| lot.left > 0 && (lot.to == tick || lot.from == tick));
        let turn = |sub: usize| {
            let own = &self.subs[sub];
            let begins = own.start == tick && own.origin != sub && own.is_held();
            begins
                || (own.is_held() && own.end == tick)
                || (own.start < tick && own.is_active(tick) && self.turns(sub, tick))
        };
        lots || month_start(tick) == tick || (0..self.subs.len()).any(turn)
    }

    /// Whether a fixed price or an entitlement comes round.
    fn turns(&self, sub: usize, tick: i64) -> bool {
        let anchor = self.subs[sub].anchor;
        let product = self.product(sub);
        let fixed = product.fixed.iter().filter_map(|fixed| fixed.every);
        let refreshed = product.entitlements.iter().filter_map(|e| e.lifecycle).filter(|l| l.1 != Refresh::Never);
        fixed.chain(refreshed.map(|l| l.0)).any(|every| period(anchor, every, tick).0 == tick)
    }

    /// Which entitlement of `sub` goes on with the one that granted a lot: that of its name, else the first in its asset.
    pub(super) fn counterpart(&self, sub: usize, by: (usize, usize)) -> Option<usize> {
        if self.subs[by.0].origin != self.subs[sub].origin {
            return None;
        }
        let old = &self.product(by.0).entitlements[by.1];
        let new = &self.product(sub).entitlements;
        let named = new.iter().position(|e| e.asset == old.asset && e.name == old.name);
        named.or_else(|| new.iter().position(|e| e.asset == old.asset))
    }

    /// Whether what terms granted is over: their line is, or it has been counted anew.
    pub(super) fn has_ended(&self, sub: usize, tick: i64) -> bool {
        let mut line = self.line(self.subs[sub].origin);
        line.retain(|&index| self.subs[index].is_held());
        let anew = |&index: &usize| {
            index > sub && self.subs[index].start <= tick && self.subs[index].anchor != self.subs[sub].anchor
        };
        line.iter().all(|&index| self.subs[index].end <= tick) || line.iter().any(anew)
    }

    pub(super) fn roll_over(&mut self, sub: usize, tick: i64) {
        if !self.subs[sub].is_active(tick) {
            return;
        }
        for (index, entitlement) in self.product(sub).entitlements.iter().enumerate() {
            let Some((every, Refresh::RollOver(limit))) = entitlement.lifecycle else { continue };
            let seats = if entitlement.per_seat { self.subs[sub].seats } else { 1 };
            let mut room = limit.map_or(i64::MAX, |limit| units(limit, entitlement.asset) * seats);
            let mut carried = Vec::new();
            for lot in self.in_order(entitlement.asset).into_iter().rev() {
                let Some(by) = self.lots[lot].by.filter(|by| self.counterpart(sub, *by) == Some(index)) else {
                    continue;
                };
                if self.lots[lot].to != tick && !self.has_ended(by.0, tick) {
                    continue;
                }
                let amount = room.min(self.lots[lot].left);
                room -= amount;
                // What is not carried is over.
                self.lots[lot].left = 0;
                if amount > 0 {
                    carried.push((lot, amount));
                }
            }
            let amount = carried.iter().map(|(_, amount)| amount).sum();
            if amount > 0 {
                let into = self.lots.len() + 1;
                let told = carried
                    .iter()
                    .map(|(lot, amount)| format!("rollover at {tick}: {amount} of lot {} into {into}", lot + 1));
                self.story.extend(told);
                let to = period(self.subs[sub].anchor, every, tick).1;
                self.grant(sub, index, amount, tick, to);
            }
        }
    }

    pub(super) fn expire(&mut self, tick: i64) {
        for lot in 0..self.lots.len() {
            let ended = self.lots[lot].by.is_some_and(|by| self.has_ended(by.0, tick));
            if ended || self.lots[lot].to <= tick {
                self.lots[lot].left = 0;
            }
        }
    }

    /// Charges what comes round at a tick, from what the wallet has at `now`.
    pub(super) fn renew(&mut self, sub: usize, tick: i64, now: i64) {
        let own = self.subs[sub];
        if !own.is_active(tick) || self.is_past_due(sub) {
            return;
        }
        if own.start == tick && own.origin != sub {
            return self.switch(sub);
        }
        if own.start < tick {
            let mut due = self.reached(sub, tick);
            due.retain(|due| due.from == tick && due.to > tick);
            self.charge_or_lapse(sub, &due, tick, now);
        }
    }

    /// Each recurring price with the period it is in.
    pub(super) fn reached(&self, sub: usize, tick: i64) -> Vec<Due> {
        let own = self.subs[sub];
        let mut due = Vec::new();
        for (price, fixed) in self.product(sub).fixed.iter().enumerate() {
            let amount = units(fixed.of_seats(own.seats), fixed.asset);
            let (from, to) = fixed.every.map_or((own.start, own.start), |every| period(own.anchor, every, tick));
            due.push(Due { price, asset: fixed.asset, balance: fixed.balance, amount, from, to });
        }
        due
    }

    pub(super) fn charge_or_lapse(&mut self, sub: usize, due: &[Due], tick: i64, now: i64) {
        if !self.charge(sub, due, tick, now) {
            self.lapse(sub, tick);
        }
    }

    pub(super) fn lapse(&mut self, sub: usize, tick: i64) {
        let origin = self.subs[sub].origin;
        self.past_due.push((origin, tick));
        self.story.push(format!("lapse of {} at {tick}", origin + 1));
    }

    fn charge(&mut self, sub: usize, due: &[Due], tick: i64, now: i64) -> bool {
        let needs =
            self.needs(due.iter().filter(|due| due.balance && due.amount > 0).map(|due| (due.asset, due.amount)));
        if !self.make_room(&needs, now) {
            return false;
        }
        for due in due.iter().filter(|due| due.amount > 0 && due.balance) {
            self.draw_for_charge(due.asset, due.amount, now);
            self.note(sub, *due, tick);
        }
        let mut touched: Vec<usize> = needs.iter().map(|(asset, _)| *asset).collect();
        for due in due.iter().filter(|due| due.amount > 0 && !due.balance) {
            if self.draw_credits(due.amount, now) > 0 && !touched.contains(&USD) {
                touched.push(USD);
            }
            self.note(sub, *due, tick);
        }
        touched.into_iter().for_each(|asset| self.top_up(asset, now));
        true
    }

    /// Tells a charge.
    pub(super) fn note(&mut self, sub: usize, due: Due, tick: i64) {
        let Due { price, from, to, amount, .. } = due;
        self.story.push(format!("charge at {tick}: {amount} for {from}..{to} of price {price} of {}", sub + 1));
        self.charges.push((sub, due));
    }

    /// What an entitlement's grant at a tick is for.
    pub(super) fn span(&self, sub: usize, entitlement: &Entitlement, tick: i64) -> (i64, i64) {
        let anchor = self.subs[sub].anchor;
        match entitlement.lifecycle {
            None => (anchor, NEVER),
            Some((every, Refresh::Never)) => (anchor, after(anchor, every)),
            Some((every, _)) => period(anchor, every, tick),
        }
    }

    /// Grants what comes round; what is counted from this tick has been granted.
    pub(super) fn refresh(&mut self, sub: usize, tick: i64) {
        if !self.subs[sub].is_active(tick) || self.subs[sub].anchor == tick || self.is_past_due(sub) {
            return;
        }
        for (index, entitlement) in self.product(sub).entitlements.iter().enumerate() {
            let recurs = entitlement.lifecycle.is_some_and(|(_, refresh)| refresh != Refresh::Never);
            let (from, to) = self.span(sub, entitlement, tick);
            if recurs && from == tick {
                self.grant(sub, index, self.granted(sub, entitlement), tick, to);
            }
        }
    }

    pub(super) fn grant(&mut self, sub: usize, index: usize, amount: i64, from: i64, to: i64) {
        let Entitlement { asset, promotion, priority, .. } = self.product(sub).entitlements[index];
        let purpose = u8::from(!promotion);
        self.credit(Lot {
            asset,
            purpose,
            priority,
            from,
            to,
            amount,
            left: amount,
            by: Some((sub, index)),
            credit: false,
        });
    }

    /// Everything that is granted as terms begin.
    pub(super) fn first_grants(&mut self, sub: usize) {
        let start = self.subs[sub].start;
        for (index, entitlement) in self.product(sub).entitlements.iter().enumerate() {
            let to = entitlement.lifecycle.map_or(NEVER, |(every, _)| after(start, every));
            self.grant(sub, index, self.granted(sub, entitlement), start, to);
        }
    }

    /// Tries again what is past due.
    pub(super) fn recover(&mut self) {
        for (origin, lapsed) in self.past_due.clone() {
            let now = self.clock.max(lapsed);
            let line = self.line(origin);
            let Some(&sub) = line.iter().find(|&&sub| self.subs[sub].is_active(now)) else { continue };
            let begun = |sub: &usize| self.subs[*sub].start < lapsed || *sub == origin;
            let real = |sub: &usize| self.subs[*sub].start <= self.subs[*sub].end;
            let old = line.into_iter().filter(real).rfind(begun).filter(|&old| old != sub);
            if !self.pay_late(sub, old, lapsed, now) {
                continue;
            }
            self.past_due.retain(|other| other.0 != origin);
            self.story.push(format!("recovery of {} at {now}", origin + 1));
            if let Some(old) = old {
                self.grant_increases(old, sub, now, lapsed);
            }
            for (index, entitlement) in self.product(sub).entitlements.iter().enumerate() {
                let (from, to) = self.span(sub, entitlement, now);
                if lapsed <= from && now < to {
                    self.grant(sub, index, self.granted(sub, entitlement), now, to);
                }
            }
        }
    }

    /// Whole periods that began since it lapsed; the rest of others only if the terms have changed.
    fn pay_late(&mut self, sub: usize, old: Option<usize>, lapsed: i64, now: i64) -> bool {
        let mut due = Vec::new();
        for reached in self.reached(sub, now) {
            let Due { from, to, amount, .. } = reached;
            if from == to {
                if sub == self.subs[sub].origin && self.subs[sub].start == lapsed {
                    due.push(Due { from: now, to: now, ..reached });
                }
            } else if from >= lapsed {
                due.push(Due { from: now, ..reached });
            } else if old.is_some() {
                let amount = self.prorated(&reached, amount, to - now, to - from);
                due.push(Due { from: now, amount, ..reached });
            }
        }
        match old {
            Some(old) => self.settle_change(old, sub, due, now),
            None => self.charge(sub, &due, now, now),
        }
    }

    /// New credit pays what is past due.
    pub(super) fn use_credit(&mut self) {
        self.recover();
        self.expire(self.clock);
    }

    /// A part of an amount, to the cent where it is a payment.
    pub(super) fn prorated(&self, due: &Due, amount: i64, part: i64, whole: i64) -> i64 {
        let step = if due.asset == USD && !due.balance { units(1, USD) } else { 1 };
        let (numerator, denominator) = (i128::from(amount / step) * i128::from(part), i128::from(whole));
        let (down, rest) = (numerator / denominator, numerator % denominator);
        let up = rest * 2 > denominator || (rest * 2 == denominator && down % 2 == 1);
        (down + i128::from(up)) as i64 * step
    }
}
