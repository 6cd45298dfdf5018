//! A ledger's own history, billed again: as it was billed, and under other terms. Nothing is written.
//!
//! | file | what it does |
//! |---|---|
//! | [`rows`], [`recorded`] | read what operations recorded beside events, one operation after the other |
//! | [`steps`] | says what each of them did to a customer, from that |
//! | [`content`] | reads what events hold |
//! | [`terms`] | has the engines that held when operations ran, and those of scenarios |
//! | [`lane`], [`run`], [`corrections`], [`refunds`], [`paid`] | do everything again, each lane on its own thread; the first is the base |
//! | [`left_out`] | says what a scenario refuses, and why |
//! | [`ahead`] | fetches what a lane will need before it waits for it |
//! | [`since`], [`switch`] | let a scenario have its terms from an instant on |
//! | [`check`], [`reported`] | compare what comes about in the base with what the ledger has |
//! | [`difference`] | has what they find |
//! | [`ended`] | moves everybody on to the horizon at the end |
//! | [`drive`] | reads one operation after the other, and hands it to the lanes |
//!
//! Customers don't touch one another, so what counts is the order of what each of them did. The events
//! of an operation come before it moves everybody on, and steps before events.

mod ahead;
mod check;
mod content;
mod corrections;
mod difference;
mod drive;
mod ended;
mod lane;
mod left_out;
mod own;
mod paid;
mod recorded;
mod refunds;
mod reported;
mod rows;
mod run;
mod since;
mod steps;
mod switch;
mod terms;
mod work;

pub use difference::{Difference, Differing, Held, Pair, UsageSums};
pub use drive::{NewScenario, Rerun};
pub use ended::RerunEnd;
pub use lane::Counts;
pub use left_out::{LeftOut, WhyLeftOut};
pub use since::Since;
pub use terms::{LatestTerms, ScenarioTerms};

use super::import::Witness;
use super::{Ledger, LedgerError};

impl Ledger {
    /// The latest terms of the ledger and of scenarios, with the numbers that they have when the history is billed again and
    /// compared with the history of that number, as in [`Ledger::rerun`].
    ///
    /// # Errors
    /// When nothing was applied yet, the ledger can't be read, or a scenario lacks a product.
    pub fn latest_terms(
        &self,
        scenarios: &[Box<dyn ScenarioTerms>],
        compared_with: usize,
    ) -> Result<LatestTerms, LedgerError> {
        self.read(|ledger| terms::History::load(&ledger.connection, scenarios)?.latest(scenarios, compared_with))
    }

    /// Bills the ledger's own history again: as it was billed, told to `base`, and in scenarios. Then everybody is
    /// moved on to the ledger's horizon. What becomes of events is compared with the history of that number: 0 is the
    /// ledger's own, and scenarios follow. `on_read` is told of how many events were read.
    ///
    /// # Errors
    /// When nothing was applied yet, the ledger can't be read, a scenario lacks a product, or a life can't go on.
    pub fn rerun(
        &self,
        base: Box<dyn Witness>,
        scenarios: Vec<NewScenario>,
        compared_with: usize,
        mut on_read: impl FnMut(u64),
    ) -> Result<Rerun, LedgerError> {
        self.read(|ledger| drive::rerun(&ledger.connection, base, scenarios, compared_with, &mut on_read))
    }
}
