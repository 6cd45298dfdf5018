//! Records of a log that can't be recorded: counted, shown, and written to a file; and keys that are passed over.

mod file;

use super::context::Context;
use super::doubt::costs_as_data;
use super::error::Failure;
use super::logs::mapping_help;
use crate::catalog::Mapping;
use crate::ledger::{Conflict, LedgerError, Refusal, Unrecordable, Writer};
use crate::render::{counted, either};
use crate::usage::{Batch, Beside, Form, LeftOut, Passed, Rejection, UsageEvent};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

pub(super) use file::RefusedRows;

/// How many are shown on the terminal.
const SHOWN: usize = 20;

/// One record that can't be recorded.
#[derive(Debug, Clone)]
pub(super) struct Reject {
    file: String,
    line: u64,
    column: Option<String>,
    code: &'static str,
    reason: String,
    /// The customer, if the record is refused because nobody knows them.
    unknown: Option<String>,
    help: Option<String>,
}

impl Reject {
    fn of_rejection(rejection: &Rejection) -> Self {
        Self {
            file: rejection.file.clone(),
            line: rejection.line,
            column: rejection.column.clone(),
            code: rejection.code,
            reason: rejection.reason.clone(),
            unknown: None,
            help: None,
        }
    }

    fn of_refusal(refusal: Refusal, names: &[String]) -> Self {
        let (code, column) = match &refusal.reason {
            Unrecordable::UnknownCustomer(_) => ("unknown_customer", Some("customer")),
            Unrecordable::Conflict(_) => ("conflict", Some("id")),
            Unrecordable::OutOfRange(_) => ("out_of_range", None),
        };
        Self {
            file: names.get(refusal.file as usize).cloned().unwrap_or_default(),
            line: refusal.line,
            column: column.map(str::to_owned),
            code,
            reason: why(&refusal.reason),
            unknown: match refusal.reason {
                Unrecordable::UnknownCustomer(name) => Some(name),
                _ => None,
            },
            help: None,
        }
    }

    fn said(&self) -> Beside<'_> {
        let Self { file, line, column, code, reason, .. } = self;
        Beside { file, line: *line, column: column.as_deref(), code, reason }
    }

    /// A record that was the only one.
    pub(super) fn alone(refusal: Refusal) -> Failure {
        let reject = Self::of_refusal(refusal, &[]);
        Failure::refused(reject.code, reject.reason)
    }

    fn failure(&self) -> Failure {
        let message = match &self.column {
            Some(column) => format!("{column}: {}", self.reason),
            None => self.reason.clone(),
        };
        let failure = Failure::refused(self.code, message).at(self.file.clone(), self.line, self.column.clone());
        match &self.help {
            Some(help) => failure.with_help(help),
            None => failure,
        }
    }
}

/// Why a record can't be recorded.
fn why(reason: &Unrecordable) -> String {
    let shown = |event: &UsageEvent| serde_json::to_string(event).unwrap_or_default();
    match reason {
        Unrecordable::UnknownCustomer(name) => format!(
            "unknown customer {name:?}; add it with `drawdown customer add`, or enroll all with --enroll PRODUCT"
        ),
        Unrecordable::OutOfRange(error) => error.to_string(),
        Unrecordable::Conflict(conflict) => match &**conflict {
            Conflict::Content { before, now } => {
                let (before, now) = (shown(before), shown(now));
                format!("the id was recorded before with other content; before: {before}; now: {now}")
            }
            Conflict::Line { line, now } => {
                let place = line.map_or_else(|| "an earlier line".to_owned(), |line| format!("line {line}"));
                format!("the id is in {place} too, with other content; now: {}", shown(now))
            }
        },
    }
}

/// Rejected records while a log is read.
pub(super) struct Rejects {
    names: Vec<String>,
    shown: Vec<Reject>,
    count: u64,
    unreadable: u64,
    /// What was passed over.
    passed: Passed,
    /// Why one of them could not be written down.
    failed: Option<Failure>,
    /// How the logs' records are written.
    forms: BTreeMap<u32, Form>,
    file: Option<RefusedRows>,
}

/// All rejected records of a log.
pub(super) struct Rejected {
    shown: Vec<Reject>,
    /// All of them.
    pub count: u64,
    /// Those that are not even events.
    pub unreadable: u64,
    /// What was passed over.
    pub passed: Passed,
    /// The files that they are in.
    files: Vec<PathBuf>,
}

impl Rejects {
    /// Those of the logs of these names. They are written to the file, if there is one.
    pub fn new(names: Vec<String>, file: Option<RefusedRows>) -> Self {
        let (shown, forms) = (Vec::new(), BTreeMap::new());
        Self { names, shown, count: 0, unreadable: 0, passed: Passed::default(), failed: None, forms, file }
    }

    /// Keeps what could not be recorded of a batch, in the log's order.
    pub fn take_batch(&mut self, batch: &Batch, refusals: Vec<Refusal>) {
        self.unreadable += batch.rejections.len() as u64;
        self.passed.join(batch.passed.clone());
        self.forms.extend(batch.forms.iter().cloned());
        let (names, rows) = (&self.names, &batch.rows);
        let unread =
            batch.rejections.iter().map(|rejection| (Reject::of_rejection(rejection), rejection.row.as_deref()));
        let refused = refusals.into_iter().map(|refusal| {
            let row = rows.get(refusal.index.place());
            (Reject::of_refusal(refusal, names), row)
        });
        let place = |reject: &Reject| names.iter().position(|name| *name == reject.file);
        let mut rejects: Vec<_> = unread.chain(refused).map(|(it, row)| (place(&it), it, row)).collect();
        rejects.sort_by_key(|(file, reject, _)| (*file, reject.line));
        for (file, reject, row) in rejects {
            if let Err(failure) = self.add(file, reject, row) {
                self.failed.get_or_insert(failure);
            }
        }
    }

    /// Counts a record of the log with this number, and writes it down as it stands there.
    fn add(&mut self, log: Option<usize>, reject: Reject, row: Option<&[u8]>) -> Result<(), Failure> {
        self.count += 1;
        let form = log.and_then(|log| self.forms.get(&(log as u32)));
        let written = match (&mut self.file, form, row) {
            (Some(file), Some(form), Some(row)) => file.write(form, row, reject.said()),
            _ => Ok(()),
        };
        if self.shown.len() < SHOWN {
            self.shown.push(reject);
        }
        written
    }

    /// Closes the file.
    pub fn finish(self) -> Result<Rejected, Failure> {
        let Self { shown, count, unreadable, passed, failed, file, .. } = self;
        failed.map_or(Ok(()), Err)?;
        let files = file.map_or(Ok(Vec::new()), RefusedRows::finish)?;
        Ok(Rejected { shown, count, unreadable, passed, files })
    }
}

impl Rejected {
    /// Says of the shown customers that nobody knows which one may be meant.
    pub fn suggest(&mut self, writer: &Writer<'_>) {
        for reject in &mut self.shown {
            let known = reject.unknown.as_ref().map(|name| writer.customer(name));
            if let Some(Err(LedgerError::UnknownCustomer { close: Some(close), .. })) = known {
                reject.help = Some(format!("did you mean {close:?}?"));
            }
        }
    }

    /// Says of conflicts what helps where records are sums that may have grown.
    pub fn advise_on_totals(&mut self) {
        for reject in self.shown.iter_mut().filter(|reject| reject.code == "conflict") {
            let help = "a sum that has grown is another one: export only days that are over, or take the earlier one back \
                        with `drawdown void` and replay again";
            reject.help = Some(help.to_owned());
        }
    }

    /// Shows the first of them as errors, and says where all are, or `how` they are written.
    pub fn show(&self, context: &Context, how: &str) {
        for reject in &self.shown {
            context.out.error(&reject.failure());
        }
        let more = self.count - self.shown.len() as u64;
        let and_more = format!("and {}", counted(more, "more row"));
        match (more, self.files()) {
            (0, None) => {}
            (0, Some(files)) => context.out.note(&format!("the refused {} in {files}", self.rows_are())),
            (_, None) => context.out.note(&format!("{and_more}; {how}")),
            (_, Some(files)) => context.out.note(&format!("{and_more}; all are in {files}")),
        }
    }

    /// The names of the files that they are in.
    fn files(&self) -> Option<String> {
        let names: Vec<String> = self.files.iter().map(|file| file.display().to_string()).collect();
        (!names.is_empty()).then(|| names.join(" and "))
    }

    fn rows_are(&self) -> &'static str {
        either(&self.count, "row is", "rows are")
    }

    /// Our names of fields that stand deeper in the records than they are read, and where.
    pub fn deeper(&self, mapping: Option<&Mapping>) -> BTreeMap<String, String> {
        let last = |path: &str| path.rsplit('.').next().unwrap_or_default().to_owned();
        let mut found: BTreeMap<String, String> = BTreeMap::new();
        for path in &self.passed.deeper {
            found.entry(last(path)).or_insert_with(|| path.clone());
        }
        let columns = mapping.into_iter().flat_map(|mapping| &mapping.columns);
        let read = columns.filter_map(|(ours, sum)| Some((ours.clone(), found.get(&last(sum.as_field()?))?.clone())));
        read.collect::<Vec<_>>().into_iter().chain(found).collect()
    }

    /// Says what of the log was passed over, if anything was, and which fields may be meant to be costs at these vendors.
    pub fn say_passed<'a>(&self, context: &Context, vendors: impl Iterator<Item = &'a str>) {
        let names = |names: &[String]| {
            let names: BTreeSet<String> = names.iter().map(|name| format!("{name:?}")).collect();
            names.into_iter().collect::<Vec<_>>().join(", ")
        };
        let Passed { ignored, dropped, cost_like, skipped, left_out, idle, deeper: _ } = &self.passed;
        if !idle.is_empty() {
            context
                .out
                .warn(&format!("the mapping's `drop` and `keep` name what the log does not have: {}", names(idle)));
        }
        if !ignored.is_empty() {
            context.out.note(&format!("keys that are no part of an event were ignored: {}", names(ignored)));
        }
        if !dropped.is_empty() {
            context
                .out
                .note(&format!("columns that were not kept: {}; `keep` in a mapping keeps them", names(dropped)));
        }
        if *skipped > 0 {
            let reasons: BTreeSet<&str> = left_out.iter().flat_map(|log| &log.reasons).map(String::as_str).collect();
            let reasons = reasons.into_iter().collect::<Vec<_>>().join(" or ");
            context.out.note(&format!("{} left out, as the mapping says: {reasons}", counted(*skipped, "record")));
        }
        for LeftOut { file, count, reasons, .. } in left_out.iter().filter(|log| log.is_all) {
            let records = counted(*count, "record");
            context.out.warn(&format!(
                "nothing of {file} was read: its {records} {} left out, as the mapping says, because {}",
                either(count, "was", "were"),
                reasons.join(" or ")
            ));
        }
        let vendors: Vec<&str> = vendors.collect();
        let cost_like: BTreeSet<&String> = cost_like.iter().collect();
        costs_as_data(cost_like, &vendors).iter().for_each(|doubt| context.out.warn(doubt));
    }

    /// Why the whole log was refused.
    pub fn failure(&self) -> Failure {
        let rows = counted(self.count, "row");
        let failure = Failure::refused("rejected_rows", format!("{rows} can't be recorded, so nothing was recorded"));
        let help = match self.files() {
            Some(files) => format!(
                "fix the log; or add --skip-invalid to go on without such rows, mend them in {files}, and replay that in the same way"
            ),
            None => "fix the log, or add --skip-invalid to go on without such rows".to_owned(),
        };
        // Where the first row can't be read, all may be written in another way.
        match self.shown.first().filter(|first| first.line <= 2 && first.code == "invalid_row") {
            Some(first) => failure.with_help(format!("{help}; {}", mapping_help(&first.file))),
            None => failure.with_help(help),
        }
    }
}
