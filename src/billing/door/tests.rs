//! What can't be is stopped at each door, whatever it is.

use super::*;
use crate::billing::{
    Adjustment, AutoPaidKey, DenialFact, DenialReason, EventInput, NewTopup, Reason, RecoveryFact, Refundable, Seats,
};
use crate::catalog::testing::catalog;
use crate::catalog::testing::text::{FROM_WALLET, PER_SEAT, asset, fixed, grant, lasting, product, usage, whole};
use crate::ids::{CustomerId, FixedPriceIndex, LapseId, ShapeId, SubscriptionId, VersionId};
use crate::money::{Total, Value};
use crate::rating::Counter;
use crate::usage::{Batch, UsageEvent};
use crate::wallet::{Account, Lot};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Credits at a dollar; a month costs five dollars and a credit, and grants ten credits; a call costs two, and one when
/// there are many.
fn plan() -> String {
    let tiers = "pricing_model = \"volume\"\ntier_period = \"lifetime\"\ntiers = [{ up_to = 9, unit_price = 2 }, { unit_price = 1 }]\n";
    let tables = [
        fixed("Fee", "5 USD", "month", PER_SEAT),
        fixed("Desk", "1 CREDIT", "month", FROM_WALLET),
        usage("Call", "call", "unit", "CREDIT", tiers),
        grant("Credits", "10 CREDIT", &lasting("month", "rollover", None)),
    ];
    let rule = "[[auto_topup]]\nasset = \"CREDIT\"\nthreshold = 0\namount = \"3 USD\"\n";
    whole(&[asset("CREDIT", "1 USD", ""), rule.to_owned(), product("p", &tables)])
}

const DAY: i64 = 86_400_000_000;

fn day(day: i64) -> Instant {
    Instant::from_micros(day * DAY)
}

fn units(count: i64) -> Units {
    Units::from_count(count)
}

fn value(count: i64) -> Value {
    Value::from_count(count)
}

/// A life with something of everything, and all that happened in it.
struct World {
    engine: Engine,
    life: Life,
    facts: Facts,
    credit: AssetId,
}

impl World {
    fn new() -> Self {
        let engine = Engine::of_catalog(&catalog(&plan()));
        let credit = engine.asset_id("CREDIT").unwrap();
        let mut world = Self { engine, life: Life::new(CustomerId::FIRST), facts: Facts::default(), credit };
        world.live();
        world
    }

    fn live(&mut self) {
        let (engine, life, facts) = (&mut self.engine, &mut self.life, &mut self.facts);
        let usd = engine.asset_id("USD").unwrap();
        let paid = units(2_000_000_000);
        let topup = NewTopup { key: "t".into(), at: day(0), currency: usd, paid, target: self.credit };
        engine.top_up(life, topup, facts).unwrap();
        let terms = NewTerms { version: VersionId::from_number(0), quantity: Seats::ONE, at: day(1) };
        engine.subscribe(life, terms, None, facts).unwrap();
        let event = UsageEvent {
            id: "e".into(),
            customer: "x".into(),
            event_type: "call".into(),
            occurred_at: day(2),
            subject: None,
            data: BTreeMap::new(),
            costs: Vec::new(),
        };
        let batch = Batch::single(&event, &Arc::new(engine.vocabulary())).unwrap();
        let shape = &batch.new_shapes[0];
        for number in 1..4 {
            let shape_id = ShapeId::from_number(number);
            let occurred_at = day(number + 1);
            let input = EventInput { shape_id, shape, vendors: &[], occurred_at, volumes: &[], costs: &[] };
            assert_eq!(engine.bill(life, input, facts), Ok(Status::Charged));
        }
        let mut adjust = |amount, reason, at| {
            let (key, asset) = ("a".into(), self.credit);
            let new = Adjustment { key, at, asset, amount: units(amount), reason, expires_at: None, priority: None };
            engine.adjust(life, new, facts).unwrap();
        };
        adjust(4, Reason::Gift, day(6));
        adjust(-1, Reason::Other, day(7));
        engine.advance(life, day(45), facts).unwrap();
    }
}

#[test]
fn what_happens_passes_both_doors() {
    let World { engine, life, facts, .. } = World::new();
    assert_eq!((engine.check_life(&life), facts.check()), (Ok(()), Ok(())));
    assert!(!facts.rollovers.is_empty() && !facts.charges.is_empty() && !life.refundable.is_empty());
}

/// A renewal that the wallet could not pay.
fn lapse(asset: AssetId) -> LapseFact {
    let (id, customer, origin) = (LapseId::FIRST, CustomerId::FIRST, SubscriptionId::FIRST);
    LapseFact { id, customer, origin, at: day(40), asset, needed: units(1), available: Units::ZERO }
}

/// What the doors say of a life that was changed.
#[track_caller]
fn assert_damaged(change: impl Fn(&mut World), expected: Broken) {
    let mut world = World::new();
    change(&mut world);
    assert_eq!(world.engine.check_life(&world.life), Err(expected));
}

/// Changes the first lot of the account in credits, and says which one it is.
fn with_lot(world: &mut World, change: impl Fn(&mut Lot)) -> LotId {
    let account = world.life.accounts.get(world.credit).unwrap();
    let (mut lots, owed) = (account.all().cloned().collect::<Vec<_>>(), account.deficit());
    change(&mut lots[0]);
    let id = lots[0].id;
    *world.life.accounts.of(world.credit) = Account::load(lots, owed, world.engine.burn_order());
    id
}

#[test]
fn a_lot_that_can_t_be_is_a_damaged_ledger() {
    let changes: [fn(&mut Lot); 10] = [
        |lot| lot.left = lot.amount + units(1),
        |lot| lot.left = units(-1),
        |lot| lot.amount = units(0),
        |lot| lot.amount = units(i64::MIN),
        |lot| lot.left = units(i64::MIN),
        |lot| lot.basis = value(-1),
        |lot| lot.released += value(1),
        |lot| lot.released = value(i64::MIN),
        |lot| lot.effective_at = Instant::from_micros(-1),
        |lot| lot.expires_at = Some(Instant::from_micros(i64::MAX)),
    ];
    for (number, change) in changes.into_iter().enumerate() {
        let mut world = World::new();
        let id = with_lot(&mut world, change);
        assert_eq!(world.engine.check_life(&world.life), Err(Broken::Lot(id)), "change {number}");
    }
}

#[test]
fn an_account_that_can_t_be_is_a_damaged_ledger() {
    let customer = CustomerId::FIRST;
    let unknown = AssetId::from_number(9_999);
    assert_damaged(|world| _ = world.life.accounts.of(AssetId::from_number(9_999)), Broken::Account(customer, unknown));
    let credit = World::new().credit;
    assert_damaged(
        |world| *world.life.accounts.of(world.credit) = Account::load(Vec::new(), units(-5), world.engine.burn_order()),
        Broken::Account(customer, credit),
    );
}

#[test]
fn terms_that_nobody_can_have_are_a_damaged_ledger() {
    let first = SubscriptionId::FIRST;
    let changes: [fn(&mut Subscription); 6] = [
        |own| own.version = VersionId::from_number(7),
        |own| own.quantity = Seats::from_number(0),
        |own| own.quantity = Seats::from_number(i64::MAX),
        |own| own.quantity = Seats::from_number(i64::MIN),
        |own| own.anchor = Instant::from_micros(i64::MIN),
        |own| own.started_at = Instant::from_micros(i64::MAX),
    ];
    for change in changes {
        assert_damaged(|world| change(&mut world.life.subscriptions[0]), Broken::Terms(first));
    }
    // An asset that has left the terms.
    let gone = |world: &mut World| _ = world.engine.assets.remove(&world.engine.asset_id("USD").unwrap());
    assert_damaged(gone, Broken::Terms(first));
    let other = SubscriptionId::from_number(2);
    let goes_on = |world: &mut World| {
        let own = world.life.subscriptions[0];
        let next = Subscription { id: SubscriptionId::from_number(2), started_at: day(60), ..own };
        world.life.subscriptions.push(next);
    };
    assert_damaged(goes_on, Broken::Line(other));
}

#[test]
fn a_price_without_its_rate_is_a_damaged_ledger() {
    let mut world = World::new();
    assert_eq!(world.engine.check_prices(), Ok(()));
    let version = Arc::make_mut(world.engine.versions.get_mut(&VersionId::from_number(0)).unwrap());
    let tiers = &mut version.prices[0].1.usage.rows[0].tiers;
    *tiers = tiers.iter().take(tiers.len() - 1).cloned().collect();
    assert_eq!(world.engine.check_prices(), Err(Broken::Price("call".to_owned(), "CREDIT".to_owned())));
}

#[test]
fn charges_and_lapses_that_can_t_be_are_a_damaged_ledger() {
    let id = World::new().life.charges[0].id;
    let changes: [fn(&mut ChargeFact); 6] = [
        |charge| charge.price = FixedPriceIndex::from_number(9),
        |charge| charge.subscription = SubscriptionId::from_number(9),
        |charge| charge.asset = AssetId::from_number(9_999),
        |charge| charge.value = Value::from_count(-1),
        |charge| charge.amount = Units::ZERO,
        |charge| charge.to = Instant::from_micros(-1),
    ];
    for change in changes {
        assert_damaged(|world| change(&mut world.life.charges[0]), Broken::Charge(id));
    }
    let unknown = |world: &mut World| {
        let wrong = LapseFact { asset: AssetId::from_number(9_999), ..lapse(world.credit) };
        world.life.past_due.push(wrong);
    };
    assert_damaged(unknown, Broken::Lapse(CustomerId::FIRST));
    let nobody = |world: &mut World| {
        let wrong = LapseFact { origin: SubscriptionId::from_number(9), ..lapse(world.credit) };
        world.life.past_due.push(wrong);
    };
    assert_damaged(nobody, Broken::Lapse(CustomerId::FIRST));
}

#[test]
fn rules_and_quantities_that_can_t_be_are_a_damaged_ledger() {
    let (customer, credit) = (CustomerId::FIRST, World::new().credit);
    for (amount, limit) in [(0, None), (-3, None), (5, Some(-1))] {
        let rule = |world: &mut World| {
            let limit = limit.map(Units::from_count);
            let (amount, currency) = (Units::from_count(amount), world.credit);
            let on = AutoTopupRule::On { threshold: Units::ZERO, amount, currency, limit };
            world.life.rules.insert(world.credit, on);
        };
        assert_damaged(rule, Broken::Rule(customer, credit));
    }
    let paid = |world: &mut World| {
        let key = AutoPaidKey { asset: world.credit, currency: world.credit, month: day(31) };
        world.life.auto_paid.insert(key, Units::from_count(-1));
    };
    assert_damaged(paid, Broken::Rule(customer, credit));
    let key = |world: &World| world.life.counters().next().unwrap().0;
    let charged = |world: &mut World| {
        let (key, counter) = (key(world), Counter { charged: Total::from_count(-1), ..Counter::default() });
        world.life.load_counters([(key, counter)]);
    };
    assert_damaged(charged, Broken::Counter(SubscriptionId::FIRST));
}

#[test]
fn what_may_be_given_back_of_nothing_is_a_damaged_ledger() {
    let changes: [fn(&mut Refundable); 5] = [
        |own| own.units = Units::from_count(-1),
        |own| own.units = Units::from_count(i64::MIN),
        |own| own.amount = Units::from_count(-1),
        |own| own.lot = Some(LotId::from_number(99)),
        |own| own.asset = AssetId::from_number(9_999),
    ];
    for change in changes {
        let damage = |world: &mut World| change(&mut world.life.refundable.values_mut().next().unwrap()[0]);
        assert_damaged(damage, Broken::Refundable(SubscriptionId::FIRST));
    }
    let too_much = |world: &mut World| {
        let stack = world.life.refundable.values_mut().next().unwrap();
        stack.push(Refundable { units: Units::MAX, ..stack[0] });
    };
    assert_damaged(too_much, Broken::Refundable(SubscriptionId::FIRST));
}

/// What the second door says of facts that were changed.
#[track_caller]
fn assert_bug(change: impl Fn(&mut Facts), expected: Broken) {
    let mut facts = World::new().facts;
    change(&mut facts);
    assert_eq!(facts.check(), Err(expected));
}

#[test]
fn facts_that_can_t_have_happened_are_a_bug() {
    let customer = CustomerId::FIRST;
    let World { facts, .. } = World::new();
    let (event, lot) = (facts.events[0].seq, facts.lots[0].id);
    assert_bug(|facts| facts.events[0].fees[0].amount += units(1), Broken::Event(event));
    assert_bug(|facts| facts.events[0].fees[0].draws.clear(), Broken::Event(event));
    assert_bug(|facts| facts.events[0].fees[0].draws[0].amount = units(i64::MIN), Broken::Event(event));
    assert_bug(|facts| facts.events[0].status = Status::Denied, Broken::Event(event));
    assert_bug(|facts| facts.lots[0].amount = units(0), Broken::Lot(lot));
    assert_bug(|facts| facts.lots[0].basis = value(-1), Broken::Lot(lot));
    assert_bug(|facts| facts.topups[0].paid = units(0), Broken::Topup(customer));
    assert_bug(|facts| facts.topups[0].value = value(-1), Broken::Topup(customer));
    assert_bug(|facts| facts.topups[0].lot = LotId::from_number(99), Broken::Topup(customer));
    let [up, down] = [0, 1].map(|index| facts.adjustments[index].id);
    assert_bug(|facts| facts.adjustments[0].amount = units(-4), Broken::Adjustment(up));
    assert_bug(|facts| facts.adjustments[0].lot = None, Broken::Adjustment(up));
    assert_bug(|facts| facts.adjustments[1].amount = units(-2), Broken::Adjustment(down));
    assert_bug(|facts| facts.adjustments[1].taken.clear(), Broken::Adjustment(down));
    assert_bug(|facts| facts.adjustments[1].taken[0].basis = value(-1), Broken::Adjustment(down));
    assert_bug(|facts| facts.payments[0].paid = units(0), Broken::Payment(customer));
    assert_bug(|facts| facts.payments[0].value = value(-1), Broken::Payment(customer));
    assert_bug(|facts| facts.payments[0].paid += units(1), Broken::Unpaid(customer));
    assert_bug(|facts| facts.payments.clear(), Broken::Unpaid(customer));
    assert_bug(|facts| facts.charges[0].amount += units(1), Broken::Unpaid(customer));
    let charge = facts.charges[0].id;
    assert_bug(|facts| facts.charges[0].value = value(-1), Broken::Charge(charge));
    assert_bug(|facts| facts.charges[0].amount = units(0), Broken::Charge(charge));
    assert_bug(|facts| facts.charges[0].lot = Some(LotId::from_number(99)), Broken::Charge(charge));
    let (asset, reason) = (facts.lots[0].asset, DenialReason::PastDue);
    let nobody = DenialFact { event: EventNumber::NONE, asset, needed: units(2), available: units(0), reason };
    assert_bug(|facts| facts.denials.push(nobody), Broken::Denial(EventNumber::NONE));
    let (first, never) = (SubscriptionId::FIRST, Instant::from_micros(-1));
    assert_bug(|facts| facts.subscriptions[0].quantity = Seats::from_number(0), Broken::Terms(first));
    assert_bug(|facts| facts.subscriptions[0].anchor = never, Broken::Terms(first));
    assert_bug(|facts| facts.subscriptions[0].origin = SubscriptionId::from_number(9), Broken::Terms(first));
    let end = EndFact { subscription: first, ended_at: Some(never), asked_at: None };
    assert_bug(|facts| facts.ends.push(end), Broken::End(first));
    let lapse = lapse(asset);
    assert_bug(|facts| facts.lapses.push(LapseFact { available: lapse.needed, ..lapse }), Broken::Lapse(customer));
    let recovery = RecoveryFact { lapse: lapse.id, at: never };
    assert_bug(|facts| facts.recoveries.push(recovery), Broken::Recovery(lapse.id));
    let nothing = Expired { lot, at: day(9), dated: day(9), amount: units(0), breakage: value(0) };
    assert_bug(|facts| facts.expiries.push(nothing), Broken::Left(lot));
    let less = Repayment {
        lot,
        at: day(9),
        dated: day(9),
        amount: units(1),
        earned: value(-1),
        charge: None,
        after: EventNumber::NONE,
    };
    assert_bug(|facts| facts.repayments.push(less), Broken::Left(lot));
    let rollover = facts.rollovers[0].lot;
    assert_bug(|facts| facts.rollovers[0].into = LotId::from_number(99), Broken::Left(rollover));
    assert_bug(|facts| facts.rollovers[0].amount = units(-1), Broken::Left(rollover));
}
