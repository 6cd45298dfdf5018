//! Ids for logs that have none: a hash of what the record says, and which of its identical twins it is.

use super::shape::VendorCost;
use crate::money::Decimal;
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
    /// Begins a record.
    pub fn start(&mut self, customer: &str, event_type: &str, occurred_at: Instant, subject: Option<&str>) {
        self.0.clear();
        self.text(customer);
        self.text(event_type);
        self.0.extend(occurred_at.micros().to_le_bytes());
        self.optional(subject);
    }

    /// Adds a field. Fields come in the order of their names.
    pub fn field(&mut self, name: &str, value: &str) {
        self.0.push(b'd');
        self.text(name);
        self.text(value);
    }

    /// Adds a cost. Costs come in the order of their vendors.
    pub fn cost(&mut self, vendor: &VendorCost, amount: &Decimal) {
        self.0.push(b'c');
        self.text(&vendor.vendor);
        self.optional(vendor.currency.as_deref());
        self.0.extend(amount.mantissa().to_le_bytes());
        self.0.extend(amount.scale().to_le_bytes());
    }

    /// With its length, so that no two lists of texts are the same bytes.
    fn text(&mut self, text: &str) {
        self.0.extend((text.len() as u64).to_le_bytes());
        self.0.extend(text.as_bytes());
    }

    fn optional(&mut self, text: Option<&str>) {
        self.0.push(u8::from(text.is_some()));
        self.text(text.unwrap_or_default());
    }
}

/// Counts records of the same content through a whole run; some 30 bytes for each content.
#[derive(Debug, Default)]
pub struct Twins {
    /// The current record.
    pub content: Content,
    counts: FxHashMap<u128, u32>,
}

impl Twins {
    /// Appends the current record's id: 32 hexadecimal digits, and for a twin `-2`, `-3`, ...
    pub fn add_id(&mut self, text: &mut String) {
        let hash = SipHasher24::new_with_keys(KEYS.0, KEYS.1).hash(&self.content.0).as_u128();
        let count = self.counts.entry(hash).or_default();
        *count = count.saturating_add(1);
        // Writing to a string can't fail.
        let _ = write!(text, "{hash:032x}");
        if *count > 1 {
            let _ = write!(text, "-{count}");
        }
    }
}
