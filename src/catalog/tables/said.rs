//! How the values of keys are said to people, in plans and lists alike.

use crate::catalog::keys::Key;
use crate::money::{Book, Units};
use crate::time::Interval;

/// What a plan says of something: its keys, each with its value in words. What a key is worth to people alone, such as a
/// name, is not among them.
pub(in crate::catalog) type Said = Vec<(&'static Key, String)>;

/// An amount of an asset, without its code.
pub fn amount(book: &Book, code: &str, units: Units) -> String {
    book.asset(code).map_or_else(|_| format!("{units} units"), |asset| asset.format(units))
}

/// `1 month`, `3 months`.
pub fn span(interval: Interval) -> String {
    let plural = if interval.count == 1 { "" } else { "s" };
    format!("{} {}{plural}", interval.count, interval.unit.name())
}

/// `every month`, `every 3 months`.
pub fn every(interval: Interval) -> String {
    if interval.count == 1 { format!("every {}", interval.unit.name()) } else { format!("every {}", span(interval)) }
}

/// `20.00 USD per seat`.
pub(super) fn each(units: Units, asset: &str, per_seat: bool, book: &Book) -> String {
    format!("{} {asset}{}", amount(book, asset, units), if per_seat { " per seat" } else { "" })
}

pub(super) const NONE: &str = "none";

pub(super) fn or_none<T>(value: Option<&T>, show: impl Fn(&T) -> String) -> String {
    value.map_or_else(|| NONE.to_owned(), show)
}

pub(super) fn joined<T>(values: &[T], show: impl Fn(&T) -> String) -> String {
    if values.is_empty() { NONE.to_owned() } else { values.iter().map(show).collect::<Vec<_>>().join(", ") }
}

pub(super) fn word<T: PartialEq>(names: &[(&'static str, T)], value: &T) -> String {
    names.iter().find(|(_, v)| v == value).map_or_else(String::new, |(name, _)| (*name).to_owned())
}

pub(super) fn yes_or_no(value: bool) -> String {
    if value { "yes" } else { "no" }.to_owned()
}
