//! Detection and embedding side by side, each on a thread of its own.
//!
//! A camera gives a frame every 33 ms; finding a face takes a few milliseconds, making a template
//! some tens. One after the other they would lag behind the camera. Here stage one looks at every
//! frame and judges it; only frames that pass the
//! [`QualityGate`](crate::face::QualityGate) go on to stage two. Between camera,
//! stage one and stage two there is room for one frame each, and the newest wins: a slow engine
//! drops frames, it never makes them wait in line. [`FrameCounts`] says what became of them.
//!
//! *For application authors*: [`StagedVerifier`] is the [`FaceVerifier`](crate::face::FaceVerifier)
//! to give to a session with a camera. For pictures that come from files, where none may be
//! dropped, take [`TemplateVerifier`](crate::face::TemplateVerifier).
//!
//! *Contract*: threads block only through the clock. What became of frames is told in the order of
//! the frames. An engine that does not come back is reported after [`ENGINE_LIMIT`] and left to
//! itself when the verifier is dropped, which takes at most [`FAREWELL`]. Frames are wiped when
//! they are replaced, and all of them when a verification ends.

mod counts;
mod journal;
mod slot;
mod stages;
mod verifier;

use std::time::Duration;

pub use counts::{FrameCounter, FrameCounts};
pub use verifier::StagedVerifier;

/// How long an engine may work on one frame before it is said to hang.
pub const ENGINE_LIMIT: Duration = Duration::from_secs(5);

/// How long dropping waits for the threads to end.
pub const FAREWELL: Duration = Duration::from_secs(2);

#[cfg(all(test, feature = "sim"))]
mod tests;
