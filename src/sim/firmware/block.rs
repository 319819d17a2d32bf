//! Puts digits into a command by the format bytes (PC/SC part 10 §2.5.2, CCID 1.1 §6.1.11).

/// `bmFormatString`, `bmPINBlockString` and `bmPINLengthFormat`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Format {
    /// Bits of one digit: 8 for ASCII, 4 for BCD.
    digit_bits: usize,
    right: bool,
    /// Where the PIN block begins in the data field, in bits.
    position: usize,
    /// Bytes of the block; 0 is as long as the PIN.
    block: usize,
    /// Bits of the length field in the data, and where it begins.
    length_bits: usize,
    length_position: usize,
}

impl Format {
    /// `None` for what no firmware understands: binary digits.
    pub(super) fn read(format: u8, block: u8, length: u8) -> Option<Self> {
        let digit_bits = match format & 0b11 {
            0b01 => 4,
            0b10 => 8,
            _ => return None,
        };
        let unit = |bytes: bool| if bytes { 8 } else { 1 };
        Some(Self {
            digit_bits,
            right: format & 0b100 != 0,
            position: usize::from(format >> 3 & 0x0f) * unit(format & 0x80 != 0),
            block: usize::from(block & 0x0f),
            length_bits: usize::from(block >> 4),
            length_position: usize::from(length & 0x0f) * unit(length & 0x10 != 0),
        })
    }

    /// Bytes that `digits` take in the data field.
    fn room(&self, digits: &str) -> usize {
        match self.block {
            0 => (digits.len() * self.digit_bits).div_ceil(8),
            block => block,
        }
    }

    /// Writes `digits` into `data`, `offset` bytes behind the format's own position. `None` when
    /// they do not fit.
    pub(super) fn insert(&self, data: &mut [u8], offset: usize, digits: &str) -> Option<()> {
        let block = self.room(digits) * 8;
        let taken = digits.len() * self.digit_bits;
        let spare = block.checked_sub(taken)?;
        let mut at = offset * 8 + self.position + if self.right { spare } else { 0 };
        for digit in digits.bytes() {
            let value = if self.digit_bits == 8 {
                digit
            } else {
                digit & 0x0f
            };
            put(data, at, self.digit_bits, value)?;
            at += self.digit_bits;
        }
        if self.length_bits > 0 {
            let count = u8::try_from(digits.len()).ok()?;
            let at = offset * 8 + self.length_position;
            put(data, at, self.length_bits, count)?;
        }
        Some(())
    }

    /// The whole command of `template` with `entries` in it, each at its offset in the data.
    ///
    /// A template that is a header alone gets the digits for its data field and an Lc before
    /// them; one with a data field keeps its length. `None` when the two do not agree.
    pub(super) fn command(&self, template: &[u8], entries: &[(u8, &str)]) -> Option<Vec<u8>> {
        let (header, body) = template.split_first_chunk::<4>()?;
        let mut data = match body {
            [] if self.block != 0 || self.position != 0 || self.length_bits != 0 => return None,
            [] => vec![0; entries.iter().map(|(_, digits)| self.room(digits)).sum()],
            [lc, data @ ..] if usize::from(*lc) == data.len() => data.to_vec(),
            _ => return None,
        };
        let mut behind = 0;
        for (offset, digits) in entries {
            // Without a template one PIN follows the other, whatever the offsets say.
            let offset = if body.is_empty() {
                behind
            } else {
                usize::from(*offset)
            };
            self.insert(&mut data, offset, digits)?;
            behind += self.room(digits);
        }
        let mut command = header.to_vec();
        command.push(u8::try_from(data.len()).ok()?);
        command.append(&mut data);
        Some(command)
    }
}

/// Writes the low `count` bits of `value` (at most 8 of them matter) at bit `at`, bit 0 being the
/// highest of the first byte.
fn put(data: &mut [u8], at: usize, count: usize, value: u8) -> Option<()> {
    for bit in 0..count {
        let shift = count - 1 - bit;
        let one = shift < 8 && value >> shift & 1 == 1;
        let mask = 0x80 >> ((at + bit) % 8);
        let byte = data.get_mut((at + bit) / 8)?;
        *byte = if one { *byte | mask } else { *byte & !mask };
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn command(format: [u8; 3], template: &[u8], entries: &[(u8, &str)]) -> Option<Vec<u8>> {
        Format::read(format[0], format[1], format[2])?.command(template, entries)
    }

    #[test]
    fn a_header_alone_gets_length_and_digits() {
        assert_eq!(
            command([0x82, 0, 0], &[0, 0x20, 0, 0x80], &[(0, "1234")]),
            Some(b"\x00\x20\x00\x80\x041234".to_vec())
        );
        assert_eq!(
            command(
                [0x82, 0, 0],
                &[0, 0x24, 0, 0x80],
                &[(0, "1234"), (0, "56789")]
            ),
            Some(b"\x00\x24\x00\x80\x09123456789".to_vec())
        );
        assert_eq!(
            command([0x82, 8, 0], &[0, 0x20, 0, 0x80], &[(0, "1234")]),
            None,
            "a block, and no bytes to fill it with"
        );
    }

    #[test]
    fn a_template_keeps_its_padding() {
        let template = b"\x00\x20\x00\x80\x08\xff\xff\xff\xff\xff\xff\xff\xff";
        assert_eq!(
            command([0x82, 8, 0], template, &[(0, "1234")]),
            Some(b"\x00\x20\x00\x80\x081234\xff\xff\xff\xff".to_vec())
        );
        assert_eq!(
            command([0x86, 8, 0], template, &[(0, "1234")]),
            Some(b"\x00\x20\x00\x80\x08\xff\xff\xff\xff1234".to_vec()),
            "right-justified"
        );
        assert_eq!(
            command([0x81, 8, 0], template, &[(0, "12345")]),
            Some(b"\x00\x20\x00\x80\x08\x12\x34\x5f\xff\xff\xff\xff\xff".to_vec()),
            "BCD"
        );
        assert_eq!(
            command([0x82, 8, 0], template, &[(0, "123456789")]),
            None,
            "more digits than the block has room"
        );
        assert_eq!(command([0x82, 8, 0], &template[..9], &[(0, "1234")]), None);
    }

    #[test]
    fn a_length_field_before_the_digits() {
        // ISO 9564 format 2: 2, the number of digits, the digits, then F.
        let template = b"\x00\x20\x00\x80\x08\x20\xff\xff\xff\xff\xff\xff\xff";
        assert_eq!(
            command([0x89, 0x47, 0x04], template, &[(0, "1234")]),
            Some(b"\x00\x20\x00\x80\x08\x24\x12\x34\xff\xff\xff\xff\xff".to_vec())
        );
    }

    #[test]
    fn two_entries_stand_at_their_offsets() {
        let template = b"\x00\x24\x00\x80\x08\x00\x00\x00\x00\x00\x00\x00\x00";
        assert_eq!(
            command([0x82, 4, 0], template, &[(0, "1234"), (4, "5678")]),
            Some(b"\x00\x24\x00\x80\x0812345678".to_vec())
        );
    }

    #[test]
    fn nothing_panics() {
        let template = b"\x00\x24\x00\x80\x02\x00\x00";
        for format in 0..=u8::MAX {
            for block in [0, 1, 2, 0x4f, 0xff] {
                for length in [0, 0x0f, 0x1f] {
                    for end in [3, 4, 5, 7] {
                        let entries = [(0, "1234"), (200, "5")];
                        let _ = command([format, block, length], &template[..end], &entries);
                    }
                }
            }
        }
    }
}
