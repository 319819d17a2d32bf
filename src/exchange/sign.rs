//! COMPUTE DIGITAL SIGNATURE as this card family has it: `80 2A P1 P2`.

use super::wire::ok;
use super::{Dialogue, ExchangeError, Known, ShortFileId};
use crate::apdu::{CommandApdu, Header, StatusWord};
use crate::card::CardConnection;
use crate::wait::Wait;

/// Which private key signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SigningKey {
    /// A key of the application, named by its file.
    File(ShortFileId),
    /// The application's own key, which needs no PIN (P2 = 00).
    Default,
}

/// P1 = 00: the card pads the input as it stands.
const SIGN: Header = Header::new(0x80, 0x2A, 0x00, 0x80);

impl<C: CardConnection> Dialogue<C> {
    /// Finds out, where it is not known, whether a signing key can be named by its short EF
    /// identifier. To be called before the PIN is verified: without it the card signs nothing,
    /// and the command has no input to sign, so that the question is free. Once a key was
    /// verified nothing is asked.
    ///
    /// # Errors
    /// `Device`.
    pub fn learn_key_name(&mut self, key: ShortFileId, wait: &Wait) -> Result<(), ExchangeError> {
        let known = self.knowledge.short_id_in_sign != Known::Unknown;
        // A card that does not take such names where they are free to try takes them nowhere.
        if known || !self.verified.is_empty() || !self.knowledge.short_id_in_verify.may_work() {
            return Ok(());
        }
        let p2 = self.key_reference(key);
        let command = CommandApdu::short(Header { p2, ..SIGN }, &[], 0)?;
        self.knowledge.short_id_in_sign = match self.transmit(&command, wait)?.status() {
            // It knows the key, and misses the PIN or the input.
            StatusWord::SECURITY_STATUS | StatusWord::WRONG_LENGTH | StatusWord::CONDITIONS => {
                Known::Works
            }
            // Or something else is wrong: then SELECT is right, too.
            _ => Known::Refused,
        };
        Ok(())
    }

    /// Has the card sign `input`, sent once: the card pads it after PKCS #1 v1.5 as it stands
    /// (P1 = 00), so it is normally a DigestInfo.
    ///
    /// # Errors
    /// [`ExchangeError::Status`] (`6982`: the PIN is missing), `Device`. Nothing is repeated.
    pub fn sign(
        &mut self,
        key: SigningKey,
        input: &[u8],
        wait: &Wait,
    ) -> Result<Vec<u8>, ExchangeError> {
        let by_short_id = self.knowledge.short_id_in_sign == Known::Works;
        let p2 = match key {
            SigningKey::Default => 0x00,
            SigningKey::File(file) if by_short_id => self.key_reference(file),
            // Always understood, and so no guess.
            SigningKey::File(file) => {
                self.select_file(file, wait)?;
                SIGN.p2
            }
        };
        let header = Header { p2, ..SIGN };
        let response = self.send(header, input, CommandApdu::MAX_SHORT_NE, wait)?;
        if matches!(key, SigningKey::File(_)) && by_short_id && about_the_name(response.status()) {
            // Not the card that this was learned from. Not repeated: the next dialogue asks.
            self.knowledge.short_id_in_sign = Known::Unknown;
        }
        ok("COMPUTE DIGITAL SIGNATURE", &response)?;
        Ok(response.data().to_vec())
    }
}

/// Whether a refusal may come from the short EF identifier that named a key.
pub(super) fn about_the_name(status: StatusWord) -> bool {
    matches!(
        status,
        StatusWord::WRONG_PARAMETERS
            | StatusWord::NOT_FOUND
            | StatusWord::DATA_NOT_FOUND
            | StatusWord::NO_CURRENT_FILE
            | StatusWord::WRONG_OFFSET
    )
}
