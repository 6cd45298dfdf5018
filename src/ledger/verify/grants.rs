//! What entitlements granted: amounts, terms and cost bases as the product versions say.

use super::book::{Book, Held};
use super::check::{Check, Faults, counted};
use super::taken::Taken;
use crate::billing::Version;
use crate::catalog::{Entitlement, Refresh};
use crate::ids::{AssetId, EntitlementIndex, LotId, SubscriptionId};
use crate::ledger::LedgerError;
use crate::ledger::tables::lot::{self, LotRow};
use crate::ledger::tables::{recovery, rollover};
use crate::money::Units;
use crate::time::Instant;
use crate::wallet::{GrantedBy, Lot};
use rusqlite::Connection;
use rustc_hash::{FxHashMap, FxHashSet};

/// A lot that an entitlement granted.
struct Grant<'b> {
    lot: &'b Lot,
    asset: AssetId,
    held: &'b Held,
    /// The entitlement and what it is in.
    entitlement: &'b (AssetId, Entitlement),
}

/// What was granted anew: by which subscription and entitlement, and when.
pub(super) type Fresh = FxHashSet<(SubscriptionId, EntitlementIndex, Instant)>;

/// When what lines of subscriptions owed was paid late, by their origins.
type Recoveries = FxHashSet<(SubscriptionId, Instant)>;

/// Checks every lot of an entitlement by itself; returns what was granted anew, so that none can be missed.
pub(super) fn check(connection: &Connection, book: &Book) -> Result<(Check, Fresh), LedgerError> {
    let mut faults = Faults::default();
    let mut carried = carried(connection)?;
    let recoveries: Recoveries = recovery::by_origin(connection)?.into_iter().collect();
    let mut fresh = Fresh::default();
    let mut count = 0;
    for LotRow { customer, asset, lot } in lot::entitled(connection)? {
        count += 1;
        let of = |granted: GrantedBy| {
            let (held, version): (_, &Version) = book.held(customer, granted.subscription)?;
            Some((held, version.entitlements.get(granted.entitlement.place())?, granted))
        };
        let Some((held, entitlement, granted)) = lot.granted_by.and_then(of) else {
            faults.add(|| format!("lot {}: no entitlement of its customer granted it", lot.id));
            continue;
        };
        let grant = Grant { lot: &lot, asset, held, entitlement };
        grant.check_terms(&mut faults);
        if let Some(carried) = carried.remove(&lot.id) {
            grant.check_carried(carried, &mut faults);
            continue;
        }
        grant.check_fresh(book, &recoveries, &mut faults);
        if !fresh.insert((granted.subscription, granted.entitlement, lot.granted_at)) {
            faults.add(|| format!("lot {}: it was granted twice", lot.id));
        }
    }
    if let Some(lost) = carried.keys().min() {
        faults.add(|| format!("what was carried over into lot {lost} is not there"));
    }
    Ok((
        faults.check("grants", || {
            counted(count, "lot is what its entitlement grants", "lots are what their entitlements grant")
        }),
        fresh,
    ))
}

/// What was carried on, by the lot that it went into.
fn carried(connection: &Connection) -> Result<FxHashMap<LotId, Taken>, LedgerError> {
    let mut carried: FxHashMap<LotId, Taken> = FxHashMap::default();
    rollover::for_each_carried(connection, |into, amount, basis| {
        carried.entry(into).or_default().add(amount, basis);
    })?;
    Ok(carried)
}

impl Grant<'_> {
    /// What all lots of an entitlement have in common.
    fn check_terms(&self, faults: &mut Faults) {
        let (lot, (asset, entitlement)) = (self.lot, self.entitlement);
        let same = (self.asset, lot.purpose, lot.priority) == (*asset, entitlement.purpose, entitlement.priority);
        if !same {
            faults.add(|| format!("lot {}: its asset, purpose or priority is not its entitlement's", lot.id));
        }
        let told = |end: Option<Instant>| end.map_or("never".to_owned(), |end| end.to_string());
        faults.compare(|| format!("lot {}: its end", lot.id), &told(lot.expires_at), &told(self.end()));
    }

    /// When it ends: with the period that it was granted in, or once its duration is over.
    fn end(&self) -> Option<Instant> {
        let lifecycle = self.entitlement.1.lifecycle?;
        let anchor = self.held.subscription.anchor;
        match lifecycle.refresh {
            Some(_) => lifecycle.interval.period(anchor, self.lot.granted_at).map(|period| period.to),
            None => Some(lifecycle.interval.after(anchor)),
        }
    }

    /// An amount for all seats; `None` when it can't be counted.
    fn for_all_seats(&self, amount: Units) -> Option<Units> {
        self.held.subscription.quantity.total(amount, self.entitlement.1.per_seat)
    }

    /// A rest that was carried on: what its lots gave up, within the limit.
    fn check_carried(&self, carried: Taken, faults: &mut Faults) {
        let (lot, entitlement) = (self.lot, &self.entitlement.1);
        faults.compare(|| format!("lot {}: what was carried into it", lot.id), &lot.amount.into(), &carried.amount);
        faults.compare(|| format!("lot {}: the cost basis carried into it", lot.id), &lot.basis.into(), &carried.basis);
        let limit = match entitlement.lifecycle.and_then(|lifecycle| lifecycle.refresh) {
            // A limit that can't be counted limits nothing.
            Some(Refresh::Rollover { limit }) => limit.and_then(|limit| self.for_all_seats(limit)),
            Some(Refresh::ExpireAndReplace) | None => Some(Units::ZERO),
        };
        if let Some(limit) = limit.filter(|limit| lot.amount > *limit) {
            faults.add(|| format!("lot {}: {} were carried over, but at most {limit} are", lot.id, lot.amount));
        }
    }

    /// The whole amount for all seats; other terms may have granted a part of it, for the rest of a period: when they began,
    /// or when they were paid late.
    fn check_fresh(&self, book: &Book, recoveries: &Recoveries, faults: &mut Faults) {
        let (lot, (asset, entitlement), subscription) = (self.lot, self.entitlement, &self.held.subscription);
        let Some(full) = self.for_all_seats(entitlement.amount) else {
            return faults.add(|| format!("lot {}: what it was granted for all seats can't be counted", lot.id));
        };
        let begins =
            subscription.started_at == lot.granted_at || recoveries.contains(&(subscription.origin, lot.granted_at));
        let is_increase = subscription.origin != subscription.id && begins;
        if lot.amount > full || !is_increase {
            faults.compare(|| format!("lot {}: what it was granted", lot.id), &lot.amount, &full);
        }
        let basis = book.engine.revenue_basis(*asset, entitlement, lot.amount);
        let basis = basis.map_or("more than can be counted".to_owned(), |basis| basis.to_string());
        faults.compare(|| format!("lot {}: its cost basis", lot.id), &lot.basis.to_string(), &basis);
    }
}
