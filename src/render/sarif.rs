//! Annotations as a SARIF 2.1.0 log, which editors, code scanning and review tools read.

use super::annotation::{Annotation, Level, Rule};
use super::json::document;
use super::sanitize::sanitize;
use serde_json::{Value, json};
use std::path::Path;

const SCHEMA: &str = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// One log of one run of `command`. Every annotation's rule is among `rules`.
///
/// # Errors
/// As [`super::envelope`].
pub fn sarif(command: &str, rules: &[Rule], annotations: &[Annotation]) -> serde_json::Result<String> {
    document(&json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "drawdown",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": rules.iter().map(descriptor).collect::<Vec<_>>(),
            } },
            // So that a log of one command does not take back what another found.
            "automationDetails": { "id": format!("drawdown/{command}/") },
            "columnKind": "unicodeCodePoints",
            "results": annotations.iter().map(|annotation| result(annotation, rules)).collect::<Vec<_>>(),
        }],
    }))
}

fn level(level: Level) -> &'static str {
    match level {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Note => "note",
    }
}

fn descriptor(rule: &Rule) -> Value {
    json!({
        "id": rule.name,
        "shortDescription": { "text": rule.summary },
        "help": { "text": rule.summary, "markdown": rule.page },
        "defaultConfiguration": { "level": level(rule.level) },
    })
}

fn result(annotation: &Annotation, rules: &[Rule]) -> Value {
    let lines: Vec<_> = annotation.text().lines().map(|line| sanitize(line).into_owned()).collect();
    json!({
        "ruleId": annotation.rule,
        "ruleIndex": rules.iter().position(|rule| rule.name == annotation.rule),
        "level": level(annotation.level),
        "message": { "text": literal(&lines.join("\n")) },
        "locations": [{ "physicalLocation": {
            "artifactLocation": location(&annotation.place.file),
            "region": region(annotation),
        } }],
    })
}

/// Braces stand for arguments in a message, unless they are doubled.
fn literal(text: &str) -> String {
    text.replace('{', "{{").replace('}', "}}")
}

/// A region without an end reaches to the end of its line.
fn region(annotation: &Annotation) -> Value {
    let mut region = json!({ "startLine": annotation.place.line, "startColumn": annotation.place.column });
    if annotation.has_extent() {
        (region["endLine"], region["endColumn"]) = (annotation.end.0.into(), annotation.end.1.into());
    }
    region
}

/// A file that was named from where the command ran is found from the root of whoever reads the log.
fn location(file: &str) -> Value {
    if Path::new(file).is_absolute() {
        json!({ "uri": format!("file://{}", uri(file)) })
    } else {
        json!({ "uri": uri(file.strip_prefix("./").unwrap_or(file)), "uriBaseId": "%SRCROOT%" })
    }
}

/// A path as part of a URI.
fn uri(path: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
    path.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_files_are_uris() {
        assert_eq!(location("./a b/é#1.toml"), json!({ "uri": "a%20b/%C3%A9%231.toml", "uriBaseId": "%SRCROOT%" }));
        assert_eq!(location("/srv/a.toml"), json!({ "uri": "file:///srv/a.toml" }));
    }
}
