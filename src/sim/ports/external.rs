//! Other software that owns the PIN.

use std::collections::VecDeque;
use std::time::Duration;

use super::{Behaviour, Government, Observer, PortCall};
use crate::apdu::CommandApdu;
use crate::card::{CardReader as _, Disposition, ShareMode};
use crate::checkin::PinAnswer;
use crate::checkin::ports::{ExternalPinAnswer, PinAuthenticator};
use crate::error::{Error, Result};
use crate::sim::VirtualReader;
use crate::wait::Wait;

/// SELECT of the application of user authentication, and VERIFY of its PIN without the digits.
const SELECT_JPKI: &[u8] = &[
    0x00, 0xA4, 0x04, 0x0C, 10, 0xD3, 0x92, 0xF0, 0x00, 0x26, 1, 0, 0, 0, 1,
];
const VERIFY: [u8; 5] = [0x00, 0x20, 0x00, 0x98, 4];

/// How long the person before it takes.
const TYPING: Duration = Duration::from_secs(2);

/// Other software that owns the PIN: scripted answers first, then it accepts.
///
/// Without a card of its own it only says so. [With one](Self::with_card) it does what such
/// software does: takes the card for itself alone, presents the PIN, and asks the government
/// system.
#[derive(Debug)]
pub struct ExternalPin {
    pub(super) government: Government,
    script: VecDeque<PinAnswer>,
    behaviour: Behaviour,
    card: Option<Own>,
    observer: Observer,
}

struct Own {
    reader: VirtualReader,
    digits: zeroize::Zeroizing<String>,
    leaves: Disposition,
}

impl std::fmt::Debug for Own {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Own({:?}, {:?})", self.reader, self.leaves)
    }
}

impl ExternalPin {
    /// Such software before `government`.
    #[must_use]
    pub fn new(government: Government) -> Self {
        Self {
            government,
            script: VecDeque::new(),
            behaviour: Behaviour::After(Duration::ZERO),
            card: None,
            observer: Observer::default(),
        }
    }

    /// The same with the card in `reader`, whose holder types `digits`. The card is given back as
    /// `leaves` says: not every program cuts the power.
    #[must_use]
    pub fn with_card(mut self, reader: VirtualReader, digits: &str, leaves: Disposition) -> Self {
        self.card = Some(Own {
            reader,
            digits: zeroize::Zeroizing::new(digits.to_owned()),
            leaves,
        });
        self
    }

    /// The same without a card: it only says what it is told to say.
    #[must_use]
    pub fn without_card(mut self) -> Self {
        self.card = None;
        self
    }

    /// What it does before anything else: takes its time, or fails.
    #[must_use]
    pub fn behaving(mut self, behaviour: Behaviour) -> Self {
        self.behaviour = behaviour;
        self
    }

    /// The same with somebody who is told of its calls.
    #[must_use]
    pub fn with_observer(mut self, observer: Observer) -> Self {
        self.observer = observer;
        self
    }

    /// What the next dialogue ends with instead of an authentication.
    pub fn answer(&mut self, answer: PinAnswer) {
        self.script.push_back(answer);
    }
}

impl PinAuthenticator for ExternalPin {
    fn authenticate(&mut self, wait: &Wait) -> Result<ExternalPinAnswer> {
        self.observer.tell(PortCall::ExternalPin);
        self.behaviour.pass(TYPING, wait)?;
        if let Some(answer) = self.script.pop_front() {
            wait.sleep(TYPING)?;
            return Ok(ExternalPinAnswer::Pin(answer));
        }
        if let Some(own) = &mut self.card
            && let Some(answer) = own.present(wait)?
        {
            return Ok(ExternalPinAnswer::Pin(answer));
        }
        let answer = self.government.authentication(None, wait)?;
        Ok(ExternalPinAnswer::Authenticated(answer))
    }
}

impl Own {
    /// Presents the PIN; an answer says that it was not right.
    fn present(&mut self, wait: &Wait) -> Result<Option<PinAnswer>> {
        wait.sleep(TYPING)?;
        // Nobody else may have the card meanwhile, the session's own library included.
        let mut card = self.reader.connect(ShareMode::Exclusive, wait)?;
        card.transmit(&parse(SELECT_JPKI)?, wait)?;
        let verify = zeroize::Zeroizing::new([&VERIFY[..], self.digits.as_bytes()].concat());
        let status = card.transmit(&parse(&verify)?, wait)?.status().to_u16();
        card.disconnect(self.leaves)?;
        Ok(match status {
            0x9000 => None,
            0x63C0 | 0x6983 | 0x6984 => Some(PinAnswer::Blocked),
            left @ 0x63C1..=0x63CF => Some(PinAnswer::Wrong {
                left: u8::try_from(left & 0x0F).ok(),
            }),
            _ => Some(PinAnswer::Wrong { left: None }),
        })
    }
}

fn parse(command: &[u8]) -> Result<CommandApdu> {
    CommandApdu::parse(command).map_err(|error| {
        Error::invalid_input("a command of the virtual software").with_source(error)
    })
}
