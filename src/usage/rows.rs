//! A log's records as they were written, kept where somebody wants those back that are refused.
//!
//! A refused record is written again in its log's own form, with the reasons beside it under names that no log has of
//! itself. Readers pass these over, so what was written is mended where it stands and read like any log.

use serde::Serialize;

/// What is said of a refused record stands under this key of a JSON record, and in CSV columns that begin with it.
pub(super) const BESIDE: &str = "drawdown";
/// What is said, in the order of the columns.
const SAID: [&str; 5] = ["file", "line", "column", "code", "reason"];

/// Why a record was refused, as it is written beside it.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Beside<'a> {
    /// The log as the user named it.
    pub file: &'a str,
    /// Where the record stood in it, from 1.
    pub line: u64,
    /// The column or key at fault, when it is one.
    pub column: Option<&'a str>,
    /// Which kind of fault it is.
    pub code: &'a str,
    /// What is wrong, and what would be right.
    pub reason: &'a str,
}

/// How the records of a log are written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Form {
    /// Rows of values.
    Csv {
        /// What stands between values.
        delimiter: u8,
        /// The lines before the header, as they are.
        before: Vec<u8>,
        /// The header, without what [`Beside`] adds.
        header: Vec<u8>,
    },
    /// One JSON value a line, whatever stood around it in the log.
    Json,
}

/// The records of a batch's events, in their order; none where they are not kept.
#[derive(Debug, Clone, Default)]
pub struct Rows {
    text: Vec<u8>,
    ends: Vec<usize>,
    /// How many bytes the records take that are no events.
    refused: usize,
}

impl Rows {
    /// The record of the event at this place of the batch.
    pub fn get(&self, index: usize) -> Option<&[u8]> {
        let start = index.checked_sub(1).map_or(Some(0), |before| self.ends.get(before).copied())?;
        self.text.get(start..*self.ends.get(index)?)
    }

    /// Keeps the record of the next event.
    pub(super) fn push(&mut self, row: &[u8]) {
        self.text.extend_from_slice(row);
        self.ends.push(self.text.len());
    }

    /// Counts a record that is no event, and is kept elsewhere.
    pub(super) fn count_refused(&mut self, row: &[u8]) {
        self.refused += row.len();
    }

    /// How many events' records there are.
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// How many bytes all records of the batch take.
    pub(super) fn size(&self) -> usize {
        self.text.len() + self.refused
    }
}

impl Form {
    /// Whether records of both can stand in one file.
    pub fn is_like(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Json, Self::Json) => true,
            (Self::Csv { delimiter, header, .. }, Self::Csv { delimiter: of_other, header: other, .. }) => {
                (delimiter, header) == (of_other, other)
            }
            _ => false,
        }
    }

    /// What stands before the first record.
    pub fn start(&self) -> Vec<u8> {
        let Self::Csv { delimiter, before, header } = self else { return Vec::new() };
        let names = SAID.map(|name| format!("{BESIDE}.{name}"));
        let names = cells(*delimiter, names.iter().map(String::as_str));
        [before.as_slice(), &names, &[*delimiter], header, b"\n"].concat()
    }

    /// A line with the record and what is said beside it.
    pub fn line(&self, row: &[u8], said: Beside<'_>) -> Vec<u8> {
        let Self::Csv { delimiter, .. } = self else { return json_line(row, said) };
        let line = said.line.to_string();
        let said = [said.file, line.as_str(), said.column.unwrap_or_default(), said.code, said.reason];
        [cells(*delimiter, said.into_iter()).as_slice(), &[*delimiter], row, b"\n"].concat()
    }
}

/// Whether a CSV column of that name only says why a record was refused.
pub(super) fn is_beside(name: &str) -> bool {
    let said = name.strip_prefix(BESIDE).and_then(|rest| rest.strip_prefix('.'));
    said.is_some_and(|said| SAID.contains(&said))
}

/// Whether a line begins with such a column.
pub(super) fn begins_beside(line: &[u8]) -> bool {
    let line = line.strip_prefix(b"\"").unwrap_or(line);
    line.strip_prefix(BESIDE.as_bytes()).is_some_and(|rest| rest.starts_with(b"."))
}

/// How many columns at the beginning of a header only say why records were refused.
pub(super) fn beside_count(header: &[String]) -> usize {
    header.iter().take_while(|name| is_beside(name)).count()
}

/// Values as they stand in a CSV row.
pub(super) fn cells<'a>(delimiter: u8, values: impl Iterator<Item = &'a str>) -> Vec<u8> {
    let quoted = |value: &str| match value.bytes().any(|sign| sign == delimiter || b"\"\r\n".contains(&sign)) {
        true => format!("\"{}\"", value.replace('"', "\"\"")),
        false => value.to_owned(),
    };
    values.map(quoted).collect::<Vec<_>>().join(&char::from(delimiter).to_string()).into_bytes()
}

/// The row without its first values and its line end.
pub(super) fn behind(row: &[u8], delimiter: u8, count: usize) -> &[u8] {
    let row = row.strip_suffix(b"\n").unwrap_or(row);
    let row = row.strip_suffix(b"\r").unwrap_or(row);
    let (mut left, mut is_quoted) = (count, false);
    for (at, sign) in row.iter().enumerate() {
        if left == 0 {
            return &row[at..];
        }
        is_quoted ^= *sign == b'"';
        left -= usize::from(*sign == delimiter && !is_quoted);
    }
    if left == 0 { &[] } else { row }
}

/// The record in one line, with what is said of it as the first entry of its outermost object. What is no object, and so can't
/// hold anything, becomes an entry itself.
fn json_line(row: &[u8], said: Beside<'_>) -> Vec<u8> {
    let mut said = serde_json::to_value(said).unwrap_or_default();
    let key = format!("{{\"{BESIDE}\":");
    let opening = row.iter().position(|sign| *sign != b'[' && !sign.is_ascii_whitespace());
    let Some(at) = opening.filter(|at| row[*at] == b'{') else {
        said["record"] = String::from_utf8_lossy(row).into();
        return format!("{key}{said}}}\n").into_bytes();
    };
    let (before, entries) = (&row[..at], without_beside(&row[at + 1..], &key[1..]));
    let comma: &[u8] = if entries.trim_ascii_start().starts_with(b"}") { b"" } else { b"," };
    let mut line = [before, key.as_bytes(), said.to_string().as_bytes(), comma, entries].concat();
    // Between the values of a record that spans lines. Nothing else is changed: what is wrong stays wrong.
    line.iter_mut().filter(|sign| **sign == b'\n').for_each(|sign| *sign = b' ');
    line.push(b'\n');
    line
}

/// The entries without what was said of the record when it was refused before.
fn without_beside<'a>(entries: &'a [u8], key: &str) -> &'a [u8] {
    let Some(rest) = entries.strip_prefix(key.as_bytes()) else { return entries };
    let mut values = serde_json::Deserializer::from_slice(rest).into_iter::<serde::de::IgnoredAny>();
    if !matches!(values.next(), Some(Ok(_))) {
        return entries;
    }
    let rest = &rest[values.byte_offset()..];
    rest.strip_prefix(b",").unwrap_or(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAID: Beside<'_> = Beside { file: "a;b", line: 7, column: None, code: "invalid_row", reason: "no \"id\"" };

    #[test]
    fn a_row_stands_behind_its_reasons_as_it_was() {
        let form = Form::Csv { delimiter: b';', before: b"Report\n".to_vec(), header: b"id;\"a b\"".to_vec() };
        let start = "Report\ndrawdown.file;drawdown.line;drawdown.column;drawdown.code;drawdown.reason;id;\"a b\"\n";
        assert_eq!(String::from_utf8(form.start()).unwrap(), start);
        let line = form.line(b"e;\"x;y", SAID);
        assert_eq!(String::from_utf8(line.clone()).unwrap(), "\"a;b\";7;;invalid_row;\"no \"\"id\"\"\";e;\"x;y\n");
        assert_eq!(behind(&line, b';', 5), b"e;\"x;y");
        assert_eq!(behind(b"a,b\r\n", b',', 0), b"a,b");
        assert_eq!(behind(b"a,\n", b',', 1), b"");
    }

    #[test]
    fn a_record_says_first_why_it_was_refused() {
        let said = r#"{"code":"invalid_row","column":null,"file":"a;b","line":7,"reason":"no \"id\""}"#;
        let line = |row: &str| String::from_utf8(Form::Json.line(row.as_bytes(), SAID)).unwrap();
        for (row, wanted) in [
            (r#"{"id":1}"#, format!(r#"{{"drawdown":{said},"id":1}}"#)),
            ("{\n \"id\":\n1}", format!(r#"{{"drawdown":{said},  "id": 1}}"#)),
            ("{\"i\rd\":1}", format!("{{\"drawdown\":{said},\"i\rd\":1}}")),
            ("{ }", format!(r#"{{"drawdown":{said} }}"#)),
            (r#"[{"id":1}]"#, format!(r#"[{{"drawdown":{said},"id":1}}]"#)),
            (r#"{"id":1,"#, format!(r#"{{"drawdown":{said},"id":1,"#)),
        ] {
            assert_eq!(line(row), wanted + "\n", "{row}");
            assert_eq!(line(line(row).trim_end()), line(row), "said once");
        }
        assert!(line("[1]").starts_with(r#"{"drawdown":{"#) && line("[1]").contains(r#""record":"[1]""#));
    }
}
