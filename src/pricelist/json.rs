//! Parts of a list, each with its own text.

use serde_json::value::RawValue;
use std::collections::BTreeMap;

/// The fields of an object, each with its own text.
pub(super) type Fields<'a> = BTreeMap<String, &'a RawValue>;

/// The fields of a value; `None` if it is no object.
pub(super) fn fields(raw: &RawValue) -> Option<Fields<'_>> {
    serde_json::from_str(raw.get()).ok()
}

/// Text, without quotes.
pub(super) fn text(raw: Option<&&RawValue>) -> Option<String> {
    serde_json::from_str(raw?.get()).ok()
}
