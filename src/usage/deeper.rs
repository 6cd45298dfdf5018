//! Values that stand deeper in a record than they are looked for.

use super::json_text::entries;

/// So many levels are looked at.
const DEEPEST: usize = 4;
/// So many are found.
const MOST_FOUND: usize = 64;

/// The paths of values within an object, which stands at `path`, that have a wanted key; nothing where it is no object.
pub(super) fn within(path: &str, object: &str, is_wanted: &dyn Fn(&str) -> bool) -> Vec<String> {
    let mut found = Vec::new();
    look(path, object, DEEPEST, is_wanted, &mut found);
    found
}

fn look(path: &str, object: &str, levels: usize, is_wanted: &dyn Fn(&str) -> bool, found: &mut Vec<String>) {
    let entries = Some(object).filter(|object| object.starts_with('{') && levels > 0).map(entries);
    for (key, value) in entries.and_then(Result::ok).unwrap_or_default() {
        let own = if path.is_empty() { key.to_string() } else { format!("{path}.{key}") };
        match value.as_bytes().first() {
            Some(b'{') => look(&own, value, levels - 1, is_wanted, found),
            Some(b'[' | b'n') | None => {}
            Some(_) if is_wanted(&key) && found.len() < MOST_FOUND => found.push(own),
            Some(_) => {}
        }
    }
}

/// The key that a path ends with.
pub(super) fn last(path: &str) -> &str {
    path.rsplit('.').next().unwrap_or(path)
}
