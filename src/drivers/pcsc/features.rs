//! What a reader can do beyond APDUs (PC/SC part 10, GET_FEATURE_REQUEST).

use crate::card::ReaderCapabilities;
use crate::pin::reader::{Features, PadProperties};

/// `CM_IOCTL_GET_FEATURE_REQUEST`.
const FEATURE_REQUEST: u32 = 3400;

/// What every PC/SC reader can do.
pub(super) const BASIC: ReaderCapabilities = ReaderCapabilities::EXCLUSIVE
    .union(ReaderCapabilities::HOT_PLUG)
    .union(ReaderCapabilities::CONTROL);

/// What a reader says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Said {
    pub(super) capabilities: ReaderCapabilities,
    /// Whether commands of extended length get through. One that does not carry them breaks the connection
    /// off, so what it says counts for more than what the card says of itself.
    pub(super) extended: Option<bool>,
}

/// A reader that says nothing.
pub(super) const NOTHING: Said = Said {
    capabilities: BASIC,
    extended: None,
};

/// The most data of an APDU with short length fields (ISO/IEC 7816-4 §5.2).
const SHORT: u32 = 256;

/// Asks a reader; `None` when it keeps its features to itself.
pub(super) fn ask(card: &pcsc::Card) -> Option<Said> {
    let mut buffer = [0; 256];
    let request = pcsc::ctl_code(FEATURE_REQUEST.into());
    let features = Features::parse(card.control(request, &[], &mut buffer).ok()?);
    let properties = features.get_tlv_properties.and_then(|code| {
        let answer = card.control(code.0.into(), &[], &mut buffer).ok()?;
        Some(PadProperties::parse_tlv(answer))
    });
    Some(said(&features, &properties.unwrap_or_default()))
}

fn said(features: &Features, properties: &PadProperties) -> Said {
    let extended = properties.max_apdu_data.map(|most| most > SHORT);
    let mut capabilities = BASIC | features.capabilities();
    capabilities.set(ReaderCapabilities::EXTENDED_LENGTH, extended == Some(true));
    Said {
        capabilities,
        extended,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pin_pad_is_more_than_a_reader() {
        let pad = Features::parse(&[0x06, 4, 0x42, 0x33, 0, 6]);
        let silent = PadProperties::default();
        assert_eq!(
            said(&pad, &silent).capabilities,
            BASIC | ReaderCapabilities::SECURE_PIN_VERIFY
        );
        assert_eq!(said(&Features::default(), &silent), NOTHING);
    }

    #[test]
    fn how_long_commands_may_be_is_what_the_reader_says() {
        let says = |answer: &[u8]| {
            let properties = PadProperties::parse_tlv(answer);
            let said = said(&Features::default(), &properties);
            let capable = said
                .capabilities
                .contains(ReaderCapabilities::EXTENDED_LENGTH);
            assert_eq!(capable, said.extended == Some(true));
            said.extended
        };
        // As libccid says it of readers of short commands, and of others.
        assert_eq!(says(&[10, 4, 0, 0, 0, 0]), Some(false));
        assert_eq!(says(&[10, 4, 0, 0, 1, 0]), Some(true));
        assert_eq!(says(&[10, 4, 0, 1, 0, 0]), Some(false));
        assert_eq!(says(&[10, 2, 0, 1]), None);
        assert_eq!(says(&[]), None);
    }
}
