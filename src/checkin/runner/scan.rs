//! The lane of the card-face scanner.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::request::Request;
use crate::checkin::card_face::{DEFAULT_CONFIDENCE, ReadingLog};
use crate::checkin::ports::CardFaceScanner;
use crate::checkin::{Answer, CardFaceAnswer, ValueId};
use crate::error::Result;
use crate::myna::CardFaceCode;
use crate::time::Clock;
use crate::wait::{CancelToken, Wait};

/// How long the card is looked at before anybody asked for it.
const AHEAD: Duration = Duration::from_secs(3);

/// What was read in this session: the scanner's lane writes it, the card's lane takes a code out.
#[derive(Clone, Default)]
pub(super) struct Readings(Arc<Mutex<ReadingLog>>);

impl Readings {
    pub(super) fn code(&self, value: ValueId) -> Option<CardFaceCode> {
        self.log().code(value)
    }

    fn log(&self) -> MutexGuard<'_, ReadingLog> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub(super) struct ScanLane {
    pub(super) clock: Arc<dyn Clock>,
    pub(super) scanner: Box<dyn CardFaceScanner>,
    pub(super) readings: Readings,
    /// What was read before anybody asked.
    pub(super) ahead: Option<CardFaceAnswer>,
}

impl ScanLane {
    /// Looks at the card's face while the chip is read and the patient chooses. What cannot be
    /// used counts for nothing: the card may still be in somebody's hand.
    pub(super) fn look_ahead(&mut self, cancel: &CancelToken) {
        self.forget();
        let wait = Wait::at_most(self.clock.clone(), AHEAD).with_cancel(cancel.clone());
        self.ahead = self.scanned(&wait).ok().filter(is_accepted);
    }

    /// Answers with what was read ahead, or scans until a reading was made twice alike or was
    /// refused.
    pub(super) fn scan(&mut self, request: &Request) {
        let answer = match self.ahead.take() {
            Some(answer) => Ok(answer),
            None => self.scanned(&request.wait(&self.clock)),
        };
        request.reply(answer.map(Answer::CardFace));
    }

    fn scanned(&mut self, wait: &Wait) -> Result<CardFaceAnswer> {
        loop {
            let reading = self.scanner.scan(wait)?;
            let now = self.clock.utc();
            let today = now.trusted.then(|| now.japan_date());
            let judged = self
                .readings
                .log()
                .judge(&reading, today, DEFAULT_CONFIDENCE);
            if let Some(answer) = judged {
                return Ok(answer);
            }
            wait.check()?;
        }
    }

    /// Forgets the card. Not at every wipe: the numbers of the codes keep one from being presented
    /// twice in a session.
    pub(super) fn forget(&mut self) {
        self.ahead = None;
        *self.readings.log() = ReadingLog::new();
    }
}

fn is_accepted(answer: &CardFaceAnswer) -> bool {
    matches!(answer, CardFaceAnswer::Accepted(_))
}
