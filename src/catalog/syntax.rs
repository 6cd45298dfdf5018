//! A file as TOML, and what is said of one that is not. Slips that TOML's own errors don't name are found first: a
//! catalog in JSON, YAML or XML, quotes that a word processor curled, a number as people write it, a word without quotes.

use super::codes::Code;
use super::finding::{Findings, Spot};
use super::number::{self, Meant};
use std::collections::BTreeMap;
use std::ops::Range;
use toml::de::DeTable;

/// Reads one file as TOML; what can be recovered of it is returned even when it is not.
pub(super) fn parse<'a>(file: usize, text: &'a str, findings: &mut Findings) -> DeTable<'a> {
    let (table, errors) = DeTable::parse_recoverable(text);
    let mut slips = Slips { text, file, findings, colons: None, curly: None, lines: BTreeMap::new() };
    if let Some(foreign) = foreign(text).filter(|_| !errors.is_empty()) {
        slips.tell(Some(foreign));
        return table.into_inner();
    }
    for error in errors {
        let span = error.span().unwrap_or(text.len()..text.len());
        if !slips.explain(span.start) {
            slips.tell(Some(Slip { span, message: error.message().to_owned(), help: None }));
        }
    }
    table.into_inner()
}

/// The slips of a file. TOML may give several errors for one, so each line is looked at once; and what may be in many lines is
/// told once for all of them.
struct Slips<'f, 'c> {
    text: &'f str,
    file: usize,
    findings: &'f mut Findings<'c>,
    /// Whether keys with colons, and curly quotes, were told.
    colons: Option<bool>,
    curly: Option<bool>,
    /// Whether something was told of the line that begins there.
    lines: BTreeMap<usize, bool>,
}

impl Slips<'_, '_> {
    /// Tells what explains an error that TOML finds at that byte, or has told it before; `false` when nothing does.
    fn explain(&mut self, at: usize) -> bool {
        let text = self.text;
        let start = text.get(..at).unwrap_or(text).rfind('\n').map_or(0, |end| end + 1);
        if let Some(&told) = self.lines.get(&start) {
            return told;
        }
        let line = text[start..].lines().next().unwrap_or_default();
        let told = if colon(line).is_some() || line.trim_matches([' ', '\t', ',', '{', '}', '[', ']']).is_empty() {
            let told = self.colons.unwrap_or_else(|| self.tell(colons(text)));
            *self.colons.insert(told)
        } else if curled(line).is_some() {
            let told = self.curly.unwrap_or_else(|| self.tell(curly_quotes(text)));
            *self.curly.insert(told)
        } else {
            self.tell(values(line, start))
        };
        self.lines.insert(start, told);
        told
    }

    /// Adds a finding for each. Whether there are any.
    fn tell(&mut self, slips: impl IntoIterator<Item = Slip>) -> bool {
        let mut any = false;
        for Slip { span, message, help } in slips {
            let spot = Spot::new(self.file, span);
            let finding = self.findings.add(Code::TomlSyntax, spot, format!("not TOML: {message}"));
            help.into_iter().for_each(|help| finding.help(help));
            any = true;
        }
        any
    }
}

/// What was meant otherwise, and what to write.
struct Slip {
    span: Range<usize>,
    message: String,
    help: Option<String>,
}

/// A file in another language: no TOML begins with a brace or a `<`, and YAML has no headers in brackets.
fn foreign(text: &str) -> Option<Slip> {
    let start = text.len() - text.trim_start().len();
    let first = text[start..].chars().next()?;
    let language = match first {
        '{' => "JSON",
        '<' => "XML or HTML",
        _ if is_yaml(text) => "YAML",
        _ => return None,
    };
    let help = "write `key = value` lines under headers such as `[catalog]` and `[[product.price]]`; `drawdown init` writes a \
                catalog to start from";
    Some(Slip {
        span: start..start + first.len_utf8(),
        message: format!("this is {language}"),
        help: Some(help.to_owned()),
    })
}

/// Whether a file begins as YAML does, and has no line that only TOML has.
fn is_yaml(text: &str) -> bool {
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let is_first =
        |line: &str| line == "---" || line.starts_with("- ") || colon(line).is_some_and(|key| key.start == 0);
    lines.next().is_some_and(is_first) && !lines.any(|line| line.starts_with('[') || line.contains(" = "))
}

/// Where a line has a key that a colon follows, as in JSON and YAML: in quotes or without.
fn colon(line: &str) -> Option<Range<usize>> {
    let begins = |at: usize| {
        let before = line[..at].trim_end();
        before.is_empty() || before.ends_with(['{', ',']) || before == "-"
    };
    line.match_indices(':').find_map(|(at, _)| {
        let before = line[..at].trim_end();
        let start = match before.strip_suffix('"') {
            Some(open) => open.rfind('"')?,
            None => before.len() - before.chars().rev().take_while(|c| is_bare(*c)).count(),
        };
        (start < before.len() && begins(start)).then_some(start..before.len())
    })
}

/// Whether a key may have this sign without quotes.
fn is_bare(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || c == '-'
}

/// The first key of a file that a colon follows, and how many lines have some.
fn colons(text: &str) -> Option<Slip> {
    let mut start = 0;
    let mut keys = text.split_inclusive('\n').filter_map(|line| {
        let found = colon(line).map(|key| start + key.start..start + key.end);
        start += line.len();
        found
    });
    let span = keys.next()?;
    let others = more_lines(keys.count());
    let key = text[span.clone()].trim_matches('"');
    if key.len() == span.len() {
        let help = format!("write `{key} = ...`{others}");
        return Some(Slip { span, message: format!("a colon follows `{key}`, where TOML has `=`"), help: Some(help) });
    }
    let key = if !key.is_empty() && key.chars().all(is_bare) { key } else { &text[span.clone()] };
    let help = format!("write `{key} = ...` instead, and a whole `{{ ... }}` on one line{others}");
    Some(Slip { span, message: "this value is JSON".to_owned(), help: Some(help) })
}

/// How many more lines have the same slip.
fn more_lines(count: usize) -> String {
    match count {
        0 => String::new(),
        1 => ", and so in 1 more line".to_owned(),
        more => format!(", and so in {more} more lines"),
    }
}

const CURLY: [char; 10] = ['“', '”', '„', '‟', '‘', '’', '‚', '‛', '«', '»'];

/// Where a value or a key of the line begins with a curly quote, and ends.
fn curled(line: &str) -> Option<Range<usize>> {
    let begins = |at: usize| line[..at].trim_end().chars().next_back().is_none_or(|before| "=[{,".contains(before));
    let (start, open) = line.char_indices().find(|&(at, c)| CURLY.contains(&c) && begins(at))?;
    let after = start + open.len_utf8();
    let close = line[after..].char_indices().find(|(_, c)| CURLY.contains(c));
    Some(start..close.map_or(after, |(at, c)| after + at + c.len_utf8()))
}

/// The first curly quotes of a file, and how many of its lines have some.
fn curly_quotes(text: &str) -> Option<Slip> {
    let mut start = 0;
    let mut lines = text.split_inclusive('\n').filter_map(|line| {
        let found = curled(line).map(|span| (start + span.start..start + span.end, &line[span]));
        start += line.len();
        found
    });
    let (span, quoted) = lines.next()?;
    let inner = quoted.trim_matches(CURLY);
    let others = more_lines(lines.count());
    let help = Some(format!("write straight quotes: `\"{inner}\"`{others}"));
    Some(Slip { span, message: "these are curly quotes".to_owned(), help })
}

/// Values of a line that are numbers as people write them, or words without quotes.
fn values(line: &str, start: usize) -> Vec<Slip> {
    let values = line.match_indices('=').filter_map(|(at, _)| {
        let value = value(&line[at + 1..]);
        let start = start + at + 1 + line[at + 1..].find(value)?;
        let slip = |message: &str, help| {
            let message = format!("`{value}` {message}");
            Some(Slip { span: start..start + value.len(), message, help: Some(help) })
        };
        match number::meant(value) {
            Some(Meant { message, help, with_code: None }) => slip(message, help),
            Some(Meant { message, help, with_code: Some(both) }) => {
                slip(message, format!("{help}, or `\"{both}\"` where a key takes an amount and its currency"))
            }
            None if is_word(value) => slip("has no quotes", format!("write `\"{value}\"`")),
            None => None,
        }
    });
    values.collect()
}

/// What is longer is no number and no word.
const LONGEST_VALUE: usize = 80;

/// The value that a text begins with: up to a comment, or to the next key or the end of an inline table or array.
fn value(text: &str) -> &str {
    let text = text.char_indices().nth(LONGEST_VALUE).map_or(text, |(end, _)| &text[..end]);
    let end = text.find(['#', '}', ']']).unwrap_or(text.len());
    let end = text[..end].find(", ").unwrap_or(end);
    text[..end].trim().trim_end_matches(',')
}

/// Whether a value is a word that can only be text.
fn is_word(value: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | ' ' | '@' | '/');
    value.starts_with(char::is_alphabetic)
        && value.chars().all(is_part)
        && !matches!(value, "true" | "false" | "nan" | "inf")
}
