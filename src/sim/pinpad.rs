//! Virtual PIN pads, with somebody at the keys.
//!
//! A [`Keypad`] plays what a person does. Behind a [`HostPinPad`](crate::pin::HostPinPad) its
//! digits pass through this program's memory; in a [`SecurePinPad`] they go straight from the
//! virtual device to the virtual card.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use zeroize::Zeroizing;

use crate::apdu::StatusWord;
use crate::card::{CardConnection, CardReader as _};
use crate::device::DeviceInfo;
use crate::error::{Error, ErrorKind, Result};
use crate::pin::{
    Pin, PinEntry, PinFormat, PinOutcome, PinPad, PinPath, PinPrompt, PinRequest, PinSource,
};
use crate::sim::VirtualReader;
use crate::time::Wake;
use crate::wait::Wait;

/// What a person does at a pad.
enum Act {
    Types(Zeroizing<String>),
    Cancels,
}

/// How one entry at the keys ended.
pub(super) enum Keyed<T> {
    Entered(T),
    Cancelled,
    TimedOut,
}

/// The keys of a pad and the script of the person before them. Clones are the same keys.
///
/// Digits of the wrong number do not leave the pad: the person goes on with the next act. When
/// the script is empty nobody touches the keys, until it goes on: also while the pad waits.
#[derive(Clone)]
pub struct Keypad {
    info: DeviceInfo,
    script: Arc<Mutex<Script>>,
    /// Wakes the entry that waits for somebody at the keys.
    touched: Wake,
}

struct Script {
    acts: VecDeque<(Duration, Act)>,
    /// The pad's own patience.
    patience: Duration,
    asked: Vec<PinPrompt>,
    entries: usize,
}

impl Keypad {
    /// Keys that nobody touches yet, on a pad that waits 30 seconds for them.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self {
            info: DeviceInfo::new("sim", name),
            script: Arc::new(Mutex::new(Script {
                acts: VecDeque::new(),
                patience: Duration::from_secs(30),
                asked: Vec::new(),
                entries: 0,
            })),
            touched: Wake::new(),
        }
    }

    /// The person types `digits` and confirms, `after` the prompt or the act before.
    pub fn types_after(&self, after: Duration, digits: &str) {
        self.add(after, Act::Types(Zeroizing::new(digits.to_owned())));
    }

    /// The same at once.
    pub fn types(&self, digits: &str) {
        self.types_after(Duration::ZERO, digits);
    }

    /// The person presses the cancel key.
    pub fn cancels_after(&self, after: Duration) {
        self.add(after, Act::Cancels);
    }

    fn add(&self, after: Duration, act: Act) {
        self.script().acts.push_back((after, act));
        // Outside the lock: a virtual clock takes its own lock in here.
        self.touched.notify();
    }

    /// The person goes away: what is left of the script is not done.
    pub fn clear(&self) {
        self.script().acts.clear();
    }

    /// How long the pad waits for a complete entry.
    pub fn set_patience(&self, patience: Duration) {
        self.script().patience = patience;
    }

    /// The prompts so far: what the person was told.
    #[must_use]
    pub fn prompts(&self) -> Vec<PinPrompt> {
        self.script().asked.clone()
    }

    fn script(&self) -> std::sync::MutexGuard<'_, Script> {
        self.script.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many entries the pad waited for: a change asks for more than one.
    #[must_use]
    pub fn entries(&self) -> usize {
        self.script().entries
    }

    /// The script as the person sees it: an entry of the prompt's format.
    fn play(&self, prompt: &PinPrompt, wait: &Wait) -> Result<Result<Zeroizing<String>, PinEntry>> {
        wait.check()?;
        let patience = {
            let mut script = self.script();
            script.asked.push(prompt.clone());
            script.patience
        };
        let take = |digits: Zeroizing<String>| fits(&digits, prompt.format).then_some(digits);
        Ok(match self.enter(patience, wait, take)? {
            Keyed::Entered(digits) => Ok(digits),
            Keyed::Cancelled => Err(PinEntry::CancelledByUser),
            Keyed::TimedOut => Err(PinEntry::EntryTimedOut),
        })
    }

    /// Plays the script until `take` accepts what was typed, the person cancels, or `patience`
    /// ends. What is not accepted was typed in vain.
    pub(super) fn enter<T>(
        &self,
        patience: Duration,
        wait: &Wait,
        mut take: impl FnMut(Zeroizing<String>) -> Option<T>,
    ) -> Result<Keyed<T>> {
        wait.check()?;
        self.script().entries += 1;
        let end = wait.clock().now() + patience;
        loop {
            let left = end.since(wait.clock().now());
            let next = || self.script().acts.pop_front();
            let act = match wait.shortened(left).until(&self.touched, next) {
                Ok(act) => Some(act),
                // The pad's patience ended, unless its caller's did.
                Err(_) => wait.check().map(|()| None)?,
            };
            let left = end.since(wait.clock().now());
            let Some((after, act)) = act.filter(|(after, _)| *after < left) else {
                wait.sleep(left)?;
                return Ok(Keyed::TimedOut);
            };
            wait.sleep(after)?;
            match act {
                Act::Cancels => return Ok(Keyed::Cancelled),
                Act::Types(digits) => {
                    if let Some(entered) = take(digits) {
                        return Ok(Keyed::Entered(entered));
                    }
                }
            }
        }
    }
}

fn fits(digits: &str, format: PinFormat) -> bool {
    let right = usize::from(format.min)..=usize::from(format.max);
    right.contains(&digits.len()) && digits.bytes().all(|digit| digit.is_ascii_digit())
}

impl PinSource for Keypad {
    fn info(&self) -> &DeviceInfo {
        &self.info
    }

    fn read_pin(&mut self, prompt: &PinPrompt, wait: &Wait) -> Result<Result<Pin, PinEntry>> {
        let digits = match self.play(prompt, wait)? {
            Ok(digits) => digits,
            Err(entry) => return Ok(Err(entry)),
        };
        Pin::new(&digits, prompt.format)
            .map(Ok)
            .map_err(|error| Error::protocol("the entry").with_source(error))
    }
}

/// Shows how many acts are to come, not which digits.
impl fmt::Debug for Keypad {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keypad")
            .field("acts", &self.script().acts.len())
            .finish_non_exhaustive()
    }
}

/// A reader with keys of its own: the digits never enter the program under test.
#[derive(Clone, Debug)]
pub struct SecurePinPad {
    keys: Keypad,
    reader: VirtualReader,
}

impl SecurePinPad {
    /// The keys on `reader`.
    #[must_use]
    pub fn new(keys: Keypad, reader: VirtualReader) -> Self {
        Self { keys, reader }
    }
}

impl PinPad for SecurePinPad {
    fn info(&self) -> &DeviceInfo {
        &self.keys.info
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
        if card.reader().id != self.reader.info().id {
            return Err(Error::invalid_input("the card is in another reader"));
        }
        let keys = &self.keys;
        let entry = self
            .reader
            .while_keys_are_used(|| keys.play(&request.prompt, wait));
        let digits = match entry? {
            Ok(digits) => digits,
            Err(PinEntry::CancelledByUser) => return Ok(PinOutcome::CancelledByUser),
            Err(_) => return Ok(PinOutcome::EntryTimedOut),
        };
        // While the person typed the card may have gone: then nothing is sent.
        if self.reader.card().is_none() {
            return Err(ErrorKind::NoCard.into());
        }
        let mut command = request.header.to_bytes().to_vec();
        command.push(u8::try_from(digits.len()).unwrap_or(u8::MAX));
        command.extend_from_slice(digits.as_bytes());
        let answer = self.reader.transmit_inside(&command, wait);
        Ok(match answer {
            Ok(answer) => match answer.last_chunk::<2>() {
                Some(&[sw1, sw2]) => PinOutcome::from_status(StatusWord::from_bytes(sw1, sw2)),
                None => PinOutcome::Unanswered(Error::protocol("an answer without status word")),
            },
            Err(error) => PinOutcome::Unanswered(error),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::apdu::Header;
    use crate::card::ShareMode;
    use crate::pin::{HostPinPad, PinPurpose};
    use crate::sim::card::{Fault, Key, Profile, Trigger};
    use crate::sim::{Clock, VirtualCard, VirtualContext};
    use crate::time::Clock as _;

    struct Desk {
        clock: Clock,
        reader: VirtualReader,
        card: VirtualCard,
        keys: Keypad,
    }

    fn desk() -> Desk {
        let clock = Clock::starting_at("2026-11-22T00:00:00Z".parse().expect("literal"));
        let reader = VirtualContext::new(clock.shared()).add_reader("Pad");
        let card = VirtualCard::new(Profile::default(), clock.shared());
        reader.insert(&card);
        Desk {
            clock,
            reader,
            card,
            keys: Keypad::new("Pad"),
        }
    }

    impl Desk {
        fn wait(&self) -> Wait {
            Wait::at_most(self.clock.shared(), Duration::from_secs(600))
        }

        /// A connection with the JPKI application selected.
        fn connection(&self) -> Box<dyn CardConnection> {
            let mut reader = self.reader.clone();
            let mut connection = reader
                .connect(ShareMode::Shared, &self.wait())
                .expect("a card is in");
            let select = [0, 0xa4, 4, 12, 10, 0xd3, 0x92, 0xf0, 0, 0x26, 1, 0, 0, 0, 1];
            let select = crate::apdu::CommandApdu::parse(&select).expect("well-formed");
            connection
                .transmit(&select, &self.wait())
                .expect("selected");
            connection
        }

        fn secure(&self) -> Result<PinOutcome> {
            let mut pad = SecurePinPad::new(self.keys.clone(), self.reader.clone());
            let mut connection = self.connection();
            pad.verify(&mut connection, &request(), &self.wait())
        }
    }

    fn request() -> PinRequest {
        let prompt = PinPrompt::new(PinPurpose::UserAuthentication, PinFormat::exactly(4));
        PinRequest::new(prompt, Header::new(0x00, 0x20, 0x00, 0x98))
    }

    #[test]
    fn the_host_path_collects_first_and_sends_once() {
        let desk = desk();
        let mut pad = HostPinPad::new(desk.keys.clone());
        // Three digits do not leave the pad.
        desk.keys.types_after(Duration::from_secs(3), "123");
        desk.keys.types_after(Duration::from_secs(4), "1234");
        let entry = pad.prepare(&request().prompt, &desk.wait());
        assert!(matches!(entry, Ok(PinEntry::Ready)));
        assert_eq!(desk.clock.utc().instant.to_string(), "2026-11-22T00:00:07Z");
        let mut connection = desk.connection();
        let outcome = pad.verify(&mut connection, &request(), &desk.wait());
        assert!(matches!(outcome, Ok(PinOutcome::Verified)));
        assert_eq!(desk.card.verify_count(Key::AuthPin), 1);
        assert_eq!(desk.keys.prompts(), [request().prompt]);
        let again = pad.verify(&mut connection, &request(), &desk.wait());
        assert!(again.is_err());
    }

    #[test]
    fn the_secure_path_ends_in_every_way() {
        let desk = desk();
        desk.keys.types("9999");
        assert!(matches!(
            desk.secure(),
            Ok(PinOutcome::Rejected {
                retries_left: Some(2)
            })
        ));
        desk.keys.types("1234");
        assert!(matches!(desk.secure(), Ok(PinOutcome::Verified)));
        assert!(desk.card.is_unlocked());
        desk.keys.cancels_after(Duration::from_secs(1));
        assert!(matches!(desk.secure(), Ok(PinOutcome::CancelledByUser)));
        assert!(matches!(desk.secure(), Ok(PinOutcome::EntryTimedOut)));
        assert_eq!(desk.clock.utc().instant.to_string(), "2026-11-22T00:00:31Z");
        assert_eq!(desk.card.verify_count(Key::AuthPin), 2);
    }

    #[test]
    fn an_answer_that_never_came_is_not_an_error() {
        let desk = desk();
        desk.keys.types("1234");
        desk.card.inject(Trigger::Ins(0x20), Fault::RemoveDuring);
        assert!(matches!(desk.secure(), Ok(PinOutcome::Unanswered(_))));
    }

    #[test]
    fn a_card_that_left_while_the_person_typed_was_not_asked() {
        let desk = desk();
        let mut connection = desk.connection();
        desk.keys.types("1234");
        desk.reader.remove();
        let mut pad = SecurePinPad::new(desk.keys.clone(), desk.reader.clone());
        let result = pad.verify(&mut connection, &request(), &desk.wait());
        assert_eq!(
            result.map_err(|error| error.kind()).err(),
            Some(ErrorKind::NoCard)
        );
        assert_eq!(desk.card.verify_count(Key::AuthPin), 0);
    }

    #[test]
    fn the_caller_can_end_the_wait() {
        let desk = desk();
        let mut keys = desk.keys.clone();
        let wait = desk.wait().shortened(Duration::from_secs(5));
        let result = keys.read_pin(&request().prompt, &wait);
        assert_eq!(
            result.map_err(|error| error.kind()).err(),
            Some(ErrorKind::TimedOut)
        );
    }

    #[test]
    fn the_person_may_come_while_the_pad_waits() {
        let desk = desk();
        let _me = desk.clock.enter();
        let mut keys = desk.keys.clone();
        let (wait, seat) = (desk.wait(), desk.clock.participant());
        let entry = std::thread::spawn(move || {
            let _seat = seat.enter();
            keys.read_pin(&request().prompt, &wait)
        });
        desk.wait().sleep(Duration::from_secs(9)).expect("in time");
        desk.keys.types("1234");
        assert!(matches!(entry.join().expect("no panic"), Ok(Ok(_))));
        assert_eq!(desk.clock.utc().instant.to_string(), "2026-11-22T00:00:09Z");
    }

    #[test]
    fn debug_shows_no_digits() {
        let keys = Keypad::new("Pad");
        keys.types("1234");
        assert!(!format!("{keys:?}").contains("1234"));
    }
}
