//! PIN entry on the reader's own keys (PC/SC part 10).

mod part10;
mod profile;
mod structure;
#[cfg(all(test, feature = "sim"))]
mod tests;

use std::time::Duration;

pub use part10::{Features, GET_FEATURE_REQUEST, PadAnswer, PadProperties};
pub use profile::PadProfile;

use structure::Entry;

use super::{
    ChangeEntry, ChangeOutcome, ChangePrompt, ChangeRequest, PinEntry, PinFormat, PinOutcome,
    PinPad, PinPath, PinPrompt, PinRequest,
};
use crate::apdu::Header;
use crate::card::{CardConnection, ControlCode};
use crate::device::{DeviceId, DeviceInfo};
use crate::error::{Error, ErrorKind, Result};
use crate::wait::Wait;

/// Of the caller's wait this much is kept for the card to answer after the last key: a pad that
/// is told to give up earlier says so, while a call that is given up leaves everybody guessing.
const FOR_THE_CARD: Duration = Duration::from_secs(5);

/// The keys of a reader that gives a PIN to the card itself.
///
/// It learns what the reader can do when it first has a card to talk over, and asks again when
/// that reader is another one. It never holds digits, and falls back to nothing: a reader without
/// the feature is [`Unsupported`](ErrorKind::Unsupported).
#[derive(Debug)]
pub struct ReaderPinPad {
    info: DeviceInfo,
    pad: Option<(DeviceId, Pad)>,
}

/// What a reader was found to be.
#[derive(Clone, Copy, Debug)]
struct Pad {
    features: Features,
    properties: PadProperties,
    profile: PadProfile,
}

impl ReaderPinPad {
    /// The keys of the reader called `info`, which is asked later.
    #[must_use]
    pub fn new(info: DeviceInfo) -> Self {
        Self { info, pad: None }
    }

    /// The keys of the reader that `card` is in, asked now.
    ///
    /// # Errors
    /// `Unsupported` when the reader takes no PIN; as [`CardConnection::control`].
    pub fn probe(card: &mut dyn CardConnection, wait: &Wait) -> Result<Self> {
        let mut pad = Self::new(card.reader().clone());
        pad.ask(card, wait)?;
        Ok(pad)
    }

    /// What the reader says of its keys and display; empty before it was asked.
    #[must_use]
    pub fn properties(&self) -> PadProperties {
        self.pad
            .as_ref()
            .map(|(_, pad)| pad.properties)
            .unwrap_or_default()
    }

    /// What is special about this make.
    #[must_use]
    pub fn profile(&self) -> PadProfile {
        self.pad
            .as_ref()
            .map_or(PadProfile::ANY, |(_, pad)| pad.profile)
    }

    /// Finds out what the reader can do, unless it is known.
    fn ask(&mut self, card: &mut dyn CardConnection, wait: &Wait) -> Result<Pad> {
        let reader = &card.reader().id;
        if let Some((known, pad)) = &self.pad
            && known == reader
        {
            return Ok(*pad);
        }
        let reader = reader.clone();
        let features = Features::parse(&card.control(GET_FEATURE_REQUEST, &[], wait)?);
        if features.verify_pin_direct.is_none() {
            return Err(no_keys());
        }
        let mut answer = |code: Option<ControlCode>| -> Result<Vec<u8>> {
            match code.map(|code| card.control(code, &[], wait)) {
                None => Ok(Vec::new()),
                // Properties are a courtesy: a pad without them is still a pad.
                Some(Err(error)) if error.kind() == ErrorKind::Unsupported => Ok(Vec::new()),
                Some(answer) => answer,
            }
        };
        let tlv = PadProperties::parse_tlv(&answer(features.get_tlv_properties)?);
        let structure = PadProperties::parse_structure(&answer(features.ifd_pin_properties)?);
        let properties = tlv.or(structure);
        let pad = Pad {
            features,
            properties,
            profile: PadProfile::of(&properties, &card.reader().name),
        };
        self.pad = Some((reader, pad));
        Ok(pad)
    }
}

impl Pad {
    /// An entry of `format`, for the command `header`; `entries` are still to come, this one
    /// included, and share the wait.
    fn entry(&self, format: PinFormat, header: Header, entries: u32, wait: &Wait) -> Result<Entry> {
        let (least, most) = self.profile.digits.unwrap_or((0, u8::MAX));
        let least = self.properties.min_digits.unwrap_or(least);
        let most = self.properties.max_digits.unwrap_or(most);
        if format.min > format.max || format.min < least || format.max > most {
            return Err(Error::unsupported("a PIN of this length"));
        }
        Ok(Entry {
            seconds: seconds(wait, entries),
            format,
            header,
            profile: self.profile,
            display: self
                .properties
                .lcd_layout
                .is_some_and(|(lines, _)| lines > 0),
        })
    }
}

impl Pad {
    fn verify(
        &self,
        card: &mut dyn CardConnection,
        entry: &Entry,
        wait: &Wait,
    ) -> Result<PinOutcome> {
        let code = self.features.verify_pin_direct.ok_or_else(no_keys)?;
        Ok(match order(card, code, &entry.verify(), wait)? {
            Ok(PadAnswer::TimedOut) => PinOutcome::EntryTimedOut,
            Ok(PadAnswer::Cancelled) => PinOutcome::CancelledByUser,
            Ok(PadAnswer::WrongNumberOfDigits) => PinOutcome::WrongNumberOfDigits,
            Ok(PadAnswer::Status(status)) => PinOutcome::from_status(status),
            // Two entries in a VERIFY: no reader that keeps to the standard says so.
            Ok(PadAnswer::EntriesDiffer | PadAnswer::Nothing) => {
                PinOutcome::Unanswered(no_status_word())
            }
            Err(error) => PinOutcome::Unanswered(error),
        })
    }
}

/// How long the reader may wait for the person; 0, its own patience, where the caller's has no
/// end.
fn seconds(wait: &Wait, entries: u32) -> u8 {
    wait.remaining().map_or(0, |left| {
        let each = left.saturating_sub(FOR_THE_CARD) / entries;
        let seconds = each.as_secs();
        u8::try_from(seconds).unwrap_or(u8::MAX).max(1)
    })
}

fn no_keys() -> Error {
    Error::unsupported("PIN entry on the reader's own keys")
}

/// Hands a structure to the reader; `Err` means that nothing reached the card.
fn order(
    card: &mut dyn CardConnection,
    code: ControlCode,
    structure: &[u8],
    wait: &Wait,
) -> Result<Result<PadAnswer, Error>> {
    wait.check()?;
    Ok(match card.control(code, structure, wait) {
        Ok(answer) => Ok(PadAnswer::parse(&answer)),
        // The driver passed nothing on, or the call was never made.
        Err(error)
            if matches!(
                error.kind(),
                ErrorKind::Unsupported | ErrorKind::InvalidInput | ErrorKind::Busy
            ) =>
        {
            return Err(error);
        }
        Err(error) => Err(error),
    })
}

fn no_status_word() -> Error {
    Error::protocol("the PIN pad answered without a status word")
}

impl PinPad for ReaderPinPad {
    fn info(&self) -> &DeviceInfo {
        &self.info
    }

    fn path(&self) -> PinPath {
        PinPath::Secure
    }

    fn prepare(&mut self, _: &PinPrompt, wait: &Wait) -> Result<PinEntry> {
        wait.check()?;
        Ok(PinEntry::Ready)
    }

    fn verify(
        &mut self,
        card: &mut dyn CardConnection,
        request: &PinRequest,
        wait: &Wait,
    ) -> Result<PinOutcome> {
        let pad = self.ask(card, wait)?;
        let entry = pad.entry(request.prompt.format, request.header, 1, wait)?;
        pad.verify(card, &entry, wait)
    }

    fn prepare_change(&mut self, _: &ChangePrompt, wait: &Wait) -> Result<ChangeEntry> {
        wait.check()?;
        Ok(ChangeEntry::Ready)
    }

    fn change(
        &mut self,
        card: &mut dyn CardConnection,
        request: &ChangeRequest,
        wait: &Wait,
    ) -> Result<ChangeOutcome> {
        let pad = self.ask(card, wait)?;
        let Some(modify) = pad.features.modify_pin_direct else {
            return Err(Error::unsupported(
                "changing a PIN on the reader's own keys",
            ));
        };
        // Both before either: a pad that cannot take the new one is not asked for the old one.
        let present = pad.entry(request.prompt.old, request.verify, 3, wait)?;
        pad.entry(request.prompt.new, request.change, 2, wait)?;
        match pad.verify(card, &present, wait)? {
            PinOutcome::Verified => {}
            outcome => return Ok(ChangeOutcome::NotVerified(outcome)),
        }
        // The card is open now, so what fails from here on is an outcome and no error.
        let ordered = pad
            .entry(request.prompt.new, request.change, 2, wait)
            .and_then(|new| order(card, modify, &new.modify(), wait));
        Ok(match ordered {
            Ok(Ok(PadAnswer::TimedOut)) => ChangeOutcome::EntryTimedOut,
            Ok(Ok(PadAnswer::Cancelled)) => ChangeOutcome::CancelledByUser,
            Ok(Ok(PadAnswer::EntriesDiffer)) => ChangeOutcome::EntriesDiffer,
            Ok(Ok(PadAnswer::WrongNumberOfDigits)) => ChangeOutcome::WrongNumberOfDigits,
            Ok(Ok(PadAnswer::Status(status))) => ChangeOutcome::from_status(status),
            Ok(Ok(PadAnswer::Nothing)) => ChangeOutcome::Unanswered(no_status_word()),
            Ok(Err(error)) => ChangeOutcome::Unanswered(error),
            Err(error) => ChangeOutcome::NotSent(error),
        })
    }
}
