//! `auto_topup_rule`: customers' own rules. The latest one for an asset is in force.

use super::append::append;
use super::seal::Seals;
use super::table::Table;
use crate::billing::AutoTopupRule;
use crate::ids::{AssetId, CustomerId};
use crate::ledger::LedgerError;
use crate::ledger::sql::{cells, numbered};
use crate::money::Units;
use crate::time::Instant;
use rusqlite::{Connection, Row};
use rustc_hash::FxHashMap;

/// All of its columns are facts. What `off` says is [`Rule`].
pub(in crate::ledger) const AUTO_TOPUP_RULE: Table = Table {
    name: "auto_topup_rule",
    create: "
CREATE TABLE auto_topup_rule (
  id INTEGER PRIMARY KEY, customer INTEGER NOT NULL, asset INTEGER NOT NULL, off INTEGER NOT NULL,
  threshold INTEGER, amount INTEGER, currency INTEGER, monthly_limit INTEGER, at INTEGER NOT NULL,
  operation INTEGER NOT NULL) STRICT;
CREATE INDEX auto_topup_rule_customer ON auto_topup_rule (customer);
",
    columns: &["id", "customer", "asset", "off", "threshold", "amount", "currency", "monthly_limit", "at"],
    facts: 9,
    counted: None,
    is_setting: false,
};

/// What a row does to a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::ledger) enum Rule {
    /// It pays as the row says.
    Pays,
    /// It never pays, whatever the catalog says.
    Never,
    /// It is removed, so that the catalog's rule applies.
    Removed,
}

numbered!(Rule { Pays = 0, Never = 1, Removed = 2 });

/// A customer's own rules as they stand.
pub(in crate::ledger) fn of(
    connection: &Connection,
    customer: CustomerId,
) -> Result<FxHashMap<AssetId, AutoTopupRule>, LedgerError> {
    let sql = format!("SELECT {READ} FROM auto_topup_rule WHERE customer = ?1 ORDER BY id");
    let mut rules = FxHashMap::default();
    AUTO_TOPUP_RULE.for_each(connection, &sql, [customer], |row| {
        let asset: AssetId = row.get(1)?;
        match read(row)? {
            Some(rule) => drop(rules.insert(asset, rule)),
            None => drop(rules.remove(&asset)),
        }
        Ok(())
    })?;
    Ok(rules)
}

/// The columns that [`read`] reads.
pub(in crate::ledger) const READ: &str = "id, asset, off, threshold, amount, currency, monthly_limit, customer, at";

/// The rule that a row says; `None` where it is removed.
pub(in crate::ledger) fn read(row: &Row<'_>) -> rusqlite::Result<Option<AutoTopupRule>> {
    Ok(match row.get(2)? {
        Rule::Pays => Some(AutoTopupRule::On {
            threshold: row.get(3)?,
            amount: row.get(4)?,
            currency: row.get(5)?,
            limit: row.get(6)?,
        }),
        Rule::Never => Some(AutoTopupRule::Off),
        Rule::Removed => None,
    })
}

/// Whether anybody ever had one.
pub(in crate::ledger) fn is_empty(connection: &Connection) -> Result<bool, LedgerError> {
    Ok(!connection.prepare_cached("SELECT 1 FROM auto_topup_rule LIMIT 1")?.exists([])?)
}

/// The customers who ever had one, with their external ids.
pub(in crate::ledger) fn customers(connection: &Connection) -> Result<Vec<(CustomerId, String)>, LedgerError> {
    let sql = "SELECT DISTINCT c.id, c.external_id FROM auto_topup_rule JOIN customer c ON c.id = customer ORDER BY 1";
    AUTO_TOPUP_RULE.rows(connection, sql, [], |row| Ok((row.get(0)?, row.get(1)?)))
}

/// Sets a rule at an instant; `None` removes it.
pub(in crate::ledger) fn set(
    connection: &Connection,
    seals: &mut Seals,
    (customer, at): (CustomerId, Instant),
    asset: AssetId,
    rule: Option<&AutoTopupRule>,
) -> Result<(), LedgerError> {
    let nothing: Option<Units> = None;
    let id: i64 = AUTO_TOPUP_RULE.next_id(connection)?;
    let row = match rule {
        Some(&AutoTopupRule::On { threshold, amount, currency, limit }) => {
            cells![id, customer, asset, Rule::Pays, threshold, amount, currency, limit, at]
        }
        Some(AutoTopupRule::Off) => cells![id, customer, asset, Rule::Never, nothing, nothing, nothing, nothing, at],
        None => cells![id, customer, asset, Rule::Removed, nothing, nothing, nothing, nothing, at],
    };
    append(connection, seals, &AUTO_TOPUP_RULE, &row)
}
