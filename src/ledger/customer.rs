//! Customers, and their own top-up rules.

use super::open::Writer;
use super::tables::customer::CustomerRow;
use super::tables::{auto_topup_rule, customer};
use super::{Ledger, LedgerError};
use crate::billing::{AutoTopupRule, Engine, Facts, Life};
use crate::catalog::closest;
use crate::ids::{AssetId, CustomerId};
use crate::time::Instant;
use crate::usage::likeness;
use rusqlite::Connection;
use std::collections::BTreeMap;

pub(super) fn require_customer(connection: &Connection, external_id: &str) -> Result<CustomerRow, LedgerError> {
    if let Some(found) = customer::find(connection, external_id)? {
        return Ok(found);
    }
    let names: Vec<String> = customer::all(connection)?.into_iter().map(|row| row.external_id).collect();
    let close = closest(external_id, names.iter().map(String::as_str)).map(str::to_owned);
    Err(LedgerError::UnknownCustomer { name: external_id.to_owned(), close })
}

/// Of two ids that look alike, at least one has a sign beyond ASCII; the other one may be what both look like.
fn look_alikes(connection: &Connection, added: u64) -> Result<Vec<(String, String)>, LedgerError> {
    let next: CustomerId = customer::CUSTOMER.next_id(connection)?;
    let is_new = |id: CustomerId| id.number() >= next.number().saturating_sub_unsigned(added);
    let mut by_likeness: BTreeMap<String, Vec<(CustomerId, String)>> = BTreeMap::new();
    for (id, name) in customer::beyond_ascii(connection)? {
        by_likeness.entry(likeness(&name)).or_default().push((id, name));
    }
    let mut pairs = Vec::new();
    for (likeness, mut alike) in by_likeness {
        if likeness.is_ascii() {
            alike.extend(customer::find(connection, &likeness)?.map(|row| (row.id, row.external_id)));
            alike.sort_unstable();
        }
        let others = alike.iter().skip(1).filter(|(id, _)| is_new(*id));
        pairs.extend(others.map(|(_, name)| (alike[0].1.clone(), name.clone())));
    }
    Ok(pairs)
}

impl Ledger {
    /// The customer of that external id.
    ///
    /// # Errors
    /// [`LedgerError::UnknownCustomer`], or when the ledger can't be read.
    pub fn customer(&self, external_id: &str) -> Result<CustomerRow, LedgerError> {
        require_customer(&self.connection, external_id).map_err(|e| e.at(self.path()))
    }

    /// All customers, in the order in which they were added.
    ///
    /// # Errors
    /// When the ledger can't be read.
    pub fn customers(&self) -> Result<Vec<CustomerRow>, LedgerError> {
        customer::all(&self.connection).map_err(|e| e.at(self.path()))
    }
}

impl Writer<'_> {
    /// The customer of that external id.
    ///
    /// # Errors
    /// [`LedgerError::UnknownCustomer`], or when the ledger can't be read.
    pub fn customer(&self, external_id: &str) -> Result<CustomerRow, LedgerError> {
        require_customer(&self.tx, external_id).map_err(|e| e.at(self.path))
    }

    /// Adds a customer. `false` when the same customer is there already.
    ///
    /// # Errors
    /// [`LedgerError::Conflict`] when the id is there under another name.
    pub fn add_customer(&mut self, external_id: &str, name: Option<&str>, at: Instant) -> Result<bool, LedgerError> {
        self.step(|writer| {
            if let Some(known) = customer::find(&writer.tx, external_id)? {
                if name.is_none() || known.name.as_deref() == name {
                    return Ok(false);
                }
                let show =
                    |name: Option<&str>| name.map_or("a customer without a name".into(), |n| format!("name {n:?}"));
                return Err(LedgerError::Conflict {
                    key: external_id.to_owned(),
                    before: show(known.name.as_deref()),
                    now: show(name),
                });
            }
            writer.insert_customers(&[(external_id, name, at)])?;
            Ok(true)
        })
    }

    /// Customers that look like others and are not the same, of which at least one is among the latest `added`: pairs of
    /// external ids, the earlier one first.
    ///
    /// # Errors
    /// When the ledger can't be read.
    pub fn look_alikes(&self, added: u64) -> Result<Vec<(String, String)>, LedgerError> {
        if added == 0 {
            return Ok(Vec::new());
        }
        look_alikes(&self.tx, added).map_err(|e| e.at(self.path))
    }

    /// Adds customers by their external ids, with their names and when they were added. Returns the first one's number.
    pub(super) fn insert_customers(
        &mut self,
        new: &[(&str, Option<&str>, Instant)],
    ) -> Result<CustomerId, LedgerError> {
        customer::add(&self.tx, &mut self.seals, new)
    }

    /// Sets a customer's own top-up rule for an asset at `at`, or when the customer's time has come to if that is later; `None`
    /// removes it, so that the catalog's holds again. Returns the customer as they are then, and what has happened because of
    /// it: nothing when that is how it stands.
    ///
    /// # Errors
    /// When the ledger can't be written.
    pub fn set_rule(
        &mut self,
        engine: &mut Engine,
        customer: &CustomerRow,
        (asset, rule): (AssetId, Option<AutoTopupRule>),
        at: Instant,
    ) -> Result<(Life, Option<Facts>), LedgerError> {
        let mut life = self.life(customer.id, engine)?;
        if life.rules.get(&asset) == rule.as_ref() {
            return Ok((life, None));
        }
        let mut facts = Facts::default();
        engine.set_rule(&mut life, (asset, rule.clone()), at, &mut facts)?;
        let since = (customer.id, life.clock);
        self.step(|writer| auto_topup_rule::set(&writer.tx, &mut writer.seals, since, asset, rule.as_ref()))?;
        let told = facts.clone();
        self.record(engine, &mut life, &mut facts)?;
        Ok((life, Some(told)))
    }
}
