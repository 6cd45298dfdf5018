//! Findings beside the source they are about.

use crate::catalog::{Finding, Severity, SourceFile};
use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Level, Origin, Renderer, Snippet};
use std::ops::Range;

/// Longer lines are not shown: what is wrong on them would be lost from sight.
const LONGEST_LINE: usize = 2_000;

/// All findings as text, each with its line of the source: what is wrong, where, and what to do.
///
/// Control characters of the source are replaced, so that a file can't write to the terminal.
pub fn annotate(findings: &[Finding], sources: &[SourceFile], color: bool) -> String {
    let renderer = if color { Renderer::styled() } else { Renderer::plain() };
    let renderer = renderer.decor_style(DecorStyle::Ascii);
    let mut text = String::new();
    for finding in findings {
        let source = sources.iter().find(|source| source.name == finding.file);
        text.push_str(&annotate_one(finding, source, &renderer));
        text.push_str("\n\n");
    }
    text
}

fn annotate_one(finding: &Finding, source: Option<&SourceFile>, renderer: &Renderer) -> String {
    let level = match finding.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let title = level.primary_title(plain(&finding.message)).id(finding.code.name());
    let path = plain(&finding.file);
    let mut group = match source.and_then(|source| first_line(&source.text, &finding.span)) {
        Some((line, span)) => {
            let parts = [&line[..span.start], &line[span.clone()], &line[span.end..]].map(plain);
            let marked = parts[0].len()..parts[0].len() + parts[1].len();
            let snippet = Snippet::source(parts.concat()).path(path).line_start(finding.line);
            title.element(snippet.annotation(AnnotationKind::Primary.span(marked)))
        }
        None => title.element(Origin::path(path).line(finding.line).char_column(finding.column)),
    };
    if let Some(help) = &finding.help {
        group = group.element(Level::HELP.message(plain(help)));
    }
    renderer.render(&[group])
}

/// The line that a span begins on, and the part of the span that is on it.
fn first_line<'a>(text: &'a str, span: &Range<usize>) -> Option<(&'a str, Range<usize>)> {
    let start = text.get(..span.start)?.rfind('\n').map_or(0, |at| at + 1);
    let line = text[start..].split(['\n', '\r']).next()?;
    let from = (span.start - start).min(line.len());
    let to = (span.end.max(span.start) - start).min(line.len());
    let is_shown = line.len() <= LONGEST_LINE && line.is_char_boundary(to);
    is_shown.then_some((line, from..to))
}

/// The text without control characters: tabs become spaces, others the replacement character.
fn plain(text: &str) -> String {
    let replace = |c: char| match c {
        '\t' => ' ',
        c if c.is_control() || is_direction_mark(c) => char::REPLACEMENT_CHARACTER,
        c => c,
    };
    text.chars().map(replace).collect()
}

/// Marks that turn the direction of writing, and so show something else than what is read.
fn is_direction_mark(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{Code, Place};

    fn finding(span: Range<usize>) -> Finding {
        let place = Place { file: "a.toml".into(), line: 2, column: 1 };
        Finding { span, help: Some("remove it".into()), ..Finding::new(Code::UnknownKey, "the key is unknown", place) }
    }

    #[test]
    fn control_characters_never_come_through() {
        let sources = [SourceFile { name: "a.toml".into(), text: "x = 1\nna\u{1b}[31mme\t= '\u{202e}'\r\n".into() }];
        let text = annotate(&[finding(6..15)], &sources, false);
        assert!(text.contains("2 | na\u{fffd}[31mme = '\u{fffd}'"), "{text}");
        assert!(text.chars().all(|c| c == '\n' || !c.is_control()), "{text}");
    }

    #[test]
    fn a_span_beyond_the_source_is_not_a_panic() {
        let sources = [SourceFile { name: "a.toml".into(), text: "é".into() }];
        for span in [0..1, 1..2, 9..12, 2..2] {
            assert!(annotate(&[finding(span)], &sources, true).contains("the key is unknown"));
        }
        assert!(annotate(&[finding(0..1)], &[], false).contains("a.toml:2:1"));
    }
}
