//! What a command does at a time is done with what there is at that time, wherever the customer's own time stands.

use super::{json, state, with_customer};
use crate::support::Workspace;
use crate::support::catalog_text::{FROM_WALLET, PER_SEAT, asset, auto_topup, fixed, grant, lasting, product, whole};
use serde_json::Value;

/// `p1` costs 10 dollars and grants 50 credits a month; `p2` takes 30 credits from the wallet.
fn credits() -> String {
    let month = lasting("month", "expire_and_replace", None);
    whole(&[
        asset("CREDIT", "0.05 USD", ""),
        product("p1", &[fixed("Fee", "10 USD", "month", ""), grant("Credits", "50 CREDIT", &month)]),
        product("p2", &[fixed("Fee2", "30 CREDIT", "month", FROM_WALLET)]),
    ])
}

/// A seat costs 8 dollars a month from the wallet.
fn seats() -> String {
    whole(&[product("p", &[fixed("Fee", "8 USD", "month", &format!("{PER_SEAT}{FROM_WALLET}"))])])
}

#[test]
fn credits_that_have_ended_pay_no_first_fee() {
    let workspace = with_customer(&credits());
    workspace.ok("subscribe c p1 --at 2026-01-01");
    workspace.ok("unsubscribe c p1 --at 2026-01-10 --yes");
    workspace.ok("subscribe c p2 --at 2026-01-12");
    assert_eq!(state(&workspace, "p2"), "past_due");
    assert_eq!(workspace.available("c", "CREDIT"), "0");
    workspace.verify();
}

#[test]
fn credits_that_have_been_refreshed_pay_a_first_fee_and_no_payment_is_made() {
    for rule in [String::new(), auto_topup("CREDIT", 0, "5 USD", "")] {
        let workspace = with_customer(&format!("{}{rule}", credits()));
        workspace.ok("subscribe c p1 --at 2026-01-01");
        let begun = json(&workspace, "subscribe c p2 --at 2026-02-05");
        assert_eq!(begun["renewals"], 1, "{begun}");
        assert_eq!(begun["effects"]["auto_topups"].as_array().unwrap().len(), 0, "{begun}");
        assert_eq!((state(&workspace, "p2").as_str(), workspace.available("c", "CREDIT").as_str()), ("active", "20"));
        assert_eq!(json(&workspace, "report revenue")["cash_in"], "20.00");
        workspace.verify();
    }
}

/// The line is past due until the payment of the next day; on the day of the change it is not.
#[test]
fn what_is_past_due_is_judged_at_the_time_of_a_change() {
    for how in ["", "--period-end"] {
        let workspace = with_customer(&seats());
        workspace.ok("subscribe c p --quantity 2 --at 2026-01-10");
        workspace.ok("topup c 50 USD --at 2026-01-11");
        workspace.ok(&format!("subscription change c p --quantity 1 --at 2026-01-12 --yes {how}"));
        workspace.verify();
    }
    let workspace = with_customer(&seats());
    workspace.ok("subscribe c p --quantity 2 --at 2026-01-10");
    workspace.refused("subscription change c p --quantity 1 --at 2026-01-12 --yes --period-end", 1, &["past due"]);
}

/// What is to fall due for a customer is told once, however many of the rows are theirs.
#[test]
fn imported_payments_say_what_is_still_to_come() {
    let workspace = with_customer(&credits());
    workspace.ok("subscribe c p1 --at 2026-01-15");
    let rows = "c,1,USD,2026-02-20T00:00:00Z\nc,2,USD,2026-03-20T00:00:00Z\n";
    workspace.write("payments.csv", format!("customer,amount,currency,at\n{rows}"));
    let told = workspace.ok("topup --import payments.csv");
    let line = "2 renewals (20.00 USD) fall due until 2026-03-20T00:00:00Z;";
    assert!(told.stderr.contains(line) && !told.stderr.contains("fell due"), "{}", told.stderr);
    let again = json(&workspace, "topup --import payments.csv");
    assert_eq!((&again["recorded"], &again["to_come"]), (&0.into(), &Value::Null));
}

/// What a void returns pays what was past due.
#[test]
fn a_void_says_what_it_paid() {
    let calls = "[[product.price]]\nname = \"Call\"\ntype = \"usage_based\"\nevent_type = \"call\"\nusage_type = \"unit\"\n\
                 asset = \"USD\"\nunit_price = 3\n";
    let workspace = with_customer(&format!("{}{calls}", seats()));
    workspace.ok("topup c 8 USD --at 2026-01-09");
    workspace.ok("subscribe c p --at 2026-01-10");
    workspace.ok("topup c 8 USD --at 2026-01-11");
    workspace.ok("record c call --id e --at 2026-01-12");
    workspace.ok("advance --to 2026-02-11");
    let told = workspace.ok("void e --yes");
    assert!(told.stderr.contains("1 renewal fell due; 8.00 USD collected in all"), "{}", told.stderr);
    workspace.verify();
}

#[test]
fn a_command_that_makes_time_pass_says_what_fell_due() {
    let workspace = with_customer(&credits());
    let begun = workspace.ok("subscribe c p1 --at 2026-01-15");
    assert!(!begun.stderr.contains("fell due"), "{}", begun.stderr);
    let moved = workspace.ok("advance --to 2026-03-20");
    assert!(moved.stderr.contains("2 renewals fell due; 20.00 USD collected in all"), "{}", moved.stderr);
    workspace.ok("customer add late --at 2026-01-01");
    workspace.ok("customer add later --at 2026-01-01");
    workspace.ok("topup late 5 USD --at 2026-01-15");
    workspace.ok("advance --to 2026-04-01");
    // Begun in the past, two periods are made up for at once.
    let backdated = json(&workspace, "subscribe late p1 --at 2026-01-20");
    assert_eq!(backdated["renewals"], 2);
    assert_eq!(backdated["collected"][0]["amount"], "30.00");
    // A correction without --at is one of now, 2026-12-30: time has passed.
    let forgotten = json(&workspace, "adjust late -1 USD --reason other");
    assert_eq!((&forgotten["renewals"], &forgotten["collected"][0]["amount"]), (&9.into(), &"90.00".into()));
    workspace.write("log.csv", "id,customer,event_type,occurred_at\n1,later,x,2026-06-20T00:00:00Z\n");
    for dry in ["--dry-run", ""] {
        let replayed = json(&workspace, &format!("replay log.csv {dry}"));
        assert_eq!((&replayed["renewals"], &replayed["collected"][0]["amount"]), (&3.into(), &"30.00".into()));
    }
    workspace.verify();
}

/// Ten dollars a month for a seat; from the middle of March on for two, and from the end of a period on for three.
#[test]
fn a_planned_change_is_no_renewal_unless_a_period_begins_with_it() {
    let workspace = with_customer(&whole(&[product("p", &[fixed("Fee", "10 USD", "month", PER_SEAT)])]));
    let workspace = workspace.at("2026-01-20T00:00:00Z");
    workspace.ok("subscribe c p --at 2026-01-15");
    workspace.ok("advance --to 2026-01-20");
    workspace.ok("subscription change c p --quantity 2 --at 2026-03-01T12:00:00Z --yes");
    let moved = json(&workspace, "advance --to 2026-04-20 --future");
    // 10 on February 15, 4.82 for 13.5 of 28 days of a second seat, 20 on March 15 and April 15.
    assert_eq!((&moved["renewals"], &moved["collected"][0]["amount"]), (&3.into(), &"54.82".into()));
    workspace.ok("subscription change c p --quantity 3 --period-end --yes");
    let moved = json(&workspace, "advance --to 2026-05-15 --future");
    assert_eq!((&moved["renewals"], &moved["collected"][0]["amount"]), (&1.into(), &"30.00".into()));
    workspace.verify();
}

/// An event three minutes ahead of the clock is within the grace. Who then names no time means the customer's.
#[test]
fn a_change_without_a_time_is_one_of_the_customers_time() {
    let workspace = with_customer(&whole(&[product("p", &[fixed("Fee", "10 USD", "month", PER_SEAT)])]));
    let workspace = workspace.at("2026-01-20T00:00:00Z");
    workspace.ok("subscribe c p --at 2026-01-15");
    workspace.ok("record c x --id 1 --at 2026-01-20T00:03:00Z");
    let later = workspace.run("subscription change c p --quantity 3 --period-end");
    assert!(later.stderr.contains("becomes p@1 (quantity 3) at 2026-02-15T00:00:00Z"), "{}", later.stderr);
    let changed = json(&workspace, "subscription change c p --quantity 2 --yes");
    assert_eq!(changed["started_at"], "2026-01-20T00:03:00Z");
    let early = &["2026-01-20T00:00:00Z is too early"][..];
    workspace.refused("subscription change c p --quantity 3 --at 2026-01-20 --yes", 1, early);
    workspace.verify();
}

/// The ledger had come further by somebody else's event. What is still to come is a forecast: the next command tells it as what
/// fell due.
#[test]
fn a_change_in_the_past_says_what_is_still_to_come() {
    let workspace = with_customer(&credits());
    workspace.ok("customer add other --at 2026-01-01");
    workspace.ok("record other x --id 1 --at 2026-04-20");
    let told = workspace.ok("subscribe c p1 --at 2026-01-15");
    let line = "3 renewals (30.00 USD) fall due until 2026-04-20T00:00:00Z, where this ledger stands; \
                `drawdown advance --to 2026-04-20T00:00:00Z` collects them\n";
    assert!(told.stderr.contains(line) && !told.stderr.contains("fell due"), "{}", told.stderr);
    // The same again changes nothing.
    assert!(json(&workspace, "subscribe c p1 --at 2026-01-15")["to_come"].is_null());
    let changed = json(&workspace, "subscription change c p1 --quantity 2 --at 2026-03-20 --yes");
    assert_eq!((&changed["renewals"], &changed["collected"][0]["amount"]), (&2.into(), &"20.00".into()));
    let to_come = serde_json::json!({
        "until": "2026-04-20T00:00:00Z", "renewals": 1, "amounts": [{ "asset": "USD", "amount": "10.00" }],
    });
    assert_eq!(changed["to_come"], to_come);
    assert!(json(&workspace, "unsubscribe c p1 --at 2026-04-01 --yes")["to_come"].is_null());
    workspace.ok("customer add late --at 2026-01-01");
    assert_eq!(json(&workspace, "subscribe late p1 --at 2026-03-01")["to_come"]["renewals"], 1);
    let advanced = json(&workspace, "advance --to 2026-04-20");
    assert_eq!((&advanced["renewals"], &advanced["collected"][0]["amount"]), (&1.into(), &"10.00".into()));
    assert!(json(&workspace, "subscribe late p2 --at 2026-04-20")["to_come"].is_null());
    workspace.verify();
}

/// The wallet pays for January to March. In April 5 dollars are left, so the line is past due, and a rule that is new on 20 May
/// pays then, for the period from then on: 5 + 30 - 10.
#[test]
fn a_rule_holds_from_when_it_is_set() {
    let plan = "[catalog]\nreporting_currency = \"USD\"\n[[product]]\ncode = \"p\"\n[[product.price]]\nname = \"Plan\"\n\
                type = \"fixed\"\nbilling_model = { type = \"recurring\", interval = \"month\" }\nasset = \"USD\"\n\
                unit_price = 10\ncollection = \"balance\"\n";
    let workspace = || {
        let workspace = with_customer(plan).at("2026-05-20T00:00:00Z");
        workspace.ok("topup c 35 USD --at 2026-01-01");
        workspace.ok("subscribe c p --at 2026-01-01");
        workspace
    };
    let payments = |workspace: &Workspace| -> Vec<String> {
        let listed = json(workspace, "payments list");
        listed["rows"].as_array().unwrap().iter().map(|row| format!("{} {}", row["kind"], row["at"])).collect()
    };
    let set = "auto-topup set c USD --threshold 5 --amount '30 USD'";
    let workspace_now = workspace();
    let told = json(&workspace_now, set);
    assert_eq!((&told["at"], &told["recovered"]), (&"2026-05-20T00:00:00Z".into(), &true.into()), "{told}");
    assert_eq!((&told["renewals"], &told["collected"][0]["amount"]), (&3.into(), &"30.00".into()), "{told}");
    let paid = [r#""topup" "2026-01-01T00:00:00Z""#, r#""auto_topup" "2026-05-20T00:00:00Z""#];
    assert_eq!(payments(&workspace_now), paid);
    workspace_now.ok("advance --to 2026-05-20");
    assert_eq!(
        (workspace_now.available("c", "USD"), payments(&workspace_now)),
        ("25.00".into(), paid.map(String::from).into())
    );
    workspace_now.verify();
    let said = workspace().ok(set).stderr;
    assert!(said.contains("3 renewals fell due; 30.00 USD collected in all"), "{said}");
    assert!(said.contains("from 2026-05-20T00:00:00Z on"), "{said}");
    // One that is dated before has paid in April; all that falls due until it is removed does so under it: 35 + 30 - 5 * 10.
    let dated = workspace();
    dated.ok(&format!("{set} --at 2026-01-01"));
    dated.refused("auto-topup remove c USD --yes --at 2025-12-31", 1, &["come to 2026-01-01T00:00:00Z"]);
    let asked = dated.refused("auto-topup remove c USD", 1, &["4 renewals fell due"]);
    assert!(asked.stdout.is_empty());
    let removed = json(&dated, "auto-topup remove c USD --yes");
    assert_eq!((&removed["renewals"], &removed["collected"][0]["amount"]), (&4.into(), &"40.00".into()), "{removed}");
    assert_eq!(payments(&dated), [r#""topup" "2026-01-01T00:00:00Z""#, r#""auto_topup" "2026-04-01T00:00:00Z""#]);
    assert_eq!(dated.available("c", "USD"), "15.00");
    dated.ok("advance --to 2026-05-20");
    dated.verify();
}

/// An end that has come moves no time, but says what is still to be collected until then.
#[test]
fn an_end_says_what_is_still_to_come_until_then() {
    let workspace = with_customer(&credits()).at("2026-04-20T00:00:00Z");
    workspace.ok("subscribe c p1 --at 2026-01-15");
    let line = "3 renewals (30.00 USD) fall due until 2026-04-20T00:00:00Z; \
                `drawdown advance --to 2026-04-20T00:00:00Z` collects them";
    workspace.refused("unsubscribe c p1", 1, &[line]);
    let ended = json(&workspace, "unsubscribe c p1 --yes");
    assert_eq!(
        (&ended["to_come"]["renewals"], &ended["to_come"]["until"]),
        (&3.into(), &"2026-04-20T00:00:00Z".into())
    );
    assert_eq!(json(&workspace, "advance --to 2026-04-20")["renewals"], 3);
    workspace.verify();
}

#[test]
fn an_end_that_has_come_is_not_taken_back() {
    for at in ["--at 2026-02-26", ""] {
        let workspace = with_customer(&credits());
        workspace.ok("subscribe c p1 --at 2026-01-10");
        workspace.ok("unsubscribe c p1 --at 2026-01-22 --yes");
        workspace.refused(&format!("subscription resume c p1 {at}"), 1, &["c holds no p1 at 2026-"]);
        workspace.ok("advance --to 2026-04-01");
        assert_eq!(json(&workspace, "report revenue")["cash_in"], "10.00");
        workspace.verify();
    }
}

#[test]
fn a_change_that_has_come_is_not_taken_back() {
    let workspace = with_customer(&seats());
    workspace.ok("topup c 100 USD --at 2026-01-01");
    workspace.ok("subscribe c p --at 2026-01-10");
    workspace.ok("subscription change c p --quantity 2 --period-end --at 2026-01-12 --yes");
    workspace.refused("subscription resume c p --at 2026-02-26", 1, &["there is nothing to take back"]);
    workspace.ok("advance --to 2026-02-26");
    assert_eq!(workspace.available("c", "USD"), "76.00");
}

#[test]
fn what_is_taken_back_in_time_is_so_at_that_time() {
    let workspace = with_customer(&credits());
    workspace.ok("subscribe c p1 --at 2026-01-10");
    workspace.ok("unsubscribe c p1 --at 2026-05-22 --yes");
    workspace.refused("subscription resume c p1 --at 2027-01-05", 1, &["2027-01-05T00:00:00Z is in the future"]);
    let resumed = json(&workspace, "subscription resume c p1 --at 2026-03-15");
    assert_eq!((&resumed["renewals"], &resumed["collected"][0]["amount"]), (&2.into(), &"20.00".into()));
    assert_eq!(state(&workspace, "p1"), "active");
    workspace.ok("advance --to 2026-06-15");
    assert_eq!(json(&workspace, "report revenue")["cash_in"], "60.00");
    workspace.verify();
}

/// A top-up or a gift without --at is one of now, 2026-12-30. It moves no time: what is still to fall due until then is a
/// forecast, and the command that books it tells it as what fell due.
#[test]
fn credit_that_comes_in_says_what_is_still_to_come() {
    for credit in ["topup c 5 USD", "adjust c 5 USD --reason gift"] {
        let workspace = with_customer(&credits());
        workspace.ok("subscribe c p1 --at 2026-05-15");
        let early = json(&workspace, &format!("{credit} --at 2026-06-14"));
        assert_eq!((&early["renewals"], &early["to_come"]), (&0.into(), &Value::Null));
        for line in [&format!("{credit} --id once"), credit] {
            let forgotten = json(&workspace, line);
            assert_eq!((&forgotten["renewals"], &forgotten["collected"]), (&0.into(), &serde_json::json!([])));
            let come = &forgotten["to_come"];
            assert_eq!((&come["renewals"], &come["amounts"][0]["amount"]), (&7.into(), &"70.00".into()));
        }
        let again = json(&workspace, &format!("{credit} --id once"));
        assert_eq!((&again["recorded"], &again["to_come"]), (&false.into(), &Value::Null));
        let booked = json(&workspace, "advance --to 2026-12-30");
        assert_eq!((&booked["renewals"], &booked["collected"][0]["amount"]), (&7.into(), &"70.00".into()));
        workspace.verify();
    }
    let workspace = with_customer(&credits());
    workspace.ok("subscribe c p1 --at 2026-05-15");
    let forgotten = workspace.ok("topup c 5 USD").stderr;
    let told = "7 renewals (70.00 USD) fall due until 2026-12-30T00:00:00Z; \
                `drawdown advance --to 2026-12-30T00:00:00Z` collects them\n";
    assert!(forgotten.contains(told) && !forgotten.contains("fell due"), "{forgotten}");
}

/// A renewal that was past due is paid when time comes to the payment, and not said to be paid before.
#[test]
fn what_a_payment_will_pay_is_not_told_as_paid() {
    let workspace = with_customer(&seats());
    workspace.ok("topup c 8 USD --at 2026-01-09");
    workspace.ok("subscribe c p --at 2026-01-10");
    workspace.ok("advance --to 2026-02-11");
    let told = workspace.ok("topup c 8 USD --at 2026-02-12").stderr;
    let line = "`drawdown advance --to 2026-02-12T00:00:00Z` collects it, and what is past due is paid\n";
    assert!(told.contains(line) && !told.contains("was past due"), "{told}");
    let booked = json(&workspace, "advance --to 2026-02-12");
    assert_eq!((&booked["renewals"], &booked["collected"][0]["amount"]), (&1.into(), &"8.00".into()));
    workspace.verify();
}

#[test]
fn who_is_added_and_what_is_applied_is_not_of_the_future() {
    let workspace = Workspace::new().with("catalogs/catalog.toml", credits());
    workspace.write("customers.csv", "customer,created_at\nd,2027-03-01\n");
    let lines = [
        "apply --yes --at 2027-01-05",
        "customer add c --at 2027-01-05",
        "customer import customers.csv",
        "customer import customers.csv --at 2027-01-05",
    ];
    workspace.ok("apply --yes --at 2026-12-30T00:04:59Z");
    workspace.ok("customer add b --at 2026-12-30T00:04:59Z");
    for line in lines {
        workspace.refused(line, 1, &["is in the future"]);
        workspace.ok(&format!("{line} --future"));
    }
}
