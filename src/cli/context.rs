//! What every command gets beside its own arguments.

use super::error::{Exit, Failure, Outcome};
use super::globals::Globals;
use super::output::Output;
use super::terminal;
use crate::ledger::{NewOperation, Writer};
use crate::time::Instant;
use std::cell::RefCell;

/// How far after now a time may lie that is taken for now: five minutes.
const GRACE_MICROS: i64 = 5 * 60 * 1_000_000;

/// What every command gets beside its own arguments.
#[derive(Debug)]
pub struct Context {
    /// The options that every command takes.
    pub globals: Globals,
    /// How to print.
    pub out: Output,
    /// What the few commands that are about all commands need.
    pub program: Program,
    /// The command line as it was given, without the program's name.
    pub line: String,
    /// What this run has recorded so far, in a line.
    pub recorded: RefCell<Option<String>>,
}

/// The whole program. Commands reach it through their context, since it is made of them.
#[derive(Debug, Clone, Copy)]
pub struct Program {
    /// All commands with their arguments.
    pub tree: fn() -> clap::Command,
    /// Runs a command line, without the program's name and whatever its global options say.
    pub run: fn(&[&str], &Context) -> Outcome,
}

impl Context {
    /// That of a command within a command.
    pub(super) fn within(&self, globals: Globals, line: String) -> Self {
        Self { globals, line, recorded: RefCell::default(), ..*self }
    }

    /// The time of what is recorded: `--at`, or now.
    ///
    /// # Errors
    /// See [`terminal::now`].
    pub fn at(&self, at: Option<Instant>) -> Result<Instant, Failure> {
        at.map_or_else(terminal::now, Ok)
    }

    /// The latest time that can have come: now, and some minutes' grace for clocks that differ.
    ///
    /// # Errors
    /// See [`terminal::now`].
    pub fn latest(&self) -> Result<Instant, Failure> {
        Ok(Instant::from_micros(terminal::now()?.micros() + GRACE_MICROS))
    }

    /// The time of what is booked: `--at`, or now. A time after now is a slip, unless `--future` says that it is meant.
    ///
    /// # Errors
    /// When it lies in the future, or as [`terminal::now`].
    pub fn booked_at(&self, at: Option<Instant>, future: bool) -> Result<Instant, Failure> {
        let at = self.at(at)?;
        if future || at <= self.latest()? {
            return Ok(at);
        }
        let failure = Failure::refused("future", format!("{at} is in the future; it is {} now", terminal::now()?));
        Err(failure.with_help("correct the time, or add --future if you mean it"))
    }

    /// The time of what is done to a customer whose own time has come to `clock`: `--at`, or now. What has been can't be done
    /// otherwise, so an earlier time is refused; where nobody named one, it is done as soon as it can be.
    ///
    /// # Errors
    /// When `--at` lies before it, or as [`terminal::now`].
    pub(super) fn acts_at(&self, at: Option<Instant>, clock: Instant) -> Result<Instant, Failure> {
        let Some(at) = at else { return Ok(self.at(None)?.max(clock)) };
        if at >= clock {
            return Ok(at);
        }
        let failure = Failure::refused("passed", format!("{at} is too early: the customer's time has come to {clock}"));
        Err(failure.with_help("give that time or a later one, or leave out --at"))
    }

    /// Makes what a command did durable; `did` says it in a line.
    ///
    /// # Errors
    /// When the disk refuses. Nothing has happened then.
    pub(super) fn commit(&self, writer: Writer<'_>, did: &str) -> Result<(), Failure> {
        let ran_at = terminal::now()?;
        writer.commit(NewOperation { ran_at, command: &self.line, did })?;
        self.recorded.replace(Some(did.to_owned()));
        Ok(())
    }

    /// Says why the run ends. What was recorded before stays so: nobody is told to run it again, which might charge twice.
    pub(super) fn fail(&self, failure: &Failure) -> Exit {
        let Some(did) = self.recorded.take() else {
            self.out.error(failure);
            return failure.exit;
        };
        self.out.warn(&format!("this was recorded, but can't be shown ({}): {did}", failure.message));
        if failure.exit == Exit::Bug { Exit::Bug } else { Exit::Done }
    }

    /// The final line of what credits a wallet: `told`, unless it had been recorded under that id before.
    pub(super) fn say_recorded(&self, told: &str, id: &str, is_new: bool, recovered: bool) {
        match is_new {
            true => self.out.note(told),
            false => self.out.note(&format!("nothing changed: {id} was recorded before")),
        }
        if recovered {
            self.out.note("what was past due is paid");
        }
    }

    /// Asks before something that can't be taken back, unless under `--yes`.
    ///
    /// # Errors
    /// See [`terminal::confirm`].
    pub fn confirm(&self, question: &str) -> Result<(), Failure> {
        terminal::confirm(question, self.globals.yes)
    }
}
