//! The formats that data is printed in.

use super::error::Failure;
use clap::ValueEnum;

/// How data is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Tables for people
    Table,
    /// One JSON object
    Json,
    /// Comma-separated values with a header
    Csv,
    /// A page for a browser (`report profit` only)
    Html,
    /// Annotations for a GitHub workflow (`check`, `test` and `plan` only)
    Github,
    /// A SARIF 2.1.0 log (`check`, `test` and `plan` only)
    Sarif,
}

impl Format {
    /// Why a command that does not print in it refuses it: exit 2.
    pub fn refusal(self) -> Failure {
        let whose = self.only().unwrap_or("other commands");
        let name = self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default();
        Failure::usage(format!("--format {name} is for {whose} alone")).with_help("use --format table, json or csv")
    }

    /// The commands that alone print in it; `None` when all do.
    fn only(self) -> Option<&'static str> {
        match self {
            Self::Table | Self::Json | Self::Csv => None,
            Self::Html => Some("`report profit`"),
            Self::Github | Self::Sarif => Some("`check`, `test` and `plan`"),
        }
    }
}
