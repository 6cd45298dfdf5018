//! Corners of a subscription's life, each told in full.

use crate::support::catalog_text::{auto_topup, fixed, grant, limit, product};
use crate::support::{One, at};
use drawdown::billing::{Status, SubscriptionError};
use drawdown::ids::SubscriptionId;

/// Whole credits at a dollar, which `use` events take one for one under every product that says [`USE`].
const CREDITS: &str = "[[asset]]\ncode = \"CREDIT\"\nprecision = 0\nrates = [{ rate = 1 }]\n";
const USE: &str = "[[product.price]]\nname = \"Use\"\ntype = \"usage_based\"\nevent_type = \"use\"\n\
                       usage_type = \"volume\"\nvolume_field = \"n\"\nasset = \"CREDIT\"\nvalues = [{ volume_rate = 1 }]\n";

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
    for (seats, when) in [(5, "2024-02-03"), (1, "2024-02-04"), (5, "2024-02-05"), (1, "2024-02-06"), (6, "2024-02-07")]
    {
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
    one.engine.resume(&mut one.life, id, at("2024-01-20"), &mut one.facts).unwrap();
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

#[test]
fn what_was_granted_once_ends_with_a_subscription_that_is_over_when_it_is_made() {
    let tables = [fixed("Fee", "10 USD", "month", ""), grant("G", "100 CREDIT", ""), USE.into()];
    let mut one = One::new(&format!("{CREDITS}{}", product("p", &tables)));
    one.advance("2024-06-01");
    one.subscribe(0, 1, "2024-01-01", Some("2024-03-01"));
    assert_eq!(one.balance("CREDIT"), "0");
    assert_eq!(one.charges().len(), 2);
}

#[test]
fn an_end_that_has_come_is_not_put_off() {
    let mut one = seats();
    let id = one.subscribe(0, 1, "2024-01-01", None);
    one.end(id, "2024-02-01").unwrap();
    one.advance("2024-03-10");
    assert!(one.end(id, "2024-06-01").is_err());
    assert!(one.end(id, "2024-01-15").is_ok());
}

/// Two customers' lines of one version whose periods end together.
#[test]
fn a_charge_of_another_line_does_not_pay_a_late_renewal() {
    let mut one = One::new(&product("p", &[fixed("Fee", "10 USD", "month", BALANCE)]));
    one.gift("10 USD", "2024-01-30", None);
    let first = one.subscribe(0, 1, "2024-01-30", None);
    one.end(first, "2024-01-31").unwrap();
    one.subscribe(0, 1, "2024-01-31", None);
    assert_eq!(one.facts.lapses.len(), 1);
    one.advance("2024-02-10");
    one.gift("10 USD", "2024-02-10", None);
    assert_eq!(one.charges(), ["Fee 2024-01-30..2024-02-29: 10.00", "Fee 2024-02-10..2024-02-29: 10.00"]);
}

/// A monthly and a yearly fee. The change at the month's end can't be paid; it is made when money comes: the yearly fees
/// by the 325 days that are left of 366, the month whole.
#[test]
fn a_change_that_is_paid_late_credits_and_grants_what_it_would_have() {
    let tables = |month, year| {
        let fees = [fixed("M", month, "month", BALANCE), fixed("Y", year, "year", SEATS)];
        [fees.concat(), grant("G", "100 CREDIT", SEATS), USE.into()]
    };
    let (p, q) = (product("p", &tables("10 USD", "366 USD")), product("q", &tables("20 USD", "732 USD")));
    let mut one = One::new(&format!("{CREDITS}{p}{q}"));
    one.gift("10 USD", "2024-01-01", None);
    let id = one.subscribe(0, 1, "2024-01-01", None);
    one.change_later(id, 1, 3, "2024-01-05");
    one.advance("2024-02-10");
    assert_eq!(one.facts.lapses.len(), 1);
    one.gift("20 USD", "2024-02-11", None);
    one.advance("2024-02-11");
    let expected = [
        "M 2024-01-01..2024-02-01: 10.00",
        "Y 2024-01-01..2025-01-01: 366.00",
        "M 2024-02-11..2024-03-01: 20.00",
        "Y 2024-02-11..2025-01-01: -325.00",
        "Y 2024-02-11..2025-01-01: 1950.00",
    ];
    assert_eq!(one.charges(), expected);
    assert_eq!(one.grants(), ["2024-01-01..: 100", "2024-02-11..: 200"]);
}

/// The week can't be paid, and from February on nothing costs anything.
#[test]
fn a_recovery_alone_is_something_that_time_changes() {
    let tables = [fixed("Month", "0 USD", "month", ""), fixed("Week", "10 USD", "week", BALANCE)];
    let text = format!("{}{}", product("p", &tables), product("free", &[fixed("Month", "0 USD", "month", "")]));
    let mut one = One::new(&text);
    let id = one.subscribe(0, 1, "2024-01-01", None);
    assert!(one.end(id, "2024-01-02").is_ok());
    one.gift("10 USD", "2024-01-03", None);
    let id = one.subscribe(0, 1, "2024-01-03", None);
    one.change_later(id, 1, 1, "2024-01-04");
    one.advance("2024-01-20");
    assert_eq!((one.facts.charges.len(), one.facts.lapses.len()), (1, 2));
    one.facts = Default::default();
    one.advance("2024-02-10");
    assert_eq!((one.facts.charges.len(), one.facts.recoveries.len(), one.facts.is_still()), (0, 1, false));
}

/// Six billion dollars a price, and a ledger amount is at most 9.22 billion.
#[test]
fn charges_that_are_countable_only_one_by_one_are_refused() {
    let vast = ["A", "B"].map(|name| fixed(name, "6000000000 USD", "month", ""));
    let mut one = One::new(&format!("{}{}", product("p", &[fixed("Fee", "1 USD", "month", "")]), product("q", &vast)));
    let id = one.subscribe(0, 1, "2024-01-01", None);
    assert!(one.change(id, 1, 1, "2024-01-01").is_err());
}

#[test]
fn a_basis_that_one_lot_can_not_have_is_carried_in_several() {
    let rollover = "lifecycle = { duration = \"month\", refresh = { strategy = \"rollover\" } }\n\
                    accounting = { revenue_basis = 6_000_000_000 }";
    let tables = [grant("G", "1 CREDIT", rollover), USE.into()];
    let mut one = One::new(&format!("{CREDITS}{}", product("p", &tables)));
    one.subscribe(0, 1, "2024-01-01", None);
    one.advance("2024-06-10");
    assert_eq!(one.balance("CREDIT"), "6");
}

/// The tenth call makes all of them cheaper.
const FALLING: &str = "[[product.price]]\nname = \"Call\"\ntype = \"usage_based\"\nevent_type = \"call\"\nusage_type = \"volume\"\n\
                       volume_field = \"n\"\nasset = \"CREDIT\"\npricing_model = \"volume\"\ntier_period = \"lifetime\"\n\
                       tiers = [{ up_to = 9, volume_rate = 2 }, { volume_rate = 1 }]\n";

#[test]
fn what_is_given_back_late_to_a_lot_that_ended_with_its_subscription_stays_ended() {
    let tables = [fixed("Fee", "1 USD", "month", ""), grant("G", "100 CREDIT", ""), FALLING.into()];
    let mut one = One::new(&format!("{CREDITS}{}", product("p", &tables)));
    let id = one.subscribe(0, 1, "2024-01-01", None);
    assert_eq!(one.event("call", "2024-01-02", &[("n", "9")]).status, Status::Charged);
    one.end(id, "2024-01-10").unwrap();
    one.advance("2024-01-20");
    assert_eq!(one.event("call", "2024-01-09", &[("n", "1")]).status, Status::Charged);
    assert_eq!(one.facts.events[1].fees[0].amount.count(), -8);
    assert_eq!(one.balance("CREDIT"), "0");
    assert_eq!(one.facts.expiries.iter().map(|e| e.amount.count()).collect::<Vec<_>>(), [82, 8]);
}

/// From months to years the rest is carried over; what comes back to the lot that it left is not.
#[test]
fn what_is_given_back_late_to_a_lot_that_was_carried_on_ends() {
    let rolls = "lifecycle = { duration = \"month\", refresh = { strategy = \"rollover\" } }";
    let tables = |interval| [fixed("Fee", "1 USD", interval, ""), grant("G", "100 CREDIT", rolls), FALLING.into()];
    let mut one = One::new(&format!("{CREDITS}{}{}", product("p", &tables("month")), product("q", &tables("year"))));
    let id = one.subscribe(0, 1, "2024-01-01", None);
    one.event("call", "2024-01-02", &[("n", "9")]);
    one.change(id, 1, 1, "2024-01-10").unwrap();
    let carried = ["2024-01-01..2024-02-01: 100", "2024-01-10..2024-02-10: 82 carried", "2024-01-10..2024-02-10: 100"];
    assert_eq!(one.grants(), carried);
    one.event("call", "2024-01-09", &[("n", "1")]);
    assert_eq!(one.balance("CREDIT"), "182");
    one.advance("2024-02-05");
    assert_eq!(one.facts.rollovers.len(), 1);
}

/// 18 come back to a lot that is over, so they can't pay for the 9 that the event owes as well.
#[test]
fn what_comes_back_to_a_lot_that_is_over_pays_for_nothing() {
    let also = FALLING.replace("Call", "Also").replace("9, volume_rate = 2", "9, volume_rate = 0");
    let also = also.replace("{ volume_rate = 1 }", "{ volume_rate = 0.9 }");
    let falls = FALLING.replace("{ volume_rate = 1 }", "{ volume_rate = 0 }");
    let mut one = One::new(&format!("{CREDITS}{}", product("p", &[falls, also])));
    one.subscribe(0, 1, "2024-01-01", None);
    one.gift("18 CREDIT", "2024-01-01", Some("2024-01-03"));
    assert_eq!(one.event("call", "2024-01-02", &[("n", "9")]).status, Status::Charged);
    assert_eq!(one.event("call", "2024-01-04", &[("n", "1")]).status, Status::Denied);
    assert_eq!((one.facts.denials[0].needed.count(), one.balance("CREDIT").as_str()), (-9, "0"));
    assert!(one.facts.expiries.is_empty());
    one.gift("10 CREDIT", "2024-01-04", None);
    assert_eq!(one.event("call", "2024-01-05", &[("n", "1")]).status, Status::Charged);
    assert_eq!(one.balance("CREDIT"), "1");
}

#[test]
fn what_is_given_back_pays_what_is_owed_at_once() {
    let policy = "[policy]\ninsufficient_funds = \"overdraft\"\n";
    let mut one = One::new(&format!("{policy}{CREDITS}{}", product("p", &[FALLING.into(), USE.into()])));
    one.subscribe(0, 1, "2024-01-01", None);
    one.gift("18 CREDIT", "2024-01-01", None);
    one.event("call", "2024-01-02", &[("n", "9")]);
    one.spend("5", "2024-01-03");
    assert_eq!(one.balance("CREDIT"), "-5");
    one.event("call", "2024-01-04", &[("n", "1")]);
    assert_eq!(one.balance("CREDIT"), "3");
    let account = one.life.accounts.get(one.engine.asset_id("CREDIT").unwrap()).unwrap();
    assert_eq!(account.deficit().count(), 0);
}

#[test]
fn a_refused_change_takes_no_number() {
    let text = format!(
        "{}{}",
        product("p", &[fixed("Fee", "1 USD", "month", "")]),
        product("q", &[fixed("Fee", "9 USD", "month", BALANCE)])
    );
    let mut one = One::new(&text);
    let id = one.subscribe(0, 1, "2024-01-01", None);
    assert!(one.change(id, 1, 1, "2024-01-02").is_err());
    assert_eq!(one.change(id, 0, 2, "2024-01-02"), Ok(SubscriptionId::from_number(id.number() + 1)));
}

/// However long a life is, it keeps only the charges whose service period is not over.
#[test]
fn charges_that_are_over_are_let_go() {
    let mut one = One::new(&product("p", &[fixed("Fee", "1 USD", "day", "")]));
    one.subscribe(0, 1, "2024-01-01", None);
    one.advance("2024-12-31");
    assert_eq!((one.facts.charges.len(), one.life.charges.len()), (366, 1));
}

/// Two credits short are three dollars; they come from three lots, and all of them come back.
#[test]
fn an_overage_from_many_lots_comes_back_whole() {
    let falls = FALLING.replace("{ volume_rate = 1 }", "{ volume_rate = 0 }");
    let tables = [falls, "overage = { asset = \"USD\", rate = 1.5 }\n".into()];
    let mut one = One::new(&format!("{CREDITS}{}", product("p", &tables)));
    one.subscribe(0, 1, "2024-01-01", None);
    for _ in 0..3 {
        one.pay("1", "USD", "2024-01-01");
    }
    one.event("call", "2024-01-02", &[("n", "1")]);
    assert_eq!(one.balance("USD"), "0.00");
    one.event("call", "2024-01-03", &[("n", "9")]);
    assert_eq!(one.balance("USD"), "3.00");
}

/// 42 credits are short, of which the last 31 come from two lots, the second of them with two cents. Of the two that are
/// owed in the end, each costs its nine cents: what came back first are the latest, for what they were taken at.
#[test]
fn overages_of_one_lot_come_back_for_what_each_was_taken_at() {
    let tiers = "tiers = [{ up_to = 8, volume_rate = 5.3 }, { volume_rate = 0.2 }]\n";
    let falls = USE.replace(
        "values = [{ volume_rate = 1 }]\n",
        &format!("pricing_model = \"volume\"\ntier_period = \"lifetime\"\n{tiers}"),
    );
    let tables = [falls, "overage = { asset = \"USD\", rate = 0.09 }\n".into()];
    let mut one = One::new(&format!("{CREDITS}{}", product("p", &tables)));
    one.subscribe(0, 1, "2024-01-01", None);
    one.pay("3.76", "USD", "2024-01-01");
    one.pay("5", "USD", "2024-01-02");
    for (volume, balance) in [("2", "7.77"), ("6", "4.98"), ("1", "8.58")] {
        one.event("use", "2024-01-03", &[("n", volume)]);
        assert_eq!(one.balance("USD"), balance, "after {volume} more");
    }
}

/// The rule may pay 10 dollars a month, which other usage has had; in February it may again.
#[test]
fn what_is_past_due_is_tried_again_as_automatic_payments_may_be_made_again() {
    let rule = auto_topup("USD", 0, "10 USD", &limit("10 USD"));
    let products =
        [product("p", &[fixed("Fee", "10 USD", "week", BALANCE), FALLING.into()]), product("q", &[USE.into()])];
    let mut one = One::new(&format!("{CREDITS}{rule}{}", products.concat()));
    one.subscribe(0, 1, "2024-01-03", None);
    one.subscribe(1, 1, "2024-01-03", None);
    one.advance("2024-01-30");
    assert_eq!((one.facts.charges.len(), one.facts.lapses.len()), (1, 1));
    // Past due: usage makes no difference.
    assert_eq!(one.event("call", "2024-01-31", &[("n", "1")]).status, Status::Denied);
    assert_eq!(one.event("call", "2024-02-02", &[("n", "1")]).status, Status::Denied);
    assert_eq!(one.charges()[1..], ["Fee 2024-02-01..2024-02-07: 10.00"]);
}

/// Other terms of the same product are planned for when it ends; resumed, there would be two.
#[test]
fn a_subscription_that_another_follows_is_not_resumed() {
    let mut one = seats();
    let first = one.subscribe(0, 1, "2024-01-01", Some("2024-03-01"));
    let other = one.subscribe(0, 1, "2024-01-01", None);
    one.change_later(other, 0, 2, "2024-02-10");
    let refused = one.engine.resume(&mut one.life, first, at("2024-02-10"), &mut one.facts);
    assert_eq!(refused, Err(SubscriptionError::Followed(at("2024-03-01"))));
}

/// Of a change from February and another from March the first is taken back, and with it what was to follow: held beside
/// the old terms, those from March would never have been charged.
#[test]
fn what_was_to_follow_a_change_is_taken_back_with_it() {
    let mut one = seats();
    let id = one.subscribe(0, 1, "2024-01-01", None);
    one.change_later(id, 0, 5, "2024-01-10");
    let second = one.life.subscriptions[1].id;
    one.change_later(second, 0, 3, "2024-02-10");
    one.engine.resume(&mut one.life, id, at("2024-01-20"), &mut one.facts).unwrap();
    one.advance("2024-04-02");
    let held: Vec<_> = one.life.subscriptions.iter().filter(|s| s.ended_at > s.started_at).map(|s| s.id).collect();
    assert_eq!(held, [id]);
    assert_eq!(one.charges().len(), 4, "{:?}", one.charges());
}

/// A month that is paid for ten days late costs the whole price, and what is unused is worth what its days would have
/// cost in time: a seat more must never pay out.
#[test]
fn what_is_unused_of_a_month_that_was_paid_late_is_worth_its_days() {
    let mut one = One::new(&product("p", &[fixed("Fee", "30 USD", "month", &format!("{SEATS}\n{BALANCE}"))]));
    let id = one.subscribe(0, 1, "2024-04-01", None);
    one.gift("130 USD", "2024-04-21", None);
    one.advance("2024-04-21");
    one.change(id, 0, 2, "2024-04-26").unwrap();
    let expected =
        ["Fee 2024-04-21..2024-05-01: 30.00", "Fee 2024-04-26..2024-05-01: -5.00", "Fee 2024-04-26..2024-05-01: 10.00"];
    assert_eq!(one.charges(), expected);
}

/// The account owes 40 when 30 are bought for a day that has not come. What a subscription takes on that day comes after
/// what was owed.
#[test]
fn what_is_owed_is_repaid_before_a_subscription_of_that_day_takes_anything() {
    let fee = |name, credits: &str| fixed(name, &format!("{credits} CREDIT"), "year", BALANCE);
    let rule = auto_topup("CREDIT", 0, "10 USD", &limit("10 USD"));
    let mut one = One::new(&format!(
        "[policy]\ninsufficient_funds = \"overdraft\"\n{CREDITS}{}{}{rule}",
        product("large", &[fee("Large", "50")]),
        product("small", &[fee("Small", "20")]),
    ));
    one.subscribe(0, 1, "2024-01-01", None);
    assert_eq!(one.facts.repayments.iter().map(|r| r.amount.count()).collect::<Vec<_>>(), [10]);
    one.pay("30", "CREDIT", "2024-01-20");
    assert_eq!(one.facts.repayments.len(), 1, "nothing is repaid before its day");
    one.subscribe(1, 1, "2024-01-20", None);
    assert_eq!(one.facts.repayments.iter().map(|r| r.amount.count()).collect::<Vec<_>>(), [10, 30]);
    assert_eq!(one.balance("CREDIT"), "-30");
}

/// Eight credits are owed and a fee of 30 is past due when 40 are bought, which pay for both: what comes with the fee stays
/// whole, though it would be used before what was bought.
#[test]
fn what_comes_in_pays_what_is_owed_before_what_is_past_due() {
    let mut one = One::new(&format!(
        "[policy]\ninsufficient_funds = \"overdraft\"\n{CREDITS}overdraft_limit = 10\n{}{}",
        product("use", &[USE.into()]),
        product("fee", &[fixed("Fee", "30 CREDIT", "month", BALANCE), grant("G", "100 CREDIT", "")]),
    ));
    one.subscribe(0, 1, "2024-01-01", None);
    one.spend("8", "2024-01-02");
    one.subscribe(1, 1, "2024-01-03", None);
    assert_eq!((one.balance("CREDIT").as_str(), one.facts.lapses.len()), ("-8", 1));
    one.pay("40", "CREDIT", "2024-01-04");
    one.advance("2024-01-04");
    assert_eq!(one.lots().map(|lot| lot.left.count()).collect::<Vec<_>>(), [100, 2]);
}
