//! The chip: one command out, its acknowledgement and its answer back.
//!
//! *Source of codes and settings*: nfcpy and the Linux kernel's `port100` use them; nothing is
//! published by the maker.

use std::sync::Arc;
use std::time::Duration;

use zeroize::Zeroizing;

use super::frame::{self, ACK, Frame, LONGEST};
use super::iso_dep::{Heard, Radio};
use super::transport::Transport;
use crate::drivers::direct::Bytes;
use crate::error::{Error, ErrorKind, Result};
use crate::time::{Clock, Timestamp, Wake};

/// How long the chip may take for a command, the time in the air apart.
const SILENCE: Duration = Duration::from_secs(2);

/// How long the way to it may be blocked.
const SEND: Duration = Duration::from_secs(2);

/// How long leftovers of an earlier program are waited for (nfcpy: 10 ms).
const LEFTOVERS: Duration = Duration::from_millis(20);
/// And how many frames of them there may be.
const MOST_LEFTOVERS: u8 = 16;

/// What a card may take longer than it says (ISO/IEC 14443-4 §7.2: 49152/fc).
const MARGIN: Duration = Duration::from_millis(4);

/// A card has power for at least 5 ms before it must hear a poll (ISO/IEC 14443-3 §5), and has lost
/// everything when it had none for as long.
const FIELD_OFF: Duration = Duration::from_millis(10);

/// Codes of commands.
mod code {
    pub(super) const IN_SET_RF: u8 = 0x00;
    pub(super) const IN_SET_PROTOCOL: u8 = 0x02;
    pub(super) const IN_COMM_RF: u8 = 0x04;
    pub(super) const SWITCH_RF: u8 = 0x06;
    pub(super) const GET_FIRMWARE_VERSION: u8 = 0x20;
    pub(super) const GET_PD_DATA_VERSION: u8 = 0x22;
    pub(super) const SET_COMMAND_TYPE: u8 = 0x2A;
}

/// The set of commands that all of these belong to.
const COMMAND_TYPE: u8 = 1;

/// `InSetRF`: 106 kbit/s Type B, to the card and from it.
const TYPE_B_106: [u8; 4] = [3, 7, 15, 7];

/// `InSetProtocol`: pairs of a setting and its value, all of them.
const PROTOCOL: [[u8; 2]; 19] = [
    [0x00, 20], // initial guard time
    [0x01, 1],  // the chip adds the check bytes
    [0x02, 1],  // and checks the card's
    [0x03, 0],  // several cards
    [0x04, 0],  // adds parity (Type A)
    [0x05, 0],  // checks parity
    [0x06, 0],  // anticollision by bits
    [0x07, 8],  // bits of the last byte
    [0x08, 0],  // MIFARE
    [0x09, 1],  // adds SOF
    [0x0A, 1],  // checks SOF
    [0x0B, 1],  // adds EOF
    [0x0C, 1],  // checks EOF
    [0x0E, 4],  // deaf time
    [0x0F, 0],  // receives continuously
    [0x10, 0],  // from this length on
    [0x11, 0],  // delay of Type 1 tags
    [0x12, 0],  // looks for other fields
    [0x13, 6],  // guard time
];

/// Bits of the four bytes before what was heard.
mod status {
    pub(super) const TEMPERATURE: u32 = 0x0000_0040;
    pub(super) const NOTHING: u32 = 0x0000_0080;
    pub(super) const OTHER_FIELD: u32 = 0x0000_0200;
    pub(super) const FIELD_OFF: u32 = 0x0000_0400;
}

/// The chip of one reader.
pub(super) struct Chipset {
    transport: Box<dyn Transport>,
    clock: Arc<dyn Clock>,
    wake: Wake,
    /// Something went wrong: what the chip still says belongs to nobody.
    confused: bool,
    /// The field is on, or will be with the next frame.
    field: bool,
}

impl Chipset {
    /// Takes the chip over, with its field off.
    pub(super) fn start(transport: Box<dyn Transport>, clock: Arc<dyn Clock>) -> Result<Self> {
        let mut chipset = Self {
            transport,
            clock,
            wake: Wake::new(),
            confused: true,
            field: false,
        };
        chipset.set(code::SET_COMMAND_TYPE, &[COMMAND_TYPE])?;
        // Asked for as nfcpy does; any answer will do.
        chipset.command(code::GET_FIRMWARE_VERSION, &[], Duration::ZERO)?;
        chipset.command(code::GET_PD_DATA_VERSION, &[], Duration::ZERO)?;
        chipset.field_off()?;
        Ok(chipset)
    }

    /// Sets the field up for Type B; it comes on with the next frame, as nfcpy relies on.
    pub(super) fn field_on(&mut self) -> Result<()> {
        if !self.field {
            self.set(code::IN_SET_RF, &TYPE_B_106)?;
            self.set(code::IN_SET_PROTOCOL, PROTOCOL.as_flattened())?;
            self.field = true;
        }
        Ok(())
    }

    /// Takes the field away, long enough for every card to have forgotten everything.
    pub(super) fn field_off(&mut self) -> Result<()> {
        self.set(code::SWITCH_RF, &[0])?;
        self.field = false;
        let end = self.clock.now() + FIELD_OFF;
        while self.clock.now() < end {
            self.clock.wait_until(Some(end), &Wake::new());
        }
        Ok(())
    }

    /// A command whose answer is one byte.
    fn set(&mut self, code: u8, data: &[u8]) -> Result<()> {
        match **self.command(code, data, Duration::ZERO)? {
            [0] => Ok(()),
            [refusal] => Err(Error::protocol(format!(
                "the reader refuses command {code:02X}: {}",
                reason(refusal)
            ))),
            _ => Err(Error::protocol("the reader's answer has another length")),
        }
    }

    /// Any command; `air` is how long it may take beyond the chip's own time.
    fn command(&mut self, code: u8, data: &[u8], air: Duration) -> Result<Bytes> {
        if self.confused {
            self.calm()?;
        }
        self.confused = true;
        self.transport.send(&frame::command(code, data), SEND)?;
        let begun = self.clock.now();
        let said = self.receive(begun + SILENCE)?;
        match Frame::parse(&said).map_err(unreadable)? {
            Frame::Acknowledgement => {}
            Frame::Refusal => return Err(Error::protocol("the reader does not know a command")),
            Frame::Answer { .. } => {
                return Err(Error::protocol("the reader answers before it acknowledges"));
            }
        }
        let said = self.receive(begun + SILENCE + air)?;
        match Frame::parse(&said).map_err(unreadable)? {
            Frame::Answer { command, data } if command == code => {
                self.confused = false;
                Ok(Zeroizing::new(data.to_vec()))
            }
            _ => Err(Error::protocol("the reader answers another command")),
        }
    }

    /// Has the chip leave what it does, and passes over what it still says.
    fn calm(&mut self) -> Result<()> {
        self.transport.send(&ACK, SEND)?;
        for _ in 0..MOST_LEFTOVERS {
            let end = self.clock.now() + LEFTOVERS;
            match self.receive(end) {
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::Disconnected => return Err(error),
                Err(_) => {
                    self.confused = false;
                    return Ok(());
                }
            }
        }
        Err(Error::protocol("the reader says what nobody asked for"))
    }

    /// One whole frame.
    fn receive(&mut self, end: Timestamp) -> Result<Bytes> {
        let mut frame = Zeroizing::new(Vec::with_capacity(LONGEST));
        loop {
            match self.transport.receive(&self.wake)? {
                // A packet without bytes ends a frame of whole packets.
                Some(bytes) if bytes.is_empty() && frame.is_empty() => {}
                Some(bytes) => {
                    if frame.len() + bytes.len() > LONGEST {
                        return Err(Error::protocol("the reader's frame is too long"));
                    }
                    frame.extend_from_slice(&bytes);
                    let whole = match Frame::stated_length(&frame) {
                        Some(stated) => frame.len() >= stated,
                        // The refusal is shorter than the head of an answer.
                        None => Frame::parse(&frame).is_ok(),
                    };
                    if whole || bytes.is_empty() {
                        return Ok(frame);
                    }
                }
                None if self.clock.now() >= end => {
                    return Err(Error::protocol(if frame.is_empty() {
                        "the reader does not answer"
                    } else {
                        "the reader's frame ends early"
                    }));
                }
                None => {
                    self.clock.wait_until(Some(end), &self.wake);
                }
            }
        }
    }
}

impl Radio for Chipset {
    fn exchange(&mut self, frame: &[u8], wait: Duration) -> Result<Heard> {
        let wait = wait + MARGIN;
        // In tenths of a millisecond; 0 would be for ever.
        let tenths = u16::try_from(wait.as_micros().div_ceil(100)).unwrap_or(u16::MAX);
        let mut data = Zeroizing::new(Vec::with_capacity(frame.len() + 2));
        data.extend(tenths.to_le_bytes());
        data.extend_from_slice(frame);
        let said = self.command(code::IN_COMM_RF, &data, wait)?;
        let Some((status, heard)) = said.split_first_chunk::<4>() else {
            return Err(Error::protocol("the reader's answer has another length"));
        };
        let status = u32::from_le_bytes(*status);
        let has = |bit: u32| status & bit != 0;
        match heard {
            // Before the frame the number of bits in its last byte.
            [_, frame @ ..] if status == 0 => Ok(Heard::Frame(Zeroizing::new(frame.to_vec()))),
            _ if has(status::TEMPERATURE) => Err(Error::new(
                ErrorKind::Unavailable,
                "the reader is too hot to work",
            )),
            _ if has(status::FIELD_OFF) || has(status::OTHER_FIELD) => {
                self.field = false;
                Err(Error::protocol(
                    "the reader has no field: another reader is near, or it took it away",
                ))
            }
            _ if has(status::NOTHING) => Ok(Heard::Nothing),
            _ if status == 0 => Err(Error::protocol("the reader's answer has another length")),
            _ => Ok(Heard::Broken),
        }
    }
}

/// What the chip means by a refusal.
fn reason(refusal: u8) -> &'static str {
    match refusal {
        1 => "wrong parameters",
        2 => "package data",
        3 => "another field is near",
        4 => "too hot",
        5 => "password",
        6 => "receiving failed",
        7 => "another set of commands is chosen",
        _ => "for no reason that is known",
    }
}

fn unreadable(source: frame::FrameError) -> Error {
    Error::protocol("the reader's frame cannot be read").with_source(source)
}
