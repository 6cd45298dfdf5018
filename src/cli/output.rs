//! Where everything is printed: data on standard output, the rest on standard error.

use super::error::Failure;
use super::format::Format;
use super::globals::{ColorWhen, Globals};
use crate::render::{self, Look, Table, View, is_plain, sanitize, wrapped};
use anstream::{AutoStream, ColorChoice};
use anstyle::{AnsiColor, Style};
use serde::Serialize;
use std::fmt::Display;
use std::io::{self, Write};

/// How this run prints.
#[derive(Debug, Clone, Copy)]
pub struct Output {
    format: Format,
    stdout_color: ColorChoice,
    stderr_color: ColorChoice,
    width: Option<u16>,
    stderr_width: Option<u16>,
    quiet: bool,
    verbose: bool,
}

/// The formats that data has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OfData {
    Table,
    Json,
    Csv,
}

/// What standard error has one of per line under `--format json`.
#[derive(Serialize)]
#[serde(rename_all = "lowercase")]
enum Message<'a> {
    Error(&'a Failure),
    Warning { message: &'a str },
    Note { message: &'a str },
}

impl Output {
    /// Decides once how to print, from the options and from where the streams go.
    pub fn new(globals: &Globals) -> Self {
        Self { quiet: globals.quiet, verbose: globals.verbose, ..Self::early(globals.format, globals.color) }
    }

    /// What is known before the whole command line makes sense, to say that it doesn't.
    pub fn early(format: Format, color: ColorWhen) -> Self {
        let choose = |auto: ColorChoice| match color {
            ColorWhen::Auto => auto,
            ColorWhen::Always => ColorChoice::Always,
            ColorWhen::Never => ColorChoice::Never,
        };
        Self {
            format,
            stdout_color: choose(AutoStream::choice(&io::stdout())),
            stderr_color: choose(AutoStream::choice(&io::stderr())),
            width: render::terminal_width(),
            stderr_width: render::messages_width(),
            quiet: false,
            verbose: false,
        }
    }

    /// How data looks on standard output; for renderers that make [`View::rendered`].
    pub fn look(&self) -> Look {
        Look { width: self.width, color: self.stdout_color != ColorChoice::Never }
    }

    /// Prints a command's data in the format asked for: for people its `view`, and as CSV the first table of that.
    ///
    /// # Errors
    /// When standard output can't be written.
    pub fn data<T: Serialize>(&self, command: &str, value: &T, view: impl Fn() -> View) -> Result<(), Failure> {
        self.print(command, value, &view, || view().first_table())
    }

    /// Prints a command's data of which a spreadsheet gets other `rows` than people see in the `view`: all of one kind, and
    /// each with every column.
    ///
    /// # Errors
    /// When standard output can't be written.
    pub fn data_with_rows<T: Serialize>(
        &self,
        command: &str,
        value: &T,
        view: impl FnOnce() -> View,
        rows: impl FnOnce() -> Table,
    ) -> Result<(), Failure> {
        self.print(command, value, view, || Some(rows()))
    }

    /// What [`Output::data_with_rows`] prints, as it stands in a file.
    ///
    /// # Errors
    /// When the command has no such format.
    pub fn text_with_rows<T: Serialize>(
        &self,
        command: &str,
        value: &T,
        view: impl FnOnce() -> View,
        rows: impl FnOnce() -> Table,
    ) -> Result<String, Failure> {
        self.text(command, value, view, || Some(rows()), Look { width: None, color: false })
    }

    /// Whether people are shown a command's view.
    pub fn prints_view(&self) -> bool {
        self.format == Format::Table
    }

    /// Whether all of a command's value is printed, with all that it says.
    pub fn prints_value(&self) -> bool {
        self.format == Format::Json
    }

    /// Whether a spreadsheet gets a command's rows.
    pub fn prints_rows(&self) -> bool {
        self.format == Format::Csv
    }

    fn print<T: Serialize>(
        &self,
        command: &str,
        value: &T,
        view: impl FnOnce() -> View,
        rows: impl FnOnce() -> Option<Table>,
    ) -> Result<(), Failure> {
        self.raw(&self.text(command, value, view, rows, self.look())?)
    }

    /// Data as text; the questions above are of what it prints.
    fn text<T: Serialize>(
        &self,
        command: &str,
        value: &T,
        view: impl FnOnce() -> View,
        rows: impl FnOnce() -> Option<Table>,
        look: Look,
    ) -> Result<String, Failure> {
        let bug = |error: &dyn Display| Failure::bug(error.to_string());
        match self.of_data()? {
            OfData::Table => Ok(view().render(look)),
            OfData::Json => render::envelope(command, value).map_err(|error| bug(&error)),
            OfData::Csv => {
                let rows = rows().ok_or_else(|| bug(&format!("`{command}` has no rows")))?;
                render::csv(&rows).map_err(|error| bug(&error))
            }
        }
    }

    /// The format in which data is printed.
    ///
    /// # Errors
    /// When data has no such format.
    pub(super) fn of_data(&self) -> Result<OfData, Failure> {
        match self.format {
            Format::Table => Ok(OfData::Table),
            Format::Json => Ok(OfData::Json),
            Format::Csv => Ok(OfData::Csv),
            other @ (Format::Html | Format::Markdown | Format::Github | Format::Sarif) => {
                let failure = Failure::usage(format!("this has no {} form", other.name()));
                Err(failure.with_help("use --format table, json or csv"))
            }
        }
    }

    /// Prints text as it is on standard output: what is a file of its own, such as a shell script. A reader that has
    /// gone away, as `head` does, is no error.
    ///
    /// # Errors
    /// When standard output can't be written.
    pub fn raw(&self, text: &str) -> Result<(), Failure> {
        let stdout = io::stdout().lock();
        // In plain text there is no colour to be taken out, which takes long to look for in a large file.
        unless_gone(match is_plain(text) {
            true => write_whole(stdout, text),
            false => write_whole(AutoStream::new(stdout, self.stdout_color), text),
        })
    }

    /// As [`Output::raw`], of what is too long to be kept: `fill` writes it.
    ///
    /// # Errors
    /// When standard output can't be written.
    pub fn stream(&self, fill: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), Failure> {
        unless_gone(fill(&mut io::stdout().lock()))
    }

    /// Says something about the run that is not data, unless under `--quiet`.
    pub fn note(&self, message: &str) {
        if !self.quiet {
            self.message(&Message::Note { message });
        }
    }

    /// Says something that only `--verbose` asks for.
    pub fn detail(&self, message: &str) {
        if self.verbose {
            self.note(message);
        }
    }

    /// Says what is suspicious and yet not refused.
    pub fn warn(&self, message: &str) {
        self.message(&Message::Warning { message });
    }

    /// Whether messages are coloured.
    pub fn color_on_stderr(&self) -> bool {
        self.stderr_color != ColorChoice::Never
    }

    /// Shows an error that its own renderer laid out for people. A script gets the error alone.
    pub fn rendered_error(&self, text: &str) {
        if !self.prints_value() {
            let mut stderr = AutoStream::new(io::stderr().lock(), self.stderr_color);
            let _ = stderr.write_all(text.as_bytes());
        }
    }

    /// Says what went wrong.
    pub fn error(&self, failure: &Failure) {
        self.message(&Message::Error(failure));
    }

    /// Nobody can be told when standard error can't be written, so that is ignored.
    fn message(&self, message: &Message<'_>) {
        let text = if self.prints_value() { message.json() } else { message.styled(self.stderr_width) };
        let mut stderr = AutoStream::new(io::stderr().lock(), self.stderr_color);
        let _ = stderr.write_all(text.as_bytes()).and_then(|()| stderr.flush());
    }
}

const ERROR: Style = AnsiColor::Red.on_default().bold();
const WARNING: Style = AnsiColor::Yellow.on_default().bold();
const HELP: Style = AnsiColor::Cyan.on_default();

impl Message<'_> {
    /// One object on one line.
    fn json(&self) -> String {
        // Texts and numbers are always JSON.
        render::json_line(self).unwrap_or_default()
    }

    /// Lines with colours, which the stream takes out again where they don't belong, in lines that fit that width.
    fn styled(&self, width: Option<u16>) -> String {
        let after = |indent: usize, text: &str| wrapped(&sanitize(text), width, indent);
        match self {
            Message::Note { message } => {
                let indent = message.len() - message.trim_start_matches(' ').len();
                format!("{:indent$}{}\n", "", after(indent, &message[indent..]))
            }
            Message::Warning { message } => {
                format!("{WARNING}warning:{WARNING:#} {}\n", after("warning: ".len(), message))
            }
            Message::Error(failure) => {
                let mut text = format!("{ERROR}error:{ERROR:#} {}\n", after("error: ".len(), &failure.message));
                if let Some(place) = failure.place.as_ref().filter(|place| place.line.is_some()) {
                    text += &format!("  {HELP}-->{HELP:#} {}\n", sanitize(&place.to_string()));
                }
                if let Some(help) = &failure.help {
                    text += &format!("  {HELP}help:{HELP:#} {}\n", after("  help: ".len(), help));
                }
                text
            }
        }
    }
}

fn unless_gone(written: io::Result<()>) -> Result<(), Failure> {
    match written {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::refused("io", format!("can't write to standard output: {error}")))
        }
        _ => Ok(()),
    }
}

fn write_whole(mut to: impl Write, text: &str) -> io::Result<()> {
    to.write_all(text.as_bytes())?;
    to.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure() -> Failure {
        let failure = Failure::refused("unknown_customer", "there is no customer \u{1b}[2Jx\nerror: fake");
        failure.with_help("did you mean \"acme\"?").at("usage.csv", 3, None)
    }

    #[test]
    fn an_error_for_people_says_where_and_what_to_do_and_obeys_nothing() {
        let plain = anstream::adapter::strip_str(&Message::Error(&failure()).styled(None)).to_string();
        let expected = "error: there is no customer \\u{1b}[2Jx\\nerror: fake\n  --> usage.csv:3\n  help: did you mean \"acme\"?\n";
        assert_eq!(plain, expected);
        let narrow = anstream::adapter::strip_str(&Message::Error(&failure()).styled(Some(40))).to_string();
        assert!(narrow.starts_with("error: there is no customer\n       \\u{1b}[2Jx"), "{narrow}");
    }

    #[test]
    fn messages_for_scripts_are_one_object_a_line() {
        let error = Message::Error(&failure()).json();
        assert_eq!(error.lines().count(), 1);
        let read: serde_json::Value = serde_json::from_str(&error).unwrap();
        assert_eq!(read["error"]["code"], "unknown_customer");
        assert_eq!(read["error"]["line"], 3);
        assert_eq!(read["error"]["message"], failure().message);
        assert_eq!(Message::Note { message: "made id x" }.json(), "{\"note\":{\"message\":\"made id x\"}}\n");
    }
}
