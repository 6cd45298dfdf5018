//! Which recorded events a command is about.

use super::candidates;
use super::context::Context;
use super::error::Failure;
use super::logs::{mapping, open_all};
use super::value::operation_number;
use crate::billing::{DenialReason, Unpriced};
use crate::catalog::plain_value;
use crate::ids::{EventNumber, OperationId};
use crate::ledger::{EventStatus, Ledger, Named, Selection};
use crate::time::Instant;
use crate::usage::{LogReader, UsageEvent};
use clap::Args;
use clap::builder::PossibleValuesParser;
use std::path::PathBuf;
use std::sync::Arc;

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
    /// The events that are meant.
    ///
    /// # Errors
    /// When nothing is said of them, a customer is unknown, or a log can't be read.
    pub fn selection(&self, ledger: &Ledger, context: &Context) -> Result<Selection, Failure> {
        let own = self.which.selection();
        let says_nothing = self.ids.is_empty() && self.operation.is_none() && self.log.is_empty();
        let Which { status, reason, from, to } = &self.which;
        if says_nothing
            && self.customer.is_none()
            && status.is_none()
            && reason.is_none()
            && (from, to) == (&None, &None)
        {
            let failure = Failure::usage("it is not said which events are meant");
            return Err(failure.with_help(
                "name their ids, or use --operation, --log, --customer, --status, --reason, --from or --to",
            ));
        }
        if let (Some(from), Some(to)) = (from, to)
            && from >= to
        {
            return Err(Failure::usage(format!("there is no time from {from} to {to}")));
        }
        if let Some(operation) = self.operation {
            ledger.operation(operation)?;
        }
        let customer = self.customer.as_ref().map(|id| ledger.customer(id)).transpose()?.map(|customer| customer.id);
        self.ids.iter().try_for_each(|id| check_event(ledger, id))?;
        let recorded = (!self.log.is_empty()).then(|| self.recorded_of_log(ledger, context)).transpose()?;
        Ok(Selection { ids: self.ids.clone(), recorded, operation: self.operation, customer, ..own })
    }

    /// The logs' events that are recorded with this content. An id may have come to stand for another event.
    fn recorded_of_log(&self, ledger: &Ledger, context: &Context) -> Result<Vec<EventNumber>, Failure> {
        let mapping = self.map.as_deref().map(|name| mapping(name, context)).transpose()?;
        let (sources, _) = open_all(&self.log)?;
        let engine = ledger.engine()?;
        let mut reader = LogReader::new(sources, Arc::new(engine.vocabulary()), mapping);
        let (mut recorded, mut customers, mut shapes) = (Vec::new(), Vec::new(), Vec::new());
        while let Some(batch) = reader.next_batch(8_192)? {
            if let Some(wrong) = batch.rejections.first() {
                let failure = Failure::refused(wrong.code, format!("{}; nothing was changed", wrong.reason));
                return Err(failure.at(wrong.file.clone(), wrong.line, None));
            }
            customers.extend_from_slice(&batch.new_customers);
            shapes.extend_from_slice(&batch.new_shapes);
            for event in &batch.events {
                let id = batch.id(event).text();
                let told = batch.expand(event, &shapes[event.shape.place()], &customers[event.customer.place()]);
                for stored in ledger.events_by_id(&id)? {
                    if stored.fact.voids.is_none() && is_same(&ledger.expand(&stored)?, &told) {
                        recorded.push(stored.fact.seq);
                    }
                }
            }
        }
        Ok(recorded)
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
        Named::Event | Named::Customer | Named::Nothing(_) => return Ok(()),
    };
    Err(Failure::refused("not_an_event", format!("{id:?} is {what}, not an event")).with_help(help))
}

/// Whether two events say the same, in whatever spelling. What only one of them says does not count.
pub fn is_same(recorded: &UsageEvent, told: &UsageEvent) -> bool {
    let head = |event: &UsageEvent| {
        (event.customer.clone(), event.event_type.clone(), event.occurred_at, event.subject.clone())
    };
    let agrees = |(name, value): (&String, &String)| {
        told.data.get(name).is_none_or(|other| plain_value(other) == plain_value(value))
    };
    head(recorded) == head(told) && recorded.data.iter().all(agrees)
}
