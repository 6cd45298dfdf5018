//! One asset in one wallet.

use super::lot::{BurnOrder, DecidedBy, Lot, Purpose};
use crate::ids::{ChargeId, EventNumber, LotId};
use crate::money::{Total, Units, Value};
use crate::time::Instant;
use smallvec::SmallVec;

/// A customer's lots of one asset, in burn order, and what is owed beyond them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Account {
    /// Lots with something left, in burn order, whether or not they are live yet.
    lots: SmallVec<[Lot; 1]>,
    /// Lots with nothing left: those that were used up or expired since the account was loaded, and those that may get
    /// something back. In the order of their numbers.
    closed: Vec<Lot>,
    /// What is owed under overdraft. Never negative; positive only while no lot is live.
    deficit: Units,
}

/// The part of a fee taken from one lot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Draw {
    /// The lot; `None` when the account went below zero.
    pub lot: Option<LotId>,
    /// In units of the asset.
    pub amount: Units,
    /// What the draw earned: its share of the lot's cost basis.
    pub earned: Value,
    /// Why this lot and not the next.
    pub decided_by: DecidedBy,
}

/// What one fee was taken from: nearly always a single lot.
pub type Draws = SmallVec<[Draw; 1]>;

/// What is left of a lot when its time is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Expired {
    /// The lot that ended.
    pub lot: LotId,
    /// When it was closed.
    pub at: Instant,
    /// When it was over, which is before `at` where something came back to it after its end. Breakage counts then.
    pub dated: Instant,
    /// What was left of it, in units of the asset.
    pub amount: Units,
    /// The cost basis that was left.
    pub breakage: Value,
}

/// A lot paying back what the account owed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Repayment {
    /// The lot that paid.
    pub lot: LotId,
    /// When it was repaid.
    pub at: Instant,
    /// When it earns: then, or, where a repayment is taken back, when that was made.
    pub dated: Instant,
    /// In units of the asset; below zero takes a repayment back.
    pub amount: Units,
    /// What it earned.
    pub earned: Value,
    /// The customer's latest event by then: what takes an event back may be what has returned the credit that paid.
    pub after: EventNumber,
    /// The fixed charge that was owed; `None` where usage was.
    pub charge: Option<ChargeId>,
}

/// What a negative adjustment took from one lot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Taken {
    /// The lot that it was taken from.
    pub lot: LotId,
    /// In units of the asset.
    pub amount: Units,
    /// Its share of the cost basis.
    pub basis: Value,
}

impl Account {
    /// An account as it was stored.
    pub fn load(mut lots: Vec<Lot>, deficit: Units, order: &BurnOrder) -> Self {
        lots.sort_by(|a, b| order.compare(a, b));
        let mut closed: Vec<Lot> = lots.extract_if(.., |lot| !lot.left.is_positive()).collect();
        closed.sort_by_key(|lot| lot.id);
        Self { lots: lots.into(), closed, deficit }
    }

    /// Adds a lot in its place. Repaying what is owed is the caller's next step.
    pub fn insert(&mut self, lot: Lot, order: &BurnOrder) {
        let place = self.lots.partition_point(|other| order.compare(other, &lot).is_lt());
        self.lots.insert(place, lot);
    }

    /// Whether what it holds can still be counted with `more`.
    pub fn has_room(&self, more: Units) -> bool {
        self.lots.iter().try_fold(more, |sum, lot| sum.checked_add(lot.left)).is_some()
    }

    /// How much more it can hold, so that all of it can still be counted.
    pub fn room(&self) -> Units {
        self.lots.iter().fold(Units::MAX, |room, lot| room - lot.left)
    }

    /// Takes out of a new lot what makes the account more than can be counted.
    pub fn shed(&mut self, lot: LotId, at: Instant) -> Option<Expired> {
        let held: Total<Units> = self.lots.iter().map(|lot| lot.left).sum();
        let too_much = Units::try_from(held - Units::MAX).ok().filter(|units| units.is_positive())?;
        let index = self.place(lot)?;
        let own = &mut self.lots[index];
        let amount = too_much.min(own.left);
        let shed = Expired { lot, at, dated: at, amount, breakage: own.take(amount) };
        self.close_if_empty(index);
        Some(shed)
    }

    /// What is owed under overdraft.
    pub fn deficit(&self) -> Units {
        self.deficit
    }

    /// All lots that have something left, in burn order.
    pub fn lots(&self) -> &[Lot] {
        &self.lots
    }

    /// All lots, also those that have nothing left.
    pub fn all(&self) -> impl Iterator<Item = &Lot> {
        self.lots.iter().chain(&self.closed)
    }

    /// The lot of that number, if it is here still.
    pub fn find(&self, id: LotId) -> Option<&Lot> {
        let closed = self.closed.binary_search_by_key(&id, |lot| lot.id).ok().map(|place| &self.closed[place]);
        closed.or_else(|| self.place(id).map(|place| &self.lots[place]))
    }

    /// Where a lot with something left stands. Burn order is mostly the order of the numbers, so that is tried first.
    fn place(&self, id: LotId) -> Option<usize> {
        let likely = self.lots.binary_search_by_key(&id, |lot| lot.id);
        likely.ok().or_else(|| self.lots.iter().position(|lot| lot.id == id))
    }

    /// Keeps a lot that has nothing left.
    fn close(&mut self, lot: Lot) {
        let place = self.closed.partition_point(|other| other.id < lot.id);
        self.closed.insert(place, lot);
    }

    /// What is left of a lot of the account.
    pub fn left(&self, lot: LotId) -> Units {
        self.find(lot).map_or(Units::ZERO, |own| own.left)
    }

    /// Whether the account is one that can be.
    ///
    /// # Errors
    /// The lot that can't be; none when it is what the account owes, or all of it together.
    pub fn check(&self) -> Result<(), Option<LotId>> {
        if self.deficit.is_negative() {
            return Err(None);
        }
        match self.all().find(|lot| !lot.can_be()) {
            Some(lot) => Err(Some(lot.id)),
            None if self.has_room(Units::ZERO) => Ok(()),
            None => Err(None),
        }
    }

    /// The lots that differ from what is stored, which is what the caller is about to store.
    pub fn take_changed(&mut self) -> Vec<Lot> {
        let mut changed = Vec::new();
        for lot in self.closed.iter_mut().chain(&mut self.lots).filter(|lot| lot.changed) {
            lot.changed = false;
            changed.push(lot.clone());
        }
        changed
    }

    /// What can be used at `at`, less what is owed; below zero under overdraft.
    pub fn available(&self, at: Instant) -> Units {
        self.lots.iter().filter(|lot| lot.is_live(at)).map(|lot| lot.left).sum::<Units>() - self.deficit
    }

    /// Whether at least `amount` can be used at `at`. Looks at no more lots than it must.
    pub fn covers(&self, amount: Units, at: Instant) -> bool {
        // Beyond the range it is more than any account holds.
        let Some(mut missing) = amount.checked_add(self.deficit) else { return false };
        !missing.is_positive()
            || self.lots.iter().filter(|lot| lot.is_live(at)).any(|lot| {
                missing -= lot.left;
                !missing.is_positive()
            })
    }

    /// Takes `amount` from the live lots in burn order; what they lack becomes a deficit. The caller has authorised it.
    pub fn draw(&mut self, amount: Units, at: Instant, order: &BurnOrder) -> Draws {
        let mut draws = Draws::new();
        self.draw_into(&mut draws, amount, at, order);
        draws
    }

    /// The same, which adds the draws to others.
    pub fn draw_into(&mut self, draws: &mut Draws, amount: Units, at: Instant, order: &BurnOrder) {
        debug_assert!(!amount.is_negative(), "a fee of {amount} is a refund, not a draw");
        let decided_by = |own: &Self, index| own.decided_by(index, at, order);
        let missing = self.draw_from(draws, amount, |lot| lot.is_live(at), decided_by);
        if missing.is_positive() {
            self.deficit += missing;
            draws.push(Draw { lot: None, amount: missing, earned: Value::ZERO, decided_by: DecidedBy::Overdraft });
        }
    }

    /// Takes `amount` from those of the live lots that hold credit of changes: all that they have left, at most.
    pub fn draw_credit(&mut self, amount: Units, at: Instant, is_credit: impl Fn(&Lot) -> bool) -> Draws {
        let mut draws = Draws::new();
        self.draw_from(&mut draws, amount, |lot| lot.is_live(at) && is_credit(lot), |_, _| DecidedBy::Credit);
        draws
    }

    /// Takes from some lots in burn order, and says for each why it is that one. Returns what they lack.
    fn draw_from(
        &mut self,
        draws: &mut Draws,
        amount: Units,
        is_meant: impl Fn(&Lot) -> bool,
        decided_by: impl Fn(&Self, usize) -> DecidedBy,
    ) -> Units {
        let mut missing = amount;
        let mut index = 0;
        while missing.is_positive() && index < self.lots.len() {
            if !is_meant(&self.lots[index]) {
                index += 1;
                continue;
            }
            let decided_by = decided_by(self, index);
            let lot = &mut self.lots[index];
            let amount = missing.min(lot.left);
            let earned = lot.take(amount);
            draws.push(Draw { lot: Some(lot.id), amount, earned, decided_by });
            missing -= amount;
            self.close_if_empty(index);
        }
        missing
    }

    /// Gives back `amount` to a lot that it was drawn from, or what an overdraft took. Returns the draw that undoes it;
    /// `None` when the lot isn't there, or no such overdraft is owed any more.
    pub fn give_back(&mut self, lot: Option<LotId>, amount: Units, order: &BurnOrder) -> Option<Draw> {
        let decided_by = DecidedBy::DrawnLast;
        let Some(id) = lot else {
            self.deficit = self.deficit.checked_sub(amount).filter(|rest| !rest.is_negative())?;
            return Some(Draw { lot, amount: -amount, earned: Value::ZERO, decided_by });
        };
        let earned = if let Ok(place) = self.closed.binary_search_by_key(&id, |lot| lot.id) {
            let mut lot = self.closed.remove(place);
            let earned = lot.put_back(amount);
            self.insert(lot, order);
            earned
        } else {
            let place = self.place(id)?;
            self.lots[place].put_back(amount)
        };
        Some(Draw { lot, amount: -amount, earned: -earned, decided_by })
    }

    /// Takes `amount` from the lot that it was given back to, or owes it again. Returns the draw; `None` when the lot has
    /// less left.
    pub fn draw_again(&mut self, lot: Option<LotId>, amount: Units) -> Option<Draw> {
        let decided_by = DecidedBy::DrawnLast;
        let Some(id) = lot else {
            self.deficit = self.deficit.checked_add(amount)?;
            return Some(Draw { lot, amount, earned: Value::ZERO, decided_by });
        };
        let index = self.place(id).filter(|&index| self.lots[index].left >= amount)?;
        let earned = self.lots[index].take(amount);
        self.close_if_empty(index);
        Some(Draw { lot, amount, earned, decided_by })
    }

    /// Owes again what a lot has paid back, which returns to it. Returns what it had earned; `None` when the lot isn't there.
    pub fn owe_again(&mut self, lot: LotId, amount: Units, order: &BurnOrder) -> Option<Value> {
        let owed = self.deficit.checked_add(amount)?;
        let given = self.give_back(Some(lot), amount, order)?;
        self.deficit = owed;
        Some(-given.earned)
    }

    /// Takes in a lot of the account that has nothing left, so that something can be given back to it.
    pub fn remember(&mut self, lot: Lot) {
        if self.find(lot.id).is_none() {
            self.close(lot);
        }
    }

    /// Puts the lots into another order.
    pub fn sort(&mut self, order: &BurnOrder) {
        self.lots.sort_by(|a, b| order.compare(a, b));
    }

    /// Forgets the lots that have nothing left, but those that may get something back.
    pub fn forget_used_up(&mut self, may_get_back: impl Fn(LotId) -> bool) {
        self.closed.retain(|lot| may_get_back(lot.id));
    }

    fn decided_by(&self, index: usize, at: Instant, order: &BurnOrder) -> DecidedBy {
        let next = self.lots[index + 1..].iter().find(|lot| lot.is_live(at));
        next.map_or(DecidedBy::OnlyLot, |next| order.decided_by(&self.lots[index], next))
    }

    fn close_if_empty(&mut self, index: usize) {
        if self.lots[index].left.is_zero() {
            let lot = self.lots.remove(index);
            self.close(lot);
            // Back into the account itself, if it fits again.
            self.lots.shrink_to_fit();
        }
    }

    /// Pays back what is owed from the lots that are live at `at`, after the customer's latest event.
    pub fn repay(&mut self, at: Instant, after: EventNumber) -> Vec<Repayment> {
        let mut repayments = Vec::new();
        while self.deficit.is_positive() {
            let Some(index) = self.lots.iter().position(|lot| lot.is_live(at)) else { break };
            let lot = &mut self.lots[index];
            let amount = self.deficit.min(lot.left);
            let earned = lot.take(amount);
            repayments.push(Repayment { lot: lot.id, at, dated: at, amount, earned, after, charge: None });
            self.deficit -= amount;
            self.close_if_empty(index);
        }
        repayments
    }

    /// When time next changes this account by itself: the earliest expiry, or the earliest start of a lot while something
    /// is owed. [`Instant::MAX`] when never.
    pub fn next_due(&self) -> Instant {
        let starts = self.lots.iter().filter(|_| self.deficit.is_positive()).map(|lot| lot.effective_at);
        let ends = self.lots.iter().filter_map(|lot| lot.expires_at);
        starts.chain(ends).min().unwrap_or(Instant::MAX)
    }

    /// Closes every lot whose time is over at `at`, in the order in which they ended, and those that `ends` names. It
    /// happens at `at`: the wallet asks for it at each [`Account::next_due`], and a lot granted for a time gone by ends
    /// when it is granted.
    pub fn expire(&mut self, at: Instant, ends: impl Fn(&Lot) -> bool) -> Vec<Expired> {
        let mut over: Vec<Lot> = Vec::new();
        self.lots.retain(|lot| {
            let ended = lot.expires_at.is_some_and(|end| end <= at) || ends(lot);
            if ended {
                over.push(lot.clone());
            }
            !ended
        });
        over.sort_by_key(|lot| (lot.expires_at, lot.id));
        let expire = |mut lot: Lot| {
            let amount = lot.left;
            let breakage = lot.take(amount);
            let expired = Expired { lot: lot.id, at, dated: at, amount, breakage };
            self.close(lot);
            expired
        };
        over.into_iter().map(expire).collect()
    }

    /// Ends the lots that `ends` names: as much of what they have left as `limit` allows (the last in burn order first) is
    /// taken out to be carried on, and the rest is over. Returns both. What is carried on makes one lot, or as many as it takes
    /// for the cost basis of each to be countable.
    pub fn carry_out(
        &mut self,
        at: Instant,
        limit: Units,
        ends: impl Fn(&Lot) -> bool,
    ) -> (Vec<Vec<Taken>>, Vec<Expired>) {
        let (mut carried, mut over) = (Vec::<Vec<Taken>>::new(), Vec::new());
        let (mut room, mut basis) = (limit, Value::ZERO);
        for index in (0..self.lots.len()).rev() {
            let lot = &mut self.lots[index];
            if !ends(lot) {
                continue;
            }
            let amount = lot.left.min(room);
            if amount.is_positive() {
                let taken = Taken { lot: lot.id, amount, basis: lot.take(amount) };
                room -= amount;
                match (basis.checked_add(taken.basis), carried.last_mut()) {
                    (Some(sum), Some(last)) => {
                        basis = sum;
                        last.push(taken);
                    }
                    _ => {
                        basis = taken.basis;
                        carried.push(vec![taken]);
                    }
                }
            }
            let amount = lot.left;
            if amount.is_positive() {
                over.push(Expired { lot: lot.id, at, dated: at, amount, breakage: lot.take(amount) });
            }
            self.close_if_empty(index);
        }
        (carried, over)
    }

    /// Takes `amount` out of the account for a correction: from paid lots first, in reverse burn order, then from the
    /// others in reverse burn order. `None`, and nothing is taken, when less is available.
    pub fn take_back(&mut self, amount: Units, at: Instant) -> Option<Vec<Taken>> {
        if !self.covers(amount, at) {
            return None;
        }
        let mut taken = Vec::new();
        let mut missing = amount;
        for paid in [true, false] {
            for index in (0..self.lots.len()).rev() {
                let lot = &mut self.lots[index];
                if missing.is_zero() || !lot.is_live(at) || (lot.purpose == Purpose::Paid) != paid {
                    continue;
                }
                let amount = missing.min(lot.left);
                let basis = lot.take(amount);
                taken.push(Taken { lot: lot.id, amount, basis });
                missing -= amount;
                self.close_if_empty(index);
            }
        }
        Some(taken)
    }
}

#[cfg(test)]
mod tests;
