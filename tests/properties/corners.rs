//! Corners of a subscription's life, each told in full.

use crate::one::{CREDITS, One, USE, at, fixed, grant, product};
use drawdown::billing::Status;

const MONTHLY: &str = "lifecycle = { duration = \"month\", refresh = { strategy = \"expire_and_replace\" } }";
const SEATS: &str = "per_seat = true";
const BALANCE: &str = "collection = \"balance\"";

/// 100 credits a seat each month.
fn seats() -> One {
    let tables =
        [fixed("Seat", "10 USD", "month", SEATS), grant("G", "100 CREDIT", &format!("{SEATS}\n{MONTHLY}")), USE.into()];
    One::new(&format!("{CREDITS}{}", product("p", &tables)))
}

#[test]
fn terms_that_change_with_the_period_grant_the_whole_of_the_new_period() {
    let mut one = seats();
    let id = one.subscribe(0, 2, "2024-01-01", None);
    assert_eq!(one.change_later(id, 0, 3, "2024-01-10"), at("2024-02-01"));
    one.advance("2024-02-10");
    assert_eq!(one.grants(), ["2024-01-01..2024-02-01: 200", "2024-02-01..2024-03-01: 300"]);
    assert_eq!(one.charges(), ["Seat 2024-01-01..2024-02-01: 20.00", "Seat 2024-02-01..2024-03-01: 30.00"]);
}

#[test]
fn fewer_seats_with_the_period_grant_what_they_come_to() {
    let mut one = seats();
    let id = one.subscribe(0, 3, "2024-01-01", None);
    one.change_later(id, 0, 1, "2024-01-10");
    one.advance("2024-02-10");
    assert_eq!(one.grants(), ["2024-01-01..2024-02-01: 300", "2024-02-01..2024-03-01: 100"]);
}

#[test]
fn seats_that_come_and_go_are_granted_once() {
    let mut one = seats();
    let mut id = one.subscribe(0, 1, "2024-02-01", None);
    // Of 29 days.
    for (seats, when) in [(5, "2024-02-03"), (1, "2024-02-04"), (5, "2024-02-05"), (1, "2024-02-06"), (6, "2024-02-07")] {
        id = one.change(id, 0, seats, when).unwrap();
    }
    let expected = ["2024-02-01..2024-03-01: 100", "2024-02-03..2024-03-01: 372", "2024-02-07..2024-03-01: 79"];
    assert_eq!(one.grants(), expected);
}

/// The change that was taken back gave nothing; the same seats at once do.
#[test]
fn a_change_that_was_taken_back_counts_for_nothing() {
    let mut one = seats();
    let id = one.subscribe(0, 1, "2024-01-01", None);
    one.change_later(id, 0, 5, "2024-01-10");
    one.engine.resume(&mut one.life, id, &mut one.facts).unwrap();
    one.change(id, 0, 2, "2024-02-01").unwrap();
    assert_eq!(one.grants()[1..], ["2024-02-01..2024-03-01: 100", "2024-02-01..2024-03-01: 100"]);
}

#[test]
fn what_is_paid_late_as_a_period_begins_is_granted_once() {
    let tables = [fixed("Fee", "10 USD", "month", BALANCE), grant("G", "100 CREDIT", MONTHLY), USE.into()];
    let mut one = One::new(&format!("{CREDITS}{}", product("p", &tables)));
    one.subscribe(0, 1, "2024-01-01", None);
    one.gift("30 USD", "2024-03-01", None);
    one.advance("2024-03-02");
    assert_eq!(one.charges(), ["Fee 2024-03-01..2024-04-01: 10.00"]);
    assert_eq!(one.grants(), ["2024-03-01..2024-04-01: 100"]);
}
