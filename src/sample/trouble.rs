//! What makes logs unpleasant: rows that come late, and rows that come twice.

use super::random::Random;
use super::row::Row;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

const MINUTE: u64 = 60_000;
/// Of a thousand events.
const LATE: u64 = 20;
const TWICE: u64 = 10;

/// Rows, some of them held back.
#[derive(Debug)]
pub(super) struct Troubled<R> {
    rows: R,
    late: bool,
    duplicates: bool,
    random: Random,
    /// By when they come, and then by when they were held.
    held: BinaryHeap<Reverse<(i64, u64, Row)>>,
    /// The next row that came in time.
    next: Option<Row>,
    taken: u64,
}

impl<R: Iterator<Item = Row>> Troubled<R> {
    pub fn new(rows: R, late: bool, duplicates: bool, random: Random) -> Self {
        Self { rows, late, duplicates, random, held: BinaryHeap::new(), next: None, taken: 0 }
    }

    /// Takes rows until there is one that comes in time.
    fn fill(&mut self) {
        while self.next.is_none() {
            let Some(row) = self.rows.next() else { return };
            // Each flag has its own numbers, so that one does not move what another one does.
            let [is_late, is_twice] = [LATE, TWICE].map(|often| self.random.happens(often));
            let [late_by, again_after] = [720, 5].map(|minutes| 1 + self.random.below(minutes * MINUTE) as i64);
            // A customer's first event would enrol them too late.
            let held_by = if self.late && is_late && !row.is_first { late_by } else { 0 };
            if self.duplicates && is_twice {
                self.hold(held_by + again_after, row.clone());
            }
            if held_by > 0 {
                self.hold(held_by, row);
            } else {
                self.next = Some(row);
            }
        }
    }

    fn hold(&mut self, by: i64, row: Row) {
        self.taken += 1;
        self.held.push(Reverse((row.millis + by, self.taken, row)));
    }
}

impl<R: Iterator<Item = Row>> Iterator for Troubled<R> {
    type Item = Row;

    fn next(&mut self) -> Option<Row> {
        self.fill();
        let due = self.held.peek().map(|Reverse((millis, _, _))| *millis);
        match (&self.next, due) {
            (Some(next), Some(due)) if due >= next.millis => self.next.take(),
            (Some(_), None) => self.next.take(),
            _ => self.held.pop().map(|Reverse((_, _, row))| row),
        }
    }
}
