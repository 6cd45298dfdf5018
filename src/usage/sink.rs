//! Where records go while a log is read.

use super::assemble::{Assembler, Origin};
use super::error::{Fault, Rejection, shown};
use super::parts::{Cells, Parts};
use super::shape::Batch;
use crate::catalog::Mapping;

/// The batch that is being filled, and what is known of the log that fills it.
pub(super) struct Sink<'a> {
    pub assembler: &'a mut Assembler,
    pub batch: &'a mut Batch,
    pub mapping: Option<&'a Mapping>,
    /// The log's number and name.
    pub file: u32,
    pub name: &'a str,
}

impl Sink<'_> {
    /// Adds the record that begins in this line as an event, or as a rejection.
    pub fn add<'a>(&mut self, line: u64, parts: &Parts<'a, impl Cells<'a>, impl Cells<'a>>) -> Result<(), Fault> {
        self.assembler.add(self.batch, Origin { file: self.file, line }, parts)
    }

    /// Tells that the record that begins in this line is not an event. Columns get the names that the
    /// log has.
    pub fn reject(&mut self, line: u64, fault: Fault) {
        let theirs =
            |ours: String| self.mapping.and_then(|mapping| mapping.columns.get(&ours).cloned()).unwrap_or(ours);
        self.batch.rejections.push(Rejection {
            file: self.name.to_owned(),
            line,
            code: fault.code,
            column: fault.column.map(|column| shown(&theirs(column))),
            reason: fault.reason,
        });
    }
}
