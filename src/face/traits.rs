//! What a face engine implements.

use super::{
    ComparisonScore, Decision, FaceRegion, MatchStatement, ModelId, QualityReason, Template,
};
use crate::error::Result;
use crate::imaging::{ImageView, Rect};
use crate::time::Timestamp;

/// Finds faces.
pub trait FaceDetector: Send {
    /// All faces in the picture, the most confident first; none is an empty list.
    ///
    /// # Errors
    /// `Unsupported`: not an RGB picture. `Other`: the engine broke.
    fn detect(&mut self, image: &ImageView<'_>) -> Result<Vec<FaceRegion>>;
}

/// Turns a face into a template.
pub trait FaceEmbedder: Send {
    /// The model, which is stamped into every template.
    fn model(&self) -> &ModelId;

    /// The template of `face` in `image`.
    ///
    /// # Errors
    /// `Unsupported`: not an RGB picture. `InvalidInput`: the landmarks are no face. `Other`:
    /// the engine broke.
    fn embed(&mut self, image: &ImageView<'_>, face: &FaceRegion) -> Result<Template>;
}

/// Verifies one person: is the face before the camera the face in the portrait?
///
/// *Contract*
/// - [`start`](Self::start) forgets everything about an earlier verification, then takes the
///   reference. What the engine keeps of it is its own affair: templates are opaque here.
/// - [`probe`](Self::probe) takes one camera frame, in any format that
///   [`ImageView::to_rgb8`] understands, and answers. It never waits for a device and ends
///   after a bounded number of frames with another answer than
///   [`MoreFrames`](FaceOutcome::MoreFrames). Once it did, it repeats that answer.
/// - [`statement`](Self::statement) is the same as long as the verifier lives, and true: every
///   report of a session repeats it. Who knows no rate says so.
/// - [`forget`](Self::forget) wipes reference and probes. So does dropping.
pub trait FaceVerifier: Send {
    /// Begins a verification with the reference portrait.
    ///
    /// # Errors
    /// `InvalidInput`: not a usable picture. `Other`: the engine broke.
    fn start(&mut self, portrait: &ImageView<'_>) -> Result<ReferenceOutcome>;

    /// Takes a probe. `captured_at` tells how far apart frames are, on the clock of the camera.
    ///
    /// # Errors
    /// `InvalidInput`: not a usable picture, or no reference. `Other`: the engine broke.
    fn probe(&mut self, frame: &ImageView<'_>, captured_at: Timestamp) -> Result<FaceOutcome>;

    /// Where the person's face is in the newest frame that was searched for faces, in pixels of
    /// that frame; `None` if nobody is there, or the engine does not tell. The camera is exposed
    /// for it. An engine that works beside the camera may be a frame or two behind.
    fn face(&self) -> Option<Rect> {
        None
    }

    /// Forgets reference and probes.
    fn forget(&mut self);

    /// Does once what is slow the first time, with nobody in the picture. Called between two
    /// verifications, while the card of the next person is read; keeps nothing.
    ///
    /// # Errors
    /// `Other`: the engine broke.
    fn warm_up(&mut self) -> Result<()> {
        Ok(())
    }

    /// What this engine claims about its matches.
    fn statement(&self) -> MatchStatement;
}

/// What became of a portrait.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReferenceOutcome {
    /// It is the reference now.
    Ready,
    /// No reference can be made of it.
    Unusable {
        /// Why, the most important first.
        reasons: Vec<QualityReason>,
    },
}

/// The answer to a probe.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum FaceOutcome {
    /// The same person, at the configured false match rate.
    Match {
        /// The score that decided, for logs, if the engine has one. Not for the person.
        score: Option<ComparisonScore>,
    },
    /// Not the same person, as far as the usable frames tell.
    NonMatch {
        /// The score that decided, for logs, if the engine has one. Not for the person.
        score: Option<ComparisonScore>,
    },
    /// Undecided: show another frame.
    MoreFrames {
        /// Why this frame could not be used, the most important first; empty if it was used and
        /// did not suffice.
        reasons: Vec<QualityReason>,
    },
    /// The bound on frames was reached with too few usable ones. No statement about the person.
    FailureToAcquire {
        /// What was wrong with the last frame.
        reasons: Vec<QualityReason>,
    },
}

impl FaceOutcome {
    /// The answer that a decision is; `reasons` are what was wrong with the last frame.
    pub(super) fn of(decision: Decision, reasons: Vec<QualityReason>) -> Self {
        match decision {
            Decision::Match { score } => Self::Match { score: Some(score) },
            Decision::NonMatch { score } => Self::NonMatch { score: Some(score) },
            Decision::MoreFrames => Self::MoreFrames { reasons },
            Decision::FailureToAcquire => Self::FailureToAcquire { reasons },
        }
    }
}

impl<T: FaceDetector + ?Sized> FaceDetector for Box<T> {
    fn detect(&mut self, image: &ImageView<'_>) -> Result<Vec<FaceRegion>> {
        (**self).detect(image)
    }
}

impl<T: FaceEmbedder + ?Sized> FaceEmbedder for Box<T> {
    fn model(&self) -> &ModelId {
        (**self).model()
    }

    fn embed(&mut self, image: &ImageView<'_>, face: &FaceRegion) -> Result<Template> {
        (**self).embed(image, face)
    }
}

impl<T: FaceVerifier + ?Sized> FaceVerifier for Box<T> {
    fn start(&mut self, portrait: &ImageView<'_>) -> Result<ReferenceOutcome> {
        (**self).start(portrait)
    }

    fn probe(&mut self, frame: &ImageView<'_>, captured_at: Timestamp) -> Result<FaceOutcome> {
        (**self).probe(frame, captured_at)
    }

    fn face(&self) -> Option<Rect> {
        (**self).face()
    }

    fn forget(&mut self) {
        (**self).forget();
    }

    fn warm_up(&mut self) -> Result<()> {
        (**self).warm_up()
    }

    fn statement(&self) -> MatchStatement {
        (**self).statement()
    }
}
