//! Between money and units: purchases round down, values are exact in the reporting currency.

use super::case::{Case, Expect::*, check, ids_of};
use super::spent::credits;
use drawdown::money::{Asset, AssetKind, Book, Rate, Value, parse_decimal, parse_units};
use drawdown::time::Instant;

/// A payment in USD, and the price of one unit; what is asked for is how many units it buys.
const BUYS: &[Case<(&str, &str)>] = &[
    ("om-fx-1", ("25", "0.25"), Same("100")),
    ("credyt-fx-1", ("1", "0.05"), Same("20")),
    ("credyt-fx-10", ("10", "0.05"), Same("200")),
    ("credyt-fx-50", ("50", "0.05"), Same("1000")),
    ("flexprice-fx-6-topup", ("10", "2"), Same("5")),
];

/// Units, and the price of one in USD; what is asked for is what they are worth.
const WORTH: &[Case<(&str, &str)>] = &[
    ("flexprice-fx-1", ("100", "1"), Same("100.00")),
    ("flexprice-fx-2", ("100", "2"), Same("200.00")),
    ("flexprice-fx-3", ("100", "0.5"), Same("50.00")),
    ("flexprice-fx-4", ("100", "1.123456"), Same("112.3456")),
    ("flexprice-fx-5", ("10000", "0.0001"), Same("1.00")),
    ("flexprice-fx-7-priceunit", ("100", "0.01"), Same("1.00")),
    (
        "om-fx-3-round",
        ("1", "1.005"),
        Other {
            theirs: "1.01",
            ours: "1.005",
            why: "a currency has nine decimals in the ledger; only payments have two",
        },
    ),
];

/// What is paid at 0.25 USD a unit, and what is spent; what is asked for is what is left, and what was earned.
const EARNED: &[Case<(&str, &str)>] = &[("om-fx-2", ("25", "40"), Same("60 left, 10.00 USD earned"))];

pub fn ids() -> Vec<&'static str> {
    [ids_of(BUYS), ids_of(WORTH), ids_of(EARNED)].concat()
}

fn book(rate: &str) -> Book {
    let rate = Rate { source: "USD".into(), value: parse_decimal(rate).unwrap(), inverse: false, valid_from: None };
    let dollars = Asset::currency("USD").unwrap();
    let unit =
        Asset { code: "UNIT".into(), kind: AssetKind::Custom, precision: 0, rates: vec![rate], ..dollars.clone() };
    Book::new("USD".into(), vec![unit])
}

#[test]
fn what_a_payment_buys() {
    check(BUYS, |&(paid, rate)| {
        let book = book(rate);
        let (dollars, unit) = (book.asset("USD").unwrap(), book.asset("UNIT").unwrap());
        unit.format(book.purchase(parse_units(paid, 9).unwrap(), dollars, unit, Instant::EPOCH).unwrap())
    });
}

#[test]
fn what_units_are_worth() {
    check(WORTH, |&(units, rate)| {
        let book = book(rate);
        let value = book.value(parse_decimal(units).unwrap(), "UNIT", Instant::EPOCH).unwrap();
        book.asset("USD").unwrap().format(value)
    });
}

#[test]
fn what_a_draw_earns() {
    check(EARNED, |&(paid, spent)| {
        let mut one = credits("deny", "0.25", "");
        one.pay(paid, "CREDIT", "2024-01-01");
        let event = one.event("use", "2024-01-02", &[("n", spent)]);
        let earned: Value = event.fees.iter().flat_map(|fee| &fee.draws).map(|draw| draw.earned).sum();
        let earned = Asset::currency("USD").unwrap().format(earned);
        format!("{} left, {earned} USD earned", one.balance("CREDIT"))
    });
}
