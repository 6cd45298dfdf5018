//! A world run through a ledger on disk, in as many pieces as one likes.

use super::engine::{adjustment, at, catalog, told_lot, topup, usage_event};
use super::world::{ASSETS, Action, CUSTOMERS, World};
use drawdown::billing::{Facts, NewTerms};
use drawdown::catalog::plan;
use drawdown::ledger::{Access, Import, ImportOptions, ImportSummary, Ledger, When};
use drawdown::money::Units;
use drawdown::time::Instant;
use drawdown::usage::{Batch, LogReader, Source};
use std::fmt::Write;
use std::io::Cursor;
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;

pub struct Stored<'w> {
    world: &'w World,
    ledger: Ledger,
    /// Whether an import moves everybody on to its log's last instant.
    move_all: bool,
    _folder: TempDir,
}

impl<'w> Stored<'w> {
    /// A ledger with the world's catalog applied and its customers subscribed.
    pub fn new(world: &'w World, move_all: bool) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut ledger =
            Ledger::open(&folder.path().join("ledger.db"), Access::Create, Duration::from_secs(1)).unwrap();
        let mut writer = ledger.write().unwrap();
        let catalog = catalog(world);
        writer.apply(&catalog, &plan(None, &catalog), Instant::EPOCH).unwrap();
        let mut engine = writer.engine().unwrap();
        let version = engine.versions().next().unwrap().0;
        for (who, &(from, to)) in world.spans.iter().enumerate() {
            writer.add_customer(&who.to_string(), None, Instant::EPOCH).unwrap();
            let customer = writer.customer(&who.to_string()).unwrap();
            writer.subscribe(&mut engine, &customer, NewTerms { version, quantity: 1, at: at(from) }).unwrap();
            if let Some(to) = to {
                writer.unsubscribe(&mut engine, &customer, "p", at(to), When::Now).unwrap();
            }
        }
        writer.commit().unwrap();
        Self { world, ledger, move_all, _folder: folder }
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

    /// Everything that is an event, once more.
    pub fn import_all_again(&mut self) -> ImportSummary {
        let events = self.world.actions.iter().enumerate().filter(|(_, action)| action.event_type().is_some());
        let log: Vec<_> = events.collect();
        self.import(&log)
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
        let mut writer = self.ledger.write().unwrap();
        let mut engine = writer.engine().unwrap();
        let source = Source::new("log", Cursor::new(text.into_bytes()));
        let mut reader = LogReader::new(vec![source], Arc::new(engine.vocabulary()), None);
        let mut on_recorded = |_: &Batch, refusals| assert_eq!(refusals, []);
        let mut import = Import::new(&mut writer, &mut engine, ImportOptions::default(), &mut on_recorded);
        while let Some(batch) = reader.next_batch(3).unwrap() {
            assert!(batch.rejections.is_empty(), "{:?}", batch.rejections);
            import.batch(batch).unwrap();
        }
        let summary = import.finish(self.move_all).unwrap();
        writer.commit().unwrap();
        summary
    }

    fn act(&mut self, number: usize, action: &Action) {
        let mut writer = self.ledger.write().unwrap();
        let mut engine = writer.engine().unwrap();
        let assets = ASSETS.map(|code| writer.asset_id(&mut engine, code).unwrap());
        let customer = writer.customer(&action.who.to_string()).unwrap();
        let (mut life, mut facts) = (writer.life(customer.id, &engine).unwrap(), Facts::default());
        // What is refused is as it is in memory: nothing but time moves on.
        if let Some(topup) = topup(action, assets, number) {
            let _ = engine.top_up(&mut life, topup, &mut facts);
        } else if let Some(adjustment) = adjustment(self.world, action, assets, number) {
            let _ = engine.adjust(&mut life, adjustment, &mut facts);
        } else {
            engine.advance(&mut life, at(action.hour), &mut facts).unwrap();
        }
        writer.record(&mut life, &mut facts).unwrap();
        writer.commit().unwrap();
    }

    /// Every fact and every stored balance, as text.
    pub fn dump(&self) -> String {
        let ledger = &self.ledger;
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
        let mut lots: Vec<_> = self.ledger.lots(None).unwrap().iter().map(|row| told_lot(&row.lot)).collect();
        lots.sort();
        lots
    }

    /// What `verify` finds wrong.
    pub fn faults(&self) -> Vec<String> {
        let checks = self.ledger.verify().unwrap().checks;
        checks.into_iter().filter(|check| !check.ok).map(|check| format!("{}: {}", check.name, check.detail)).collect()
    }
}
