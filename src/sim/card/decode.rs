//! The card's own command decoder (ISO/IEC 7816-3 §12.1.3: cases 1 to 4, short and extended).
//!
//! Written apart from the client's encoder on purpose: a shared one would share its mistakes.

/// A decoded command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Command<'a> {
    pub(super) cla: u8,
    pub(super) ins: u8,
    pub(super) p1: u8,
    pub(super) p2: u8,
    pub(super) data: &'a [u8],
    /// How many bytes are expected at most; `None` without an Le field.
    pub(super) le: Option<usize>,
    pub(super) extended: bool,
}

/// Splits `bytes`; `None` when the length fields contradict the length.
pub(super) fn decode(bytes: &[u8]) -> Option<Command<'_>> {
    let (&[cla, ins, p1, p2], body) = bytes.split_first_chunk::<4>()?;
    let command = |data, le, extended| Command {
        cla,
        ins,
        p1,
        p2,
        data,
        le,
        extended,
    };
    match *body {
        [] => Some(command(&[], None, false)),
        [le] => Some(command(&[], Some(short_le(le)), false)),
        // A zero where Lc would stand announces extended fields when more than one byte follows.
        [0, high, low] => Some(command(&[], Some(extended_le(high, low)), true)),
        [0, high, low, ref rest @ ..] => {
            let lc = usize::from(u16::from_be_bytes([high, low]));
            if lc == 0 {
                return None;
            }
            match rest.split_at_checked(lc)? {
                (data, []) => Some(command(data, None, true)),
                (data, &[high, low]) => Some(command(data, Some(extended_le(high, low)), true)),
                _ => None,
            }
        }
        [0, ..] => None,
        [lc, ref rest @ ..] => match rest.split_at_checked(usize::from(lc))? {
            (data, []) => Some(command(data, None, false)),
            (data, &[le]) => Some(command(data, Some(short_le(le)), false)),
            _ => None,
        },
    }
}

fn short_le(le: u8) -> usize {
    if le == 0 { 256 } else { usize::from(le) }
}

fn extended_le(high: u8, low: u8) -> usize {
    match u16::from_be_bytes([high, low]) {
        0 => 65_536,
        le => usize::from(le),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(bytes: &[u8]) -> Option<(Vec<u8>, Option<usize>, bool)> {
        decode(bytes).map(|c| (c.data.to_vec(), c.le, c.extended))
    }

    #[test]
    fn all_seven_forms() {
        assert_eq!(parts(&[0, 0x20, 0, 0x80]), Some((vec![], None, false)));
        assert_eq!(
            parts(&[0, 0xb0, 0, 0, 0]),
            Some((vec![], Some(256), false)),
            "2S"
        );
        assert_eq!(
            parts(&[0, 0xa4, 2, 12, 2, 0, 10]),
            Some((vec![0, 10], None, false)),
            "3S"
        );
        assert_eq!(
            parts(&[0, 0xa4, 2, 0, 2, 0, 10, 9]),
            Some((vec![0, 10], Some(9), false)),
            "4S"
        );
        assert_eq!(
            parts(&[0, 0xb0, 0, 0, 0, 0, 0]),
            Some((vec![], Some(65_536), true)),
            "2E"
        );
        assert_eq!(
            parts(&[0, 1, 0, 0, 0, 0, 1, 7]),
            Some((vec![7], None, true)),
            "3E"
        );
        assert_eq!(
            parts(&[0, 1, 0, 0, 0, 0, 1, 7, 1, 0]),
            Some((vec![7], Some(256), true)),
            "4E"
        );
    }

    #[test]
    fn contradictions_are_refused() {
        for bytes in [
            &[0u8, 0xa4, 4][..],
            &[0, 0xa4, 4, 12, 2, 1],
            &[0, 0xa4, 4, 12, 1, 1, 1, 1],
            &[0, 1, 0, 0, 0, 0, 2, 7],
            &[0, 1, 0, 0, 0, 0, 0, 7],
            &[0, 1, 0, 0, 0, 1],
        ] {
            assert_eq!(decode(bytes), None, "{bytes:02x?}");
        }
    }
}
