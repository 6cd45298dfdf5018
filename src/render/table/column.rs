//! What a table has columns for.

use crate::render::sanitize::sanitize;

/// What one column is called, and how it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// The name in CSV, such as `usage_revenue`; a table shows it with spaces.
    pub name: String,
    /// Whether the cells are numbers, perhaps with a unit: `-1.50`, `20 CREDIT`, `12.5%`.
    pub numeric: bool,
    /// Whether its name is somebody else's, and stays as it is.
    pub is_verbatim: bool,
}

impl Column {
    /// A column of texts, on the left.
    pub fn text(name: impl Into<String>) -> Self {
        Self { name: name.into(), numeric: false, is_verbatim: false }
    }

    /// A column of numbers, aligned on their points.
    pub fn number(name: impl Into<String>) -> Self {
        Self { name: name.into(), numeric: true, is_verbatim: false }
    }

    /// What stands over it, safe to show.
    pub(super) fn header(&self) -> String {
        let name = if self.is_verbatim { self.name.clone() } else { self.name.replace('_', " ") };
        sanitize(&name).into_owned()
    }

    /// A column of numbers that has somebody else's name.
    pub fn called(name: impl Into<String>) -> Self {
        Self { name: name.into(), numeric: true, is_verbatim: true }
    }
}
