//! What a card says of itself before a PIN: whose certificate is on it, and how many tries are left.

use myna_hal::Wait;
use myna_hal::apdu::{Atr, CommandApdu, ResponseApdu};
use myna_hal::card::{CardConnection, Disposition, Protocol};
use myna_hal::device::DeviceInfo;
use myna_hal::exchange::{Aid, Dialogue, Knowledge, Known, ShortFileId};
use sha2::{Digest, Sha256};

use super::custody::Secret;

/// The application with the user-authentication key, its certificate and its PIN.
const JPKI: Aid = Aid(&[0xD3, 0x92, 0xF0, 0x00, 0x26, 0x01, 0x00, 0x00, 0x00, 0x01]);
const CERTIFICATE: ShortFileId = ShortFileId::new(0x0A);

/// The application with the portrait, which the card-face code opens.
const SURFACE: Aid = Aid(&[0xD3, 0x92, 0x10, 0x00, 0x31, 0x00, 0x01, 0x01, 0x04, 0x02]);

impl Secret {
    fn application(self) -> Aid {
        match self {
            Self::Pin => JPKI,
            Self::CardFaceCode => SURFACE,
        }
    }

    /// The short identifier of the file that stands for it.
    fn short_id(self) -> u8 {
        match self {
            Self::Pin => 0x18,
            Self::CardFaceCode => 0x12,
        }
    }

    /// P2 of the VERIFY that names it so: a reference of the application (ISO/IEC 7816-4 §11.6.6).
    pub(super) fn reference(self) -> u8 {
        0x80 | self.short_id()
    }
}

/// SHA-256 of the user-authentication certificate of the card, in a transaction that the caller
/// holds. Reading it needs no PIN.
///
/// # Errors
/// The card is gone, or is not a My Number Card.
pub fn fingerprint(card: &mut dyn CardConnection, wait: &Wait) -> Result<[u8; 32], String> {
    dialogue(card, wait).and_then(|mut dialogue| read(&mut dialogue, wait))
}

/// The same, and the tries that are left of `secret`. Its application stays selected, so that a
/// VERIFY which follows names no key of another one.
pub(super) fn look(
    card: &mut dyn CardConnection,
    secret: Secret,
    wait: &Wait,
) -> Result<([u8; 32], u8), String> {
    let mut dialogue = dialogue(card, wait)?;
    let sha256 = read(&mut dialogue, wait)?;
    let tries = dialogue
        .select_application(secret.application(), wait)
        .and_then(|()| dialogue.retries_left(ShortFileId::new(secret.short_id()), wait));
    let tries = tries.map_err(|error| format!("the tries of the card cannot be read: {error}"))?;
    // What follows names the key in the same way.
    if dialogue.knowledge().short_id_in_verify != Known::Works {
        return Err(format!(
            "the card does not know its {secret} by the short identifier"
        ));
    }
    let tries = tries.ok_or("the card does not tell how many tries are left")?;
    Ok((sha256, tries))
}

fn dialogue<'c>(
    card: &'c mut dyn CardConnection,
    wait: &Wait,
) -> Result<Dialogue<Held<'c>>, String> {
    let failed = |error: &dyn std::fmt::Display| format!("the card cannot be looked at: {error}");
    // Nothing that a reader could lack; what is learned here is not worth a guess.
    let begun = Dialogue::begin(Held(card), Knowledge::short_only(), wait);
    let mut dialogue = begun.map_err(|(_, error)| failed(&error))?;
    dialogue
        .select_application(JPKI, wait)
        .map_err(|error| failed(&error))?;
    Ok(dialogue)
}

fn read(dialogue: &mut Dialogue<Held<'_>>, wait: &Wait) -> Result<[u8; 32], String> {
    let der = dialogue.read_file(CERTIFICATE, wait);
    let der = der.map_err(|error| format!("the certificate cannot be read: {error}"))?;
    Ok(Sha256::digest(&**der).into())
}

/// A connection whose transaction belongs to somebody else.
struct Held<'c>(&'c mut dyn CardConnection);

impl CardConnection for Held<'_> {
    fn reader(&self) -> &DeviceInfo {
        self.0.reader()
    }

    fn atr(&self) -> &Atr {
        self.0.atr()
    }

    fn protocol(&self) -> Protocol {
        self.0.protocol()
    }

    fn transmit(&mut self, command: &CommandApdu, wait: &Wait) -> myna_hal::Result<ResponseApdu> {
        self.0.transmit(command, wait)
    }

    fn begin_transaction(&mut self, _: &Wait) -> myna_hal::Result<()> {
        Ok(())
    }

    fn end_transaction(&mut self, _: Disposition) -> myna_hal::Result<()> {
        Ok(())
    }

    /// After a reset the transaction is gone, and with it what was looked at.
    fn reconnect(&mut self, _: Disposition, _: &Wait) -> myna_hal::Result<()> {
        Err(myna_hal::ErrorKind::CardReset.into())
    }

    fn disconnect(self: Box<Self>, _: Disposition) -> myna_hal::Result<()> {
        Ok(())
    }
}
