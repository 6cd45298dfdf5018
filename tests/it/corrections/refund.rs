//! `refund`: money that goes back.

use super::report;
use crate::support::Workspace;
use crate::support::catalog_text::{FROM_WALLET, PER_SEAT, fixed, per_event, per_unit, product, whole};
use serde_json::json;

/// In May a day of `basic` costs a dollar, and one of `plus` two.
const ASSETS: &str = r#"
[[asset]]
code = "EUR"
rates = [{ source = "USD", rate = 1.1 }]

[[asset]]
code = "CREDIT"
precision = 0
rates = [{ source = "USD", rate = 0.01 }, { source = "EUR", rate = 0.01 }]

[[asset]]
code = "THIRD"
precision = 0
rates = [{ source = "USD", inverse_rate = 3 }]
expires_after = { duration = "week" }

"#;

fn catalog() -> String {
    let used = || per_unit("Use", "use", "1 CREDIT", "");
    whole(&[
        ASSETS.to_owned(),
        product("basic", &[fixed("Fee", "31 USD", "month", ""), used()]),
        product("plus", &[fixed("Fee", "62 USD", "month", "")]),
        product("usage", &[used(), per_event("Third", "third", "1 THIRD", "")]),
    ])
}

fn workspace(product: &str) -> Workspace {
    let workspace = Workspace::new().with("catalogs/c.toml", catalog());
    workspace.ok("apply --yes --at 2026-04-01");
    workspace.ok("customer add acme --at 2026-04-01");
    workspace.ok(&format!("subscribe acme {product} --at 2026-05-01"));
    workspace
}

/// Cash in, refunds, revenue and what is deferred.
#[track_caller]
fn assert_revenue(workspace: &Workspace, window: &str, expected: [&str; 4]) {
    let told = report(workspace, &format!("report revenue {window} -q"));
    let told = ["cash_in", "refunds", "revenue", "deferred"].map(|key| told[key].as_str().unwrap());
    assert_eq!(told, expected, "{window}");
}

/// Amount, what was unearned of it, and what was earned.
#[track_caller]
fn assert_refund(workspace: &Workspace, line: &str, expected: [&str; 3]) {
    let told = report(workspace, &format!("refund {line} --yes"));
    assert_eq!(["amount", "unearned", "earned"].map(|key| told[key].as_str().unwrap_or_default()), expected, "{line}");
    workspace.verify();
}

/// 10 dollars buy 1000 credits, of which 400 are used: 6 dollars can go back, in parts or at once, and no more.
#[test]
fn of_a_top_up_goes_back_what_its_credit_is_left_for() {
    let workspace = workspace("usage");
    workspace.ok("topup acme 10 USD --to CREDIT --id pay --at 2026-05-01");
    workspace.ok("adjust acme 50 CREDIT --reason gift --expires 2026-06-01 --at 2026-05-01");
    // The gift goes first: 450 take 400 of what was paid.
    workspace.ok("record acme use n=450 --id u --at 2026-05-02");
    workspace.refused(
        "refund pay 6.01 --at 2026-05-03 --yes",
        1,
        &["6.01 USD", "6.00 USD", "it bought 1000 CREDIT: 600 left, 400 used"],
    );
    let told = report(&workspace, "refund pay 2.50 --at 2026-05-03 --id r1 --yes");
    let expected = json!({
        "id": "r1", "payment": "pay", "customer": "acme", "at": "2026-05-03T00:00:00Z", "amount": "2.50",
        "currency": "USD", "taken": "250", "asset": "CREDIT", "kept": null, "unearned": null, "earned": null,
        "recorded": true, "dry_run": false, "renewals": 0, "collected": [],
    });
    assert_eq!(told, expected);
    assert_eq!(workspace.available("acme", "CREDIT"), "350");
    assert_revenue(&workspace, "", ["10.00", "2.50", "4.00", "3.50"]);
    let rest = report(&workspace, "refund pay --at 2026-05-04 --yes --note 'closed'");
    assert_eq!((&rest["amount"], &rest["taken"]), (&json!("3.50"), &json!("350")));
    assert_revenue(&workspace, "", ["10.00", "6.00", "4.00", "0.00"]);
    assert_revenue(&workspace, "--to 2026-05-03", ["10.00", "0.00", "4.00", "6.00"]);
    workspace.refused("refund pay --at 2026-05-05 --yes", 1, &["nothing of pay can go back", "400 used, 600 refunded"]);
    let past = report(&workspace, "balance acme --at 2026-05-03T12:00:00Z");
    assert_eq!(past["accounts"][0]["available"], "350");
    let statement = report(&workspace, "statement acme");
    let last = statement["accounts"][0]["movements"].as_array().unwrap().last().unwrap().clone();
    assert_eq!(
        last,
        json!({"at": "2026-05-04T00:00:00Z", "kind": "refund", "id": "refund-2", "paid_back": "3.50",
               "currency": "USD", "amount": "-350", "balance": "0"})
    );
    assert!(workspace.ok("ledger log --last 1").stdout.contains("gave back 3.50 USD of pay to acme for 350 CREDIT"));
    workspace.verify();
}

/// A dollar buys three. Two of them are worth 0.66 dollars and two thirds of a cent, which nobody is paid: with them the lot
/// has earned all that was paid for it.
#[test]
fn what_no_cent_can_be_paid_for_is_kept() {
    let workspace = workspace("usage");
    workspace.ok("topup acme 1 USD --to THIRD --id pay --at 2026-05-01");
    workspace.ok("record acme third --id u --at 2026-05-02");
    let told = report(&workspace, "refund pay --at 2026-05-03 --yes");
    assert_eq!((&told["amount"], &told["taken"], &told["kept"]), (&json!("0.66"), &json!("2"), &json!("0.006666667")));
    assert_revenue(&workspace, "", ["1.00", "0.66", "0.34", "0.00"]);
    let told = report(&workspace, "report revenue");
    assert_eq!((&told["usage_revenue"], &told["breakage"]), (&json!("0.333333333"), &json!("0.006666667")));
    assert_eq!(report(&workspace, "report profit")["total"]["revenue"], "0.34");
    workspace.verify();
}

/// For ten cents goes a whole one, which is worth a third of a dollar: nobody gets money for credit that stays.
#[test]
fn units_are_taken_whole() {
    let workspace = workspace("usage");
    workspace.ok("topup acme 1 USD --to THIRD --id pay --at 2026-05-01");
    let told = report(&workspace, "refund pay 0.10 --at 2026-05-03 --yes");
    assert_eq!((&told["taken"], &told["kept"]), (&json!("1"), &json!("0.233333333")));
    assert_revenue(&workspace, "", ["1.00", "0.10", "0.233333333", "0.666666667"]);
    let rest = report(&workspace, "refund pay --at 2026-05-03 --yes");
    assert_eq!((&rest["amount"], &rest["taken"]), (&json!("0.66"), &json!("2")));
    assert_revenue(&workspace, "", ["1.00", "0.76", "0.24", "0.00"]);
    workspace.verify();
}

#[test]
fn credit_that_has_ended_is_not_there_to_go_back() {
    let workspace = workspace("usage");
    workspace.ok("topup acme 2 USD --to THIRD --id pay --at 2026-05-01");
    workspace.ok("record acme third --id u --at 2026-05-02");
    // It ends after a week, though nobody has been moved past that yet.
    workspace.refused(
        "refund pay --at 2026-05-08 --yes",
        1,
        &["nothing of pay can go back", "it bought 6 THIRD: 1 used, 5 expired"],
    );
}

/// Ten euros are worth eleven dollars, and so is what goes back of them.
#[test]
fn money_goes_back_in_the_currency_and_at_the_worth_of_the_payment() {
    let workspace = workspace("usage");
    workspace.ok("topup acme 10 EUR --to CREDIT --id pay --at 2026-05-01");
    workspace.refused("refund pay '4 USD' --at 2026-05-02 --yes", 1, &["EUR, not in USD"]);
    let told = report(&workspace, "refund pay '4 EUR' --at 2026-05-02 --yes");
    assert_eq!((&told["amount"], &told["currency"], &told["taken"]), (&json!("4.00"), &json!("EUR"), &json!("400")));
    assert_revenue(&workspace, "", ["11.00", "4.40", "0.00", "6.60"]);
    report(&workspace, "refund pay --at 2026-05-02 --yes");
    assert_revenue(&workspace, "", ["11.00", "11.00", "0.00", "0.00"]);
    workspace.verify();
}

/// What comes back to a lot by a void can go back, too.
#[test]
fn what_returns_after_a_refund_can_go_back() {
    let workspace = workspace("usage");
    workspace.ok("topup acme 10 USD --to CREDIT --id pay --at 2026-05-01");
    workspace.ok("record acme use n=400 --id u --at 2026-05-02");
    workspace.ok("refund pay --at 2026-05-03 --yes");
    workspace.ok("void u --yes");
    assert_eq!(workspace.available("acme", "CREDIT"), "400");
    workspace.verify();
    let told = report(&workspace, "refund pay --at 2026-05-04 --yes");
    assert_eq!((&told["amount"], &told["taken"]), (&json!("4.00"), &json!("400")));
    assert_revenue(&workspace, "", ["10.00", "10.00", "0.00", "0.00"]);
    // The same event again finds nothing to pay it.
    workspace.run("rebill --status voided --yes");
    assert_eq!(workspace.available("acme", "CREDIT"), "0");
    workspace.verify();
}

/// A rule pays when an event leaves too little, not because money goes back.
#[test]
fn a_refund_makes_no_automatic_payment() {
    let workspace = workspace("usage");
    workspace.ok("auto-topup set acme CREDIT --threshold 100 --amount '5 USD' --limit '10 USD' --at 2026-05-01");
    workspace.ok("topup acme 2 USD --to CREDIT --id pay --at 2026-05-01");
    workspace.ok("record acme use n=150 --id u --at 2026-05-02");
    assert_eq!(workspace.available("acme", "CREDIT"), "550");
    let told = report(&workspace, "refund auto-topup-2 --at 2026-05-03 --yes");
    assert_eq!((&told["amount"], &told["taken"]), (&json!("5.00"), &json!("500")));
    assert_eq!(workspace.available("acme", "CREDIT"), "50");
    // The next event brings the second payment of the month, and with it the limit is reached.
    workspace.ok("record acme use n=1 --id v --at 2026-05-04");
    assert_eq!(workspace.available("acme", "CREDIT"), "549");
    workspace.ok("refund auto-topup-3 --at 2026-05-05 --yes");
    workspace.ok("record acme use n=1 --id w --at 2026-05-06");
    assert_eq!(workspace.available("acme", "CREDIT"), "48");
    workspace.verify();
}

/// On May 11 ten of 31 days are earned: without an amount 21 dollars go back, and what was reported stays.
#[test]
fn of_a_charge_goes_back_what_is_not_earned_yet() {
    let workspace = workspace("basic");
    assert_refund(&workspace, "payment-1 --at 2026-05-11", ["21.00", "21.00", "0.00"]);
    assert_revenue(&workspace, "--to 2026-05-11", ["31.00", "0.00", "10.00", "21.00"]);
    assert_revenue(&workspace, "", ["31.00", "21.00", "10.00", "0.00"]);
    workspace.ok("advance --to 2026-05-31");
    assert_revenue(&workspace, "", ["31.00", "21.00", "10.00", "0.00"]);
    workspace.refused(
        "refund payment-1 --at 2026-05-31 --yes",
        1,
        &["nothing of payment-1 is still to be earned", "31.00 USD were paid, 21.00 USD went back before", "10.00"],
    );
    // The subscription goes on.
    workspace.ok("advance --to 2026-06-01");
    assert_revenue(&workspace, "--from 2026-06-01", ["31.00", "0.00", "0.00", "31.00"]);
}

/// On May 11, 25 dollars: 21 that are not earned yet, and 4 from what was.
#[test]
fn what_was_earned_is_taken_from_revenue_when_it_goes_back() {
    let workspace = workspace("basic");
    assert_refund(&workspace, "payment-1 25 --at 2026-05-11", ["25.00", "21.00", "4.00"]);
    assert_revenue(&workspace, "--to 2026-05-11", ["31.00", "0.00", "10.00", "21.00"]);
    assert_revenue(&workspace, "--from 2026-05-11", ["0.00", "25.00", "-4.00", "0.00"]);
    let fees = report(&workspace, "report profit --from 2026-05-11 --by price")["rows"][0].clone();
    assert_eq!((&fees["price"], &fees["fixed_revenue"]), (&json!("Fee"), &json!("-4.00")));
    assert_refund(&workspace, "payment-1 6 --at 2026-05-20", ["6.00", "0.00", "6.00"]);
    assert_revenue(&workspace, "", ["31.00", "31.00", "0.00", "0.00"]);
    workspace.refused("refund payment-1 0.01 --at 2026-05-21 --yes", 1, &["0.00 USD", "31.00 USD went back before"]);
}

/// A part of what is not earned yet goes evenly off the rest of the period: of 20 days' dollars half.
#[test]
fn a_part_is_taken_evenly_off_the_time_to_come() {
    let workspace = workspace("basic");
    assert_refund(&workspace, "payment-1 10 --at 2026-05-12", ["10.00", "10.00", "0.00"]);
    workspace.ok("advance --to 2026-05-22");
    // 11 days at a dollar, 10 at half a dollar.
    assert_revenue(&workspace, "", ["31.00", "10.00", "16.00", "5.00"]);
    let statement = report(&workspace, "statement acme");
    let told = statement["charges"][1].clone();
    assert_eq!(
        (&told["amount"], &told["paid"], &told["refund"]),
        (&json!("-10.00"), &json!("-10.00"), &json!("refund-1"))
    );
    // A change credits the 5 dollars that are left, not ten days at a dollar; ten days of plus cost 20.
    workspace.ok("subscription change acme basic --to plus --at 2026-05-22 --yes");
    let payments = report(&workspace, "payments list");
    assert_eq!((&payments["rows"][0]["refunded"], &payments["rows"][2]["amount"]), (&json!("10.00"), &json!("15.00")));
    workspace.ok("advance --to 2026-05-31");
    // 16 so far, and nine of ten days of the 5 and the 15.
    assert_revenue(&workspace, "", ["46.00", "10.00", "34.00", "2.00"]);
    workspace.verify();
}

/// What has gone back whole is not credited once more by a change.
#[test]
fn a_change_credits_nothing_of_what_went_back() {
    let workspace = workspace("basic");
    assert_refund(&workspace, "payment-1 --at 2026-05-11", ["21.00", "21.00", "0.00"]);
    workspace.ok("subscription change acme basic --to plus --at 2026-05-11 --yes");
    // 21 days of plus, paid whole.
    assert_eq!(report(&workspace, "payments list")["rows"][2]["amount"], "42.00");
    assert_revenue(&workspace, "", ["73.00", "21.00", "10.00", "42.00"]);
    workspace.verify();
}

/// On May 11 a change to plus credits 21 of 31 dollars to a charge of 42, for which 21 are paid: 52 in all, which can all go
/// back: what was credited is taken from the charge that it went into, and the other 21 are of the second payment.
#[test]
fn what_a_change_credited_is_taken_from_where_it_went() {
    let workspace = workspace("basic");
    workspace.ok("subscription change acme basic --to plus --at 2026-05-11 --yes");
    let trial = report(&workspace, "refund payment-1 --at 2026-05-11 --dry-run");
    assert_eq!((&trial["amount"], &trial["unearned"]), (&json!("21.00"), &json!("21.00")));
    assert_refund(&workspace, "payment-1 31 --at 2026-05-11", ["31.00", "21.00", "10.00"]);
    assert_refund(&workspace, "payment-2 --at 2026-05-11", ["21.00", "21.00", "0.00"]);
    assert_revenue(&workspace, "", ["52.00", "52.00", "0.00", "0.00"]);
}

/// What a change credited is earned by what it pays for. A year of 120 dollars is changed to months of 12 at its 31st day: 110.14
/// are credited, and pay for the months from then on.
#[test]
fn what_a_change_credited_goes_back_as_far_as_its_charges_have_not_earned_it() {
    let catalog = whole(&[
        product("y", &[fixed("Fee", "120 USD", "year", "")]),
        product("m", &[fixed("Fee", "12 USD", "month", "")]),
    ]);
    let workspace = Workspace::new().with("catalogs/c.toml", catalog);
    workspace.ok("apply --yes --at 2026-01-01");
    workspace.ok("customer add a --at 2026-01-01");
    workspace.ok("subscribe a y --at 2026-01-01");
    workspace.ok("subscription change a y --to m --at 2026-01-31 --yes");
    let told = |line: &str| {
        let told = report(&workspace, &format!("refund payment-1 {line} --dry-run"));
        ["amount", "unearned", "earned"].map(|key| told[key].as_str().unwrap().to_owned())
    };
    // 18 of 28 days from January 31 to February 28, and 16 of 31 to March 31, of 12 dollars.
    assert_eq!(told("--at 2026-02-10"), ["7.71", "7.71", "0.00"]);
    assert_eq!(told("--at 2026-03-15"), ["6.19", "6.19", "0.00"]);
    assert_eq!(told("15 --at 2026-03-15"), ["15.00", "6.193548388", "8.806451612"]);
    assert_refund(&workspace, "payment-1 --at 2026-03-15", ["6.19", "6.19", "0.00"]);
    assert_revenue(&workspace, "", ["120.00", "6.19", "27.669078478", "86.140921522"]);
}

/// June 1: payment-1 pays 60; June 10: payment-2 pays 28 for two more seats. On June 20 each gives back what is not earned of
/// its own money: 11 of 30 days, and 11 of 21.
#[test]
fn a_refund_takes_nothing_of_another_payment() {
    let workspace = seats(&[("2026-06-01", 3), ("2026-06-10", 5)]);
    for (line, expected) in [
        ("payment-1 --at 2026-06-20", ["22.00", "22.00", "0.00"]),
        ("payment-1 38 --at 2026-06-20", ["38.00", "0.00", "38.00"]),
        ("payment-2 28 --at 2026-06-20", ["28.00", "14.666666667", "13.333333333"]),
    ] {
        assert_refund(&workspace, line, expected);
    }
    assert_revenue(&workspace, "", ["88.00", "88.00", "0.00", "0.00"]);
}

/// On May 11 a change to basic credits 42 of 62 dollars: 21 pay for the rest of the month, 21 are in the wallet. Those are not
/// the payment's until they pay for the next month, with 10 dollars more.
#[test]
fn what_is_in_the_wallet_is_no_money_of_a_payment_until_a_charge_takes_it() {
    let workspace = workspace("plus");
    workspace.ok("subscription change acme plus --to basic --at 2026-05-11 --yes");
    workspace.refused(
        "refund payment-1 41.01 --at 2026-05-11 --yes",
        1,
        &["41.00 USD", "62.00 USD were paid, 21.00 USD a change of terms credited to the wallet", "drawdown adjust"],
    );
    workspace.ok("advance --to 2026-06-01");
    let next = report(&workspace, "payments list")["rows"][1].clone();
    assert_eq!((&next["id"], &next["amount"]), (&json!("payment-2"), &json!("10.00")));
    workspace.refused("refund payment-2 10.01 --at 2026-06-01 --yes", 1, &["10.00 USD"]);
    assert_refund(&workspace, "payment-2 --at 2026-06-01", ["10.00", "10.00", "0.00"]);
    // 21 from June's charge, 41 from what was earned in May.
    workspace.refused("refund payment-1 62.01 --at 2026-06-01 --yes", 1, &["payment-1: 62.00 USD;"]);
    assert_refund(&workspace, "payment-1 62 --at 2026-06-01", ["62.00", "21.00", "41.00"]);
    assert_revenue(&workspace, "", ["72.00", "72.00", "0.00", "0.00"]);
}

/// A month of a seat costs 20 dollars.
fn seats_for_20() -> String {
    whole(&[product("p", &[fixed("Seat", "20 USD", "month", PER_SEAT)])])
}

/// A customer who takes seats: how many, and from when on.
fn seats(changes: &[(&str, i64)]) -> Workspace {
    let workspace = Workspace::new().with("catalogs/c.toml", seats_for_20());
    workspace.ok("apply --yes --at 2026-06-01");
    workspace.ok("customer add a --at 2026-06-01");
    let (start, changes) = changes.split_first().unwrap();
    workspace.ok(&format!("subscribe a p --quantity {} --at {}", start.1, start.0));
    for (at, quantity) in changes {
        workspace.ok(&format!("subscription change a p --quantity {quantity} --at {at} --yes"));
    }
    workspace
}

/// The 20 dollars that were credited before were no money of the payment that came after.
#[test]
fn a_credit_is_of_no_later_payment() {
    let workspace = seats(&[("2026-06-01", 3), ("2026-06-16", 1), ("2026-06-20", 5)]);
    workspace.refused("refund payment-2 9.35 --at 2026-06-20 --yes", 1, &["payment-2: 9.34 USD;"]);
    assert_refund(&workspace, "payment-2 9.34 --at 2026-06-20", ["9.34", "9.34", "0.00"]);
}

/// Of 60 and 28 dollars a change credits 22 and 14.67, all that is not earned. 7.33 pay for the seat that stays, of the oldest
/// payment; the wallet has 14.67 of each. 58.66 can go back.
#[test]
fn a_credit_is_money_of_one_payment_only() {
    let workspace = seats(&[("2026-06-01", 3), ("2026-06-10", 5), ("2026-06-20", 1)]);
    workspace.refused("refund payment-1 1000 --at 2026-06-20 --yes", 1, &["45.33 USD", "14.67 USD a change of terms"]);
    workspace.refused("refund payment-2 1000 --at 2026-06-20 --yes", 1, &["payment-2: 13.33 USD;"]);
    workspace.refused("refund payment-2 --at 2026-06-20 --yes", 1, &["nothing of payment-2 is still to be earned"]);
    assert_refund(&workspace, "payment-2 13.33 --at 2026-06-20", ["13.33", "0.00", "13.33"]);
    assert_refund(&workspace, "payment-1 45.33 --at 2026-06-20", ["45.33", "7.326666667", "38.003333333"]);
    workspace.refused("refund payment-1 0.01 --at 2026-06-20 --yes", 1, &["payment-1: 0.00 USD;"]);
    workspace.verify();
}

/// The 20 dollars of the wallet pay for the same seats again: all 60 are in charges.
#[test]
fn a_credit_that_a_change_took_back_can_go_back() {
    let workspace = seats(&[("2026-06-01", 3), ("2026-06-16", 1), ("2026-06-16", 3)]);
    assert_refund(&workspace, "payment-1 60 --at 2026-06-16", ["60.00", "30.00", "30.00"]);
}

#[test]
fn a_refund_is_recorded_once() {
    let workspace = workspace("usage");
    workspace.ok("topup acme 10 USD --to CREDIT --id pay --at 2026-05-01");
    let before = workspace.bytes();
    let trial = report(&workspace, "refund pay 6 --at 2026-05-02 --dry-run");
    assert_eq!((&trial["recorded"], &trial["dry_run"]), (&json!(true), &json!(true)));
    assert!(workspace.bytes() == before, "a dry run changed the ledger");
    workspace.refused(
        "refund pay 6 --at 2026-05-02",
        1,
        &["would give back 6.00 USD of pay to acme for 600 CREDIT", "--yes"],
    );
    workspace.ok("refund pay 6 --id r --at 2026-05-02 --yes");
    for again in ["refund pay 6 --id r --at 2026-05-02 --yes", "refund pay --id r --yes"] {
        let told = report(&workspace, again);
        assert_eq!((&told["amount"], &told["recorded"]), (&json!("6.00"), &json!(false)), "{again}");
    }
    for other in ["refund pay 5 --id r", "refund pay 6 --id r --at 2026-05-03", "refund pay --id r --at 2026-05-01"] {
        workspace.refused(&format!("{other} --yes"), 1, &["used before"]);
    }
    workspace.ok("topup acme 6 USD --to CREDIT --id pay-2 --at 2026-05-01");
    workspace.refused("refund pay-2 6 --id r --yes", 1, &["used before", "of another payment"]);
    assert_eq!(workspace.available("acme", "CREDIT"), "1000");
    workspace.verify();
}

#[test]
fn what_is_no_payment_is_told() {
    let workspace = workspace("basic");
    workspace.ok("topup acme 10 USD --to CREDIT --id invoice-7 --at 2026-05-01");
    workspace.ok("record acme use n=1 --id call --at 2026-05-02");
    workspace.ok("adjust acme 5 CREDIT --reason gift --id present --at 2026-05-02");
    workspace.ok("refund invoice-7 1 --id back --at 2026-05-02 --yes");
    for (line, told) in [
        ("refund invoice-8 --yes", "did you mean \"invoice-7\"?"),
        ("refund payment-9 --yes", "did you mean \"payment-1\"?"),
        ("refund call --yes", "drawdown void call"),
        ("refund acme --yes", "drawdown payments list acme"),
        ("refund present --yes", "adjust"),
        ("refund back --yes", "is a refund already"),
        ("refund payment-01 --yes", "there is no payment"),
        ("refund invoice-7 1 --kind charge --yes", "there is no payment"),
        ("refund invoice-7 0 --yes", "more than zero"),
        ("refund invoice-7 -1 --yes", "more than zero"),
        ("refund invoice-7 0.001 --yes", "too many decimals"),
        ("refund invoice-7 much --yes", "much"),
        ("refund invoice-7 --at 2026-04-30 --yes", "the customer's time has come to 2026-05-02T00:00:00Z"),
        ("refund invoice-7 --at 2062-01-01 --yes", "in the future"),
    ] {
        workspace.refused(line, 1, &[told]);
    }
}

/// A top-up may have been given the name that a payment for charges has by itself.
#[test]
fn two_payments_of_one_name_are_told_apart_by_their_kind() {
    let workspace = workspace("basic");
    workspace.ok("topup acme 10 USD --to CREDIT --id payment-1 --at 2026-05-01");
    workspace.refused("refund payment-1 1 --yes", 1, &["two payments", "--kind"]);
    let told = report(&workspace, "refund payment-1 --kind topup --at 2026-05-11 --yes");
    assert_eq!(told["taken"], "1000");
    assert_refund(&workspace, "payment-1 --kind charge --at 2026-05-11", ["21.00", "21.00", "0.00"]);
}

/// An id stands for one payment or one refund, and whoever takes one for an event is told what to do.
#[test]
fn payments_refunds_and_events_are_told_apart() {
    let workspace = workspace("usage");
    workspace.ok("topup acme 10 USD --to CREDIT --id pay --at 2026-05-01");
    workspace.refused("refund pay 1 --id pay --yes", 1, &["\"pay\" is the id of a payment", "another --id"]);
    // Payments that are still to come get names by themselves.
    for id in ["payment-7", "auto-topup-7"] {
        workspace.refused(&format!("refund pay 1 --id {id} --yes"), 1, &["is the id of a payment", "another --id"]);
    }
    workspace.ok("refund pay 1 --id back --at 2026-05-01 --yes");
    workspace.refused("topup acme 1 USD --id back", 1, &["\"back\" is the id of a refund"]);
    workspace.ok("adjust acme 5 CREDIT --reason gift --id present --at 2026-05-01");
    for (id, told) in [("pay", "drawdown refund pay"), ("back", "is a refund"), ("present", "drawdown adjust")] {
        for command in ["void", "rebill"] {
            workspace.refused(&format!("{command} {id} --yes"), 1, &[told, "not an event"]);
        }
    }
    workspace.refused("void nothing --yes", 1, &["nothing"]);
}

/// No time is booked that was not asked for.
#[test]
fn a_time_that_the_customer_has_been_through_is_refused() {
    let workspace = workspace("usage");
    workspace.ok("topup acme 10 USD --to CREDIT --id pay --at 2026-05-01");
    workspace.ok("record acme use n=1 --at 2026-05-10");
    for line in ["refund pay 6 --at 2026-05-09 --yes", "adjust acme -5 CREDIT --reason other --at 2026-05-09"] {
        workspace.refused(
            line,
            1,
            &["2026-05-09T00:00:00Z is too early", "has come to 2026-05-10T00:00:00Z", "or a later one"],
        );
    }
    assert_eq!(report(&workspace, "refund pay 6 --at 2026-05-10 --yes")["at"], "2026-05-10T00:00:00Z");
    workspace.ok("adjust acme -5 CREDIT --reason other --at 2026-05-10");
    workspace.verify();
}

/// The wallet pays a renewal before the refund, which the ledger does not know yet: the figures are those of the refund's time.
#[test]
fn a_refund_of_a_customer_who_is_behind_says_what_falls_due_before() {
    let fee = fixed("Fee", "10 USD", "month", FROM_WALLET);
    let workspace = Workspace::new().with("catalogs/c.toml", whole(&[product("p", &[fee])]));
    workspace.ok("apply --yes --at 2026-01-01");
    workspace.ok("customer add acme --at 2026-01-01");
    workspace.ok("topup acme 25 USD --id t --at 2026-01-10");
    workspace.ok("subscribe acme p --at 2026-01-15");
    let told = "20.00 USD is more than can go back of t: 5.00 USD; it bought 25.00 USD: 5.00 left, 20.00 used; \
                1 renewal falls due until then\n";
    workspace.refused("refund t 20 --at 2026-03-01 --yes", 1, &[told]);
    workspace.refused(
        "refund t 5 --at 2026-03-01",
        1,
        &["1 renewal fell due; 10.00 USD collected in all. Give it back?"],
    );
    workspace.ok("adjust acme 5 USD --reason external_topup --id x --at 2026-01-16");
    workspace.refused(
        "refund x --kind external_topup",
        1,
        &["\"x\" is an adjustment, not a payment", "drawdown adjust"],
    );
    workspace.refused("refund t --kind external_topup", 1, &["there is no payment \"t\"", "one of another kind"]);
    let told = "t: 15.00 USD; it bought 25.00 USD: 15.00 left, 10.00 used\n";
    workspace.refused("refund t 20 --at 2026-02-01 --yes", 1, &[told]);
}
