//! Where records go while a log is read.

use super::assemble::{Assembler, Origin};
use super::columns::{Columns, Texts};
use super::error::{Fault, Rejection, shown};
use super::made::MadeTexts;
use super::rows::Form;
use super::rules::{Rules, SkipWhen};
use super::shape::{Batch, LeftOut};
use crate::catalog::Mapping;
use std::collections::BTreeMap;

/// The batch that is being filled, and what is known of the log that fills it.
pub(super) struct Sink<'a> {
    pub assembler: &'a mut Assembler,
    pub batch: &'a mut Batch,
    pub mapping: Option<&'a Mapping>,
    /// What the mapping makes of the log's columns.
    pub rules: &'a Rules,
    /// For the values of a record that are made of others.
    pub made: &'a mut MadeTexts,
    /// What the log has had so far.
    pub tally: &'a mut Tally,
    /// Whether the batch keeps the records themselves.
    pub keeps_rows: bool,
    /// The log's number and name.
    pub file: u32,
    pub name: &'a str,
}

/// How many records of a log are left out, by the rule that says so, and how many are not.
#[derive(Default)]
pub(super) struct Tally {
    skipped: BTreeMap<usize, u64>,
    others: u64,
}

impl Tally {
    fn skip(&mut self, rule: usize) {
        *self.skipped.entry(rule).or_default() += 1;
    }

    /// What was left out of the log, which is over, if anything was. The next one has had nothing.
    pub fn finish(&mut self, file: &str, rules: &Rules) -> Option<LeftOut> {
        let Self { skipped, others } = std::mem::take(self);
        let reasons: Vec<String> = skipped.keys().filter_map(|rule| Some(reason(rules.skips.get(*rule)?))).collect();
        let left_out = LeftOut { file: file.to_owned(), count: skipped.values().sum(), is_all: others == 0, reasons };
        (left_out.count > 0).then_some(left_out)
    }
}

fn reason((column, when): &(String, SkipWhen)) -> String {
    match when {
        SkipWhen::Empty => format!("`{column}` is empty"),
        SkipWhen::Is(value) => format!("`{column}` is {value}"),
    }
}

impl Sink<'_> {
    /// What stands between the values of a CSV row.
    pub fn delimiter(&self) -> u8 {
        let delimiter = self.mapping.and_then(|mapping| mapping.delimiter);
        delimiter.and_then(|sign| u8::try_from(sign).ok()).unwrap_or(b',')
    }

    /// Adds the record that begins in this line as an event, or as a rejection; or leaves it out, as the mapping says.
    /// `customer` is for records that do not name one.
    pub fn add_record<'a: 'b, 'b>(
        &mut self,
        line: u64,
        columns: &'b Columns,
        texts: Texts<'b, impl Fn(usize) -> &'a str + Copy>,
        customer: Option<&'b str>,
    ) -> Result<(), Fault> {
        if let Some(rule) = columns.skipped_by(&texts) {
            self.batch.passed.skipped += 1;
            self.tally.skip(rule);
            return Ok(());
        }
        self.tally.others += 1;
        self.made.make(&columns.made, |cell| texts.get(cell))?;
        let parts = columns.parts(texts, self.made, customer, self.mapping.map(|mapping| &mapping.time))?;
        self.assembler.add(self.batch, Origin { file: self.file, line }, &parts, Some(self.rules))
    }

    /// Tells that the record that begins in this line is not an event. Columns get the names that the
    /// log has.
    pub fn reject(&mut self, line: u64, fault: Fault) {
        self.tally.others += 1;
        let theirs = |ours: String| {
            let sum = self.mapping.and_then(|mapping| mapping.columns.get(&ours));
            sum.map_or(ours, ToString::to_string)
        };
        self.batch.rejections.push(Rejection {
            file: self.name.to_owned(),
            line,
            code: fault.code,
            column: fault.column.map(|column| shown(&theirs(column))),
            reason: fault.reason,
            row: None,
        });
    }

    /// Keeps the record that was just added or rejected, if records are kept.
    pub fn keep_row<R: AsRef<[u8]>>(&mut self, row: impl FnOnce() -> R) {
        if !self.keeps_rows {
            return;
        }
        if self.batch.rows.len() < self.batch.events.len() {
            self.batch.rows.push(row().as_ref());
        } else if let Some(rejection) = self.batch.rejections.last_mut().filter(|last| last.row.is_none()) {
            let row = row();
            self.batch.rows.count_refused(row.as_ref());
            rejection.row = Some(row.as_ref().into());
        }
    }

    /// Keeps how the log's records are written, if they are kept.
    pub fn keep_form(&mut self, form: impl FnOnce() -> Form) {
        if self.keeps_rows {
            self.batch.forms.push((self.file, form()));
        }
    }
}
