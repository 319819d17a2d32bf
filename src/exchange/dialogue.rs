//! The card, the transaction, and what is known of both.

use std::fmt;

use super::wire::ok;
use super::{ExchangeError, Knowledge};
use crate::apdu::{CommandApdu, Header, LengthForm, StatusWord};
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

    /// As P1 of READ BINARY, or as P2 naming a key: see [`Dialogue::key_reference`].
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

/// A dialogue with one card inside one transaction.
///
/// Dropping it ends the transaction; [`Dialogue::end`] gives the connection back.
pub struct Dialogue<C: CardConnection> {
    pub(super) card: Transaction<C>,
    pub(super) knowledge: Knowledge,
    pub(super) traffic: Traffic,
    pub(super) application: Option<Aid>,
    pub(super) current_file: Option<ShortFileId>,
    /// Keys of the application that are open.
    pub(super) verified: Vec<ShortFileId>,
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
            verified: Vec::new(),
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

    /// Whether `key` of the selected application was verified in this dialogue and is open still.
    /// Selecting another application closes it, and so does whatever keeps an answer away.
    #[must_use]
    pub fn is_verified(&self, key: ShortFileId) -> bool {
        self.verified.contains(&key)
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
        self.forget_selection();
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

    /// P2 that names a key by its short EF identifier. The card may make the key's file the
    /// current one (ISO/IEC 7816-4 §7.3.2), so from now on none is known to be.
    pub(super) fn key_reference(&mut self, key: ShortFileId) -> u8 {
        self.current_file = None;
        key.reference()
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

    /// READ RECORD `number` of a record file, by short EF identifier or, where that is refused,
    /// after SELECT.
    ///
    /// # Errors
    /// [`ExchangeError::Status`], `Device`.
    pub fn read_record(
        &mut self,
        file: ShortFileId,
        number: u8,
        wait: &Wait,
    ) -> Result<Vec<u8>, ExchangeError> {
        const RECORD_NUMBER: u8 = 0b100;
        let ne = CommandApdu::MAX_SHORT_NE;
        if self.knowledge.short_id_in_read.may_work() {
            // P2: short EF identifier in the upper five bits, `100` = P1 is a record number.
            let header = Header::new(0x00, 0xB2, number, file.0 << 3 | RECORD_NUMBER);
            self.current_file = None;
            let response = self.read(header, ne, LengthForm::Short, wait)?;
            if response.status() != StatusWord::WRONG_PARAMETERS {
                ok("READ RECORD", &response)?;
                return Ok(response.data().to_vec());
            }
        }
        self.select_file(file, wait)?;
        let header = Header::new(0x00, 0xB2, number, RECORD_NUMBER);
        let response = self.read(header, ne, LengthForm::Short, wait)?;
        ok("READ RECORD", &response)?;
        Ok(response.data().to_vec())
    }
}

impl<C: CardConnection> fmt::Debug for Dialogue<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Dialogue")
            .field("application", &self.application)
            .field("verified", &self.verified)
            .field("knowledge", &self.knowledge)
            .field("traffic", &self.traffic)
            .finish_non_exhaustive()
    }
}
