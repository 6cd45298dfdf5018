//! Event ids as they are stored: 16 bytes for a UUID, the text for anything else.

use rusqlite::types::{Value, ValueRef};

/// An id ready to be stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum EventId<'a> {
    Uuid([u8; 16]),
    Text(&'a str),
}

/// Where a UUID's text has its hyphens.
const HYPHENS: [usize; 4] = [8, 13, 18, 23];

impl<'a> EventId<'a> {
    /// Only the canonical spelling (lower case, hyphens) is packed, so that every id comes back as it was.
    pub fn new(id: &'a str) -> Self {
        parse_uuid(id.as_bytes()).map_or(Self::Text(id), Self::Uuid)
    }

    pub fn value(&self) -> ValueRef<'_> {
        match self {
            Self::Uuid(bytes) => ValueRef::Blob(bytes),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
        }
    }
}

fn parse_uuid(text: &[u8]) -> Option<[u8; 16]> {
    if text.len() != 36 || HYPHENS.iter().any(|&i| text[i] != b'-') {
        return None;
    }
    let mut bytes = [0; 16];
    let mut digits = text.iter().enumerate().filter(|(i, _)| !HYPHENS.contains(i)).map(|(_, d)| *d);
    for byte in &mut bytes {
        *byte = hex(digits.next()?)? << 4 | hex(digits.next()?)?;
    }
    Some(bytes)
}

fn hex(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    }
}

/// The id as the log had it. `None` when the stored value is no id.
pub(super) fn event_id_text(value: &Value) -> Option<String> {
    match value {
        Value::Text(text) => Some(text.clone()),
        Value::Blob(bytes) if bytes.len() == 16 => {
            let mut text = String::with_capacity(36);
            for (index, byte) in bytes.iter().enumerate() {
                if matches!(index, 4 | 6 | 8 | 10) {
                    text.push('-');
                }
                for nibble in [byte >> 4, byte & 15] {
                    text.push(char::from_digit(u32::from(nibble), 16)?);
                }
            }
            Some(text)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn there_and_back(id: &str) -> Option<String> {
        event_id_text(&EventId::new(id).value().try_into().unwrap())
    }

    #[test]
    fn a_uuid_is_packed_and_only_if_it_comes_back_the_same() {
        assert!(matches!(EventId::new("3fa85f64-5717-4562-b3fc-2c963f66afa6"), EventId::Uuid(_)));
        assert!(matches!(EventId::new("3FA85F64-5717-4562-b3fc-2c963f66afa6"), EventId::Text(_)));
        assert!(matches!(EventId::new("3fa85f64-5717-4562-b3fc-2c963f66afa"), EventId::Text(_)));
    }

    proptest! {
        #[test]
        fn ids_come_back_as_they_were(id in "\\PC{0,40}|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}") {
            prop_assert_eq!(there_and_back(&id), Some(id));
        }
    }
}
