//! Faces: traits, templates, comparison and decision.
//!
//! *For application authors*: a check-in needs one [`FaceVerifier`]: the portrait goes in once,
//! camera frames go in one by one, and out comes [`FaceOutcome`]: match, non-match, more frames
//! (with the reasons why this one could not be used), or failure to acquire. Engines that give
//! feature vectors become one by [`TemplateVerifier`].
//!
//! What a match is worth stands in the [`MatchStatement`] of the verifier: a rate per *comparison*,
//! how it is known, and bounds for a verification and a session, which make several comparisons.
//!
//! *For driver authors*: implement [`FaceDetector`] and [`FaceEmbedder`], or [`FaceVerifier`]
//! alone if your engine shows neither faces nor vectors. A [`LivenessCheck`] is
//! separate: see [`liveness`].
//!
//! *Contract*: detectors and embedders take [`PixelFormat::Rgb8`](crate::imaging::PixelFormat)
//! pictures and answer other formats with `Unsupported`. Coordinates are pixels of the picture
//! that was passed in, origin at the top left corner. A picture without a face is an empty list,
//! not an error. A [`Template`] carries its model, and comparing templates of two models is an
//! error. Nothing in this room stores a template beyond a verification; scores are for logs and
//! calibration, not for the person before the camera.

pub mod align;
pub mod compare;
mod decide;
pub mod error_rates;
pub mod liveness;
mod model;
pub mod pipeline;
mod quality;
mod rate;
mod region;
mod statement;
mod template;
mod threshold;
mod traits;
mod verifier;

pub use compare::{ComparisonScore, compare, compare_all, cosine};
pub use decide::{Decider, Decision, DecisionPolicy, WEAKEST_THRESHOLD};
pub use liveness::{
    Challenge, Infrared, LivenessCheck, PadDecision, PadEvidence, PadReason, Sample,
};
pub use model::ModelId;
pub use quality::{Motion, QualityGate, QualityReason, Side};
pub use rate::{FalseMatchRate, RateBound};
pub use region::{Covered, FaceRegion, Landmarks};
pub use statement::MatchStatement;
pub use template::Template;
pub use threshold::{Evidence, SFACE_2021DEC_INT8BQ, TestSet, Threshold, ThresholdTable};
pub use traits::{FaceDetector, FaceEmbedder, FaceOutcome, FaceVerifier, ReferenceOutcome};
pub use verifier::TemplateVerifier;
