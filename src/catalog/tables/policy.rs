//! `[policy]`: what happens when an account can't cover a fee, and which credits are used first.

use super::said::{Said, joined, word};
use crate::catalog::codes::Code;
use crate::catalog::fields::{Fields, Node};
use crate::catalog::finding::Findings;
use crate::catalog::keys::{Key, Kind, Table, Usual, plain_words};
use crate::catalog::written::{Written, WrittenTable};
use crate::wallet::BurnKey;
use serde::{Deserialize, Serialize};

const INSUFFICIENT_FUNDS: Key = Key::new(
    "insufficient_funds",
    Kind::Words(&plain_words(&InsufficientFunds::NAMES)),
    "What happens when an account can't cover a fee: the event is denied, or the account goes below zero, down to the \
     asset's `overdraft_limit`.",
)
.by_default(Usual::Text("deny"));
const BURN_ORDER: Key = Key::new(
    "burn_order",
    Kind::List(&Kind::Words(&plain_words(&BurnKey::NAMES))),
    "The order in which credits are used: the keys to sort them by. The lot's id decides last.",
)
.by_default(Usual::AllWords)
.note("which credits are used first");

/// `[policy]`.
pub static POLICY: Table = Table::new("policy", &[&[INSUFFICIENT_FUNDS, BURN_ORDER]]);

/// The catalog's `[policy]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// What happens when an account can't cover a fee.
    pub insufficient_funds: InsufficientFunds,
    /// The keys that order lots; the lot's id always decides last.
    pub burn_order: Vec<BurnKey>,
}

impl Default for Policy {
    fn default() -> Self {
        Self { insufficient_funds: InsufficientFunds::default(), burn_order: BurnKey::NAMES.map(|(_, k)| k).to_vec() }
    }
}

/// What happens when an account can't cover a fee.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InsufficientFunds {
    /// The event is denied and nothing is debited.
    #[default]
    Deny,
    /// The account goes below zero, to the asset's `overdraft_limit`.
    Overdraft,
}

impl InsufficientFunds {
    /// The catalog's spellings.
    pub const NAMES: [(&'static str, Self); 2] = [("deny", Self::Deny), ("overdraft", Self::Overdraft)];
}

/// Reads the policy.
pub(in crate::catalog) fn policy(mut table: Fields<'_>, findings: &mut Findings) -> Policy {
    let funds = table.choice(&INSUFFICIENT_FUNDS, &InsufficientFunds::NAMES, findings);
    let order = table.get(&BURN_ORDER, findings).map(|node| burn_order(node, findings));
    table.finish(findings);
    let default = Policy::default();
    Policy { insufficient_funds: funds.unwrap_or_default(), burn_order: order.unwrap_or(default.burn_order) }
}

fn burn_order(node: Node<'_>, findings: &mut Findings) -> Vec<BurnKey> {
    let mut keys = Vec::new();
    for item in node.items(findings) {
        let Some(key) = item.choice(&BurnKey::NAMES, findings) else { continue };
        if keys.contains(&key) {
            findings.add(Code::DuplicateName, item.spot, "this key is already in `burn_order`").help("remove it");
        }
        keys.push(key);
    }
    keys
}

/// The table that it is read from.
pub(in crate::catalog) fn write_policy(policy: &Policy) -> WrittenTable {
    let order = policy.burn_order.iter().map(|key| Written::Text(word(&BurnKey::NAMES, key)));
    WrittenTable::new(&POLICY)
        .with(&INSUFFICIENT_FUNDS, &*word(&InsufficientFunds::NAMES, &policy.insufficient_funds))
        .with(&BURN_ORDER, order.collect::<Written>())
}

/// What a plan says of it.
pub(in crate::catalog) fn said_of_policy(policy: &Policy) -> Said {
    vec![
        (&INSUFFICIENT_FUNDS, word(&InsufficientFunds::NAMES, &policy.insufficient_funds)),
        (&BURN_ORDER, joined(&policy.burn_order, |key| word(&BurnKey::NAMES, key))),
    ]
}
