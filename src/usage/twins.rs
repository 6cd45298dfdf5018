//! Ids for records that have none: a hash of what they say.

use crate::catalog::plain_value;
use crate::time::Instant;
use rustc_hash::FxHashMap;
use siphasher::sip128::SipHasher24;
use std::fmt::Write;

/// Ledgers hold ids made with these keys: another key, or another order of writing, would bill old logs again.
const KEYS: (u64, u64) = (0x6472_6177_646f_776e, 0x636f_6e74_656e_7431);

/// One record's content as bytes: the same however the record was written down.
#[derive(Debug, Default)]
pub struct Content(Vec<u8>);

impl Content {
    /// Begins a record that says whose event it is, and what happened when and to what.
    pub fn start(&mut self, customer: &str, event_type: &str, occurred_at: Instant, subject: Option<&str>) {
        self.0.clear();
        self.text(customer);
        self.text(event_type);
        self.0.extend(occurred_at.micros().to_le_bytes());
        self.0.push(u8::from(subject.is_some()));
        self.text(&plain_value(subject.unwrap_or_default()));
    }

    /// Begins a record of which nothing counts but its fields.
    pub fn start_fields(&mut self) {
        self.0.clear();
        self.0.push(b'f');
    }

    /// Adds a field by its value, whatever its spelling. Fields come in the order of their names.
    pub fn field(&mut self, name: &str, value: &str) {
        self.0.push(b'd');
        self.text(name);
        self.text(&plain_value(value));
    }

    /// With its length, so that no two lists of texts are the same bytes.
    fn text(&mut self, text: &str) {
        self.0.extend((text.len() as u64).to_le_bytes());
        self.0.extend(text.as_bytes());
    }

    fn hash(&self) -> u128 {
        SipHasher24::new_with_keys(KEYS.0, KEYS.1).hash(&self.0).as_u128()
    }

    /// Appends an id that is the same for all records of this content.
    pub fn add_id(&self, text: &mut String) {
        add_hash(self.hash(), text);
    }
}

/// 32 hexadecimal digits.
fn add_hash(hash: u128, text: &mut String) {
    // Writing to a string can't fail.
    let _ = write!(text, "{hash:032x}");
}

/// Counts records of the same content through one file; some 30 bytes for each content.
#[derive(Debug, Default)]
pub struct Twins {
    /// The current record.
    pub content: Content,
    counts: FxHashMap<u128, u32>,
}

impl Twins {
    /// Begins a file: what another one has said before is said again, not once more.
    pub fn start_file(&mut self) {
        self.counts.clear();
    }

    /// Appends the current record's id: that of its content, and for a twin `-2`, `-3`, ...
    pub fn add_id(&mut self, text: &mut String) {
        let hash = self.content.hash();
        let count = self.counts.entry(hash).or_default();
        *count = count.saturating_add(1);
        add_hash(hash, text);
        if *count > 1 {
            let _ = write!(text, "-{count}");
        }
    }
}
