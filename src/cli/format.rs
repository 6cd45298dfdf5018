//! The formats that data is printed in. Which of them a command has stands with its arguments: see
//! [`prints`](super::globals::prints).

use clap::ValueEnum;
use clap::builder::{PossibleValuesParser, TypedValueParser};

/// How data is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Tables for people
    Table,
    /// One JSON object
    Json,
    /// Comma-separated values with a header
    Csv,
    /// A page for a browser
    Html,
    /// A comment for a pull request
    Markdown,
    /// Annotations for a GitHub workflow
    Github,
    /// A SARIF 2.1.0 log
    Sarif,
}

impl Format {
    /// Those of nearly every command.
    pub const DATA: &[Self] = &[Self::Table, Self::Json, Self::Csv];

    /// How it is spelled as a flag's value.
    pub fn name(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }

    /// Reads a format, and shows `offered` as those there are. A command knows the others too, to say whose they are.
    pub fn parser(offered: &'static [Self]) -> impl TypedValueParser<Value = Self> {
        let value = |format: &Self| Some(format.to_possible_value()?.hide(!offered.contains(format)));
        PossibleValuesParser::new(Self::value_variants().iter().filter_map(value))
            .try_map(|name| Self::from_str(&name, false))
    }
}
