//! Numbers in as many bytes as they need: [LEB128](https://en.wikipedia.org/wiki/LEB128), signs zigzagged, as protocol
//! buffers have them.

use crate::money::{Decimal, DecimalSum};
use crate::rating::Quantity;

/// Bits that eight bytes hold, seven in each.
const SPREAD: u32 = 56;
/// Instead of a number of decimals: a sum of more digits than a decimal has follows, in two parts.
const LONG: u64 = 29;

/// A number of so many bits in up to eight bytes, the first of them the lowest, and how many they are. All are made at
/// once: one after the other would take as long as all else that is done to pack an event.
fn spread(number: u64) -> (u64, usize) {
    let halves = (number & 0x0fff_ffff) | ((number & 0x00ff_ffff_f000_0000) << 4);
    let quarters = (halves & 0x0000_3fff_0000_3fff) | ((halves & 0x0fff_c000_0fff_c000) << 2);
    let sevens = (quarters & 0x007f_007f_007f_007f) | ((quarters & 0x3f80_3f80_3f80_3f80) << 1);
    let length = (u64::BITS - (number | 1).leading_zeros()).div_ceil(7);
    // All but the last say that there is more.
    let more = 0x8080_8080_8080_8080 & ((1 << (8 * (length - 1))) - 1);
    (sevens | more, length as usize)
}

/// Bytes that grow at their end.
#[derive(Default)]
pub(super) struct Writer(Vec<u8>);

impl Writer {
    /// Room for so many bytes.
    pub fn new(bytes: usize) -> Self {
        Self(Vec::with_capacity(bytes))
    }

    pub fn written(&self) -> &[u8] {
        &self.0
    }

    pub fn raw(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    /// A text, after its length.
    pub fn text(&mut self, text: &str) {
        self.unsigned([text.len() as u64]);
        self.raw(text.as_bytes());
    }

    pub fn signed<const N: usize>(&mut self, numbers: [i64; N]) {
        self.unsigned(numbers.map(|number| (number << 1 ^ number >> 63).cast_unsigned()));
    }

    pub fn unsigned<const N: usize>(&mut self, numbers: [u64; N]) {
        for number in numbers {
            if number < 0x80 {
                self.0.push(number as u8);
            } else {
                self.long(number);
            }
        }
    }

    /// A number of more than one byte.
    fn long(&mut self, mut number: u64) {
        while number >= 1 << SPREAD {
            self.0.push(number as u8 | 0x80);
            number >>= 7;
        }
        let (bytes, length) = spread(number);
        // Copying a length that is known takes one instruction; then what is too much goes again.
        let end = self.0.len() + length;
        self.0.extend_from_slice(&bytes.to_le_bytes());
        self.0.truncate(end);
    }

    pub fn quantity(&mut self, quantity: &Quantity) {
        let Quantity { count, volume } = quantity;
        self.unsigned([*count]);
        let Some(volume) = volume.short() else {
            let (whole, above) = volume.parts();
            self.unsigned([LONG]);
            self.wide(whole);
            return self.decimal(above);
        };
        self.decimal(volume);
    }

    fn decimal(&mut self, number: Decimal) {
        self.unsigned([number.scale().into()]);
        self.wide(number.mantissa());
    }

    pub fn wide(&mut self, number: i128) {
        let mut number = (number << 1 ^ number >> 127).cast_unsigned();
        while number > u64::MAX.into() {
            self.0.push(number as u8 | 0x80);
            number >>= 7;
        }
        self.unsigned([number as u64]);
    }
}

/// What is left to be read. Everything is `None` where the bytes are not what is asked for.
pub(super) struct Reader<'a>(pub &'a [u8]);

impl<'a> Reader<'a> {
    pub fn raw<const N: usize>(&mut self) -> Option<&'a [u8; N]> {
        self.0.split_off(..N)?.first_chunk()
    }

    pub fn text(&mut self) -> Option<&'a str> {
        let length = usize::try_from(self.unsigned()?).ok()?;
        std::str::from_utf8(self.0.split_off(..length)?).ok()
    }

    pub fn signed(&mut self) -> Option<i64> {
        let number = self.unsigned()?;
        Some((number >> 1).cast_signed() ^ -(number & 1).cast_signed())
    }

    pub fn unsigned(&mut self) -> Option<u64> {
        let mut number = 0;
        self.sevens(u64::BITS, |seven, shift| number |= u64::from(seven) << shift)?;
        Some(number)
    }

    /// The bits of a number that has so many, seven at a time with their places.
    fn sevens(&mut self, bits: u32, mut add: impl FnMut(u8, u32)) -> Option<()> {
        for shift in (0..bits).step_by(7) {
            let byte = *self.0.split_off_first()?;
            add(byte & 0x7f, shift);
            if byte < 0x80 {
                return Some(());
            }
        }
        None
    }

    pub fn quantity(&mut self) -> Option<Quantity> {
        let (count, scale) = (self.unsigned()?, self.unsigned()?);
        let volume = if scale == LONG {
            let (whole, scale) = (self.wide()?, self.unsigned()?);
            DecimalSum::from_parts(whole, self.decimal(scale)?)?
        } else {
            self.decimal(scale)?.into()
        };
        Some(Quantity { count, volume })
    }

    /// A number of so many decimals.
    fn decimal(&mut self, scale: u64) -> Option<Decimal> {
        Decimal::try_from_i128_with_scale(self.wide()?, scale.try_into().ok()?).ok()
    }

    pub fn wide(&mut self) -> Option<i128> {
        let mut number = 0;
        self.sevens(u128::BITS, |seven, shift| number |= u128::from(seven) << shift)?;
        Some((number >> 1).cast_signed() ^ -(number & 1).cast_signed())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::array::uniform2;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn everything_comes_back_as_it_was(
            unsigned: u64, small in 0u64..300, signed: i64, near in -300i64..300, wide: i128, text: String, raw: [u8; 16],
        ) {
            let mut writer = Writer::default();
            writer.unsigned([unsigned, small]);
            writer.signed([signed, near]);
            writer.wide(wide);
            writer.text(&text);
            writer.raw(&raw);
            let mut reader = Reader(writer.written());
            prop_assert_eq!((reader.unsigned(), reader.unsigned()), (Some(unsigned), Some(small)));
            prop_assert_eq!((reader.signed(), reader.signed()), (Some(signed), Some(near)));
            prop_assert_eq!(reader.wide(), Some(wide));
            prop_assert_eq!(reader.text(), Some(text.as_str()));
            prop_assert_eq!(reader.raw(), Some(&raw));
            prop_assert!(reader.0.is_empty());
        }

        /// Against the definition: seven bits a byte, the lowest first, and a mark on all but the last.
        #[test]
        fn numbers_of_every_length_are_leb128(number: u64, shift in 0u32..64) {
            let number = number >> shift;
            let mut writer = Writer::default();
            writer.unsigned([number]);
            let (mut rest, mut expected) = (number, Vec::new());
            while rest >= 0x80 {
                expected.push(rest as u8 | 0x80);
                rest >>= 7;
            }
            expected.push(rest as u8);
            prop_assert_eq!(writer.written(), expected);
        }

        #[test]
        fn quantities_come_back_as_they_were(
            count: u64, mantissas in uniform2(-(1i128 << 96) + 1..1i128 << 96), scales in uniform2(0u32..=28),
        ) {
            let [short, other] = [0, 1].map(|i| Decimal::from_i128_with_scale(mantissas[i], scales[i]).into());
            for volume in [short, DecimalSum::checked_add(&short, &other).unwrap()] {
                let quantity = Quantity { count, volume };
                let mut writer = Writer::default();
                writer.quantity(&quantity);
                prop_assert_eq!(Reader(writer.written()).quantity(), Some(quantity));
            }
        }

        /// Whatever the bytes are, reading them ends.
        #[test]
        fn garbage_is_read_or_refused(bytes: Vec<u8>) {
            let mut reader = Reader(&bytes);
            while reader.unsigned().is_some() || reader.quantity().is_some() || reader.text().is_some() {}
        }
    }
}
