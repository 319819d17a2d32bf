//! The USB/IP protocol as the kernel speaks it on the socket of its virtual host controller
//! (Documentation/usb/usbip_protocol.rst): no network, no import of devices.

use std::io::{self, Read, Write};

use crate::device::Setup;

/// Bytes of a header.
const HEADER: usize = 48;

mod code {
    pub(super) const CMD_SUBMIT: u32 = 1;
    pub(super) const CMD_UNLINK: u32 = 2;
    pub(super) const RET_SUBMIT: u32 = 3;
    pub(super) const RET_UNLINK: u32 = 4;
}

/// What a transfer came to, as the kernel numbers errors.
pub(crate) mod status {
    pub(crate) const DONE: i32 = 0;
    /// EPIPE: the endpoint stalls.
    pub(crate) const STALL: i32 = -32;
    /// EPROTO: nobody answers.
    pub(crate) const NOBODY: i32 = -71;
    /// ECONNRESET: the transfer was called off in time.
    pub(crate) const UNLINKED: i32 = -104;
}

/// No transfer of these devices is longer: the kernel would ask this process for the memory.
const LONGEST: u32 = 16 << 20;

/// What the kernel asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Command {
    Submit(Submit),
    /// Calls off the transfer `sequence`.
    Unlink {
        sequence: u32,
        victim: u32,
    },
}

/// One transfer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Submit {
    pub(crate) sequence: u32,
    /// Number, without direction.
    pub(crate) endpoint: u8,
    pub(crate) is_in: bool,
    pub(crate) length: usize,
    pub(crate) setup: Setup,
    /// Bytes for the device.
    pub(crate) data: Vec<u8>,
}

fn word(header: &[u8; HEADER], at: usize) -> u32 {
    let mut bytes = [0; 4];
    bytes.copy_from_slice(&header[at..at + 4]);
    u32::from_be_bytes(bytes)
}

fn invalid(what: impl Into<String>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what.into())
}

impl Command {
    /// Reads one command.
    pub(crate) fn read(stream: &mut impl Read) -> io::Result<Self> {
        let mut header = [0; HEADER];
        stream.read_exact(&mut header)?;
        let sequence = word(&header, 4);
        match word(&header, 0) {
            code::CMD_SUBMIT => {
                let is_in = word(&header, 12) == 1;
                let length = word(&header, 24);
                // Not isochronous is 0, or -1 in newer kernels.
                if !matches!(word(&header, 32), 0 | u32::MAX) {
                    return Err(invalid("isochronous transfers are not simulated"));
                }
                if length > LONGEST {
                    return Err(invalid(format!("a transfer of {length} bytes")));
                }
                let mut data = vec![0; if is_in { 0 } else { length as usize }];
                stream.read_exact(&mut data)?;
                let mut setup = [0; 8];
                setup.copy_from_slice(&header[40..]);
                Ok(Self::Submit(Submit {
                    sequence,
                    endpoint: (word(&header, 16) & 0x0F) as u8,
                    is_in,
                    length: length as usize,
                    setup: Setup::parse(setup),
                    data,
                }))
            }
            code::CMD_UNLINK => Ok(Self::Unlink {
                sequence,
                victim: word(&header, 20),
            }),
            other => Err(invalid(format!("USB/IP command {other}"))),
        }
    }
}

/// Answers a transfer: how many bytes passed, and those for the host.
pub(crate) fn answer(
    stream: &mut impl Write,
    sequence: u32,
    status: i32,
    passed: usize,
    data: &[u8],
) -> io::Result<()> {
    let mut message = Vec::with_capacity(HEADER + data.len());
    message.resize(HEADER, 0);
    message[..4].copy_from_slice(&code::RET_SUBMIT.to_be_bytes());
    message[4..8].copy_from_slice(&sequence.to_be_bytes());
    message[20..24].copy_from_slice(&status.to_be_bytes());
    message[24..28].copy_from_slice(&(passed as u32).to_be_bytes());
    message.extend_from_slice(data);
    stream.write_all(&message)
}

/// Answers a call-off: whether the transfer was still pending.
pub(crate) fn unlinked(stream: &mut impl Write, sequence: u32, in_time: bool) -> io::Result<()> {
    let status = if in_time {
        status::UNLINKED
    } else {
        status::DONE
    };
    let mut message = [0; HEADER];
    message[..4].copy_from_slice(&code::RET_UNLINK.to_be_bytes());
    message[4..8].copy_from_slice(&sequence.to_be_bytes());
    message[20..24].copy_from_slice(&status.to_be_bytes());
    stream.write_all(&message)
}
