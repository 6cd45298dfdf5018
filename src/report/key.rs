//! What a report can group by.

use crate::ledger::LedgerError;
use std::collections::BTreeSet;

/// Something that rows are told apart by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Key {
    Customer,
    Product,
    Price,
    EventType,
    Vendor,
    /// The UTC day.
    Day,
    /// The UTC month.
    Month,
    /// The value of a billable dimension.
    Dimension(String),
}

/// The keys that every ledger has.
const WORDS: [(&str, Key); 7] = [
    ("customer", Key::Customer),
    ("product", Key::Product),
    ("price", Key::Price),
    ("event_type", Key::EventType),
    ("vendor", Key::Vendor),
    ("day", Key::Day),
    ("month", Key::Month),
];

/// The other columns of reports, whose names no key has.
const COLUMNS: [&str; 17] = [
    "breakage",
    "charged",
    "cost",
    "denied",
    "denied_cost",
    "denied_reasons",
    "events",
    "fees",
    "fixed_revenue",
    "margin",
    "profit",
    "quantity",
    "reasons",
    "revenue",
    "unpriced",
    "unpriced_reasons",
    "usage_revenue",
];

/// Puts a dimension's name apart from the other columns of a report.
const DATA: &str = "data.";

impl Key {
    /// The keys of a query. A dimension goes by its name; `data.NAME` says that a dimension is meant, which one named
    /// like another key or column needs.
    ///
    /// # Errors
    /// When there is no such key, with those there are, or one is named twice.
    pub fn parse(names: &[String], dimensions: &BTreeSet<String>, has_vendors: bool) -> Result<Vec<Self>, LedgerError> {
        let mut keys = Vec::new();
        for name in names {
            let key =
                Self::find(name, dimensions).filter(|key| has_vendors || *key != Self::Vendor).ok_or_else(|| {
                    let known = Self::names(dimensions, has_vendors);
                    LedgerError::Unknown { kind: "key", name: name.clone(), known }
                })?;
            if keys.contains(&key) {
                return Err(LedgerError::Twice { kind: "key", name: name.clone() });
            }
            keys.push(key);
        }
        Ok(keys)
    }

    /// The names of all keys.
    pub fn names(dimensions: &BTreeSet<String>, has_vendors: bool) -> Vec<String> {
        let words = WORDS.iter().filter(|(_, key)| has_vendors || *key != Self::Vendor);
        words.map(|(word, _)| (*word).to_owned()).chain(dimensions.iter().map(|d| public_name(d))).collect()
    }

    fn find(name: &str, dimensions: &BTreeSet<String>) -> Option<Self> {
        if let Some((_, key)) = WORDS.iter().find(|(word, _)| *word == name) {
            return Some(key.clone());
        }
        let bare = dimensions.get(name).filter(|dimension| public_name(dimension) == name);
        let dimension = bare.or_else(|| dimensions.get(name.strip_prefix(DATA)?));
        dimension.cloned().map(Self::Dimension)
    }
}

/// How a dimension is named as a key.
fn public_name(dimension: &str) -> String {
    let taken = WORDS.iter().any(|(word, _)| *word == dimension) || COLUMNS.contains(&dimension);
    if taken { format!("{DATA}{dimension}") } else { dimension.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(names: &[&str]) -> Result<Vec<Key>, String> {
        let dimensions = ["cost", "model", "vendor"].map(String::from).into();
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        Key::parse(&names, &dimensions, true).map_err(|error| match error {
            LedgerError::Unknown { known, .. } => known.join(" "),
            other => other.to_string(),
        })
    }

    #[test]
    fn a_dimension_gives_way_to_a_column_of_its_name() {
        let dimension = |name: &str| Key::Dimension(name.to_owned());
        assert_eq!(parse(&["model", "vendor"]), Ok(vec![dimension("model"), Key::Vendor]));
        assert_eq!(
            parse(&["data.vendor", "data.cost", "data.model"]),
            Ok(["vendor", "cost", "model"].map(dimension).into())
        );
        let known = "customer product price event_type vendor day month data.cost model data.vendor";
        for unknown in ["cost", "", "Model", "data.", "data.day"] {
            assert_eq!(parse(&[unknown]), Err(known.to_owned()), "{unknown}");
        }
    }

    #[test]
    fn a_key_is_named_once() {
        assert_eq!(parse(&["model", "day", "data.model"]), Err("the key \"data.model\" is named twice".to_owned()));
    }

    #[test]
    fn usage_has_no_vendors() {
        let known = Key::parse(&["vendor".to_owned()], &BTreeSet::new(), false);
        assert!(matches!(known, Err(LedgerError::Unknown { known, .. }) if !known.contains(&"vendor".to_owned())));
    }
}
