//! The JPKI application (公的個人認証AP): the user-authentication certificate and its key.
//!
//! The signature certificate and its password are not reachable from here: a reader at a
//! reception never uses them.

use super::change::changed;
use super::failure::Failure;
use super::signature::KeyType;
use crate::apdu::{Header, StatusWord};
use crate::card::CardConnection;
use crate::exchange::{
    Aid, Approach, Dialogue, ExchangeError, RetryGuard, ShortFileId, SigningKey,
};
use crate::pin::{ChangePrompt, PinFormat, PinOutcome, PinPad, PinPrompt, PinPurpose};
use crate::wait::Wait;
use zeroize::Zeroizing;

/// DF name of the application.
const APPLICATION: Aid = Aid(&[0xD3, 0x92, 0xF0, 0x00, 0x26, 0x01, 0x00, 0x00, 0x00, 0x01]);
const TOKEN_INFO: ShortFileId = ShortFileId::new(0x06);
const AVAILABILITY: ShortFileId = ShortFileId::new(0x08);
const CERTIFICATE: ShortFileId = ShortFileId::new(0x0A);
const CA_CERTIFICATE: ShortFileId = ShortFileId::new(0x0B);
const PRIVATE_KEY: ShortFileId = ShortFileId::new(0x17);
const PIN: ShortFileId = ShortFileId::new(0x18);

/// The 4-digit PIN of the user-authentication certificate.
pub(super) const PIN_FORMAT: PinFormat = PinFormat::exactly(4);

/// The prompt for it.
pub(super) fn prompt() -> PinPrompt {
    PinPrompt::new(PinPurpose::UserAuthentication, PIN_FORMAT)
}

/// The prompt for a change of it.
pub(super) fn change_prompt() -> ChangePrompt {
    ChangePrompt::new(PinPurpose::UserAuthentication, PIN_FORMAT, PIN_FORMAT)
}

/// What carries the JPKI application.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TokenKind {
    /// A My Number Card (label `JPKIAPICCTOKEN2`).
    Card,
    /// A 住基カード, the card before 2016 (`JPKIAPICCTOKEN`).
    ResidentCard,
    /// An Android phone (`JPKIAPGPSETOKEN`).
    AndroidPhone,
    /// An iPhone (`JPKIAPIOSTOKEN`).
    Iphone,
    /// Another label.
    Unknown,
}

/// The token information, a serialised PKCS #11 `CK_TOKEN_INFO`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TokenInfo {
    /// The label without padding.
    pub label: String,
    /// What it stands for.
    pub kind: TokenKind,
}

impl TokenInfo {
    fn parse(bytes: &[u8]) -> Self {
        let label = String::from_utf8_lossy(bytes)
            .trim_end_matches([' ', '\0'])
            .to_owned();
        let kind = match label.as_str() {
            "JPKIAPICCTOKEN2" => TokenKind::Card,
            "JPKIAPICCTOKEN" => TokenKind::ResidentCard,
            "JPKIAPGPSETOKEN" => TokenKind::AndroidPhone,
            "JPKIAPIOSTOKEN" => TokenKind::Iphone,
            _ => TokenKind::Unknown,
        };
        Self { label, kind }
    }
}

/// Which certificates the card carries. Children under 15 have no signature certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct CertificateAvailability {
    /// The signature certificate (署名用).
    pub signature: bool,
    /// The user-authentication certificate (利用者証明用).
    pub user_authentication: bool,
}

/// The application, selected in a dialogue.
pub(super) struct Jpki<'d, C: CardConnection>(&'d mut Dialogue<C>);

impl<'d, C: CardConnection> Jpki<'d, C> {
    /// Selects the application; its absence is what makes a card not a My Number Card.
    pub(super) fn select(dialogue: &'d mut Dialogue<C>, wait: &Wait) -> Result<Self, Failure> {
        dialogue
            .select_application(APPLICATION, wait)
            .map_err(absent_application)?;
        Ok(Self(dialogue))
    }

    /// The certificate in DER; free to read on a card, after the PIN on a phone.
    pub(super) fn certificate(&mut self, wait: &Wait) -> Result<Zeroizing<Vec<u8>>, Failure> {
        let open = self.0.is_verified(PIN);
        self.0.read_usual_file(CERTIFICATE, wait).map_err(|error| {
            if error.status() == Some(StatusWord::SECURITY_STATUS) && !open {
                Failure::CertificateNeedsPin
            } else {
                malformed("the user-authentication certificate", error)
            }
        })
    }

    pub(super) fn ca_certificate(&mut self, wait: &Wait) -> Result<Vec<u8>, Failure> {
        self.0
            .read_file(CA_CERTIFICATE, wait)
            .map(|der| der.to_vec())
            .map_err(|error| malformed("the CA certificate", error))
    }

    pub(super) fn token_info(&mut self, wait: &Wait) -> Result<TokenInfo, Failure> {
        // The label is the first 32 bytes of 160.
        let bytes = self.0.read_bytes(TOKEN_INFO, 32, wait)?;
        Ok(TokenInfo::parse(&bytes))
    }

    pub(super) fn availability(&mut self, wait: &Wait) -> Result<CertificateAvailability, Failure> {
        let bytes = self.0.read_bytes(AVAILABILITY, 2, wait)?;
        // `8F` present, `00` absent (observed).
        Ok(CertificateAvailability {
            signature: bytes[0] != 0,
            user_authentication: bytes[1] != 0,
        })
    }

    pub(super) fn pin_retries_left(&mut self, wait: &Wait) -> Result<Option<u8>, Failure> {
        Ok(self.0.retries_left(PIN, wait)?)
    }

    /// What comes before the PIN: the guard, and how the card names its keys. The header is that
    /// of the VERIFY to come.
    pub(super) fn approach(&mut self, guard: RetryGuard, wait: &Wait) -> Result<Header, Failure> {
        let header = match self.0.approach(PIN, guard, wait)? {
            Approach::Go { header } => header,
            Approach::Stop { retries_left: 0 } => return Err(Failure::PinBlocked),
            Approach::Stop { .. } => return Err(Failure::LastTry),
        };
        self.0.learn_key_name(PRIVATE_KEY, wait)?;
        Ok(header)
    }

    pub(super) fn verify_pin(
        &mut self,
        header: Header,
        pad: &mut dyn PinPad,
        wait: &Wait,
    ) -> Result<(), Failure> {
        verified(self.0.enter_pin(PIN, header, pad, &prompt(), wait)?)
    }

    pub(super) fn change_pin(
        &mut self,
        pad: &mut dyn PinPad,
        guard: RetryGuard,
        wait: &Wait,
    ) -> Result<(), Failure> {
        changed(self.0.change_pin(PIN, pad, &change_prompt(), guard, wait)?)
    }

    /// The signature over `challenge` of the certificate's key, which is of type `by`; the PIN
    /// must be verified.
    pub(super) fn sign(
        &mut self,
        challenge: &[u8],
        by: KeyType,
        wait: &Wait,
    ) -> Result<Vec<u8>, Failure> {
        let input = by.scheme().input(challenge);
        let key = SigningKey::File(PRIVATE_KEY);
        Ok(self.0.sign(key, &input, wait)?)
    }
}

/// What came of a PIN.
pub(super) fn verified(outcome: PinOutcome) -> Result<(), Failure> {
    match outcome {
        PinOutcome::Verified => Ok(()),
        PinOutcome::Rejected { retries_left } => Err(Failure::PinWrong { retries_left }),
        PinOutcome::Blocked => Err(Failure::PinBlocked),
        PinOutcome::Withheld { .. } => Err(Failure::LastTry),
        PinOutcome::CancelledByUser => Err(Failure::PinCancelled),
        PinOutcome::EntryTimedOut => Err(Failure::PinEntryTimedOut),
        PinOutcome::WrongNumberOfDigits => Err(Failure::PinNotFourDigits),
        PinOutcome::Unanswered(error) => Err(Failure::PinUnanswered(error)),
        PinOutcome::Refused(status) => Err(refused("VERIFY", status)),
    }
}

/// A SELECT that the card refuses means that the application is not there; a lost card does not.
pub(super) fn absent_application(error: ExchangeError) -> Failure {
    match error {
        ExchangeError::Status { .. } => Failure::NotMyNumberCard,
        error => error.into(),
    }
}

/// A file that ends early or does not begin as it should.
pub(super) fn malformed(file: &'static str, error: ExchangeError) -> Failure {
    match error {
        ExchangeError::Truncated { .. }
        | ExchangeError::NotADataObject
        | ExchangeError::TooLong => Failure::FileMalformed { file },
        error => error.into(),
    }
}

pub(super) fn refused(command: &'static str, status: StatusWord) -> Failure {
    Failure::Protocol(ExchangeError::Status { command, status })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_padded_with_spaces_or_zeros() {
        for (bytes, kind) in [
            (&b"JPKIAPICCTOKEN2                 "[..], TokenKind::Card),
            (b"JPKIAPICCTOKEN\0\0\0\0\0\0", TokenKind::ResidentCard),
            (b"JPKIAPGPSETOKEN ", TokenKind::AndroidPhone),
            (b"JPKIAPIOSTOKEN  ", TokenKind::Iphone),
            (b"\xFF\xFF", TokenKind::Unknown),
        ] {
            assert_eq!(TokenInfo::parse(bytes).kind, kind);
        }
    }
}
