//! Whether a frame is worth comparing, and what to tell the person if not.

mod gate;
mod light;
mod motion;
#[cfg(all(test, feature = "sim"))]
mod tests;

use std::fmt;

pub use gate::QualityGate;
pub use motion::Motion;

/// A side of the picture, as the camera sees it: at the left of the picture stands who is too far
/// to their own right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Side {
    /// The left of the picture.
    Left,
    /// The right of the picture.
    Right,
    /// Its upper edge.
    Above,
    /// Its lower edge.
    Below,
}

/// Why a picture cannot be compared. Each has a stable code, to be mapped to a spoken or shown
/// hint; the session does so with messages of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum QualityReason {
    /// No face was found.
    NoFace,
    /// Another face of about the same size is in view.
    SeveralFaces,
    /// The face is too far away: too few pixels.
    TooSmall,
    /// The face is too near: it fills the picture.
    TooClose,
    /// The face is partly outside the picture.
    OutsideFrame(Side),
    /// The face looks to the side.
    Turned,
    /// The head leans to a shoulder.
    Tilted,
    /// Something hides the eyes: dark glasses, hair, a hand. Only if the detector can tell.
    EyesCovered,
    /// Something hides the mouth: a mask, a scarf, a hand. Only if the detector can tell.
    MouthCovered,
    /// The face moves too fast, or somebody else came into view.
    Moving,
    /// The light comes from behind: the surroundings are washed out and the face is dark.
    BackLit,
    /// The face is too dark.
    TooDark,
    /// The face is too bright, or parts of it are washed out.
    TooBright,
    /// The face is out of focus, or smeared.
    Blurred,
}

impl QualityReason {
    /// Every reason, the one to mention first at the front.
    pub const ALL: &'static [Self] = &[
        Self::NoFace,
        Self::SeveralFaces,
        Self::TooSmall,
        Self::TooClose,
        Self::OutsideFrame(Side::Left),
        Self::OutsideFrame(Side::Right),
        Self::OutsideFrame(Side::Above),
        Self::OutsideFrame(Side::Below),
        Self::Turned,
        Self::Tilted,
        Self::EyesCovered,
        Self::MouthCovered,
        Self::Moving,
        Self::BackLit,
        Self::TooDark,
        Self::TooBright,
        Self::Blurred,
    ];

    /// The stable code, in kebab-case.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::NoFace => "no-face",
            Self::SeveralFaces => "several-faces",
            Self::TooSmall => "too-small",
            Self::TooClose => "too-close",
            Self::OutsideFrame(Side::Left) => "outside-frame-left",
            Self::OutsideFrame(Side::Right) => "outside-frame-right",
            Self::OutsideFrame(Side::Above) => "outside-frame-above",
            Self::OutsideFrame(Side::Below) => "outside-frame-below",
            Self::Turned => "turned",
            Self::Tilted => "tilted",
            Self::EyesCovered => "eyes-covered",
            Self::MouthCovered => "mouth-covered",
            Self::Moving => "moving",
            Self::BackLit => "back-lit",
            Self::TooDark => "too-dark",
            Self::TooBright => "too-bright",
            Self::Blurred => "blurred",
        }
    }

    /// The quality component of ISO/IEC 29794-5:2025 that is about the same thing, under the name
    /// that OFIQ, its reference implementation, gives it. `None` where the standard has none: it
    /// presupposes a face, judges single pictures, and knows light on the face only.
    ///
    /// The name is all that is shared: the measures of [`QualityGate`] are its own, simpler ones.
    #[must_use]
    pub fn iso_29794_5(self) -> Option<&'static str> {
        match self {
            Self::NoFace | Self::Moving | Self::BackLit => None,
            Self::SeveralFaces => Some("Single face present"),
            Self::TooSmall => Some("Inter-eye distance"),
            Self::TooClose => Some("Head size"),
            Self::OutsideFrame(Side::Left) => Some("Leftward crop of the face image"),
            Self::OutsideFrame(Side::Right) => Some("Rightward crop of the face image"),
            Self::OutsideFrame(Side::Above) => Some("Margin above of the face image"),
            Self::OutsideFrame(Side::Below) => Some("Margin below of the face image"),
            Self::Turned | Self::Tilted => Some("Head pose"),
            Self::EyesCovered => Some("Eyes visible"),
            Self::MouthCovered => Some("Mouth occlusion prevention"),
            Self::TooDark => Some("Under-exposure prevention"),
            Self::TooBright => Some("Over-exposure prevention"),
            Self::Blurred => Some("Sharpness"),
        }
    }
}

impl fmt::Display for QualityReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}
