//! Wallets of the slow model: what is held, paid in and drawn.

use super::*;

impl Model<'_> {
    /// What came back to lots that are over was lost at their ends.
    pub fn expire(&mut self, who: usize, hour: i64, came_back: bool) {
        for (index, lot) in self.lots.iter_mut().enumerate().filter(|(_, lot)| lot.who == who) {
            let left = lot.left();
            if left > 0 && lot.to.is_some_and(|to| to <= hour) {
                let breakage = lot.take(left);
                lot.lost += left;
                let dated = if came_back { lot.to.map_or(hour, |to| to.min(hour)) } else { hour };
                lot.lost_at = dated;
                self.revenue[usize::from(dated >= MONTH_END)] += breakage;
                self.story.expiries.push(format!("lot {} at {hour}: {left}, breakage {breakage}", index + 1));
            }
        }
    }

    pub fn repay(&mut self, who: usize, hour: i64) {
        for asset in 0..ASSETS.len() {
            for index in self.live(who, asset, hour) {
                let amount = self.owed[who][asset].min(self.lots[index].left());
                if amount > 0 {
                    let earned = self.lots[index].take(amount);
                    self.owed[who][asset] -= amount;
                    self.pay_back(Repaid { who, asset, lot: index, hour, made: self.made, amount });
                    self.earn(hour, earned);
                    self.story.repayments.push(format!("lot {} at {hour}: {amount}, earned {earned}", index + 1));
                }
            }
        }
    }

    /// The lots that can be used, in burn order.
    pub(super) fn live(&self, who: usize, asset: usize, hour: i64) -> Vec<usize> {
        let mut live: Vec<usize> = (0..self.lots.len()).collect();
        live.retain(|&index| {
            let lot = &self.lots[index];
            let lives = lot.from <= hour && lot.to.is_none_or(|to| hour < to);
            lot.who == who && lot.asset == asset && lives && lot.left() > 0
        });
        live.sort_by_key(|&index| {
            let lot = &self.lots[index];
            (lot.priority, lot.purpose, lot.to.unwrap_or(i64::MAX), lot.from, index)
        });
        live
    }

    pub(super) fn available(&self, who: usize, asset: usize) -> i128 {
        let live = self.live(who, asset, self.clocks[who]);
        live.iter().map(|&index| self.lots[index].left()).sum::<i128>() - self.owed[who][asset]
    }

    pub(super) fn take_back(&mut self, who: usize, asset: usize, mut amount: i128) {
        let live = self.live(who, asset, self.clocks[who]);
        let paid = |index: &&usize| self.lots[**index].purpose == 2;
        let mut order: Vec<usize> = live.iter().rev().filter(paid).copied().collect();
        order.extend(live.iter().rev().filter(|index| !paid(index)));
        for index in order {
            let part = amount.min(self.lots[index].left());
            if part > 0 {
                self.lots[index].take(part);
            }
            amount -= part;
        }
    }

    /// How many payments it takes; or why it can't be.
    pub(super) fn authorise(&self, who: usize, asset: usize, need: i128) -> Result<i64, &'static str> {
        let available = self.available(who, asset);
        if need == 0 || need <= available {
            return Ok(0);
        }
        let mut refused = "insufficient_funds";
        if let Some(rule) = &self.world.rules[asset] {
            let each = self.bought(asset, i128::from(rule.amount) * 100, self.clocks[who]);
            let mut count = 0;
            while each > 0 && available + each * i128::from(count) < need && self.may_pay(who, asset, count + 1) {
                count += 1;
            }
            if available + each * i128::from(count) >= need {
                return Ok(count);
            }
            refused = "auto_topup_limit";
        }
        if !self.world.overdraft {
            return Err(refused);
        }
        if need - available <= self.may_owe(asset) { Ok(0) } else { Err("overdraft_limit") }
    }

    /// How much an account may owe.
    pub fn may_owe(&self, asset: usize) -> i128 {
        let limit = self.world.overdraft_limits[asset].map(|whole| i128::from(whole * self.world.units(asset)));
        if self.world.overdraft { limit.unwrap_or(i128::MAX / 2) } else { 0 }
    }

    pub(super) fn below_threshold(&self, who: usize, asset: usize) -> bool {
        let threshold = self.world.rules[asset].as_ref().map(|rule| rule.threshold * self.world.units(asset));
        threshold.is_some_and(|threshold| self.available(who, asset) < i128::from(threshold))
    }

    /// Whether the rule may pay so many times more this month.
    pub(super) fn may_pay(&self, who: usize, asset: usize, count: i64) -> bool {
        let Some(rule) = &self.world.rules[asset] else { return false };
        let later = |hour: i64| hour >= MONTH_END;
        let now = self.clocks[who];
        let month = self.paid.iter().filter(|paid| (paid.0, paid.1) == (who, asset) && later(paid.2) == later(now));
        let paid: i64 = month.map(|paid| paid.3).sum();
        rule.limit.is_none_or(|limit| paid + count * rule.amount <= limit)
    }

    pub(super) fn pay(&mut self, who: usize, asset: usize) {
        let hour = self.clocks[who];
        let dollars = self.world.rules[asset].as_ref().map_or(0, |rule| rule.amount);
        let amount = self.bought(asset, i128::from(dollars) * 100, hour);
        self.paid.push((who, asset, hour, dollars));
        let event = self.story.events.len() + 1;
        self.story
            .payments
            .push(format!("customer {who} at {hour}: {dollars} dollars, {amount} {}, event {event}", ASSETS[asset]));
        self.grant(self.paid_lot(who, asset, amount, i128::from(dollars) * 1_000_000_000, hour));
    }

    pub(super) fn draw(&mut self, who: usize, asset: usize, mut amount: i128) -> Vec<Draw> {
        let mut draws = Vec::new();
        for index in self.live(who, asset, self.clocks[who]) {
            let part = amount.min(self.lots[index].left());
            if part > 0 {
                let earned = self.lots[index].take(part);
                draws.push(Draw { lot: Some(index), amount: part, earned });
            }
            amount -= part;
        }
        if amount > 0 {
            self.owed[who][asset] += amount;
            draws.push(Draw { lot: None, amount, earned: 0 });
        }
        draws
    }
}
