//! The slow model takes events back and bills them again, as the rules are said: every rule in its own step, and nothing
//! shared with the program.

use super::model::{Draw, Fee, Model, ONE, Record, Repaid};
use super::stored::{told_draw, told_record};
use super::world::{ASSETS, CUSTOMERS};
use std::collections::{BTreeMap, BTreeSet};

impl Model<'_> {
    /// Events, lots, what is owed, quantities so far and what was earned.
    pub fn told(&self) -> String {
        let mut records: Vec<&Record> = self.records.iter().collect();
        records.sort_by_key(|record| record.number);
        let mut lines: Vec<String> = records.into_iter().map(told).collect();
        let story = self.clone().end();
        lines.extend(story.lots);
        for who in 0..CUSTOMERS {
            for (code, owed) in ASSETS.iter().zip(self.owed[who]).filter(|(_, owed)| *owed > 0) {
                lines.push(format!("customer {who} owes {owed} {code}"));
            }
            let mut sums: BTreeMap<(usize, usize), (i128, i128)> = BTreeMap::new();
            for (_, charged) in self.charged.iter().filter(|(_, charged)| charged.0 == who) {
                let sum = sums.entry((charged.1, charged.2)).or_default();
                (sum.0, sum.1) = (sum.0 + charged.3, sum.1 + charged.4);
            }
            for ((price, row), (count, volume)) in sums.into_iter().filter(|(_, sum)| *sum != (0, 0)) {
                let digits = format!("{}.{:028}", volume / ONE, volume % ONE);
                let volume = digits.trim_end_matches('0').trim_end_matches('.');
                lines.push(format!("customer {who}, price {price}, row {row}: {count} and {volume}"));
            }
        }
        lines.push(format!("earned {:?}", self.revenue));
        lines.join("\n")
    }

    /// Takes events back, those of each customer from the latest record to the first.
    pub fn void(&mut self, numbers: &BTreeSet<usize>) {
        for place in self.places(numbers).into_iter().rev() {
            let record = self.records[place].clone();
            if record.is_voided {
                continue;
            }
            self.made += 1;
            (self.records[place].is_voided, self.records[place].voided_at) = (true, self.made);
            let who = record.action.who;
            if record.is_charged {
                self.charged.retain(|(number, _)| *number != record.number);
                for fee in record.fees.iter().flatten().rev() {
                    fee.draws.iter().rev().for_each(|draw| self.give_back(&record, fee, draw, draw.amount));
                }
            }
            self.use_returned(who);
        }
    }

    /// What returned is lost again, or repays.
    fn use_returned(&mut self, who: usize) {
        self.expire(who, self.clocks[who], true);
        self.repay(who, self.clocks[who]);
    }

    /// The places of these events' records, customer by customer, in the order in which they were made.
    fn places(&self, numbers: &BTreeSet<usize>) -> Vec<usize> {
        let mut places: Vec<usize> = (0..self.records.len()).collect();
        places.retain(|&place| numbers.contains(&self.records[place].number));
        places.sort_by_key(|&place| (self.records[place].action.who, place));
        places
    }

    /// Returns a part of a draw to where it came from. What was owed and paid back returns to the lots that paid, the latest
    /// first. Returns what it had earned.
    fn give_back(&mut self, record: &Record, fee: &Fee, draw: &Draw, amount: i128) {
        let who = record.action.who;
        if let Some(lot) = draw.lot {
            let earned = self.lots[lot].take(-amount);
            return self.earn(record.action.hour, earned);
        }
        for place in (0..self.repaid.len()).rev() {
            let missing = (amount - self.owed[who][fee.asset]).max(0);
            let (repaid, lots) = (&mut self.repaid[place], &mut self.lots);
            if (repaid.who, repaid.asset) == (who, fee.asset) && missing > 0 {
                let back = missing.min(repaid.amount);
                repaid.amount -= back;
                self.unpaid.push(Repaid { amount: back, ..repaid.clone() });
                let (earned, hour) = (lots[repaid.lot].take(-back), repaid.hour);
                self.owed[who][fee.asset] += back;
                self.earn(hour, earned);
            }
        }
        self.owed[who][fee.asset] -= amount;
    }

    /// A lot pays back. What it had paid at that time and got back is paid again by that.
    pub fn pay_back(&mut self, repaid: Repaid) {
        let mut rest = repaid.amount;
        for own in self.unpaid.iter_mut().rev().filter(|own| own.place() == repaid.place()) {
            let part = rest.min(own.amount);
            (own.amount, rest) = (own.amount - part, rest - part);
        }
        self.repaid.push(repaid);
    }

    /// Bills events again, those of each customer by themselves.
    pub fn rebill(&mut self, numbers: &BTreeSet<usize>) {
        let people: BTreeSet<usize> =
            self.places(numbers).into_iter().map(|place| self.records[place].action.who).collect();
        for who in people {
            let own = |&place: &usize| self.records[place].action.who == who;
            let places: Vec<usize> = self.places(numbers).into_iter().filter(own).collect();
            let mut stays = BTreeSet::new();
            loop {
                let before = self.clone();
                let chosen: Vec<usize> = places.iter().copied().filter(|place| !stays.contains(place)).collect();
                let uncovered = self.rebill_all(who, &chosen);
                let is_final = uncovered.is_empty();
                if !is_final || !self.changed(&before, &chosen) {
                    *self = before;
                }
                if is_final {
                    break;
                }
                stays.extend(uncovered);
            }
        }
    }

    /// Whether one of the events owes something else than it did, or had been taken back. The new records are the last.
    fn changed(&self, before: &Self, chosen: &[usize]) -> bool {
        let told = |record: &Record| {
            let fee = |fee: &Fee| (fee.charged.1, fee.charged.2, fee.amount);
            let fees = record.fees.as_ref().map(|fees| fees.iter().map(fee).collect::<Vec<_>>());
            (record.is_charged, fees.map_err(|reason| *reason).ok())
        };
        chosen.iter().map(|&place| &before.records[place]).any(|old| {
            let new = self.records.iter().rfind(|new| new.number == old.number).unwrap();
            old.is_voided || told(old) != told(new)
        })
    }

    /// Returns the places of the events that can't be covered.
    fn rebill_all(&mut self, who: usize, chosen: &[usize]) -> Vec<usize> {
        let mut order = chosen.to_vec();
        order.sort_by_key(|&place| (self.records[place].action.hour, place));
        // All quantities are taken out.
        let numbers: BTreeSet<usize> = order.iter().map(|&place| self.records[place].number).collect();
        let still_counted = |record: &Record| record.is_charged && !record.is_voided;
        self.charged.retain(|(number, _)| !numbers.contains(number));
        // They are rated in the order of time.
        self.made += 1;
        let (counted, ends) = (self.charged.clone(), self.ends.clone());
        let mut standing = Vec::new();
        for &place in &order {
            let fees = self.count(place);
            // What does not stand returns. What was taken back before waits for its turn.
            let is_voided = self.records[place].is_voided;
            let fees = fees.unwrap_or_default();
            standing.push(if is_voided { Vec::new() } else { self.stand(place, &fees) });
        }
        (self.charged, self.ends) = (counted, ends);
        self.expire(who, self.clocks[who], true);
        // What is more is authorised.
        let (mut uncovered, mut again) = (Vec::new(), Vec::new());
        for (&place, mut stands) in order.iter().zip(standing) {
            let old = self.records[place].clone();
            let before = self.clone();
            let mut record = Record { is_voided: false, fees: self.count(place), is_charged: false, ..old.clone() };
            if old.is_voided {
                stands = self.stand(place, record.fees.as_deref().unwrap_or_default());
            }
            if let Ok(fees) = &mut record.fees {
                let mut more = fees.clone();
                let sum = |draws: &[Draw]| draws.iter().map(|draw| draw.amount).sum::<i128>();
                more.iter_mut().zip(&stands).for_each(|(fee, stands)| fee.amount -= sum(stands));
                let is_more = more.iter().any(|fee| fee.amount > 0);
                if is_more && self.take(who, &mut more, Some(())).is_err() {
                    uncovered.push(place);
                    if still_counted(&old) {
                        continue;
                    }
                    *self = before;
                    continue;
                }
                for ((fee, more), stands) in fees.iter_mut().zip(more).zip(stands) {
                    more.draws.iter().for_each(|draw| self.earn(old.action.hour, draw.earned));
                    fee.draws = [stands, more.draws].concat();
                }
                record.is_charged = true;
            }
            again.push(record);
        }
        self.records.retain(|record| !again.iter().any(|new| new.number == record.number));
        self.records.extend(again);
        self.use_returned(who);
        uncovered
    }

    /// What an event owes on top of what is counted, and counts it.
    fn count(&mut self, place: usize) -> Result<Vec<Fee>, &'static str> {
        let old = self.records[place].clone();
        let number = old.number;
        let mut fees = self.fees(&old.action);
        for fee in fees.iter_mut().flatten() {
            self.at_its_place(&old, fee);
        }
        self.charged.extend(fees.iter().flatten().map(|fee| (number, fee.charged)));
        fees
    }

    /// Rates a fee where it was, unless its place is taken or there is no such place any more.
    fn at_its_place(&mut self, old: &Record, fee: &mut Fee) {
        let taken_back = if old.is_voided { old.voided_at } else { self.made };
        let is_free = self.ends.get(&fee.place()).is_none_or(|end| *end < taken_back);
        let was = old.fees.iter().flatten().filter(|_| old.is_charged).find(|was| was.place() == fee.place());
        match was.map(|was| was.before) {
            Some(before) if before == fee.before => {}
            Some(before) if is_free && before.0 <= fee.before.0 && before.1 <= fee.before.1 => {
                *fee = self.fee_from(fee.charged, before);
            }
            _ => drop(self.ends.insert(fee.place(), self.made)),
        }
    }

    /// The old draws that stand, for each new fee.
    fn stand(&mut self, place: usize, fees: &[Fee]) -> Vec<Vec<Draw>> {
        let mut standing = vec![Vec::new(); fees.len()];
        let record = self.records[place].clone();
        let olds: &[Fee] = if record.is_charged { record.fees.as_deref().unwrap() } else { &[] };
        let mut into: Vec<Option<usize>> = vec![None; olds.len()];
        for (index, fee) in fees.iter().enumerate().filter(|(_, fee)| fee.amount > 0) {
            let is_free = |old: &usize| into[*old].is_none() && olds[*old].asset == fee.asset;
            let same = (0..olds.len()).find(|old| is_free(old) && olds[*old].charged.1 == fee.charged.1);
            if let Some(old) = same.or_else(|| (0..olds.len()).find(is_free)) {
                into[old] = Some(index);
            }
        }
        for (old, into) in olds.iter().zip(into).rev() {
            let mut rest = into.map_or(0, |into| fees[into].amount);
            let mut parts: Vec<(Draw, i128)> = Vec::new();
            for draw in &old.draws {
                let stands = rest.min(draw.amount);
                rest -= stands;
                parts.push((*draw, stands));
            }
            let mut kept = Vec::new();
            if record.is_voided {
                for (draw, stands) in parts {
                    kept.extend(self.take_again(&record, old.asset, draw, stands));
                }
            } else {
                for (draw, stands) in parts.iter().rev().filter(|(draw, stands)| draw.amount > *stands) {
                    self.give_back(&record, old, draw, draw.amount - stands);
                }
                let is_kept = |(_, stands): &&(Draw, i128)| *stands > 0;
                kept = parts.iter().filter(is_kept).map(|(draw, stands)| Draw { amount: *stands, ..*draw }).collect();
            }
            if let Some(into) = into {
                standing[into] = kept;
            }
        }
        standing
    }

    /// Takes what a draw took again: from its lot, or owed, and paid back by those lots that had got it back last.
    fn take_again(&mut self, record: &Record, asset: usize, draw: Draw, amount: i128) -> Option<Draw> {
        let Some(lot) = draw.lot else {
            let mut rest = amount;
            for place in (0..self.unpaid.len()).rev() {
                let own = self.unpaid[place].clone();
                if (own.who, own.asset) == (record.action.who, asset)
                    && own.made != record.voided_at
                    && let Some((paid, earned)) = self.take_from(record, (asset, own.lot), rest.min(own.amount))
                {
                    self.earn(own.hour, earned);
                    self.unpaid[place].amount -= paid;
                    self.repaid.push(Repaid { amount: paid, ..own });
                    rest -= paid;
                }
            }
            // What nobody repaid is owed again.
            let who = record.action.who;
            let owed = rest.min(self.may_owe(asset) - self.owed[who][asset]).max(0);
            self.owed[who][asset] += owed;
            return Some(Draw { lot: None, amount: amount - rest + owed, earned: 0 }).filter(|owed| owed.amount > 0);
        };
        let (amount, earned) = self.take_from(record, (asset, lot), amount)?;
        self.earn(record.action.hour, earned);
        Some(Draw { lot: Some(lot), amount, earned })
    }

    /// Takes from a lot what it has, what it lost, and what it paid back when the record was taken back, which is owed again.
    /// Returns how much that was, and what it earned.
    fn take_from(&mut self, record: &Record, (asset, lot): (usize, usize), amount: i128) -> Option<(i128, i128)> {
        let who = record.action.who;
        let is_of = |own: &&mut Repaid| own.lot == lot && own.made == record.voided_at;
        let paid: i128 = self.repaid.iter_mut().filter(is_of).map(|own| own.amount).sum();
        let room = (self.may_owe(asset) - self.owed[who][asset]).max(0);
        let own = &mut self.lots[lot];
        let amount = amount.min(own.left() + own.lost + paid.min(room));
        let missing = (amount - own.left()).max(0);
        let lost = missing.min(own.lost);
        if lost > 0 {
            own.lost -= lost;
            let (breakage, dated) = (own.take(-lost), own.lost_at);
            self.earn(dated, breakage);
        }
        let mut owed = missing - lost;
        self.owed[who][asset] += owed;
        for place in (0..self.repaid.len()).rev() {
            let own = &mut self.repaid[place];
            if own.lot == lot && own.made == record.voided_at {
                let part = owed.min(own.amount);
                own.amount -= part;
                owed -= part;
                self.unpaid.push(Repaid { amount: part, ..own.clone() });
                let (earned, hour) = (self.lots[lot].take(-part), own.hour);
                self.earn(hour, earned);
            }
        }
        if amount == 0 {
            return None;
        }
        Some((amount, self.lots[lot].take(amount)))
    }
}

fn told(record: &Record) -> String {
    let status = match (&record.fees, record.is_charged) {
        _ if record.is_voided => "voided",
        (Err(_), _) => "unpriced",
        (Ok(_), true) => "charged",
        (Ok(_), false) => "denied",
    };
    let reason = record.fees.as_ref().err().copied().filter(|_| !record.is_voided);
    let fees = record.fees.iter().flatten().map(|fee| {
        let draws = fee.draws.iter().map(|draw| told_draw(draw.lot.map(|lot| lot as i64 + 1), draw.amount));
        format!("{} {} from {}", fee.amount, ASSETS[fee.asset], draws.collect::<Vec<_>>().join(", "))
    });
    format!("event {}: {}", record.number, told_record(status, reason, fees))
}
