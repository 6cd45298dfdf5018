//! One record of a JSON log as a value that is read as the record alone: with what leads to it, and what is read around it.

use super::json_text::entries;
use super::records::Records;
use serde_json::{Map, Value};
use std::borrow::Cow;

/// A record that stands behind so many steps of the way to the records. `around` are the texts that are read around it.
pub(super) fn with_way<'a>(record: &'a str, records: &Records, steps: usize, around: &[String]) -> Cow<'a, str> {
    let mut text = Cow::Borrowed(record);
    for (index, step) in records.steps[..steps].iter().enumerate().rev() {
        let list = if step.is_list { format!("[{text}]") } else { text.into_owned() };
        let mut beside = String::new();
        for (key, value) in beside_step(records, index, around) {
            beside += &format!("{}:{value},", Value::from(key));
        }
        text = match step.key.as_str() {
            "" => list,
            key => format!("{{{beside}{}:{list}}}", Value::from(key)),
        }
        .into();
    }
    text
}

/// What is read of the object behind so many steps, by its keys.
fn beside_step(records: &Records, steps: usize, around: &[String]) -> Map<String, Value> {
    let mut object = Map::new();
    let Some(prefix) = records.prefix(steps) else { return object };
    for (path, text) in records.around.iter().zip(around).filter(|(_, text)| !text.is_empty()) {
        let Some(path) = path.strip_prefix(&prefix).filter(|path| !path.contains("[].")) else { continue };
        let mut inner = &mut object;
        let mut keys = path.split('.').peekable();
        while let Some(key) = keys.next() {
            if keys.peek().is_none() {
                inner.insert(key.to_owned(), text.as_str().into());
                break;
            }
            let below = inner.entry(key).or_insert_with(|| Map::new().into());
            let Value::Object(below) = below else { break };
            inner = below;
        }
    }
    object
}

/// A body with this event alone, and those of its other entries that are read.
pub(super) fn with_body(event: &str, body: &str, is_read: impl Fn(&str) -> bool) -> String {
    let mut text = String::from("{");
    for (key, value) in entries(body).unwrap_or_default().into_iter().filter(|(key, _)| is_read(key)) {
        text += &format!("{}:{value},", Value::from(key.as_ref()));
    }
    text + &format!("\"events\":[{event}]}}")
}
