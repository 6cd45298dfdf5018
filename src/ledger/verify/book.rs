//! What checking needs to know of a ledger, loaded once.

use crate::billing::{Engine, Subscription, Version};
use crate::catalog::UsagePrice;
use crate::ids::{AssetId, CustomerId, PriceIndex, ShapeId, SubscriptionId, VersionId};
use crate::ledger::tables::{meta, subscription, terms};
use crate::ledger::{LedgerError, book};
use crate::usage::Shape;
use rusqlite::{Connection, Row};
use rustc_hash::FxHashMap;

/// Prices, subscriptions, and the shapes of events.
pub(super) struct Book {
    pub engine: Engine,
    pub subscriptions: FxHashMap<SubscriptionId, Held>,
    pub shapes: FxHashMap<ShapeId, Shape>,
    pub hash_key: [u8; 16],
}

/// A subscription, and whose it is.
pub(super) struct Held {
    pub customer: CustomerId,
    pub subscription: Subscription,
    /// The first of its line with the same version: quantities are counted under it.
    pub counts_under: SubscriptionId,
}

impl Book {
    /// `None` while nothing has been applied.
    pub fn load(connection: &Connection) -> Result<Option<Self>, LedgerError> {
        if terms::is_empty(connection)? {
            return Ok(None);
        }
        Ok(Some(Self {
            engine: book::load_engine(connection)?,
            subscriptions: subscriptions(connection)?,
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
}

/// A usage price of a version, and the asset it is in.
pub(super) fn usage_price(version: &Version, index: PriceIndex) -> Option<(AssetId, &UsagePrice)> {
    version.prices.get(index.place()).map(|(asset, price)| (*asset, &price.usage))
}

fn subscriptions(connection: &Connection) -> Result<FxHashMap<SubscriptionId, Held>, LedgerError> {
    let mut first: FxHashMap<(SubscriptionId, VersionId), SubscriptionId> = FxHashMap::default();
    let mut all = FxHashMap::default();
    for subscription::Held { customer, subscription } in subscription::all(connection)? {
        let counts_under = *first.entry((subscription.origin, subscription.version)).or_insert(subscription.id);
        all.insert(subscription.id, Held { customer, subscription, counts_under });
    }
    Ok(all)
}

/// Visits the rows of a question, each as a tuple of its columns.
pub(super) fn for_each<R>(connection: &Connection, sql: &str, mut visit: impl FnMut(R)) -> Result<(), LedgerError>
where
    R: for<'r> TryFrom<&'r Row<'r>, Error = rusqlite::Error>,
{
    let mut statement = connection.prepare(sql)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        visit(R::try_from(row)?);
    }
    Ok(())
}
