//! Customers, what they subscribe to, and their own top-up rules.

use super::append::{AUTO_TOPUP_RULE, CUSTOMER, SUBSCRIPTION, SUBSCRIPTION_END, append, optional, text};
use super::book::next_id;
use super::open::Writer;
use super::{Ledger, LedgerError};
use crate::billing::{AssetId, AutoTopupRule, CustomerId, Engine, SubscriptionId, VersionId};
use crate::catalog::Published;
use crate::time::Instant;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension, Row};

/// A customer as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomerRow {
    /// The ledger's number.
    pub id: CustomerId,
    /// The id that logs and commands use.
    pub external_id: String,
    /// The name people see.
    pub name: Option<String>,
    /// When the customer was added.
    pub created_at: Instant,
}

/// A subscription as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubscriptionRow {
    /// The ledger's number.
    pub id: SubscriptionId,
    /// The customer's external id.
    pub customer: String,
    /// The product version's number in the ledger.
    pub version_id: VersionId,
    /// The product's code.
    pub product: String,
    /// The product version.
    pub version: u32,
    /// Seats.
    pub quantity: i64,
    /// From when on.
    pub started_at: Instant,
    /// Until when, if it ends.
    pub ended_at: Option<Instant>,
}

fn customer_row(row: &Row<'_>) -> rusqlite::Result<CustomerRow> {
    Ok(CustomerRow {
        id: row.get(0)?,
        external_id: row.get(1)?,
        name: row.get(2)?,
        created_at: Instant::from_micros(row.get(3)?),
    })
}

pub(super) fn find_customer(connection: &Connection, external_id: &str) -> Result<Option<CustomerRow>, LedgerError> {
    let sql = "SELECT id, external_id, name, created_at FROM customer WHERE external_id = ?1";
    Ok(connection.prepare_cached(sql)?.query_row([external_id], customer_row).optional()?)
}

pub(super) fn require_customer(connection: &Connection, external_id: &str) -> Result<CustomerRow, LedgerError> {
    find_customer(connection, external_id)?.ok_or_else(|| LedgerError::UnknownCustomer(external_id.to_owned()))
}

fn subscriptions(connection: &Connection, customer: Option<CustomerId>) -> Result<Vec<SubscriptionRow>, LedgerError> {
    let filter = if customer.is_some() { "WHERE s.customer = ?1" } else { "WHERE ?1 IS NULL" };
    let mut statement = connection.prepare_cached(&format!(
        "SELECT s.id, c.external_id, s.version, v.product, v.number, s.quantity, s.started_at, e.ended_at
         FROM subscription s JOIN customer c ON c.id = s.customer JOIN product_version v ON v.id = s.version
         LEFT JOIN subscription_end e ON e.subscription = s.id {filter} ORDER BY s.id",
    ))?;
    let row = |row: &Row<'_>| {
        Ok(SubscriptionRow {
            id: row.get(0)?,
            customer: row.get(1)?,
            version_id: row.get(2)?,
            product: row.get(3)?,
            version: row.get(4)?,
            quantity: row.get(5)?,
            started_at: Instant::from_micros(row.get(6)?),
            ended_at: row.get::<_, Option<i64>>(7)?.map(Instant::from_micros),
        })
    };
    let rows = statement.query_map([customer], row)?.collect::<Result<_, _>>()?;
    Ok(rows)
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
        let sql = "SELECT id, external_id, name, created_at FROM customer ORDER BY id";
        let list = || {
            let rows = self.connection.prepare_cached(sql)?.query_map([], customer_row)?.collect::<Result<_, _>>()?;
            Ok(rows)
        };
        list().map_err(|e: LedgerError| e.at(self.path()))
    }

    /// Subscriptions of one customer, or of all.
    ///
    /// # Errors
    /// When the ledger can't be read.
    pub fn subscriptions(&self, customer: Option<CustomerId>) -> Result<Vec<SubscriptionRow>, LedgerError> {
        subscriptions(&self.connection, customer).map_err(|e| e.at(self.path()))
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

    /// A customer's subscriptions.
    ///
    /// # Errors
    /// When the ledger can't be read.
    pub fn subscriptions(&self, customer: CustomerId) -> Result<Vec<SubscriptionRow>, LedgerError> {
        subscriptions(&self.tx, Some(customer)).map_err(|e| e.at(self.path))
    }

    /// Adds a customer. `false` when the same customer is there already.
    ///
    /// # Errors
    /// [`LedgerError::Conflict`] when the id is there under another name.
    pub fn add_customer(&mut self, external_id: &str, name: Option<&str>, at: Instant) -> Result<bool, LedgerError> {
        self.step(|writer| {
            if let Some(known) = find_customer(&writer.tx, external_id)? {
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
            writer.insert_customer(external_id, name, at)?;
            Ok(true)
        })
    }

    pub(super) fn insert_customer(
        &mut self,
        external_id: &str,
        name: Option<&str>,
        at: Instant,
    ) -> Result<CustomerId, LedgerError> {
        let id = next_id(&self.tx, "customer", "id")?;
        let row = [
            ValueRef::Integer(id),
            text(external_id),
            name.map_or(ValueRef::Null, text),
            ValueRef::Integer(at.micros()),
            ValueRef::Integer(0),
            ValueRef::Integer(0),
        ];
        append(&self.tx, &mut self.seals, &CUSTOMER, &row)?;
        Ok(id)
    }

    /// Subscribes a customer to a product version from `at` on; until the product's next subscription, if one starts later.
    /// `None` when the same subscription is there already.
    ///
    /// # Errors
    /// When the customer holds the product at that time in another version, quantity or span.
    pub fn subscribe(
        &mut self,
        customer: &CustomerRow,
        product: &str,
        version_id: VersionId,
        quantity: i64,
        at: Instant,
    ) -> Result<Option<SubscriptionId>, LedgerError> {
        self.step(|writer| {
            let mut until: Option<Instant> = None;
            for held in subscriptions(&writer.tx, Some(customer.id))?.iter().filter(|s| s.product == product) {
                if held.ended_at.is_some_and(|end| end <= at) {
                    continue;
                }
                if held.started_at > at {
                    until = Some(until.map_or(held.started_at, |end| end.min(held.started_at)));
                    continue;
                }
                let same = held.version_id == version_id && held.quantity == quantity;
                let holds = format!(
                    "{} already holds {}@{} (quantity {}) from {}",
                    customer.external_id, held.product, held.version, held.quantity, held.started_at
                );
                return match held.ended_at {
                    None if same => Ok(None),
                    None => Err(LedgerError::Refused(format!("{holds}; end that first with `drawdown unsubscribe`"))),
                    Some(end) => Err(LedgerError::Refused(format!("{holds} until {end}; subscribe again --at {end}"))),
                };
            }
            let id = writer.insert_subscription(customer.id, version_id, quantity, at)?;
            if let Some(end) = until {
                writer.insert_end(id, end)?;
            }
            Ok(Some(id))
        })
    }

    fn insert_end(&mut self, subscription: SubscriptionId, at: Instant) -> Result<(), LedgerError> {
        append(&self.tx, &mut self.seals, &SUBSCRIPTION_END, &[subscription, at.micros()].map(ValueRef::Integer))
    }

    pub(super) fn insert_subscription(
        &mut self,
        customer: CustomerId,
        version: VersionId,
        quantity: i64,
        at: Instant,
    ) -> Result<SubscriptionId, LedgerError> {
        let id = next_id(&self.tx, "subscription", "id")?;
        let row = [id, customer, version, quantity, at.micros()].map(ValueRef::Integer);
        append(&self.tx, &mut self.seals, &SUBSCRIPTION, &row)?;
        Ok(id)
    }

    /// Ends a customer's subscription to a product at `at`. `None` when it has ended by then already.
    ///
    /// # Errors
    /// When there is none to end.
    pub fn unsubscribe(
        &mut self,
        customer: &CustomerRow,
        product: &str,
        at: Instant,
    ) -> Result<Option<SubscriptionRow>, LedgerError> {
        self.step(|writer| {
            let held = subscriptions(&writer.tx, Some(customer.id))?;
            let mut held: Vec<_> = held.into_iter().filter(|s| s.product == product).collect();
            if held.iter().any(|s| s.ended_at == Some(at)) {
                return Ok(None);
            }
            let ended = held.iter().filter_map(|s| s.ended_at).max();
            held.retain(|s| s.ended_at.is_none());
            let who = &customer.external_id;
            match (held.pop(), ended) {
                (Some(subscription), _) if subscription.started_at < at => {
                    writer.insert_end(subscription.id, at)?;
                    Ok(Some(subscription))
                }
                (Some(subscription), _) => {
                    let start = subscription.started_at;
                    Err(LedgerError::Refused(format!("{who} holds {product} only from {start}; it can't end at {at}")))
                }
                (None, Some(end)) if end <= at => Ok(None),
                (None, Some(end)) => {
                    Err(LedgerError::Refused(format!("{who} holds {product} until {end}; an end can't be moved")))
                }
                (None, None) => Err(LedgerError::Refused(format!("{who} has no subscription to {product}"))),
            }
        })
    }

    /// Sets a customer's own top-up rule for an asset; `None` removes it, so that the catalog's holds again. `false` when
    /// that is how it stands.
    ///
    /// # Errors
    /// When the ledger can't be written.
    pub fn set_rule(
        &mut self,
        customer: &CustomerRow,
        asset: AssetId,
        rule: Option<&AutoTopupRule>,
    ) -> Result<bool, LedgerError> {
        self.step(|writer| {
            if super::life::rules(&writer.tx, customer.id)?.get(&asset) == rule {
                return Ok(false);
            }
            let (off, threshold, amount, currency, limit) = match rule {
                None => (2, None, None, None, None),
                Some(AutoTopupRule::Off) => (1, None, None, None, None),
                Some(AutoTopupRule::On { threshold, amount, currency, limit }) => {
                    (0, Some(*threshold), Some(*amount), Some(*currency), *limit)
                }
            };
            let id = next_id(&writer.tx, "auto_topup_rule", "id")?;
            let row = [
                ValueRef::Integer(id),
                ValueRef::Integer(customer.id),
                ValueRef::Integer(asset),
                ValueRef::Integer(off),
                optional(threshold),
                optional(amount),
                optional(currency),
                optional(limit),
            ];
            append(&writer.tx, &mut writer.seals, &AUTO_TOPUP_RULE, &row)?;
            Ok(true)
        })
    }
}

/// The version a product reference means: the default one, or the one after `@`.
///
/// # Errors
/// When there is no such product or version, or it is archived and no version was named.
pub fn resolve_version(
    published: &Published,
    engine: &Engine,
    product: &str,
    version: Option<u32>,
) -> Result<VersionId, LedgerError> {
    let unknown = |kind, name: String, known: Vec<String>| LedgerError::Unknown { kind, name, known };
    let Some(found) = published.product(product) else {
        let known = published.products.iter().map(|p| p.product.code.clone()).collect();
        return Err(unknown("product", product.to_owned(), known));
    };
    if found.archived && version.is_none() {
        return Err(LedgerError::Refused(format!("the product {product} is archived: nobody new can subscribe to it")));
    }
    let number = version.unwrap_or(found.version);
    let id = engine.versions().find(|(_, v)| v.product == product && v.number == number).map(|(id, _)| id);
    let known = || (1..=found.version).map(|v| format!("{product}@{v}")).collect();
    id.ok_or_else(|| unknown("product version", format!("{product}@{number}"), known()))
}
