//! The scenarios of a comparison, ready to bill a history.

use super::comparison::{Comparison, Inputs, LeftOut, Outcome};
use super::funding::{FundError, Funding};
use super::observer::Observer;
use super::options::{Moves, Options};
use super::readers::{Reader, readers};
use crate::billing::Engine;
use crate::catalog::{Catalog, Product, plan};
use crate::ids::VersionId;
use crate::ledger::{
    Difference, Holders, Import, ImportError, ImportOptions, LaneEnd, Lanes, Later, Ledger, LedgerError, NewLane,
    NewOperation, OnRecorded, ReadAgain, Unbillable, Witness, resolve_version, side_by_side,
};
use crate::money::Book;
use crate::report::Names;
use crate::scenario::ApplyError;
use crate::time::Instant;
use crate::usage::{LogReader, Vocabulary};
use rustc_hash::FxHashMap;
use std::any::Any;
use std::collections::BTreeSet;
use std::sync::Arc;
use thiserror::Error;

/// A catalog that a history is billed under.
#[derive(Debug, Clone)]
pub struct Variant {
    /// What the scenario is called.
    pub name: String,
    /// Where the catalog comes from, as the user named it.
    pub from: String,
    /// The catalog itself.
    pub catalog: Catalog,
}

/// Why scenarios can't be compared.
#[derive(Debug, Error)]
pub enum StageError {
    /// There is nothing to compare with.
    #[error("there is nothing to compare with")]
    Nothing,
    /// Two have one name.
    #[error("two scenarios are called {0:?}")]
    SameName(String),
    /// A scenario lacks a product that customers are subscribed to.
    #[error("the scenario {scenario:?} has no product {product:?}, {}", subscribed(.subscribers.as_ref()))]
    NoProduct {
        /// The scenario's name.
        scenario: String,
        /// The product that it lacks.
        product: String,
        /// Who was ever subscribed to it; `None` for all customers of a log.
        subscribers: Option<Holders>,
        /// The products that it has.
        known: Vec<String>,
    },
    /// What is to have another code in scenarios, or that code, is not there.
    #[error("{old}={new}: {}", no_move((old, new), *.is_old))]
    NoMove {
        /// The code in the base.
        old: String,
        /// The code in scenarios.
        new: String,
        /// Whether it is the base that lacks the old code; else all scenarios lack the new one.
        is_old: bool,
        /// The products that there are.
        known: BTreeSet<String>,
    },
    /// Money of two currencies can't be compared.
    #[error("the scenario {scenario:?} reports in {own}, and the base in {base}")]
    Currency {
        /// The scenario's name.
        scenario: String,
        /// Its reporting currency.
        own: String,
        /// That of the base.
        base: String,
    },
    /// Wallets can't be funded as was asked.
    #[error("in the scenario {scenario:?}: {error}")]
    Fund {
        /// The scenario's name.
        scenario: String,
        /// The asset or payment that stands in the way.
        error: FundError,
    },
    /// A scenario can't count what customers hold or owe when the terms change.
    #[error(
        "the scenario {scenario:?} has no asset {asset:?}{}, {}",
        if *.is_other { " with the same precision and rounding" } else { "" }, held(.holders.as_ref())
    )]
    NoAsset {
        /// The scenario's name.
        scenario: String,
        /// The asset that it lacks.
        asset: String,
        /// Whether it has one of that code, with another precision or rounding.
        is_other: bool,
        /// Whose wallets ever held or owed some; `None` for customers of a log, who may.
        holders: Option<Holders>,
    },
    /// A ledger with a scenario's terms could not record the log.
    #[error(
        "the scenario {scenario:?} can't bill {} of the log's events, the first in {log}:{}: {}",
        .events.count, .events.line, .events.reason
    )]
    Unbillable {
        /// The scenario's name.
        scenario: String,
        /// The log's name.
        log: String,
        /// What can't be billed.
        events: Unbillable,
    },
    /// The scenarios' terms begin after the history ends.
    #[error("the terms would change at {0}, and the history ends at {1}")]
    TooLate(Instant, Instant),
    /// There is nothing to be billed.
    #[error("the log has no events, so there is nothing to compare")]
    NoEvents,
    /// There are no customers yet.
    #[error("the ledger has no customers, so there is nothing to compare")]
    NoHistory,
    /// Billing the ledger's history again gives something else than is recorded.
    #[error(
        "billing the ledger's own history again gives another result than the recorded one, so nothing was compared"
    )]
    Differs(Box<Difference>),
    /// What was applied can't be written again.
    #[error(transparent)]
    Apply(#[from] ApplyError),
    /// The log can't be read or billed.
    #[error(transparent)]
    Import(#[from] ImportError),
    /// The ledger in memory can't be used.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

fn no_move((old, new): (&str, &str), is_old: bool) -> String {
    if is_old { format!("the base has no product {old:?}") } else { format!("no scenario has a product {new:?}") }
}

/// Whose it is: `which 40 customers have or had: "acme", "globex", "initech" and 37 others`.
fn whose(holders: &Holders, one: &str, many: &str) -> String {
    match holders.count {
        1 => format!("which 1 customer {one}: {holders}"),
        count => format!("which {count} customers {many}: {holders}"),
    }
}

fn subscribed(subscribers: Option<&Holders>) -> String {
    let of_log = || "which all customers of the log have".to_owned();
    subscribers.map_or_else(of_log, |holders| whose(holders, "has or had", "have or had"))
}

fn held(holders: Option<&Holders>) -> String {
    let of_log = || "and customers of the log may hold it".to_owned();
    holders.map_or_else(of_log, |holders| whose(holders, "holds or held", "hold or held"))
}

/// A scenario with its terms.
struct Prepared {
    name: String,
    from: String,
    engine: Engine,
    enroll: VersionId,
    /// For each version of the base, the version that replaces it.
    versions: FxHashMap<VersionId, VersionId>,
}

/// All scenarios of a comparison.
pub struct Stage {
    /// Numbers assets, vendors, customers and shapes for all of them, and is thrown away.
    ledger: Ledger,
    base: Prepared,
    others: Vec<Prepared>,
    options: Options,
    vocabulary: Arc<Vocabulary>,
    dimensions: BTreeSet<String>,
}

impl Stage {
    /// The base, and what it is compared with.
    ///
    /// # Errors
    /// When they can't be compared.
    pub fn new(mut base: Variant, mut scenarios: Vec<Variant>, options: Options) -> Result<Self, StageError> {
        check(&base, &scenarios)?;
        let has = |catalog: &Catalog| catalog.products.iter().map(|own| own.code.clone()).collect::<BTreeSet<_>>();
        check_moves(&options.moves, &has(&base.catalog), || {
            scenarios.iter().flat_map(|own| has(&own.catalog)).collect()
        })?;
        let code = options.enroll.0.clone();
        fund(&mut base, &options.funding, &code)?;
        let mut ledger = Ledger::in_memory()?;
        let mut writer = ledger.write()?;
        writer.apply(&base.catalog, &plan(None, &base.catalog), Instant::EPOCH)?;
        let published = writer.published()?.ok_or(LedgerError::NothingApplied)?;
        let mut engine = writer.engine()?;
        let enroll = resolve_version(&published, &engine, &code, options.enroll.1)?;
        let mut others = Vec::new();
        for scenario in &mut scenarios {
            let product = product_of(scenario, &code, &options.moves)?;
            if options.since.is_some() {
                check_assets(&base, &code, scenario)?;
            }
            fund(scenario, &options.funding, &product)?;
            let (mut own, versions) = writer.engine_under(&scenario.catalog, &engine)?;
            options.stress(&mut own);
            if let Some(since) = options.since {
                own.keep_rates_until(since, engine.book.clone());
            }
            let (name, from) = (scenario.name.clone(), scenario.from.clone());
            let becomes = FxHashMap::from_iter([(enroll, versions[&product])]);
            others.push(Prepared { name, from, engine: own, enroll: versions[&product], versions: becomes });
        }
        writer.commit(NewOperation { ran_at: Instant::EPOCH, command: "compare", did: "numbered what there is" })?;
        options.stress(&mut engine);
        let base = Prepared { name: base.name, from: base.from, engine, enroll, versions: FxHashMap::default() };
        let mut vocabulary = union([&base].into_iter().chain(&others).map(|prepared| prepared.engine.vocabulary()));
        tell_readers(&mut vocabulary, &base.engine.vocabulary(), &scenarios);
        let dimensions = vocabulary.values().flat_map(|interest| interest.dimensions.iter().cloned()).collect();
        Ok(Self { ledger, base, others, options, vocabulary: Arc::new(vocabulary), dimensions })
    }

    /// The fields of events that any scenario needs.
    pub fn vocabulary(&self) -> Arc<Vocabulary> {
        Arc::clone(&self.vocabulary)
    }

    /// Bills logs in all scenarios, and compares what comes out. `again` begins to read the same logs once more;
    /// `on_recorded` is told of what can't be billed, and `on_read` of the bytes and events so far.
    ///
    /// # Errors
    /// When the logs can't be read or billed, or have no event.
    pub fn bill(
        mut self,
        reader: LogReader,
        (is_sorted, has_content_ids): (bool, bool),
        again: &ReadAgain<'_>,
        on_recorded: &mut OnRecorded<'_>,
        on_read: impl FnMut(u64, u64),
    ) -> Result<Comparison, StageError> {
        let logs = reader.names().to_vec();
        let options = ImportOptions { enroll: Some(self.base.enroll), is_trial: true, has_content_ids };
        let lanes = (self.observer(&self.base)?, self.lanes()?);
        let mut writer = self.ledger.write()?;
        let mut engine = self.base.engine.clone();
        let mut import = Import::what_if(&mut writer, &mut engine, options, on_recorded, lanes);
        import.log(reader, is_sorted, again, on_read)?;
        let Lanes { summary, ends, customers, vendors } = import.finish_lanes()?;
        let (_, horizon) = summary.span.ok_or(StageError::NoEvents)?;
        if let Some(since) = self.options.since.filter(|since| *since > horizon) {
            return Err(StageError::TooLate(since, horizon));
        }
        let names = Names { customers: customers.into_iter().collect(), vendors: vendors.into_iter().collect() };
        let prepared: Vec<Prepared> = std::iter::once(self.base).chain(self.others).collect();
        for (own, end) in prepared.iter().zip(&ends) {
            let Some(events) = end.unbillable.clone() else { continue };
            let log = logs[events.file as usize].clone();
            return Err(StageError::Unbillable { scenario: own.name.clone(), log, events });
        }
        let inputs = Inputs {
            logs,
            events: summary.charged + summary.denied + summary.unpriced,
            horizon,
            funding: self.options.funding,
            refused: self.options.refused,
            since: self.options.since,
            only_new: self.options.only_new,
            declines: self.options.declines,
        };
        let ended = prepared.into_iter().zip(ends).collect();
        let mut outcomes = side_by_side(ended, |(prepared, end)| outcome(prepared, end, horizon, &names)).into_iter();
        let base = outcomes.next().expect("the base is a lane")?;
        let others = outcomes.collect::<Result<_, LedgerError>>()?;
        Ok(Comparison::new(inputs, base, others, &names))
    }

    fn observer(&self, prepared: &Prepared) -> Result<Box<dyn Witness>, LedgerError> {
        Ok(Box::new(Observer::new(&prepared.engine, &self.options, &self.dimensions)?))
    }

    fn lanes(&self) -> Result<Vec<NewLane>, LedgerError> {
        let lane = |prepared: &Prepared| {
            let witness = self.observer(prepared)?;
            let later = self.options.since.map(|at| Later {
                at,
                before: self.base.engine.clone(),
                versions: prepared.versions.clone(),
                only_new: self.options.only_new,
            });
            let enroll = if later.is_some() { self.base.enroll } else { prepared.enroll };
            Ok(NewLane { engine: prepared.engine.clone(), enroll: Some(enroll), later, witness })
        };
        self.others.iter().map(lane).collect()
    }
}

/// The result of a scenario.
fn outcome(prepared: Prepared, end: LaneEnd, horizon: Instant, names: &Names) -> Result<Outcome, LedgerError> {
    let LaneEnd { witness, engine, later, left_out, otherwise, .. } = end;
    let witness: Box<dyn Any> = witness;
    let observer = witness.downcast::<Observer>().expect("every lane was given an observer");
    let before = later.as_ref().map(|later| (later.at, &later.before));
    let engine_at = |at: Instant| before.filter(|(since, _)| at < *since).map_or(&engine, |(_, before)| before);
    let observed = observer.finish(engine_at, horizon, names)?;
    let left_out = left_out.into_iter().map(|(customer, reason)| {
        Ok(LeftOut { customer: names.customer(customer)?.to_owned(), step: "the change of terms", reason })
    });
    let left_out = left_out.collect::<Result<_, LedgerError>>()?;
    Ok(Outcome { name: prepared.name, from: prepared.from, observed, otherwise, left_out })
}

/// Whether catalogs can be compared at all.
fn check(base: &Variant, scenarios: &[Variant]) -> Result<(), StageError> {
    if scenarios.is_empty() {
        return Err(StageError::Nothing);
    }
    let mut names = BTreeSet::from([base.name.as_str()]);
    if let Some(twice) = scenarios.iter().find(|scenario| !names.insert(&scenario.name)) {
        return Err(StageError::SameName(twice.name.clone()));
    }
    let currency = |variant: &Variant| variant.catalog.terms.reporting_currency.clone();
    match scenarios.iter().find(|scenario| currency(scenario) != currency(base)) {
        Some(other) => {
            Err(StageError::Currency { scenario: other.name.clone(), own: currency(other), base: currency(base) })
        }
        None => Ok(()),
    }
}

/// Whether there is what products are said to be called in the base, and in a scenario.
pub(super) fn check_moves(
    moves: &Moves,
    base: &BTreeSet<String>,
    scenarios: impl Fn() -> BTreeSet<String>,
) -> Result<(), StageError> {
    for (old, new) in moves {
        let (old, new) = (old.clone(), new.clone());
        if !base.contains(&old) {
            return Err(StageError::NoMove { old, new, is_old: true, known: base.clone() });
        }
        let known = scenarios();
        if !known.contains(&new) {
            return Err(StageError::NoMove { old, new, is_old: false, known });
        }
    }
    Ok(())
}

/// The product of a scenario that replaces one of the base.
fn product_of(scenario: &Variant, code: &str, moves: &Moves) -> Result<String, StageError> {
    let known: Vec<String> = scenario.catalog.products.iter().map(|product| product.code.clone()).collect();
    let moved = moves.get(code).filter(|moved| known.contains(moved));
    let wanted = moved.cloned().unwrap_or_else(|| code.to_owned());
    match known.contains(&wanted) {
        true => Ok(wanted),
        false => {
            let scenario = scenario.name.clone();
            Err(StageError::NoProduct { scenario, product: wanted, subscribers: None, known })
        }
    }
}

/// Whether what a product's customers hold or owe can be counted in a scenario.
fn check_assets(base: &Variant, code: &str, scenario: &Variant) -> Result<(), StageError> {
    let book = |variant: &Variant| {
        Book::new(variant.catalog.terms.reporting_currency.clone(), variant.catalog.terms.assets.clone())
    };
    let (own, before) = (book(scenario), book(base));
    let product = base.catalog.products.iter().find(|product| product.code == code);
    let counted = |book: &Book, asset: &str| book.asset(asset).ok().map(|asset| (asset.precision, asset.rounding));
    let lost =
        product.into_iter().flat_map(Product::assets).find(|asset| counted(&own, asset) != counted(&before, asset));
    let Some(asset) = lost else { return Ok(()) };
    let (scenario, is_other) = (scenario.name.clone(), own.asset(asset).is_ok());
    Err(StageError::NoAsset { scenario, asset: asset.to_owned(), is_other, holders: None })
}

fn fund(variant: &mut Variant, funding: &Funding, product: &str) -> Result<(), StageError> {
    let funded = funding.apply(&mut variant.catalog, product);
    funded.map_err(|error| StageError::Fund { scenario: variant.name.clone(), error })
}

/// Says of fields that must be numbers, and need not be for the base, which scenario's price reads them so.
fn tell_readers(vocabulary: &mut Vocabulary, base: &Vocabulary, scenarios: &[Variant]) {
    for reader in scenarios.iter().flat_map(|own| readers(&own.name, &own.catalog)) {
        let Reader { event_type, field, who } = reader;
        let is_of_base = base.get(event_type).is_some_and(|interest| interest.volumes.contains(field));
        if let Some(interest) = vocabulary.get_mut(event_type).filter(|_| !is_of_base) {
            interest.readers.entry(field.to_owned()).or_insert(who);
        }
    }
}

/// The fields that any of them needs.
fn union(all: impl Iterator<Item = Vocabulary>) -> Vocabulary {
    let mut union = Vocabulary::new();
    for (event_type, interest) in all.flatten() {
        union.entry(event_type).or_default().add(interest);
    }
    union
}
