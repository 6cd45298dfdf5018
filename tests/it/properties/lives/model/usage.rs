//! Usage: what an event owes, and how that is covered, taken and given back.

use super::Model;
use super::calendar::{month_start, period};
use crate::properties::lives::world::{
    ASSETS, Action, CENT, Model as Pricing, Row, TierPeriod, USD, Usage, What, units,
};

/// What quantities are added up by: the first subscription of the line that has them, price, row, tier period.
pub(super) type Key = (usize, usize, usize, i64);

/// What was drawn under a volume price: so many units of the fee, as so much of a lot or of the overdraft.
#[derive(Clone)]
pub(super) struct Drawn {
    key: Key,
    units: i64,
    asset: usize,
    lot: Option<usize>,
    amount: i64,
}

#[derive(Clone)]
struct Fee {
    sub: usize,
    key: Key,
    /// In 10^-28.
    volume: i128,
    asset: usize,
    amount: i64,
    falls: bool,
    /// Cents for a credit that is lacking.
    rate: Option<i64>,
    /// How many credits are charged as overage, and what that is in dollars.
    overage: (i64, i64),
    draws: Vec<String>,
}

impl Model<'_> {
    pub(super) fn event(&mut self, action: &Action) {
        let What::Use { ago, .. } = action.what else { return };
        let tick = action.tick - ago;
        self.advance(tick);
        let line = match self.fees(action, tick) {
            Err(reason) => format!("unpriced: {reason}"),
            Ok(fees) => self.take(fees),
        };
        self.story.push(format!("event at {tick}: {line}"));
    }

    /// One fee for each price that matches, or why there is none.
    fn fees(&self, action: &Action, tick: i64) -> Result<Vec<Fee>, &'static str> {
        let What::Use { event_type, model, volume, is_tiny, .. } = action.what else { return Err("no use") };
        let volume = i128::from(volume) * if is_tiny { 1 } else { ONE };
        let mut fees = Vec::new();
        let active: Vec<usize> = (0..self.subs.len()).filter(|&sub| self.subs[sub].is_active(tick)).collect();
        for &sub in &active {
            let own = &self.subs[sub];
            let prices = self.product(sub).usage.iter().enumerate();
            for (price, usage) in prices.filter(|(_, usage)| usage.event_type == event_type) {
                let exact = usage.rows.iter().position(|row| row.model.is_some() && row.model == model);
                let row = exact.unwrap_or(usage.rows.len() - 1);
                let from = match usage.period {
                    TierPeriod::Lifetime => 0,
                    TierPeriod::Month => month_start(tick),
                    // Nothing comes before it.
                    TierPeriod::Event => tick,
                    TierPeriod::Cycle => self.cycle(sub).map_or(0, |cycle| period(own.anchor, cycle, tick).0),
                };
                let places = self.counted(sub, price, row);
                let keys: Vec<Key> = places.into_iter().map(|(sub, row)| (sub, price, row, from)).collect();
                let key = keys[0];
                let used = || self.used.iter().filter(|_| usage.period != TierPeriod::Event);
                let before: i128 = used().filter(|used| keys.contains(&used.0)).map(|used| used.1).sum();
                let charged: i64 = used().filter(|used| used.0 == key).map(|used| used.2).sum();
                let rate = |volume| rate(usage, &usage.rows[row], volume);
                let amount = (rate(before + volume) - rate(before)).max(-charged);
                let falls = usage.model == Pricing::Volume && usage.period != TierPeriod::Event;
                let (asset, rate) = (usage.asset, usage.overage);
                fees.push(Fee { sub, key, volume, asset, amount, falls, rate, overage: (0, 0), draws: Vec::new() });
            }
        }
        match fees.is_empty() {
            false => Ok(fees),
            true if !active.is_empty() => Err("no_price"),
            true if self.subs.iter().any(|sub| sub.is_held() && sub.end <= tick) => Err("subscription_ended"),
            true if self.subs.is_empty() => Err("no_subscription"),
            true => Err("subscription_not_started"),
        }
    }

    /// Whose quantities are added up for a row of a price, with the row's place there: of all terms of the line that have
    /// the same price for the same model, the first that is charged alike, and then the first of each other kind.
    fn counted(&self, sub: usize, price: usize, row: usize) -> Vec<(usize, usize)> {
        let own = &self.product(sub).usage[price];
        let money = |usage: &Usage| (usage.asset, usage.model == Pricing::Volume, usage.overage.is_some());
        let mut first: Vec<((usize, bool, bool), usize, usize)> = Vec::new();
        for other in self.line(self.subs[sub].origin) {
            let Some(usage) = self.product(other).usage.get(price) else { continue };
            let place = usage.rows.iter().position(|other| other.model == own.rows[row].model);
            let is_same = (usage.event_type, usage.period) == (own.event_type, own.period);
            let Some(place) = place.filter(|_| is_same) else { continue };
            if !first.iter().any(|(known, ..)| *known == money(usage)) {
                first.push((money(usage), other, place));
            }
        }
        first.sort_by_key(|(known, ..)| *known != money(own));
        first.into_iter().map(|(_, other, place)| (other, place)).collect()
    }

    /// All fees or none.
    fn take(&mut self, mut fees: Vec<Fee>) -> String {
        let amounts: Vec<String> = fees.iter().map(|fee| format!("{} {}", fee.amount, ASSETS[fee.asset])).collect();
        let amounts = amounts.join(" + ");
        if let Some(fee) = fees.iter().find(|fee| self.is_past_due(fee.sub)) {
            return format!("denied {amounts}: past_due of {}", ASSETS[fee.asset]);
        }
        let before = self.clone();
        for fee in fees.iter_mut().filter(|fee| fee.amount < 0) {
            self.give_back(fee);
        }
        if fees.iter().any(|fee| fee.amount < 0) {
            self.expire(self.clock);
            self.repay(self.clock);
        }
        let payments = match self.cover(&mut fees) {
            Ok(payments) => payments,
            Err((asset, reason)) => {
                *self = before;
                return format!("denied {amounts}: {reason} of {}", ASSETS[asset]);
            }
        };
        for (asset, count) in payments {
            self.pay(asset, count, self.clock);
        }
        for fee in &mut fees {
            self.used.push((fee.key, fee.volume, fee.amount));
            let own = fee.amount - fee.overage.0;
            if own > 0 && fee.amount > 0 {
                self.draw_for(fee, fee.asset, own, own);
            }
            if fee.amount > 0 && fee.overage.1 > 0 {
                self.draw_for(fee, USD, fee.overage.1, fee.overage.0);
            }
        }
        let own = fees.iter().map(|fee| fee.asset);
        let touched: Vec<usize> = own.chain(fees.iter().filter(|fee| fee.overage != (0, 0)).map(|_| USD)).collect();
        touched.into_iter().for_each(|asset| self.top_up(asset, self.clock));
        if !self.past_due.is_empty() || fees.iter().any(|fee| fee.amount < 0) {
            self.use_credit();
        }
        let draws: Vec<String> =
            fees.iter().map(|fee| format!("[{}] overage {:?}", fee.draws.join(", "), fee.overage)).collect();
        format!("charged {amounts} from {}", draws.join(" + "))
    }

    /// How many automatic payments it takes, and which fees become overage.
    fn cover(&self, fees: &mut [Fee]) -> Result<Vec<(usize, i64)>, (usize, &'static str)> {
        let needs = self.needs(fees.iter().map(|fee| (fee.asset, fee.amount.max(0))));
        let (mut payments, mut short) = (Vec::new(), Vec::new());
        for (asset, need) in needs {
            match self.authorise(asset, need, self.clock) {
                Ok((count, false)) => payments.push((asset, count)),
                Ok((_, true)) => short.push((asset, need, None)),
                Err(reason) => short.push((asset, need, Some(reason))),
            }
        }
        for (asset, need, refused) in short {
            let with_overage = self.as_overage(fees, asset, need).filter(|_| asset != USD);
            match (with_overage, refused) {
                (Some((changed, count)), _) => {
                    fees.clone_from_slice(&changed);
                    payments.retain(|(other, _)| *other != USD);
                    payments.push((USD, count));
                }
                (None, Some(reason)) => return Err((asset, reason)),
                (None, None) => {}
            }
        }
        Ok(payments)
    }

    /// The fees with what an account lacks as overage, the last fees first, and how many payments that takes; `None` when
    /// that does not cover it.
    fn as_overage(&self, fees: &[Fee], asset: usize, need: i64) -> Option<(Vec<Fee>, i64)> {
        let mut missing = need - self.available(asset, self.clock).max(0);
        let mut fees = fees.to_vec();
        for fee in fees.iter_mut().rev().filter(|fee| fee.asset == asset && fee.amount > 0) {
            let (Some(rate), true) = (fee.rate, missing > 0) else { continue };
            let credits = missing.min(fee.amount);
            fee.overage = (credits, credits * rate * CENT);
            missing -= credits;
        }
        let own = fees.iter().filter(|fee| fee.asset == USD).map(|fee| fee.amount.max(0)).sum::<i64>();
        let total = own + fees.iter().map(|fee| fee.overage.1.max(0)).sum::<i64>();
        match self.authorise(USD, total, self.clock) {
            Ok((count, false)) if missing <= 0 => Some((fees, count)),
            _ => None,
        }
    }

    /// Takes `amount` of an asset, which pays for so many units of a fee.
    fn draw_for(&mut self, fee: &mut Fee, asset: usize, amount: i64, units: i64) {
        let (mut so_far, mut paid) = (0, 0);
        for (lot, part) in self.draw(asset, amount, self.clock) {
            fee.draws.push(told(lot, part));
            so_far += part;
            let stands_for = (i128::from(units) * i128::from(so_far) + i128::from(amount) - 1) / i128::from(amount);
            if fee.falls {
                let units = stands_for as i64 - paid;
                self.drawn.push(Drawn { key: fee.key, units, asset, lot, amount: part });
            }
            paid = stands_for as i64;
        }
    }

    /// Gives back the latest draws.
    fn give_back(&mut self, fee: &mut Fee) {
        let mut rest = -fee.amount;
        let mut merged: Vec<(Option<usize>, i64)> = Vec::new();
        while rest > 0 {
            let Some(last) = self.drawn.iter().rposition(|drawn| drawn.key == fee.key) else { return };
            let Drawn { units, asset, lot, amount, .. } = self.drawn[last];
            let back = units.min(rest);
            let part =
                if back == units { amount } else { (i128::from(amount) * i128::from(back) / i128::from(units)) as i64 };
            match lot {
                Some(lot) => self.lots[lot].left += part,
                None => self.owed[asset] -= part,
            }
            if asset != fee.asset {
                fee.overage = (fee.overage.0 - back, fee.overage.1 - part);
            }
            (self.drawn[last].units, self.drawn[last].amount) = (units - back, amount - part);
            if self.drawn[last].units == 0 {
                self.drawn.remove(last);
            }
            rest -= back;
            match merged.last_mut().filter(|(other, _)| *other == lot) {
                Some((_, sum)) => *sum -= part,
                None => merged.push((lot, -part)),
            }
        }
        fee.draws = merged.into_iter().filter(|(_, part)| *part != 0).map(|(lot, part)| told(lot, part)).collect();
    }

    /// What an overdraft took and a lot repays comes back to that lot: the oldest of the first quantity first.
    pub(super) fn move_overdraft(&mut self, asset: usize, lot: usize, amount: i64) {
        let mut rest = amount;
        let mut keys: Vec<Key> = self.drawn.iter().map(|drawn| drawn.key).collect();
        keys.sort_unstable();
        keys.dedup();
        for key in keys {
            let is_owed = |drawn: &Drawn| drawn.key == key && drawn.asset == asset && drawn.lot.is_none();
            while let Some(index) = self.drawn.iter().position(|drawn| rest > 0 && is_owed(drawn)) {
                let owed = self.drawn[index].clone();
                let part = owed.amount.min(rest);
                self.drawn[index] = Drawn { lot: Some(lot), units: part, amount: part, ..owed.clone() };
                if part < owed.amount {
                    let left = owed.amount - part;
                    self.drawn.insert(index + 1, Drawn { units: left, amount: left, ..owed });
                }
                rest -= part;
            }
        }
    }
}

fn told(lot: Option<usize>, amount: i64) -> String {
    lot.map_or(format!("{amount} owed"), |lot| format!("{amount} of lot {}", lot + 1))
}

/// One, in 10^-28.
const ONE: i128 = 10i128.pow(28);

/// What a whole volume comes to.
fn rate(usage: &Usage, row: &Row, volume: i128) -> i64 {
    let [first, second] = row.prices.map(i128::from);
    let (up_to, package) = (i128::from(row.up_to), i128::from(usage.package));
    // Whole ones, and what is beyond them in 10^-28.
    let (whole, tiny) = (volume / ONE, volume % ONE);
    let [fee, other_fee] = row.flat_fees.map(|fee| i128::from(units(fee, usage.asset)));
    let is_above = volume > up_to * ONE;
    let (priced, tiny, divisor, fees) = match usage.model {
        Pricing::Flat => (first * whole, first * tiny, package, 0),
        Pricing::Package => (first * (whole + i128::from(tiny > 0) + package - 1).div_euclid(package), 0, 1, 0),
        _ if volume == 0 => (0, 0, 1, 0),
        Pricing::Graduated if is_above => (first * up_to + second * (whole - up_to), second * tiny, 1, fee + other_fee),
        Pricing::Volume if is_above => (second * whole, second * tiny, 1, other_fee),
        _ => (first * whole, first * tiny, 1, fee),
    };
    let (scale, tenths) = if usage.asset == USD { (i128::from(CENT), 1) } else { (1, 10) };
    let denominator = divisor * tenths;
    let numerator = priced * scale + fees * denominator;
    // What is left of whole ones, together with the rest, in 10^-28.
    let (down, rest) = (numerator / denominator, numerator % denominator * ONE + tiny * scale);
    let (down, rest) = (down + rest / (denominator * ONE), rest % (denominator * ONE));
    let up = rest * 2 > denominator * ONE || (rest * 2 == denominator * ONE && down % 2 == 1);
    (down + i128::from(up)) as i64
}
