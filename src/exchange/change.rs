//! CHANGE REFERENCE DATA (ISO/IEC 7816-4 §11.6.7), after a VERIFY of the present value.

use super::verify::withheld;
use super::{Dialogue, ExchangeError, RetryGuard, ShortFileId};
use crate::apdu::Header;
use crate::card::CardConnection;
use crate::pin::{self, ChangeOutcome, ChangePrompt, ChangeRequest, PinOutcome, PinPad};
use crate::wait::Wait;

/// Both commands name the key as the current EF: that is the form in which this card was seen to
/// take CHANGE REFERENCE DATA, and a command that changes a key is no place to try another.
const VERIFY: Header = Header::new(0x00, 0x20, 0x00, 0x80);
/// P1 1: the new value alone.
const CHANGE: Header = Header::new(0x00, 0x24, 0x01, 0x80);

impl<C: CardConnection> Dialogue<C> {
    /// Changes the value of `key` to what a person entered at `pad`, which was prepared before.
    ///
    /// The counter is looked at first as for [`Dialogue::verify_pin`]. The present value is
    /// verified and the new one sent, each once, with nothing in between.
    ///
    /// # Errors
    /// Nothing was sent to the card, or the query before it failed.
    pub fn change_pin(
        &mut self,
        key: ShortFileId,
        pad: &mut dyn PinPad,
        prompt: &ChangePrompt,
        guard: RetryGuard,
        wait: &Wait,
    ) -> Result<ChangeOutcome, ExchangeError> {
        // A change is too rare to save a query: bare asks, too.
        if let Some(retries_left) = self.too_few_tries(key, guard, wait)? {
            pad.discard();
            return Ok(ChangeOutcome::NotVerified(withheld(retries_left)));
        }
        self.select_file(key, wait)?;
        let request = ChangeRequest::new(prompt.clone(), VERIFY, CHANGE);
        let outcome = pin::change(&mut self.card, pad, &request, wait)?;
        // The pad sent them, so their length is not seen here: header, Lc and the digits.
        let verify = 5 + usize::from(prompt.old.max);
        let change = 5 + usize::from(prompt.new.max);
        match &outcome {
            ChangeOutcome::NotVerified(outcome) => self.account(key, VERIFY, outcome, verify),
            ChangeOutcome::Changed | ChangeOutcome::Refused(_) => {
                self.account(key, VERIFY, &PinOutcome::Verified, verify);
                self.count(change, 2);
            }
            ChangeOutcome::Unanswered(_) => {
                self.account(key, VERIFY, &PinOutcome::Verified, verify);
                self.count(change, 0);
                self.forget_selection();
            }
            // The new value never left the pad.
            _ => self.account(key, VERIFY, &PinOutcome::Verified, verify),
        }
        Ok(outcome)
    }
}
