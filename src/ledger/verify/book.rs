//! What checking needs to know of a ledger, loaded once.

use crate::billing::{Engine, Subscription, Version};
use crate::catalog::{Price, UsagePrice};
use crate::ids::{AssetId, CustomerId, PriceIndex, RowIndex, ShapeId, SubscriptionId};
use crate::ledger::tables::{meta, subscription, terms};
use crate::ledger::{LedgerError, book};
use crate::usage::Shape;
use rusqlite::Connection;
use rustc_hash::FxHashMap;
use std::collections::{BTreeMap, BTreeSet};

/// Prices, subscriptions, and the shapes of events.
pub(super) struct Book {
    pub engine: Engine,
    pub subscriptions: FxHashMap<SubscriptionId, Held>,
    /// The subscriptions of each line, by its origin, the earliest first.
    lines: FxHashMap<SubscriptionId, Vec<SubscriptionId>>,
    pub shapes: FxHashMap<ShapeId, Shape>,
    pub hash_key: [u8; 16],
}

/// A subscription, and whose it is.
pub(super) struct Held {
    pub customer: CustomerId,
    pub subscription: Subscription,
    /// The first subscription of its line.
    pub first: SubscriptionId,
    /// Whether its line has had other terms too.
    pub has_other_terms: bool,
}

/// A row of a price under some terms.
pub(super) type Place = (SubscriptionId, PriceIndex, RowIndex);

impl Book {
    /// `None` while nothing has been applied.
    pub fn load(connection: &Connection) -> Result<Option<Self>, LedgerError> {
        if terms::is_empty(connection)? {
            return Ok(None);
        }
        let (subscriptions, lines) = subscriptions(connection)?;
        Ok(Some(Self {
            engine: book::load_engine(connection)?,
            subscriptions,
            lines,
            shapes: FxHashMap::default(),
            hash_key: meta::hash_key(connection)?,
        }))
    }

    /// A subscription of that customer with its version; `None` when it is not theirs, or there is no such version.
    pub fn held(&self, customer: CustomerId, id: SubscriptionId) -> Option<(&Held, &Version)> {
        let held = self.subscriptions.get(&id).filter(|held| held.customer == customer)?;
        let version = held.subscription.version;
        self.engine.has_version(version).then(|| (held, self.engine.version(version)))
    }

    /// The rows whose quantities so far are added up for events of one, in a line that has had several terms: those of the
    /// line that are of the same, one for each money that they are charged in, the line's first. Its own money comes first:
    /// it is counted there.
    pub fn counted(&self, (own, price, row): Place) -> Vec<Place> {
        let Some(held) = self.subscriptions.get(&own) else { return Vec::new() };
        let line = self.lines.get(&held.subscription.origin).map(Vec::as_slice).unwrap_or_default();
        let mut first: Vec<(Place, bool)> = Vec::new();
        for &other in line {
            let Some(version) = self.version_of(other) else { continue };
            let rows = PriceIndex::each(&version.prices).flat_map(|(index, (_, price))| {
                RowIndex::each(&price.usage.rows).map(move |(row, _)| (other, index, row))
            });
            for place in rows.filter(|place| self.is_same((own, price, row), *place)) {
                if !first.iter().any(|(known, _)| self.has_same_money(*known, place)) {
                    first.push((place, self.has_same_money((own, price, row), place)));
                }
            }
        }
        first.sort_by_key(|(_, is_own)| !is_own);
        first.into_iter().map(|(place, _)| place).collect()
    }

    fn version_of(&self, id: SubscriptionId) -> Option<&Version> {
        let version = self.subscriptions.get(&id)?.subscription.version;
        self.engine.has_version(version).then(|| self.engine.version(version))
    }

    fn price(&self, (own, price, _): Place) -> Option<&(AssetId, Price)> {
        self.version_of(own)?.prices.get(price.place())
    }

    /// Whether quantities of two rows are of the same.
    fn is_same(&self, a: Place, b: Place) -> bool {
        let kind = |place: Place| {
            let (_, Price { name, usage, .. }) = self.price(place)?;
            let cells = usage.billable_dimensions.iter().zip(&usage.rows.get(place.2.place())?.dimensions);
            let cells: BTreeMap<_, _> = cells.filter(|(_, cell)| cell.is_some()).collect();
            let UsagePrice { event_type, usage_type, volume_field, tier_period, .. } = usage;
            Some((name, event_type, usage_type, volume_field, tier_period, cells))
        };
        kind(a).is_some() && kind(a) == kind(b)
    }

    /// Whether what was charged under one row can be given back under another.
    fn has_same_money(&self, a: Place, b: Place) -> bool {
        let money = |place| {
            let (asset, Price { usage, .. }) = self.price(place)?;
            Some((asset, usage.may_fall(), usage.overage.as_ref().map(|overage| &overage.asset)))
        };
        money(a) == money(b)
    }
}

/// A usage price of a version, and the asset it is in.
pub(super) fn usage_price(version: &Version, index: PriceIndex) -> Option<(AssetId, &UsagePrice)> {
    version.prices.get(index.place()).map(|(asset, price)| (*asset, &price.usage))
}

/// All subscriptions, and the lines that they form.
type Subscriptions = (FxHashMap<SubscriptionId, Held>, FxHashMap<SubscriptionId, Vec<SubscriptionId>>);

fn subscriptions(connection: &Connection) -> Result<Subscriptions, LedgerError> {
    let (mut all, mut lines) = Subscriptions::default();
    for subscription::Held { customer, subscription } in subscription::all(connection)? {
        lines.entry(subscription.origin).or_default().push(subscription.id);
        all.insert(subscription.id, Held { customer, subscription, first: subscription.id, has_other_terms: false });
    }
    for line in lines.values() {
        let versions: BTreeSet<_> = line.iter().map(|id| all[id].subscription.version).collect();
        for id in line {
            let held = all.get_mut(id).expect("lines are made of the subscriptions that there are");
            (held.first, held.has_other_terms) = (line[0], versions.len() > 1);
        }
    }
    Ok((all, lines))
}
