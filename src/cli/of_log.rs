//! The recorded events of a log, and what of the log is not recorded.

use super::context::Context;
use super::error::Failure;
use super::logs::{mapping, open_all, unreadable};
use crate::catalog::plain_value;
use crate::ids::{EventNumber, OperationId};
use crate::ledger::Ledger;
use crate::render::{counted, either};
use crate::usage::{Batch, LogReader, Rejection, Shape, UsageEvent};
use std::path::PathBuf;
use std::sync::Arc;

/// The events of logs that are recorded, and what is not.
#[derive(Default)]
pub struct OfLog {
    /// The events that are recorded with the log's content. An id may have come to stand for another event.
    pub recorded: Vec<EventNumber>,
    /// The ids that stand for other content in the ledger.
    other: Vec<String>,
    /// How many records have ids that the ledger doesn't know.
    unknown: u64,
    /// The first row that could not be read, and how many there are.
    unreadable: Option<(Rejection, usize)>,
}

/// How many ids a message names.
const FEW: usize = 3;

impl OfLog {
    /// Reads the logs.
    ///
    /// # Errors
    /// When one can't be read, or the ledger.
    pub fn read(files: &[PathBuf], map: Option<&str>, ledger: &Ledger, context: &Context) -> Result<Self, Failure> {
        let mapping = map.map(|name| mapping(name, context)).transpose()?;
        let (sources, _) = open_all(files)?;
        let mut reader = LogReader::new(sources, Arc::new(ledger.engine()?.vocabulary()), mapping);
        let (mut own, mut customers, mut shapes) = (Self::default(), Vec::new(), Vec::new());
        while let Some(batch) = reader.next_batch(8_192).map_err(|error| unreadable(&error, "nothing was changed"))? {
            customers.extend_from_slice(&batch.new_customers);
            shapes.extend_from_slice(&batch.new_shapes);
            own.add(&batch, (&shapes, &customers), ledger)?;
        }
        Ok(own)
    }

    fn add(
        &mut self,
        batch: &Batch,
        (shapes, customers): (&[Arc<Shape>], &[String]),
        ledger: &Ledger,
    ) -> Result<(), Failure> {
        if let Some(first) = batch.rejections.first() {
            self.unreadable.get_or_insert_with(|| (first.clone(), 0)).1 += batch.rejections.len();
        }
        for event in &batch.events {
            let id = batch.id(event).text();
            let told = batch.expand(event, &shapes[event.shape.place()], &customers[event.customer.place()]);
            let stored = ledger.events_by_id(&id)?;
            let mut is_recorded = false;
            for event in stored.iter().filter(|event| event.fact.voids.is_none()) {
                if is_same(&ledger.expand(event)?, &told) {
                    self.recorded.push(event.fact.seq);
                    is_recorded = true;
                }
            }
            match is_recorded {
                true => {}
                false if stored.is_empty() => self.unknown += 1,
                false => self.other.push(id),
            }
        }
        Ok(())
    }

    /// Refuses a log with rows that can't be read, unless they are to be skipped. Returns how many they are.
    ///
    /// # Errors
    /// When a row can't be read.
    pub fn check_rows(&self, skip_invalid: bool, context: &Context) -> Result<usize, Failure> {
        let Some((wrong, count)) = &self.unreadable else { return Ok(0) };
        if !skip_invalid {
            let failure = Failure::refused(wrong.code, format!("{}; nothing was changed", wrong.reason));
            let help = "--skip-invalid leaves out the rows that can't be read, as it does for `replay`";
            return Err(failure.at(wrong.file.clone(), wrong.line, None).with_help(help));
        }
        context.out.warn(&format!("{} left out: the first is line {} of {}", skipped(*count), wrong.line, wrong.file));
        Ok(*count)
    }

    /// Says what of the log is not recorded, and how `command` names what a replay of it recorded all the same.
    ///
    /// # Errors
    /// When the ledger can't be read.
    pub fn say_what_is_not_meant(
        &self,
        files: &[PathBuf],
        command: &str,
        ledger: &Ledger,
        context: &Context,
    ) -> Result<(), Failure> {
        if self.unknown > 0 {
            let records = counted(self.unknown, "record");
            let are = either(&self.unknown, "is", "are");
            let by = match replayed(files, ledger)? {
                Some(number) => format!(
                    "; operation {number} replayed it: `drawdown {command} --operation {number}` is about all that it recorded"
                ),
                None => String::new(),
            };
            context.out.warn(&format!(
                "{records} of the log {are} not recorded under {} present id{by}",
                either(&self.unknown, "its", "their")
            ));
        }
        if !self.other.is_empty() {
            let names: Vec<String> = self.other.iter().take(FEW).map(|id| format!("{id:?}")).collect();
            let more = if self.other.len() > FEW { ", ..." } else { "" };
            let have = either(&self.other.len(), "has", "have");
            context.out.warn(&format!(
                "{} of the log {have} other content than what is recorded ({}{more}), which is left as it is",
                counted(self.other.len(), "record"),
                names.join(", ")
            ));
        }
        Ok(())
    }
}

fn skipped(count: usize) -> String {
    format!("{} can't be read and {}", counted(count, "row"), either(&count, "is", "are"))
}

/// The last operation that replayed one of the files and recorded events.
fn replayed(files: &[PathBuf], ledger: &Ledger) -> Result<Option<OperationId>, Failure> {
    let names: Vec<String> = files.iter().map(|file| file.display().to_string()).collect();
    for operation in ledger.operations()?.into_iter().rev() {
        let words: Vec<&str> = operation.command.split(' ').map(|word| word.trim_matches(['\'', '"'])).collect();
        let is_named = words.contains(&"replay") && names.iter().any(|name| words.contains(&name.as_str()));
        if is_named && ledger.facts_of(operation.id)?.iter().any(|(table, _)| *table == "event") {
            return Ok(Some(operation.id));
        }
    }
    Ok(None)
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
