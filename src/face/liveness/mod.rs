//! Presentation attack detection in the words of ISO/IEC 30107-3: is a living face before the
//! camera (a *bona fide presentation*), or a picture, a screen or a mask (a *presentation
//! attack*, made with a *presentation attack instrument* of some *species*)?
//!
//! *For application authors*: a [`LivenessCheck`] sees the same frames as the verifier and answers
//! apart from it: nothing of it goes into a comparison score. It may ask the person for a movement
//! ([`Challenge`]). Why it suspects an attack is for logs and staff ([`PadReason`]), never for the
//! person before the camera: whoever is told what was noticed does it better next time.
//!
//! *For driver authors*: implement [`LivenessCheck`] on your engine, and state in
//! [`evidence`](LivenessCheck::evidence) what it was tested with. Without error rates that
//! somebody measured it is [`PadEvidence::Untested`]: a deterrent, not a safeguard.
//!
//! # The reference check is a deterrent, not certified
//!
//! [`DeterrentCheck`] combines cues that need no model: [`MicroMotion`], [`TurnCue`], [`BlinkCue`]
//! and, with a second camera, [`InfraredCue`]. Its bounds were chosen on drawn faces and not
//! measured on people or on real attacks, so no error rate of it is known. It was made against
//! what a visitor could try without preparing for it: a photo held still, shaken, turned or bent,
//! a photo with the eyes cut out, a film of the holder on a telephone. By construction it does
//! **not** notice
//!
//! - a film, or a picture that a program moves, that shows the very movements that are asked, at
//!   the time when they are asked;
//! - a mask with the relief of a face: it passes every turn, and every blink if its eyes are open;
//! - in the infrared cue: a print whose ink is as dark in infrared as in visible light.

mod blink;
mod check;
mod deterrent;
mod engine;
mod evidence;
mod geometry;
mod infrared;
mod luminance;
mod motion;
mod plan;
mod turn;

pub use blink::BlinkCue;
pub use check::{Challenge, Infrared, LivenessCheck, PadDecision, PadReason, Sample};
pub use deterrent::DeterrentCheck;
pub use engine::{LivenessEngine, Looked};
pub use evidence::{BonaFideResult, PadEvidence, PadTest, SpeciesResult};
pub use infrared::{InfraredCue, InfraredFinding};
pub use motion::{MicroMotion, Motion};
pub use turn::{Turn, TurnCue};

#[cfg(all(test, feature = "sim"))]
mod tests;
