//! Every event, in every shape that a handler tells apart.

use super::*;

/// Every kind of answer, in every shape that a handler tells apart.
pub(super) fn answers() -> Vec<Answer> {
    let mut all = vec![
        Answer::Card(CardAnswer::Read(facts())),
        Answer::Card(CardAnswer::Read(CardFacts::default())),
        Answer::Card(CardAnswer::Read(CardFacts {
            certificate_expiry: Some(date(2020, 1, 1)),
            ..facts()
        })),
        Answer::Card(CardAnswer::Read(CardFacts {
            certificate_expiry: Some(date(2026, 10, 31)),
            pin: Attempts::Left(1),
            ..facts()
        })),
        Answer::CardFace(CardFaceAnswer::Accepted(ValueId(0))),
        Answer::CardFace(CardFaceAnswer::Accepted(ValueId(1))),
        Answer::CardFace(CardFaceAnswer::Accepted(ValueId(2))),
        Answer::CardFace(CardFaceAnswer::Unreadable),
        Answer::CardFace(CardFaceAnswer::Implausible),
        Answer::Portrait(portrait(date(1980, 2, 17))),
        Answer::Portrait(PortraitAnswer::Ready {
            proven: ProvenSet::EMPTY,
            birth: None,
            card_expiry: None,
            damaged: false,
        }),
        Answer::Portrait(PortraitAnswer::CodeWrong { left: Some(9) }),
        Answer::Portrait(PortraitAnswer::CodeWrong { left: None }),
        Answer::Portrait(PortraitAnswer::CodeBlocked),
        Answer::Portrait(PortraitAnswer::NotGenuine),
        Answer::Portrait(PortraitAnswer::Undecodable),
        Answer::Portrait(PortraitAnswer::TooLarge),
        Answer::Portrait(PortraitAnswer::EngineFailure),
        Answer::FaceHint(FaceHint::MoveLeft),
        Answer::FaceChallenge(Some(Challenge::TurnLeft)),
        Answer::FaceChallenge(None),
        Answer::Face(MATCH),
        Answer::Face(FaceAnswer::Match(Presentation::Suspect)),
        Answer::Face(FaceAnswer::Match(Presentation::NotChecked)),
        Answer::Face(FaceAnswer::Match(Presentation::NoResponse)),
        Answer::Face(FaceAnswer::NoMatch(None)),
        Answer::Face(FaceAnswer::NoMatch(Some(FaceHint::Occluded))),
        Answer::Face(FaceAnswer::NoUsableFrame(FaceHint::TooDark)),
        Answer::Face(FaceAnswer::Spoof),
        Answer::Face(FaceAnswer::NoLiveness),
        Answer::Face(FaceAnswer::EngineFailure),
        Answer::StaffCode(StaffCodeAnswer::Accepted { role: "reception" }),
        Answer::StaffCode(StaffCodeAnswer::Wrong),
        Answer::StaffCode(StaffCodeAnswer::Cancelled),
        Answer::Authentication(accepted(RegistrationState::Registered)),
        Answer::Authentication(accepted(RegistrationState::Released)),
        Answer::Authentication(AuthAnswer::Revoked),
        Answer::Authentication(AuthAnswer::Suspended),
        Answer::Authentication(AuthAnswer::Expired),
        Answer::Authentication(AuthAnswer::Refused),
        Answer::Authentication(AuthAnswer::Outage(UpstreamOutage::Network)),
        Answer::RegistrationChoice(true),
        Answer::RegistrationChoice(false),
        Answer::Registration(RegistrationAnswer::Registered),
        Answer::Registration(RegistrationAnswer::CertificateTooCloseToExpiry),
        Answer::Registration(RegistrationAnswer::Refused),
        Answer::Consent(ConsentAnswer::Yes),
        Answer::Consent(ConsentAnswer::No),
        Answer::Consent(ConsentAnswer::Detail),
        Answer::Submitted,
    ];
    for outcome in [
        EligibilityOutcome::Valid,
        EligibilityOutcome::Invalid,
        EligibilityOutcome::NotFound,
        EligibilityOutcome::NotRegistered,
        EligibilityOutcome::Unavailable(UpstreamOutage::EligibilitySystem),
    ] {
        all.push(Answer::Eligibility(EligibilityAnswer::new(outcome)));
    }
    for pin in [
        PinAnswer::Ready {
            entry_in_device: false,
        },
        PinAnswer::Ready {
            entry_in_device: true,
        },
        PinAnswer::NotFourDigits,
        PinAnswer::Cancelled,
        PinAnswer::TimedOut,
        PinAnswer::Verified {
            proven: ProvenSet::EMPTY.with(Proven::CertificatePossession),
        },
        PinAnswer::Wrong { left: Some(2) },
        PinAnswer::Wrong { left: Some(1) },
        PinAnswer::Wrong { left: Some(0) },
        PinAnswer::Wrong { left: None },
        PinAnswer::Blocked,
        PinAnswer::Withheld { left: 1 },
        PinAnswer::CardFailed,
        PinAnswer::NotGenuine,
        PinAnswer::Unanswered,
    ] {
        all.push(Answer::Pin(pin));
    }
    for phone in [
        verified_phone(Some(date(2030, 2, 17))),
        verified_phone(Some(date(2026, 11, 21))),
        PhoneAnswer::Verified {
            certificate_expiry: None,
            proven: ProvenSet::EMPTY,
        },
        PhoneAnswer::PinWrong { left: Some(2) },
        PhoneAnswer::PinWrong { left: Some(1) },
        PhoneAnswer::PinWrong { left: None },
        PhoneAnswer::PinBlocked,
        PhoneAnswer::Unreadable,
        PhoneAnswer::Cancelled,
    ] {
        all.push(Answer::Phone(phone));
    }
    for (card, certificate, notice) in [
        (false, false, false),
        (true, false, false),
        (false, true, false),
        (false, false, true),
        (true, false, true),
    ] {
        all.push(Answer::Papers(Papers {
            card,
            certificate,
            notice,
            ..Papers::default()
        }));
    }
    for kind in [
        ErrorKind::NoCard,
        ErrorKind::TimedOut,
        ErrorKind::Disconnected,
        ErrorKind::Busy,
        ErrorKind::Other,
    ] {
        all.push(Answer::Failed(kind));
    }
    all
}

/// A phone that was read and knows its owner.
pub(super) fn verified_phone(certificate_expiry: Option<Date>) -> PhoneAnswer {
    PhoneAnswer::Verified {
        certificate_expiry,
        proven: ProvenSet::EMPTY.with(Proven::CertificatePossession),
    }
}

/// Every event that is no answer and no timer.
pub(super) fn plain_events() -> Vec<Event> {
    let assist = AssistProfile {
        extra_time: true,
        tactile_pin: true,
        ..AssistProfile::default()
    };
    let mut all = vec![
        Event::CardArrived,
        Event::CardStable,
        Event::CardLeft,
        Event::CardMute,
        Event::CardUnrecognised,
        Event::MultipleCards,
        Event::NotMyNumberCard,
        Event::ReaderLost,
        Event::ReaderBack {
            card_present: false,
        },
        Event::ReaderBack { card_present: true },
        Event::ServiceLost,
        Event::ServiceBack,
        Event::CameraLost,
        Event::CameraBack,
        Event::FaceEngine(engine()),
        Event::LivenessCheck(PadEvidence::Untested),
        Event::AcknowledgeLastTry,
        Event::PinUnknown,
        Event::PinDigits(3),
        Event::StaffDecision { same: true },
        Event::StaffDecision { same: false },
        Event::StaffClear,
        Event::DataLooksWrong,
        Event::MoreTime,
        Event::Cancel,
        Event::CallStaff,
        Event::Assist(assist),
        Event::Assist(AssistProfile {
            staff_present: true,
            audio: true,
            ..assist
        }),
        Event::ModeChanged(SiteMode::Normal),
        Event::ModeChanged(SiteMode::StaffAssist),
        Event::ModeChanged(SiteMode::Disaster {
            until: Some(date(2026, 11, 30)),
        }),
        Event::ModeChanged(SiteMode::SystemFailure),
        Event::ModeChanged(SiteMode::Training),
        Event::WithoutCard,
        Event::FaceOnlyCard,
        Event::Shutdown,
        Event::VendorCode("006".into()),
    ];
    all.extend(Method::ALL.iter().map(|method| Event::Chosen(*method)));
    all
}
