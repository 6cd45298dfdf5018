//! What was used: events by what became of them, quantities, and fees in their own assets.
//!
//! As JSON: `{"from","to","by":[..],"rows":[{<by keys>,"events","charged","denied","unpriced","voided","quantity",
//! "fees":[{"asset","amount"}],"denied_reasons":{..},"unpriced_reasons":{..}}],"total":{..},"below_zero":{..}}`. `below_zero` is there
//! when prices counted less than nothing of charged events: how many events, by price. `quantity` is there when
//! rows tell prices apart, and never in the total: the sum of the volume that the price charges for, or the number of events
//! for a price of units. Fees and quantities are those of charged events; events that were taken back are counted in `voided`
//! and nowhere else. An event counts once in the total, and once in
//! every row in which one of its fees stands.

use super::group::{Grouping, Named, Rows};
use super::query::Query;
use super::window::Window;
use crate::billing::{DenialReason, Engine, EventFact, FeeFact, Status, Unpriced};
use crate::catalog::{Price, UsageType};
use crate::ids::{AssetId, EventNumber, ShapeId, VersionId};
use crate::ledger::{Ledger, LedgerError, StoredEvent};
use crate::money::{Amount, Asset, Decimal, DecimalSum, Total, Units};
use crate::rating::{Quantity, row_candidates};
use crate::time::Instant;
use crate::usage::{Fields, Shape};
use rustc_hash::FxHashMap;
use serde::{Serialize, Serializer};
use smallvec::SmallVec;
use std::collections::BTreeMap;

pub use super::group::Row;

/// What `report usage` answers.
#[derive(Debug, Clone)]
pub struct UsageReport {
    /// What time is covered, by when the events happened.
    pub window: Window,
    /// The keys, as the user named them.
    pub by: Vec<String>,
    /// Days and months in their order; otherwise who used most comes first.
    pub rows: Vec<Row<Usage>>,
    /// Everything, counted once.
    pub total: Usage,
    /// Every asset that a fee is in, in the order of the codes.
    pub assets: Vec<(AssetId, Asset)>,
    /// Whether rows tell prices apart, so that their quantities mean something.
    pub has_quantities: bool,
    /// Names of prices that charged nothing for events that others charged, as they counted less than nothing; and for how many.
    pub below_zero: BTreeMap<String, i64>,
}

/// Counts and sums.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Usage {
    /// How many events, whatever became of them.
    pub events: i64,
    /// How many of them had their fees taken.
    pub charged: i64,
    /// How many of them could not be covered, by [`DenialReason`].
    pub denied: [i64; DenialReason::NAMES.len()],
    /// How many of them no price made a fee of, by [`Unpriced`].
    pub unpriced: [i64; Unpriced::NAMES.len()],
    /// How many others were taken back, whatever had become of them.
    pub voided: i64,
    /// What the prices of charged events counted, if rows tell prices apart; absent beyond some 10^38.
    pub quantity: Option<DecimalSum>,
    /// Fees that were taken, in units of each asset.
    pub fees: SmallVec<[(AssetId, Total<Units>); 1]>,
}

impl Default for Usage {
    fn default() -> Self {
        Self {
            events: 0,
            charged: 0,
            denied: Default::default(),
            unpriced: Default::default(),
            voided: 0,
            quantity: Some(DecimalSum::ZERO),
            fees: SmallVec::new(),
        }
    }
}

impl Usage {
    /// Counts an event; one that takes another back is counted off.
    fn count(&mut self, event: &EventFact, denial: DenialReason, is_rebilled: bool) {
        let one = if event.voids.is_some() { -1 } else { 1 };
        self.voided += i64::from(event.voids.is_some() && !is_rebilled);
        self.events += one;
        match event.status {
            Status::Charged => self.charged += one,
            Status::Denied => self.denied[denial as usize] += one,
            Status::Unpriced(reason) => self.unpriced[reason as usize] += one,
        }
    }

    fn add_fee(&mut self, asset: AssetId, amount: Units, quantity: Option<DecimalSum>) {
        self.quantity = self.quantity.zip(quantity).and_then(|(sum, more)| sum.checked_add(&more));
        match self.fees.iter_mut().find(|(of, _)| *of == asset) {
            Some((_, sum)) => *sum += amount,
            None => self.fees.push((asset, amount.into())),
        }
    }

    /// Why events were denied or unpriced, with how often.
    pub fn reasons(&self) -> Vec<(&'static str, i64)> {
        let denied = DenialReason::NAMES.iter().map(|(name, _)| *name).zip(self.denied);
        let unpriced = Unpriced::NAMES.iter().map(|(name, _)| *name).zip(self.unpriced);
        denied.chain(unpriced).filter(|(_, count)| *count > 0).collect()
    }

    /// What was taken of an asset, in its units.
    pub fn fee(&self, asset: AssetId) -> Total<Units> {
        self.fees.iter().find(|(of, _)| *of == asset).map_or(Total::ZERO, |(_, sum)| *sum)
    }
}

/// Events, quantities and fees.
///
/// # Errors
/// When the query names a key that there is not, or the ledger can't be read.
pub fn usage(ledger: &Ledger, query: &Query) -> Result<UsageReport, LedgerError> {
    ledger.read(|ledger| {
        let engine = ledger.engine()?;
        let grouping = Grouping::of_ledger(ledger, &engine, &query.by, false)?;
        let has_quantities = grouping.by_price();
        let mut tally = Tally {
            window: Window::new(query, query.horizon(ledger)?),
            denials: ledger.denial_reasons()?,
            rebilled: ledger.rebilled()?,
            shapes: ledger.shapes()?.into_iter().collect(),
            below_zero: BTreeMap::new(),
            has_quantities,
            rows: Rows::new(),
            total: Usage::default(),
            engine: &engine,
            grouping,
        };
        ledger.for_each_event(|stored| tally.event(&stored))?;
        let Tally { grouping, window, rows, total, mut below_zero, .. } = tally;
        below_zero.retain(|_, count| *count > 0);
        let mut rows = grouping.named(&grouping.names(ledger)?, rows)?;
        if query.by.is_empty() {
            rows = vec![Row { keys: Vec::new(), figures: total.clone() }];
        } else if !grouping.by_time {
            rows.sort_by_key(|row| std::cmp::Reverse(row.figures.events));
        }
        let mut assets: Vec<_> = total.fees.iter().map(|&(id, _)| (id, engine.asset(id).clone())).collect();
        assets.sort_by(|(_, a), (_, b)| a.code.cmp(&b.code));
        Ok(UsageReport { window, by: query.by.clone(), rows, total, assets, has_quantities, below_zero })
    })
}

struct Tally<'l> {
    engine: &'l Engine,
    grouping: Grouping,
    window: Window,
    denials: Vec<(EventNumber, DenialReason)>,
    /// Records that were billed again.
    rebilled: BTreeMap<EventNumber, EventNumber>,
    /// To find quantities in the data of events.
    shapes: FxHashMap<ShapeId, Shape>,
    /// Whether quantities are asked for.
    has_quantities: bool,
    /// By the name of the price.
    below_zero: BTreeMap<String, i64>,
    rows: Rows<Usage>,
    total: Usage,
}

impl Tally<'_> {
    fn event(&mut self, stored: &StoredEvent) -> Result<(), LedgerError> {
        let event = &stored.fact;
        if !self.window.contains(event.occurred_at) {
            return Ok(());
        }
        let denial = match event.status {
            Status::Denied => self.denial(event.voids.unwrap_or(event.seq))?,
            Status::Charged | Status::Unpriced(_) => DenialReason::InsufficientFunds,
        };
        let is_rebilled = event.voids.is_some_and(|voided| self.rebilled.contains_key(&voided));
        self.total.count(event, denial, is_rebilled);
        if event.status == Status::Charged {
            self.count_below_zero(stored)?;
        }
        let place = self.grouping.event(event)?;
        let mut counted: SmallVec<[usize; 2]> = SmallVec::new();
        if event.fees.is_empty() || !self.grouping.by_fee {
            let number = self.rows.number(&place);
            self.rows.at(number).count(event, denial, is_rebilled);
            counted.push(number);
        }
        for fee in &event.fees {
            let mut place = place.clone();
            if self.grouping.by_fee {
                self.grouping.set_fee(&mut place, event.seq, fee)?;
            }
            let number = self.rows.number(&place);
            if !counted.contains(&number) {
                counted.push(number);
                self.rows.at(number).count(event, denial, is_rebilled);
            }
            if event.status == Status::Charged {
                let (asset, quantity) = self.fee(stored, fee)?;
                let quantity =
                    if event.voids.is_some() { quantity.and_then(|quantity| quantity.negated()) } else { quantity };
                self.total.add_fee(asset, fee.amount, quantity);
                self.rows.at(number).add_fee(asset, fee.amount, quantity);
            }
        }
        Ok(())
    }

    /// Counts the prices of a charged event that counted less than nothing. One that takes another back is counted off.
    fn count_below_zero(&mut self, stored: &StoredEvent) -> Result<(), LedgerError> {
        let event = &stored.fact;
        let Some(shape) = self.shapes.get(&event.shape) else { return Ok(()) };
        let mut versions: SmallVec<[VersionId; 1]> = SmallVec::new();
        for fee in &event.fees {
            let version = self.grouping.version(event.seq, fee)?;
            if !versions.contains(&version) && self.engine.has_version(version) {
                versions.push(version);
            }
        }
        let charged = |name: &str| {
            let mut names = event.fees.iter().filter_map(|fee| {
                let version = self.grouping.version_of(fee.subscription).filter(|own| self.engine.has_version(*own))?;
                Some(&self.engine.version(version).prices.get(fee.price.place())?.1.name)
            });
            names.any(|own| own == name)
        };
        let prices = versions.iter().flat_map(|version| &self.engine.version(*version).prices).map(|(_, price)| price);
        let others: SmallVec<[&Price; 2]> =
            prices.filter(|price| price.usage.event_type == shape.event_type && !charged(&price.name)).collect();
        if others.is_empty() {
            return Ok(());
        }
        let Some(values) = Fields::read(&stored.values) else { return Ok(()) };
        let field = |name: &str| shape.fields.iter().position(|own| own == name);
        let value = |name: &str| Some(values.get(field(name)? + usize::from(shape.has_subject))?.as_str());
        let is_for = |price: &Price| {
            let rows = row_candidates(&price.usage, |name| shape.dimension(name).or_else(|| value(name)));
            rows.iter().any(|row| row.ruled_out_by.is_none())
        };
        let is_below = |price: &&&Price| {
            Quantity::of_event(&price.usage, shape, &values).is_some_and(|quantity| quantity.is_negative())
        };
        let below: Vec<String> =
            others.iter().filter(is_below).filter(|price| is_for(price)).map(|price| price.name.clone()).collect();
        let one = if event.voids.is_some() { -1 } else { 1 };
        below.into_iter().for_each(|name| *self.below_zero.entry(name).or_default() += one);
        Ok(())
    }

    fn denial(&self, event: EventNumber) -> Result<DenialReason, LedgerError> {
        let found = self.denials.binary_search_by_key(&event, |(of, _)| *of);
        let unknown = |_| LedgerError::Damaged(format!("why event number {event} was denied is not there"));
        found.map(|index| self.denials[index].1).map_err(unknown)
    }

    /// What a fee is in, and what its price counted of the event.
    fn fee(&self, stored: &StoredEvent, fee: &FeeFact) -> Result<(AssetId, Option<DecimalSum>), LedgerError> {
        let EventFact { seq, shape, .. } = stored.fact;
        let damaged = |what: &str| LedgerError::Damaged(format!("event number {seq}: {what}"));
        let version = Some(self.grouping.version(seq, fee)?).filter(|&version| self.engine.has_version(version));
        let version = self.engine.version(version.ok_or_else(|| damaged("its version is not there"))?);
        let (asset, price) = version.prices.get(fee.price.place()).ok_or_else(|| damaged("its price is not there"))?;
        let usage = &price.usage;
        let is_asked = self.has_quantities && usage.usage_type != UsageType::Unit;
        let Some(shape) = self.shapes.get(&shape).filter(|_| is_asked) else {
            return Ok((*asset, Some(Decimal::ONE.into())));
        };
        let values = Fields::read(&stored.values).ok_or_else(|| damaged("its data can't be read"))?;
        let quantity = Quantity::of_event(usage, shape, &values);
        Ok((*asset, Some(quantity.ok_or_else(|| damaged("its volume is not there"))?.volume)))
    }
}

#[derive(Serialize)]
struct JsonFee<'a> {
    asset: &'a str,
    amount: Amount,
}

#[derive(Serialize)]
struct JsonUsage<'a> {
    events: i64,
    charged: i64,
    denied: i64,
    unpriced: i64,
    voided: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    quantity: Option<Option<DecimalSum>>,
    fees: Vec<JsonFee<'a>>,
    denied_reasons: BTreeMap<&'static str, i64>,
    unpriced_reasons: BTreeMap<&'static str, i64>,
}

#[derive(Serialize)]
struct JsonRow<'a> {
    #[serde(flatten)]
    keys: Named<'a>,
    #[serde(flatten)]
    usage: JsonUsage<'a>,
}

#[derive(Serialize)]
struct JsonReport<'a> {
    from: Option<Instant>,
    to: Instant,
    by: &'a [String],
    rows: Vec<JsonRow<'a>>,
    total: JsonUsage<'a>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    below_zero: &'a BTreeMap<String, i64>,
}

impl UsageReport {
    fn json(&self, usage: &Usage, has_quantity: bool) -> JsonUsage<'_> {
        let fees =
            self.assets.iter().map(|(id, asset)| JsonFee { asset: &asset.code, amount: asset.amount(usage.fee(*id)) });
        let reasons = usage.reasons();
        let part = |denied: bool| {
            let is_denial = |name: &str| DenialReason::NAMES.iter().any(|(known, _)| *known == name);
            reasons.iter().copied().filter(|(name, _)| is_denial(name) == denied).collect()
        };
        JsonUsage {
            events: usage.events,
            charged: usage.charged,
            denied: usage.denied.iter().sum(),
            unpriced: usage.unpriced.iter().sum(),
            voided: usage.voided,
            quantity: has_quantity.then_some(usage.quantity),
            fees: fees.filter(|fee| !fee.amount.is_zero()).collect(),
            denied_reasons: part(true),
            unpriced_reasons: part(false),
        }
    }
}

impl Serialize for UsageReport {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let rows = self.rows.iter().map(|row| JsonRow {
            keys: Named { by: &self.by, keys: &row.keys },
            usage: self.json(&row.figures, self.has_quantities),
        });
        let report = JsonReport {
            from: self.window.from,
            to: self.window.to,
            by: &self.by,
            rows: rows.collect(),
            total: self.json(&self.total, false),
            below_zero: &self.below_zero,
        };
        report.serialize(serializer)
    }
}
