//! A world run through a ledger on disk, in as many pieces as one likes.

use super::engine::{adjustment, at, told_lot, topup, usage_event};
use super::world::{ASSETS, Action, CUSTOMERS, MONTH_END, What, World};
use crate::support::{Book, TEST, catalog, version};
use drawdown::billing::{AutoTopupRule, Facts, MoneyError, NewTerms, Seats};
use drawdown::catalog::plan;
use drawdown::ledger::{EventStatus, ImportSummary, Selection, When, WhichTerms};
use drawdown::money::{Units, Value};
use drawdown::rating::Quantity;
use drawdown::time::Instant;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{Display, Write};

pub struct Stored<'w> {
    world: &'w World,
    book: Book,
    /// Whether an import moves everybody on to its log's last instant.
    move_all: bool,
}

impl<'w> Stored<'w> {
    /// A ledger with the world's catalog applied and its customers subscribed.
    pub fn new(world: &'w World, move_all: bool) -> Self {
        let mut book = Book::of(&catalog(&world.catalog()), Instant::EPOCH);
        // Each as a command of its own.
        for (who, &(from, to)) in world.spans.iter().enumerate() {
            book.write(|writer, engine| {
                let version = engine.versions().next().unwrap().0;
                writer.add_customer(&who.to_string(), None, Instant::EPOCH).unwrap();
                let customer = writer.customer(&who.to_string()).unwrap();
                writer.subscribe(engine, &customer, NewTerms { version, quantity: Seats::ONE, at: at(from) }).unwrap();
            });
            if let Some(to) = to {
                book.write(|writer, engine| {
                    let customer = writer.customer(&who.to_string()).unwrap();
                    writer.unsubscribe(engine, &customer, "p", at(to), When::Now).unwrap();
                });
            }
        }
        Self { world, book, move_all }
    }

    /// Does all actions. Events that follow each other are one import, unless the action's turn in `cuts` says to cut.
    pub fn run(&mut self, cuts: &[bool]) {
        let mut log: Vec<(usize, &Action)> = Vec::new();
        for (number, action) in self.world.actions.iter().enumerate() {
            if action.event_type().is_none() || cuts[number % cuts.len()] {
                self.import(&std::mem::take(&mut log));
            }
            if action.event_type().is_some() {
                log.push((number, action));
            } else {
                self.act(number, action);
            }
        }
        self.import(&log);
    }

    /// Does one action.
    pub fn step(&mut self, number: usize) {
        let action = &self.world.actions[number];
        match action.event_type() {
            Some(_) => drop(self.import(&[(number, action)])),
            None => self.act(number, action),
        }
    }

    /// Takes the events of these actions back, or bills them again.
    pub fn correct(&mut self, voids: bool, numbers: &BTreeSet<usize>) {
        let ids = numbers.iter().map(|number| format!("e{number}")).collect();
        let selection = Selection { ids, ..Selection::default() };
        if voids {
            assert_eq!(self.book.void(&selection).refused, [], "{:?}", self.world);
        } else {
            assert_eq!(self.book.rebill(&selection, WhichTerms::Then).refused, [], "{:?}", self.world);
        }
    }

    /// Events, lots, what is owed, quantities so far and what was earned, in the model's words.
    pub fn told(&self) -> String {
        let ledger = &self.book.ledger;
        let mut lines = Vec::new();
        let mut events = BTreeMap::new();
        let told = ledger.for_each_selected(&Selection::default(), |selected| {
            let fees = selected.event.fact.fees.iter();
            let fees = fees.map(|fee| {
                let draws = fee.draws.iter().map(|draw| told_draw(draw.lot.map(|lot| lot.number()), draw.amount));
                let asset = self.world.prices[fee.price.place()].asset;
                format!("{} {} from {}", fee.amount, ASSETS[asset], draws.collect::<Vec<_>>().join(", "))
            });
            let number: usize = selected.event.id[1..].parse().unwrap();
            let reason = if selected.status == EventStatus::Unpriced { selected.reason } else { None };
            events.insert(number, told_record(selected.status.name(), reason, fees));
            Ok(())
        });
        told.unwrap();
        lines.extend(events.into_iter().map(|(number, event)| format!("event {number}: {event}")));
        lines.extend(self.lots());
        let engine = ledger.engine().unwrap();
        for who in 0..CUSTOMERS {
            let life = ledger.life(ledger.customer(&who.to_string()).unwrap().id, &engine).unwrap();
            for code in ASSETS {
                let account = engine.asset_id(code).and_then(|asset| life.accounts.get(asset));
                let owed = account.map_or(Units::ZERO, |account| account.deficit());
                lines.extend(owed.is_positive().then(|| format!("customer {who} owes {owed} {code}")));
            }
            let mut counters: Vec<_> = life.counters().collect();
            counters.sort_by_key(|(key, _)| *key);
            for (key, counter) in counters.iter().filter(|(_, counter)| counter.quantity != Quantity::default()) {
                let Quantity { count, volume } = counter.quantity;
                lines.push(format!("customer {who}, price {}, row {}: {count} and {volume}", key.price, key.row));
            }
        }
        lines.push(format!("earned {:?}", self.earned()));
        lines.join("\n")
    }

    /// What everybody can use of each asset.
    pub fn balances(&self) -> String {
        let engine = self.book.ledger.engine().unwrap();
        let mut lines = Vec::new();
        for who in 0..CUSTOMERS {
            let life = self.book.ledger.life(self.book.ledger.customer(&who.to_string()).unwrap().id, &engine).unwrap();
            let available = |code| engine.asset_id(code).map(|asset| life.available(asset, life.clock));
            lines.push(format!("customer {who}: {:?}", ASSETS.map(available)));
        }
        lines.join("\n")
    }

    /// Takes a charged event back and bills it again. `false` when an automatic payment was made for it.
    pub fn void_and_rebill(&mut self, pick: prop::sample::Index) -> bool {
        let mut charged = Vec::new();
        let visit = |selected: drawdown::ledger::Selected| {
            charged.extend((selected.status == EventStatus::Charged).then_some(selected.event.id));
            Ok(())
        };
        self.book.ledger.for_each_selected(&Selection::default(), visit).unwrap();
        if charged.is_empty() {
            return false;
        }
        let selection = Selection { ids: vec![pick.get(&charged).clone()], ..Selection::default() };
        let voided = self.book.void(&selection);
        assert_eq!(voided.count(), 1);
        let rebills = self.book.rebill(&selection, WhichTerms::Then);
        assert_eq!(rebills.difference, voided.returned, "{:?}", self.world);
        rebills.auto_topups == 0
    }

    /// What was earned or lost before the month's end, and after it.
    fn earned(&self) -> [i128; 2] {
        let mut earned = [0; 2];
        let mut add =
            |at: Instant, value: Value| earned[usize::from(at >= super::engine::at(MONTH_END))] += i128::from(value);
        let ledger = &self.book.ledger;
        let told = ledger.for_each_event(|event| {
            let draws = event.fact.fees.iter().flat_map(|fee| &fee.draws);
            draws.for_each(|draw| add(event.fact.occurred_at, draw.earned));
            Ok(())
        });
        told.unwrap();
        ledger.repayments(None).unwrap().iter().for_each(|repaid| add(repaid.dated, repaid.earned));
        ledger.expiries(None).unwrap().iter().for_each(|expired| add(expired.dated, expired.breakage));
        earned
    }

    /// Everything that is an event, once more.
    pub fn import_all_again(&mut self) -> ImportSummary {
        let events = self.world.actions.iter().enumerate().filter(|(_, action)| action.event_type().is_some());
        let log: Vec<_> = events.collect();
        self.import(&log)
    }

    /// Takes one of the events back that were not, if there is one.
    pub fn void_one(&mut self, pick: prop::sample::Index) {
        if let Some(one) = self.book.one_standing(pick) {
            self.book.void(&one);
        }
    }

    /// Bills one of the events that were not taken back again, if there is one.
    pub fn rebill_one(&mut self, pick: prop::sample::Index) {
        if let Some(one) = self.book.one_standing(pick) {
            self.book.rebill(&one, WhichTerms::Then);
        }
    }

    /// Bills all events again. Returns how many were recorded anew.
    pub fn rebill_all(&mut self) -> u64 {
        let rebills = self.book.rebill(&Selection::default(), WhichTerms::Then);
        if rebills.refused.is_empty() { rebills.count() } else { 0 }
    }

    /// Takes all events back. Returns how many there were that are taken back by now.
    pub fn void_all(&mut self) -> u64 {
        let voided = self.book.void(&Selection::default());
        if voided.refused.is_empty() { voided.count() + voided.before } else { voided.before }
    }

    /// Does some of the actions, each as a command of its own. What is refused changes nothing. Returns what was done.
    pub fn command(&mut self, numbers: impl IntoIterator<Item = usize>) -> Vec<usize> {
        let (world, mut done) = (self.world, Vec::new());
        for number in numbers {
            let action = &world.actions[number];
            let mut is_done = true;
            if action.event_type().is_some() {
                self.import(&[(number, action)]);
            } else if matches!(action.what, What::Advance) {
                self.book.write(|writer, engine| writer.advance_all(engine, at(action.hour)).unwrap());
            } else {
                let tried = self.book.attempt(|writer, engine| {
                    let row = writer.customer(&action.who.to_string()).unwrap();
                    let (mut life, mut facts) = (writer.life(row.id, engine).unwrap(), Facts::default());
                    let assets = ASSETS.map(|code| writer.asset_id(engine, code).unwrap());
                    match (topup(action, assets, number), adjustment(world, action, assets, number)) {
                        (Some(topup), _) => engine.top_up(&mut life, topup, &mut facts)?,
                        (_, Some(adjustment)) => engine.adjust(&mut life, adjustment, &mut facts)?,
                        _ => {}
                    }
                    writer.record(engine, &mut life, &mut facts).unwrap();
                    Ok::<(), MoneyError>(())
                });
                is_done = tried.is_ok();
            }
            done.extend(is_done.then_some(number));
        }
        done
    }

    /// Gives a customer a rule of their own, or takes it away, wherever their own time stands.
    pub fn set_rule(&mut self, who: usize, asset: usize, rule: Option<AutoTopupRule>, hour: i64) {
        self.book.write(|writer, engine| {
            let row = writer.customer(&who.to_string()).unwrap();
            let assets = ASSETS.map(|code| writer.asset_id(engine, code).unwrap());
            let rule = rule.map(|rule| match rule {
                AutoTopupRule::On { threshold, amount, limit, .. } => {
                    AutoTopupRule::On { threshold, amount, currency: assets[1], limit }
                }
                AutoTopupRule::Off => AutoTopupRule::Off,
            });
            writer.set_rule(engine, &row, (assets[asset], rule), at(hour)).unwrap();
        });
    }

    /// Applies the catalog of another world, and gives the first customer its terms, if they may have them.
    pub fn apply(&mut self, other: &World, hour: i64) {
        let catalog = catalog(&other.catalog());
        let mut writer = self.book.ledger.write().unwrap();
        let plan = plan(writer.published().unwrap().as_ref(), &catalog);
        assert_eq!(plan.refused, []);
        writer.apply(&catalog, &plan, at(hour)).unwrap();
        writer.commit(TEST).unwrap();
        let changed = self.book.attempt(|writer, engine| {
            let row = writer.customer("0")?;
            let newest = version(writer, engine, "p");
            let terms = NewTerms { version: newest, quantity: Seats::ONE, at: at(hour) };
            writer.change_subscription(engine, &row, "p", terms, (When::Now, at(hour)))
        });
        drop(changed);
    }

    /// The ledger.
    pub fn book(&mut self) -> &mut Book {
        &mut self.book
    }

    fn import(&mut self, log: &[(usize, &Action)]) -> ImportSummary {
        if log.is_empty() {
            return ImportSummary::default();
        }
        let mut text = "id,customer,event_type,occurred_at,model,n\n".to_owned();
        for &(number, action) in log {
            let event = usage_event(action, number).unwrap();
            let value = |key| event.data.get(key).map_or("", String::as_str);
            let (id, customer, event_type) = (&event.id, &event.customer, &event.event_type);
            let (model, n) = (value("model"), value("n"));
            writeln!(text, "{id},{customer},{event_type},{},{model},{n}", event.occurred_at).unwrap();
        }
        self.book.import(&text, self.move_all)
    }

    fn act(&mut self, number: usize, action: &Action) {
        self.book.live(&action.who.to_string(), |writer, engine, life, facts| {
            let assets = ASSETS.map(|code| writer.asset_id(engine, code).unwrap());
            // What is refused is as it is in memory: nothing but time moves on.
            if let Some(topup) = topup(action, assets, number) {
                let _ = engine.top_up(life, topup, facts);
            } else if let Some(adjustment) = adjustment(self.world, action, assets, number) {
                let _ = engine.adjust(life, adjustment, facts);
            } else {
                engine.advance(life, at(action.hour), facts).unwrap();
            }
        });
    }

    /// Every fact and every stored balance, as text.
    pub fn dump(&self) -> String {
        let ledger = &self.book.ledger;
        let mut text = String::new();
        ledger
            .for_each_event(|event| {
                writeln!(text, "{event:?}").unwrap();
                Ok(())
            })
            .unwrap();
        let mut lines: Vec<String> = ledger.lots(None).unwrap().iter().map(|row| format!("{row:?}")).collect();
        lines.extend(ledger.topups(None).unwrap().iter().map(|row| format!("{row:?}")));
        lines.extend(ledger.adjustments(None).unwrap().iter().map(|row| format!("{row:?}")));
        lines.extend(ledger.denial_reasons().unwrap().iter().map(|row| format!("{row:?}")));
        // Those of different customers come in no order.
        let mut others: Vec<String> = ledger.expiries(None).unwrap().iter().map(|row| format!("{row:?}")).collect();
        others.extend(ledger.repayments(None).unwrap().iter().map(|row| format!("{row:?}")));
        others.sort();
        lines.extend(others);
        let engine = ledger.engine().unwrap();
        for who in 0..CUSTOMERS {
            let customer = ledger.customer(&who.to_string()).unwrap();
            let life = ledger.life(customer.id, &engine).unwrap();
            let owed = ASSETS.map(|code| {
                let account = engine.asset_id(code).and_then(|asset| life.accounts.get(asset));
                account.map_or(Units::ZERO, |account| account.deficit())
            });
            let mut counters: Vec<_> = life.counters().collect();
            counters.sort_by_key(|(key, _)| *key);
            lines.push(format!("customer {who} at {}, owes {owed:?}, {counters:?}", life.clock));
        }
        lines.push(format!("horizon {}", ledger.horizon().unwrap()));
        text + &lines.join("\n")
    }

    /// What is left of each lot, in the model's words.
    pub fn lots(&self) -> Vec<String> {
        let mut lots: Vec<_> = self.book.ledger.lots(None).unwrap().iter().map(|row| told_lot(&row.lot)).collect();
        lots.sort();
        lots
    }

    /// What `verify` finds wrong.
    pub fn faults(&self) -> Vec<String> {
        self.book.faults()
    }
}

/// A part of a fee, by the lot's number.
pub fn told_draw(lot: Option<i64>, amount: impl Display) -> String {
    lot.map_or_else(|| format!("{amount} owed"), |lot| format!("{amount} of lot {lot}"))
}

pub fn told_record(status: &str, reason: Option<&str>, fees: impl Iterator<Item = String>) -> String {
    let fees = if status == "charged" { fees.collect::<Vec<_>>().join(" + ") } else { String::new() };
    format!("{status} {} {fees}", reason.unwrap_or_default())
}
