//! Whether the coded data of a sequential JPEG picture is whole (ITU-T T.81 annex F.2.2).
//!
//! Decoders are made to show something: they fill up with grey what did not arrive, and take
//! whatever follows a gap for the rest of the picture. So the codes are followed here once before,
//! without the arithmetic behind them. Each must exist, each block must end where it should, and
//! after the last one the data must be at its end. A gap changes the number of bits, and codes get
//! into step again after it at another block: too few or too many are left at the end. What
//! cannot be seen is a change that keeps every length, such as a flipped bit in a coefficient.

use super::header::{Headers, marker};
use super::malformed;
use crate::imaging::ImageError;

/// Codes of this many bits or fewer are looked up at once.
const SHORT: u32 = 9;

/// A table of codes (annex C), for looking up what a code stands for.
pub(super) struct Huffman {
    /// For every value of the next [`SHORT`] bits: the length of the code and its value; length 0
    /// if the code is longer or does not exist.
    short: [(u8, u8); 1 << SHORT],
    /// For every length: the first code that is longer, in 16 bits, and what leads from a code
    /// of this length to its value.
    long: [(u32, i32); 17],
    values: Vec<u8>,
}

impl Huffman {
    /// From the number of codes of each length, and their values in ascending order of codes.
    pub(super) fn new(counts: &[u8; 16], values: &[u8]) -> Option<Self> {
        let mut table = Self {
            short: [(0, 0); 1 << SHORT],
            long: [(0, 0); 17],
            values: values.to_vec(),
        };
        let (mut code, mut index) = (0u32, 0u32);
        for (length, count) in (1u32..).zip(counts) {
            let count = u32::from(*count);
            table.long[length as usize].1 = index as i32 - code as i32;
            for (code, value) in (code..code + count).zip(values.get(index as usize..)?) {
                if length <= SHORT {
                    let first = (code << (SHORT - length)) as usize;
                    let places = table
                        .short
                        .get_mut(first..first + (1 << (SHORT - length)))?;
                    places.fill((length as u8, *value));
                }
            }
            code += count;
            index += count;
            if code > 1 << length {
                return None;
            }
            table.long[length as usize].0 = code << (16 - length);
            code <<= 1;
        }
        Some(table)
    }

    /// Length and value of the code at the front of `bits`.
    #[inline]
    fn find(&self, bits: u64) -> Option<(u32, u8)> {
        let (length, value) = self.short[(bits >> (64 - SHORT)) as usize];
        if length != 0 {
            return Some((length.into(), value));
        }
        let code = (bits >> 48) as u32;
        let length = (SHORT + 1..=16).find(|length| code < self.long[*length as usize].0)?;
        let index = (code >> (16 - length)) as i32 + self.long[length as usize].1;
        let value = self.values.get(usize::try_from(index).ok()?)?;
        Some((length, *value))
    }
}

/// Coded data as bits, without the zero that stands behind every FF in it.
struct Bits<'a> {
    bytes: &'a [u8],
    at: usize,
    /// Bits that are next, the first one highest.
    buffer: u64,
    /// How many of them there are.
    count: u32,
}

impl Bits<'_> {
    /// Takes bytes in until there are enough for any code, or a marker or the end is reached.
    #[inline]
    fn fill(&mut self) {
        while self.count <= 56 {
            let byte = match self.bytes.get(self.at) {
                Some(0xff) if self.bytes.get(self.at + 1) == Some(&0) => {
                    self.at += 2;
                    0xff
                }
                Some(0xff) | None => return,
                Some(byte) => {
                    self.at += 1;
                    *byte
                }
            };
            self.buffer |= u64::from(byte) << (56 - self.count);
            self.count += 8;
        }
    }

    /// The value of the next code; as many bits are skipped behind it as its lower half says.
    #[inline]
    fn code(&mut self, table: &Huffman) -> Option<u8> {
        if self.count < 32 {
            self.fill();
        }
        let (length, value) = table.find(self.buffer)?;
        let taken = length + u32::from(value & 0x0f);
        self.count = self.count.checked_sub(taken)?;
        self.buffer <<= taken;
        Some(value)
    }

    /// One block: its DC coefficient and up to 63 others.
    #[inline]
    fn block(&mut self, dc: &Huffman, ac: &Huffman) -> Option<()> {
        self.code(dc)?;
        let mut next = 1;
        while next < 64 {
            match self.code(ac)? {
                // End of block.
                0x00 => break,
                // Sixteen zeroes, or fewer and a coefficient behind them.
                value => next += 1 + usize::from(value >> 4),
            }
            if next > 64 {
                return None;
            }
        }
        Some(())
    }

    /// The marker that the data ends with, if nothing but padding is left before it.
    fn marker(&mut self) -> Option<Option<u8>> {
        // Less than a byte of padding belongs to the last one that was used. Whole bytes are
        // padding only if they are zero: what got out of step is not.
        let whole = self.count / 8 * 8;
        let rest = if whole == 0 {
            0
        } else {
            self.buffer << (self.count % 8) >> (64 - whole)
        };
        let zeroes = |byte: &&u8| **byte == 0;
        self.at += self.bytes[self.at..].iter().take_while(zeroes).count();
        (self.buffer, self.count) = (0, 0);
        if rest != 0 {
            return None;
        }
        let filled = self.bytes[self.at..]
            .iter()
            .take_while(|byte| **byte == 0xff);
        let filled = filled.count();
        self.at += filled;
        match (filled, self.bytes.get(self.at)) {
            (_, None) => Some(None),
            (0, Some(_)) => None,
            (_, Some(code)) => {
                self.at += 1;
                Some(Some(*code))
            }
        }
    }
}

/// Follows the codes of a picture of one scan to its end.
///
/// Gives where the picture ends: behind its EOI marker, or at the end of the bytes if everything
/// is there but the marker.
///
/// # Errors
/// [`ImageError::Malformed`]: codes that do not exist, too few or too many, restart markers out
/// of their order, no end.
pub(super) fn follow(bytes: &[u8], headers: &Headers) -> Result<usize, ImageError> {
    let frame = &headers.frame;
    let missing = || malformed("a table or a factor of the header is missing");
    // A single component is not interleaved: its unit is one block, whatever its factors (A.2.2).
    let single = frame.components.len() == 1;
    let largest = |factor: fn((u8, u8)) -> u8| {
        let factors = frame.components.iter().map(|c| factor(c.sampling));
        let valid = factors.clone().all(|factor| (1..=4).contains(&factor));
        valid.then(|| {
            if single {
                1
            } else {
                factors.max().unwrap_or(1)
            }
        })
    };
    let (across, down) = largest(|sampling| sampling.0)
        .zip(largest(|sampling| sampling.1))
        .ok_or_else(missing)?;
    let units = u64::from(frame.width.div_ceil(8 * u32::from(across)))
        * u64::from(frame.height.div_ceil(8 * u32::from(down)));
    let mut blocks = Vec::new();
    for component in &frame.components {
        let [dc, ac] = &headers.tables;
        let dc = dc.get(usize::from(component.dc_table));
        let ac = ac.get(usize::from(component.ac_table));
        let tables = dc.and_then(Option::as_ref).zip(ac.and_then(Option::as_ref));
        let count = match component.sampling {
            _ if single => 1,
            (h, v) => usize::from(h) * usize::from(v),
        };
        blocks.extend(std::iter::repeat_n(tables.ok_or_else(missing)?, count));
    }

    let mut bits = Bits {
        bytes,
        at: headers.scan_at,
        buffer: 0,
        count: 0,
    };
    let interval = u64::from(headers.restart_interval);
    let mut restarts = 0u8;
    for unit in 0..units {
        if interval != 0 && unit != 0 && unit.is_multiple_of(interval) {
            // Numbered modulo eight (E.1.4).
            if bits.marker() != Some(Some(marker::RST0 + restarts % 8)) {
                return Err(malformed("a restart marker is missing or out of order"));
            }
            restarts = restarts.wrapping_add(1);
        }
        for (dc, ac) in &blocks {
            bits.block(dc, ac)
                .ok_or_else(|| malformed("the coded data ends too early or is damaged"))?;
        }
    }
    match bits.marker() {
        Some(None | Some(marker::EOI)) => Ok(bits.at),
        _ => Err(malformed("more coded data than the picture has room for")),
    }
}
