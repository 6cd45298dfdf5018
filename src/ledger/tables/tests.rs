//! Tables against what SQLite makes of them, and rows that say what nothing means.

use super::auto_topup_rule::Rule;
use super::*;
use crate::billing::{DenialReason, Reason, Status, Unpriced};
use crate::ids::{AdjustmentId, CustomerId, EventNumber};
use crate::ledger::sql::Numbered;
use crate::ledger::{LedgerError, schema};
use crate::wallet::{DecidedBy, Purpose};
use rusqlite::Connection;
use std::fmt::Debug;

fn ledger() -> Connection {
    let connection = Connection::open_in_memory().unwrap();
    schema::create(&connection).unwrap();
    connection
}

/// The names that a question finds.
fn names(connection: &Connection, sql: &str) -> Vec<String> {
    let mut statement = connection.prepare(sql).unwrap();
    let names = statement.query_map([], |row| row.get(0)).unwrap();
    names.collect::<Result<_, _>>().unwrap()
}

#[test]
fn every_table_is_in_the_list_and_has_the_columns_it_says() {
    let ledger = ledger();
    let made = names(&ledger, "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY rootpage");
    assert_eq!(made.len(), ALL.len());
    for table in ALL {
        let columns = names(&ledger, &format!("SELECT name FROM pragma_table_info('{}')", table.name));
        let operation = table.has_operations().then_some("operation");
        assert_eq!(columns, table.columns.iter().copied().chain(operation).collect::<Vec<_>>(), "{}", table.name);
        assert!(table.facts <= columns.len() && table.counted.is_none_or(|column| column < table.facts), "{table:?}");
    }
}

/// Numbers that are stored must never mean anything else.
#[track_caller]
fn assert_numbers<T: Numbered + Debug + PartialEq>(expected: &[(i64, T)]) {
    assert_eq!(T::NUMBERS, expected);
    for &(number, one) in expected {
        assert_eq!((one.number(), T::from_number(number)), (number, Some(one)));
    }
    for number in [i64::MIN, -1, expected.len() as i64, i64::MAX] {
        assert_eq!(T::from_number(number), None);
    }
}

#[test]
fn stored_numbers_mean_what_they_always_meant() {
    assert_numbers(&[(0, Purpose::Promotion), (1, Purpose::Bundled), (2, Purpose::Paid)]);
    assert_numbers(&[(0, Reason::Gift), (1, Reason::ExternalTopup), (2, Reason::ExternalRefund), (3, Reason::Other)]);
    assert_numbers(&[(0, Rule::Pays), (1, Rule::Never), (2, Rule::Removed)]);
    assert_numbers(&[
        (0, DenialReason::InsufficientFunds),
        (1, DenialReason::AutoTopupLimit),
        (2, DenialReason::AutoTopupNoRate),
        (3, DenialReason::OverdraftLimit),
        (4, DenialReason::PastDue),
        (5, DenialReason::AutoTopupFull),
    ]);
    assert_numbers(&[
        (0, DecidedBy::OnlyLot),
        (1, DecidedBy::Priority),
        (2, DecidedBy::Purpose),
        (3, DecidedBy::ExpiresAt),
        (4, DecidedBy::GrantedAt),
        (5, DecidedBy::Id),
        (6, DecidedBy::Overdraft),
        (7, DecidedBy::DrawnLast),
        (8, DecidedBy::Credit),
    ]);
    assert_numbers(&[
        (0, Status::Charged),
        (1, Status::Denied),
        (2, Status::Unpriced(Unpriced::NoSubscription)),
        (3, Status::Unpriced(Unpriced::SubscriptionNotStarted)),
        (4, Status::Unpriced(Unpriced::SubscriptionEnded)),
        (5, Status::Unpriced(Unpriced::NoPrice)),
        (6, Status::Unpriced(Unpriced::NoDimensionRow)),
        (7, Status::Unpriced(Unpriced::NoVolume)),
        (8, Status::Unpriced(Unpriced::NegativeVolume)),
    ]);
}

/// What a question says of rows that were put in by hand.
fn said<T>(rows: &str, ask: impl Fn(&Connection) -> Result<T, LedgerError>) -> String {
    let ledger = ledger();
    ledger.execute_batch(rows).unwrap();
    ask(&ledger).err().map_or_else(|| "nothing".to_owned(), |error| error.to_string())
}

#[test]
fn a_number_that_means_nothing_is_a_damaged_ledger() {
    let customer = CustomerId::FIRST;
    let lots = |sql: &str| said(sql, |ledger| lot::all(ledger, None));
    let lot = "INSERT INTO lot VALUES (7, 1, 1, 3, 100, 0, 0, NULL, 5, 5, NULL, NULL, 5, 0, 1)";
    assert_eq!(lots(lot), "the ledger is damaged: table lot, row 7, column purpose: 3 is not a known value");
    let lot = "INSERT INTO lot VALUES (7, 1, 1, 2, 100, 0, 0, NULL, 5, 5, 1, 70000, 5, 0, 1)";
    assert_eq!(lots(lot), "the ledger is damaged: table lot, row 7, column entitlement: 70000 is out of range");
    let adjustment = "INSERT INTO adjustment VALUES (4, 'a', 1, 0, 1, 5, 9, NULL, 1)";
    assert_eq!(
        said(adjustment, |ledger| adjustment::read(ledger, Some(customer))),
        "the ledger is damaged: table adjustment, row 4, column reason: 9 is not a known value"
    );
    let denial = "INSERT INTO denial VALUES (12, 1, 5, 0, -1, 1)";
    let wrong = "the ledger is damaged: table denial, row 12, column reason: -1 is not a known value";
    assert_eq!(said(denial, denial::reasons), wrong);
    assert_eq!(said(denial, |ledger| denial::of(ledger, EventNumber::from_number(12))), wrong);
    let draw = "INSERT INTO charge VALUES (3, 1, 1, 0, 0, 0, 9, 1, 5, 5, NULL, NULL, 1);
                INSERT INTO charge_draw VALUES (3, 0, 1, 5, 5, 9, 1)";
    assert_eq!(
        said(draw, |ledger| charge::with_draws(ledger, None)),
        "the ledger is damaged: table charge_draw, row 3, column decided_by: 9 is not a known value"
    );
    let rule = "INSERT INTO auto_topup_rule VALUES (2, 1, 1, 3, NULL, NULL, NULL, NULL, 0, 1)";
    assert_eq!(
        said(rule, |ledger| auto_topup_rule::of(ledger, customer)),
        "the ledger is damaged: table auto_topup_rule, row 2, column off: 3 is not a known value"
    );
    let rule = "INSERT INTO auto_topup_rule VALUES (2, 1, 1, 0, NULL, 5, 1, NULL, 0, 1)";
    assert_eq!(
        said(rule, |ledger| auto_topup_rule::of(ledger, customer)),
        "the ledger is damaged: table auto_topup_rule, row 2, column threshold: it holds a Null"
    );
}

#[test]
fn what_is_whole_is_read() {
    let adjustment = "INSERT INTO adjustment VALUES (4, 'a', 1, 0, 1, -5, 3, NULL, 1);
                      INSERT INTO taken VALUES (1, 4, 7, 5, 0, 1)";
    let ledger = ledger();
    ledger.execute_batch(adjustment).unwrap();
    let all = adjustment::read(&ledger, None).unwrap();
    assert_eq!((all[0].id, all[0].reason, all[0].taken.len()), (AdjustmentId::from_number(4), Reason::Other, 1));
}
