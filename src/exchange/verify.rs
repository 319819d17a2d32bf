//! VERIFY and its free query (ISO/IEC 7816-4 §11.6.6).

use super::sign::about_the_name;
use super::{Dialogue, ExchangeError, Known, ShortFileId};
use crate::apdu::{CommandApdu, Header, StatusWord};
use crate::card::CardConnection;
use crate::pin::{self, Pin, PinOutcome, PinPad, PinPrompt, PinRequest};
use crate::wait::Wait;

/// Whether to look at the retry counter before a try is spent.
///
/// Counters live on the card and survive days and places: one wrong entry last year plus two
/// today lock a PIN. A remembered counter therefore protects nobody; the query is free.
///
/// The default is [`RetryGuard::KEEP_LAST`].
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
const KEEP_LAST: u8 = 2;

impl RetryGuard {
    /// Keeps the last try: the default of every call of this crate.
    pub const KEEP_LAST: Self = Self::AtLeast(KEEP_LAST);
    /// Queries, but spends even the last try. Only after the person was told and agreed.
    pub const ALLOW_LAST: Self = Self::AtLeast(1);
}

impl Default for RetryGuard {
    fn default() -> Self {
        Self::KEEP_LAST
    }
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
            let p2 = self.key_reference(key);
            let status = self.query(p2, wait)?;
            if let Some(answer) = counter(status) {
                self.knowledge.short_id_in_verify = Known::Works;
                return Ok(answer);
            }
            // Also where it is known to work: perhaps on another card with the same ATR.
            if !about_the_name(status) {
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
        match self.approach(key, guard, wait)? {
            Approach::Go { header } => self.enter_pin(key, header, pad, prompt, wait),
            Approach::Stop { retries_left } => {
                pad.discard();
                Ok(withheld(retries_left))
            }
        }
    }

    /// VERIFY by the pad, after [`Dialogue::approach`].
    pub(crate) fn enter_pin(
        &mut self,
        key: ShortFileId,
        header: Header,
        pad: &mut dyn PinPad,
        prompt: &PinPrompt,
        wait: &Wait,
    ) -> Result<PinOutcome, ExchangeError> {
        let request = PinRequest::new(prompt.clone(), header);
        let outcome = pin::verify(&mut self.card, pad, &request, wait)?;
        // The pad sent it, so its length is not seen here: header, Lc and the digits.
        self.account(key, header, &outcome, 5 + usize::from(prompt.format.max));
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
        match self.approach(key, guard, wait)? {
            Approach::Go { header } => self.present(key, header, secret, wait),
            Approach::Stop { retries_left } => Ok(withheld(retries_left)),
        }
    }

    /// VERIFY with a secret, after [`Dialogue::approach`].
    pub(crate) fn present(
        &mut self,
        key: ShortFileId,
        header: Header,
        secret: &Pin,
        wait: &Wait,
    ) -> Result<PinOutcome, ExchangeError> {
        let outcome = pin::present(&mut self.card, header, secret, wait)?;
        self.account(key, header, &outcome, 5 + secret.as_bytes().len());
        Ok(outcome)
    }

    /// The tries left, asked for now, if they are too few for `guard` to spend one.
    pub(super) fn too_few_tries(
        &mut self,
        key: ShortFileId,
        guard: RetryGuard,
        wait: &Wait,
    ) -> Result<Option<u8>, ExchangeError> {
        // A counter that was seen is heeded: bare means not to ask, never to spend the last try
        // knowing that it is the last.
        let floor = match guard {
            RetryGuard::AtLeast(floor) => floor,
            RetryGuard::Bare => KEEP_LAST,
        };
        let left = self.retries_left(key, wait)?;
        Ok(left.filter(|left| *left == 0 || *left < floor))
    }

    /// Everything that comes before a VERIFY with data: the guard, and the name of the key.
    pub(crate) fn approach(
        &mut self,
        key: ShortFileId,
        guard: RetryGuard,
        wait: &Wait,
    ) -> Result<Approach, ExchangeError> {
        // Bare too asks once when it does not know how keys are named: the query is free, and a
        // VERIFY is no place to find out.
        let asks = guard != RetryGuard::Bare || self.knowledge.short_id_in_verify == Known::Unknown;
        if asks && let Some(retries_left) = self.too_few_tries(key, guard, wait)? {
            return Ok(Approach::Stop { retries_left });
        }
        let p2 = if self.knowledge.short_id_in_verify == Known::Works {
            self.key_reference(key)
        } else {
            self.select_file(key, wait)?;
            VERIFY.p2
        };
        Ok(Approach::Go {
            header: Header { p2, ..VERIFY },
        })
    }

    /// VERIFY goes around `transmit`, through the pad; it counts all the same.
    pub(super) fn account(
        &mut self,
        key: ShortFileId,
        header: Header,
        outcome: &PinOutcome,
        sent: usize,
    ) {
        match outcome {
            PinOutcome::CancelledByUser
            | PinOutcome::EntryTimedOut
            | PinOutcome::WrongNumberOfDigits
            | PinOutcome::Withheld { .. } => return,
            PinOutcome::Unanswered(_) => {
                self.count(sent, 0);
                self.forget_selection();
                return;
            }
            _ => self.count(sent, 2),
        }
        // A wrong value closes a key that was open.
        self.verified.retain(|open| *open != key);
        match outcome {
            PinOutcome::Verified => self.verified.push(key),
            PinOutcome::Refused(status) if header.p2 != VERIFY.p2 && about_the_name(*status) => {
                // Not the card that this was learned from. Not repeated: the next dialogue asks.
                self.knowledge.short_id_in_verify = Known::Unknown;
            }
            _ => {}
        }
    }
}

/// Whether a value may be presented.
pub(crate) enum Approach {
    /// By this VERIFY, filled with the value.
    Go { header: Header },
    /// It may not: so few tries are left. Zero is a blocked key.
    Stop { retries_left: u8 },
}

pub(super) fn withheld(retries_left: u8) -> PinOutcome {
    match retries_left {
        0 => PinOutcome::Blocked,
        retries_left => PinOutcome::Withheld { retries_left },
    }
}

/// What an answer to the query says; `None` when it is no answer to a query.
fn counter(status: StatusWord) -> Option<Option<u8>> {
    match status {
        StatusWord::OK => Some(None),
        status if status.is_blocked() => Some(Some(0)),
        status => status.retries_left().map(Some),
    }
}
