//! What became of frames.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Frames of one verifier since it was made, by what became of them. Each frame is counted in
/// `seen` and, once its fate is known, in exactly one of `gated_out`, `embedded`, `failed`,
/// `dropped_before_detection` and `dropped_before_embedding`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct FrameCounts {
    /// Handed over by the camera.
    pub seen: u64,
    /// Searched for faces.
    pub detected: u64,
    /// Judged unusable.
    pub gated_out: u64,
    /// Made into a template.
    pub embedded: u64,
    /// Not to be decoded, or lost to an engine's error.
    pub failed: u64,
    /// Replaced by a newer frame, or by the end of the verification, before the detector was free.
    pub dropped_before_detection: u64,
    /// Usable, but replaced by a newer one, or by the end of the verification, before the embedder
    /// was free.
    pub dropped_before_embedding: u64,
}

impl FrameCounts {
    /// Frames whose fate is not known yet.
    #[must_use]
    pub fn under_way(&self) -> u64 {
        let known = self.gated_out
            + self.embedded
            + self.failed
            + self.dropped_before_detection
            + self.dropped_before_embedding;
        self.seen.saturating_sub(known)
    }
}

/// Reads the counts of one verifier, also while a session holds it, and after.
#[derive(Clone, Debug, Default)]
pub struct FrameCounter(Arc<Mutex<FrameCounts>>);

impl FrameCounter {
    /// What became of the frames up to now.
    #[must_use]
    pub fn counts(&self) -> FrameCounts {
        *self.lock()
    }

    pub(super) fn add(&self, one_to: impl FnOnce(&mut FrameCounts) -> &mut u64) {
        *one_to(&mut self.lock()) += 1;
    }

    fn lock(&self) -> MutexGuard<'_, FrameCounts> {
        // Numbers are whole whoever stopped while adding to them.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
