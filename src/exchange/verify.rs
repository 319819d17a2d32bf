//! VERIFY and its free query (ISO/IEC 7816-4 §11.6.6).

use super::{Dialogue, ExchangeError, Known, ShortFileId};
use crate::apdu::{CommandApdu, Header, StatusWord};
use crate::card::CardConnection;
use crate::pin::{self, Pin, PinOutcome, PinPad, PinPrompt, PinRequest};
use crate::wait::Wait;

/// Whether to look at the retry counter before a try is spent.
///
/// Counters live on the card and survive days and places: one wrong entry last year plus two
/// today lock a PIN. A remembered counter therefore protects nobody; the query is free.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RetryGuard {
    /// Query first and send only when at least this many tries are left.
    AtLeast(u8),
    /// Send without a query. One command less, for comparing with clients that do not ask.
    ///
    /// While it is not known how the card names its keys, a query is made all the same; what it
    /// says is then heeded as by [`RetryGuard::KEEP_LAST`]. Once that is known, nothing is asked
    /// and nothing protects the last try.
    Bare,
}

/// With so many tries left, one can be spent and one stays.
pub(super) const KEEP_LAST: u8 = 2;

impl RetryGuard {
    /// Keeps the last try: the default of every call of this crate.
    pub const KEEP_LAST: Self = Self::AtLeast(KEEP_LAST);
    /// Queries, but spends even the last try. Only after the person was told and agreed.
    pub const ALLOW_LAST: Self = Self::AtLeast(1);
}

const VERIFY: Header = Header::new(0x00, 0x20, 0x00, 0x80);

impl<C: CardConnection> Dialogue<C> {
    /// The retry counter of a key, by VERIFY without data: costs nothing. `None` when the card
    /// does not say (it may answer `9000` while the key is open). Blocked is `Some(0)`.
    ///
    /// # Errors
    /// [`ExchangeError::Status`], `Device`.
    pub fn retries_left(
        &mut self,
        key: ShortFileId,
        wait: &Wait,
    ) -> Result<Option<u8>, ExchangeError> {
        let by_short_id = self.knowledge.short_id_in_verify.may_work();
        if by_short_id {
            let status = self.query(key.reference(), wait)?;
            if let Some(answer) = counter(status) {
                self.knowledge.short_id_in_verify = Known::Works;
                return Ok(answer);
            }
            if self.knowledge.short_id_in_verify == Known::Works || !about_the_name(status) {
                return Err(ExchangeError::Status {
                    command: "VERIFY (query)",
                    status,
                });
            }
        }
        self.select_file(key, wait)?;
        if by_short_id {
            self.knowledge.short_id_in_verify = Known::Refused;
            // The same names in the same field: do not find out inside a signature.
            self.knowledge.short_id_in_sign = Known::Refused;
        }
        let status = self.query(VERIFY.p2, wait)?;
        counter(status).ok_or(ExchangeError::Status {
            command: "VERIFY (query)",
            status,
        })
    }

    fn query(&mut self, p2: u8, wait: &Wait) -> Result<StatusWord, ExchangeError> {
        let command = CommandApdu::short(Header { p2, ..VERIFY }, &[], 0)?;
        Ok(self.transmit(&command, wait)?.status())
    }

    /// Verifies a PIN that a person entered at `pad`, which was prepared before.
    ///
    /// # Errors
    /// Nothing was sent to the card, or the query before it failed.
    pub fn verify_pin(
        &mut self,
        key: ShortFileId,
        pad: &mut dyn PinPad,
        prompt: &PinPrompt,
        guard: RetryGuard,
        wait: &Wait,
    ) -> Result<PinOutcome, ExchangeError> {
        let header = match self.approach(key, guard, wait)? {
            Approach::Go { header } => header,
            Approach::Stop(outcome) => {
                pad.discard();
                return Ok(outcome);
            }
        };
        let request = PinRequest::new(prompt.clone(), header);
        let outcome = pin::verify(&mut self.card, pad, &request, wait)?;
        // The pad sent it, so its length is not seen here: header, Lc and the digits.
        let digits = usize::from(prompt.format.max);
        self.account(&outcome, 5 + digits);
        Ok(outcome)
    }

    /// Verifies a secret that the program holds (the printed card-face code).
    ///
    /// # Errors
    /// As [`Dialogue::verify_pin`].
    pub fn verify_secret(
        &mut self,
        key: ShortFileId,
        secret: &Pin,
        guard: RetryGuard,
        wait: &Wait,
    ) -> Result<PinOutcome, ExchangeError> {
        let header = match self.approach(key, guard, wait)? {
            Approach::Go { header } => header,
            Approach::Stop(outcome) => return Ok(outcome),
        };
        let outcome = pin::present(&mut self.card, header, secret, wait)?;
        self.account(&outcome, 5 + secret.as_bytes().len());
        Ok(outcome)
    }

    /// Everything that comes before a VERIFY with data: the guard, and the name of the key.
    fn approach(
        &mut self,
        key: ShortFileId,
        guard: RetryGuard,
        wait: &Wait,
    ) -> Result<Approach, ExchangeError> {
        // A counter that was seen is heeded: bare means not to ask, never to spend the last try
        // knowing that it is the last.
        let floor = match guard {
            RetryGuard::AtLeast(floor) => floor,
            RetryGuard::Bare => KEEP_LAST,
        };
        // Bare too asks once when it does not know how keys are named: the query is free, and a
        // VERIFY is no place to find out.
        if guard != RetryGuard::Bare || self.knowledge.short_id_in_verify == Known::Unknown {
            match self.retries_left(key, wait)? {
                Some(0) => return Ok(Approach::Stop(PinOutcome::Blocked)),
                Some(retries_left) if retries_left < floor => {
                    return Ok(Approach::Stop(PinOutcome::Withheld { retries_left }));
                }
                _ => {}
            }
        }
        let p2 = if self.knowledge.short_id_in_verify == Known::Works {
            key.reference()
        } else {
            self.select_file(key, wait)?;
            VERIFY.p2
        };
        Ok(Approach::Go {
            header: Header { p2, ..VERIFY },
        })
    }

    /// VERIFY goes around `transmit`, through the pad; it counts all the same.
    pub(super) fn account(&mut self, outcome: &PinOutcome, sent: usize) {
        match outcome {
            PinOutcome::CancelledByUser
            | PinOutcome::EntryTimedOut
            | PinOutcome::WrongNumberOfDigits
            | PinOutcome::Withheld { .. } => {}
            PinOutcome::Unanswered(_) => self.count(sent, 0),
            _ => self.count(sent, 2),
        }
    }
}

enum Approach {
    Go { header: Header },
    Stop(PinOutcome),
}

/// What an answer to the query says; `None` when it is no answer to a query.
fn counter(status: StatusWord) -> Option<Option<u8>> {
    match status {
        StatusWord::OK => Some(None),
        status if status.is_blocked() => Some(Some(0)),
        status => status.retries_left().map(Some),
    }
}

/// Whether a refusal may come from the short EF identifier.
fn about_the_name(status: StatusWord) -> bool {
    matches!(
        status,
        StatusWord::WRONG_PARAMETERS
            | StatusWord::NOT_FOUND
            | StatusWord::DATA_NOT_FOUND
            | StatusWord::NO_CURRENT_FILE
            | StatusWord::WRONG_OFFSET
    )
}
