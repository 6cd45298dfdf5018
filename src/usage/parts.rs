//! A record taken apart: what each of its values is, whatever it came from.

use crate::time::Instant;

/// Numbers of names with their texts, cheap to go through again.
pub(super) trait Cells<'a, N>: Iterator<Item = (N, &'a str)> + Clone {}
impl<'a, N, I: Iterator<Item = (N, &'a str)> + Clone> Cells<'a, N> for I {}

/// A record taken apart. No value is empty; `data` is in the order of the fields' names and has each once, `costs` is in
/// the order of the vendors.
pub(super) struct Parts<'a, D, C> {
    /// `None` asks for an id made from the record.
    pub id: Option<&'a str>,
    pub customer: &'a str,
    pub event_type: &'a str,
    pub occurred_at: Instant,
    /// Never an empty text.
    pub subject: Option<&'a str>,
    /// Numbers of field names, and values.
    pub data: D,
    /// Numbers of vendors, and amounts.
    pub costs: C,
}
