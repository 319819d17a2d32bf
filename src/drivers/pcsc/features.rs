//! What a reader can do beyond APDUs (PC/SC part 10, GET_FEATURE_REQUEST).

use crate::card::ReaderCapabilities;

/// `CM_IOCTL_GET_FEATURE_REQUEST`.
pub(super) const FEATURE_REQUEST: u32 = 3400;
const VERIFY_PIN_DIRECT: u8 = 0x06;
const MODIFY_PIN_DIRECT: u8 = 0x07;

/// What every PC/SC reader can do.
pub(super) const BASIC: ReaderCapabilities = ReaderCapabilities::EXCLUSIVE
    .union(ReaderCapabilities::HOT_PLUG)
    .union(ReaderCapabilities::CONTROL);

/// Reads the feature list: one byte of tag, one of length, a control code of four bytes each. A
/// malformed list ends where it stops making sense.
pub(super) fn capabilities(features: &[u8]) -> ReaderCapabilities {
    let mut capabilities = BASIC;
    let mut rest = features;
    while let [tag, 4, _, _, _, _, tail @ ..] = rest {
        match *tag {
            VERIFY_PIN_DIRECT => capabilities |= ReaderCapabilities::SECURE_PIN_VERIFY,
            MODIFY_PIN_DIRECT => capabilities |= ReaderCapabilities::SECURE_PIN_MODIFY,
            _ => {}
        }
        rest = tail;
    }
    capabilities
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_list_of_a_pin_pad() {
        let list = [
            0x06, 4, 0x42, 0x33, 0, 6, 0x0A, 4, 0x42, 0x33, 0, 0x0A, 0x12, 4, 0x42, 0x33, 0, 0x12,
        ];
        assert_eq!(
            capabilities(&list),
            BASIC | ReaderCapabilities::SECURE_PIN_VERIFY
        );
        assert_eq!(capabilities(&[]), BASIC);
        assert_eq!(capabilities(&list[..5]), BASIC, "cut off");
        assert_eq!(capabilities(&[6, 200, 1]), BASIC, "nonsense");
    }
}
