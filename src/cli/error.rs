//! What can go wrong, told so that a person or a script knows what to do next.

use crate::billing::LifeError;
use crate::catalog::{Finding, closest};
use crate::ledger::LedgerError;
use crate::render::shell_line;
use serde::Serialize;
use std::fmt;
use std::path::Path;
use std::process::ExitCode;

/// How the program ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Everything was done.
    Done = 0,
    /// Refused, or looked at and found wanting.
    Refused = 1,
    /// The command line makes no sense.
    Usage = 2,
    /// The question was understood, and its answer is no.
    No = 3,
    /// Another process holds the ledger.
    Busy = 4,
    /// The program is wrong, not its user. A panic ends with the same code.
    Bug = 101,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// How a command ends: with an exit code of its own, after it printed its data, or with an error and without data.
pub type Outcome = Result<Exit, Failure>;

/// One error, for a person and for a script.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Failure {
    /// A stable word for scripts, such as `unknown_customer`.
    pub code: &'static str,
    /// What is wrong, in one line.
    pub message: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
    /// Where it is, when it is in a file.
    #[serde(flatten)]
    pub place: Option<Box<Place>>,
    /// What is wrong with a catalog, when it is that.
    #[serde(flatten)]
    pub catalog: Option<Box<BadCatalog>>,
    /// How the program ends because of it.
    #[serde(skip)]
    pub exit: Exit,
}

/// A catalog that can't be used. People see its findings beside its lines.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BadCatalog {
    /// The scenario that it is of, when it is compared with another one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scenario: Option<String>,
    /// What is wrong with it, as `check` says it.
    pub findings: Vec<Finding>,
}

/// Where in a file an error is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Place {
    /// The file, as the user named it.
    pub file: String,
    /// The line, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
    /// The name of the column or key at fault.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        self.column.as_ref().map_or(Ok(()), |column| write!(f, ":{column}"))
    }
}

impl Failure {
    fn new(exit: Exit, code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), help: None, place: None, catalog: None, exit }
    }

    /// What was asked for can't be done: exit 1.
    pub fn refused(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(Exit::Refused, code, message)
    }

    /// What was asked for makes no sense: exit 2.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(Exit::Usage, "usage", message)
    }

    /// Another process holds the ledger: exit 4.
    pub fn busy(message: impl Into<String>) -> Self {
        Self::new(Exit::Busy, "ledger_busy", message)
            .with_help("wait until the other command is done, then run this one again")
    }

    /// What can't happen has happened: exit 101.
    pub fn bug(message: impl Into<String>) -> Self {
        Self::new(Exit::Bug, "bug", message)
            .with_help("this is a bug in drawdown; please report it with the command that you ran")
    }

    /// A file can't be read or written: exit 1. `action` is a verb, as in "can't `read` usage.csv".
    pub fn io(action: &str, path: &Path, error: &std::io::Error) -> Self {
        let path = path.display().to_string();
        let mut failure = Self::refused("io", format!("can't {action} {path}: {error}"));
        failure.place = Some(Box::new(Place { file: path, line: None, column: None }));
        failure
    }

    /// No such thing: exit 1. Names the closest of `known`, or all of them when they are few.
    pub fn unknown<'a>(code: &'static str, kind: &str, name: &str, known: impl IntoIterator<Item = &'a str>) -> Self {
        let known: Vec<&str> = known.into_iter().collect();
        let failure = Self::refused(code, format!("there is no {kind} {name:?}"));
        if let Some(close) = closest(name, known.iter().copied()) {
            return failure.with_help(format!("did you mean {close:?}?"));
        }
        match known.as_slice() {
            [] => failure,
            few if few.len() <= 8 => failure.with_help(format!("there is: {}", few.join(", "))),
            _ => failure,
        }
    }

    /// Says what to do about it.
    #[must_use]
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Says what is wrong with a catalog.
    #[must_use]
    pub fn with_findings(mut self, findings: Vec<Finding>) -> Self {
        self.catalog = Some(Box::new(BadCatalog { scenario: None, findings }));
        self
    }

    /// Says where it is.
    #[must_use]
    pub fn at(mut self, file: impl Into<String>, line: u64, column: Option<String>) -> Self {
        self.place = Some(Box::new(Place { file: file.into(), line: Some(line), column }));
        self
    }
}

impl From<LifeError> for Failure {
    /// Amounts may be too large; what can't be is a bug, since a ledger that says it is refused when it is read.
    fn from(error: LifeError) -> Self {
        match error {
            LifeError::Overflow(..) | LifeError::TooLarge(..) => Self::refused("refused", error.to_string()),
            LifeError::Broken(broken) => Self::bug(broken.to_string()),
        }
    }
}

impl From<LedgerError> for Failure {
    fn from(error: LedgerError) -> Self {
        let message = error.to_string();
        match error {
            LedgerError::Missing(_) | LedgerError::Blank(_) => Self::refused("no_ledger", message)
                .with_help("`drawdown apply` makes one from the catalog; --ledger names another"),
            LedgerError::Unreachable { .. } => Self::refused("ledger_unreachable", message),
            LedgerError::NotALedger { .. } => Self::refused("not_a_ledger", message)
                .with_help("name the ledger with --ledger FILE, or make a new one with `drawdown apply`"),
            LedgerError::Unreleased { .. } => Self::refused("unreleased_ledger", message)
                .with_help("make it again from its logs: `drawdown apply` into a new file, then `drawdown replay`"),
            LedgerError::Newer { .. } => Self::refused("newer_ledger", message).with_help("use a newer drawdown"),
            LedgerError::NothingApplied => {
                Self::refused("nothing_applied", message).with_help("run `drawdown apply` first")
            }
            LedgerError::UnknownCustomer { close, .. } => {
                let meant = close.map(|close| format!("did you mean {close:?}? ")).unwrap_or_default();
                let lists = "`drawdown customer list` shows the customers; `drawdown customer add` adds one";
                Self::refused("unknown_customer", message).with_help(format!("{meant}{lists}"))
            }
            LedgerError::Unknown { kind, name, known } => {
                Self::unknown("unknown_name", kind, &name, known.iter().map(String::as_str))
            }
            LedgerError::Life(error) => error.into(),
            LedgerError::Twice { .. }
            | LedgerError::Archived(_)
            | LedgerError::Uncountable { .. }
            | LedgerError::Sum { .. }
            | LedgerError::TooManyCustomers
            | LedgerError::Terms(_)
            | LedgerError::Billing(_) => Self::refused("refused", message),
            LedgerError::Subscription(error) => {
                let failure = Self::refused("refused", message);
                match error.instead() {
                    Some((command, does)) => {
                        let command = shell_line(command.iter().map(String::as_str));
                        failure.with_help(format!("`drawdown {command}` {does}"))
                    }
                    None => failure,
                }
            }
            LedgerError::Busy(_) => Self::busy(message),
            LedgerError::Full(_) => {
                Self::refused("disk_full", message).with_help("make room, then run the command again")
            }
            LedgerError::Damaged(_) => Self::refused("damaged_ledger", message)
                .with_help("`drawdown ledger verify` says what is wrong; a backup may be whole"),
            LedgerError::Conflict { .. } => {
                Self::refused("conflict", message).with_help("an id always stands for the same thing: use another id")
            }
            LedgerError::Disk { .. } => Self::refused("disk", message)
                .with_help("see what the system says of that disk, then run the command again"),
            LedgerError::Copy { .. } => Self::refused("copy", message),
            LedgerError::Sqlite { .. } | LedgerError::Raw(_) | LedgerError::Io(_) => Self::refused("ledger", message),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_close_name_is_suggested_and_a_far_one_is_not() {
        let known = ["acme", "globex", "initech"];
        let help = |name: &str| Failure::unknown("unknown_customer", "customer", name, known).help;
        assert_eq!(help("amce").as_deref(), Some("did you mean \"acme\"?"));
        assert_eq!(help("Globx").as_deref(), Some("did you mean \"globex\"?"));
        assert_eq!(help("umbrella").as_deref(), Some("there is: acme, globex, initech"));
        assert_eq!(Failure::unknown("unknown_customer", "customer", "acme", []).help, None);
    }

    #[test]
    fn json_has_what_is_known_and_nothing_else() {
        let failure = Failure::refused("bad_row", "not a time").at("usage.csv", 12, Some("occurred_at".into()));
        assert_eq!(
            serde_json::to_string(&failure).unwrap(),
            r#"{"code":"bad_row","message":"not a time","file":"usage.csv","line":12,"column":"occurred_at"}"#
        );
        assert_eq!(failure.place.unwrap().to_string(), "usage.csv:12:occurred_at");
    }

    #[test]
    fn a_file_that_cannot_be_read_is_named() {
        let error = std::io::Error::from(std::io::ErrorKind::NotFound);
        let failure = Failure::io("read", Path::new("usage.csv"), &error);
        assert_eq!(failure.message, "can't read usage.csv: entity not found");
        assert_eq!((failure.exit, failure.place.unwrap().to_string().as_str()), (Exit::Refused, "usage.csv"));
    }
}
