//! What was collected from customers and paid back, and what is to be collected next.

use super::lots::find_lot;
use crate::billing::{ChargeFact, Engine, Facts, Life, PaymentFact, Reason, RefundFact, RefundOf, TopupFact};
use crate::ids::{AssetId, LotId, PaymentId, VersionNumber};
use crate::ledger::{CustomerRow, Ledger, LedgerError, LotRow};
use crate::money::{Amount, Asset, Total, Units, Value};
use crate::time::Instant;
use rustc_hash::FxHashMap;
use serde::Serialize;

/// Payments, in the order of time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Payments {
    /// As of when: the ledger's horizon.
    pub at: Instant,
    /// Payments that were made, and payments to come: those that have fallen due by then but are not booked yet, and each
    /// customer's next one.
    pub rows: Vec<Payment>,
}

/// One payment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Payment {
    /// The caller's id, or a name that the ledger gave it. None while it is still to be collected.
    pub id: Option<String>,
    /// The customer's external id.
    pub customer: String,
    /// When it was made, or will be.
    pub at: Instant,
    /// What it is for.
    pub kind: PaymentKind,
    /// Whether it was made.
    pub state: PaymentState,
    /// How much; below zero is paid back.
    pub amount: Amount,
    /// The currency's code.
    pub currency: String,
    /// How much of it was refunded.
    pub refunded: Amount,
    /// What was paid for.
    #[serde(rename = "for")]
    pub bought: Bought,
}

/// What a payment paid for. Its words are [`crate::render`]'s.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Bought {
    /// Credit; below zero where it was given back.
    Credit {
        /// How much, in units of `asset`.
        amount: Amount,
        /// The asset's code.
        asset: String,
    },
    /// Product versions whose fixed charges were paid.
    Products(Vec<(String, VersionNumber)>),
    /// Nothing: it gives back some of the payment with this id.
    Payment(String),
}

impl Bought {
    fn credit(asset: &Asset, units: Units) -> Self {
        Self::Credit { amount: asset.amount(units), asset: asset.code.clone() }
    }
}

/// What a payment is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PaymentKind {
    /// Credit, by hand.
    Topup,
    /// Credit, by an automatic rule.
    AutoTopup,
    /// Credit that was paid for elsewhere.
    ExternalTopup,
    /// Fixed charges.
    Charge,
    /// Money of a payment that went back.
    Refund,
    /// Money given back elsewhere.
    ExternalRefund,
}

/// Whether a payment was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PaymentState {
    /// It was collected.
    Collected,
    /// It was paid back.
    PaidBack,
    /// It is to be collected.
    ToCollect,
}

/// Payments of one customer, or of all.
///
/// # Errors
/// When the ledger can't be read.
pub fn payments(ledger: &Ledger, customer: Option<&CustomerRow>) -> Result<Payments, LedgerError> {
    let (engine, at) = (ledger.engine()?, ledger.stands_at()?);
    let customers = match customer {
        Some(customer) => vec![customer.clone()],
        None => ledger.customers()?,
    };
    let mut rows = Vec::new();
    for customer in &customers {
        let mut of = Of { ledger, engine: &engine, customer, rows: &mut rows };
        of.made()?;
        of.due(at)?;
    }
    rows.sort_by_key(|row| row.at);
    Ok(Payments { at, rows })
}

/// How much of each payment went back.
#[derive(Default)]
struct Refunded {
    topups: FxHashMap<LotId, Total<Units>>,
    charges: FxHashMap<PaymentId, Total<Units>>,
}

impl Refunded {
    fn of(refunds: &[RefundFact]) -> Self {
        let mut all = Self::default();
        for refund in refunds {
            let sum = match &refund.of {
                RefundOf::Topup(taken) => all.topups.entry(taken.lot).or_default(),
                RefundOf::Charges(payment, _) => all.charges.entry(*payment).or_default(),
            };
            *sum += refund.amount;
        }
        all
    }

    fn of_topup(&self, lot: LotId) -> Total<Units> {
        self.topups.get(&lot).copied().unwrap_or(Total::ZERO)
    }

    fn of_charges(&self, payment: PaymentId) -> Total<Units> {
        self.charges.get(&payment).copied().unwrap_or(Total::ZERO)
    }
}

/// The payments of one customer.
struct Of<'a> {
    ledger: &'a Ledger,
    engine: &'a Engine,
    customer: &'a CustomerRow,
    rows: &'a mut Vec<Payment>,
}

impl Of<'_> {
    fn push(
        &mut self,
        id: String,
        at: Instant,
        kind: PaymentKind,
        (units, refunded, currency): (Units, Total<Units>, AssetId),
        bought: Bought,
    ) {
        let state = if units.is_negative() { PaymentState::PaidBack } else { PaymentState::Collected };
        let currency = self.engine.asset(currency);
        self.rows.push(Payment {
            id: Some(id),
            customer: self.customer.external_id.clone(),
            at,
            kind,
            state,
            amount: currency.amount(units),
            currency: currency.code.clone(),
            refunded: currency.amount(refunded),
            bought,
        });
    }

    /// Those that were made.
    fn made(&mut self) -> Result<(), LedgerError> {
        let id = Some(self.customer.id);
        let lots: Vec<LotRow> = self.ledger.lots(id)?;
        let facts = Facts { lots: lots.into_iter().map(LotRow::fact).collect(), ..Facts::default() };
        let refunds = self.ledger.refunds(id)?;
        let refunded = Refunded::of(&refunds);
        self.topups(&self.ledger.topups(id)?, &facts, &refunded)?;
        for adjustment in self.ledger.adjustments(id)? {
            let asset = self.engine.asset(adjustment.asset);
            let bought = Bought::credit(asset, adjustment.amount);
            let (kind, value): (_, Total<Value>) = match (adjustment.reason, adjustment.lot) {
                (Reason::ExternalTopup, Some(lot)) => (PaymentKind::ExternalTopup, find_lot(&facts, lot)?.basis.into()),
                (Reason::ExternalRefund, _) => {
                    let taken = adjustment.taken.iter().map(|taken| taken.basis);
                    (PaymentKind::ExternalRefund, -taken.sum::<Total<Value>>())
                }
                _ => continue,
            };
            let currency = self.engine.reporting_currency();
            let state = if value.is_negative() { PaymentState::PaidBack } else { PaymentState::Collected };
            self.rows.push(Payment {
                id: Some(adjustment.key),
                customer: self.customer.external_id.clone(),
                at: adjustment.at,
                kind,
                state,
                amount: currency.amount(value),
                currency: currency.code.clone(),
                refunded: currency.amount(Units::ZERO),
                bought,
            });
        }
        self.refunds(&refunds)?;
        let life = self.ledger.life(self.customer.id, self.engine)?;
        let facts = Facts {
            charges: self.ledger.charges(id)?,
            payments: self.ledger.payments(id)?,
            refunds,
            ..Facts::default()
        };
        self.charges(&life, &facts)
    }

    /// Those that bought credit.
    fn topups(&mut self, topups: &[TopupFact], facts: &Facts, refunded: &Refunded) -> Result<(), LedgerError> {
        for topup in topups {
            let lot = find_lot(facts, topup.lot)?;
            let asset = self.engine.asset(lot.asset);
            let bought = Bought::credit(asset, lot.amount);
            let kind = if topup.key.is_some() { PaymentKind::Topup } else { PaymentKind::AutoTopup };
            let paid = (topup.paid, refunded.of_topup(topup.lot), topup.currency);
            self.push(topup.name(), topup.at, kind, paid, bought);
        }
        Ok(())
    }

    /// Those that went back.
    fn refunds(&mut self, refunds: &[RefundFact]) -> Result<(), LedgerError> {
        if refunds.is_empty() {
            return Ok(());
        }
        let id = Some(self.customer.id);
        let (topups, payments) = (self.ledger.topups(id)?, self.ledger.payments(id)?);
        let topups: FxHashMap<LotId, TopupFact> = topups.into_iter().map(|topup| (topup.lot, topup)).collect();
        let payments: FxHashMap<PaymentId, PaymentFact> =
            payments.into_iter().map(|payment| (payment.id, payment)).collect();
        for refund in refunds {
            let of = match &refund.of {
                RefundOf::Topup(taken) => topups.get(&taken.lot).map(TopupFact::name),
                RefundOf::Charges(payment, _) => payments.get(payment).map(PaymentFact::name),
            };
            let of = of.ok_or_else(|| LedgerError::Damaged(format!("refund {} is of no payment", refund.id)))?;
            let amount = refund.amount.checked_neg();
            let amount =
                amount.ok_or_else(|| LedgerError::Damaged(format!("refund {} can't be counted", refund.id)))?;
            let paid_back = (amount, Total::ZERO, refund.currency);
            self.push(refund.key.clone(), refund.at, PaymentKind::Refund, paid_back, Bought::Payment(of));
        }
        Ok(())
    }

    /// Those that collected fixed charges.
    fn charges(&mut self, life: &Life, facts: &Facts) -> Result<(), LedgerError> {
        let refunded = Refunded::of(&facts.refunds);
        let mut charges: FxHashMap<PaymentId, Vec<&ChargeFact>> = FxHashMap::default();
        for charge in &facts.charges {
            let payment = charge.payment.map(|payment| charges.entry(payment).or_default());
            payment.into_iter().for_each(|own| own.push(charge));
        }
        for payment in &facts.payments {
            let mut products: Vec<(String, VersionNumber)> = Vec::new();
            let damaged = |what| LedgerError::Damaged(format!("payment {} is {what}", payment.name()));
            for charge in charges.remove(&payment.id).ok_or_else(|| damaged("for no charge"))? {
                let own = life.subscriptions.iter().find(|own| own.id == charge.subscription);
                let own = own.ok_or_else(|| damaged("for a subscription that the customer does not have"))?;
                let version = self.engine.version(own.version);
                products.push((version.product.clone(), version.number));
            }
            products.dedup();
            let paid = (payment.paid, refunded.of_charges(payment.id), payment.currency);
            self.push(payment.name(), payment.at, PaymentKind::Charge, paid, Bought::Products(products));
        }
        Ok(())
    }

    /// What falls due until `now`, which reports of money count as collected, and the next ones after that: those of the next
    /// instant at which something is collected.
    fn due(&mut self, now: Instant) -> Result<(), LedgerError> {
        let mut life = self.ledger.life(self.customer.id, self.engine)?;
        let before = self.rows.len();
        let facts = self.engine.project(&mut life, now)?;
        self.topups(&facts.topups, &facts, &Refunded::default())?;
        self.charges(&life, &facts)?;
        let next = life.subscriptions.iter().filter_map(|own| self.engine.next_renewal(own, life.clock)).min();
        if let Some(next) = next {
            let facts = self.engine.project(&mut life, next)?;
            self.charges(&life, &facts)?;
        }
        for row in &mut self.rows[before..] {
            (row.id, row.state) = (None, PaymentState::ToCollect);
        }
        Ok(())
    }
}
