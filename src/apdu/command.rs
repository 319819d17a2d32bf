//! Command APDUs, cases 1 to 4, short and extended (ISO/IEC 7816-4 §5.2).

use std::fmt;

use zeroize::Zeroizing;

use crate::error::{Error, Result};

/// The four header bytes CLA INS P1 P2.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Header {
    /// Class byte.
    pub cla: u8,
    /// Instruction byte.
    pub ins: u8,
    /// First parameter byte.
    pub p1: u8,
    /// Second parameter byte.
    pub p2: u8,
}

impl Header {
    /// A header of these four bytes.
    #[must_use]
    pub const fn new(cla: u8, ins: u8, p1: u8, p2: u8) -> Self {
        Self { cla, ins, p1, p2 }
    }

    /// The bytes in the order in which they are sent.
    #[must_use]
    pub const fn to_bytes(self) -> [u8; 4] {
        [self.cla, self.ins, self.p1, self.p2]
    }
}

impl fmt::Debug for Header {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [cla, ins, p1, p2] = self.to_bytes();
        write!(f, "{cla:02X} {ins:02X} {p1:02X} {p2:02X}")
    }
}

/// How Lc and Le are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LengthForm {
    /// One byte each: at most 255 bytes of data, at most 256 expected.
    Short,
    /// Three bytes or two: at most 65,535 bytes of data, at most 65,536 expected.
    Extended,
}

/// A command APDU, encoded once. Its bytes are wiped on drop and never shown by `Debug`.
pub struct CommandApdu {
    bytes: Zeroizing<Vec<u8>>,
    nc: usize,
    ne: usize,
    form: LengthForm,
}

impl CommandApdu {
    /// Largest Nc of the short form.
    pub const MAX_SHORT_NC: usize = 255;
    /// Largest Ne of the short form.
    pub const MAX_SHORT_NE: usize = 256;
    /// Largest Nc of the extended form.
    pub const MAX_EXTENDED_NC: usize = 65_535;
    /// Largest Ne of the extended form.
    pub const MAX_EXTENDED_NE: usize = 65_536;

    /// Encodes a command: Nc is `data.len()`, `ne` the number of bytes expected (0: none).
    ///
    /// # Errors
    /// `InvalidInput` when `data` or `ne` does not fit the length form.
    pub fn new(header: Header, data: &[u8], ne: usize, form: LengthForm) -> Result<Self> {
        let (max_nc, max_ne) = match form {
            LengthForm::Short => (Self::MAX_SHORT_NC, Self::MAX_SHORT_NE),
            LengthForm::Extended => (Self::MAX_EXTENDED_NC, Self::MAX_EXTENDED_NE),
        };
        if data.len() > max_nc || ne > max_ne {
            return Err(Error::invalid_input(format!(
                "a {form:?} command APDU holds at most {max_nc} bytes of data and expects at most \
                 {max_ne}"
            )));
        }
        // Sized exactly: a buffer that grows leaves an unwiped copy behind.
        let mut bytes = Zeroizing::new(Vec::with_capacity(4 + 3 + data.len() + 3));
        bytes.extend_from_slice(&header.to_bytes());
        // Casts cannot truncate after the check above, except for the maximum Ne, which is
        // meant to wrap to zero.
        match form {
            LengthForm::Short => {
                if !data.is_empty() {
                    bytes.push(data.len() as u8);
                    bytes.extend_from_slice(data);
                }
                if ne > 0 {
                    bytes.push(ne as u8);
                }
            }
            LengthForm::Extended => {
                if !data.is_empty() {
                    bytes.push(0);
                    bytes.extend_from_slice(&(data.len() as u16).to_be_bytes());
                    bytes.extend_from_slice(data);
                }
                if ne > 0 {
                    if data.is_empty() {
                        bytes.push(0);
                    }
                    bytes.extend_from_slice(&(ne as u16).to_be_bytes());
                }
            }
        }
        Ok(Self {
            bytes,
            nc: data.len(),
            ne,
            form,
        })
    }

    /// A short command that is known to fit.
    pub(crate) fn short(header: Header, data: &[u8], ne: usize) -> Result<Self> {
        Self::new(header, data, ne, LengthForm::Short)
    }

    /// Reads an encoded command APDU, for programs that forward APDUs.
    ///
    /// # Errors
    /// `InvalidInput` when `bytes` is none of the seven encodings.
    pub fn parse(bytes: &[u8]) -> Result<Self> {
        let malformed = || Error::invalid_input("not a command APDU: its lengths do not add up");
        let (header, body) = bytes
            .split_first_chunk::<4>()
            .ok_or_else(|| Error::invalid_input("a command APDU has at least 4 bytes"))?;
        let header = Header::new(header[0], header[1], header[2], header[3]);
        let ne_of = |le: usize, max: usize| if le == 0 { max } else { le };
        let (data, ne, form) = match *body {
            [] => (&body[..0], 0, LengthForm::Short),
            [le] => (
                &body[..0],
                ne_of(le.into(), Self::MAX_SHORT_NE),
                LengthForm::Short,
            ),
            [0, h, l] => (
                &body[..0],
                ne_of(u16::from_be_bytes([h, l]).into(), Self::MAX_EXTENDED_NE),
                LengthForm::Extended,
            ),
            [0, h, l, ref rest @ ..] => {
                let nc = usize::from(u16::from_be_bytes([h, l]));
                let (data, le) = rest.split_at_checked(nc).ok_or_else(malformed)?;
                let ne = match *le {
                    [] => 0,
                    [h, l] => ne_of(u16::from_be_bytes([h, l]).into(), Self::MAX_EXTENDED_NE),
                    _ => return Err(malformed()),
                };
                if nc == 0 {
                    return Err(malformed());
                }
                (data, ne, LengthForm::Extended)
            }
            [lc, ref rest @ ..] => {
                let (data, le) = rest.split_at_checked(lc.into()).ok_or_else(malformed)?;
                let ne = match *le {
                    [] => 0,
                    [le] => ne_of(le.into(), Self::MAX_SHORT_NE),
                    _ => return Err(malformed()),
                };
                if lc == 0 {
                    return Err(malformed());
                }
                (data, ne, LengthForm::Short)
            }
        };
        Self::new(header, data, ne, form)
    }

    /// The encoded command. Do not keep a copy: it may hold a PIN.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The header.
    #[must_use]
    pub fn header(&self) -> Header {
        Header::new(self.bytes[0], self.bytes[1], self.bytes[2], self.bytes[3])
    }

    /// Number of bytes in the command data field.
    #[must_use]
    pub fn nc(&self) -> usize {
        self.nc
    }

    /// Maximum number of bytes expected in the response data field.
    #[must_use]
    pub fn ne(&self) -> usize {
        self.ne
    }

    /// How the lengths are written.
    #[must_use]
    pub fn form(&self) -> LengthForm {
        self.form
    }

    /// The case of the command, 1 to 4.
    #[must_use]
    pub fn case(&self) -> u8 {
        match (self.nc, self.ne) {
            (0, 0) => 1,
            (0, _) => 2,
            (_, 0) => 3,
            _ => 4,
        }
    }

    /// The command data field.
    #[must_use]
    pub fn data(&self) -> &[u8] {
        let start = match (self.nc, self.form) {
            (0, _) => return &[],
            (_, LengthForm::Short) => 5,
            (_, LengthForm::Extended) => 7,
        };
        &self.bytes[start..start + self.nc]
    }
}

impl fmt::Debug for CommandApdu {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "C-APDU {:?} [Nc {} redacted, Ne {}]",
            self.header(),
            self.nc,
            self.ne
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const READ: Header = Header::new(0x00, 0xB0, 0x8A, 0x00);

    fn encoded(data: &[u8], ne: usize, form: LengthForm) -> Vec<u8> {
        let command = CommandApdu::new(READ, data, ne, form).expect("fits");
        let again = CommandApdu::parse(command.as_bytes()).expect("own encoding");
        assert_eq!(again.as_bytes(), command.as_bytes());
        assert_eq!(again.case(), command.case());
        assert_eq!(again.data(), data);
        assert_eq!(again.ne(), ne);
        command.as_bytes()[4..].to_vec()
    }

    #[test]
    fn the_four_cases_in_both_forms() {
        use LengthForm::{Extended, Short};
        assert!(encoded(&[], 0, Short).is_empty());
        assert_eq!(encoded(&[], 256, Short), [0x00]);
        assert_eq!(encoded(&[], 0x36, Short), [0x36]);
        assert_eq!(encoded(&[1, 2], 0, Short), [2, 1, 2]);
        assert_eq!(encoded(&[1, 2], 256, Short), [2, 1, 2, 0]);
        assert_eq!(encoded(&[], 65_536, Extended), [0, 0, 0]);
        assert_eq!(encoded(&[], 0x0123, Extended), [0, 0x01, 0x23]);
        assert_eq!(encoded(&[9], 0, Extended), [0, 0, 1, 9]);
        assert_eq!(encoded(&[9], 65_536, Extended), [0, 0, 1, 9, 0, 0]);
        assert_eq!(encoded(&[7; 255], 0, Short).len(), 256);
        assert_eq!(encoded(&[7; 65_535], 1, Extended).len(), 3 + 65_535 + 2);
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        for (nc, ne, form) in [
            (256, 0, LengthForm::Short),
            (0, 257, LengthForm::Short),
            (65_536, 0, LengthForm::Extended),
            (0, 65_537, LengthForm::Extended),
        ] {
            assert!(CommandApdu::new(READ, &vec![0; nc], ne, form).is_err());
        }
        for bytes in [
            &[0, 1, 2][..],
            &[0, 1, 2, 3, 5, 1],
            &[0, 1, 2, 3, 0, 0, 0, 0],
        ] {
            assert!(CommandApdu::parse(bytes).is_err(), "{bytes:?}");
        }
    }

    #[test]
    fn debug_hides_the_body() {
        let command = CommandApdu::short(Header::new(0, 0x20, 0, 0x98), b"1234", 0).expect("fits");
        assert_eq!(
            format!("{command:?}"),
            "C-APDU 00 20 00 98 [Nc 4 redacted, Ne 0]"
        );
    }
}
