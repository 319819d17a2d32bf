//! What can go wrong in a session, in terms of people: whose trouble it is, whether trying again
//! helps, and what somebody can do next.

use std::borrow::Cow;

use super::messages::MessageId;

coded! {
    /// Where the trouble lies.
    pub enum Blame {
        /// The card.
        Card = "card",
        /// The card reader or the service behind it.
        Reader = "reader",
        /// The camera or the card-face scanner.
        Camera = "camera",
        /// The person before the machine.
        Person = "person",
        /// The staff.
        Staff = "staff",
        /// The network.
        Network = "network",
        /// The government systems.
        Upstream = "upstream",
        /// The clock.
        Clock = "clock",
        /// The configuration of this site.
        Config = "config",
        /// A program.
        Bug = "bug",
    }
}

coded! {
    /// Something that a person can do now.
    pub enum NextStep {
        /// Take off what hides the face and look at the camera again.
        RetryFace = "retry-face",
        /// Choose face authentication.
        UseFace = "use-face",
        /// Choose the PIN.
        UsePin = "use-pin",
        /// Call the staff, who can compare the printed photo.
        CallStaff = "call-staff",
        /// Take the card, look at it and place it again.
        InsertAgain = "insert-again",
        /// Start a new session.
        StartAgain = "start-again",
        /// Take another card.
        UseMyNumberCard = "use-my-number-card",
        /// Confirm eligibility in one of the fallback routes at the counter.
        UseFallback = "use-fallback",
        /// Renew or repair at the municipality.
        VisitMunicipality = "visit-municipality",
        /// Unlock the PIN: municipality or official reset service.
        ResetPin = "reset-pin",
        /// Ask the insurer.
        AskInsurer = "ask-insurer",
        /// Register the card for health insurance.
        RegisterCard = "register-card",
        /// Repair, reconnect or restart the device.
        CheckDevice = "check-device",
        /// Set the clock.
        SetClock = "set-clock",
        /// Wait a little.
        Wait = "wait",
        /// Place the card.
        PlaceCard = "place-card",
        /// Leave the card where it is.
        LeaveCard = "leave-card",
        /// Take the card.
        TakeCard = "take-card",
        /// Bring the card itself: a phone or a notice alone will not do.
        BringCard = "bring-card",
        /// Hold the phone to its reader.
        HoldPhone = "hold-phone",
        /// Say which papers there are.
        ShowPapers = "show-papers",
        /// Answer the question on the screen.
        AnswerQuestion = "answer-question",
        /// Call the line that suspends a lost card, and lifts the suspension.
        CallCardLine = "call-card-line",
    }
}

/// Whether a precious attempt (PIN, card-face code) was used up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Consumed {
    /// No attempt was used.
    #[default]
    No,
    /// One was used; so many are left.
    Yes {
        /// Attempts left.
        left: u8,
    },
    /// The card did not answer, so nobody knows. Read the counter before anything else.
    Unknown,
}

/// Defines the codes and everything that is fixed about them in one table.
macro_rules! failures {
    ($($id:ident = $code:literal, $blame:ident, $retry:literal, $patient:ident, $staff:ident,
       [$($next:ident),+]: $doc:literal;)*) => {
        /// The kind of a failure. Codes are stable.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum FailureCode { $(#[doc = $doc] $id,)* }

        impl FailureCode {
            /// Every code.
            pub const ALL: &'static [Self] = &[$(Self::$id,)*];

            /// The stable name, in kebab-case.
            #[must_use]
            pub fn code(self) -> &'static str {
                match self { $(Self::$id => $code,)* }
            }

            /// Where the trouble lies.
            #[must_use]
            pub fn blame(self) -> Blame {
                match self { $(Self::$id => Blame::$blame,)* }
            }

            /// Whether the same thing may work at the next try.
            #[must_use]
            pub fn is_retryable(self) -> bool {
                match self { $(Self::$id => $retry,)* }
            }

            /// What to tell the patient.
            #[must_use]
            pub fn patient_message(self) -> MessageId {
                match self { $(Self::$id => MessageId::$patient,)* }
            }

            /// What to tell the staff.
            #[must_use]
            pub fn staff_message(self) -> MessageId {
                match self { $(Self::$id => MessageId::$staff,)* }
            }

            /// What somebody can do next, best first; never empty.
            #[must_use]
            pub fn next_steps(self) -> &'static [NextStep] {
                match self { $(Self::$id => &[$(NextStep::$next),+],)* }
            }
        }
    };
}

failures! {
    NotPresent = "not-present", Person, true, InsertAgain, StaffInfo, [InsertAgain]: "There is no card.";
    RemovedDuring = "removed-during", Person, true, CardRemoved, StaffInfo, [StartAgain]: "The card was taken away in the middle.";
    Mute = "mute", Card, true, InsertAgain, StaffCardCannotBeRead, [InsertAgain, UseFallback, VisitMunicipality]: "The chip does not answer.";
    Multiple = "multiple", Person, true, OneCard, StaffInfo, [InsertAgain]: "More than one card in the field.";
    NotMyNumberCard = "not-my-number-card", Person, false, NotMyNumberCard, StaffInfo, [UseMyNumberCard, UseFallback]: "Another kind of card.";
    Unrecognised = "unrecognised", Card, true, InsertAgain, StaffCardCannotBeRead, [InsertAgain, CallStaff]: "Something lies on the reader that it cannot recognise.";
    ProtocolError = "protocol-error", Card, true, InsertAgain, StaffCardCannotBeRead, [InsertAgain, CallStaff]: "Card and reader do not understand each other.";
    FileMalformed = "file-malformed", Card, false, InsertAgain, StaffCardCannotBeRead, [CallStaff, VisitMunicipality]: "A file of the card is not what it should be.";
    NotGenuine = "not-genuine", Card, false, IdentityNotConfirmed, StaffNotGenuine, [CallStaff]: "A signature of the card does not verify.";
    ExpiredPastGrace = "expired-past-grace", Card, false, Expired, StaffExpired, [UseFallback, VisitMunicipality]: "Certificate or card expired, and its grace period is over.";
    CertificateExpired = "certificate-expired", Card, false, Expired, StaffExpired, [UseFallback, VisitMunicipality]: "The certificate is past its last day.";
    CertificateNotYetValid = "certificate-not-yet-valid", Card, false, IdentityNotConfirmed, StaffExpired, [CallStaff, SetClock]: "The certificate is not valid yet, or the clock is slow.";
    CertificateNeedsPin = "certificate-needs-pin", Card, false, NotMyNumberCard, StaffInfo, [UseMyNumberCard, CallStaff]: "A phone: its certificate can be read only after the PIN.";
    Revoked = "revoked", Card, false, Revoked, StaffRevoked, [UseFallback, VisitMunicipality]: "The certificate is revoked or suspended.";
    Suspended = "suspended", Card, false, Suspended, StaffSuspended, [UseFallback, CallCardLine, VisitMunicipality]: "The certificate is suspended, because the card was reported lost.";
    PhoneExpired = "phone-expired", Card, false, PhoneExpired, StaffExpired, [BringCard, UseFallback, VisitMunicipality]: "The phone's certificate expired. A phone has no grace; the card itself may still have one.";
    PhoneUnreadable = "phone-unreadable", Person, true, PhoneUnreadable, StaffInfo, [HoldPhone, BringCard, CallStaff]: "The phone could not be read, or holds no certificate of a card.";
    PhonePinWrong = "phone-pin-wrong", Person, true, PhonePinWrong, StaffInfo, [HoldPhone, BringCard, CallStaff]: "The phone's code was wrong.";
    PhonePinBlocked = "phone-pin-blocked", Card, false, PhonePinBlocked, StaffIdentityHelp, [BringCard, CallStaff]: "The phone's code is locked.";
    PhoneNotRegistered = "phone-not-registered", Person, true, PhoneNotRegistered, StaffEligibility, [BringCard, UseFallback]: "Registration needs the card itself.";
    CardAndPhone = "card-and-phone", Person, true, CardAndPhone, StaffInfo, [StartAgain, TakeCard]: "A card was placed while a phone was waited for.";
    WithoutCard = "without-card", Person, true, GoToCounter, StaffWithoutCard, [UseFallback, CallStaff]: "The patient has no card that can be used here.";
    NoticeNeedsCard = "notice-needs-card", Person, true, NoticeNeedsCard, StaffWithoutCard, [BringCard, CallStaff]: "A notice of eligibility data alone is not valid.";
    NothingToShow = "nothing-to-show", Person, false, NothingToShow, StaffWithoutCard, [CallStaff, AskInsurer]: "The patient has neither the card nor a paper that stands for it.";
    PinBlocked = "pin-blocked", Card, false, PinBlocked, StaffIdentityHelp, [UseFace, CallStaff, ResetPin]: "The PIN is locked, or the card has none.";
    PinWrong = "pin-wrong", Person, true, PinWrong, StaffInfo, [UsePin, UseFace, CallStaff]: "The PIN was wrong.";
    LastTry = "last-try", Person, true, PinLastTry, StaffIdentityHelp, [UseFace, CallStaff]: "One more wrong PIN locks it.";
    PinUnanswered = "pin-unanswered", Card, false, InsertAgain, StaffCardCannotBeRead, [StartAgain, CallStaff]: "The card never said whether the PIN was right.";
    CardFaceBlocked = "card-face-blocked", Card, false, FaceUseOther, StaffIdentityHelp, [UsePin, CallStaff, VisitMunicipality]: "The card-face code is locked.";
    CardFaceWrong = "card-face-wrong", Camera, true, CardFaceUnreadable, StaffIdentityHelp, [UsePin, CallStaff]: "The card refused the code that was read off its face.";
    CardFaceGuarded = "card-face-guarded", Card, false, CardFaceUnreadable, StaffIdentityHelp, [UsePin, CallStaff]: "So few attempts are left for the card-face code that none is risked.";
    FaceOnlyUnsupportedHere = "face-only-unsupported-here", Card, false, FaceOnlyNotHere, StaffIdentityHelp, [UseFallback, CallStaff]: "A card without PIN where only the PIN is accepted.";
    CardFaceUnreadable = "card-face-unreadable", Camera, true, CardFaceUnreadable, StaffIdentityHelp, [UsePin, CallStaff]: "The printed data could not be read.";
    CardFaceImplausible = "card-face-implausible", Camera, true, CardFaceUnreadable, StaffIdentityHelp, [UsePin, CallStaff]: "The printed data were misread: no such date, year or code.";
    PortraitUndecodable = "portrait-undecodable", Card, false, FaceUseOther, StaffIdentityHelp, [UsePin, CallStaff]: "The photo of the chip cannot be decoded.";
    PortraitTooLarge = "portrait-too-large", Card, false, FaceUseOther, StaffIdentityHelp, [UsePin, CallStaff]: "The photo of the chip is larger than any photo should be.";
    NoFace = "no-face", Person, true, LookAtCamera, StaffIdentityHelp, [RetryFace, UsePin, CallStaff]: "No face was seen.";
    ManyFaces = "many-faces", Person, true, OnePerson, StaffInfo, [RetryFace, CallStaff]: "More than one face was seen.";
    Occluded = "occluded", Person, true, RemoveMaskOrHat, StaffInfo, [RetryFace, UsePin, CallStaff]: "Something hides the face.";
    EyesCovered = "eyes-covered", Person, true, ShowYourEyes, StaffInfo, [RetryFace, UsePin, CallStaff]: "Dark glasses or hair hide the eyes.";
    Turned = "turned", Person, true, FaceTheCamera, StaffInfo, [RetryFace, UsePin, CallStaff]: "The face looks to the side.";
    Tilted = "tilted", Person, true, HoldHeadUpright, StaffInfo, [RetryFace, UsePin, CallStaff]: "The head leans to a shoulder.";
    TooDark = "too-dark", Camera, true, MoreLight, StaffInfo, [RetryFace, UsePin, CallStaff]: "Too little light.";
    TooBright = "too-bright", Camera, true, TooMuchLight, StaffInfo, [RetryFace, UsePin, CallStaff]: "Too much light on the face.";
    BackLit = "back-lit", Camera, true, LightBehind, StaffInfo, [RetryFace, UsePin, CallStaff]: "Light from behind.";
    TooFar = "too-far", Person, true, MoveCloser, StaffInfo, [RetryFace]: "The face is too far away.";
    TooNear = "too-near", Person, true, MoveBack, StaffInfo, [RetryFace]: "The face is too near.";
    OutsideFrame = "outside-frame", Person, true, WholeFace, StaffInfo, [RetryFace, CallStaff]: "Part of the face is outside the picture.";
    Moving = "moving", Person, true, HoldStill, StaffInfo, [RetryFace]: "The face moved.";
    Blurred = "blurred", Person, true, HoldStill, StaffInfo, [RetryFace]: "The face is out of focus, or smeared.";
    NoMatch = "no-match", Person, true, FaceTryAgain, StaffIdentityHelp, [RetryFace, UsePin, CallStaff]: "The face is not the face on the chip, as far as the engine can tell.";
    FaceBudgetUsed = "face-budget-used", Person, false, FaceUseOther, StaffIdentityHelp, [UsePin, CallStaff]: "All attempts by face are used.";
    SpoofSuspected = "spoof-suspected", Person, true, FaceTryAgain, StaffSpoof, [RetryFace, UsePin, CallStaff]: "Perhaps not a live face. The patient is not told.";
    LivenessUndecided = "liveness-undecided", Person, true, FaceTryAgain, StaffIdentityHelp, [RetryFace, UsePin, CallStaff]: "The liveness check came to no decision. The patient is not told.";
    EngineFailure = "engine-failure", Bug, true, FaceTryAgain, StaffDevice, [RetryFace, UsePin, CallStaff]: "The face engine failed.";
    ReaderLost = "reader-lost", Reader, true, UseCounter, StaffDevice, [CheckDevice, UseFallback]: "The card reader is not connected, or does not answer.";
    ServiceStopped = "service-stopped", Reader, true, UseCounter, StaffDevice, [CheckDevice, UseFallback]: "The service behind the reader stopped, or cannot reach the reader.";
    CameraLost = "camera-lost", Camera, true, FaceUseOther, StaffDevice, [UsePin, CallStaff, CheckDevice]: "The camera went away.";
    CameraStalled = "camera-stalled", Camera, true, FaceUseOther, StaffDevice, [UsePin, CallStaff, CheckDevice]: "The camera gives no frames.";
    PinPadCancelled = "pin-pad-cancelled", Person, true, ChooseMethod, StaffInfo, [UsePin, UseFace, CallStaff]: "Cancelled on the PIN pad.";
    PinPadTimeout = "pin-pad-timeout", Person, true, ChooseMethod, StaffInfo, [UsePin, UseFace, CallStaff]: "Nobody entered a PIN.";
    PinPadFailed = "pin-pad-failed", Reader, true, MethodUnavailable, StaffDevice, [UseFace, CallStaff, CheckDevice]: "The PIN pad failed before the card was asked.";
    Busy = "busy", Reader, true, InsertAgain, StaffDevice, [Wait, CheckDevice]: "Another program uses the device.";
    Unsupported = "unsupported", Config, false, MethodUnavailable, StaffDevice, [CallStaff]: "The device cannot do this.";
    JpkiOutage = "jpki-outage", Upstream, true, UpstreamTrouble, StaffUpstream, [UseFallback, Wait]: "The certificate authority is out. Registered patients may still pass.";
    SystemOutage = "system-outage", Upstream, true, UpstreamTrouble, StaffUpstream, [UseFallback, Wait]: "The eligibility system is out.";
    NetworkDown = "network-down", Network, true, UpstreamTrouble, StaffUpstream, [UseFallback, CheckDevice]: "There is no way to the eligibility system.";
    UpstreamTimeout = "upstream-timeout", Upstream, true, UpstreamTrouble, StaffUpstream, [UseFallback, Wait]: "No answer in time.";
    AuthenticationRefused = "authentication-refused", Upstream, false, IdentityNotConfirmed, StaffUpstream, [CallStaff, UseFallback]: "The government system refused the authentication.";
    NotRegistered = "not-registered", Person, true, NotRegistered, StaffEligibility, [RegisterCard, UseFallback]: "The card is not registered for health insurance.";
    RegistrationRefused = "registration-refused", Upstream, false, RegistrationFailed, StaffEligibility, [UseFallback, CallStaff]: "Registration was refused.";
    CertificateTooCloseToExpiry = "certificate-too-close-to-expiry", Card, false, RegistrationFailed, StaffExpired, [UseFallback, VisitMunicipality]: "Registration was refused because the certificate ends in a few days.";
    EligibilityInvalid = "eligibility-invalid", Upstream, false, EligibilityNotConfirmed, StaffEligibility, [UseFallback, AskInsurer]: "The eligibility is not valid now.";
    EligibilityNotFound = "eligibility-not-found", Upstream, false, EligibilityNotConfirmed, StaffEligibility, [UseFallback, AskInsurer]: "No eligibility was found.";
    ConsentsNotSent = "consents-not-sent", Upstream, true, ConsentsNotSent, StaffUpstream, [CallStaff]: "Eligibility is confirmed, but the consents did not arrive.";
    DataLooksWrong = "data-looks-wrong", Upstream, false, DataLooksWrong, StaffDataLooksWrong, [CallStaff, AskInsurer]: "The patient says that the data are wrong.";
    IdentityNotConfirmed = "identity-not-confirmed", Person, false, IdentityNotConfirmed, StaffIdentityHelp, [CallStaff, UseFallback]: "No method is left, or staff did not recognise the person.";
    StaffCodeWrong = "staff-code-wrong", Staff, true, StaffWrongCode, StaffLocked, [CallStaff, Wait]: "Wrong pass code.";
    Cancelled = "cancelled", Person, true, Cancelled, StaffInfo, [StartAgain]: "Somebody cancelled.";
    TimedOut = "timed-out", Person, true, TimedOut, StaffInfo, [StartAgain, CallStaff]: "Nobody acted in time.";
    StaleResult = "stale-result", Bug, false, TimedOut, StaffInfo, [StartAgain]: "An answer came for a session that is over.";
    ModeForbids = "mode-forbids", Config, false, MethodUnavailable, StaffIdentityHelp, [CallStaff]: "The policy of this site does not allow it.";
    ClockUntrusted = "clock-untrusted", Clock, false, Reading, StaffClock, [SetClock]: "The clock cannot be believed, so dates decide nothing.";
}

/// One failure of one session.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Failure {
    /// What kind.
    pub code: FailureCode,
    /// The step in which it happened, for example `pin-verifying`.
    pub step: &'static str,
    /// Whether a precious attempt was used up.
    pub consumed: Consumed,
    /// What the vendor's device calls it.
    pub vendor_code: Option<Cow<'static, str>>,
}

impl Failure {
    /// A failure of `code` in `step` that used up no attempt.
    #[must_use]
    pub fn new(code: FailureCode, step: &'static str) -> Self {
        Self {
            code,
            step,
            consumed: Consumed::No,
            vendor_code: None,
        }
    }

    /// The same failure with what became of the attempt.
    #[must_use]
    pub fn consuming(mut self, consumed: Consumed) -> Self {
        self.consumed = consumed;
        self
    }

    /// The same failure with the vendor's code.
    #[must_use]
    pub fn with_vendor_code(mut self, code: impl Into<Cow<'static, str>>) -> Self {
        self.vendor_code = Some(code.into());
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_failure_has_its_own_code_and_a_next_step() {
        let codes: HashSet<_> = FailureCode::ALL.iter().map(|code| code.code()).collect();
        assert_eq!(codes.len(), FailureCode::ALL.len());
        for failure in FailureCode::ALL {
            assert!(!failure.next_steps().is_empty(), "{failure:?}");
            let kebab = |c: char| c.is_ascii_lowercase() || c == '-';
            assert!(failure.code().chars().all(kebab), "{failure:?}");
        }
    }

    #[test]
    fn the_patient_is_not_told_about_a_suspected_spoof() {
        assert_eq!(
            FailureCode::SpoofSuspected.patient_message(),
            FailureCode::NoMatch.patient_message()
        );
    }
}
