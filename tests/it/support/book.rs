//! A ledger in a folder of its own, and what can be done to it.

use super::{at, catalog};
use drawdown::billing::{Adjustment, Engine, Facts, Life, MoneyError, NewTerms, NewTopup, Reason, Seats};
use drawdown::catalog::{Catalog, plan};
use drawdown::ids::VersionId;
use drawdown::ledger::{
    Access, CustomerRow, EventStatus, Import, ImportOptions, ImportSummary, Ledger, LedgerError, NewOperation, Rebills,
    Selected, Selection, Voided, When, WhichTerms, Writer, resolve_version,
};
use drawdown::money::parse_units;
use drawdown::time::Instant;
use drawdown::usage::{Batch, LogReader, Source};
use proptest::sample::Index;
use rusqlite::Connection;
use std::convert::Infallible;
use std::io::Cursor;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;

/// When a ledger begins whose catalog is given as text, and when its customers come.
const BEGINNING: &str = "2026-07-01";

/// What a test does.
pub const TEST: NewOperation<'static> = NewOperation { ran_at: Instant::EPOCH, command: "test", did: "something" };

pub struct Book {
    pub ledger: Ledger,
    folder: TempDir,
}

/// The newest version of a product.
pub fn version(writer: &Writer, engine: &Engine, product: &str) -> VersionId {
    resolve_version(&writer.published().unwrap().unwrap(), engine, product, None).unwrap()
}

impl Book {
    pub fn new(text: &str) -> Self {
        Self::of(&catalog(text), at(BEGINNING))
    }

    /// A ledger with a catalog that holds from an instant on.
    pub fn of(catalog: &Catalog, from: Instant) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut ledger =
            Ledger::open(&folder.path().join("ledger.db"), Access::Create, Duration::from_secs(1)).unwrap();
        let mut writer = ledger.write().unwrap();
        writer.apply(catalog, &plan(None, catalog), from).unwrap();
        writer.commit(TEST).unwrap();
        Self { ledger, folder }
    }

    pub fn path(&self) -> PathBuf {
        self.folder.path().join("ledger.db")
    }

    /// The ledger as SQLite has it.
    pub fn sql(&self) -> Connection {
        Connection::open(self.path()).unwrap()
    }

    /// Does something in one transaction.
    pub fn write<T>(&mut self, what: impl FnOnce(&mut Writer, &mut Engine) -> T) -> T {
        let Ok(done) = self.attempt(|writer, engine| Ok::<T, Infallible>(what(writer, engine)));
        done
    }

    /// Does something in one transaction, or nothing when it is refused.
    pub fn attempt<T, E>(&mut self, what: impl FnOnce(&mut Writer, &mut Engine) -> Result<T, E>) -> Result<T, E> {
        let mut writer = self.ledger.write().unwrap();
        let mut engine = writer.engine().unwrap();
        let done = what(&mut writer, &mut engine)?;
        writer.commit(TEST).unwrap();
        Ok(done)
    }

    /// The same for a customer, who is added if they are new.
    pub fn attempt_for<T>(
        &mut self,
        customer: &str,
        what: impl FnOnce(&mut Writer, &mut Engine, &CustomerRow) -> Result<T, LedgerError>,
    ) -> Result<T, LedgerError> {
        self.attempt(|writer, engine| {
            writer.add_customer(customer, None, at(BEGINNING))?;
            let row = writer.customer(customer)?;
            what(writer, engine, &row)
        })
    }

    /// Does something in a customer's life, who is added if they are new.
    pub fn live<T>(
        &mut self,
        customer: &str,
        what: impl FnOnce(&mut Writer, &mut Engine, &mut Life, &mut Facts) -> T,
    ) -> T {
        let done = self.attempt_for(customer, |writer, engine, row| {
            let (mut life, mut facts) = (writer.life(row.id, engine)?, Facts::default());
            let done = what(writer, engine, &mut life, &mut facts);
            writer.record(engine, &mut life, &mut facts)?;
            Ok(done)
        });
        done.unwrap()
    }

    /// Pays dollars for an asset.
    pub fn top_up(&mut self, customer: &str, dollars: &str, asset: &str, when: &str) {
        self.live(customer, |writer, engine, life, facts| {
            let new = NewTopup {
                key: format!("{customer}-{when}-{asset}"),
                at: at(when),
                currency: writer.asset_id(engine, "USD").unwrap(),
                paid: parse_units(dollars, 9).unwrap(),
                target: writer.asset_id(engine, asset).unwrap(),
            };
            engine.top_up(life, new, facts).unwrap();
        });
    }

    pub fn gift(&mut self, customer: &str, amount: &str, asset: &str, when: &str) {
        self.adjust(customer, amount, asset, Reason::Gift, when).unwrap();
    }

    pub fn adjust(
        &mut self,
        customer: &str,
        amount: &str,
        asset: &str,
        reason: Reason,
        when: &str,
    ) -> Result<(), MoneyError> {
        self.live(customer, |writer, engine, life, facts| {
            let id = writer.asset_id(engine, asset).unwrap();
            let new = Adjustment {
                key: format!("{}-{customer}-{when}-{asset}", reason.name()),
                at: at(when),
                asset: id,
                amount: parse_units(amount, engine.asset(id).precision).unwrap(),
                reason,
                expires_at: None,
                priority: None,
            };
            engine.adjust(life, new, facts)
        })
    }

    /// Subscribes to a product for so many seats.
    pub fn subscribe(&mut self, customer: &str, product: &str, quantity: i64, when: &str) -> Result<(), LedgerError> {
        self.attempt_for(customer, |writer, engine, row| {
            let terms = NewTerms {
                version: version(writer, engine, product),
                quantity: Seats::from_number(quantity),
                at: at(when),
            };
            writer.subscribe(engine, row, terms).map(drop)
        })
    }

    /// Other terms instead of a product's.
    pub fn change(
        &mut self,
        customer: &str,
        product: &str,
        (into, quantity): (&str, i64),
        when: &str,
        how: When,
    ) -> Result<(), LedgerError> {
        self.attempt_for(customer, |writer, engine, row| {
            let terms = NewTerms {
                version: version(writer, engine, into),
                quantity: Seats::from_number(quantity),
                at: at(when),
            };
            writer.change_subscription(engine, row, product, terms, (how, at(when))).map(drop)
        })
    }

    pub fn end(&mut self, customer: &str, product: &str, when: &str, how: When) -> Result<(), LedgerError> {
        self.attempt_for(customer, |writer, engine, row| {
            writer.unsubscribe(engine, row, product, at(when), how).map(drop)
        })
    }

    /// Imports a log in CSV, and moves everybody on to its end.
    pub fn replay(&mut self, log: &str) -> ImportSummary {
        self.import(log, true)
    }

    /// Imports a log in CSV, in batches of three.
    pub fn import(&mut self, log: &str, move_all: bool) -> ImportSummary {
        self.write(|writer, engine| {
            let source = Source::new("log", Cursor::new(log.as_bytes().to_vec()));
            let mut reader = LogReader::new(vec![source], Arc::new(engine.vocabulary()), None);
            let mut on_recorded = |_: &Batch, refusals| assert_eq!(refusals, []);
            let mut import = Import::new(writer, engine, ImportOptions::default(), &mut on_recorded);
            while let Some(batch) = reader.next_batch(3).unwrap() {
                assert_eq!(batch.rejections, []);
                import.batch(batch).unwrap();
            }
            import.finish(move_all).unwrap()
        })
    }

    /// Takes events back, all of the selection or none.
    pub fn void(&mut self, selection: &Selection) -> Voided {
        let done = self.attempt(|writer, engine| {
            let voided = writer.void(engine, selection).unwrap();
            if voided.refused.is_empty() { Ok(voided) } else { Err(Box::new(voided)) }
        });
        done.unwrap_or_else(|refused| *refused)
    }

    /// Bills events again, all of the selection that can be or none.
    pub fn rebill(&mut self, selection: &Selection, which: WhichTerms) -> Rebills {
        let mut writer = self.ledger.write().unwrap();
        let mut engine = writer.engine().unwrap();
        let rebills = writer.rebill(&mut engine, selection, which).unwrap();
        if rebills.refused.is_empty() {
            writer.commit(TEST).unwrap();
        }
        rebills
    }

    /// The ids of all events that were not taken back, in the order in which they were recorded.
    pub fn standing(&self) -> Vec<String> {
        let mut ids = Vec::new();
        let visit = |selected: Selected| {
            if selected.status != EventStatus::Voided {
                ids.push(selected.event.id);
            }
            Ok(())
        };
        self.ledger.for_each_selected(&Selection::default(), visit).unwrap();
        ids
    }

    /// One of the events that were not taken back, if there is one.
    pub fn one_standing(&self, pick: Index) -> Option<Selection> {
        let ids = self.standing();
        (!ids.is_empty()).then(|| Selection { ids: vec![pick.get(&ids).clone()], ..Selection::default() })
    }

    pub fn advance(&mut self, to: &str) {
        self.write(|writer, engine| writer.advance_all(engine, at(to)).unwrap());
    }

    /// What `verify` finds wrong, as `check: detail`.
    pub fn faults(&self) -> Vec<String> {
        let checks = self.ledger.verify().unwrap().checks;
        checks.into_iter().filter(|check| !check.ok).map(|check| format!("{}: {}", check.name, check.detail)).collect()
    }
}
