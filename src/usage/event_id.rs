//! Event ids as they are kept: 16 bytes for a UUID, the text for anything else.

/// An event's id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventId<'a> {
    /// A UUID in its canonical spelling: lower case, with hyphens.
    Uuid([u8; 16]),
    /// Any other text.
    Text(&'a str),
}

/// Where a UUID's text has its hyphens.
const HYPHENS: [usize; 4] = [8, 13, 18, 23];

impl<'a> EventId<'a> {
    /// Only the canonical spelling of a UUID is packed, so that every id comes back as it was.
    pub fn new(id: &'a str) -> Self {
        parse_uuid(id.as_bytes()).map_or(Self::Text(id), Self::Uuid)
    }

    /// What is kept of it: different for different ids of one kind.
    pub fn bytes(&self) -> &[u8] {
        match self {
            Self::Uuid(bytes) => bytes,
            Self::Text(text) => text.as_bytes(),
        }
    }

    /// The id as the log had it.
    pub fn text(&self) -> String {
        match self {
            Self::Uuid(bytes) => uuid_text(bytes),
            Self::Text(text) => (*text).to_owned(),
        }
    }
}

fn parse_uuid(text: &[u8]) -> Option<[u8; 16]> {
    let text: &[u8; 36] = text.try_into().ok()?;
    if HYPHENS.iter().any(|&at| text[at] != b'-') {
        return None;
    }
    let mut digits = [[0; 8]; 4];
    digits[0].copy_from_slice(&text[..8]);
    digits[1][..4].copy_from_slice(&text[9..13]);
    digits[1][4..].copy_from_slice(&text[14..18]);
    digits[2][..4].copy_from_slice(&text[19..23]);
    digits[2][4..].copy_from_slice(&text[24..28]);
    digits[3].copy_from_slice(&text[28..]);
    let mut bytes = [0; 16];
    for (four, eight) in bytes.as_chunks_mut::<4>().0.iter_mut().zip(digits) {
        *four = unhex(u64::from_be_bytes(eight))?.to_be_bytes();
    }
    Some(bytes)
}

/// The number that eight lower-case hexadecimal digits write, all of them worked out at once.
fn unhex(digits: u64) -> Option<u32> {
    const fn each(byte: u8) -> u64 {
        u64::from_ne_bytes([byte; 8])
    }
    // Of bytes below 0x80 the sum reaches its highest bit where the byte is at least so much, and never beyond.
    let at_least = |byte: u8| (digits + each(0x80 - byte)) & each(0x80);
    if digits & each(0x80) != 0 {
        return None;
    }
    let is_digit = at_least(b'0') & !at_least(b'9' + 1);
    let is_letter = at_least(b'a') & !at_least(b'f' + 1);
    if is_digit | is_letter != each(0x80) {
        return None;
    }
    // A letter's low bits are 1 for `a`.
    let nibbles = (digits & each(0x0f)) + (is_letter >> 7) * 9;
    let pairs = (nibbles | nibbles >> 4) & 0x00ff_00ff_00ff_00ff;
    let quads = (pairs | pairs >> 8) & 0x0000_ffff_0000_ffff;
    Some((quads | quads >> 16) as u32)
}

fn uuid_text(bytes: &[u8; 16]) -> String {
    let digit = |nibble: u8| char::from(b"0123456789abcdef"[usize::from(nibble)]);
    let mut text = String::with_capacity(36);
    for byte in bytes {
        if HYPHENS.contains(&text.len()) {
            text.push('-');
        }
        text.extend([digit(byte >> 4), digit(byte & 15)]);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_uuid_is_packed_and_only_if_it_comes_back_the_same() {
        assert!(matches!(EventId::new("3fa85f64-5717-4562-b3fc-2c963f66afa6"), EventId::Uuid(_)));
        assert!(matches!(EventId::new("3FA85F64-5717-4562-b3fc-2c963f66afa6"), EventId::Text(_)));
        assert!(matches!(EventId::new("3fa85f64-5717-4562-b3fc-2c963f66afa"), EventId::Text(_)));
    }

    proptest! {
        #[test]
        fn only_digits_are_unhexed(text in "[0-9a-f]{8}|[0-9a-g@G/:`é]{8}") {
            let digits = text.as_bytes().first_chunk().filter(|_| text.len() == 8).map(|eight| u64::from_be_bytes(*eight));
            let is_canonical = text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
            let expected = u32::from_str_radix(&text, 16).ok().filter(|_| is_canonical);
            prop_assert_eq!(digits.and_then(unhex), expected);
        }

        #[test]
        fn ids_come_back_as_they_were(id in "\\PC{0,40}|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}") {
            prop_assert_eq!(EventId::new(&id).text(), id);
        }
    }
}
