//! What a patient can do better while the camera looks.

use super::failure::FailureCode;
use super::messages::MessageId;
use crate::face::{QualityReason, Side};

/// What a patient can do better while the camera looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FaceHint {
    /// No face is seen.
    NoFace,
    /// More than one face is seen.
    ManyFaces,
    /// Mask, hat or hand. By itself it never means "no match".
    Occluded,
    /// Dark glasses, or hair in the eyes. By itself it never means "no match".
    EyesCovered,
    /// Looks to the side.
    Turned,
    /// The head leans to a shoulder.
    Tilted,
    /// Too little light.
    TooDark,
    /// Too much light on the face.
    TooBright,
    /// Light from behind.
    BackLit,
    /// Too far away.
    TooFar,
    /// Too near.
    TooNear,
    /// Partly above or below the picture.
    CutOff,
    /// Moving.
    Moving,
    /// Out of focus, or smeared.
    Blurred,
    /// Stands too far right.
    MoveLeft,
    /// Stands too far left.
    MoveRight,
}

impl FaceHint {
    /// Every hint.
    pub const ALL: &'static [Self] = &[
        Self::NoFace,
        Self::ManyFaces,
        Self::Occluded,
        Self::EyesCovered,
        Self::Turned,
        Self::Tilted,
        Self::TooDark,
        Self::TooBright,
        Self::BackLit,
        Self::TooFar,
        Self::TooNear,
        Self::CutOff,
        Self::Moving,
        Self::Blurred,
        Self::MoveLeft,
        Self::MoveRight,
    ];

    /// What to tell the patient.
    #[must_use]
    pub fn message(self) -> MessageId {
        match self {
            Self::MoveLeft => MessageId::MoveLeft,
            Self::MoveRight => MessageId::MoveRight,
            other => other.failure().patient_message(),
        }
    }

    /// The failure of an attempt that ended with this hint and without a usable picture.
    #[must_use]
    pub fn failure(self) -> FailureCode {
        match self {
            Self::NoFace => FailureCode::NoFace,
            Self::ManyFaces => FailureCode::ManyFaces,
            Self::Occluded => FailureCode::Occluded,
            Self::EyesCovered => FailureCode::EyesCovered,
            Self::Turned => FailureCode::Turned,
            Self::Tilted => FailureCode::Tilted,
            Self::TooDark => FailureCode::TooDark,
            Self::TooBright => FailureCode::TooBright,
            Self::BackLit => FailureCode::BackLit,
            Self::TooFar => FailureCode::TooFar,
            Self::TooNear => FailureCode::TooNear,
            Self::CutOff | Self::MoveLeft | Self::MoveRight => FailureCode::OutsideFrame,
            Self::Moving => FailureCode::Moving,
            Self::Blurred => FailureCode::Blurred,
        }
    }
}

impl From<QualityReason> for FaceHint {
    fn from(reason: QualityReason) -> Self {
        match reason {
            QualityReason::NoFace => Self::NoFace,
            QualityReason::SeveralFaces => Self::ManyFaces,
            QualityReason::TooSmall => Self::TooFar,
            QualityReason::TooClose => Self::TooNear,
            // The left of the picture is the right of the person who looks into the camera.
            QualityReason::OutsideFrame(Side::Left) => Self::MoveLeft,
            QualityReason::OutsideFrame(Side::Right) => Self::MoveRight,
            QualityReason::OutsideFrame(Side::Above | Side::Below) => Self::CutOff,
            QualityReason::Turned => Self::Turned,
            QualityReason::Tilted => Self::Tilted,
            QualityReason::EyesCovered => Self::EyesCovered,
            QualityReason::MouthCovered => Self::Occluded,
            QualityReason::Moving => Self::Moving,
            QualityReason::BackLit => Self::BackLit,
            QualityReason::TooDark => Self::TooDark,
            QualityReason::TooBright => Self::TooBright,
            QualityReason::Blurred => Self::Blurred,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The words that say what to do about each reason. Only what is the same thing to do shares
    /// words.
    #[test]
    fn every_reason_has_words_of_its_own() {
        let told: Vec<_> = QualityReason::ALL
            .iter()
            .map(|reason| {
                let hint = FaceHint::from(*reason);
                (reason.code(), hint.message().code())
            })
            .collect();
        assert_eq!(
            told,
            [
                ("no-face", "look-at-camera"),
                ("several-faces", "one-person"),
                ("too-small", "move-closer"),
                ("too-close", "move-back"),
                ("outside-frame-left", "move-left"),
                ("outside-frame-right", "move-right"),
                ("outside-frame-above", "whole-face"),
                ("outside-frame-below", "whole-face"),
                ("turned", "face-the-camera"),
                ("tilted", "hold-head-upright"),
                ("eyes-covered", "show-your-eyes"),
                ("mouth-covered", "remove-mask-or-hat"),
                ("moving", "hold-still"),
                ("back-lit", "light-behind"),
                ("too-dark", "more-light"),
                ("too-bright", "too-much-light"),
                ("blurred", "hold-still"),
            ]
        );
    }

    #[test]
    fn a_hint_never_says_that_the_face_is_wrong() {
        for hint in FaceHint::ALL {
            assert_ne!(hint.failure(), FailureCode::NoMatch);
            assert_ne!(hint.message(), FailureCode::NoMatch.patient_message());
            assert!(hint.failure().is_retryable(), "{hint:?}");
        }
    }
}
