//! Money that goes back in random lives, beside everything else that happens: whatever comes of it, everything adds up.

use super::cases;
use super::lives;
use super::lives::stored::Stored;
use crate::support::catalog_text::{PER_SEAT, fixed, product, whole};
use crate::support::{Book, at};
use drawdown::billing::{NewRefund, PaymentFact, RefundError};
use drawdown::ledger::{PaymentRow, When};
use drawdown::money::Units;
use drawdown::time::Instant;
use proptest::collection::vec;
use proptest::prelude::*;

proptest! {
    #![proptest_config(cases(40))]

    /// Parts of payments go back in the middle of a life, and events are taken back; in the end all goes back that can.
    #[test]
    fn money_may_go_back_at_any_time(
        world in lives::strategy::worlds(30),
        picks in vec((any::<prop::sample::Index>(), prop::option::of(1i64..130), any::<bool>()), 1..8),
        cut in 0usize..30,
    ) {
        let mut stored = Stored::new(&world);
        let (before, after): (Vec<usize>, Vec<usize>) = (0..world.actions.len()).partition(|number| *number < cut);
        before.into_iter().for_each(|number| stored.step(number));
        for (pick, percent, voids) in picks {
            stored.refund_one(pick, percent);
            if voids {
                stored.void_one(pick);
            }
            prop_assert!(stored.faults().is_empty(), "verify: {:#?}\n{:?}", stored.faults(), world);
        }
        after.into_iter().for_each(|number| stored.step(number));
        prop_assert!(stored.faults().is_empty(), "verify: {:#?}\n{:?}", stored.faults(), world);
        stored.refund_all();
        prop_assert!(stored.faults().is_empty(), "verify: {:#?}\n{:?}", stored.faults(), world);
    }
}

/// A month of a seat costs 20 dollars, or 7.77.
fn catalog() -> String {
    let seats = |code: &str, price: &str| product(code, &[fixed("Seat", price, "month", PER_SEAT)]);
    whole(&[seats("p", "20 USD"), seats("q", "7.77 USD")])
}

/// A cent in the ledger's units of a dollar.
const CENT: i64 = 10_000_000;

/// A time some hours after the beginning of July.
fn hour(hours: i64) -> String {
    Instant::from_micros(at("2026-07-01").micros() + hours * 3_600_000_000).to_string()
}

/// Gives some of a payment back, or all that is not earned.
fn refund(book: &mut Book, payment: &PaymentFact, when: &str, amount: Option<Units>) -> Result<(), RefundError> {
    book.attempt(|writer, engine| {
        let new = NewRefund { key: writer.new_refund_key().unwrap(), at: at(when), amount };
        let payment = PaymentRow::Charges(payment.clone());
        writer.refund(engine, &payment, new).unwrap().map(drop).map_err(|unrefunded| unrefunded.why)
    })
}

/// What can go back of each payment by then.
fn most(book: &mut Book, when: &str) -> Vec<(PaymentFact, i64)> {
    let payments = book.ledger.payments(None).unwrap();
    let most =
        |payment: PaymentFact| match refund(book, &payment, when, Some(Units::from_count(i64::MAX / CENT * CENT))) {
            Err(RefundError::TooMuch(rest)) => (payment, rest.most.count()),
            other => panic!("{other:?}"),
        };
    payments.into_iter().map(most).collect()
}

/// What was paid, has not gone back, and is not in the wallet, where nothing is but credits of changes.
fn in_charges(book: &Book) -> i64 {
    let paid = book.ledger.payments(None).unwrap().iter().map(|payment| payment.paid.count()).sum::<i64>();
    let refunded = book.ledger.refunds(None).unwrap().iter().map(|refund| refund.amount.count()).sum::<i64>();
    let wallet = book.ledger.lots(None).unwrap().iter().map(|row| row.lot.left.count()).sum::<i64>();
    paid - refunded - wallet
}

/// Whether the last refund took nothing that was earned.
fn is_all_unearned(book: &Book) -> bool {
    let refunds = book.ledger.refunds(None).unwrap();
    refunds.last().unwrap().parts().iter().all(|part| part.from < part.to)
}

proptest! {
    #![proptest_config(cases(40))]

    /// However seats come and go on two subscriptions, what can go back of all payments is what is in charges; and what goes
    /// back without an amount was not earned.
    #[test]
    fn all_money_that_is_in_charges_can_go_back_and_no_other(
        steps in vec((any::<bool>(), 1i64..7, 0i64..400, prop::option::of((any::<prop::sample::Index>(), 0i64..=100))), 1..12),
    ) {
        let mut book = Book::new(&catalog());
        book.subscribe("a", "p", 3, &hour(0)).unwrap();
        book.subscribe("a", "q", 3, &hour(0)).unwrap();
        let mut hours = 0;
        for (is_p, seats, later, back) in &steps {
            hours += later;
            let (product, when) = (if *is_p { "p" } else { "q" }, hour(hours));
            let _ = book.change("a", product, (product, *seats), &when, When::Now);
            book.write(|writer, engine| writer.advance_all(engine, at(&when)).unwrap());
            let rests = most(&mut book, &when);
            prop_assert!(rests.iter().all(|(_, most)| *most >= 0), "{rests:?}");
            prop_assert_eq!(rests.iter().map(|(_, most)| most).sum::<i64>(), in_charges(&book), "{:?}", steps);
            if let Some((pick, percent)) = back {
                let (payment, most) = pick.get(&rests);
                let amount = most / CENT * percent / 100 * CENT;
                if amount > 0 {
                    refund(&mut book, payment, &when, Some(Units::from_count(amount))).unwrap();
                } else if *percent == 0 && refund(&mut book, payment, &when, None).is_ok() {
                    prop_assert!(is_all_unearned(&book), "{:?}", steps);
                }
            }
            prop_assert!(book.faults().is_empty(), "{:#?}\n{:?}", book.faults(), steps);
        }
        let clock = hour(hours);
        for (payment, _) in most(&mut book, &clock) {
            if refund(&mut book, &payment, &clock, None).is_ok() {
                prop_assert!(is_all_unearned(&book), "{:?}", steps);
            }
        }
        for (payment, most) in most(&mut book, &clock) {
            if most > 0 {
                refund(&mut book, &payment, &clock, Some(Units::from_count(most))).unwrap();
            }
        }
        prop_assert_eq!(in_charges(&book), 0, "{:?}", steps);
        prop_assert!(book.faults().is_empty(), "{:#?}\n{:?}", book.faults(), steps);
    }
}
