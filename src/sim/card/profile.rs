//! What a virtual card is like.

use std::collections::BTreeMap;
use std::fmt;

use jiff::civil::Date;

use super::latency::Latency;
use crate::sim::DRAWN_FACE_JP2;

/// Contactless Type B ATR as a PC/SC reader makes it up, of a card that people reported
/// (OpenSC's list of My Number Card ATRs).
const TYPE_B_ATR: [u8; 13] = [
    0x3b, 0x88, 0x80, 0x01, 0x00, 0x00, 0x05, 0xe0, 0xb3, 0x81, 0xa1, 0x00, 0x7f,
];

/// Most bytes of a portrait. READ BINARY has offsets of 15 bits, so that a file ends at 32 KiB, and
/// the face record holds other fields, too.
pub const MAX_PORTRAIT: usize = 30_000;

/// Settings of a [`VirtualCard`](super::VirtualCard). Change what matters, keep the rest:
///
/// ```
/// # use myna_hal::sim::card::{Certificate, Profile};
/// let expired = Profile { certificate: Certificate::Expired, ..Profile::default() };
/// # assert_eq!(expired.pin.as_deref(), Some("1234"));
/// ```
#[derive(Clone, PartialEq)]
pub struct Profile {
    /// Four digits, the PIN of user authentication, of the attributes and of the resident
    /// register alike. `None` is a card that was issued without PINs (顔認証マイナンバーカード):
    /// its PINs are blocked from the start and it carries no signature certificate.
    pub pin: Option<String>,
    /// Password of the signature key: 6 to 16 characters, `A–Z` and `0–9`.
    pub sign_password: String,
    /// Date of birth of the holder.
    pub birth: Date,
    /// The four digits of the security code on the card's face.
    pub security_code: String,
    /// When the card itself expires. `None`: the holder's tenth birthday after the issue.
    pub expiry: Option<Date>,
    /// 照合番号B, 14 digits. `None`: composed of birth, expiry and security code as on a real card.
    pub card_face_code: Option<String>,
    /// Portrait of the holder, a JP2 file; a drawing unless told otherwise, nobody's face. Cut
    /// at [`MAX_PORTRAIT`].
    pub portrait: Vec<u8>,
    /// Bytes behind the face record: files are longer than what they hold. `FF` unless
    /// [`Quirks::padding`] says otherwise.
    pub face_padding: usize,
    /// Tries left where they are not all left.
    pub tries: BTreeMap<Key, u8>,
    /// What kind of user-authentication certificate the card carries.
    pub certificate: Certificate,
    /// Bytes of that certificate, as near as a longer or shorter name of its issuer gets to them:
    /// those of persons differ by a few. `None`: as it comes.
    pub certificate_length: Option<usize>,
    /// One bit of the portrait differs from what was signed.
    pub tampered_portrait: bool,
    /// The card carries a signature certificate. Children under 15 have none.
    pub sign_certificate: bool,
    /// Type of every key on the card and of the authorities above them.
    pub key_type: KeyType,
    /// What the card says that it is.
    pub token: Token,
    /// Answer to reset.
    pub atr: Vec<u8>,
    /// Whether the card takes extended length fields; if not it answers `6700` to them.
    pub extended: bool,
    /// How long commands take.
    pub latency: Latency,
    /// Behaviour that differs between cards, or that is disputed.
    pub quirks: Quirks,
    /// Whether the card keeps a list of [`violations`](super::VirtualCard::violations).
    pub guarded: bool,
}

impl Default for Profile {
    fn default() -> Self {
        Self {
            pin: Some("1234".to_owned()),
            sign_password: "ABC123".to_owned(),
            birth: jiff::civil::date(1985, 5, 10),
            security_code: "2468".to_owned(),
            expiry: None,
            card_face_code: None,
            portrait: DRAWN_FACE_JP2.to_vec(),
            face_padding: 64,
            tries: BTreeMap::new(),
            certificate: Certificate::Valid,
            certificate_length: None,
            tampered_portrait: false,
            sign_certificate: true,
            key_type: KeyType::Rsa2048,
            token: Token::Card,
            atr: TYPE_B_ATR.to_vec(),
            extended: true,
            latency: Latency::None,
            quirks: Quirks::default(),
            guarded: true,
        }
    }
}

/// Shows the behaviour, not the secrets and the portrait.
impl fmt::Debug for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Profile")
            .field("has_pin", &self.pin.is_some())
            .field("expiry", &self.expiry)
            .field("portrait_bytes", &self.portrait.len())
            .field("tries", &self.tries)
            .field("certificate", &self.certificate)
            .field("tampered_portrait", &self.tampered_portrait)
            .field("sign_certificate", &self.sign_certificate)
            .field("token", &self.token)
            .field("extended", &self.extended)
            .field("latency", &self.latency)
            .field("quirks", &self.quirks)
            .field("guarded", &self.guarded)
            .finish_non_exhaustive()
    }
}

impl Profile {
    /// The announced next generation of the card, as this crate **guesses** it: P-384 where
    /// cards of today have RSA, and all else as it is. Nothing public says how such a card is
    /// spoken to. It shows that a client copes with another type of key, not that it copes with
    /// the card that will come.
    #[must_use]
    pub fn next_generation_guess() -> Self {
        Self {
            key_type: KeyType::P384,
            ..Self::default()
        }
    }

    /// The same card with `left` tries on `key`.
    #[must_use]
    pub fn with_tries(mut self, key: Key, left: u8) -> Self {
        self.tries.insert(key, left);
        self
    }

    /// The same card with other behaviour.
    #[must_use]
    pub fn with_quirks(mut self, quirks: Quirks) -> Self {
        self.quirks = quirks;
        self
    }
}

/// A reference value on the card that VERIFY compares with, and its retry counter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Key {
    /// PIN of user authentication: JPKI application, EF `0018`, 4 digits, 3 tries.
    AuthPin,
    /// Password of the signature key: JPKI application, EF `001B`, 5 tries.
    SignPassword,
    /// Birth date as six digits: surface application, EF `0011`, 10 tries.
    SurfaceBirth,
    /// 照合番号B, the card-face code: surface application, EF `0012`, 10 tries.
    SurfaceB,
    /// 照合番号A, the My Number: surface application, EF `0013`, 10 tries.
    SurfaceA,
    /// PIN of the attributes: text application, EF `0011`, 3 tries.
    TextPin,
    /// 照合番号A: text application, EF `0014`, 10 tries.
    TextA,
    /// 照合番号B: text application, EF `0015`, 10 tries.
    TextB,
    /// PIN of the common application, EF `001C`, 3 tries.
    CommonPin,
    /// PIN of the resident-register application, EF `001C`, 3 tries.
    ResidentPin,
}

/// Types of key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum KeyType {
    /// RSA of 2048 bits.
    #[default]
    Rsa2048,
    /// ECDSA on P-384. COMPUTE DIGITAL SIGNATURE takes a SHA-384 hash (P1 = `00` or `02`) or a
    /// message that it hashes itself (`01`, `03`), and answers `r ‖ s`: a **guess**, as are the
    /// records with such keys.
    P384,
}

/// Kinds of user-authentication certificate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Certificate {
    /// In order: issued 100 days ago.
    #[default]
    Valid,
    /// Its end lies in the past: issued six years ago.
    Expired,
    /// Its beginning lies 30 days ahead.
    NotYetValid,
    /// Issued under the right name by an authority that has another key.
    OtherAuthority,
    /// In order, but for another key than the one on the card: a cloned certificate.
    OtherKey,
    /// Issued, then changed by one bit.
    Tampered,
}

/// What the card's token information says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Token {
    /// The plastic card, `JPKIAPICCTOKEN2`.
    #[default]
    Card,
    /// Its predecessor until 2015, `JPKIAPICCTOKEN`.
    ResidentCard,
    /// Certificate on an Android telephone, `JPKIAPGPSETOKEN`. The user-authentication
    /// certificate is read only after its PIN (observed).
    Android,
    /// Certificate on an iPhone, `JPKIAPIOSTOKEN`. Taken to want the PIN first as Android does.
    Iphone,
}

impl Token {
    pub(super) fn label(self) -> &'static str {
        match self {
            Self::Card => "JPKIAPICCTOKEN2",
            Self::ResidentCard => "JPKIAPICCTOKEN",
            Self::Android => "JPKIAPGPSETOKEN",
            Self::Iphone => "JPKIAPIOSTOKEN",
        }
    }

    pub(super) fn certificate_wants_pin(self) -> bool {
        matches!(self, Self::Android | Self::Iphone)
    }
}

/// Behaviour that differs between cards or that reports disagree about. The default is the
/// plastic card as most people observed it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Quirks {
    /// Selecting the application that is already selected locks its keys again. Measured on a
    /// card: it does not; OpenSC acts as if it did.
    pub reselect_clears: bool,
    /// A warm reset deselects the application and locks its keys. Measured: it does neither.
    pub warm_reset_clears: bool,
    /// The first command after power-on is answered `6F00` (seen on one card).
    pub first_command_fails: bool,
    /// The command forms in which short EF identifiers are refused with `6A86`.
    pub refuses_short_ef: ShortEfRefusal,
    /// READ BINARY that would give so many bytes or more to a short Le is answered `6700`, as
    /// behind readers that choke on them (256 reported, less for some). Signatures still come.
    pub refuses_answers_of: Option<usize>,
    /// An Le beyond the end of the file is answered `6Cxx` instead of with what is there
    /// (`6700` where more than 255 bytes are there).
    pub corrects_le: bool,
    /// Answers to commands with a body wait for GET RESPONSE behind `61xx`.
    pub holds_responses: bool,
    /// A read that reaches the end of the file says `6282` instead of `9000`.
    pub warns_at_end: bool,
    /// A blocked key answers VERIFY with ISO's `6983` instead of `6984`.
    pub blocked_is_6983: bool,
    /// Command chaining (CLA bit 5) is taken; if not it is answered `6884`.
    pub chaining: bool,
    /// The user-authentication certificate is read only after its PIN, as on telephones, whatever
    /// the token information says.
    pub certificate_wants_pin: bool,
    /// What fills the certificate files and the face record up.
    pub padding: Padding,
}

/// What stands behind the content of a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Padding {
    /// `00` behind certificates and `FF` behind the face record (observed).
    #[default]
    AsObserved,
    /// `00` everywhere.
    Zeros,
    /// `FF` everywhere.
    Ones,
    /// Nothing: files are as long as their content.
    Absent,
}

impl Padding {
    /// Fills `file` up to `size` bytes, with `observed` where nothing else is asked for.
    pub(super) fn fill(self, file: &mut Vec<u8>, size: usize, observed: u8) {
        let byte = match self {
            Self::AsObserved => observed,
            Self::Zeros => 0x00,
            Self::Ones => 0xff,
            Self::Absent => return,
        };
        file.resize(size.max(file.len()), byte);
    }
}

/// Where short EF identifiers are refused.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ShortEfRefusal {
    /// In READ BINARY and READ RECORD.
    pub read: bool,
    /// In VERIFY.
    pub verify: bool,
    /// In COMPUTE DIGITAL SIGNATURE and INTERNAL AUTHENTICATE.
    pub sign: bool,
}

impl ShortEfRefusal {
    /// Refused everywhere.
    pub const ALL: Self = Self {
        read: true,
        verify: true,
        sign: true,
    };
}
