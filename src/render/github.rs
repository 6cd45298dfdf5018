//! Annotations as commands of a GitHub workflow, which shows them beside the lines of a pull request.

use super::annotation::{Annotation, Level};
use super::sanitize::sanitize;
use std::fmt::Write;

/// One line for each annotation.
pub fn github(annotations: &[Annotation]) -> String {
    annotations.iter().map(command).collect()
}

fn command(annotation: &Annotation) -> String {
    let name = name(annotation.level);
    let (line, column) = (annotation.place.line, annotation.place.column);
    let file = annotation.place.file.strip_prefix("./").unwrap_or(&annotation.place.file);
    let mut text = format!("::{name} file={},line={line}", property(file));
    let (end_line, end_column) = annotation.end;
    // Writing to a string can't fail. Columns make sense to GitHub on one line alone, and the last one belongs to the text.
    let _ = match (annotation.has_extent(), end_line == line) {
        (true, true) => write!(text, ",col={column},endColumn={}", end_column - 1),
        (true, false) => write!(text, ",endLine={end_line}"),
        (false, _) => write!(text, ",col={column}"),
    };
    let lines: Vec<_> = annotation.text().lines().map(|line| data(&sanitize(line))).collect();
    text + &format!(",title={}::{}\n", property(annotation.rule), lines.join("%0A"))
}

/// One line about no file.
pub fn github_anywhere(level: Level, rule: &str, message: &str) -> String {
    format!("::{} title={}::{}\n", name(level), property(rule), data(&sanitize(message)))
}

/// The command of a workflow.
fn name(level: Level) -> &'static str {
    match level {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Note => "notice",
    }
}

/// A message: what would end the command is written otherwise.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// A value in a command's list: what would end it, too. The line break in a file's name stays one, so that GitHub finds
/// the file.
fn property(text: &str) -> String {
    sanitize(&data(text)).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Place;

    fn annotation(end: (usize, usize)) -> Annotation {
        Annotation {
            level: Level::Error,
            rule: "unknown-key",
            message: "the key `a: b, 100%` is unknown\n::set-env name=PATH::x".into(),
            help: Some("remove it\r\u{1b}[31m".into()),
            place: Place { file: "./a,b:c%\n株.toml".into(), line: 3, column: 5 },
            end,
        }
    }

    #[test]
    fn nothing_in_a_message_ends_its_command_or_begins_another() {
        let line = github(&[annotation((3, 9))]);
        assert_eq!(
            line,
            "::error file=a%2Cb%3Ac%25%0A株.toml,line=3,col=5,endColumn=8,title=unknown-key::the key `a: b, 100%25` is \
             unknown%0A::set-env name=PATH::x%0Ahelp: remove it\\r\\u{1b}[31m\n"
        );
    }

    #[test]
    fn columns_are_told_on_one_line_alone() {
        let properties = |end| {
            github(&[annotation(end)]).split("line=3,").nth(1).unwrap().split(",title").next().unwrap().to_owned()
        };
        assert_eq!(properties((3, 5)), "col=5");
        assert_eq!(properties((3, 6)), "col=5,endColumn=5");
        assert_eq!(properties((5, 2)), "endLine=5");
    }
}
