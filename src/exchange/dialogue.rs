//! The card, the transaction, and what is known of both.

use std::fmt;

use zeroize::Zeroizing;

use super::{ExchangeError, Knowledge};
use crate::apdu::{CommandApdu, Header, LengthForm, ResponseApdu, StatusWord};
use crate::card::{CardConnection, Transaction};
use crate::error::Error;
use crate::wait::Wait;

/// An application identifier (DF name).
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Aid(pub &'static [u8]);

impl fmt::Debug for Aid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02X}"))
    }
}

/// A short EF identifier, 1 to 30. On this card it equals the file identifier (observed).
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ShortFileId(u8);

impl ShortFileId {
    /// A short EF identifier.
    ///
    /// # Panics
    /// At compile time when `id` is not 1 to 30: meant for constants.
    #[must_use]
    pub const fn new(id: u8) -> Self {
        assert!(id >= 1 && id <= 30, "short EF identifiers are 1 to 30");
        Self(id)
    }

    /// As P1 of READ BINARY, or as P2 naming a key.
    pub(super) fn reference(self) -> u8 {
        0x80 | self.0
    }

    pub(super) fn file_id(self) -> [u8; 2] {
        [0, self.0]
    }
}

impl fmt::Debug for ShortFileId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EF {:04X}", self.0)
    }
}

/// What went over the wire.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Traffic {
    /// Command APDUs.
    pub apdus: u32,
    /// Bytes of all command APDUs.
    pub bytes_sent: u64,
    /// Bytes of all response APDUs, SW1-SW2 included.
    pub bytes_received: u64,
}

impl std::ops::Add for Traffic {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self {
            apdus: self.apdus + other.apdus,
            bytes_sent: self.bytes_sent + other.bytes_sent,
            bytes_received: self.bytes_received + other.bytes_received,
        }
    }
}

/// The longest answer put together from GET RESPONSE: no file of the card is longer.
const MAX_RESPONSE: usize = CommandApdu::MAX_EXTENDED_NE;

/// A dialogue with one card inside one transaction.
///
/// Dropping it ends the transaction; [`Dialogue::end`] gives the connection back.
pub struct Dialogue<C: CardConnection> {
    pub(super) card: Transaction<C>,
    pub(super) knowledge: Knowledge,
    pub(super) traffic: Traffic,
    application: Option<Aid>,
    pub(super) current_file: Option<ShortFileId>,
}

impl<C: CardConnection> Dialogue<C> {
    /// Takes the card, knowing `knowledge` of its kind.
    ///
    /// # Errors
    /// As [`CardConnection::begin_transaction`]; the connection comes back with the error.
    pub fn begin(connection: C, knowledge: Knowledge, wait: &Wait) -> Result<Self, (C, Error)> {
        Ok(Self {
            card: Transaction::begin(connection, wait)?,
            knowledge,
            traffic: Traffic::default(),
            application: None,
            current_file: None,
        })
    }

    /// Gives the card back; power is cut if anything may be open on it.
    ///
    /// # Errors
    /// As [`Transaction::end`].
    pub fn end(self) -> Result<C, (C, Error)> {
        self.card.end()
    }

    /// What is known of the card by now.
    #[must_use]
    pub fn knowledge(&self) -> Knowledge {
        self.knowledge
    }

    /// What went over the wire in this dialogue.
    #[must_use]
    pub fn traffic(&self) -> Traffic {
        self.traffic
    }

    /// The card in its transaction.
    pub fn connection(&self) -> &Transaction<C> {
        &self.card
    }

    /// SELECT by DF name, unless the application is selected already.
    ///
    /// # Errors
    /// [`ExchangeError::Status`] (`6A82`: the card has no such application), `Device`.
    pub fn select_application(&mut self, aid: Aid, wait: &Wait) -> Result<(), ExchangeError> {
        if self.application == Some(aid) {
            return Ok(());
        }
        let first = self.traffic.apdus == 0;
        let header = Header::new(0x00, 0xA4, 0x04, 0x0C);
        let mut response = self.send(header, aid.0, 0, wait)?;
        // One card answers the very first command after power-up with 6F00 and then works
        // (observed). SELECT changes nothing that matters, so this one may be repeated.
        if first && response.status() == StatusWord::UNSPECIFIC {
            response = self.send(header, aid.0, 0, wait)?;
        }
        self.application = None;
        self.current_file = None;
        ok("SELECT", &response)?;
        self.application = Some(aid);
        Ok(())
    }

    /// SELECT an EF of the application, unless it is the current one.
    pub(super) fn select_file(
        &mut self,
        file: ShortFileId,
        wait: &Wait,
    ) -> Result<(), ExchangeError> {
        if self.current_file == Some(file) {
            return Ok(());
        }
        let header = Header::new(0x00, 0xA4, 0x02, 0x0C);
        let response = self.send(header, &file.file_id(), 0, wait)?;
        ok("SELECT", &response)?;
        self.current_file = Some(file);
        Ok(())
    }

    /// GET CHALLENGE: `count` random bytes of the card, 1 to 256.
    ///
    /// # Errors
    /// [`ExchangeError::Status`], [`ExchangeError::Truncated`], `Device`.
    pub fn challenge(&mut self, count: usize, wait: &Wait) -> Result<Vec<u8>, ExchangeError> {
        let response = self.send(Header::new(0x00, 0x84, 0, 0), &[], count, wait)?;
        ok("GET CHALLENGE", &response)?;
        match response.data() {
            bytes if bytes.len() == count => Ok(bytes.to_vec()),
            bytes => Err(ExchangeError::Truncated {
                got: bytes.len(),
                stated: count,
            }),
        }
    }

    /// READ RECORD `number` of a record file.
    ///
    /// # Errors
    /// [`ExchangeError::Status`], `Device`.
    pub fn read_record(
        &mut self,
        file: ShortFileId,
        number: u8,
        wait: &Wait,
    ) -> Result<Vec<u8>, ExchangeError> {
        // P2: short EF identifier in the upper five bits, `100` = P1 is a record number.
        let header = Header::new(0x00, 0xB2, number, file.0 << 3 | 0b100);
        let response = self.read(header, CommandApdu::MAX_SHORT_NE, LengthForm::Short, wait)?;
        ok("READ RECORD", &response)?;
        Ok(response.data().to_vec())
    }

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
        let mut whole = Zeroizing::new(response.data().to_vec());
        loop {
            let command = CommandApdu::short(Header::new(0x00, 0xC0, 0, 0), &[], waiting)?;
            let part = self.transmit(&command, wait)?;
            if whole.len() + part.data().len() > MAX_RESPONSE {
                return Err(ExchangeError::TooLong);
            }
            // A card that announces bytes for ever and sends none would hold us for ever.
            let progress = !part.data().is_empty();
            let mut joined = Zeroizing::new(Vec::with_capacity(whole.len() + part.data().len()));
            joined.extend_from_slice(&whole);
            joined.extend_from_slice(part.data());
            whole = joined;
            match part.status().bytes_available() {
                Some(more) if progress => waiting = more,
                _ => {
                    let mut bytes = Vec::with_capacity(whole.len() + 2);
                    bytes.extend_from_slice(&whole);
                    bytes.extend_from_slice(&part.status().to_u16().to_be_bytes());
                    return Ok(ResponseApdu::new(bytes)?);
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
                // The card may have been reset or exchanged: nothing is selected any more.
                self.application = None;
                self.current_file = None;
                Err(error.into())
            }
        }
    }

    pub(super) fn count(&mut self, sent: usize, received: usize) {
        self.traffic.apdus += 1;
        self.traffic.bytes_sent += sent as u64;
        self.traffic.bytes_received += received as u64;
    }
}

impl<C: CardConnection> fmt::Debug for Dialogue<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Dialogue")
            .field("application", &self.application)
            .field("knowledge", &self.knowledge)
            .field("traffic", &self.traffic)
            .finish_non_exhaustive()
    }
}

/// Makes an error of any status word but `9000`.
pub(super) fn ok(command: &'static str, response: &ResponseApdu) -> Result<(), ExchangeError> {
    match response.status() {
        StatusWord::OK => Ok(()),
        status => Err(ExchangeError::Status { command, status }),
    }
}
