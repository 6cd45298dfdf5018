//! The account against a slow model that keeps every single unit by itself.

use super::*;
use crate::catalog::Policy;
use crate::ids::{EventNumber, LotId};
use crate::money::{Units, Value};
use crate::wallet::Priority;
use proptest::prelude::*;

fn order() -> BurnOrder {
    BurnOrder::new(Policy::default().burn_order)
}

fn at(micros: i64) -> Instant {
    Instant::from_micros(micros)
}

fn lot(id: i64, amount: i64) -> Lot {
    Lot {
        id: LotId::from_number(id),
        purpose: Purpose::Paid,
        priority: Priority::DEFAULT,
        granted_at: at(0),
        effective_at: at(0),
        expires_at: None,
        amount: Units::from_count(amount),
        left: Units::from_count(amount),
        basis: Value::from_count(amount),
        granted_by: None,
        released: Value::ZERO,
        changed: false,
    }
}

fn units(count: i64) -> Units {
    Units::from_count(count)
}

fn account(lots: Vec<Lot>) -> Account {
    Account::load(lots, Units::ZERO, &order())
}

#[test]
fn the_burn_order_and_the_key_that_decided() {
    let mut account = account(vec![
        lot(1, 10),
        Lot { expires_at: Some(at(900)), ..lot(2, 10) },
        Lot { purpose: Purpose::Promotion, ..lot(3, 10) },
        Lot { priority: Priority::from_number(10), ..lot(4, 10) },
        lot(5, 10),
        Lot { granted_at: at(1), ..lot(6, 10) },
    ]);
    let draws = account.draw(units(60), at(5), &order());
    let got: Vec<_> = draws.iter().map(|d| (d.lot.unwrap().number(), d.decided_by.name())).collect();
    let expected = [(4, "priority"), (3, "purpose"), (2, "expires_at"), (1, "id"), (5, "granted_at"), (6, "only_lot")];
    assert_eq!(got, expected);
}

#[test]
fn a_lot_lives_from_its_start_to_just_before_its_end() {
    let mut account = account(vec![Lot { effective_at: at(10), expires_at: Some(at(20)), ..lot(1, 5) }]);
    let available: Vec<_> = [9, 10, 19, 20].map(|t| account.available(at(t)).count()).to_vec();
    assert_eq!(available, [0, 5, 5, 0]);
    assert_eq!(account.expire(at(19), |_| false), []);
    assert_eq!(
        account.expire(at(20), |_| false),
        [Expired {
            lot: LotId::from_number(1),
            at: at(20),
            dated: at(20),
            amount: units(5),
            breakage: Value::from_count(5)
        }]
    );
}

#[test]
fn a_used_up_lot_has_earned_what_was_paid() {
    let mut account = account(vec![Lot { basis: Value::from_count(100), ..lot(1, 3) }]);
    let earned: Vec<_> = (0..3).map(|_| account.draw(units(1), at(1), &order())[0].earned.count()).collect();
    assert_eq!(earned, [33, 33, 34]);
}

#[test]
fn overdraft_and_repayment() {
    let mut account = account(vec![lot(1, 10)]);
    let draws = account.draw(units(15), at(1), &order());
    assert_eq!(draws[1], Draw { lot: None, amount: units(5), earned: Value::ZERO, decided_by: DecidedBy::Overdraft });
    assert_eq!((account.available(at(1)), account.deficit()), (units(-5), units(5)));
    account.insert(Lot { effective_at: at(3), ..lot(2, 20) }, &order());
    assert_eq!(account.next_due(), at(3));
    assert_eq!(account.repay(at(2), EventNumber::NONE), []);
    assert_eq!(
        account.repay(at(3), EventNumber::NONE),
        [Repayment {
            lot: LotId::from_number(2),
            at: at(3),
            dated: at(3),
            amount: units(5),
            earned: Value::from_count(5),
            after: EventNumber::NONE,
            charge: None,
        }]
    );
    assert_eq!(account.available(at(3)), units(15));
}

#[test]
fn a_correction_takes_the_last_paid_lot_first_and_never_goes_below_zero() {
    let mut account = account(vec![lot(1, 10), lot(2, 10), Lot { purpose: Purpose::Promotion, ..lot(3, 10) }]);
    assert_eq!(account.take_back(units(31), at(1)), None);
    let taken = account.take_back(units(22), at(1)).unwrap();
    assert_eq!(
        taken.iter().map(|t| (t.lot.number(), t.amount.count())).collect::<Vec<_>>(),
        [(2, 10), (1, 10), (3, 2)]
    );
    assert_eq!(account.available(at(1)), units(8));
}

/// The definition, unit by unit: always the first live lot in the order of the rule's own words.
fn slow_draw(lots: &mut [Lot], amount: i64, now: Instant) -> Vec<(LotId, i64)> {
    let mut taken: Vec<(LotId, i64)> = Vec::new();
    for _ in 0..amount {
        let live = lots.iter_mut().filter(|lot| lot.is_live(now));
        let key = |l: &Lot| (l.priority, l.purpose, l.expires_at.unwrap_or(Instant::MAX), l.granted_at, l.id);
        let Some(first) = live.min_by_key(|l| key(l)) else { break };
        first.left -= units(1);
        match taken.last_mut() {
            Some((id, n)) if *id == first.id => *n += 1,
            _ => taken.push((first.id, 1)),
        }
    }
    taken
}

fn any_lot() -> impl Strategy<Value = Lot> {
    let purpose = (0..3usize).prop_map(|i| Purpose::NAMES[i].1);
    (1i64..60, purpose, 99i64..102, 0i64..4, 0i64..40, proptest::option::of(1i64..60), 0i64..500).prop_map(
        |(amount, purpose, priority, granted, start, life, basis)| Lot {
            purpose,
            priority: Priority::from_number(priority),
            granted_at: at(granted),
            effective_at: at(start),
            expires_at: life.map(|l| at(start + l)),
            basis: Value::from_count(basis),
            ..lot(0, amount)
        },
    )
}

proptest! {
    #[test]
    fn drawing_is_the_slow_models_drawing(
        lots in proptest::collection::vec(any_lot(), 0..8),
        fees in proptest::collection::vec((0i64..50, 0i64..5), 1..20),
    ) {
        let lots: Vec<_> = lots.into_iter().enumerate().map(|(i, l)| Lot { id: LotId::from_number(i as i64), ..l }).collect();
        let mut model = lots.clone();
        let mut account = account(lots.clone());
        let mut earned = vec![Value::ZERO; lots.len()];
        let mut now = 0;
        for (fee, step) in fees {
            now += step;
            for expired in account.expire(at(now), |_| false) {
                earned[expired.lot.number() as usize] += expired.breakage;
            }
            let available = account.available(at(now));
            prop_assert!(!available.is_negative());
            prop_assert_eq!(account.covers(units(fee), at(now)), units(fee) <= available);
            if units(fee) > available { continue; }
            let draws = account.draw(units(fee), at(now), &order());
            prop_assert_eq!(draws.iter().map(|d| d.amount).sum::<Units>(), units(fee));
            let got: Vec<_> = draws.iter().map(|d| (d.lot.unwrap(), d.amount.count())).collect();
            prop_assert_eq!(got, slow_draw(&mut model, fee, at(now)));
            for draw in draws { earned[draw.lot.unwrap().number() as usize] += draw.earned; }
        }
        for lot in account.take_changed() {
            prop_assert_eq!(lot.released, earned[lot.id.number() as usize]);
            prop_assert!(lot.released <= lot.basis);
            if lot.left.is_zero() { prop_assert_eq!(lot.released, lot.basis); }
        }
    }
}
