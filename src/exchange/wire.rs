//! Commands out, responses in: chaining, GET RESPONSE and the corrected Le.

use zeroize::Zeroizing;

use super::{Dialogue, ExchangeError};
use crate::apdu::{CommandApdu, Header, LengthForm, ResponseApdu, StatusWord};
use crate::card::CardConnection;
use crate::wait::Wait;

/// The longest answer put together from GET RESPONSE: no file of the card is longer.
const MAX_RESPONSE: usize = CommandApdu::MAX_EXTENDED_NE;

impl<C: CardConnection> Dialogue<C> {
    /// Sends a command that must not be repeated, chaining it when it is long, and fetches the
    /// rest of its answer.
    pub(super) fn send(
        &mut self,
        header: Header,
        data: &[u8],
        ne: usize,
        wait: &Wait,
    ) -> Result<ResponseApdu, ExchangeError> {
        let mut pieces = data.chunks(CommandApdu::MAX_SHORT_NC).peekable();
        let mut last: &[u8] = &[];
        while let Some(piece) = pieces.next() {
            if pieces.peek().is_none() {
                last = piece;
                break;
            }
            // Command chaining: CLA bit 5 on every command but the last (ISO/IEC 7816-4 §5.3.3).
            let chained = Header {
                cla: header.cla | 0x10,
                ..header
            };
            let command = CommandApdu::short(chained, piece, 0)?;
            let response = self.transmit(&command, wait)?;
            ok("a chained command", &response)?;
        }
        let command = CommandApdu::short(header, last, ne)?;
        let response = self.transmit(&command, wait)?;
        self.rest(response, wait)
    }

    /// Sends a command without data that only reads, and may so be repeated with the length that
    /// the card asks for.
    pub(super) fn read(
        &mut self,
        header: Header,
        ne: usize,
        form: LengthForm,
        wait: &Wait,
    ) -> Result<ResponseApdu, ExchangeError> {
        let command = CommandApdu::new(header, &[], ne, form)?;
        let mut response = self.transmit(&command, wait)?;
        if let Some(right) = response.status().right_ne().filter(|right| *right != ne) {
            let command = CommandApdu::new(header, &[], right, LengthForm::Short)?;
            response = self.transmit(&command, wait)?;
        }
        self.rest(response, wait)
    }

    /// Fetches what `61xx` announces with GET RESPONSE.
    fn rest(&mut self, response: ResponseApdu, wait: &Wait) -> Result<ResponseApdu, ExchangeError> {
        let Some(mut waiting) = response.status().bytes_available() else {
            return Ok(response);
        };
        let mut whole = Zeroizing::new(Vec::with_capacity(response.data().len() + waiting + 2));
        whole.extend_from_slice(response.data());
        loop {
            let command = CommandApdu::short(Header::new(0x00, 0xC0, 0, 0), &[], waiting)?;
            let part = self.transmit(&command, wait)?;
            if whole.len() + part.data().len() > MAX_RESPONSE {
                return Err(ExchangeError::TooLong);
            }
            append(&mut whole, part.data());
            match part.status().bytes_available() {
                // A card that announces bytes for ever and sends none would hold us for ever.
                Some(more) if !part.data().is_empty() => waiting = more,
                _ => {
                    append(&mut whole, &part.status().to_u16().to_be_bytes());
                    return Ok(ResponseApdu::new(std::mem::take(&mut *whole))?);
                }
            }
        }
    }

    /// One command out, one response in, counted.
    pub(super) fn transmit(
        &mut self,
        command: &CommandApdu,
        wait: &Wait,
    ) -> Result<ResponseApdu, ExchangeError> {
        self.count(command.as_bytes().len(), 0);
        match self.card.transmit(command, wait) {
            Ok(response) => {
                self.traffic.bytes_received += response.as_bytes().len() as u64;
                Ok(response)
            }
            Err(error) => {
                // The card may have been reset or exchanged.
                self.forget_selection();
                Err(error.into())
            }
        }
    }

    /// Nothing is selected any more, and nothing is open.
    pub(super) fn forget_selection(&mut self) {
        self.application = None;
        self.current_file = None;
        self.verified.clear();
    }

    pub(super) fn count(&mut self, sent: usize, received: usize) {
        self.traffic.apdus += 1;
        self.traffic.bytes_sent += sent as u64;
        self.traffic.bytes_received += received as u64;
    }
}

/// Appends without leaving a copy behind: a `Vec` that grows by itself frees its old buffer as it
/// is. Room is doubled, so that many small pieces take linear time.
fn append(buffer: &mut Zeroizing<Vec<u8>>, bytes: &[u8]) {
    let needed = buffer.len() + bytes.len();
    if needed > buffer.capacity() {
        let mut larger = Zeroizing::new(Vec::with_capacity(needed.max(2 * buffer.capacity())));
        larger.extend_from_slice(buffer);
        *buffer = larger;
    }
    buffer.extend_from_slice(bytes);
}

/// Makes an error of any status word but `9000`.
pub(super) fn ok(command: &'static str, response: &ResponseApdu) -> Result<(), ExchangeError> {
    match response.status() {
        StatusWord::OK => Ok(()),
        status => Err(ExchangeError::Status { command, status }),
    }
}
