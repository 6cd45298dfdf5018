//! Ranges of an event's number: `{ over = 200_000 }`.

use crate::money::{Decimal, add_exact, parse_quantity};
use serde::{Deserialize, Serialize};
use std::fmt;

/// The numbers above one and up to another. One of the two may be absent, so that it has no end on that side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NumberRange {
    /// What all its numbers are above.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub over: Option<Decimal>,
    /// The largest of its numbers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub up_to: Option<Decimal>,
}

impl NumberRange {
    /// Whether a number is in it.
    pub fn holds(&self, number: Decimal) -> bool {
        self.over.is_none_or(|over| number > over) && self.up_to.is_none_or(|up_to| number <= up_to)
    }

    /// Whether a text is a number in it, read as a volume is.
    pub fn holds_text(&self, text: &str) -> bool {
        parse_quantity(text).is_ok_and(|number| self.holds(number))
    }

    /// Whether there are numbers in it.
    fn is_some(&self) -> bool {
        self.over.zip(self.up_to).is_none_or(|(over, up_to)| over < up_to)
    }

    /// The numbers that are in both, if there are any.
    pub fn meet(&self, other: &Self) -> Option<Self> {
        let lower = |a: Option<Decimal>, b: Option<Decimal>| a.into_iter().chain(b).min();
        let both = Self { over: self.over.max(other.over), up_to: lower(self.up_to, other.up_to) };
        both.is_some().then_some(both)
    }

    /// Whether all numbers of the other are in it.
    pub fn includes(&self, other: &Self) -> bool {
        self.meet(other) == Some(*other)
    }

    /// Its numbers that are below another range, and those above it.
    pub fn beside(&self, other: &Self) -> impl Iterator<Item = Self> {
        let below = other.over.and_then(|over| self.meet(&Self { over: None, up_to: Some(over) }));
        let above = other.up_to.and_then(|up_to| self.meet(&Self { over: Some(up_to), up_to: None }));
        below.into_iter().chain(above)
    }

    /// One of its numbers, a whole one above its beginning if that is in it.
    pub fn one(&self) -> Decimal {
        let next = self.over.and_then(|over| add_exact(over, Decimal::ONE)).filter(|next| self.holds(*next));
        next.or(self.up_to).or(self.over).unwrap_or_default()
    }

    /// As a catalog has it. Numbers stand in quotes where they need it to keep their digits.
    pub fn to_toml(&self) -> String {
        let parts = [("over", self.over), ("up_to", self.up_to)].into_iter();
        let parts = parts.filter_map(|(key, number)| Some(format!("{key} = {}", number?)));
        format!("{{ {} }}", parts.collect::<Vec<_>>().join(", "))
    }
}

/// `over 1000 up to 2000`.
impl fmt::Display for NumberRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.over, self.up_to) {
            (Some(over), Some(up_to)) => write!(f, "over {over} up to {up_to}"),
            (Some(over), None) => write!(f, "over {over}"),
            (None, Some(up_to)) => write!(f, "up to {up_to}"),
            (None, None) => f.write_str("any number"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::option;
    use proptest::prelude::*;

    fn range() -> impl Strategy<Value = NumberRange> {
        let bound = || option::of((0i64..8).prop_map(Decimal::from));
        let any = (bound(), bound()).prop_map(|(over, up_to)| NumberRange { over, up_to });
        any.prop_filter("has numbers", NumberRange::is_some)
    }

    /// Numbers on each bound and between them all.
    fn numbers() -> impl Iterator<Item = Decimal> {
        (-2i64..20).map(|halves| Decimal::new(halves * 5, 1))
    }

    #[test]
    fn ends_are_as_those_of_tiers() {
        let range = NumberRange { over: Some(Decimal::from(100)), up_to: Some(Decimal::from(200)) };
        let held = ["100", "100.0", "100.5", "2e2", "200.1", "x", ""].map(|text| range.holds_text(text));
        assert_eq!(held, [false, false, true, true, false, false, false]);
        assert_eq!(range.to_string(), "over 100 up to 200");
        assert_eq!(range.to_toml(), "{ over = 100, up_to = 200 }");
        assert_eq!(range.one().to_string(), "101");
    }

    proptest! {
        #[test]
        fn sets_of_numbers_are_those_of_each_number(a in range(), b in range()) {
            let both: Vec<bool> = numbers().map(|n| a.holds(n) && b.holds(n)).collect();
            let met = a.meet(&b);
            prop_assert_eq!(&both, &numbers().map(|n| met.is_some_and(|met| met.holds(n))).collect::<Vec<_>>());
            prop_assert!(a.holds(a.one()));
            prop_assert_eq!(a.includes(&b), numbers().all(|n| a.holds(n) || !b.holds(n)));
            for n in numbers() {
                prop_assert_eq!(a.beside(&b).filter(|part| part.holds(n)).count(), usize::from(a.holds(n) && !b.holds(n)));
            }
        }
    }
}
