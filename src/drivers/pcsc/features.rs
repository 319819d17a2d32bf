//! What a reader can do beyond APDUs (PC/SC part 10, GET_FEATURE_REQUEST).

use crate::card::ReaderCapabilities;
use crate::pin::reader::Features;

/// `CM_IOCTL_GET_FEATURE_REQUEST`.
const FEATURE_REQUEST: u32 = 3400;

/// What every PC/SC reader can do.
pub(super) const BASIC: ReaderCapabilities = ReaderCapabilities::EXCLUSIVE
    .union(ReaderCapabilities::HOT_PLUG)
    .union(ReaderCapabilities::CONTROL);

/// Asks a reader; `None` when it keeps its features to itself.
pub(super) fn ask(card: &pcsc::Card) -> Option<ReaderCapabilities> {
    let mut buffer = [0; 256];
    let request = pcsc::ctl_code(FEATURE_REQUEST.into());
    let list = card.control(request, &[], &mut buffer).ok()?;
    Some(capabilities(list))
}

/// What a reader with this feature list can do.
fn capabilities(features: &[u8]) -> ReaderCapabilities {
    BASIC | Features::parse(features).capabilities()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pin_pad_is_more_than_a_reader() {
        let list = [0x06, 4, 0x42, 0x33, 0, 6];
        assert_eq!(
            capabilities(&list),
            BASIC | ReaderCapabilities::SECURE_PIN_VERIFY
        );
        assert_eq!(capabilities(&[]), BASIC);
    }
}
