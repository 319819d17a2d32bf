//! What a program asks of the pad: `PIN_VERIFY_STRUCTURE` and `PIN_MODIFY_STRUCTURE` (PC/SC part
//! 10 §2.5), byte by byte.
//!
//! Written apart from the client's writer on purpose: shared code would share its mistakes.

use super::block::Format;

/// One entry that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Order<'a> {
    /// Seconds; 0 is the pad's own patience.
    pub(super) seconds: u8,
    /// `None` when the format bytes make no sense.
    pub(super) format: Option<Format>,
    pub(super) least: u8,
    pub(super) most: u8,
    pub(super) validation: u8,
    pub(super) messages: u8,
    pub(super) change: Option<Change>,
    pub(super) template: &'a [u8],
}

/// What a change has besides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Change {
    pub(super) old_at: u8,
    pub(super) new_at: u8,
    /// The present PIN is entered first, for the same command.
    pub(super) with_old: bool,
    /// The new PIN is entered twice.
    pub(super) confirmed: bool,
}

/// Bytes before `abData`.
const VERIFY_HEAD: usize = 19;
const MODIFY_HEAD: usize = 24;
/// A command has at least its header.
const HEADER: usize = 4;

/// `None` when the length does not agree with `ulDataLength`: drivers pass nothing on then.
pub(super) fn verify(bytes: &[u8]) -> Option<Order<'_>> {
    let (head, template) = bytes.split_first_chunk::<VERIFY_HEAD>()?;
    let [
        seconds,
        _,
        format,
        block,
        length,
        digits_0,
        digits_1,
        validation,
        messages,
        _,
        _,
        _,
        _,
        _,
        _,
        size @ ..,
    ] = *head;
    let digits = u16::from_ne_bytes([digits_0, digits_1]);
    Some(Order {
        seconds,
        format: Format::read(format, block, length),
        least: (digits >> 8) as u8,
        most: digits as u8,
        validation,
        messages,
        change: None,
        template: sized(template, size)?,
    })
}

/// As [`verify`].
pub(super) fn modify(bytes: &[u8]) -> Option<Order<'_>> {
    let (head, template) = bytes.split_first_chunk::<MODIFY_HEAD>()?;
    let [
        seconds,
        _,
        format,
        block,
        length,
        old_at,
        new_at,
        digits_0,
        digits_1,
        confirm,
        validation,
        messages,
        _,
        _,
        _,
        _,
        _,
        _,
        _,
        _,
        size @ ..,
    ] = *head;
    let digits = u16::from_ne_bytes([digits_0, digits_1]);
    Some(Order {
        seconds,
        format: Format::read(format, block, length),
        least: (digits >> 8) as u8,
        most: digits as u8,
        validation,
        messages,
        change: Some(Change {
            old_at,
            new_at,
            with_old: confirm & 2 != 0,
            confirmed: confirm & 1 != 0,
        }),
        template: sized(template, size)?,
    })
}

fn sized(template: &[u8], size: [u8; 4]) -> Option<&[u8]> {
    let stated = usize::try_from(u32::from_ne_bytes(size)).ok()?;
    (stated == template.len() && stated >= HEADER).then_some(template)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As OpenSC's and libccid's examples write it, on a little-endian host.
    const VERIFY: [u8; 23] = [
        30, 0, 0x82, 0, 0, 4, 4, 2, 1, 0x11, 0x04, 0, 0, 0, 0, 4, 0, 0, 0, 0, 0x20, 0, 0x80,
    ];

    #[test]
    #[cfg(target_endian = "little")]
    fn fields_stand_where_part_10_puts_them() {
        let order = verify(&VERIFY).expect("lengths agree");
        assert_eq!((order.seconds, order.least, order.most), (30, 4, 4));
        assert_eq!((order.validation, order.messages), (2, 1));
        assert_eq!(order.template, [0, 0x20, 0, 0x80]);
        let modify_bytes = [
            0, 0, 0x82, 4, 0, 1, 5, 8, 4, 3, 2, 3, 0x11, 0x04, 0, 1, 2, 0, 0, 0, 4, 0, 0, 0, 0,
            0x24, 0, 0x80,
        ];
        let order = modify(&modify_bytes).expect("lengths agree");
        assert_eq!((order.least, order.most, order.messages), (4, 8, 3));
        assert_eq!(
            order.change,
            Some(Change {
                old_at: 1,
                new_at: 5,
                with_old: true,
                confirmed: true
            })
        );
    }

    #[test]
    fn lengths_that_do_not_agree_are_passed_over() {
        for end in 0..VERIFY.len() {
            assert_eq!(verify(&VERIFY[..end]), None, "{end}");
        }
        assert_eq!(verify(&[&VERIFY[..], &[0]].concat()), None);
    }
}
