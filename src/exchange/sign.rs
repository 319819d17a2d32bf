//! COMPUTE DIGITAL SIGNATURE as this card family has it: `80 2A P1 P2`.

use super::dialogue::ok;
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

impl<C: CardConnection> Dialogue<C> {
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
        let p2 = match key {
            SigningKey::Default => 0x00,
            // Named like the PIN if the PIN could be named so; else by SELECT, which is safe.
            SigningKey::File(file)
                if self.knowledge.short_id_in_sign != Known::Refused
                    && self.knowledge.short_id_in_verify == Known::Works =>
            {
                file.reference()
            }
            SigningKey::File(file) => {
                self.select_file(file, wait)?;
                0x80
            }
        };
        let header = Header::new(0x80, 0x2A, 0x00, p2);
        let response = self.send(header, input, CommandApdu::MAX_SHORT_NE, wait)?;
        if matches!(key, SigningKey::File(_)) && p2 != 0x80 {
            match response.status() {
                StatusWord::OK => self.knowledge.short_id_in_sign = Known::Works,
                // Not repeated: the caller asks again, and then the key is selected first.
                StatusWord::WRONG_PARAMETERS | StatusWord::NOT_FOUND => {
                    self.knowledge.short_id_in_sign = Known::Refused;
                }
                _ => {}
            }
        }
        ok("COMPUTE DIGITAL SIGNATURE", &response)?;
        Ok(response.data().to_vec())
    }
}
