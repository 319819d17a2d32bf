//! PIN entry on the reader's keys: from the structures of PC/SC part 10 to `PC_to_RDR_Secure` (CCID
//! 1.1 §6.1.11 and §6.1.12), and what the reader offers of it.

use std::time::Duration;

use zeroize::Zeroizing;

use super::descriptor::ClassDescriptor;
use super::message::error;
use crate::card::ReaderCapabilities;
use crate::drivers::profiles::{Quirk, ReaderProfile};
use crate::error::{Error, Result};

/// Tags of PC/SC part 10 §2.3.
const VERIFY_PIN_DIRECT: u8 = 0x06;
const MODIFY_PIN_DIRECT: u8 = 0x07;
const IFD_PIN_PROPERTIES: u8 = 0x0A;
const GET_TLV_PROPERTIES: u8 = 0x12;

/// Control codes are the driver's own choice; these are libccid's.
const FIRST_CODE: u32 = 0x4233_0000;

/// `bPINSupport`.
const VERIFIES: u8 = 1;
const MODIFIES: u8 = 2;

/// How long a reader waits for a person that was not told how long: longer than any product's own
/// patience that is published.
const OWN_PATIENCE: Duration = Duration::from_secs(120);
/// And how long it takes to tell, with the card's part.
const MARGIN: Duration = Duration::from_secs(15);

/// What a control code asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Feature {
    Verify,
    Modify,
    Properties,
    TlvProperties,
}

/// What the keys of a reader can do.
#[derive(Clone, Copy, Debug)]
pub(super) struct Keys {
    support: u8,
    display: (u8, u8),
    usb_id: (u16, u16),
    profile: Option<&'static ReaderProfile>,
}

impl Keys {
    pub(super) fn new(descriptor: &ClassDescriptor, usb_id: (u16, u16)) -> Self {
        let profile = ReaderProfile::of_usb(usb_id);
        let lacks = profile.is_some_and(|profile| profile.has(Quirk::ClaimsAPad));
        Self {
            support: if lacks { 0 } else { descriptor.pin_support },
            display: descriptor.display,
            usb_id,
            profile,
        }
    }

    pub(super) fn capabilities(&self) -> ReaderCapabilities {
        let mut capabilities = ReaderCapabilities::empty();
        let (verifies, modifies) = (self.support & VERIFIES != 0, self.support & MODIFIES != 0);
        capabilities.set(ReaderCapabilities::SECURE_PIN_VERIFY, verifies);
        capabilities.set(ReaderCapabilities::SECURE_PIN_MODIFY, modifies);
        capabilities
    }

    fn tags(&self) -> impl Iterator<Item = u8> {
        let any = self.support != 0;
        [
            (VERIFY_PIN_DIRECT, self.support & VERIFIES != 0),
            (MODIFY_PIN_DIRECT, self.support & MODIFIES != 0),
            (IFD_PIN_PROPERTIES, any),
            (GET_TLV_PROPERTIES, true),
        ]
        .into_iter()
        .filter_map(|(tag, offered)| offered.then_some(tag))
    }

    /// The answer to GET_FEATURE_REQUEST.
    pub(super) fn list(&self) -> Vec<u8> {
        self.tags()
            .flat_map(|tag| {
                let [a, b, c, d] = (FIRST_CODE + u32::from(tag)).to_be_bytes();
                [tag, 4, a, b, c, d]
            })
            .collect()
    }

    /// What the control code `code` asks for, if the reader offers it.
    pub(super) fn feature(&self, code: u32) -> Option<Feature> {
        let tag = self
            .tags()
            .find(|tag| FIRST_CODE + u32::from(*tag) == code)?;
        Some(match tag {
            VERIFY_PIN_DIRECT => Feature::Verify,
            MODIFY_PIN_DIRECT => Feature::Modify,
            IFD_PIN_PROPERTIES => Feature::Properties,
            _ => Feature::TlvProperties,
        })
    }

    fn layout(&self) -> u16 {
        let (lines, characters) = self.display;
        u16::from_be_bytes([lines, characters])
    }

    /// `PIN_PROPERTIES_STRUCTURE`: any end of an entry, no time-out of its own.
    pub(super) fn properties(&self) -> Vec<u8> {
        let mut answer = self.layout().to_ne_bytes().to_vec();
        answer.extend([self.validation(), 0]);
        answer
    }

    fn validation(&self) -> u8 {
        const OK_KEY: u8 = 2;
        const ANY: u8 = 7;
        let ok_only = self
            .profile
            .is_some_and(|profile| profile.has(Quirk::OkKeyOnly));
        if ok_only { OK_KEY } else { ANY }
    }

    /// TLV properties (PC/SC part 10 §2.6.14): display, end of an entry, lengths, identifiers.
    pub(super) fn tlv_properties(&self) -> Vec<u8> {
        let mut answer = vec![1, 2];
        answer.extend(self.layout().to_le_bytes());
        answer.extend([2, 1, self.validation()]);
        if let Some((least, most)) = self.profile.and_then(|profile| profile.pin_digits) {
            answer.extend([6, 1, least, 7, 1, most]);
        }
        let (vendor, product) = self.usb_id;
        answer.extend([11, 2]);
        answer.extend(vendor.to_le_bytes());
        answer.extend([12, 2]);
        answer.extend(product.to_le_bytes());
        answer
    }

    /// Reads a structure that a program hands over.
    ///
    /// # Errors
    /// `InvalidInput` when it does not agree with its own lengths.
    pub(super) fn order(&self, feature: Feature, structure: &[u8]) -> Result<Order> {
        let has = |quirk| self.profile.is_some_and(|profile| profile.has(quirk));
        Order::read(feature == Feature::Modify, structure)
            .map(|order| Order {
                three_messages: has(Quirk::ThreeMessages),
                escape: has(Quirk::EscapeBeforeBarePin),
                ..order
            })
            .ok_or_else(|| Error::invalid_input("the structure of a PIN entry is not whole"))
    }
}

/// One PIN entry. It holds no digits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Order {
    modify: bool,
    seconds: u8,
    /// `bmFormatString` to `wLangId`, as the reader takes it.
    middle: Vec<u8>,
    /// `bMsgIndex`, of a change three.
    messages: Vec<u8>,
    template: Vec<u8>,
    three_messages: bool,
    escape: bool,
}

/// Where the fields stand in the structures of part 10.
const VERIFY_DIGITS_AT: usize = 5;
const VERIFY_MESSAGES_AT: usize = 11;
const VERIFY_HEAD: usize = 19;
const MODIFY_DIGITS_AT: usize = 7;
const MODIFY_MESSAGES_AT: usize = 14;
const MODIFY_HEAD: usize = 24;
/// `bNumberMessage` in `middle` of a change, and `wLangId` in either.
const MODIFY_NUMBER_AT: usize = 9;

impl Order {
    fn read(modify: bool, structure: &[u8]) -> Option<Self> {
        let (digits_at, messages_at, messages, head) = if modify {
            (MODIFY_DIGITS_AT, MODIFY_MESSAGES_AT, 3, MODIFY_HEAD)
        } else {
            (VERIFY_DIGITS_AT, VERIFY_MESSAGES_AT, 1, VERIFY_HEAD)
        };
        let (head, template) = structure.split_at_checked(head)?;
        let stated = u32::from_ne_bytes(*head.last_chunk()?);
        if stated as usize != template.len() || template.len() < 4 {
            return None;
        }
        // The second time-out is for drivers, and is not passed on.
        let mut middle = head.get(2..messages_at)?.to_vec();
        // Numbers of two bytes are in the host's order up here and little-endian on the bus.
        for at in [digits_at - 2, messages_at - 4] {
            let number = middle.get_mut(at..at + 2)?;
            let value = u16::from_ne_bytes([number[0], number[1]]);
            number.copy_from_slice(&value.to_le_bytes());
        }
        Some(Self {
            modify,
            seconds: *head.first()?,
            middle,
            messages: head.get(messages_at..messages_at + messages)?.to_vec(),
            template: template.to_vec(),
            three_messages: false,
            escape: false,
        })
    }

    /// The data of `PC_to_RDR_Secure`; a reader of blocks begins its block with `prologue`.
    pub(super) fn encode(&self, prologue: [u8; 3]) -> Zeroizing<Vec<u8>> {
        let mut data = Zeroizing::new(vec![self.modify.into(), self.seconds]);
        data.extend_from_slice(&self.middle);
        let number = self.middle.get(MODIFY_NUMBER_AT).copied().unwrap_or(0);
        let messages = match (self.modify, number) {
            (false, _) => 1,
            _ if self.three_messages => 3,
            // The second stands there unless there are none, the third with three (as libccid
            // reads §6.1.12).
            (true, 0) => 1,
            (true, 1 | 2) => 2,
            (true, _) => 3,
        };
        data.extend(self.messages.iter().take(messages));
        data.extend(prologue);
        data.extend_from_slice(&self.template);
        data
    }

    /// How long the reader may take.
    pub(super) fn patience(&self) -> Duration {
        let person = match self.seconds {
            0 => OWN_PATIENCE,
            seconds => Duration::from_secs(seconds.into()),
        };
        // A change is up to three entries.
        person * if self.modify { 3 } else { 1 } + MARGIN
    }

    /// What has to be said to the reader first.
    pub(super) fn escape(&self) -> Option<&'static [u8]> {
        /// Has the SPR532 put a PIN behind a bare header without padding (libccid's source).
        const NO_PADDING: &[u8] = &[0x80, 0x02, 0x00];
        (self.escape && !self.modify && self.template.len() == 4).then_some(NO_PADDING)
    }

    /// What a failure with `code` is in the words of part 10, if nothing went to the card.
    pub(super) fn own_answer(code: u8) -> Option<Zeroizing<Vec<u8>>> {
        let status = match code {
            error::PIN_TIMEOUT => [0x64, 0x00],
            error::PIN_CANCELLED => [0x64, 0x01],
            _ => return None,
        };
        Some(Zeroizing::new(status.to_vec()))
    }
}

#[cfg(test)]
mod tests {
    use super::super::descriptor::tests::descriptor;
    use super::*;
    use crate::pin::reader::{Features, PadProperties};

    const VERIFY: [u8; 23] = [
        30, 0, 0x82, 0, 0, 4, 4, 2, 1, 0x11, 0x04, 0, 0, 0, 0, 4, 0, 0, 0, 0, 0x20, 0, 0x80,
    ];
    const MODIFY: [u8; 28] = [
        30, 0, 0x82, 0, 0, 0, 4, 8, 4, 1, 2, 0, 0x11, 0x04, 1, 2, 3, 0, 0, 0, 4, 0, 0, 0, 0, 0x24,
        1, 0x80,
    ];

    fn keys(usb_id: (u16, u16)) -> Keys {
        Keys::new(&descriptor(0x0001_00B2, 271), usb_id)
    }

    #[test]
    #[cfg(target_endian = "little")]
    fn the_bytes_of_both() {
        let keys = keys((0x076B, 0x3821));
        let verify = keys.order(Feature::Verify, &VERIFY).expect("whole");
        assert_eq!(
            **verify.encode([0, 0x40, 5]),
            [
                0, 30, 0x82, 0, 0, 4, 4, 2, 1, 0x11, 0x04, 0, 0, 0x40, 5, 0, 0x20, 0, 0x80
            ]
        );
        assert_eq!(verify.escape(), None);
        let mut structure = MODIFY;
        for (number, messages) in [(0, &[1][..]), (1, &[1, 2]), (2, &[1, 2]), (3, &[1, 2, 3])] {
            structure[11] = number;
            let modify = keys.order(Feature::Modify, &structure).expect("whole");
            let mut data = vec![1, 30, 0x82, 0, 0, 0, 4, 8, 4, 1, 2, number, 0x11, 0x04];
            data.extend(messages);
            data.extend([0, 0, 0, 0, 0x24, 1, 0x80]);
            assert_eq!(**modify.encode([0; 3]), data);
        }
    }

    #[test]
    fn the_spr532_wants_three_messages_and_an_escape() {
        let keys = keys((0x04E6, 0xE003));
        let modify = keys.order(Feature::Modify, &MODIFY).expect("whole");
        assert_eq!(modify.encode([0; 3])[14..17], [1, 2, 3]);
        assert_eq!(modify.escape(), None);
        let verify = keys.order(Feature::Verify, &VERIFY).expect("whole");
        assert_eq!(verify.escape(), Some(&[0x80, 0x02, 0x00][..]));
    }

    #[test]
    fn structures_that_do_not_agree_with_themselves_are_refused() {
        let keys = keys((0, 0));
        for end in 0..VERIFY.len() {
            assert!(keys.order(Feature::Verify, &VERIFY[..end]).is_err());
        }
        assert!(keys.order(Feature::Modify, &VERIFY).is_err());
    }

    #[test]
    fn what_is_offered_is_what_the_client_reads() {
        let keys = keys((0x08E6, 0x3478));
        let features = Features::parse(&keys.list());
        let code = features.verify_pin_direct.expect("offered").0;
        assert_eq!(keys.feature(code), Some(Feature::Verify));
        assert_eq!(keys.feature(0x4233_0001), None);
        assert_eq!(keys.capabilities(), features.capabilities());
        let properties = PadProperties::parse_tlv(&keys.tlv_properties());
        let told = PadProperties::parse_structure(&keys.properties());
        assert_eq!(properties.lcd_layout, Some((2, 16)));
        assert_eq!(told.lcd_layout, properties.lcd_layout);
        assert_eq!(properties.entry_validation, Some(2), "its OK key only");
        assert_eq!(
            (properties.min_digits, properties.max_digits),
            (Some(4), Some(8))
        );
        assert_eq!(properties.product, Some(0x3478));
    }

    #[test]
    fn keys_that_a_reader_only_claims_are_not_offered() {
        // HID OMNIKEY 3021.
        let keys = keys((0x076B, 0x3031));
        assert_eq!(keys.capabilities(), ReaderCapabilities::empty());
        assert_eq!(Features::parse(&keys.list()).verify_pin_direct, None);
    }
}
