//! At the ends of the calendar and of the ledger's range.

use crate::support::catalog_of;
use crate::support::catalog_text::auto_topup;
use drawdown::billing::{
    Adjustment, AutoTopupRule, BillError, DenialReason, Engine, EventInput, Facts, FellDue, Life, NewTerms, Reason,
    Seats, Status, Subscription, SubscriptionError,
};
use drawdown::ids::{CustomerId, ShapeId, SubscriptionId, VersionId};
use drawdown::money::{Asset, Overflow, Units};
use drawdown::time::Instant;
use drawdown::usage::{Batch, UsageEvent};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Six billion dollars for each event of a type; a ledger amount is at most 9.22 billion.
fn engine(more: &str, prices: &[&str]) -> Engine {
    let mut text = format!("{more}[[product]]\ncode = \"p\"\nname = \"P\"\n");
    for (number, event_type) in prices.iter().enumerate() {
        text += &format!(
            "[[product.price]]\nname = \"{number}\"\ntype = \"usage_based\"\nevent_type = \"{event_type}\"\n\
             usage_type = \"unit\"\nasset = \"USD\"\nvalues = [{{ unit_price = 6_000_000_000 }}]\n"
        );
    }
    Engine::of_catalog(&catalog_of(&text))
}

fn subscriber() -> Life {
    let mut life = Life::new(CustomerId::FIRST);
    life.subscriptions.push(Subscription::new(SubscriptionId::FIRST, VersionId::from_number(0), Instant::EPOCH));
    life
}

fn bill(engine: &mut Engine, life: &mut Life, event_type: &str, facts: &mut Facts) -> Result<Status, BillError> {
    let event = UsageEvent {
        id: "e".into(),
        customer: "x".into(),
        event_type: event_type.into(),
        occurred_at: Instant::from_micros(1),
        subject: None,
        data: BTreeMap::new(),
        costs: Vec::new(),
    };
    let batch = Batch::single(&event, &Arc::new(engine.vocabulary())).unwrap();
    let shape = &batch.new_shapes[0];
    let shape_id = ShapeId::from_number(event_type.bytes().fold(0, |sum, byte| sum + i64::from(byte)));
    let occurred_at = event.occurred_at;
    engine.bill(life, EventInput { shape_id, shape, vendors: &[], occurred_at, volumes: &[], costs: &[] }, facts)
}

#[test]
fn what_never_falls_due_does_not_at_the_end_of_the_calendar() {
    let mut engine = engine("", &["call"]);
    let (mut life, mut facts) = (subscriber(), Facts::default());
    let (asset, expires_at) = (engine.asset_id("USD").unwrap(), Some(Instant::from_micros(5)));
    let at = Instant::EPOCH;
    let amount = Units::from_count(7);
    let gift = Adjustment { key: "k".into(), at, asset, amount, reason: Reason::Gift, expires_at, priority: None };
    engine.adjust(&mut life, gift.clone(), &mut facts).unwrap();
    engine.adjust(&mut life, Adjustment { expires_at: None, ..gift }, &mut facts).unwrap();
    engine.advance(&mut life, Instant::MAX, &mut facts).unwrap();
    assert_eq!(facts.expiries.iter().map(|expired| expired.amount).collect::<Vec<_>>(), [amount]);
    assert_eq!((life.clock, life.available(asset, life.clock)), (Instant::MAX, amount));
}

#[test]
fn automatic_payments_stay_countable_without_a_limit() {
    let rule = auto_topup("USD", 0, "5000000000 USD", "");
    let mut engine = engine(&rule, &["call"]);
    let (mut life, mut facts) = (subscriber(), Facts::default());
    // Two payments would cover it, but ten billion dollars are more than a month's payments can be.
    assert_eq!(bill(&mut engine, &mut life, "call", &mut facts), Ok(Status::Denied));
    assert_eq!(facts.denials[0].reason, DenialReason::AutoTopupLimit);
    assert!(facts.topups.is_empty());
}

#[test]
fn an_overdraft_without_a_limit_ends_where_the_ledger_does() {
    let mut engine = engine("[policy]\ninsufficient_funds = \"overdraft\"\n", &["call", "ring", "job", "job"]);
    let (mut life, mut facts) = (subscriber(), Facts::default());
    assert_eq!(bill(&mut engine, &mut life, "call", &mut facts), Ok(Status::Charged));
    assert_eq!(bill(&mut engine, &mut life, "ring", &mut facts), Ok(Status::Denied));
    assert_eq!(facts.denials[0].reason, DenialReason::OverdraftLimit);
    // One event whose fees come to more than any amount.
    let mut other = subscriber();
    assert_eq!(bill(&mut engine, &mut other, "job", &mut facts), Err(BillError::Overflow(Overflow)));
    assert!(other.accounts.iter().next().is_none() && facts.events.len() == 2);
}

#[test]
fn a_purchase_that_can_not_be_counted_is_declined() {
    let text = "[[asset]]\ncode = \"CREDIT\"\nprecision = 9\nrates = [{ rate = 0.0001 }]\n\
                [[product]]\ncode = \"p\"\nname = \"P\"\n\
                [[product.price]]\nname = \"call\"\ntype = \"usage_based\"\nevent_type = \"call\"\n\
                usage_type = \"unit\"\nasset = \"CREDIT\"\nvalues = [{ unit_price = 1 }]\n";
    let mut engine = Engine::of_catalog(&catalog_of(text));
    let (mut life, mut facts) = (subscriber(), Facts::default());
    let [asset, currency] = ["CREDIT", "USD"].map(|code| engine.asset_id(code).unwrap());
    // `check` refuses such a rule; a catalog that came later may have changed the rate.
    let amount = Units::from_count(5_000_000_000_000_000_000);
    life.rules.insert(asset, AutoTopupRule::On { threshold: Units::ZERO, amount, currency, limit: None });
    assert_eq!(bill(&mut engine, &mut life, "call", &mut facts), Ok(Status::Denied));
    assert_eq!(facts.denials[0].reason, DenialReason::AutoTopupFull);
    assert!(facts.topups.is_empty());
}

#[test]
fn grants_stop_where_an_account_can_not_be_counted() {
    let grant = |name| format!("[[product.entitlement]]\nname = \"{name}\"\nasset = \"USD\"\namount = 5_000_000_000\n");
    let text = format!("[[product]]\ncode = \"p\"\nname = \"P\"\n{}{}", grant("one"), grant("two"));
    let mut engine = Engine::of_catalog(&catalog_of(&text));
    let (mut life, mut facts) = (Life::new(CustomerId::FIRST), Facts::default());
    let terms = NewTerms { version: VersionId::from_number(0), quantity: Seats::ONE, at: Instant::EPOCH };
    let failed = engine.subscribe(&mut life, terms, None, &mut facts);
    assert_eq!(failed, Err(SubscriptionError::Full(Asset::currency("USD").unwrap().limit())));
}

/// What comes by itself stops nobody: the account holds what it can.
#[test]
fn of_what_comes_round_an_account_holds_what_can_be_counted() {
    let text = "[[product]]\ncode = \"p\"\n[[product.entitlement]]\nname = \"one\"\nasset = \"USD\"\namount = 4_000_000_000\n\
                lifecycle = { duration = \"day\", refresh = { strategy = \"rollover\" } }\n";
    let mut engine = Engine::of_catalog(&catalog_of(text));
    let (mut life, mut facts) = (Life::new(CustomerId::FIRST), Facts::default());
    let terms = NewTerms { version: VersionId::from_number(0), quantity: Seats::ONE, at: Instant::EPOCH };
    engine.subscribe(&mut life, terms, None, &mut facts).unwrap();
    let days = |days: i64| Instant::from_micros(days * 86_400_000_000);
    let asset = engine.asset_id("USD").unwrap();
    for (day, billions) in [(1, 8_000_000_000_000_000_000), (2, i64::MAX), (3, i64::MAX)] {
        facts = Facts::default();
        engine.advance(&mut life, days(day), &mut facts).unwrap();
        assert_eq!(life.available(asset, life.clock), Units::from_count(billions));
        let lost: Units = facts.expiries.iter().map(|expired| expired.amount).sum();
        assert_eq!(FellDue::of(&facts).shed.get(&asset).copied(), lost.is_positive().then(|| lost.into()));
        assert_eq!((facts.check(), engine.check_life(&life)), (Ok(()), Ok(())));
    }
}
