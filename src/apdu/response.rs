//! Response APDUs (ISO/IEC 7816-4 §5.3).

use std::fmt;

use zeroize::Zeroizing;

use super::StatusWord;
use crate::error::{Error, Result};

/// A response APDU. Its bytes are wiped on drop and never shown by `Debug`.
pub struct ResponseApdu {
    bytes: Zeroizing<Vec<u8>>,
    status: StatusWord,
}

impl ResponseApdu {
    /// Takes what the card sent: data field, SW1, SW2.
    ///
    /// # Errors
    /// `Protocol` when there is no status word: the link is lost or the reader is broken.
    pub fn new(bytes: Vec<u8>) -> Result<Self> {
        let bytes = Zeroizing::new(bytes);
        match bytes.last_chunk::<2>() {
            Some(&[sw1, sw2]) => Ok(Self {
                status: StatusWord::from_bytes(sw1, sw2),
                bytes,
            }),
            None => Err(Error::protocol(format!(
                "the answer has {} bytes and so no status word",
                bytes.len()
            ))),
        }
    }

    /// The response data field.
    #[must_use]
    pub fn data(&self) -> &[u8] {
        &self.bytes[..self.bytes.len() - 2]
    }

    /// SW1-SW2.
    #[must_use]
    pub fn status(&self) -> StatusWord {
        self.status
    }

    /// Everything received, SW1-SW2 included.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }
}

impl fmt::Debug for ResponseApdu {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "R-APDU [{} bytes redacted] {}",
            self.data().len(),
            self.status
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorKind;

    #[test]
    fn splits_data_and_status() {
        let response = ResponseApdu::new(vec![1, 2, 0x90, 0]).expect("has a status word");
        assert_eq!(response.data(), [1, 2]);
        assert_eq!(response.status(), StatusWord::OK);
        assert_eq!(format!("{response:?}"), "R-APDU [2 bytes redacted] 9000");
    }

    #[test]
    fn no_status_word_is_a_lost_link() {
        for bytes in [vec![], vec![0x90]] {
            let error = ResponseApdu::new(bytes).expect_err("too short");
            assert_eq!(error.kind(), ErrorKind::Protocol);
        }
    }
}
