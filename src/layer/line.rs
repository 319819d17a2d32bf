//! What is asked of a reader or a connection and what comes of it, without any body.

use std::fmt;

use super::words::{Hex, Word, kind, unhex};
use crate::apdu::{Atr, CommandApdu, Header, LengthForm, ResponseApdu, StatusWord};
use crate::card::{CardConnection, Disposition, Protocol, ReaderCapabilities, ShareMode};
use crate::error::ErrorKind;

/// INS of SELECT (ISO/IEC 7816-4 §7.1.1), the one command whose data is written.
const SELECT: u8 = 0xA4;

/// The longest data of SELECT that is written: an application identifier.
const MAX_NAME: usize = 16;

/// A call of [`CardReader`](crate::card::CardReader) or [`CardConnection`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Operation {
    /// A connection is asked for.
    Connect(ShareMode),
    /// The recording starts on a connection that was open already.
    Attach,
    /// `transmit`.
    Transmit(Shape),
    /// `begin_transaction`.
    Begin,
    /// `end_transaction`.
    End(Disposition),
    /// `reconnect`.
    Reconnect(Disposition),
    /// `control`, with this code and this many bytes.
    Control(u32, usize),
    /// `disconnect`.
    Disconnect(Disposition),
    /// The connection was dropped; nothing is answered.
    Drop,
}

/// A command APDU without its data.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Shape {
    /// Its header.
    pub header: Header,
    /// Bytes of data.
    pub nc: usize,
    /// Bytes expected.
    pub ne: usize,
    /// How the lengths are written.
    pub form: LengthForm,
    /// The file or application that a SELECT names.
    pub name: Option<Vec<u8>>,
}

impl Shape {
    /// The shape of `command`.
    #[must_use]
    pub fn of(command: &CommandApdu) -> Self {
        let named = command.header().ins == SELECT && (1..=MAX_NAME).contains(&command.nc());
        Self {
            header: command.header(),
            nc: command.nc(),
            ne: command.ne(),
            form: command.form(),
            name: named.then(|| command.data().to_vec()),
        }
    }
}

/// What came of an [`Operation`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// It was done, and there is nothing to tell.
    Done,
    /// There is a card.
    Card {
        /// Its answer to reset.
        atr: Atr,
        /// The protocol in use.
        protocol: Protocol,
        /// What the reader can do.
        capabilities: ReaderCapabilities,
    },
    /// A response APDU with this many bytes of data.
    Response(usize, StatusWord),
    /// This many bytes from the reader itself.
    Bytes(usize),
    /// An error.
    Failed(ErrorKind),
}

impl Outcome {
    pub(super) fn card(connection: &(impl CardConnection + ?Sized)) -> Self {
        Self::Card {
            atr: connection.atr().clone(),
            protocol: connection.protocol(),
            capabilities: connection.capabilities(),
        }
    }

    pub(super) fn response(response: &ResponseApdu) -> Self {
        Self::Response(response.data().len(), response.status())
    }
}

fn form(form: LengthForm) -> &'static str {
    match form {
        LengthForm::Short => "short",
        LengthForm::Extended => "extended",
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Connect(mode) => write!(f, "connect {}", mode.word()),
            Self::Attach => f.write_str("attach"),
            Self::Transmit(shape) => {
                let header = shape.header.to_bytes();
                let (header, form) = (Hex(&header), form(shape.form));
                write!(f, "transmit {header} {}/{} {form}", shape.nc, shape.ne)?;
                match &shape.name {
                    Some(name) => write!(f, " {}", Hex(name)),
                    None => Ok(()),
                }
            }
            Self::Begin => f.write_str("begin"),
            Self::End(disposition) => write!(f, "end {}", disposition.word()),
            Self::Reconnect(disposition) => write!(f, "reconnect {}", disposition.word()),
            Self::Control(code, length) => write!(f, "control {code:08X} {length}"),
            Self::Disconnect(disposition) => write!(f, "disconnect {}", disposition.word()),
            Self::Drop => f.write_str("drop"),
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Done => f.write_str("done"),
            Self::Card {
                atr,
                protocol,
                capabilities,
            } => {
                let (atr, bits) = (Hex(atr.as_bytes()), capabilities.bits());
                write!(f, "card {atr} {} {bits:08X}", protocol.word())
            }
            Self::Response(length, status) => write!(f, "response {length} {status}"),
            Self::Bytes(length) => write!(f, "bytes {length}"),
            Self::Failed(kind) => write!(f, "error {kind}"),
        }
    }
}

/// The words of a line, each taken once.
pub(super) struct Words<'a>(std::str::Split<'a, char>);

impl<'a> Words<'a> {
    pub(super) fn of(line: &'a str) -> Self {
        Self(line.split(' '))
    }

    pub(super) fn next(&mut self) -> Option<&'a str> {
        self.0.next()
    }

    /// `value`, if the line ends here.
    pub(super) fn end<T>(mut self, value: T) -> Option<T> {
        self.0.next().is_none().then_some(value)
    }

    fn word<T: Word>(&mut self) -> Option<T> {
        T::of_word(self.next()?)
    }

    /// A decimal number of at most `max`.
    fn number(&mut self, max: usize) -> Option<usize> {
        number(self.next()?, max)
    }

    fn hex<const N: usize>(&mut self) -> Option<[u8; N]> {
        unhex(self.next()?)?.try_into().ok()
    }
}

/// A decimal number of at most `max`, written as this crate writes it: without sign.
pub(super) fn number(word: &str, max: usize) -> Option<usize> {
    let digits = word.bytes().all(|byte| byte.is_ascii_digit());
    word.parse().ok().filter(|number| digits && *number <= max)
}

impl Operation {
    /// Reads what [`Operation`]'s `Display` writes.
    pub(super) fn parse(mut words: Words<'_>) -> Option<Self> {
        let operation = match words.next()? {
            "connect" => Self::Connect(words.word()?),
            "attach" => Self::Attach,
            "transmit" => {
                let [cla, ins, p1, p2] = words.hex()?;
                let (nc, ne) = words.next()?.split_once('/')?;
                let shape = Shape {
                    header: Header::new(cla, ins, p1, p2),
                    nc: number(nc, CommandApdu::MAX_EXTENDED_NC)?,
                    ne: number(ne, CommandApdu::MAX_EXTENDED_NE)?,
                    form: match words.next()? {
                        "short" => LengthForm::Short,
                        "extended" => LengthForm::Extended,
                        _ => return None,
                    },
                    name: None,
                };
                let name = match words.next() {
                    Some(name) => Some(unhex(name).filter(|name| {
                        ins == SELECT && name.len() == shape.nc && name.len() <= MAX_NAME
                    })?),
                    None => None,
                };
                return words.end(Self::Transmit(Shape { name, ..shape }));
            }
            "begin" => Self::Begin,
            "end" => Self::End(words.word()?),
            "reconnect" => Self::Reconnect(words.word()?),
            "control" => Self::Control(
                u32::from_be_bytes(words.hex()?),
                words.number(CommandApdu::MAX_EXTENDED_NE)?,
            ),
            "disconnect" => Self::Disconnect(words.word()?),
            "drop" => Self::Drop,
            _ => return None,
        };
        words.end(operation)
    }
}

impl Outcome {
    /// Reads what [`Outcome`]'s `Display` writes.
    pub(super) fn parse(mut words: Words<'_>) -> Option<Self> {
        let outcome = match words.next()? {
            "done" => Self::Done,
            "card" => Self::Card {
                atr: Atr::parse(&unhex(words.next()?)?).ok()?,
                protocol: words.word()?,
                capabilities: ReaderCapabilities::from_bits_retain(u32::from_be_bytes(
                    words.hex()?,
                )),
            },
            "response" => Self::Response(
                words.number(CommandApdu::MAX_EXTENDED_NE)?,
                StatusWord::new(u16::from_be_bytes(words.hex()?)),
            ),
            "bytes" => Self::Bytes(words.number(CommandApdu::MAX_EXTENDED_NE)?),
            "error" => Self::Failed(kind(words.next()?)?),
            _ => return None,
        };
        words.end(outcome)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(bytes: &[u8]) -> Operation {
        Operation::Transmit(Shape::of(&CommandApdu::parse(bytes).expect("well-formed")))
    }

    #[test]
    fn the_data_of_select_is_a_name_and_all_other_data_is_a_length() {
        let select = shape(&[0, 0xa4, 2, 12, 2, 0, 0x0a]);
        assert_eq!(select.to_string(), "transmit 00A4020C 2/0 short 000A");
        let verify = shape(&[0, 0x20, 0, 0x98, 4, 0x31, 0x32, 0x33, 0x34]);
        assert_eq!(verify.to_string(), "transmit 00200098 4/0 short");
        let read = shape(&[0, 0xb0, 0x8a, 0, 0, 0, 0]);
        assert_eq!(read.to_string(), "transmit 00B08A00 0/65536 extended");
        // A name of the length of no name may be anything.
        let mut long = vec![0, 0xa4, 4, 12, 17];
        long.extend([0x31; 17]);
        assert_eq!(shape(&long).to_string(), "transmit 00A4040C 17/0 short");
    }

    #[test]
    fn what_is_written_reads_back() {
        let atr = Atr::parse(&[0x3B, 0x00]).expect("shortest");
        let operations = [
            Operation::Connect(ShareMode::Exclusive),
            Operation::Attach,
            shape(&[0, 0xa4, 2, 12, 2, 0, 0x0a]),
            shape(&[0, 0xb0, 0, 0, 0]),
            Operation::Begin,
            Operation::End(Disposition::Unpower),
            Operation::Reconnect(Disposition::Leave),
            Operation::Control(0x4200_0001, 12),
            Operation::Disconnect(Disposition::Eject),
            Operation::Drop,
        ];
        for operation in operations {
            let text = operation.to_string();
            assert_eq!(Operation::parse(Words::of(&text)), Some(operation));
        }
        let outcomes = [
            Outcome::Done,
            Outcome::Card {
                atr,
                protocol: Protocol::T0,
                capabilities: ReaderCapabilities::from_bits_retain(0x8000_0003),
            },
            Outcome::Response(65_536, StatusWord::OK),
            Outcome::Bytes(0),
            Outcome::Failed(ErrorKind::CardReset),
        ];
        for outcome in outcomes {
            let text = outcome.to_string();
            assert_eq!(Outcome::parse(Words::of(&text)), Some(outcome));
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for text in [
            "",
            "begin ",
            "begin now",
            " begin",
            "transmit 00A4040C 4/0",
            "transmit 00A404 4/0 short",
            "transmit 00200098 4/0 short 31323334",
            "transmit 00A4020C 3/0 short 000A",
            "transmit 00B00000 0/65537 extended",
            "transmit 00B00000 +1/0 short",
            "end softly",
            "control 1 2",
        ] {
            assert_eq!(Operation::parse(Words::of(text)), None, "{text:?}");
        }
        for text in [
            "card 3C00 t1 00000000",
            "card 3B00 t9 00000000",
            "card 3B00 t1",
            "response 1 90000",
            "response 65537 9000",
            "error oops",
        ] {
            assert_eq!(Outcome::parse(Words::of(text)), None, "{text:?}");
        }
    }
}
