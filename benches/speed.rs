//! How fast the parts of a replay are, and the whole, at 100,000 events.

#[path = "workload/library.rs"]
mod library;
#[path = "workload/work.rs"]
mod work;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use drawdown::billing::Engine;
use drawdown::catalog::{Catalog, Policy};
use drawdown::ids::{LotId, RowIndex};
use drawdown::ledger::{Import, ImportOptions, Ledger, LedgerError};
use drawdown::money::{Asset, Decimal, Units, Value};
use drawdown::rating::{Counter, Quantity, Rater};
use drawdown::time::Instant;
use drawdown::usage::Batch;
use drawdown::wallet::{Account, BurnOrder, Lot, Priority, Purpose};
use std::hint::black_box;
use std::sync::Arc;
use tempfile::TempDir;

const EVENTS: u64 = 100_000;
/// Events in a batch, as `drawdown replay` takes them.
const BATCH: usize = 131_072;

fn catalog() -> Catalog {
    library::reading(work::catalog()).catalog.expect("the workload's catalog is right")
}

/// A thousand events under one row of a price, each on top of those before.
fn rating(c: &mut Criterion) {
    let catalog = catalog();
    let usage = &catalog.products[0].prices[0].usage;
    let rater = Rater::new(usage, RowIndex::from_number(0), &Asset::currency("USD").expect("it is a currency"))
        .expect("it has a row");
    let quantities: Vec<Quantity> =
        (1..=1_000u64).map(|volume| Quantity { count: 0, volume: Decimal::from(volume).into() }).collect();
    let mut group = c.benchmark_group("rating");
    group.throughput(Throughput::Elements(quantities.len() as u64));
    group.bench_function("a volume on top of what was used", |b| {
        b.iter(|| {
            let mut counter = Counter::default();
            for quantity in &quantities {
                counter = rater.charge(&counter, black_box(quantity)).expect("it fits").after;
            }
            counter
        });
    });
    group.finish();
}

/// A thousand fees drawn from three lots, which they use up.
fn drawing(c: &mut Criterion) {
    let order = BurnOrder::new(Policy::default().burn_order);
    let lot = |id: i64| Lot {
        id: LotId::from_number(id),
        purpose: Purpose::Paid,
        priority: Priority::DEFAULT,
        granted_at: Instant::EPOCH,
        effective_at: Instant::EPOCH,
        expires_at: None,
        granted_by: None,
        amount: Units::from_count(1_000_000),
        left: Units::from_count(1_000_000),
        basis: Value::from_count(700_000),
        released: Value::ZERO,
        changed: false,
    };
    let full = Account::load((1..=3).map(lot).collect(), Units::ZERO, &order);
    let mut group = c.benchmark_group("drawing");
    group.throughput(Throughput::Elements(1_000));
    group.bench_function("a fee from three lots", |b| {
        b.iter_batched(
            || full.clone(),
            |mut account| {
                for _ in 0..1_000 {
                    black_box(account.draw(black_box(Units::from_count(3_000)), Instant::EPOCH, &order));
                }
                account
            },
            BatchSize::SmallInput,
        );
    });
    group.finish();
}

fn csv() -> Arc<[u8]> {
    let mut log = Vec::new();
    work::csv(0..EVENTS, &mut log).expect("memory can be written");
    log.into()
}

fn batches(log: &Arc<[u8]>, catalog: &Catalog) -> Vec<Batch> {
    let vocabulary = Arc::new(Engine::of_catalog(catalog).vocabulary());
    let mut reader = library::reader(log, &vocabulary);
    std::iter::from_fn(|| reader.next_batch(BATCH).expect("the workload can be read")).collect()
}

fn parsing(c: &mut Criterion) {
    let catalog = catalog();
    let mut jsonl = Vec::new();
    work::jsonl(0..EVENTS, &mut jsonl).expect("memory can be written");
    let mut group = c.benchmark_group("parsing");
    group.throughput(Throughput::Elements(EVENTS)).sample_size(20);
    for (format, log) in [("CSV", csv()), ("JSON lines", jsonl.into())] {
        group.bench_function(format, |b| b.iter_with_large_drop(|| batches(&log, &catalog)));
    }
    group.finish();
}

/// Takes batches into a ledger whose customers are enrolled as they come.
fn record(ledger: &mut Ledger, batches: Vec<Batch>) -> Result<(), LedgerError> {
    let mut writer = ledger.write()?;
    let mut engine = writer.engine()?;
    let enroll = engine.versions().next().map(|(version, _)| version);
    let mut on_recorded = |_: &Batch, _| ();
    let mut import =
        Import::new(&mut writer, &mut engine, ImportOptions { enroll, ..ImportOptions::default() }, &mut on_recorded);
    for batch in batches {
        import.batch(batch)?;
    }
    import.finish(true)?;
    writer.commit(library::BENCH)
}

/// Events that were read before, into a new ledger, to the end of the commit.
fn replay(c: &mut Criterion) {
    let catalog = catalog();
    let batches = batches(&csv(), &catalog);
    let mut group = c.benchmark_group("replay");
    group.throughput(Throughput::Elements(EVENTS)).sample_size(10);
    group.bench_function("batches into a new ledger", |b| {
        b.iter_batched(
            || {
                let dir = TempDir::new().expect("a folder can be made");
                let ledger = library::ledger(&dir.path().join("ledger.db"), &catalog).expect("a ledger can be made");
                (dir, ledger, batches.clone())
            },
            |(dir, mut ledger, batches)| {
                record(&mut ledger, batches).expect("the workload can be billed");
                (dir, ledger)
            },
            BatchSize::PerIteration,
        );
    });
    group.finish();
}

criterion_group!(parts, rating, drawing, parsing, replay);
criterion_main!(parts);
