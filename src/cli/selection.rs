//! Which recorded events a command is about.

use super::candidates;
use super::context::Context;
use super::error::{Exit, Failure};
use super::of_log::OfLog;
use super::value::operation_number;
use crate::billing::{DenialReason, Unpriced};
use crate::ids::OperationId;
use crate::ledger::{EventStatus, Ledger, Named, Selection};
use crate::time::Instant;
use clap::Args;
use clap::builder::PossibleValuesParser;
use std::path::PathBuf;

/// Which events, by what became of them and when they happened.
#[derive(Debug, Args)]
pub struct Which {
    /// Only events with this status.
    #[arg(long, value_name = "STATUS", value_parser = PossibleValuesParser::new(EventStatus::ALL.map(EventStatus::name)))]
    pub status: Option<String>,
    /// Only events that were denied or have no price for this reason.
    #[arg(long, value_name = "REASON", value_parser = PossibleValuesParser::new(reasons()), hide_possible_values = true)]
    pub reason: Option<String>,
    /// Only events that happened at this time or later.
    #[arg(long, value_name = "TIME", value_parser = Instant::parse_argument)]
    pub from: Option<Instant>,
    /// Only events that happened before this time.
    #[arg(long, value_name = "TIME", value_parser = Instant::parse_argument)]
    pub to: Option<Instant>,
}

/// Which events are to be corrected.
#[derive(Debug, Args)]
pub struct ToCorrect {
    /// The events' ids.
    #[arg(value_name = "EVENT_ID", add = candidates::events())]
    pub ids: Vec<String>,
    /// All events that this operation recorded or took back; `drawdown ledger log` shows the numbers.
    #[arg(long, value_name = "N", value_parser = operation_number, conflicts_with_all = ["ids", "log"])]
    pub operation: Option<OperationId>,
    /// All recorded events of these logs.
    #[arg(long, value_name = "FILE", conflicts_with = "ids")]
    pub log: Vec<PathBuf>,
    /// Read the logs with this mapping from the catalog.
    #[arg(long, value_name = "NAME", requires = "log", add = candidates::mappings())]
    pub map: Option<String>,
    /// Skip rows of the logs that can't be read; still exits 1.
    #[arg(long, requires = "log")]
    pub skip_invalid: bool,
    /// Only events of this customer.
    #[arg(long, value_name = "CUSTOMER", add = candidates::customers())]
    pub customer: Option<String>,
    /// Which of them.
    #[command(flatten)]
    pub which: Which,
}

/// The words for why an event was not charged.
fn reasons() -> Vec<&'static str> {
    let denied = DenialReason::NAMES.iter().map(|(name, _)| *name);
    denied.chain(Unpriced::NAMES.iter().map(|(name, _)| *name)).collect()
}

impl Which {
    /// Events of anybody.
    pub fn selection(&self) -> Selection {
        let named = |name: &String| EventStatus::ALL.into_iter().find(|status| status.name() == name);
        Selection {
            status: self.status.as_ref().and_then(named),
            reason: self.reason.clone(),
            from: self.from,
            to: self.to,
            ..Selection::default()
        }
    }
}

impl ToCorrect {
    /// The events that are meant by a command, and how that ends where rows of a log were skipped.
    ///
    /// # Errors
    /// When nothing is said of them, a customer is unknown, or a log can't be read.
    pub fn selection(&self, command: &str, ledger: &Ledger, context: &Context) -> Result<(Selection, Exit), Failure> {
        let own = self.which.selection();
        let says_nothing = self.ids.is_empty() && self.operation.is_none() && self.log.is_empty();
        let Which { status, reason, from, to } = &self.which;
        if says_nothing
            && self.customer.is_none()
            && status.is_none()
            && reason.is_none()
            && (from, to) == (&None, &None)
        {
            let failure = Failure::usage("no events are named");
            return Err(failure.with_help(
                "name their ids, or use --operation, --log, --customer, --status, --reason, --from or --to",
            ));
        }
        if let (Some(from), Some(to)) = (from, to)
            && from >= to
        {
            return Err(Failure::usage(format!("--to {to} is not later than --from {from}")));
        }
        if let Some(operation) = self.operation {
            ledger.operation(operation)?;
        }
        let customer = self.customer.as_ref().map(|id| ledger.customer(id)).transpose()?.map(|customer| customer.id);
        self.ids.iter().try_for_each(|id| check_event(ledger, id))?;
        let (mut recorded, mut skipped) = (None, 0);
        if !self.log.is_empty() {
            let log = OfLog::read(&self.log, self.map.as_deref(), ledger, context)?;
            skipped = log.check_rows(self.skip_invalid, context)?;
            log.say_what_is_not_meant(&self.log, command, ledger, context)?;
            recorded = Some(log.recorded);
        }
        let selection = Selection { ids: self.ids.clone(), recorded, operation: self.operation, customer, ..own };
        Ok((selection, if skipped > 0 { Exit::Refused } else { Exit::Done }))
    }
}

/// Whoever names a payment for an event is told how that goes back.
fn check_event(ledger: &Ledger, id: &str) -> Result<(), Failure> {
    if ledger.event_by_id(id)?.is_some() {
        return Ok(());
    }
    let (what, help) = match ledger.named_payment(id)? {
        Named::Payment(_) | Named::Several(_) => ("a payment", format!("`drawdown refund {id}` pays it back")),
        Named::Adjustment => ("an adjustment", "`drawdown adjust` with the opposite amount takes it back".to_owned()),
        Named::Refund => ("a refund", "`drawdown topup` records that it was paid again".to_owned()),
        Named::Customer => ("a customer", format!("`--customer {id}` means all of their events")),
        Named::Event | Named::Nothing(_) => return Err(no_event(ledger, id)?),
    };
    Err(Failure::refused("not_an_event", format!("{id:?} is {what}, not an event")).with_help(help))
}

/// That there is no event of that id, which one may be meant, and where ids are found.
///
/// # Errors
/// When the ledger can't be read.
pub fn no_event(ledger: &Ledger, id: &str) -> Result<Failure, Failure> {
    let meant = ledger.nearest_id(id)?.map(|other| format!("did you mean {other:?}? ")).unwrap_or_default();
    let failure = Failure::refused("unknown_event", format!("there is no event {id:?} in the ledger"));
    Ok(failure
        .with_help(format!("{meant}use the id from the log; `drawdown events CUSTOMER` lists a customer's events")))
}
