//! A life in a ledger on disk, stored and loaded again as often as one likes.

use super::run::{Run, act, at, told_life, usage_event};
use super::world::{ASSETS, CENT, What, World};
use crate::support::{Book, catalog};
use drawdown::billing::{EventFact, Facts, NewRefund, RefundError};
use drawdown::ids::{CustomerId, ShapeId, SubscriptionId};
use drawdown::ledger::{EventStatus, PaymentRow, Selected, Selection, WhichTerms};
use drawdown::money::Units;
use drawdown::time::Instant;
use proptest::prelude::*;
use rusqlite::Connection;
use rusqlite::types::ValueRef;
use std::collections::{BTreeMap, BTreeSet};

/// Every table with facts about customers or what is derived of them.
const TABLES: [&str; 19] = [
    "subscription",
    "subscription_end",
    "charge",
    "charge_draw",
    "payment",
    "rollover",
    "lapse",
    "recovery",
    "lot",
    "topup",
    "adjustment",
    "taken",
    "expiry",
    "repayment",
    "denial",
    "counter",
    "refundable",
    "deficit",
    CUSTOMER,
];

/// When time next brings a customer something (`due`) is not compared: the end of a lot that has been used up may still be
/// noted there, until the life is loaded again. [`Stored::faults`] sees to it that it is never too late.
const CUSTOMER: &str = "(SELECT id, external_id, clock, last_event FROM customer)";

pub struct Stored<'w> {
    world: &'w World,
    book: Book,
}

impl<'w> Stored<'w> {
    /// A ledger with the world's catalog applied and its customer added.
    pub fn new(world: &'w World) -> Self {
        let mut book = Book::of(&catalog(&world.catalog()), Instant::EPOCH);
        book.write(|writer, _| writer.add_customer("x", None, Instant::EPOCH).unwrap());
        Self { world, book }
    }

    /// The same life in memory, under the ledger's numbers.
    pub fn in_memory(&self) -> Run<'w> {
        let engine = self.book.ledger.engine().unwrap();
        let first = engine.versions().map(|(id, _)| id).min().unwrap();
        Run::of(self.world, engine, first)
    }

    /// Does all actions, storing the life after each whose turn in `cuts` says so; between two it is kept in memory.
    pub fn run(&mut self, cuts: &[bool]) {
        let mut number = 0;
        while number < self.world.actions.len() {
            let cut = (number..self.world.actions.len()).find(|n| cuts[n % cuts.len()]);
            let end = cut.map_or(self.world.actions.len(), |cut| cut + 1);
            number = if usage_event(&self.world.actions[number], number).is_some() {
                self.import(number, end)
            } else {
                self.act(number, end)
            };
        }
    }

    /// Does the actions from one to another, each as a command of its own. What is refused changes nothing.
    pub fn command(&mut self, from: usize, to: usize, move_all: bool) {
        let world = self.world;
        for (number, action) in world.actions.iter().enumerate().take(to).skip(from) {
            if let Some(event) = usage_event(action, number) {
                let (id, kind, model) =
                    (&event.id, &event.event_type, event.data.get("model").map_or("", String::as_str));
                let text = format!(
                    "id,customer,event_type,occurred_at,model,n\n{id},x,{kind},{},{model},{}\n",
                    event.occurred_at, event.data["n"]
                );
                self.book.import(&text, move_all);
            } else if matches!(action.what, What::Advance) {
                self.book.write(|writer, engine| writer.advance_all(engine, at(action.tick)).unwrap());
            } else {
                let refused = self.book.attempt(|writer, engine| {
                    let row = writer.customer("x").unwrap();
                    let (mut life, mut facts) = (writer.life(row.id, engine).unwrap(), Facts::default());
                    let assets = ASSETS.map(|code| writer.asset_id(engine, code).unwrap());
                    let version = engine.versions().map(|(id, _)| id).min().unwrap();
                    if !act(engine, &mut life, (assets, version), number, action, &mut facts) {
                        return Err(());
                    }
                    writer.record(engine, &mut life, &mut facts).unwrap();
                    Ok(())
                });
                refused.unwrap_or_default();
            }
        }
    }

    /// The ledger.
    pub fn book(&mut self) -> &mut Book {
        &mut self.book
    }

    /// Does one action.
    pub fn step(&mut self, number: usize) {
        match usage_event(&self.world.actions[number], number) {
            Some(_) => self.import(number, number + 1),
            None => self.act(number, number + 1),
        };
    }

    /// Takes one of the events back that were not, if there is one.
    pub fn void_one(&mut self, pick: prop::sample::Index) {
        if let Some(one) = self.book.one_standing(pick) {
            self.book.void(&one);
        }
    }

    /// What the accounts hold less what they owe.
    pub fn balances(&self) -> String {
        let engine = self.book.ledger.engine().unwrap();
        let life = self.book.ledger.life(self.book.ledger.customer("x").unwrap().id, &engine).unwrap();
        let available = |code| engine.asset_id(code).map(|asset| life.available(asset, life.clock));
        format!("{:?}", ASSETS.map(available))
    }

    /// What each charged event owes, by its id.
    fn owing(&self) -> BTreeMap<String, Vec<(SubscriptionId, Units)>> {
        let mut all = BTreeMap::new();
        let visit = |selected: Selected| {
            if selected.status == EventStatus::Charged {
                let fees = selected.event.fact.fees.iter().map(|fee| (fee.subscription, fee.amount)).collect();
                all.insert(selected.event.id, fees);
            }
            Ok(())
        };
        self.book.ledger.for_each_selected(&Selection::default(), visit).unwrap();
        all
    }

    /// Takes some charged events back and bills them again. Whether they owe what they did, of the terms that they did, and nothing
    /// came between: what returned paid nothing that was past due, and no automatic payment was made.
    pub fn void_and_rebill(&mut self, picks: &[prop::sample::Index]) -> bool {
        let before = self.owing();
        let charged: Vec<&String> = before.keys().collect();
        if charged.is_empty() {
            return false;
        }
        let ids: BTreeSet<&String> = picks.iter().map(|pick| *pick.get(&charged)).collect();
        let selection = Selection { ids: ids.into_iter().cloned().collect(), ..Selection::default() };
        let voided = self.book.void(&selection);
        let rebills = self.book.rebill(&selection, WhichTerms::Then);
        let renewals = voided.fell_due.renewals + rebills.fell_due.renewals;
        renewals == 0 && rebills.auto_topups == 0 && self.owing() == before
    }

    /// Every payment there is.
    fn payments(&self) -> Vec<PaymentRow> {
        let ledger = &self.book.ledger;
        let topups = ledger.topups(None).unwrap().into_iter().map(PaymentRow::Topup);
        topups.chain(ledger.payments(None).unwrap().into_iter().map(PaymentRow::Charges)).collect()
    }

    /// Gives so many per cent of one of the payments back, or what goes back by itself, if there is one and it can be.
    pub fn refund_one(&mut self, pick: prop::sample::Index, percent: Option<i64>) {
        let payments = self.payments();
        if !payments.is_empty() {
            let payment = pick.get(&payments);
            let paid = payment.paid().1.count();
            let cents = percent.map(|percent| Units::from_count((paid / CENT * percent / 100).max(1) * CENT));
            let _ = self.refund(payment, cents);
            let back = self.book.ledger.refunds(None).unwrap().into_iter().filter(|refund| payment.has(refund));
            assert!(back.map(|refund| refund.amount).sum::<Units>().count() <= paid, "{payment:?}");
        }
    }

    /// Gives everything back that can be.
    pub fn refund_all(&mut self) {
        for payment in self.payments() {
            let most = match self.refund(&payment, Some(Units::from_count(i64::MAX / CENT * CENT))) {
                Err(RefundError::TooMuch(rest)) => rest.most,
                other => panic!("{other:?}"),
            };
            let amount = Some(most).filter(|_| matches!(payment, PaymentRow::Charges(_)));
            if most.is_positive() {
                self.refund(&payment, amount).unwrap();
            }
        }
    }

    fn refund(&mut self, payment: &PaymentRow, amount: Option<Units>) -> Result<(), RefundError> {
        let paid_at = match payment {
            PaymentRow::Topup(topup) => topup.at,
            PaymentRow::Charges(payment) => payment.at,
        };
        self.book.attempt(|writer, engine| {
            let clock = writer.life(CustomerId::FIRST, engine).unwrap().clock;
            let new = NewRefund { key: writer.new_refund_key().unwrap(), at: clock.max(paid_at), amount };
            writer.refund(engine, payment, new).unwrap().map(drop).map_err(|unrefunded| unrefunded.why)
        })
    }

    /// Takes some of the events back, or bills them again, where that can be.
    pub fn correct(&mut self, voids: bool, picks: &[prop::sample::Index]) {
        let mut recorded = Vec::new();
        let visit = |selected: Selected| {
            recorded.push(selected.event.id);
            Ok(())
        };
        self.book.ledger.for_each_selected(&Selection::default(), visit).unwrap();
        if recorded.is_empty() {
            return;
        }
        let ids = picks.iter().map(|pick| pick.get(&recorded).clone()).collect();
        let selection = Selection { ids, ..Selection::default() };
        if voids {
            self.book.void(&selection);
        } else {
            self.book.rebill(&selection, WhichTerms::Then);
        }
    }

    /// Whether an account has less than nothing.
    pub fn is_below_zero(&self) -> bool {
        let engine = self.book.ledger.engine().unwrap();
        let life = self.book.ledger.life(CustomerId::FIRST, &engine).unwrap();
        life.accounts.iter().any(|(asset, _)| life.available(asset, life.clock).is_negative())
    }

    /// Imports the events from one action on, until one that is no event.
    fn import(&mut self, first: usize, end: usize) -> usize {
        let mut text = "id,customer,event_type,occurred_at,model,n\n".to_owned();
        let mut number = first;
        while let Some(event) = self.world.actions[..end].get(number).and_then(|action| usage_event(action, number)) {
            let (id, kind, model) = (&event.id, &event.event_type, event.data.get("model").map_or("", String::as_str));
            text += &format!("{id},x,{kind},{},{model},{}\n", event.occurred_at, event.data["n"]);
            number += 1;
        }
        self.book.import(&text, false);
        number
    }

    /// Does the actions from one on, until an event.
    fn act(&mut self, first: usize, end: usize) -> usize {
        let world = self.world;
        self.book.live("x", |writer, engine, life, facts| {
            let assets = ASSETS.map(|code| writer.asset_id(engine, code).unwrap());
            let version = engine.versions().map(|(id, _)| id).min().unwrap();
            let mut number = first;
            while let Some(action) = world.actions[..end].get(number).filter(|a| usage_event(a, number).is_none()) {
                act(engine, life, (assets, version), number, action, facts);
                number += 1;
            }
            number
        })
    }

    /// Every event, and every row of all other tables.
    pub fn rows(&self) -> String {
        let connection = self.book.sql();
        let mut lines = Vec::new();
        let told = self.book.ledger.for_each_event(|event| {
            lines.push(format!("{event:?}"));
            Ok(())
        });
        told.unwrap();
        lines.extend(TABLES.iter().flat_map(|table| rows(&connection, table)));
        lines.join("\n")
    }

    /// The facts, and the life as it is loaded, in the words of [`told`].
    pub fn told(&self) -> String {
        let connection = self.book.sql();
        let mut lines = Vec::new();
        self.book
            .ledger
            .for_each_event(|event| {
                lines.push(told_event(&event.fact));
                Ok(())
            })
            .unwrap();
        for table in
            ["lot", "charge", "payment", "rollover", "lapse", "recovery", "subscription", "subscription_end", "expiry"]
        {
            lines.extend(rows(&connection, table));
        }
        let engine = self.book.ledger.engine().unwrap();
        lines.push(told_life(&self.book.ledger.life(CustomerId::FIRST, &engine).unwrap()));
        lines.join("\n")
    }

    /// What `verify` finds wrong.
    pub fn faults(&self) -> Vec<String> {
        self.book.faults()
    }
}

/// A table's rows in the order of their keys.
fn rows(connection: &Connection, table: &str) -> Vec<String> {
    let mut statement = connection.prepare(&format!("SELECT * FROM {table}")).unwrap();
    let names: Vec<String> = statement.column_names().map(str::to_owned).collect();
    // How a life was cut is no part of it.
    let columns: Vec<usize> = (0..names.len()).filter(|&column| names[column] != "operation").collect();
    let value = |value: ValueRef<'_>| match value {
        ValueRef::Null => String::new(),
        ValueRef::Integer(integer) => integer.to_string(),
        ValueRef::Text(text) => String::from_utf8_lossy(text).into_owned(),
        other => format!("{other:?}"),
    };
    let row = |row: &rusqlite::Row<'_>| {
        let values: Result<Vec<_>, _> = columns.iter().map(|&column| row.get_ref(column).map(value)).collect();
        Ok(format!("{table} {}", values?.join(" ")))
    };
    statement.query_map([], row).unwrap().collect::<Result<_, _>>().unwrap()
}

fn told_event(fact: &EventFact) -> String {
    format!("{:?}", EventFact { shape: ShapeId::FIRST, ..fact.clone() })
}

/// What a life in memory would be in a ledger.
pub fn told(run: &Run<'_>) -> String {
    let facts = &run.facts;
    let mut lines: Vec<String> = facts.events.iter().map(told_event).collect();
    let mut push = |table: &str, mut rows: Vec<Vec<Option<i64>>>| {
        rows.sort();
        let value = |value: Option<i64>| value.map(|value| value.to_string()).unwrap_or_default();
        let line =
            |row: Vec<Option<i64>>| format!("{table} {}", row.into_iter().map(value).collect::<Vec<_>>().join(" "));
        lines.extend(rows.into_iter().map(line));
    };
    let some = |values: &[i64]| values.iter().copied().map(Some).collect::<Vec<_>>();
    let lot = |lot: &drawdown::billing::LotFact| {
        let [granted, effective] = [lot.granted_at, lot.effective_at].map(Instant::micros);
        let mut row = some(&[
            lot.id.number(),
            1,
            lot.asset.number(),
            lot.purpose as i64,
            lot.priority.number(),
            granted,
            effective,
        ]);
        row.push(lot.expires_at.map(Instant::micros));
        row.extend(some(&[lot.amount.count(), lot.basis.count()]));
        row.push(lot.granted_by.map(|by| by.subscription.number()));
        row.push(lot.granted_by.map(|by| i64::from(by.entitlement.number())));
        row.extend(some(&[run.lots[&lot.id].left.count(), run.lots[&lot.id].released.count()]));
        row
    };
    push("lot", facts.lots.iter().map(lot).collect());
    let charge = |c: &drawdown::billing::ChargeFact| {
        let [at, from, to] = [c.at, c.from, c.to].map(Instant::micros);
        let mut row = some(&[c.id.number(), 1, c.subscription.number(), c.price.number().into(), at, from, to]);
        row.extend(some(&[c.asset.number(), c.amount.count(), c.value.count()]));
        row.extend([c.payment.map(|payment| payment.number()), c.lot.map(|lot| lot.number())]);
        row
    };
    push("charge", facts.charges.iter().map(charge).collect());
    push(
        "payment",
        facts
            .payments
            .iter()
            .map(|p| some(&[p.id.number(), 1, p.at.micros(), p.currency.number(), p.paid.count(), p.value.count()]))
            .collect(),
    );
    push(
        "rollover",
        facts
            .rollovers
            .iter()
            .map(|r| some(&[r.lot.number(), r.into.number(), r.at.micros(), r.amount.count(), r.basis.count()]))
            .collect(),
    );
    let lapse = |l: &drawdown::billing::LapseFact| {
        let (id, origin, asset) = (l.id.number(), l.origin.number(), l.asset.number());
        some(&[id, 1, origin, l.at.micros(), asset, l.needed.count(), l.available.count()])
    };
    let lapses = facts.lapses.iter().map(lapse);
    push("lapse", lapses.collect());
    push("recovery", facts.recoveries.iter().map(|r| some(&[r.lapse.number(), r.at.micros()])).collect());
    let subscription = |s: &drawdown::billing::SubscriptionFact| {
        let (id, version, origin) = (s.id.number(), s.version.number(), s.origin.number());
        let mut row = some(&[id, 1, version, s.quantity.number(), s.started_at.micros(), s.anchor.micros(), origin]);
        row.push(s.planned_at.map(Instant::micros));
        row
    };
    push("subscription", facts.subscriptions.iter().map(subscription).collect());
    let end = |(id, end): (i64, &drawdown::billing::EndFact)| {
        let [ended_at, asked_at] = [end.ended_at, end.asked_at].map(|at| at.map(Instant::micros));
        vec![Some(id), Some(end.subscription.number()), ended_at, asked_at]
    };
    push("subscription_end", (1..).zip(&facts.ends).map(end).collect());
    let expiries = (1..).zip(&facts.expiries).map(|(id, e)| {
        some(&[id, e.lot.number(), e.at.micros(), e.dated.micros(), e.amount.count(), e.breakage.count()])
    });
    push("expiry", expiries.collect());
    lines.push(told_life(&run.life));
    lines.join("\n")
}
