//! How a history is billed, and what is asked of it.

use super::funding::Funding;
use crate::billing::Engine;
use crate::ids::VersionNumber;
use crate::report::Refused;
use crate::time::Instant;
use crate::wallet::Declines;
use std::collections::BTreeMap;

/// The most scenarios that can be compared side by side.
pub const MOST: usize = 20;

/// For the code of a product in the base, its code in the scenarios.
pub type Moves = BTreeMap<String, String>;

/// How a history is billed.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The product that customers are subscribed to at their first event, and its version if it is not the latest.
    pub enroll: (String, Option<VersionNumber>),
    /// Who pays when a wallet runs dry.
    pub funding: Funding,
    /// What the refused events cost.
    pub refused: Refused,
    /// The keys of further rows.
    pub by: Vec<String>,
    /// Whether there are rows by model beside them, if events tell of models.
    pub by_model: bool,
    /// Products that have other codes in scenarios.
    pub moves: Moves,
    /// When the scenarios' own terms begin; from the start if absent.
    pub since: Option<Instant>,
    /// Whether they hold only for subscriptions that begin after that.
    pub only_new: bool,
    /// Which automatic payments are declined.
    pub declines: Option<Declines>,
}

impl Options {
    /// Has an engine pay as these say, beside the catalog's rules.
    pub(super) fn stress(&self, engine: &mut Engine) {
        if self.funding == Funding::Unlimited {
            engine.pay_what_is_missing();
        }
        if let Some(declines) = self.declines {
            engine.decline(declines);
        }
    }
}
