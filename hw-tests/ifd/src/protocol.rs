//! What the handler and the readers say to each other. The rig compiles this same file.
//!
//! The handler opens two connections per reader to the socket on which the rig listens, and says
//! with the first byte what each is for. On the one for [`CALLS`] it asks, and waits for one
//! answer per question. On the one for [`EVENTS`] the reader sends a byte, of any value, whenever
//! its presence is worth asking for, and at once if that was so before the connection.
//!
//! Question and answer are a head of one byte (an operation, a [`status`]), the length of the
//! body in four bytes, most significant first, and the body.

use std::io::{self, Read, Write};

/// First byte of a connection for questions.
pub const CALLS: u8 = b'C';

/// First byte of a connection for news.
pub const EVENTS: u8 = b'E';

/// Longer than any body: an extended APDU with a full answer is below it.
const LIMIT: usize = 0x1_1000;

/// Heads of questions.
pub mod operation {
    /// Whether a card is there.
    pub const PRESENCE: u8 = 0;
    /// Give the card power; the answer's body is its answer to reset.
    pub const POWER_UP: u8 = 1;
    /// Take its power.
    pub const POWER_DOWN: u8 = 2;
    /// Warm reset; the answer's body is its answer to reset.
    pub const RESET: u8 = 3;
    /// A command for the card; the answer's body is the card's.
    pub const TRANSMIT: u8 = 4;
    /// A command for the reader: four bytes of control code, then its input.
    pub const CONTROL: u8 = 5;
    /// An attribute of the reader: four bytes of tag.
    pub const ATTRIBUTE: u8 = 6;
}

/// Heads of answers.
pub mod status {
    /// Done.
    pub const DONE: u8 = 0;
    /// There is no card.
    pub const ABSENT: u8 = 1;
    /// The reader is not there.
    pub const UNPLUGGED: u8 = 2;
    /// The card did not answer in the reader's time.
    pub const SILENT: u8 = 3;
    /// The exchange with the card failed.
    pub const FAILED: u8 = 4;
    /// The reader does not know this operation, control code or attribute.
    pub const UNSUPPORTED: u8 = 5;
}

/// Sends one question or answer.
///
/// # Errors
/// As the stream says; `InvalidInput` when the body is too long.
pub fn send(mut stream: impl Write, head: u8, body: &[u8]) -> io::Result<()> {
    let length = u32::try_from(body.len())
        .ok()
        .filter(|_| body.len() <= LIMIT)
        .ok_or(io::ErrorKind::InvalidInput)?;
    let mut frame = Vec::with_capacity(5 + body.len());
    frame.push(head);
    frame.extend_from_slice(&length.to_be_bytes());
    frame.extend_from_slice(body);
    stream.write_all(&frame)
}

/// Receives one question or answer: head and body.
///
/// # Errors
/// As the stream says; `InvalidData` when the announced body is too long.
pub fn receive(mut stream: impl Read) -> io::Result<(u8, Vec<u8>)> {
    let mut start = [0; 5];
    stream.read_exact(&mut start)?;
    let [head, length @ ..] = start;
    let length = usize::try_from(u32::from_be_bytes(length))
        .ok()
        .filter(|length| *length <= LIMIT)
        .ok_or(io::ErrorKind::InvalidData)?;
    let mut body = vec![0; length];
    stream.read_exact(&mut body)?;
    Ok((head, body))
}
