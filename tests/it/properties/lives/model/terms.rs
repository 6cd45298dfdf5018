//! How subscriptions begin, change and end.

use super::calendar::{NEVER, period};
use super::{Due, Lot, Model, Sub};
use crate::properties::lives::world::How;

impl Model<'_> {
    pub(super) fn subscribe(&mut self, product: usize, seats: i64, start: i64, end: i64) {
        self.advance(start);
        let sub = self.subs.len();
        self.subs.push(Sub { product, seats, start, end, anchor: start, origin: sub });
        let first = self.reached(sub, start);
        self.charge_or_lapse(sub, &first, start, self.clock);
        if !self.is_past_due(sub) {
            self.first_grants(sub);
        }
        for tick in start + 1..=self.clock {
            self.roll_over(sub, tick);
            self.renew(sub, tick, self.clock);
            self.refresh(sub, tick);
        }
        self.expire(self.clock);
        self.use_credit();
    }

    /// Whether a subscription's terms can change.
    fn is_changeable(&self, sub: usize, product: usize, seats: i64, now: i64) -> bool {
        let own = &self.subs[sub];
        let pending = !self.following(sub).is_empty();
        own.is_active(now) && !self.is_past_due(sub) && !pending && (own.product, own.seats) != (product, seats)
    }

    pub(super) fn change(&mut self, old: usize, product: usize, seats: i64, now: i64, how: How) -> bool {
        let named = if let How::Later(ticks) = how { now + ticks } else { now };
        if named < self.clock {
            return false;
        }
        // What begins later is judged by how things would stand now, and moves no time.
        let planned = how == How::PeriodEnd || (how != How::Now && named > self.clock);
        if !planned {
            self.advance(named);
        }
        let mut then = self.clone();
        then.advance(now);
        if !then.is_changeable(old, product, seats, named) || (planned && self.subs[old].end < NEVER) {
            return false;
        }
        let start = if how == How::PeriodEnd { self.period_end(old, named) } else { Some(named) };
        let Some(start) = start else { return false };
        let same_cycle = self.cycle(old) == self.world.products[product].cycle();
        let anchor = if same_cycle { self.subs[old].anchor } else { start };
        let terms = Sub { product, seats, start, end: self.subs[old].end, anchor, origin: self.subs[old].origin };
        let new = self.subs.len();
        self.subs.push(terms);
        if planned {
            self.subs[old].end = start;
            return true;
        }
        let rest = self.rest(new, start);
        if !self.settle_change(old, new, rest, start) {
            self.subs.pop();
            return false;
        }
        self.subs[old].end = start;
        self.roll_over(new, start);
        self.expire(start);
        self.switch_grants(old, new, start, NEVER);
        self.use_credit();
        true
    }

    pub(super) fn period_end(&self, sub: usize, tick: i64) -> Option<i64> {
        let anchor = self.subs[sub].anchor;
        self.cycle(sub).filter(|_| tick >= anchor).map(|cycle| period(anchor, cycle, tick).1)
    }

    /// The terms that follow, without those that were taken back.
    fn following(&self, sub: usize) -> Vec<usize> {
        let mut line = self.line(self.subs[sub].origin);
        line.retain(|&other| other > sub && self.subs[other].is_held());
        line
    }

    pub(super) fn cancel(&mut self, sub: usize, end: i64) -> bool {
        let own = self.subs[sub];
        let is_late = |next: &Sub| next.start < end || next.start <= self.clock;
        let next: Vec<usize> = self.following(sub);
        let has_begun = own.start < end || (own.start == end && own.origin != sub && end <= self.clock);
        let is_over = end > own.end && own.end <= self.clock;
        if !has_begun || is_over || next.iter().any(|&next| is_late(&self.subs[next])) {
            return false;
        }
        for next in next {
            self.subs[next].end = self.clock;
        }
        self.subs[sub].end = end;
        self.expire(self.clock);
        true
    }

    /// What has come by `now` can't be taken back.
    pub(super) fn resume(&mut self, sub: usize, now: i64) -> bool {
        self.advance(now);
        let own = self.subs[sub];
        if own.end == NEVER || own.end <= self.clock {
            return false;
        }
        let follows = |other: &Sub| {
            other.origin != own.origin && other.product == own.product && other.start >= own.end && other.is_held()
        };
        if self.subs.iter().any(follows) {
            return false;
        }
        for next in self.following(sub) {
            self.subs[next].end = self.clock;
        }
        self.subs[sub].end = NEVER;
        true
    }

    /// A change that was to come has come.
    pub(super) fn switch(&mut self, new: usize) {
        let start = self.subs[new].start;
        let before = |&sub: &usize| self.subs[sub].end == start && self.subs[sub].start < start;
        let Some(old) = self.line(self.subs[new].origin).into_iter().rfind(before) else { return };
        let rest = self.rest(new, start);
        match self.settle_change(old, new, rest, start) {
            true => self.switch_grants(old, new, start, start),
            false => self.lapse(new, start),
        }
    }

    fn switch_grants(&mut self, old: usize, new: usize, now: i64, begun_by: i64) {
        if self.subs[old].anchor == self.subs[new].anchor {
            self.grant_increases(old, new, now, begun_by);
        } else {
            self.first_grants(new);
        }
    }

    /// What the terms give more than any others of the line that were held in the same period, if that began before
    /// `begun_by`.
    pub(super) fn grant_increases(&mut self, old: usize, new: usize, now: i64, begun_by: i64) {
        for (index, entitlement) in self.product(new).entitlements.iter().enumerate() {
            let (from, to) = self.span(new, entitlement, now);
            if from >= begun_by || now >= to {
                continue;
            }
            let mut had = 0;
            for other in self.line(self.subs[new].origin) {
                let Sub { start, end, .. } = self.subs[other];
                if other == old || (other != new && start <= end && (end > from || start >= from)) {
                    let all = self.product(other).entitlements.iter().enumerate();
                    let same = all.filter(|(e, _)| self.counterpart(new, (other, *e)) == Some(index));
                    had = had.max(same.map(|(_, e)| self.granted(other, e)).sum());
                }
            }
            let more = i128::from((self.granted(new, entitlement) - had).max(0));
            let amount = match entitlement.lifecycle {
                Some(_) => (more * i128::from(to - now) / i128::from(to - from)) as i64,
                None => more as i64,
            };
            if amount > 0 {
                self.grant(new, index, amount, now, to);
            }
        }
    }

    /// What the rest of each period costs.
    fn rest(&self, sub: usize, now: i64) -> Vec<Due> {
        let recurring = self.reached(sub, now).into_iter().filter(|due| due.from < due.to);
        let rest = |due: Due| Due {
            amount: self.prorated(&due, due.amount, due.to - now, due.to - due.from),
            from: now,
            ..due
        };
        recurring.map(rest).collect()
    }

    /// The unused part of what was charged, never more than was.
    fn credits(&self, old: usize, now: i64) -> Vec<Due> {
        let mut credits = Vec::new();
        for due in self.rest(old, now) {
            let own = |sub: usize| {
                self.subs[sub].origin == self.subs[old].origin && self.subs[sub].product == self.subs[old].product
            };
            let charged = self.charges.iter().filter(|(sub, c)| own(*sub) && (c.price, c.to) == (due.price, due.to));
            let amount = due.amount.min(charged.map(|(_, charge)| charge.amount).sum());
            if amount > 0 {
                credits.push(Due { amount: -amount, ..due });
            }
        }
        credits
    }

    /// Settles credits with charges where they are in the same asset and collected alike. All or nothing.
    pub(super) fn settle_change(&mut self, old: usize, new: usize, charges: Vec<Due>, now: i64) -> bool {
        let credits = self.credits(old, now);
        let mut sides: Vec<(usize, bool)> = Vec::new();
        for due in credits.iter().chain(&charges) {
            if !sides.contains(&(due.asset, due.balance)) {
                sides.push((due.asset, due.balance));
            }
        }
        // Payments come last: what goes into the wallet may pay for them.
        sides.sort_by_key(|(_, balance)| !balance);
        let net = |side: (usize, bool)| {
            let own = credits.iter().chain(&charges).filter(|due| (due.asset, due.balance) == side);
            own.map(|due| due.amount).sum::<i64>()
        };
        let wallet = sides.iter().filter(|(_, balance)| *balance).map(|&side| (side.0, net(side)));
        let wallet = wallet.filter(|(_, net)| *net > 0);
        let needs = self.needs(wallet);
        if !self.make_room(&needs, now) {
            return false;
        }
        let mut touched: Vec<usize> = needs.iter().map(|(asset, _)| *asset).collect();
        for &(asset, balance) in &sides {
            let net = net((asset, balance));
            if net < 0 {
                self.credit(Lot { credit: true, ..self.paid_lot(asset, -net, now) });
            } else if balance {
                self.draw_for_charge(asset, net, now);
            } else if self.draw_credits(net, now) > 0 && !touched.contains(&asset) {
                touched.push(asset);
            }
            let own = |due: &&Due| (due.asset, due.balance) == (asset, balance);
            credits.iter().filter(own).for_each(|due| self.note(old, *due, now));
            charges.iter().filter(own).filter(|due| due.amount > 0).for_each(|due| self.note(new, *due, now));
        }
        touched.into_iter().for_each(|asset| self.top_up(asset, now));
        true
    }
}
