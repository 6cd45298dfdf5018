//! What must not be kept inside values that are JSON themselves: their keys are looked at as columns are.

use super::json_text::{elements, entries};
use super::rules::Rules;
use super::secrets::is_secret;
use foldhash::HashMap;
use memchr::{memchr, memchr2};
use std::collections::BTreeSet;

/// So deep in a value are keys looked at.
const DEEPEST: usize = 16;
/// So many keys are remembered.
const MOST_KEYS: usize = 4_096;

/// Takes secrets out of nested values. Most values have none, and are only looked through.
#[derive(Default)]
pub(super) struct NestedSecrets {
    /// Whether a key looks like a secret's.
    keys: HashMap<Box<str>, bool>,
    /// What has been told.
    told: BTreeSet<String>,
}

impl NestedSecrets {
    /// The value of a field without what must not be kept, and `dropped` gets the paths of that; `None` if nothing is.
    pub fn without(&mut self, field: &str, value: &str, rules: &Rules, dropped: &mut Vec<String>) -> Option<String> {
        if !value.starts_with(['{', '[']) || !rules.is_about_parts(field) && !self.may_have(value) {
            return None;
        }
        let mut paths = Vec::new();
        let kept = reduced(field, value, DEEPEST, rules, &mut paths)?;
        dropped.extend(paths.into_iter().filter(|path| self.told.insert(path.clone())));
        Some(kept)
    }

    /// Whether a key of the value looks like a secret's. One that is written with escapes is looked at closely.
    fn may_have(&mut self, value: &str) -> bool {
        let bytes = value.as_bytes();
        let mut place = 0;
        while let Some(quote) = memchr(b'"', &bytes[place..]) {
            let begin = place + quote + 1;
            let Some(end) = end_of_string(bytes, begin) else { return true };
            place = end + 1;
            let is_key = bytes[place..].iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b':');
            let key = &value[begin..end];
            if is_key && (key.contains('\\') || self.is_secret(key)) {
                return true;
            }
        }
        false
    }

    fn is_secret(&mut self, key: &str) -> bool {
        if let Some(known) = self.keys.get(key) {
            return *known;
        }
        let is_secret = is_secret(key);
        if self.keys.len() < MOST_KEYS {
            self.keys.insert(key.into(), is_secret);
        }
        is_secret
    }
}

/// Where the string that begins there ends.
fn end_of_string(bytes: &[u8], begin: usize) -> Option<usize> {
    let mut place = begin;
    loop {
        let sign = place + memchr2(b'"', b'\\', bytes.get(place..)?)?;
        if bytes[sign] == b'"' {
            return Some(sign);
        }
        place = sign + 2;
    }
}

/// The value without what must not be kept; `None` if nothing is left out, or it is no JSON.
fn reduced(path: &str, value: &str, levels: usize, rules: &Rules, dropped: &mut Vec<String>) -> Option<String> {
    let before = dropped.len();
    let mut below = |path: &str, value: &str| {
        let nested = Some(value).filter(|value| levels > 0 && value.starts_with(['{', '[']));
        nested.and_then(|value| reduced(path, value, levels - 1, rules, dropped)).unwrap_or_else(|| value.to_owned())
    };
    let (parts, [open, close]) = if value.starts_with('{') {
        let mut parts = Vec::new();
        for (key, value) in entries(value).ok()? {
            let own = format!("{path}.{key}");
            parts.push(match rules.drops(&own) {
                true => Err(own),
                false => Ok(format!("{}:{}", serde_json::Value::from(key.as_ref()), below(&own, value))),
            });
        }
        (parts, ["{", "}"])
    } else {
        (elements(value).ok()?.into_iter().map(|value| Ok(below(path, value))).collect(), ["[", "]"])
    };
    let mut kept = Vec::new();
    for part in parts {
        match part {
            Ok(part) => kept.push(part),
            Err(own) => dropped.push(own),
        }
    }
    (dropped.len() > before).then(|| format!("{open}{}{close}", kept.join(",")))
}
