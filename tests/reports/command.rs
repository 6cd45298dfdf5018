//! The command, as a user meets it.

use super::book::{Book, CATALOG};
use snapbox::cmd::{Command, cargo_bin};
use snapbox::str;

fn report(book: &Book, args: &[&str]) -> snapbox::cmd::OutputAssert {
    Command::new(cargo_bin!("drawdown")).arg("--ledger").arg(book.path()).arg("report").args(args).assert()
}

#[test]
fn tables_say_who_loses_money_and_why_events_earned_nothing() {
    let book = Book::worked();
    report(&book, &["profit", "--by", "vendor"]).success().stderr_eq("").stdout_eq(str![[""]]);
    report(&book, &["profit", "--to", "2026-07-03"]).success().stdout_eq(str![[""]]);
    report(&book, &["usage", "--by", "price"]).success().stdout_eq(str![[""]]);
}

#[test]
fn csv_has_every_column() {
    let book = Book::worked();
    report(&book, &["profit", "--by", "price,model", "--format", "csv"]).success().stdout_eq(str![[""]]);
    report(&book, &["usage", "--by", "event_type", "--format", "csv"]).success().stdout_eq(str![[""]]);
}

#[test]
fn what_makes_no_sense_is_told() {
    let book = Book::worked();
    report(&book, &["profit", "--by", "custmer"]).code(1).stdout_eq("").stderr_eq(str![[""]]);
    report(&book, &["usage", "--by", "vendor"]).code(1).stderr_eq(str![[""]]);
    report(&book, &["usage", "--by", "day,day"]).code(1).stderr_eq(str![[""]]);
    report(&book, &["profit", "--from", "2026-08-01", "--to", "2026-07-01"]).code(2).stderr_eq(str![[""]]);
}

#[test]
fn names_from_logs_are_harmless() {
    let mut book = Book::new(CATALOG);
    book.subscribe("=1+1", "llm");
    book.replay("id,customer,event_type,occurred_at,model,input\n1,=1+1,call,2026-07-01T00:00:00Z,\u{1b}[2Jx,0\n");
    report(&book, &["profit", "--by", "customer,model", "--format", "csv"]).success().stdout_eq(str![[""]]);
    report(&book, &["usage", "--by", "customer,model"]).success().stdout_eq(str![[""]]);
}
