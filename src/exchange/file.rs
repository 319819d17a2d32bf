//! Reading transparent files in the fewest commands.

use zeroize::Zeroizing;

use super::wire::ok;
use super::{Dialogue, ExchangeError, Known, ShortFileId, UsualLength};
use crate::apdu::tlv::{self, TlvError};
use crate::apdu::{CommandApdu, Header, LengthForm, ResponseApdu, StatusWord};
use crate::card::CardConnection;
use crate::error::{Error, ErrorKind};
use crate::wait::Wait;

/// How much of a file there is to read, told from its first bytes: the outer tag and length.
/// Files are physically longer than their content, padded with `00` or `FF`.
///
/// # Errors
/// [`ExchangeError::NotADataObject`].
pub fn der_length(prefix: &[u8]) -> Result<usize, ExchangeError> {
    tlv::header(prefix)
        .map(|(_, header, value)| header + value)
        .map_err(|_| ExchangeError::NotADataObject)
}

/// Offsets are 15 bits wide (ISO/IEC 7816-4 §11.2.3); no file can be longer.
const MAX_FILE: usize = 0x8000;

impl<C: CardConnection> Dialogue<C> {
    /// Reads a transparent EF up to the end of its outermost data object.
    ///
    /// One extended READ BINARY by short EF identifier where that works, else 256 bytes at a
    /// time (less where the reader or card refuses so many) with the last length exact.
    ///
    /// # Errors
    /// [`ExchangeError::Status`] (`6982`: a PIN or code is missing; `6A82`: no such file),
    /// [`ExchangeError::Truncated`], [`ExchangeError::NotADataObject`], `Device`.
    pub fn read_file(
        &mut self,
        file: ShortFileId,
        wait: &Wait,
    ) -> Result<Zeroizing<Vec<u8>>, ExchangeError> {
        self.read_content(file, CommandApdu::MAX_EXTENDED_NE, wait)
    }

    /// [`Dialogue::read_file`] of a file that is nearly as long on every card of a kind: what is
    /// behind its content is left where it is, once the usual length is known.
    ///
    /// # Errors
    /// As [`Dialogue::read_file`].
    pub fn read_usual_file(
        &mut self,
        file: ShortFileId,
        wait: &Wait,
    ) -> Result<Zeroizing<Vec<u8>>, ExchangeError> {
        let usual = self.knowledge.usual_length;
        // With less, no extended read would be tried.
        let ne = usual
            .bytes()
            .filter(|bytes| *bytes > CommandApdu::MAX_SHORT_NE)
            .unwrap_or(CommandApdu::MAX_EXTENDED_NE);
        let content = self.read_content(file, ne, wait)?;
        self.knowledge.usual_length = usual.or_longer(UsualLength::enough_for(content.len()));
        Ok(content)
    }

    /// Asks for `ne` bytes first, where that works, and then for what is missing.
    fn read_content(
        &mut self,
        file: ShortFileId,
        ne: usize,
        wait: &Wait,
    ) -> Result<Zeroizing<Vec<u8>>, ExchangeError> {
        let first = self.read_from_start(file, ne, wait)?;
        let stated = der_length(first.data())?;
        if stated > MAX_FILE {
            return Err(ExchangeError::Truncated {
                got: first.data().len(),
                stated,
            });
        }
        let mut content = Zeroizing::new(Vec::with_capacity(stated));
        content.extend_from_slice(&first.data()[..stated.min(first.data().len())]);
        while content.len() < stated {
            let offset = content.len();
            let missing = stated - offset;
            let [high, low] = (offset as u16).to_be_bytes();
            let header = Header::new(0x00, 0xB0, high, low);
            let ne = missing.min(self.knowledge.chunk.bytes());
            let part = self.read(header, ne, LengthForm::Short, wait)?;
            if part.status() == StatusWord::WRONG_LENGTH && self.asked_too_much(ne) {
                continue;
            }
            let ended = match part.status() {
                StatusWord::OK => part.data().is_empty(),
                // End of file: what came counts, if it completes the content.
                StatusWord::END_OF_FILE => part.data().len() < missing,
                StatusWord::WRONG_OFFSET => true,
                status => {
                    return Err(ExchangeError::Status {
                        command: "READ BINARY",
                        status,
                    });
                }
            };
            content.extend_from_slice(&part.data()[..part.data().len().min(missing)]);
            if ended && content.len() < stated {
                return Err(ExchangeError::Truncated {
                    got: content.len(),
                    stated,
                });
            }
        }
        Ok(content)
    }

    /// Reads the first `length` bytes of a transparent EF that has no outer data object.
    ///
    /// # Errors
    /// As [`Dialogue::read_file`].
    pub fn read_bytes(
        &mut self,
        file: ShortFileId,
        length: usize,
        wait: &Wait,
    ) -> Result<Zeroizing<Vec<u8>>, ExchangeError> {
        let response = self.read_from_start(file, length, wait)?;
        match response.data().get(..length) {
            Some(bytes) => Ok(Zeroizing::new(bytes.to_vec())),
            None => Err(ExchangeError::Truncated {
                got: response.data().len(),
                stated: length,
            }),
        }
    }

    /// READ BINARY from offset 0: as much as one command brings, up to `ne`, and at least enough
    /// to tell the length. Makes the file current.
    fn read_from_start(
        &mut self,
        file: ShortFileId,
        ne: usize,
        wait: &Wait,
    ) -> Result<ResponseApdu, ExchangeError> {
        if ne <= CommandApdu::MAX_SHORT_NE || !self.knowledge.extended_length.may_work() {
            return self.read_short(file, ne, wait);
        }
        let before = self.knowledge.extended_length;
        if let Some(response) = self.try_extended(file, ne, wait)? {
            return Ok(response);
        }
        let response = self.read_short(file, ne, wait);
        if matches!(response, Err(ExchangeError::Device(_))) {
            // It was the link and not the length.
            self.knowledge.extended_length = before;
        }
        response
    }

    /// The first chunk of a file, smaller if the reader or the card refuses its length.
    fn read_short(
        &mut self,
        file: ShortFileId,
        ne: usize,
        wait: &Wait,
    ) -> Result<ResponseApdu, ExchangeError> {
        let before = self.knowledge.chunk;
        loop {
            let ne = ne.min(self.knowledge.chunk.bytes());
            let response = match self.read_by_name(file, ne, LengthForm::Short, wait) {
                Ok(response) => response,
                Err(ExchangeError::Device(error)) if cannot_carry(&error) => {
                    if self.asked_too_much(ne) {
                        continue;
                    }
                    // It was the link and not the length.
                    self.knowledge.chunk = before;
                    return Err(error.into());
                }
                Err(error) => return Err(error),
            };
            if response.status() == StatusWord::WRONG_LENGTH && self.asked_too_much(ne) {
                continue;
            }
            complete(&response, ne)?;
            return Ok(response);
        }
    }

    /// Whether a whole chunk was refused, perhaps for its length: the next one will be smaller.
    fn asked_too_much(&mut self, ne: usize) -> bool {
        let chunk = self.knowledge.chunk;
        match chunk.smaller().filter(|_| ne == chunk.bytes()) {
            Some(smaller) => {
                self.knowledge.chunk = smaller;
                true
            }
            None => false,
        }
    }

    /// `None`: extended length does not work here, now learned, whatever was known before: another
    /// card or another reader may have the same ATR or name.
    fn try_extended(
        &mut self,
        file: ShortFileId,
        ne: usize,
        wait: &Wait,
    ) -> Result<Option<ResponseApdu>, ExchangeError> {
        match self.read_by_name(file, ne, LengthForm::Extended, wait) {
            Ok(response) => match response.status() {
                // Less than the outer tag and length is less than any file has.
                StatusWord::OK | StatusWord::END_OF_FILE
                    if !matches!(tlv::header(response.data()), Err(TlvError::TruncatedHeader)) =>
                {
                    self.knowledge.extended_length = Known::Works;
                    Ok(Some(response))
                }
                // Words that speak of this file say nothing about lengths.
                status @ (StatusWord::SECURITY_STATUS
                | StatusWord::NOT_FOUND
                | StatusWord::INCOMPATIBLE_FILE
                | StatusWord::NO_CURRENT_FILE) => Err(ExchangeError::Status {
                    command: "READ BINARY",
                    status,
                }),
                _ => {
                    self.knowledge.extended_length = Known::Refused;
                    Ok(None)
                }
            },
            Err(ExchangeError::Device(error)) if cannot_carry(&error) => {
                self.knowledge.extended_length = Known::Refused;
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// READ BINARY at offset 0 by short EF identifier, or after SELECT where that is refused.
    fn read_by_name(
        &mut self,
        file: ShortFileId,
        ne: usize,
        form: LengthForm,
        wait: &Wait,
    ) -> Result<ResponseApdu, ExchangeError> {
        if self.knowledge.short_id_in_read.may_work() {
            let header = Header::new(0x00, 0xB0, file.reference(), 0);
            self.current_file = None;
            let response = self.read(header, ne, form, wait)?;
            let refused = matches!(
                response.status(),
                StatusWord::WRONG_PARAMETERS
                    | StatusWord::NOT_FOUND
                    | StatusWord::WRONG_OFFSET
                    | StatusWord::NO_CURRENT_FILE
            );
            if !refused {
                // Only a read that was carried out makes the file current.
                if matches!(response.status(), StatusWord::OK | StatusWord::END_OF_FILE) {
                    self.knowledge.short_id_in_read = Known::Works;
                    self.current_file = Some(file);
                }
                return Ok(response);
            }
        }
        // The file may still be missing: only a SELECT that works shows that it was the name,
        // also where names are known to work, perhaps from another card with the same ATR.
        self.select_file(file, wait)?;
        self.knowledge.short_id_in_read = Known::Refused;
        self.read(Header::new(0x00, 0xB0, 0, 0), ne, form, wait)
    }
}

/// Whether a reader may have failed because of a length. Those that cannot carry one fail in their
/// own ways; a card that is gone is gone.
fn cannot_carry(error: &Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::Protocol | ErrorKind::Unsupported | ErrorKind::InvalidInput | ErrorKind::Other
    )
}

/// Whether a read brought all that one command can bring.
fn complete(response: &ResponseApdu, ne: usize) -> Result<(), ExchangeError> {
    match response.status() {
        StatusWord::END_OF_FILE => Ok(()),
        _ => ok("READ BINARY", response),
    }?;
    if response.data().len() > ne {
        return Err(ExchangeError::TooLong);
    }
    Ok(())
}
