//! A record taken apart: what each of its values is, whatever it came from.

use crate::time::Instant;

/// Numbered names with their texts, cheap to go through again.
pub(super) trait Cells<'a>: Iterator<Item = (u32, &'a str)> + Clone {}
impl<'a, I: Iterator<Item = (u32, &'a str)> + Clone> Cells<'a> for I {}

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
