//! The records of a JSON document that is not read whole: elements of a list, or values one after the other.

use super::error::{Problem, ReadError, shown};
use super::lines::Lines;
use crate::catalog::PathStep;

/// The values of a document, one at a time.
pub(super) struct Units {
    /// The keys that lead to the list of them; none where the document is the list, or they stand one after the other.
    keys: Vec<String>,
    /// What has been opened and not been closed yet: objects on the way, and the list.
    open: Vec<Open>,
    /// Whether the list has been found.
    is_found: bool,
}

struct Open {
    close: u8,
    /// Nothing stands in it yet.
    is_new: bool,
    /// The key that leads to the records has been passed.
    has_led: bool,
}

impl Units {
    /// The values that the first list on the way to the records has. Also how many of the steps lead there.
    pub fn new(steps: &[PathStep]) -> (Self, usize) {
        let count = steps.iter().position(|step| step.is_list).map_or(0, |place| place + 1);
        let keys = steps[..count].iter().filter(|step| !step.key.is_empty());
        (Self { keys: keys.map(|step| step.key.clone()).collect(), open: Vec::new(), is_found: false }, count)
    }

    /// Reads the next value into the lines' buffer. `false` at the end.
    pub fn next(&mut self, lines: &mut Lines) -> Result<bool, ReadError> {
        loop {
            let Some(next) = lines.space()? else { return self.end(lines) };
            match self.open.last_mut() {
                Some(open) if next == open.close => {
                    lines.pass();
                    self.open.pop();
                }
                Some(open) => {
                    let (close, is_new) = (open.close, std::mem::take(&mut open.is_new));
                    if is_new == (next == b',') {
                        return Err(wrong(lines));
                    }
                    if !is_new {
                        lines.pass();
                    }
                    if close == b']' {
                        return self.unit(lines);
                    }
                    self.entry(lines)?;
                }
                None if next == b'[' => self.enter(lines, b']'),
                None if next == b'{' && !self.keys.is_empty() => self.enter(lines, b'}'),
                None => return self.unit(lines),
            }
        }
    }

    fn enter(&mut self, lines: &mut Lines, close: u8) {
        self.is_found |= close == b']';
        lines.pass();
        self.open.push(Open { close, is_new: true, has_led: false });
    }

    fn unit(&mut self, lines: &mut Lines) -> Result<bool, ReadError> {
        lines.space()?;
        lines.value(true)?;
        if lines.buffer.is_empty() { Err(wrong(lines)) } else { Ok(true) }
    }

    /// Passes a key with its value, or goes into it if it leads to the records.
    fn entry(&mut self, lines: &mut Lines) -> Result<(), ReadError> {
        if lines.space()? != Some(b'"') {
            return Err(wrong(lines));
        }
        lines.value(true)?;
        let key = serde_json::from_slice::<String>(&lines.buffer).map_err(|_| wrong(lines))?;
        if lines.space()? != Some(b':') {
            return Err(wrong(lines));
        }
        lines.pass();
        let level = self.open.len();
        let leads = self.keys.get(level - 1).is_some_and(|wanted| *wanted == key);
        if leads && self.open.last_mut().is_some_and(|open| std::mem::replace(&mut open.has_led, true)) {
            return Err(lines.fail(Problem::Json(format!("{}: is given twice", shown(&key)))));
        }
        match lines.space()? {
            Some(b'[') if leads && level == self.keys.len() => self.enter(lines, b']'),
            Some(b'{') if leads && level < self.keys.len() => self.enter(lines, b'}'),
            _ => lines.value(false)?,
        }
        Ok(())
    }

    fn end(&self, lines: &Lines) -> Result<bool, ReadError> {
        match () {
            () if !self.open.is_empty() => Err(lines.fail(Problem::Json("not JSON: it ends too early".to_owned()))),
            () if !self.is_found && !self.keys.is_empty() => {
                let path = self.keys.join(".");
                Err(ReadError { line: None, ..lines.fail(Problem::NoRecords(path)) })
            }
            () => Ok(false),
        }
    }
}

fn wrong(lines: &Lines) -> ReadError {
    lines.fail(Problem::Json("not JSON: expected a value, a comma, or a closing bracket".to_owned()))
}
