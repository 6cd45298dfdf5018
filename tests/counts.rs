//! How often a replay asks for memory, per event. Counts are the same on every machine; times are measured in `benches`.
//!
//! A program of its own, because counting needs an allocator of its own, which all tests in the program would get.
//!
//! Half of each log is taken first, so that most of what is remembered for good is known: customers, shapes, prices.

#[path = "../benches/workload/library.rs"]
mod library;
#[path = "../benches/workload/work.rs"]
mod work;

use allocation_counter::measure;
use drawdown::billing::{Engine, EventFact, EventInput, Facts, Life, Subscription};
use drawdown::catalog::{Catalog, plan};
use drawdown::ids::{CustomerId, ShapeId, SubscriptionId, VendorId, VersionId};
use drawdown::ledger::{Import, ImportOptions, Ledger, NewLane, Selection, Witness};
use drawdown::time::Instant;
use drawdown::usage::{Batch, LogReader, Shape};
use drawdown::whatif::{Observer, Options};
use std::collections::BTreeSet;
use std::io;
use std::sync::Arc;
use tempfile::TempDir;

/// Events in a half.
const HALF: u64 = 10_000;

fn catalog() -> Catalog {
    library::reading(work::catalog()).catalog.expect("the workload's catalog is right")
}

fn log(write: impl Fn(std::ops::Range<u64>, &mut Vec<u8>) -> io::Result<()>) -> Arc<[u8]> {
    let mut log = Vec::new();
    write(0..2 * HALF, &mut log).expect("memory can be written");
    log.into()
}

fn reader(log: &Arc<[u8]>) -> LogReader {
    library::reader(log, &Arc::new(Engine::of_catalog(&catalog()).vocabulary()))
}

/// The two halves of a log.
fn halves(log: &Arc<[u8]>) -> [Batch; 2] {
    let mut reader = reader(log);
    [(); 2].map(|()| next_half(&mut reader))
}

fn next_half(reader: &mut LogReader) -> Batch {
    let batch = reader.next_batch(HALF as usize).expect("the workload can be read").expect("it goes on");
    assert_eq!(batch.events.len() as u64, HALF);
    batch
}

/// Fails when `count` allocations for the second half are more than so many for a hundred events, and so many for each
/// customer who is new in it.
#[track_caller]
fn assert_few(count: u64, a_hundred_events: u64, a_customer: u64, second: &Batch) {
    let most = HALF / 100 * a_hundred_events + second.new_customers.len() as u64 * a_customer;
    assert!(count <= most, "{count} allocations for {HALF} events, but at most {most} are allowed");
}

/// Fails when reading the second half of a log takes more.
#[track_caller]
fn assert_read_with_few(log: &Arc<[u8]>, a_hundred_events: u64) {
    let mut reader = reader(log);
    next_half(&mut reader);
    let mut second = Batch::default();
    let count = measure(|| second = next_half(&mut reader)).count_total;
    assert_few(count, a_hundred_events, 4, &second);
}

#[test]
fn reading_csv_allocates_for_customers_and_not_for_events() {
    assert_read_with_few(&log(work::csv), 0);
}

#[test]
fn reading_json_lines_allocates_twice_an_event() {
    assert_read_with_few(&log(work::jsonl), 200);
}

/// The engine by itself, with lives that it has seen before.
struct Billing {
    engine: Engine,
    lives: Vec<Life>,
    shapes: Vec<Arc<Shape>>,
    facts: Facts,
}

impl Billing {
    /// For the customers and shapes of both halves.
    fn of([first, second]: [&Batch; 2]) -> Self {
        let subscription = Subscription::new(SubscriptionId::FIRST, VersionId::from_number(0), Instant::EPOCH);
        let customers = CustomerId::FIRST.and_following();
        let lives = customers.zip(first.new_customers.iter().chain(&second.new_customers)).map(|(number, _)| {
            let mut life = Life::new(number);
            life.subscriptions.push(subscription);
            life
        });
        Self {
            engine: Engine::of_catalog(&catalog()),
            lives: lives.collect(),
            shapes: first.new_shapes.iter().chain(&second.new_shapes).cloned().collect(),
            facts: Facts::default(),
        }
    }

    fn bill(&mut self, batch: &Batch) {
        self.bill_to(batch, |_, _, _| ());
    }

    /// Bills a batch, and shows each event as it is billed.
    fn bill_to(&mut self, batch: &Batch, mut show: impl FnMut(&EventFact, &Life, &Engine)) {
        for event in &batch.events {
            let shape = &self.shapes[event.shape.place()];
            let input = EventInput {
                shape_id: ShapeId::from_number(event.shape.number().into()),
                shape,
                vendors: &[VendorId::FIRST],
                occurred_at: event.occurred_at,
                volumes: batch.volumes(event, shape),
                costs: batch.costs(event, shape),
            };
            let life = &mut self.lives[event.customer.place()];
            self.engine.bill(life, input, &mut self.facts).expect("the workload can be billed");
            self.facts.events.drain(..).for_each(|fact| show(&fact, life, &self.engine));
        }
    }
}

#[test]
fn rating_and_drawing_allocate_seldom() {
    let [first, second] = halves(&log(work::csv));
    let mut billing = Billing::of([&first, &second]);
    billing.bill(&first);
    let count = measure(|| billing.bill(&second)).count_total;
    assert_few(count, 30, 4, &second);
}

/// What a what-if keeps of each scenario while its history is billed: sums, and nothing of single events.
#[test]
fn watching_allocates_for_customers_and_not_for_events() {
    let [first, second] = halves(&log(work::csv));
    let mut billing = Billing::of([&first, &second]);
    let mut observer =
        Observer::new(&billing.engine, &Options::default(), &BTreeSet::new()).expect("there are no keys");
    let mut watch = |batch| billing.bill_to(batch, |event, life, engine| observer.event(event, None, life, engine));
    watch(&first);
    let count = measure(|| watch(&second)).count_total;
    assert_few(count, 30, 4, &second);
}

/// Two scenarios are sent the same batches, which nobody copies for them.
#[test]
fn handing_on_to_scenarios_allocates_for_customers_and_seldom_for_events() {
    let [first, second] = halves(&log(work::csv));
    let mut ledger = Ledger::in_memory().expect("there is memory");
    let mut writer = ledger.write().expect("nobody else writes");
    writer.apply(&catalog(), &plan(None, &catalog()), Instant::EPOCH).expect("the catalog can be applied");
    let mut engine = writer.engine().expect("the catalog is in force");
    let enroll = engine.versions().next().map(|(version, _)| version);
    let observer = |engine: &Engine| {
        Box::new(Observer::new(engine, &Options::default(), &BTreeSet::new()).expect("there are no keys"))
    };
    let lane = || NewLane { engine: engine.clone(), enroll, later: None, witness: observer(&engine) };
    let lanes: (Box<dyn Witness>, _) = (observer(&engine), vec![lane(), lane()]);
    let mut on_recorded = |_: &Batch, _| ();
    let options = ImportOptions { enroll, is_trial: true, ..ImportOptions::default() };
    let mut import = Import::what_if(&mut writer, &mut engine, options, &mut on_recorded, lanes);
    let mut take = |batch| import.batch(batch).expect("the workload can be billed");
    take(first);
    let new_customers = second.clone();
    let count = measure(|| take(second)).count_total;
    assert_few(count, 20, 4, &new_customers);
    import.finish_lanes().expect("the workload can be billed");
}

/// What recording a batch costs, after another of the same log whose rows are appended then. Billing has a thread of its
/// own, where nothing is counted: it has a test of its own.
fn recording(ledger: &mut Ledger, [first, second]: [Batch; 2]) -> u64 {
    let mut writer = ledger.write().expect("nobody else writes");
    let mut engine = writer.engine().expect("the catalog is in force");
    let enroll = engine.versions().next().map(|(version, _)| version);
    let mut on_recorded = |_: &Batch, _| ();
    let mut import =
        Import::new(&mut writer, &mut engine, ImportOptions { enroll, ..ImportOptions::default() }, &mut on_recorded);
    let mut take = |batch| import.batch(batch).expect("the workload can be recorded");
    take(first);
    let count = measure(|| take(second)).count_total;
    import.finish(true).expect("the workload can be recorded");
    writer.commit(library::BENCH).expect("the workload can be recorded");
    count
}

#[test]
fn recording_allocates_seldom() {
    let halves = halves(&log(work::csv));
    let dir = TempDir::new().expect("a folder can be made");
    let mut ledger = library::ledger(&dir.path().join("ledger.db"), &catalog()).expect("a ledger can be made");
    let new = recording(&mut ledger, halves.clone());
    assert_few(new, 100, 37, &halves[1]);
    let duplicates = recording(&mut ledger, halves.clone());
    assert_few(duplicates, 0, 4, &halves[1]);
}

/// Each call is paid with a payment of its own, so there are as many lots as events.
const CALLS: &str = r#"
[catalog]
reporting_currency = "USD"

[[product]]
code = "p"

[[product.price]]
name = "Call"
type = "usage_based"
event_type = "call"
usage_type = "unit"
asset = "USD"
values = [{ unit_price = 1 }]

[[auto_topup]]
asset = "USD"
threshold = 0
amount = "1 USD"
"#;

/// The bytes that taking so many events of one customer back asks for.
fn voiding(events: usize) -> u64 {
    let catalog = library::reading(CALLS.to_owned()).catalog.expect("the catalog is right");
    let dir = TempDir::new().expect("a folder can be made");
    let mut ledger = library::ledger(&dir.path().join("ledger.db"), &catalog).expect("a ledger can be made");
    let mut log = "id,customer,event_type,occurred_at\n".to_owned();
    (0..events).for_each(|event| log += &format!("e{event},a,call,2026-06-02T00:00:00Z\n"));
    let mut writer = ledger.write().expect("nobody else writes");
    let mut engine = writer.engine().expect("the catalog is in force");
    let mut reader = library::reader(&log.into_bytes().into(), &Arc::new(engine.vocabulary()));
    let enroll = engine.versions().next().map(|(version, _)| version);
    let options = ImportOptions { enroll, ..ImportOptions::default() };
    let mut on_recorded = |_: &Batch, _| ();
    let mut import = Import::new(&mut writer, &mut engine, options, &mut on_recorded);
    let batch = reader.next_batch(events).expect("the log can be read").expect("it has events");
    import.batch(batch).expect("the log can be recorded");
    import.finish(true).expect("the log can be recorded");
    let all = Selection::default();
    let bytes = measure(|| {
        let voided = writer.void(&mut engine, &all).expect("they can be taken back");
        assert_eq!((voided.charged, voided.refused.len()), (events as u64, 0));
    });
    bytes.bytes_total
}

#[test]
fn voiding_twice_the_events_of_a_customer_takes_about_twice_the_memory() {
    let (few, many) = (voiding(500), voiding(1_000));
    assert!(many < few * 5 / 2, "{few} bytes for 500 events, {many} for 1,000");
}
