//! Numeric cases that other billing engines publish in their tests and documents, computed by this program.
//!
//! The facts and figures of each case are restated here as tables; `cases.txt` says where each one is published. Engines
//! disagree: a case of another rule is kept too, with what this program gives instead, and why.

mod calendar;
mod case;
mod conversion;
mod cost;
mod graduated;
mod package;
mod price;
mod proration;
mod rating;
mod recurring;
mod rollover;
mod rounding;
mod spent;
mod topup;
mod volume;
mod wallet;

use std::collections::BTreeMap;

#[test]
fn every_published_case_is_accounted_for_once() {
    let tables = [
        calendar::ids(),
        conversion::ids(),
        cost::ids(),
        graduated::ids(),
        package::ids(),
        proration::ids(),
        rating::ids(),
        recurring::ids(),
        rollover::ids(),
        rounding::ids(),
        topup::ids(),
        volume::ids(),
        wallet::ids(),
    ];
    let mut times: BTreeMap<&str, usize> = BTreeMap::new();
    for line in include_str!("cases.txt").lines().filter(|line| !line.starts_with('#')) {
        let id = line.split(' ').nth(1).unwrap();
        assert_eq!(times.insert(id, 0), None, "{id} is listed twice");
    }
    for id in tables.into_iter().flatten() {
        *times.get_mut(id).unwrap_or_else(|| panic!("{id} is not a published case")) += 1;
    }
    times.retain(|_, count| *count != 1);
    assert_eq!(times, BTreeMap::new(), "cases that are not accounted for exactly once");
}
