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
/// What each letter is worth as a digit; above 15 when it is none.
const DIGITS: [u8; 256] = {
    let mut digits = [u8::MAX; 256];
    let mut digit = 0;
    while digit < 16 {
        digits[b"0123456789abcdef"[digit] as usize] = digit as u8;
        digit += 1;
    }
    digits
};

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
    let mut digits = [0; 32];
    digits[..8].copy_from_slice(&text[..8]);
    digits[8..12].copy_from_slice(&text[9..13]);
    digits[12..16].copy_from_slice(&text[14..18]);
    digits[16..20].copy_from_slice(&text[19..23]);
    digits[20..].copy_from_slice(&text[24..]);
    let (mut bytes, mut all) = ([0; 16], 0);
    for (byte, pair) in bytes.iter_mut().zip(digits.as_chunks::<2>().0) {
        let [high, low] = pair.map(|digit| DIGITS[usize::from(digit)]);
        all |= high | low;
        *byte = high << 4 | low & 15;
    }
    (all < 16).then_some(bytes)
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
        fn ids_come_back_as_they_were(id in "\\PC{0,40}|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}") {
            prop_assert_eq!(EventId::new(&id).text(), id);
        }
    }
}
