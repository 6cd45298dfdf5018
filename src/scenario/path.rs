//! The name of a number, or of a word, in a catalog: `studio/Image[model=gpt-image-1]/unit_price`.

use super::text::{Reader, TextError, in_quotes, written};
use crate::catalog::keys::{Kind, Told};
use crate::catalog::{FILE, closest};
use std::fmt;
use std::str::FromStr;
use thiserror::Error;

/// What a first part without a kind speaks of.
const PRODUCT: &str = "product";
/// All prices below what the other parts name.
pub(super) const ALL: &str = "*";

/// The name of numbers, or of a word, in a catalog.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Path {
    /// The catalog's key for the tables that the first part is looked up in, such as `product`; or the table itself, such
    /// as `policy`.
    pub(super) section: &'static str,
    /// From the section on. The last is a key, or `*` for every price below the others.
    pub(super) parts: Vec<Part>,
}

/// One part of a path.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Part {
    /// A code, a name, or a key.
    pub name: String,
    /// Which of several.
    pub select: Select,
}

/// Which of several rows or tiers.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Select {
    /// All of them.
    All,
    /// The one at that place, from 1.
    Place(usize),
    /// Those in which these keys hold these values, where `*` is a key that is absent.
    Cells(Vec<(String, String)>),
}

impl Path {
    /// Whether it names every price below its parts.
    pub fn names_all(&self) -> bool {
        self.parts.last().is_some_and(|part| part.name == ALL)
    }

    /// Whether its section is one table, so that no part of it is a code.
    pub(super) fn is_in_one_table(&self) -> bool {
        is_one_table(self.section)
    }
}

/// Why a text is not a path.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PathError {
    /// One of its parts can't be read.
    #[error(transparent)]
    Text(#[from] TextError),
    /// It ends before a key.
    #[error("{0} is not one number; add the key of one, as in studio/Image/unit_price")]
    NoKey(String),
    /// What it begins with is no table of a catalog.
    #[error("a catalog has no {name:?}; {}", or_one_of(.close, .known))]
    NoSection {
        /// What it begins with.
        name: String,
        /// The table that may be meant.
        close: Option<&'static str>,
        /// The tables that a path can begin with.
        known: Vec<&'static str>,
    },
    /// What stands in brackets says neither which row nor which place.
    #[error("[{0}] is neither a place, from 1 on, nor KEY=VALUE")]
    NoSelect(String),
    /// A key stands in brackets more than once.
    #[error("{0} stands twice")]
    Twice(String),
}

fn or_one_of(close: &Option<&str>, known: &[&str]) -> String {
    match close {
        Some(close) => format!("did you mean {close}?"),
        None => format!("use one of: {}", known.join(", ")),
    }
}

impl FromStr for Path {
    type Err = PathError;

    fn from_str(text: &str) -> Result<Self, PathError> {
        let mut reader = Reader::new(text.trim());
        let (section, first) = section(&mut reader)?;
        let mut parts: Vec<Part> = first.into_iter().collect();
        while reader.takes('/') {
            let (name, _) = reader.part()?;
            parts.push(Part { name, select: select(&mut reader)? });
        }
        if !reader.rest().is_empty() {
            return Err(reader.expected("a /").into());
        }
        let least = if is_one_table(section) { 1 } else { 2 };
        match parts.last() {
            Some(last) if parts.len() >= least && last.select == Select::All => Ok(Self { section, parts }),
            _ => Err(PathError::NoKey(text.trim().to_owned())),
        }
    }
}

/// The section, and the code of one of its tables.
fn section(reader: &mut Reader<'_>) -> Result<(&'static str, Option<Part>), PathError> {
    let of_kind = sections().find(|kind| {
        let rest = reader.rest().strip_prefix(kind);
        rest.is_some_and(|rest| rest.starts_with(' ') && !rest.trim_start().starts_with(['/', '[']))
    });
    if let Some(kind) = of_kind.filter(|kind| !is_one_table(kind)) {
        *reader = Reader::new(&reader.rest()[kind.len()..]);
        let (name, _) = reader.part()?;
        return Ok((kind, Some(Part { name, select: select(reader)? })));
    }
    let (name, is_quoted) = reader.part()?;
    if !is_quoted {
        if let Some(table) = sections().find(|kind| *kind == name && is_one_table(kind)) {
            return Ok((table, None));
        }
        if let Some((kind, _)) = name.split_once(' ') {
            let known: Vec<_> = sections().filter(|kind| !is_one_table(kind)).collect();
            let close = closest(kind, known.iter().copied());
            return Err(PathError::NoSection { name: kind.to_owned(), close, known });
        }
    }
    Ok((PRODUCT, Some(Part { name, select: select(reader)? })))
}

/// The tables of a catalog that paths can begin with.
fn sections() -> impl Iterator<Item = &'static str> {
    let is_section = |kind: &Kind| match kind {
        Kind::Tables(table) => matches!(table.told, Told::ByName(_)),
        Kind::Table(_) => true,
        _ => false,
    };
    FILE.keys().filter(move |key| is_section(&key.kind)).map(|key| key.name)
}

/// Whether there is one such table, which needs no code.
fn is_one_table(section: &str) -> bool {
    FILE.key(section).is_some_and(|key| matches!(key.kind, Kind::Table(_)))
}

/// `[2]` or `[model=gpt-image-1,quality=high]`, if it is there.
fn select(reader: &mut Reader<'_>) -> Result<Select, PathError> {
    if !reader.takes('[') {
        return Ok(Select::All);
    }
    let mut cells: Vec<(String, String)> = Vec::new();
    loop {
        let (name, is_quoted) = reader.part()?;
        if cells.is_empty() && !is_quoted && reader.takes(']') {
            let place = name.parse().ok().filter(|&place| place > 0);
            return place.map(Select::Place).ok_or(PathError::NoSelect(name));
        }
        if !reader.takes('=') {
            return Err(reader.expected("a =").into());
        }
        if cells.iter().any(|(known, _)| *known == name) {
            return Err(PathError::Twice(name));
        }
        cells.push((name, reader.part()?.0));
        if reader.takes(']') {
            return Ok(Select::Cells(cells));
        }
        if !reader.takes(',') {
            return Err(reader.expected("a ]").into());
        }
    }
}

impl fmt::Display for Path {
    /// As it is read again.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some((first, rest)) = self.parts.split_first() else { return f.write_str(self.section) };
        if is_one_table(self.section) {
            write!(f, "{}/{first}", self.section)?;
        } else if self.section != PRODUCT {
            write!(f, "{} {first}", self.section)?;
        } else if sections().any(|kind| first.name == kind) || first.name.contains(' ') {
            write!(f, "{}{}", in_quotes(&first.name), first.select)?;
        } else {
            write!(f, "{first}")?;
        }
        rest.iter().try_for_each(|part| write!(f, "/{part}"))
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", written(&self.name), self.select)
    }
}

impl fmt::Display for Select {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => Ok(()),
            Self::Place(place) => write!(f, "[{place}]"),
            Self::Cells(cells) => {
                let cells = cells.iter().map(|(name, value)| format!("{}={}", written(name), written(value)));
                write!(f, "[{}]", cells.collect::<Vec<_>>().join(","))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn path(text: &str) -> Path {
        text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    #[test]
    fn paths_are_printed_as_they_are_read() {
        for text in [
            "studio/Image/unit_price",
            "studio/Image[model=gpt-image-1,quality=high]/unit_price",
            "studio/Image/*",
            "studio/*",
            "studio/Monthly credits/amount",
            "asset CREDIT/rate",
            "asset CREDIT/rates[source=USD,valid_from=\"2026-07-01T00:00:00Z\"]/rate",
            "auto_topup CREDIT/amount",
            "vendor openai/response_completed[model=gpt-5.1]/volume_rate",
            "studio/API/tiers[2]/unit_price",
            "policy/insufficient_funds",
            "studio/\"Images, large\"/lifecycle/refresh/limit",
            "studio/\"5\"\" prints\"/unit_price",
            "\"policy\"/Image/unit_price",
        ] {
            assert_eq!(path(text).to_string(), text);
        }
        assert_eq!(
            path(" product studio / Image [ model = a ]/ unit_price "),
            path("studio/Image[model=a]/unit_price")
        );
        assert_eq!(path("vendor \"openai\"/*"), path("vendor openai/*"));
    }

    #[test]
    fn sections_are_those_of_a_catalog() {
        assert_eq!(path("asset CREDIT/rate").section, "asset");
        assert_eq!(path("policy/burn_order").section, "policy");
        assert_eq!(path("\"policy\"/a/b").section, "product");
        assert_eq!(path("asset/a/b").section, "product");
    }

    #[test]
    fn errors_say_what_is_wrong() {
        for (text, why) in [
            ("", "a name is missing at its end"),
            ("studio", "studio is not one number"),
            ("policy", "policy is not one number"),
            ("asset CREDIT", "is not one number"),
            ("studio/Image[model=a]", "is not one number"),
            ("studio/Image]", "a / is missing before \"]\""),
            ("studio//unit_price", "a name is missing before \"/unit_price\""),
            ("assets CREDIT/rate", "did you mean asset?"),
            ("wallet CREDIT/rate", "use one of: asset, vendor, product, auto_topup"),
            ("studio/API/tiers[0]/unit_price", "[0] is neither a place"),
            ("studio/API/tiers[a]/unit_price", "[a] is neither a place"),
            ("studio/Image[model=a,model=b]/unit_price", "model stands twice"),
            ("studio/Image[model]/unit_price", "[model] is neither"),
            ("studio/Image[a=b,c]/unit_price", "a = is missing before \"]/unit_price\""),
            ("studio/Image[a=b/unit_price", "a ] is missing before \"/unit_price\""),
            ("studio/5\" prints/unit_price", "5\" prints has a quote in it"),
            ("studio/\"Image/unit_price", "a quote has no end"),
            ("studio/a:b/unit_price", "a / is missing before \":b/unit_price\""),
        ] {
            let error = text.parse::<Path>().unwrap_err().to_string();
            assert!(error.contains(why), "{text}: {error}");
        }
    }

    /// Names with everything that parts, and what looks like other parts of the grammar.
    fn hostile() -> impl Strategy<Value = String> {
        prop_oneof![
            "[a-z/\\[\\]=,:\" *.]{1,6}",
            "\\PC{1,4}",
            prop_oneof![Just("policy"), Just("asset"), Just("asset CREDIT"), Just("2"), Just("*"), Just("tiers[2]")]
                .prop_map(str::to_owned),
        ]
    }

    fn part() -> impl Strategy<Value = Part> {
        let cells = proptest::collection::btree_map(hostile(), hostile(), 1..3);
        let select = prop_oneof![
            Just(Select::All),
            (1..9usize).prop_map(Select::Place),
            cells.prop_map(|cells| Select::Cells(cells.into_iter().collect())),
        ];
        (hostile(), select).prop_map(|(name, select)| Part { name, select })
    }

    proptest! {
        #[test]
        fn every_path_is_read_as_it_is_printed(
            section in prop_oneof![Just("product"), Just("asset"), Just("vendor"), Just("auto_topup"), Just("policy")],
            mut parts in proptest::collection::vec(part(), 1..4),
            key in hostile(),
        ) {
            parts.push(Part { name: key, select: Select::All });
            let path = Path { section, parts };
            prop_assert_eq!(path.to_string().parse(), Ok(path.clone()), "{}", path);
        }

        #[test]
        fn no_text_makes_it_panic(text in "[a-z/\\[\\]=,:\" *]{0,12}") {
            if let Ok(path) = text.parse::<Path>() {
                prop_assert_eq!(path.to_string().parse(), Ok(path));
            }
        }
    }
}
