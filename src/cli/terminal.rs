//! What only the person at the terminal can give: answers, patience, and the time of day.

use super::error::Failure;
use super::globals::Globals;
use super::output::Output;
use crate::render::{counted, sanitize};
use crate::time::Instant;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::IsTerminal;
use std::sync::Mutex;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Asks before something that can't be taken back. Without a terminal there is nobody to ask.
///
/// # Errors
/// Unless the answer, or `--yes`, is yes.
pub fn confirm(question: &str, yes: bool) -> Result<(), Failure> {
    if yes {
        return Ok(());
    }
    if !std::io::stdin().is_terminal() || !std::io::stderr().is_terminal() {
        let question = sanitize(question);
        let failure = Failure::refused("needs_yes", format!("{question} There is nobody to ask"));
        return Err(failure.with_help("add --yes to go on without a question"));
    }
    // A whole line is read, where dialoguer's Confirm would take the first y of "maybe" for an answer.
    let prompt = dialoguer::Input::<String>::new().with_prompt(sanitize(question)).default("no".to_owned());
    match prompt.interact() {
        Ok(answer) if is_yes(&answer) => Ok(()),
        Ok(_) => Err(Failure::refused("declined", "nothing was changed")),
        Err(error) => Err(Failure::refused("declined", format!("no answer, so nothing was changed: {error}"))),
    }
}

fn is_yes(answer: &str) -> bool {
    ["y", "yes"].contains(&answer.trim().to_lowercase().as_str())
}

/// The time, for commands that record something without `--at`: DRAWDOWN_NOW, else the system's clock, which is read
/// nowhere else.
///
/// # Errors
/// When DRAWDOWN_NOW is not a time, or the clock is before 1970 or after 2199.
#[expect(clippy::disallowed_methods, reason = "the one place that reads the clock, and what stands in for it")]
pub fn now() -> Result<Instant, Failure> {
    if let Some(text) = std::env::var_os("DRAWDOWN_NOW") {
        let text = text.to_string_lossy();
        return Instant::parse(&text).map_err(|error| Failure::usage(format!("DRAWDOWN_NOW is {text:?}: {error}")));
    }
    let micros =
        SystemTime::now().duration_since(UNIX_EPOCH).ok().and_then(|since| i64::try_from(since.as_micros()).ok());
    let instant = micros.map(Instant::from_micros).filter(|instant| *instant <= Instant::LAST);
    instant.ok_or_else(|| {
        let failure = Failure::refused("clock", "the system's clock is before 1970 or after 2199");
        failure.with_help("set the clock, or give the time with --at")
    })
}

const BAR: &str = "{prefix}{wide_bar} {percent}%  {msg}  {eta} left";
/// For standard input, whose length nobody knows.
const SPINNER: &str = "{prefix}{spinner} {bytes}  {msg}";

/// A bar on standard error that shows how far a log has been read. Gone when dropped.
#[derive(Debug)]
pub struct Progress(ProgressBar);

impl Progress {
    /// Starts a bar, or nothing that can be seen: under `--quiet` or `--no-progress`, or without a terminal.
    /// `bytes` is how much there is to read, when that is known.
    pub fn start(globals: &Globals, bytes: Option<u64>) -> Self {
        let seen = !globals.quiet && !globals.no_progress && std::io::stderr().is_terminal();
        let target = if seen { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(bytes, target);
        let template = match bytes {
            Some(_) => BAR,
            None => SPINNER,
        };
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        Self(bar)
    }

    /// With what it is about before the bar.
    #[must_use]
    pub fn labelled(self, label: &str) -> Self {
        let label = sanitize(label);
        self.0.set_prefix(if label.is_empty() { String::new() } else { format!("{label}  ") });
        self
    }

    /// So many bytes and events have been read since the start.
    pub fn update(&self, bytes: u64, events: u64) {
        if !self.0.is_hidden() {
            self.0.set_message(rate(events, self.0.elapsed()));
            self.0.set_position(bytes);
        }
    }
}

/// Whether it is too late for Ctrl-C.
static RECORDING: Mutex<bool> = Mutex::new(false);

impl Progress {
    /// Lets Ctrl-C end the process at once and say that nothing was recorded: until [`record`](Self::record), all is in a
    /// transaction that the ledger takes back when it is opened next.
    #[expect(
        clippy::disallowed_methods,
        reason = "the transaction is left open on purpose: it is undone when the ledger is next opened"
    )]
    pub fn until_recorded(&self, out: Output) {
        let bar = self.0.clone();
        let stop = move || {
            // Held until the process is gone, so that nothing is recorded meanwhile.
            if let Ok(recording) = RECORDING.lock()
                && !*recording
            {
                bar.finish_and_clear();
                let failure = Failure::refused("interrupted", "interrupted, so nothing was recorded");
                out.error(&failure.with_help("run it again from the start"));
                std::process::exit(INTERRUPTED);
            }
        };
        // Where no handler can be had, Ctrl-C ends the process all the same, without a word.
        let _ = ctrlc::set_handler(stop);
    }

    /// From now on Ctrl-C is too late. The bar goes.
    pub fn record(self) {
        if let Ok(mut recording) = RECORDING.lock() {
            *recording = true;
        }
    }
}

/// What shells call the end by Ctrl-C.
const INTERRUPTED: i32 = 130;

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

fn rate(events: u64, elapsed: Duration) -> String {
    let per_second = u128::from(events) * 1000 / elapsed.as_millis().max(1);
    format!("{}, {per_second}/s", counted(events, "event"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bar_can_be_drawn() {
        assert!(ProgressStyle::with_template(BAR).is_ok() && ProgressStyle::with_template(SPINNER).is_ok());
    }

    #[test]
    fn yes_is_not_asked_about() {
        assert_eq!(confirm("Apply 3 changes?", true), Ok(()));
    }

    #[test]
    fn only_yes_is_yes() {
        assert!(["y", "Y", "yes", " Yes "].into_iter().all(is_yes));
        assert!(!["", "n", "no", "maybe", "yesterday", "y n"].into_iter().any(is_yes));
    }

    #[test]
    fn the_rate_is_by_the_second_from_the_first_moment_on() {
        assert_eq!(rate(10, Duration::ZERO), "10 events, 10000/s");
        assert_eq!(rate(u64::MAX, Duration::from_secs(4)), format!("{} events, {}/s", u64::MAX, u64::MAX / 4));
    }
}
