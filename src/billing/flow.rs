//! Whose money fixed charges hold: which payment brought it, and where changes of terms have moved it since.
//!
//! A change credits what is not earned yet, the money of the oldest payment first. That pays for the new charges; the rest
//! goes into the wallet, from where later charges that payments collect take it again.

use super::facts::{ChargeFact, RefundFact};
use super::unearned::rest;
use crate::ids::{ChargeId, LotId, PaymentId, SubscriptionId};
use crate::money::{Overflow, Total, Units, Value};
use crate::time::Instant;
use rustc_hash::FxHashMap;

/// A charge, what its money is told apart by, and how it is collected.
pub(super) struct Moved<'f, P> {
    pub charge: &'f ChargeFact,
    /// The charges and credits of one price for one period have the same.
    pub period: P,
    pub line: SubscriptionId,
    pub by_payment: bool,
}

/// Money and the payment that brought it; `None` for the wallet's own.
#[derive(Clone, Copy)]
struct Portion {
    source: Option<PaymentId>,
    amount: Units,
}

/// The money of one payment in one charge.
struct Holding<P> {
    source: Option<PaymentId>,
    charge: ChargeId,
    period: P,
    to: Instant,
    /// All of it, earned or not.
    amount: Total<Units>,
    /// What is earned evenly from an instant on until `to`; below zero for what has left.
    spread: Vec<(Instant, Units)>,
}

/// A credit or a charge, and those that are settled with it.
struct Settling {
    key: (Instant, SubscriptionId, bool),
    /// Where a credit goes that no charge takes.
    lot: Option<LotId>,
    has_charged: bool,
    open: Vec<Portion>,
}

/// Where the money of payments is.
pub(super) struct Flow<P> {
    step: Units,
    holdings: Vec<Holding<P>>,
    lots: FxHashMap<LotId, Vec<Portion>>,
    settling: Option<Settling>,
}

/// The money of a payment in a charge.
#[derive(Clone, Copy)]
pub(super) struct Held {
    pub charge: ChargeId,
    /// What is not earned yet.
    pub unearned: Total<Units>,
    /// All of it.
    pub amount: Total<Units>,
}

impl<P: Copy + PartialEq> Flow<P> {
    /// Follows money through a customer's charges of one asset, of which `step` is the least that can be paid, and through all
    /// refunds, both in their order.
    ///
    /// # Errors
    /// When a charge is not possible.
    pub fn of<'f>(
        charges: impl Iterator<Item = Moved<'f, P>>,
        refunds: &[RefundFact],
        step: Units,
    ) -> Result<Self, Overflow> {
        let mut own = Self { step, holdings: Vec::new(), lots: FxHashMap::default(), settling: None };
        let mut refunds = refunds.iter().peekable();
        for moved in charges {
            while let Some(refund) = refunds.next_if(|refund| refund.next_charge <= moved.charge.id) {
                own.refund(refund);
            }
            own.turn_to(&moved);
            if moved.charge.amount.is_negative() {
                own.credit(&moved)?;
            } else if moved.by_payment {
                own.charge(&moved)?;
            }
        }
        own.settle();
        refunds.for_each(|refund| own.refund(refund));
        Ok(own)
    }

    /// What a payment has in charges at an instant, in their order.
    pub fn held(&self, payment: PaymentId, at: Instant) -> Result<Vec<Held>, Overflow> {
        let own = self.holdings.iter().filter(|held| held.source == Some(payment));
        let held = |own: &Holding<P>| {
            let unearned = own.unearned(at)?;
            Ok(Held { charge: own.charge, unearned, amount: own.amount.max(Total::ZERO) })
        };
        own.map(held).collect()
    }

    /// What of a payment was credited to the wallet and no later charge has taken. What usage took counts: it is spent.
    pub fn in_wallet(&self, payment: PaymentId) -> Total<Units> {
        let own = self.lots.values().flatten().filter(|portion| portion.source == Some(payment));
        Units::total(own.map(|portion| portion.amount))
    }

    /// Comes to the next charge: what was settled before is done, unless the charge is a part of it.
    fn turn_to(&mut self, moved: &Moved<'_, P>) {
        let Moved { charge, line, by_payment, .. } = *moved;
        let key = (charge.at, line, by_payment);
        let goes_on = |own: &Settling| match charge.amount.is_negative() {
            true => own.key == key && own.lot == charge.lot && !own.has_charged,
            false => own.key == key && !charge.draws.iter().any(|draw| draw.lot.is_some() && draw.lot == own.lot),
        };
        if !self.settling.as_ref().is_some_and(goes_on) {
            self.settle();
            self.settling = Some(Settling { key, lot: charge.lot, has_charged: false, open: Vec::new() });
        }
    }

    /// What no charge has taken is in the wallet.
    fn settle(&mut self) {
        if let Some(Settling { lot: Some(lot), open, .. }) = self.settling.take() {
            self.lots.entry(lot).or_default().extend(open);
        }
    }

    /// Takes a credit from the charges before it, first from what is not earned yet.
    fn credit(&mut self, moved: &Moved<'_, P>) -> Result<(), Overflow> {
        let (at, mut open) = (moved.charge.at, -Total::from(moved.charge.amount));
        let mut own: Vec<&mut Holding<P>> =
            self.holdings.iter_mut().filter(|held| held.period == moved.period).collect();
        own.sort_by_key(|held| held.source);
        let mut taken = Vec::new();
        for held in &mut own {
            // In whole steps, so that money never lies where it can't go back from for being a fraction.
            let unearned = Units::try_from(held.unearned(at)?)?.in_whole_steps_up(self.step)?;
            let amount = Units::try_from(held.amount.min(open).min(unearned.into()))?;
            if amount.is_positive() {
                held.spread.push((at, -amount));
                taken.push(held.give(amount, &mut open));
            }
        }
        for held in own {
            let amount = Units::try_from(held.amount.min(open).max(Total::ZERO))?;
            if amount.is_positive() {
                taken.push(held.give(amount, &mut open));
            }
        }
        if open.is_positive() {
            taken.push(Portion { source: None, amount: Units::try_from(open)? });
        }
        if let Some(settling) = &mut self.settling {
            settling.open.extend(taken);
        }
        Ok(())
    }

    /// A charge takes what was credited with it, then what it drew from the wallet; the payment brought the rest.
    fn charge(&mut self, moved: &Moved<'_, P>) -> Result<(), Overflow> {
        let Moved { charge, period, .. } = *moved;
        let Some(mut settling) = self.settling.take() else { return Ok(()) };
        settling.has_charged = true;
        for draw in &charge.draws {
            let from = draw.lot.and_then(|lot| self.lots.get_mut(&lot));
            let drawn = from.map_or_else(Vec::new, |portions| take(portions, draw.amount));
            let known = Units::total(drawn.iter().map(|portion| portion.amount));
            let unknown = Units::try_from(Total::from(draw.amount) - known)?;
            settling.open.extend(drawn);
            settling.open.push(Portion { source: None, amount: unknown });
        }
        let mut sources = take(&mut settling.open, charge.amount);
        let credited = Units::total(sources.iter().map(|portion| portion.amount));
        let paid = Units::try_from(Total::from(charge.amount) - credited)?;
        sources.push(Portion { source: charge.payment, amount: paid });
        for Portion { source, amount } in sources.into_iter().filter(|portion| portion.amount.is_positive()) {
            self.hold(charge, period, source, amount);
        }
        self.settling = Some(settling);
        Ok(())
    }

    fn hold(&mut self, charge: &ChargeFact, period: P, source: Option<PaymentId>, amount: Units) {
        let same = |held: &&mut Holding<P>| (held.charge, held.source) == (charge.id, source);
        match self.holdings.iter_mut().rev().find(same) {
            Some(held) => {
                held.amount += amount;
                held.spread.push((charge.from, amount));
            }
            None => self.holdings.push(Holding {
                source,
                charge: charge.id,
                period,
                to: charge.to,
                amount: amount.into(),
                spread: vec![(charge.from, amount)],
            }),
        }
    }

    fn refund(&mut self, refund: &RefundFact) {
        for part in refund.parts() {
            let is_own = |held: &&mut Holding<P>| (held.charge, held.source) == (part.charge, refund.payment());
            if let Some(held) = self.holdings.iter_mut().find(is_own) {
                held.amount -= part.amount;
                if part.from < part.to {
                    held.spread.push((part.from, -part.amount));
                }
            }
        }
    }
}

impl<P> Holding<P> {
    /// What is not earned at an instant.
    fn unearned(&self, at: Instant) -> Result<Total<Units>, Overflow> {
        let mut sum = Total::ZERO;
        for &(from, amount) in &self.spread {
            sum += rest((amount, Value::ZERO), from, self.to, at)?.0;
        }
        Ok(sum.min(self.amount).max(Total::ZERO))
    }

    fn give(&mut self, amount: Units, open: &mut Total<Units>) -> Portion {
        self.amount -= amount;
        *open -= amount;
        Portion { source: self.source, amount }
    }
}

/// Takes an amount from the front, or all there is.
fn take(portions: &mut Vec<Portion>, amount: Units) -> Vec<Portion> {
    let (mut open, mut taken) = (amount, Vec::new());
    for portion in portions.iter_mut() {
        let part = portion.amount.min(open);
        taken.push(Portion { source: portion.source, amount: part });
        (portion.amount, open) = (portion.amount - part, open - part);
    }
    portions.retain(|portion| portion.amount.is_positive());
    taken.retain(|portion| portion.amount.is_positive());
    taken
}
