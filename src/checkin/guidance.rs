//! What to tell the patient, what to tell the staff, and what to do next: for every failure,
//! advice, notice, outcome and state. None of them is a dead end.

use super::face_hint::FaceHint;
use super::failure::{FailureCode, NextStep};
use super::messages::MessageId;
use super::report::{Notice, Outcome};
use super::state::Phase;

/// What to tell people, and what they can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Guidance {
    /// To the patient.
    pub patient: MessageId,
    /// To the staff.
    pub staff: MessageId,
    /// What somebody can do next, best first; never empty.
    pub next: &'static [NextStep],
}

const fn guide(patient: MessageId, staff: MessageId, next: &'static [NextStep]) -> Guidance {
    Guidance {
        patient,
        staff,
        next,
    }
}

impl FailureCode {
    /// What to tell people, and what they can do.
    #[must_use]
    pub fn guidance(self) -> Guidance {
        guide(
            self.patient_message(),
            self.staff_message(),
            self.next_steps(),
        )
    }
}

impl FaceHint {
    /// What to tell people, and what they can do.
    #[must_use]
    pub fn guidance(self) -> Guidance {
        Guidance {
            patient: self.message(),
            ..self.failure().guidance()
        }
    }
}

impl Notice {
    /// What to tell people, and what they can do.
    #[must_use]
    pub fn guidance(self) -> Guidance {
        use NextStep::{RegisterCard, SetClock, UseFallback, VisitMunicipality};
        match self {
            Self::ExpiresSoon { .. } => guide(
                MessageId::ExpiresSoon,
                MessageId::StaffInfo,
                &[VisitMunicipality],
            ),
            Self::InGrace { .. } => guide(
                MessageId::ExpiredInGrace,
                MessageId::StaffInfo,
                &[VisitMunicipality],
            ),
            Self::RegistrationMayFail { .. } => guide(
                MessageId::RegistrationMayFail,
                MessageId::StaffInfo,
                &[RegisterCard, UseFallback, VisitMunicipality],
            ),
            Self::ClockUntrusted => guide(MessageId::Reading, MessageId::StaffClock, &[SetClock]),
        }
    }
}

impl Outcome {
    /// What to tell people, and what they can do.
    #[must_use]
    pub fn guidance(&self) -> Guidance {
        use NextStep::{CallStaff, TakeCard};
        match self {
            Self::Completed => guide(MessageId::Done, MessageId::StaffInfo, &[TakeCard]),
            Self::Partial { .. } => guide(
                MessageId::PartlyDone,
                MessageId::StaffPartlyDone,
                &[CallStaff],
            ),
            Self::Fallback { reason, .. } => reason.guidance(),
            Self::Cancelled { .. } => FailureCode::Cancelled.guidance(),
            Self::TimedOut { .. } => FailureCode::TimedOut.guidance(),
            Self::Aborted { .. } => FailureCode::RemovedDuring.guidance(),
            Self::DeviceFailure { .. } => FailureCode::ReaderLost.guidance(),
        }
    }
}

impl Phase {
    /// What to tell people in this state, and what they can do. Calling the staff is among it
    /// wherever a patient stands before the machine.
    #[must_use]
    pub fn guidance(self) -> Guidance {
        use MessageId as Say;
        use NextStep::{
            AnswerQuestion, BringCard, CallStaff, CheckDevice, HoldPhone, LeaveCard, PlaceCard,
            RegisterCard, RetryFace, ShowPapers, TakeCard, UseFace, UseFallback, UsePin,
        };
        let (patient, staff, next): (_, _, &'static [NextStep]) = match self {
            Self::OutOfService(_) => (
                Say::UseCounter,
                Say::StaffDevice,
                &[UseFallback, CallStaff, CheckDevice],
            ),
            Self::Idle => (Say::Welcome, Say::StaffInfo, &[PlaceCard, CallStaff]),
            Self::CardSettling | Self::ReadingCard | Self::UnlockingPortrait => {
                (Say::Reading, Say::StaffInfo, &[LeaveCard, CallStaff])
            }
            Self::ChooseMethod => (
                Say::ChooseMethod,
                Say::StaffIdentityHelp,
                &[UseFace, UsePin, CallStaff],
            ),
            Self::PhoneAwait => (
                Say::HoldPhone,
                Say::StaffIdentityHelp,
                &[HoldPhone, BringCard, CallStaff],
            ),
            Self::WithoutCard => (
                Say::AskPapers,
                Say::StaffWithoutCard,
                &[ShowPapers, CallStaff],
            ),
            Self::FaceCapture => (
                Say::LookAtCamera,
                Say::StaffIdentityHelp,
                &[RetryFace, UsePin, CallStaff],
            ),
            Self::PinEntry => (
                Say::EnterPin,
                Say::StaffIdentityHelp,
                &[UsePin, UseFace, CallStaff],
            ),
            Self::StaffGate => (Say::StaffEnterCode, Say::StaffIdentityHelp, &[CallStaff]),
            Self::StaffConfirm => (Say::StaffCompare, Say::StaffIdentityHelp, &[CallStaff]),
            Self::PinVerifying | Self::Authenticating | Self::Registering => {
                (Say::Authenticating, Say::StaffInfo, &[LeaveCard, CallStaff])
            }
            Self::OfferingRegistration => (
                Say::OfferRegistration,
                Say::StaffEligibility,
                &[RegisterCard, CallStaff],
            ),
            Self::Querying | Self::Submitting => {
                (Say::Querying, Say::StaffInfo, &[LeaveCard, CallStaff])
            }
            Self::Consenting(_) => (
                Say::AskConsent,
                Say::StaffInfo,
                &[AnswerQuestion, CallStaff],
            ),
            Self::Showing => (Say::Done, Say::StaffInfo, &[TakeCard, CallStaff]),
            Self::RemoveCard(_) => (Say::RemoveCard, Say::StaffCardLeft, &[TakeCard, CallStaff]),
        };
        guide(patient, staff, next)
    }
}
