//! Ids for logs that have none: a hash of what the record says, and which of its identical twins it is.

use super::shape::VendorCost;
use crate::money::Decimal;
use crate::time::Instant;
use rustc_hash::FxHashMap;
use siphasher::sip128::{Hasher128, SipHasher24};
use std::fmt::Write;
use std::hash::Hasher;

/// Ledgers hold ids made with these keys: another key, or another order of writing, would bill old logs again.
const KEYS: (u64, u64) = (0x6472_6177_646f_776e, 0x636f_6e74_656e_7431);

/// The hash of one record's content: the same however the record was written down.
#[derive(Debug)]
pub struct Content(SipHasher24);

impl Content {
    /// Begins with what every record has.
    pub fn new(customer: &str, event_type: &str, occurred_at: Instant, subject: Option<&str>) -> Self {
        let mut content = Self(SipHasher24::new_with_keys(KEYS.0, KEYS.1));
        content.text(customer);
        content.text(event_type);
        content.0.write(&occurred_at.micros().to_le_bytes());
        content.optional(subject);
        content
    }

    /// Adds a field. Fields come in the order of their names.
    pub fn field(&mut self, name: &str, value: &str) {
        self.0.write(b"d");
        self.text(name);
        self.text(value);
    }

    /// Adds a cost. Costs come in the order of their vendors.
    pub(super) fn cost(&mut self, vendor: &VendorCost, amount: &Decimal) {
        self.0.write(b"c");
        self.text(&vendor.vendor);
        self.optional(vendor.currency.as_deref());
        self.0.write(&amount.mantissa().to_le_bytes());
        self.0.write(&amount.scale().to_le_bytes());
    }

    /// With its length, so that no two lists of texts are the same bytes.
    fn text(&mut self, text: &str) {
        self.0.write(&(text.len() as u64).to_le_bytes());
        self.0.write(text.as_bytes());
    }

    fn optional(&mut self, text: Option<&str>) {
        self.0.write(&[u8::from(text.is_some())]);
        self.text(text.unwrap_or_default());
    }
}

/// Counts records of the same content through a whole run; some 30 bytes for each content.
#[derive(Debug, Default)]
pub struct Twins(FxHashMap<u128, u64>);

impl Twins {
    /// Appends the id: 32 hexadecimal digits, and for a twin `-2`, `-3`, ...
    pub fn add_id(&mut self, text: &mut String, content: Content) {
        let hash = content.0.finish128().as_u128();
        let count = self.0.entry(hash).or_default();
        *count += 1;
        // Writing to a string can't fail.
        let _ = write!(text, "{hash:032x}");
        if *count > 1 {
            let _ = write!(text, "-{count}");
        }
    }
}
