//! What the machine is told.

use std::borrow::Cow;

use jiff::civil::Date;

use super::face_hint::FaceHint;
use super::identity::{Method, ProvenSet, SessionId};
use super::policy::{AssistProfile, SiteMode};
use super::ports::{
    AuthAnswer, BirthDate, EligibilityAnswer, PhoneAnswer, RegistrationAnswer, StaffCodeAnswer,
};
use super::routes::Papers;
use crate::error::ErrorKind;
use crate::face::{Challenge, MatchStatement, PadEvidence};

/// Names one request of one session; the answer brings it back. An answer with another ticket
/// than the one that is waited for is late: it is dropped and counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Ticket {
    pub(super) session: SessionId,
    pub(super) number: u32,
}

impl Ticket {
    /// The session that asked.
    #[must_use]
    pub fn session(self) -> SessionId {
        self.session
    }
}

/// Names one armed timer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TimerId(pub(super) u64);

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// A card came into the field. Only on the edge, never for a card that was there before.
    CardArrived,
    /// The field was stable for the debounce time and the card is powered.
    CardStable,
    /// The card left the field.
    CardLeft,
    /// The card does not answer.
    CardMute,
    /// Something lies there that the reader cannot recognise.
    CardUnrecognised,
    /// More than one card.
    MultipleCards,
    /// A card of another kind.
    NotMyNumberCard,
    /// The card reader went away, or cannot be reached.
    ReaderLost,
    /// The card reader is here.
    ReaderBack {
        /// Whether a card lies in it. Such a card is never processed.
        card_present: bool,
    },
    /// The service behind the reader stopped.
    ServiceLost,
    /// The service behind the reader runs.
    ServiceBack,
    /// The camera went away.
    CameraLost,
    /// The camera is here.
    CameraBack,
    /// What the face engine claims about its matches; goes into the reports. Told before the first
    /// `CameraBack`, and whenever the engine is another.
    FaceEngine(MatchStatement),
    /// What the liveness check was tested with; goes into the reports. Told as
    /// [`FaceEngine`](Self::FaceEngine) is.
    LivenessCheck(PadEvidence),
    /// The patient chose a method. Before any card came, only a phone can be chosen.
    Chosen(Method),
    /// The patient has no card, or one that cannot be used here.
    WithoutCard,
    /// The patient wants to use the last try of the PIN although it may lock.
    AcknowledgeLastTry,
    /// The patient does not know the PIN. Uses up no attempt.
    PinUnknown,
    /// So many digits are in the entry field. Which ones is nobody's business.
    PinDigits(u8),
    /// Staff read on the card's face that it was issued without PINs. The chip does not say so.
    FaceOnlyCard,
    /// Staff compared the person with the printed photo.
    StaffDecision {
        /// Whether it is the same person.
        same: bool,
    },
    /// Staff say that the reader is clear.
    StaffClear,
    /// The patient says that the shown data are wrong.
    DataLooksWrong,
    /// The patient needs more time.
    MoreTime,
    /// The patient wants to stop, or to go back.
    Cancel,
    /// The patient wants help.
    CallStaff,
    /// Somebody chose an assist profile.
    Assist(AssistProfile),
    /// Staff switched the mode of the site.
    ModeChanged(SiteMode),
    /// A device gave this code for what the next event reports; it goes into that failure.
    VendorCode(Cow<'static, str>),
    /// The program is about to stop.
    Shutdown,
    /// A timer fired.
    Timeout(TimerId),
    /// A request was answered.
    Answer(Ticket, Answer),
}

/// The answer to a request.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Answer {
    /// To `ReadCard`.
    Card(CardAnswer),
    /// To `ScanCardFace`.
    CardFace(CardFaceAnswer),
    /// To `UnlockPortrait`.
    Portrait(PortraitAnswer),
    /// On the way to the answer of `StartFace`: what the patient can do better. The request stays
    /// open.
    FaceHint(FaceHint),
    /// On the way to the answer of `StartFace`: what the liveness check asks the patient for now;
    /// `None` when that is done. The request stays open.
    FaceChallenge(Option<Challenge>),
    /// To `StartFace`.
    Face(FaceAnswer),
    /// To `CollectPin`, `VerifyPin` or `ExternalPin`.
    Pin(PinAnswer),
    /// To `AwaitPhone`.
    Phone(PhoneAnswer),
    /// To `AskPapers`: what the patient has at hand.
    Papers(Papers),
    /// To `AskStaffCode`.
    StaffCode(StaffCodeAnswer),
    /// To `Authenticate`, or to `ExternalPin` when the PIN was right.
    Authentication(AuthAnswer),
    /// To `OfferRegistration`: whether the patient wants it.
    RegistrationChoice(bool),
    /// To `Register`.
    Registration(RegistrationAnswer),
    /// To `Query`.
    Eligibility(EligibilityAnswer),
    /// To `AskConsent`.
    Consent(ConsentAnswer),
    /// To `Submit`: the consents arrived.
    Submitted,
    /// To any request: the call failed. The runner passes the kind of the error on and decides
    /// nothing.
    Failed(ErrorKind),
}

/// Whether the PIN of a card can be used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Attempts {
    /// So many attempts are left; zero is blocked.
    Left(u8),
    /// Locked, or the card was issued without.
    Blocked,
    /// The card did not tell.
    #[default]
    Unknown,
}

/// How the card was issued.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum CardProfile {
    /// With PINs.
    Standard,
    /// Without PINs: face or staff only. Never concluded from a locked PIN, which looks the same.
    FaceOnly,
    /// Not known.
    #[default]
    Unknown,
}

/// What a screening of the card found, without using up any attempt.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CardFacts {
    /// Last valid day of the authentication certificate, in Japan.
    pub certificate_expiry: Option<Date>,
    /// Last valid day of the card, if it can be read without a code.
    pub card_expiry: Option<Date>,
    /// The PIN's counter.
    pub pin: Attempts,
    /// The card-face code's counter.
    pub card_face: Attempts,
    /// How the card was issued.
    pub profile: CardProfile,
    /// What the reading proved, for example the certificate chain.
    pub proven: ProvenSet,
}

/// What became of reading the card.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CardAnswer {
    /// Read.
    Read(CardFacts),
    /// Not a My Number Card.
    NotMyNumberCard,
    /// The chip fell silent.
    Mute,
    /// A file is not what it should be.
    Malformed,
    /// The certificate's chain does not verify.
    NotGenuine,
    /// The certificate is not valid yet.
    NotYetValid,
}

/// Names one distinct card-face code of a session without telling it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ValueId(pub u8);

/// What a scan of the card's face gave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CardFaceAnswer {
    /// A plausible code, read twice alike.
    Accepted(ValueId),
    /// Something could not be read.
    Unreadable,
    /// Read, but it cannot be.
    Implausible,
}

/// What became of unlocking and reading the portrait.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PortraitAnswer {
    /// The portrait is in the runner's hands, decoded.
    Ready {
        /// What the dialogue proved.
        proven: ProvenSet,
        /// The birth date on the chip.
        birth: Option<BirthDate>,
        /// The card's expiry on the chip, which nobody signed.
        card_expiry: Option<Date>,
        /// Whether the photo's file is damaged, as the policy allows.
        damaged: bool,
    },
    /// The card refused the code.
    CodeWrong {
        /// Attempts left, as far as the card tells.
        left: Option<u8>,
    },
    /// The code is locked.
    CodeBlocked,
    /// The issuer's signature or the chip's answer does not verify.
    NotGenuine,
    /// The photo cannot be decoded.
    Undecodable,
    /// The photo is larger than any photo should be.
    TooLarge,
    /// The face engine failed before it could judge the photo.
    EngineFailure,
    /// The card was asked with the code and never answered: perhaps a try is gone.
    Unanswered,
}

/// What presentation-attack detection said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Presentation {
    /// Not looked at.
    #[default]
    NotChecked,
    /// A live face, as far as it can tell.
    Passed,
    /// Perhaps not a live face.
    Suspect,
    /// The check came to no decision. Nobody passed, and nobody is suspected.
    NoResponse,
}

impl Presentation {
    /// The stable name, in kebab-case.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::NotChecked => "not-checked",
            Self::Passed => "passed",
            Self::Suspect => "suspect",
            Self::NoResponse => "no-response",
        }
    }
}

/// The outcome of one attempt by face.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FaceAnswer {
    /// The same face.
    Match(Presentation),
    /// Not the same face, as far as the engine can tell; perhaps with a reason.
    NoMatch(Option<FaceHint>),
    /// No usable picture came in time.
    NoUsableFrame(FaceHint),
    /// Perhaps not a live face.
    Spoof,
    /// The liveness check came to no decision.
    NoLiveness,
    /// The engine failed.
    EngineFailure,
}

/// The answer of a PIN pad or of the card to a PIN.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PinAnswer {
    /// To `CollectPin`: ready to verify.
    Ready {
        /// The digits are entered on the device during `VerifyPin`, not before it.
        entry_in_device: bool,
    },
    /// Not four digits. The card was not asked.
    NotFourDigits,
    /// Cancelled on the pad. The card was not asked.
    Cancelled,
    /// Nobody entered anything. The card was not asked.
    TimedOut,
    /// The card accepted the PIN.
    Verified {
        /// What the dialogue proved beyond the PIN itself.
        proven: ProvenSet,
    },
    /// Wrong.
    Wrong {
        /// Attempts left, as far as the card tells.
        left: Option<u8>,
    },
    /// The card has fewer tries left than was known, and the guard kept them. Nothing was sent.
    Withheld {
        /// Attempts left.
        left: u8,
    },
    /// Locked.
    Blocked,
    /// The card was asked and never answered.
    Unanswered,
    /// The PIN was right, or was never sent, and then the card failed: no try is lost.
    CardFailed,
    /// The card's signature is wrong: a copy, or another card.
    NotGenuine,
}

/// The answer to one consent screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ConsentAnswer {
    /// Yes, to every item of the screen.
    Yes,
    /// No, to every item of the screen.
    No,
    /// Ask one by one.
    Detail,
}
