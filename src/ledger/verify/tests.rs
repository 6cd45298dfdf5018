//! Facts that are wrong from the beginning: their seals are as they should be, so each must be found by being recomputed.

use crate::billing::{
    AutoTopupRule, CostFact, Engine, EventFact, Facts, Life, LifeError, NewTerms, NewTopup, Seats, Status,
};
use crate::catalog::testing::catalog;
use crate::catalog::testing::text::{
    FROM_WALLET, PER_SEAT, asset, earning, falling, fixed, grant, lasting, overage, per_event, product, whole,
};
use crate::ids::{CustomerId, EventNumber, LotId, OperationId, PriceIndex, RowIndex, SubscriptionId, VendorId};
use crate::ledger::packed::Packed;
use crate::ledger::tables::seal::{Seals, seal_of};
use crate::ledger::tables::{self, event, meta};
use crate::ledger::testing::{TEST, import, new_ledger};
use crate::ledger::{Access, CustomerRow, Ledger, LedgerError, When, Writer, resolve_version};
use crate::money::{Cost, Units, Value, parse_units};
use crate::time::Instant;
use crate::wallet::Draw;
use rusqlite::Connection;
use std::path::PathBuf;
use std::time::Duration;

/// Fees by payment and from the wallet, credits that are carried on, overage, and a price that falls.
fn plans() -> String {
    let credits = lasting("month", "rollover", Some(10)) + &earning("0.01");
    whole(&[
        asset("CREDIT", "0.05 USD", ""),
        product(
            "studio",
            &[
                fixed("Platform fee", "31 USD", "month", PER_SEAT),
                per_event("Image", "image", "10 CREDIT", &overage("0.06")),
                grant("Monthly credits", "25 CREDIT", &credits),
            ],
        ),
        product("lite", &[fixed("Lite fee", "3.1 USD", "month", "")]),
        product(
            "desk",
            &[fixed("Desk fee", "7 USD", "week", FROM_WALLET), falling("Calls", "call", ["0.9", "0.25"], "USD", "")],
        ),
    ])
}

/// Units that are worth less than what is paid for them.
fn scores() -> String {
    let calls = falling("Calls", "call", ["2", "1"], "SCORE", &overage("1.1"));
    whole(&[asset("SCORE", "1 USD", ""), product("desk", &[calls])])
}

/// Makes an event another one.
type Change = fn(&mut EventFact);

fn at(text: &str) -> Instant {
    Instant::parse_argument(text).unwrap()
}

struct Book {
    ledger: Ledger,
    folder: tempfile::TempDir,
}

impl Book {
    fn path(&self) -> PathBuf {
        self.folder.path().join("ledger.db")
    }

    fn of(text: &str) -> Self {
        let (ledger, folder) = new_ledger(&catalog(text), at("2026-07-01"));
        Self { ledger, folder }
    }

    fn happen(&mut self, customer: &str, what: impl FnOnce(&mut Writer, &mut Engine, &CustomerRow)) {
        let mut writer = self.ledger.write().unwrap();
        let mut engine = writer.engine().unwrap();
        writer.add_customer(customer, None, at("2026-07-01")).unwrap();
        let row = writer.customer(customer).unwrap();
        what(&mut writer, &mut engine, &row);
        writer.commit(TEST).unwrap();
    }

    fn terms(writer: &Writer, engine: &Engine, product: &str, quantity: i64, when: &str) -> NewTerms {
        let published = writer.published().unwrap().unwrap();
        NewTerms {
            version: resolve_version(&published, engine, product, None).unwrap(),
            quantity: Seats::from_number(quantity),
            at: at(when),
        }
    }

    fn hold(&mut self, customer: &str, product: &str, when: &str) {
        self.happen(customer, |writer, engine, row| {
            let terms = Self::terms(writer, engine, product, 1, when);
            writer.subscribe(engine, row, terms).unwrap();
        });
    }

    fn change(&mut self, customer: &str, product: &str, into: &str, quantity: i64, when: &str) {
        self.happen(customer, |writer, engine, row| {
            let terms = Self::terms(writer, engine, into, quantity, when);
            writer.change_subscription(engine, row, product, terms, (When::Now, terms.at)).unwrap();
        });
    }

    fn pay(&mut self, customer: &str, dollars: &str, when: &str) {
        self.happen(customer, |writer, engine, row| {
            let (mut life, mut facts): (Life, _) = (writer.life(row.id, engine).unwrap(), Facts::default());
            let currency = writer.asset_id(engine, "USD").unwrap();
            let paid = parse_units(dollars, 9).unwrap();
            let new = NewTopup { key: format!("{customer}-{when}"), at: at(when), currency, paid, target: currency };
            engine.top_up(&mut life, new, &mut facts).unwrap();
            writer.record(engine, &mut life, &mut facts).unwrap();
        });
    }

    /// Tries to store a life as it can't be. Returns why it is not.
    fn store_changed(&mut self, customer: &str, change: impl FnOnce(&mut Life)) -> LedgerError {
        let mut writer = self.ledger.write().unwrap();
        let engine = writer.engine().unwrap();
        let customer = writer.customer(customer).unwrap().id;
        let mut life = writer.life(customer, &engine).unwrap();
        change(&mut life);
        writer.record(&engine, &mut life, &mut Facts::default()).unwrap_err()
    }

    fn replay(&mut self, log: &str) {
        import(&mut self.ledger, log, false);
    }

    /// Two changes of terms, one of which is credited; a rollover; an overage; a price that falls; a lapse and its end.
    fn worked() -> Self {
        let mut book = Self::of(&plans());
        book.hold("acme", "studio", "2026-07-01");
        book.pay("acme", "20", "2026-07-01");
        book.hold("globex", "desk", "2026-07-01");
        book.pay("globex", "12", "2026-07-02");
        let call = |n: usize| format!("c{n},globex,call,2026-07-03T0{n}:00:00Z\n");
        let calls: String = (0..5).map(call).collect();
        book.replay(&format!("id,customer,event_type,occurred_at\n{calls}i,acme,image,2026-07-04T00:00:00Z\n"));
        book.change("acme", "studio", "studio", 2, "2026-07-11");
        book.pay("globex", "30", "2026-07-20");
        let images: String = (0..5).map(|n| format!("i{n},acme,image,2026-08-02T00:00:00Z\n")).collect();
        book.replay(&format!("id,customer,event_type,occurred_at\n{images}"));
        book.change("acme", "studio", "lite", 1, "2026-08-11");
        assert_eq!(book.failing(), Vec::<String>::new());
        book
    }

    /// What is found wrong, as `check: detail`.
    fn failing(&self) -> Vec<String> {
        // What another connection remembers of the file may be gone.
        let checks = Ledger::open(&self.path(), Access::Read, Duration::ZERO).unwrap().verify().unwrap().checks;
        checks.iter().filter(|check| !check.ok).map(|check| format!("{}: {}", check.name, check.detail)).collect()
    }

    fn sql(&self) -> Connection {
        Connection::open(self.path()).unwrap()
    }

    /// Records all events again, with a change. Returns how many differ now.
    fn rewrite_events(&self, change: &Change) -> usize {
        let connection = self.sql();
        let (mut packed, mut changed) = (Packed::new(100), 0);
        event::for_each(&connection, EventNumber::NONE, EventNumber::LAST, |mut event| {
            let before = event.fact.clone();
            change(&mut event.fact);
            changed += usize::from(event.fact != before);
            packed.push(&event.fact, &event.text);
            Ok(())
        })
        .unwrap();
        connection.execute("DELETE FROM event", []).unwrap();
        for row in &packed.rows {
            let values = (row.first, row.count, packed.body(row));
            connection.execute("INSERT INTO event VALUES (?1, ?2, ?3, 1)", values).unwrap();
        }
        changed
    }

    /// Whether that check finds it, once the seals are those of the facts.
    fn finds(&self, check: &str, words: &str) {
        self.seal_again();
        let failing = self.failing();
        let found = failing.iter().any(|fault| fault.starts_with(&format!("{check}: ")) && fault.contains(words));
        assert!(found, "{check}: {words}: {failing:#?}");
    }

    /// Makes the seals those of the facts as they are now.
    fn seal_again(&self) {
        let connection = self.sql();
        let key = meta::hash_key(&connection).unwrap();
        let sealed = tables::ALL.into_iter().filter(|table| table.facts > 0);
        let seals: Vec<_> = sealed.map(|table| (table.name, seal_of(&connection, table, &key).unwrap())).collect();
        for (name, seal) in seals {
            let row = (name, seal.facts, seal.digest);
            connection.execute("INSERT OR REPLACE INTO seal VALUES (?1, ?2, ?3)", row).unwrap();
        }
        Seals::load(&connection, OperationId::FIRST).unwrap();
    }
}

#[test]
fn an_overage_over_two_lots_may_give_back_no_unit_of_one_of_them() {
    let mut book = Book::of(&scores());
    book.hold("acme", "desk", "2026-07-01");
    book.pay("acme", "2.1", "2026-07-01");
    book.pay("acme", "5", "2026-07-02");
    book.replay("id,customer,event_type,occurred_at\nc,acme,call,2026-07-03T00:00:00Z\n");
    let none: i64 =
        book.sql().query_row("SELECT count(*) FROM refundable WHERE units = 0", [], |row| row.get(0)).unwrap();
    assert_eq!(none, 1);
    assert_eq!(book.failing(), Vec::<String>::new());
}

/// What a life has is looked at before it is stored, not only what happened to it.
#[test]
fn a_life_that_can_t_be_is_a_bug_before_it_is_stored() {
    let mut book = Book::worked();
    let is_broken = |error: LedgerError| matches!(error, LedgerError::Life(LifeError::Broken(_)));
    assert!(is_broken(book.store_changed("acme", |life| life.subscriptions[0].quantity = Seats::from_number(0))));
    assert!(is_broken(book.store_changed("acme", |life| life.charges[0].amount = Units::ZERO)));
    let give_back = |life: &mut Life| life.refundable.values_mut().next().unwrap()[0].units = Units::from_count(-1);
    assert!(is_broken(book.store_changed("globex", give_back)));
    assert_eq!(book.failing(), Vec::<String>::new());
}

#[test]
fn what_was_recorded_wrongly_is_found_by_its_own_check() {
    let book = Book::worked();
    let good = std::fs::read(book.path()).unwrap();
    let credit = "(SELECT id FROM charge WHERE lot IS NOT NULL)";
    let rest = "(SELECT c.id FROM charge c JOIN subscription s ON s.id = c.subscription WHERE s.started_at = from_at
                AND quantity = 2)";
    let recovered = "(SELECT id FROM charge WHERE from_at IN (SELECT at FROM recovery))";
    for (sql, check, words) in [
        ("UPDATE charge SET amount = amount + 1 WHERE id = 1".to_owned(), "charges", "charge 1: in units"),
        (format!("UPDATE charge SET amount = amount - 1 WHERE id = {rest}"), "charges", "in units"),
        (format!("UPDATE charge SET amount = amount - 1 WHERE id = {credit}"), "charges", "what is credited"),
        (format!("UPDATE charge SET value = value - 1 WHERE id = {credit}"), "charges", "would have earned"),
        (format!("UPDATE charge SET amount = 1 WHERE id = {recovered}"), "charges", "in units"),
        (
            "UPDATE charge SET amount = -amount, value = -value WHERE id = 1".to_owned(),
            "charges",
            "what was not charged",
        ),
        ("UPDATE charge SET value = value + 1 WHERE id = 1".to_owned(), "charges", "what was collected"),
        ("UPDATE charge SET at = at + 1 WHERE id = 1".to_owned(), "charges", "its price is not there"),
        ("UPDATE charge SET price = 7 WHERE id = 1".to_owned(), "charges", "its price is not there"),
        ("UPDATE charge SET to_at = to_at + 1 WHERE id = 1".to_owned(), "charges", "by the facts nothing"),
        ("UPDATE charge SET customer = 99 WHERE id = 1".to_owned(), "charges", "rows of charge"),
        ("DELETE FROM charge WHERE id = 1".to_owned(), "periods", "\"Platform fee\" was not charged at 2026-07-01"),
        ("DELETE FROM charge WHERE amount = 62000000000".to_owned(), "periods", "not charged at 2026-08-01"),
        (format!("DELETE FROM charge WHERE id = {rest}"), "periods", "not charged at 2026-07-11"),
        ("UPDATE lapse SET at = at + 3600000000".to_owned(), "periods", "\"Desk fee\" was not charged"),
        ("DELETE FROM recovery".to_owned(), "charges", "in units"),
        ("UPDATE payment SET value = value + 1 WHERE id = 1".to_owned(), "charges", "what was collected"),
        ("UPDATE payment SET paid = paid + 1 WHERE id = 1".to_owned(), "charges", "what was collected"),
        ("UPDATE payment SET customer = 99 WHERE id = 1".to_owned(), "charges", "its payment is not there"),
        ("UPDATE charge SET payment = NULL WHERE id = 1".to_owned(), "charges", "payment 1: it collected nothing"),
        ("UPDATE charge_draw SET drawn = drawn + 1".to_owned(), "lots", "left"),
        ("UPDATE charge_draw SET earned = earned + 1".to_owned(), "lots", "earned of its cost basis"),
        ("UPDATE charge SET value = value + 1 WHERE id = 1".to_owned(), "revenue", "cash in - refunds"),
        ("UPDATE payment SET value = value + 1 WHERE id = 1".to_owned(), "revenue", "cash in - refunds"),
        ("UPDATE lot SET basis = basis + 1 WHERE id = 3".to_owned(), "payments", "its lot's cost basis"),
        ("UPDATE charge SET lot = NULL WHERE lot IS NOT NULL".to_owned(), "payments", "nobody paid"),
        ("UPDATE lot SET amount = amount + 1 WHERE id = 1".to_owned(), "grants", "lot 1: what it was granted"),
        ("UPDATE lot SET basis = basis + 1 WHERE id = 1".to_owned(), "grants", "lot 1: its cost basis"),
        ("UPDATE lot SET expires_at = expires_at + 1 WHERE id = 1".to_owned(), "grants", "lot 1: its end"),
        ("UPDATE lot SET priority = 3 WHERE id = 1".to_owned(), "grants", "priority"),
        ("UPDATE lot SET subscription = 99 WHERE id = 1".to_owned(), "grants", "no entitlement"),
        ("UPDATE lot SET granted_at = granted_at + 1 WHERE id = 1".to_owned(), "periods", "was not granted"),
        ("UPDATE rollover SET amount = amount - 1".to_owned(), "grants", "what was carried into it"),
        ("UPDATE rollover SET basis = basis + 1".to_owned(), "grants", "the cost basis carried into it"),
        ("UPDATE refundable SET units = units + 1".to_owned(), "refundable", "units that may be given back"),
        ("UPDATE refundable SET amount = amount + 1".to_owned(), "refundable", "where they came from"),
        ("UPDATE refundable SET lot = 1".to_owned(), "refundable", "cannot be given back to lot 1"),
        ("UPDATE refundable SET ordinal = ordinal + 1".to_owned(), "refundable", "its place"),
        ("UPDATE customer SET due = due + 1".to_owned(), "due", "due"),
        ("UPDATE customer SET due = NULL".to_owned(), "due", "stored never"),
        ("UPDATE customer SET due = 5".to_owned(), "due", "stored 1970-01-01"),
    ] {
        std::fs::write(book.path(), &good).unwrap();
        assert!(book.sql().execute(&sql, []).unwrap() > 0, "{sql} changes nothing");
        book.finds(check, words);
    }
}

/// The least there can be of either.
const UNIT: Units = Units::from_count(1);
const VALUE: Value = Value::from_count(1);

#[test]
fn an_event_that_was_recorded_wrongly_is_found_by_its_own_check() {
    let book = Book::worked();
    let good = std::fs::read(book.path()).unwrap();
    let wrongs: &[(Change, &str, &str)] = &[
        (
            |event| event.customer = CustomerId::from_number(3 - event.customer.number()),
            "fees",
            "its price is not there",
        ),
        (|event| event.occurred_at = at("2026-05-01"), "rollups", ""),
        (|event| event.posted_at = Some(at("2027-01-01")), "customers", "before their newest event"),
        (|event| event.status = Status::Denied, "draws", "drawn units"),
        (|event| _ = event.previous.take_next(), "customers", "does not follow"),
        (
            |event| event.costs.push(CostFact { vendor: VendorId::FIRST, amount: Cost::from_billionths(1) }),
            "rollups",
            "",
        ),
        (|event| event.fees[0].subscription = SubscriptionId::from_number(99), "fees", "its price is not there"),
        (|event| event.fees[0].price = PriceIndex::from_number(9), "fees", "its price is not there"),
        (|event| event.fees[0].row = RowIndex::from_number(9), "fees", "can't be rated again"),
        (|event| event.fees[0].before.count += 1, "fees", "quantity before it"),
        (|event| event.fees[0].amount += UNIT, "fees", "fee in units"),
        (|event| event.fees[0].value += VALUE, "rollups", ""),
        (|event| event.fees[0].draws.clear(), "draws", "drawn units"),
        (|event| each(event, |draw| draw.amount += UNIT), "draws", "drawn units"),
        (|event| each(event, |draw| draw.earned += VALUE), "lots", "earned of its cost basis"),
        (|event| each(event, |draw| draw.lot = Some(LotId::FIRST)), "lots", "left"),
        (|event| event.fees[0].overage.iter_mut().for_each(|o| o.amount += UNIT), "draws", "overage in units"),
        (
            |event| event.fees[0].overage.iter_mut().for_each(|o| o.units = Units::from_count(11)),
            "draws",
            "no overage of 11 units",
        ),
    ];
    for (number, (wrong, check, words)) in wrongs.iter().enumerate() {
        std::fs::write(book.path(), &good).unwrap();
        assert!(book.rewrite_events(wrong) > 0, "number {number} changes nothing");
        book.finds(check, words);
    }
}

fn each(event: &mut EventFact, change: impl Fn(&mut Draw)) {
    event.fees.iter_mut().flat_map(|fee| &mut fee.draws).for_each(change);
}

#[test]
fn what_falls_due_at_the_end_of_a_log_may_draw_on_what_is_granted_then() {
    let mut book = Book::of(&plans());
    book.hold("acme", "studio", "2026-07-01");
    book.pay("acme", "20", "2026-07-01");
    book.happen("globex", |writer, engine, row| {
        let terms = Book::terms(writer, engine, "desk", 1, "2026-07-02");
        let usd = writer.asset_id(engine, "USD").unwrap();
        let dollars = |text| parse_units(text, 9).unwrap();
        let rule = AutoTopupRule::On { threshold: dollars("1"), amount: dollars("20"), currency: usd, limit: None };
        writer.set_rule(engine, row, (usd, Some(rule)), Instant::EPOCH).unwrap();
        writer.subscribe(engine, row, terms).unwrap();
    });
    // The weekly renewals of globex are paid from automatic payments, the last of them after their only event.
    book.replay(
        "id,customer,event_type,occurred_at\n1,globex,call,2026-07-03T00:00:00Z\n2,acme,image,2026-07-29T00:00:00Z\n",
    );
    assert_eq!(book.failing(), Vec::<String>::new());
    let paid: i64 = book
        .sql()
        .query_row("SELECT count(*) FROM topup WHERE event IS NULL AND key IS NULL", [], |row| row.get(0))
        .unwrap();
    assert!(paid > 1, "{paid} automatic payments for renewals");
}
