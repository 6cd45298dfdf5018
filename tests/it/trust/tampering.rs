//! A ledger that something else than this program wrote into: `ledger verify` must find it, whatever it is.

use super::log::Log;
use super::workspace::unapplied;
use crate::support::catalog_text::{
    FROM_WALLET, PER_SEAT, asset, earning, falling, fixed, grant, lasting, overage, per_event, product,
};
use crate::support::{Nobody, Workspace, tables};
use drawdown::ledger::{Access, Differing, Ledger, LedgerError, Rerun};
use rusqlite::Connection;
use rusqlite::types::Value;
use std::path::PathBuf;
use std::time::Duration;

/// What `verify` can't find, and why that is so.
const UNFOUND: [(&str, &str, &str); 1] =
    [("customer", "clock", "any time from the newest event to the horizon can be where a customer has come")];

fn is_unfound(table: &str, column: &str) -> bool {
    UNFOUND.iter().any(|(t, c, _)| (*t, *c) == (table, column))
}

/// Beside the catalog of every workspace: fees by payment and from the wallet, credits with what is carried on, overage, and
/// a price that falls.
fn fees_and_credits() -> String {
    let scores = lasting("month", "expire_and_replace", None) + &earning("0.02");
    let minutes = lasting("month", "rollover", Some(4)) + &earning("0.1");
    let prices = [
        fixed("Platform fee", "20 USD", "month", PER_SEAT),
        fixed("Desk", "7 SCORE", "week", FROM_WALLET),
        per_event("Scored", "score", "5 SCORE", &overage("0.5")),
        falling("Bulk", "bulk", ["0.9", "0.25"], "USD", ""),
        grant("Scores", "10 SCORE", &scores),
        grant("Minutes", "10 MIN", &minutes),
    ];
    asset("SCORE", "0.1 USD", "overdraft_limit = 0") + &product("hybrid", &prices)
}

/// A ledger with rows in every table, and a place for a copy that is meddled with.
struct Meddled {
    workspace: Workspace,
    good: Vec<u8>,
    everything: String,
}

impl Meddled {
    fn new() -> Self {
        let workspace = unapplied();
        workspace.write("catalogs/hybrid.toml", fees_and_credits());
        workspace.ok(&["apply", "--yes"]);
        let run = |line: &str| workspace.ok(&line.split(' ').collect::<Vec<_>>());
        for customer in ["acme", "globex"] {
            run(&format!("customer add {customer} --at 2026-01-01"));
            run(&format!("subscribe {customer} studio --at 2026-01-01"));
            run(&format!("topup {customer} 50 USD --to CREDIT --id t-{customer} --at 2026-01-01"));
            run(&format!("adjust {customer} 70 CREDIT --reason gift --id g-{customer} --at 2026-01-01"));
        }
        run("adjust acme -30 CREDIT --reason external_refund --id refund --at 2026-01-02");
        run("adjust globex -9 CREDIT --reason other --id other --at 2026-01-02");
        run("auto-topup set globex CREDIT --off");
        let rule = ["--threshold", "1", "--amount", "5 USD", "--limit", "10 USD"];
        workspace.ok(&[&["auto-topup", "set", "acme", "MIN"], &rule[..]].concat());
        // Their seconds go below zero, and two payments bring them back.
        run("record acme call seconds=4000.5 --id long --at 2026-01-03");
        run("record globex call seconds=4000 --id owed --at 2026-01-03");
        run("topup globex 40 USD --to MIN --id back --at 2026-01-04");
        hybrid(&workspace);
        workspace.write("usage.csv", Log::new(700, 4, 900).csv());
        run("replay usage.csv --enroll studio");
        run("unsubscribe globex studio --at 2026-01-20 --yes");
        run("advance --to 2026-02-20");
        run("record acme image model=hd --id late --at 2026-01-05");
        run("refund initech-1 5 --id money --yes --at 2026-02-20");
        run("refund payment-1 3 --yes --at 2026-02-20");
        run("void late --yes");
        run("rebill late --yes");
        workspace.verify();
        // A copy has no pages that are not in use, which could hold anything.
        run("ledger backup copy.db");
        std::fs::rename(workspace.path("copy.db"), workspace.ledger()).unwrap();
        let (good, everything) = (workspace.bytes(), workspace.everything());
        Self { workspace, good, everything }
    }

    /// Does that to a fresh copy. `None` when SQLite itself refuses it or nothing changes.
    fn meddle(&self, sql: &str) -> Option<()> {
        std::fs::write(self.workspace.ledger(), &self.good).unwrap();
        let connection = self.workspace.sql();
        connection.execute_batch("PRAGMA synchronous = OFF; PRAGMA journal_mode = MEMORY").unwrap();
        match connection.execute(sql, []) {
            Ok(_) => (self.workspace.everything() != self.everything).then_some(()),
            Err(rusqlite::Error::SqliteFailure(..)) => None,
            Err(error) => panic!("{sql}: {error}"),
        }
    }

    /// Whether `verify` finds fault with the file as it is, in words.
    fn is_found(&self) -> bool {
        let ran = self.workspace.run(&["ledger", "verify", "--format", "json"]);
        match ran.code {
            0 => return false,
            1 => {}
            _ => panic!("verify ends with {ran:?}"),
        }
        if ran.stdout.is_empty() {
            let error: serde_json::Value = serde_json::from_str(ran.stderr.lines().next().unwrap()).unwrap();
            assert!(error["error"]["message"].is_string(), "{ran:?}");
            return true;
        }
        let said: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
        let checks = said["data"]["checks"].as_array().unwrap();
        assert!(checks.iter().any(|c| c["ok"] == false && c["detail"].as_str().is_some_and(|d| d.len() > 5)), "{said}");
        true
    }

    /// Reports may go on or refuse, but never fall over.
    fn can_be_asked(&self) {
        for line in ["statement initech", "statement acme", "balance initech", "subscription list", "report revenue"] {
            self.workspace.run(&line.split(' ').collect::<Vec<_>>());
        }
        self.workspace.run("payments list");
        self.workspace.run(&["report", "usage", "--by", "price"]);
    }

    /// Nor do other commands.
    fn survives(&self) {
        let ledger = self.workspace.bytes();
        self.can_be_asked();
        for args in [&["balance"][..], &["report", "profit", "--by", "customer"], &["explain", "e17"]] {
            self.workspace.run(args);
        }
        self.workspace.run(&["replay", "usage.csv", "--enroll", "studio", "--dry-run"]);
        assert!(self.workspace.bytes() == ledger, "a dry run changed the ledger");
    }
}

/// Two customers whose fees are charged. The desk can't be paid in the third week, and is two days later; what the scores
/// lack is charged in dollars; the fourth of a bulk makes the first three cheaper.
fn hybrid(workspace: &Workspace) {
    for (customer, seats) in [("initech", 1), ("umbrella", 2)] {
        let run = |line: &str| {
            let line = line.replace("WHO", customer);
            workspace.run(&line.split(' ').collect::<Vec<_>>())
        };
        run("customer add WHO --at 2026-01-01");
        run("topup WHO 30 USD --id WHO-1 --at 2026-01-01");
        run("topup WHO 1 USD --to SCORE --id WHO-2 --at 2026-01-01");
        run(&format!("subscribe WHO hybrid --quantity {seats} --at 2026-01-01"));
        for n in 0..4 {
            run(&format!("record WHO bulk --id WHO-bulk-{n} --at 2026-01-02"));
        }
        let denied = run("record WHO score --id WHO-denied --at 2026-01-16");
        assert_eq!(denied.code, 1, "{denied:?}");
        run("topup WHO 1 USD --to SCORE --id WHO-3 --at 2026-01-17");
        run("record WHO score --id WHO-score --at 2026-01-23");
    }
}

fn columns(connection: &Connection, table: &str) -> Vec<String> {
    let mut statement = connection.prepare(&format!("SELECT name FROM pragma_table_info('{table}')")).unwrap();
    let names = statement.query_map([], |row| row.get(0)).unwrap();
    names.map(Result::unwrap).collect()
}

fn quoted(value: &Value) -> String {
    match value {
        Value::Null => "NULL".into(),
        Value::Integer(integer) => integer.to_string(),
        Value::Real(_) => unreachable!("a ledger holds no REAL"),
        Value::Text(text) => format!("'{}'", text.replace('\'', "''")),
        Value::Blob(bytes) => format!("x'{}'", bytes.iter().map(|b| format!("{b:02x}")).collect::<String>()),
    }
}

/// A number that nothing has, and that can't be negated.
const LEAST: &str = "(-9223372036854775807 - 1)";

/// What a value could be changed to.
fn others(value: &Value) -> Vec<String> {
    match value {
        Value::Null => vec!["1".into(), "'x'".into()],
        Value::Integer(integer) => {
            let near = integer.wrapping_add(1).to_string();
            vec![near, "9223372036854775807".into(), LEAST.into(), "NULL".into()]
        }
        Value::Real(_) => unreachable!("a ledger holds no REAL"),
        Value::Text(text) => {
            let longer = quoted(&Value::Text(format!("{text} 1")));
            vec![longer, "''".into(), "CAST(x'ff' AS TEXT)".into()]
        }
        Value::Blob(bytes) => {
            let mut flipped = bytes.clone();
            flipped[bytes.len() / 2] ^= 1;
            vec![quoted(&Value::Blob(flipped)), quoted(&Value::Blob(bytes[1..].to_vec())), "x''".into()]
        }
    }
}

/// The first row in which each column has a value, so that NULLs are changed only where there is nothing else.
fn change_every_column_of(some: impl Fn(usize) -> bool) {
    let meddled = Meddled::new();
    let names = tables(&meddled.workspace.sql());
    for (_, table) in names.iter().enumerate().filter(|(index, _)| some(*index)) {
        let connection = meddled.workspace.sql();
        let all = columns(&connection, table);
        drop(connection);
        for column in &all {
            std::fs::write(meddled.workspace.ledger(), &meddled.good).unwrap();
            let connection = meddled.workspace.sql();
            let sql = format!("SELECT {} FROM {table} ORDER BY {column} IS NULL LIMIT 1", all.join(", "));
            let row: Vec<Value> = connection
                .query_row(&sql, [], |row| (0..all.len()).map(|index| row.get(index)).collect())
                .unwrap_or_else(|error| panic!("the ledger to meddle with has no {table}: {error}"));
            drop(connection);
            let place = all.iter().position(|name| name == column).unwrap();
            let is_it: Vec<String> =
                all.iter().zip(&row).map(|(name, value)| format!("{name} IS {}", quoted(value))).collect();
            let mut tried = 0;
            for other in others(&row[place]) {
                let sql = format!("UPDATE {table} SET {column} = {other} WHERE {}", is_it.join(" AND "));
                if meddled.meddle(&sql).is_none() {
                    continue;
                }
                let expected = !is_unfound(table, column);
                assert!(meddled.is_found() || !expected, "not found: {sql}");
                if other == LEAST {
                    meddled.can_be_asked();
                }
                tried += 1;
            }
            assert!(tried > 0, "nothing could be done to {table}.{column}");
        }
    }
}

#[test]
fn a_changed_value_is_found_in_the_first_tables() {
    change_every_column_of(|index| index % 2 == 0);
}

#[test]
fn a_changed_value_is_found_in_the_other_tables() {
    change_every_column_of(|index| index % 2 == 1);
}

#[test]
fn a_row_that_is_missing_or_doubled_or_swapped_is_found() {
    let meddled = Meddled::new();
    let connection = meddled.workspace.sql();
    let names: Vec<(String, Vec<String>)> =
        tables(&connection).into_iter().map(|table| (table.clone(), columns(&connection, &table))).collect();
    drop(connection);
    for (table, columns) in &names {
        let all = columns.join(", ");
        let of_one =
            format!("({all}) = (SELECT {all} FROM {table} ORDER BY 1 DESC LIMIT 1)").replace(") = (", ") IS (");
        assert!(
            meddled.meddle(&format!("DELETE FROM {table} WHERE {of_one}")).is_some(),
            "{table} has no row to delete"
        );
        assert!(meddled.is_found(), "a row of {table} is missing");
        // A copy under another key; for what has a number, a million on.
        let copy =
            columns.iter().enumerate().map(|(index, name)| if index == 0 { fresh(table, name) } else { name.clone() });
        let copy = copy.collect::<Vec<_>>().join(", ");
        if meddled.meddle(&format!("INSERT INTO {table} SELECT {copy} FROM {table} LIMIT 1")).is_some() {
            assert!(meddled.is_found(), "a row of {table} was added");
        }
        for column in &columns[1..] {
            let different =
                format!("FROM {table} WHERE {column} IS NOT (SELECT {column} FROM {table} ORDER BY 1 LIMIT 1)");
            let key = &columns[0];
            let pair = format!("(SELECT min({key}) FROM {table}), (SELECT {key} {different} ORDER BY 1 LIMIT 1)");
            let swap = format!(
                "UPDATE {table} SET {column} = (SELECT other.{column} FROM {table} other
                 WHERE other.{key} IN ({pair}) AND other.{key} <> {table}.{key}) WHERE {key} IN ({pair})"
            );
            let expected = !is_unfound(table, column);
            if meddled.meddle(&swap).is_some() {
                assert!(meddled.is_found() || !expected, "swapped: {swap}");
            }
        }
    }
}

/// A key that no row has.
fn fresh(table: &str, key: &str) -> String {
    match table {
        "meta" | "seal" => format!("{key} || '2'"),
        _ => format!("{key} + 1000000"),
    }
}

#[test]
fn a_table_that_is_gone_or_another_is_found() {
    let meddled = Meddled::new();
    let names = tables(&meddled.workspace.sql());
    for table in names {
        std::fs::write(meddled.workspace.ledger(), &meddled.good).unwrap();
        meddled.workspace.sql().execute_batch(&format!("DROP TABLE {table}")).unwrap();
        assert!(meddled.is_found(), "{table} is gone");
        meddled.survives();
    }
    for sql in ["CREATE TRIGGER quietly AFTER INSERT ON event BEGIN DELETE FROM denial; END", "DROP INDEX lot_open"] {
        std::fs::write(meddled.workspace.ledger(), &meddled.good).unwrap();
        meddled.workspace.sql().execute_batch(sql).unwrap();
        assert!(meddled.is_found(), "{sql}");
    }
}

#[test]
fn a_broken_file_is_found_and_nothing_falls_over() {
    let meddled = Meddled::new();
    let good = &meddled.good;
    let write = |bytes: &[u8]| std::fs::write::<PathBuf, _>(meddled.workspace.ledger(), bytes).unwrap();
    // SQLite reads zeros where a page is cut, so that zeros at the end are not missed.
    let last = good.iter().rposition(|byte| *byte != 0).unwrap();
    for length in [1, 50, 100, 4_096, good.len() / 2, good.len() - 8_192, last] {
        write(&good[..length]);
        assert!(meddled.is_found(), "cut to {length} bytes");
        meddled.survives();
    }
    // Garbage in the middle of every page: what no row uses may be anything.
    let mut found = 0;
    let pages = good.len() / 8_192;
    for page in 0..pages {
        let mut bytes = good.clone();
        bytes[page * 8_192 + 3..page * 8_192 + 900].iter_mut().enumerate().for_each(|(i, byte)| *byte ^= i as u8 | 1);
        write(&bytes);
        assert!(meddled.is_found(), "garbage at the start of page {page}");
        found += 1;
        if page % 5 == 0 {
            meddled.survives();
        }
    }
    assert!(found > 20, "the ledger has only {found} pages");
    write(&vec![0; good.len()]);
    assert!(meddled.is_found(), "zeros");
    meddled.survives();
    write(good);
    assert!(!meddled.is_found(), "the good one");
}

#[test]
fn what_is_of_no_asset_is_named() {
    let meddled = Meddled::new();
    for (sql, words) in [
        ("UPDATE asset SET id = 99 WHERE id = 1", "the rows of asset are not those that were recorded"),
        ("UPDATE topup SET currency = 99", "asset number 99 is not there"),
        ("UPDATE lot SET asset = 99 WHERE left_over = 0", "asset number 99 is not there"),
    ] {
        meddled.meddle(sql).unwrap();
        meddled.workspace.refused("payments list", 1, &["the ledger is damaged", words]);
        assert!(meddled.is_found(), "{sql}");
    }
}

/// Other money would look like money all the same.
#[test]
fn a_report_on_money_that_was_meddled_with_is_refused() {
    let meddled = Meddled::new();
    let reports = |lines: &[&str], table: &str| {
        let words = ["the ledger is damaged", &format!("the rows of {table} are not those that were recorded")];
        lines.iter().for_each(|line| drop(meddled.workspace.refused(*line, 1, &words)));
    };
    let money = ["report revenue", "report profit", "report profit --by day"];
    for (sql, table) in [
        ("UPDATE topup SET paid = paid + 1000000", "topup"),
        ("UPDATE lot SET basis = basis + 1 WHERE id = 1", "lot"),
        ("UPDATE charge SET amount = amount + 1 WHERE id = 1", "charge"),
        ("DELETE FROM expiry WHERE id = 1", "expiry"),
        ("UPDATE refund SET amount = amount + 1", "refund"),
    ] {
        meddled.meddle(sql).unwrap();
        reports(&money, table);
    }
    meddled.meddle("UPDATE customer_month SET events = events + 1 WHERE events > 0").unwrap();
    reports(&["report profit --by customer"], "customer_month");
    meddled.meddle("UPDATE shape_month SET events = events + 1 WHERE events > 0").unwrap();
    reports(&["report profit --by product"], "shape_month");
}

#[test]
fn half_a_grant_is_damage() {
    let meddled = Meddled::new();
    for column in ["subscription", "entitlement"] {
        meddled.meddle(&format!("UPDATE lot SET {column} = NULL WHERE subscription IS NOT NULL")).unwrap();
        let words = ["the ledger is damaged", "table lot", &format!("column {column}"), "only half of a grant"];
        meddled.workspace.refused("balance initech", 1, &words);
        assert!(meddled.is_found(), "{column}");
    }
}

/// What becomes of the ledger's history when it is billed again: nothing, or whose comes out otherwise, and how. What is
/// everybody's is nobody's.
fn billed_again(meddled: &Meddled) -> Result<Option<(String, Differing)>, LedgerError> {
    let ledger = Ledger::open(&meddled.workspace.ledger(), Access::Read, Duration::from_secs(1))?;
    Ok(match ledger.rerun(Box::new(Nobody), Vec::new(), 0, |_| {})? {
        Rerun::Same(_) => None,
        Rerun::Differs(difference) => Some((difference.customer.unwrap_or_default(), difference.what)),
    })
}

#[test]
fn a_history_that_was_meddled_with_comes_out_otherwise() {
    let meddled = Meddled::new();
    assert!(billed_again(&meddled).unwrap().is_none());
    let acme = "(SELECT id FROM customer WHERE external_id = 'acme')";
    let globex = "(SELECT id FROM customer WHERE external_id = 'globex')";
    for (sql, customer, what) in [
        (
            format!("UPDATE lot SET amount = amount + 1 WHERE id = (SELECT min(id) FROM lot WHERE customer = {acme})"),
            "acme",
            "Grant(",
        ),
        (
            format!(
                "UPDATE lot SET left_over = left_over - 1, released = released WHERE id = (SELECT max(id) FROM lot WHERE customer = {globex} AND left_over > 1 AND basis = 0)"
            ),
            "globex",
            "Balance(",
        ),
        ("UPDATE topup SET paid = paid + 10000000 WHERE key = 't-globex'".to_owned(), "globex", "Topup("),
        (format!("DELETE FROM expiry WHERE lot IN (SELECT id FROM lot WHERE customer = {acme})"), "acme", "Expiry("),
        ("UPDATE charge SET value = value + 1 WHERE id = 1".to_owned(), "initech", "Charge("),
        // What reports read, and nobody's balance.
        (
            format!(
                "UPDATE customer_month SET revenue = revenue + 1 WHERE id = (SELECT min(id) FROM customer_month WHERE customer = {acme} AND events IS NOT NULL)"
            ),
            "acme",
            "Usage ",
        ),
        ("DELETE FROM customer_month WHERE id = (SELECT max(id) FROM customer_month)".to_owned(), "acme", "Usage "),
        ("UPDATE shape_month SET fees = fees + 1 WHERE id = 1".to_owned(), "", "Usage "),
    ] {
        meddled.meddle(&sql).unwrap_or_else(|| panic!("{sql} changes nothing"));
        let (whose, told) = billed_again(&meddled).unwrap().unwrap_or_else(|| panic!("not found: {sql}"));
        assert_eq!(whose, customer, "{sql}: {told:?}");
        assert!(format!("{told:?}").starts_with(what), "{sql}: {told:?}");
    }
}
