//! What other programs show beside the lines of a file that it is about.

use crate::catalog::{Code, Finding, Place, Severity};

/// How much it matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// It must be mended.
    Error,
    /// It should be looked at.
    Warning,
    /// It is good to know.
    Note,
}

impl From<Severity> for Level {
    fn from(severity: Severity) -> Self {
        match severity {
            Severity::Error => Self::Error,
            Severity::Warning => Self::Warning,
        }
    }
}

/// One thing to say about a place in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Annotation {
    /// How much it matters.
    pub level: Level,
    /// The stable name of its kind.
    pub rule: &'static str,
    /// What is said at that place.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
    /// The file, line and column where it begins.
    pub place: Place,
    /// Where it ends: the line, and the column after its last character; where it begins, if it is about no text.
    pub end: (usize, usize),
}

impl Annotation {
    /// What to do, below what it says.
    pub(super) fn text(&self) -> String {
        let help = self.help.as_ref().map(|help| format!("\nhelp: {help}"));
        format!("{}{}", self.message, help.unwrap_or_default())
    }

    /// Whether it is about any text.
    pub(super) fn has_extent(&self) -> bool {
        self.end > (self.place.line, self.place.column)
    }
}

impl From<&Finding> for Annotation {
    fn from(finding: &Finding) -> Self {
        let Finding { code, severity, message, file, line, column, end, help, .. } = finding;
        Self {
            level: Level::from(*severity),
            rule: code.name(),
            message: message.clone(),
            help: help.clone(),
            place: Place { file: file.clone(), line: *line, column: *column },
            end: *end,
        }
    }
}

/// A kind of annotations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// Its stable name.
    pub name: &'static str,
    /// How much it usually matters.
    pub level: Level,
    /// What it means, in one sentence.
    pub summary: &'static str,
    /// All that there is to say about it, in Markdown.
    pub page: &'static str,
}

impl From<Code> for Rule {
    fn from(code: Code) -> Self {
        Self { name: code.name(), level: Level::from(code.severity()), summary: code.summary(), page: code.page() }
    }
}
