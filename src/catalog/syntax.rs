//! A file as TOML, and what is said of one that is not. Slips that TOML's own errors don't name are found first: a
//! catalog in JSON, quotes that a word processor curled, a comma in a number.

use super::codes::Code;
use super::finding::{Findings, Spot};
use std::collections::BTreeSet;
use std::ops::Range;
use toml::de::DeTable;

/// Reads one file as TOML; what can be recovered of it is returned even when it is not.
pub(super) fn parse<'a>(file: usize, text: &'a str, findings: &mut Findings) -> DeTable<'a> {
    let (table, errors) = DeTable::parse_recoverable(text);
    let mut told = BTreeSet::new();
    for error in errors {
        let span = error.span().unwrap_or(text.len()..text.len());
        let mut slips = slips(text, span.start);
        if slips.is_empty() {
            slips.push(Slip { span, message: error.message().to_owned(), help: None });
        }
        for slip in slips {
            // TOML may give several errors for one slip, and the whole file has one slip if it is JSON.
            if slip.help.is_some() && !told.insert(slip.span.start) {
                continue;
            }
            let finding =
                findings.add(Code::TomlSyntax, Spot::new(file, slip.span), format!("not TOML: {}", slip.message));
            slip.help.into_iter().for_each(|help| finding.help(help));
        }
    }
    table.into_inner()
}

/// What was meant otherwise, and what to write.
struct Slip {
    span: Range<usize>,
    message: String,
    help: Option<String>,
}

/// What explains an error that TOML finds at that byte.
fn slips(text: &str, at: usize) -> Vec<Slip> {
    if let Some(json) = json(text) {
        return vec![json];
    }
    let start = text.get(..at).unwrap_or(text).rfind('\n').map_or(0, |end| end + 1);
    let line = text[start..].lines().next().unwrap_or_default();
    if colon(line).is_some() || line.trim_matches([' ', '\t', ',', '{', '}', '[', ']']).is_empty() {
        return json_values(text).into_iter().collect();
    }
    match curled(line) {
        Some(_) => curly_quotes(text).into_iter().collect(),
        None => commas(line, start),
    }
}

/// No TOML begins with a brace.
fn json(text: &str) -> Option<Slip> {
    let start = text.len() - text.trim_start().len();
    text[start..].starts_with('{').then(|| Slip {
        span: start..start + 1,
        message: "this is JSON".to_owned(),
        help: Some(
            "write `key = value` lines under headers such as `[catalog]` and `[[product.price]]`; `drawdown init` writes a \
             catalog to start from"
                .to_owned(),
        ),
    })
}

/// Where a line has a key as JSON writes it: in quotes, and with a colon.
fn colon(line: &str) -> Option<Range<usize>> {
    let quotes: Vec<usize> = line.match_indices('"').map(|(at, _)| at).collect();
    quotes.windows(2).map(|pair| pair[0]..pair[1] + 1).find(|key| {
        let before = line[..key.start].trim_end();
        let begins = before.is_empty() || before.ends_with(['{', ',']);
        begins && line[key.end..].trim_start().starts_with(':')
    })
}

/// The first key of a value that was pasted as JSON, and how many lines have some.
fn json_values(text: &str) -> Option<Slip> {
    let mut start = 0;
    let mut keys = text.split_inclusive('\n').filter_map(|line| {
        let found = colon(line).map(|key| start + key.start..start + key.end);
        start += line.len();
        found
    });
    let span = keys.next()?;
    let key = text[span.clone()].trim_matches('"');
    let is_bare = !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    let key = if is_bare { key } else { &text[span.clone()] };
    let others = more_lines(keys.count());
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

/// Numbers of a line that are written with commas.
fn commas(line: &str, start: usize) -> Vec<Slip> {
    let values = line.match_indices('=').filter_map(|(at, _)| {
        let rest = line[at + 1..].trim_start();
        let length = rest.find(|c: char| !(c.is_ascii_digit() || "+-,".contains(c))).unwrap_or(rest.len());
        let number = rest[..length].trim_end_matches(',');
        let start = start + line.len() - rest.len();
        let help = without_comma(number)?;
        let message = format!("`{number}` has a comma, where a number has a point");
        Some(Slip { span: start..start + number.len(), message, help: Some(help) })
    });
    values.collect()
}

/// What to write in place of a number with commas; `None` when it is no such number.
pub(super) fn without_comma(number: &str) -> Option<String> {
    let parts: Vec<&str> = number.trim_start_matches(['+', '-']).split(',').collect();
    let are_digits = parts.iter().all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()));
    let (decimal, whole) = (number.replace(',', "."), number.replace(',', ""));
    let are_thousands = parts[1..].iter().all(|part| part.len() == 3) && !parts[0].starts_with('0');
    match parts.len() {
        _ if !are_digits => None,
        1 => None,
        2 if are_thousands => Some(format!("write `{decimal}`, or `{whole}` if the comma marks thousands")),
        2 => Some(format!("write `{decimal}`")),
        _ => Some(format!("write `{whole}`")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comma_in_a_number_is_a_point_or_marks_thousands() {
        let cases = [
            ("0,042", Some("write `0.042`")),
            ("-1,5", Some("write `-1.5`")),
            ("1,000", Some("write `1.000`, or `1000` if the comma marks thousands")),
            ("1,000,000", Some("write `1000000`")),
            ("12", None),
            ("1,", None),
            ("1,a", None),
        ];
        for (number, expected) in cases {
            assert_eq!(without_comma(number).as_deref(), expected, "{number}");
        }
    }
}
