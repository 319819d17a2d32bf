//! A face engine as a vendor sells it, and how to wrap one: it keeps its templates to itself,
//! answers in per cent, has codes and handles of its own, and a licence.
//!
//! *For driver authors*: [`SdkVerifier`] is what an adapter for your SDK looks like. It claims no
//! more than the maker does, maps codes to reasons and kinds of errors, and closes every handle.
//!
//! The [`FakeSdk`] recognises drawn faces and nothing else.

mod drawing;
mod library;

pub use library::{FakeSdk, MAX_HANDLES, Verdict, quality, status};

use crate::error::{Error, ErrorKind, Result};
use crate::face::{
    FaceOutcome, FaceVerifier, FalseMatchRate, MatchStatement, QualityReason, ReferenceOutcome,
    Side,
};
use crate::imaging::{ImageView, Rect};
use crate::time::Timestamp;

/// From here on the make-believe manual calls it a match.
const MATCH_PERCENT: u8 = 80;
/// Comparisons of one verification.
const MAX_USABLE: u32 = 5;
/// Frames of one verification, usable or not, unless said otherwise.
const MAX_FRAMES: u32 = 150;

/// A [`FaceVerifier`] on a [`FakeSdk`].
#[derive(Debug)]
pub struct SdkVerifier {
    sdk: FakeSdk,
    reference: Option<u32>,
    max_frames: u32,
    usable: u32,
    frames: u32,
    decided: Option<FaceOutcome>,
    face: Option<Rect>,
}

impl SdkVerifier {
    /// Verifies with `sdk`.
    #[must_use]
    pub fn new(sdk: FakeSdk) -> Self {
        Self {
            sdk,
            reference: None,
            max_frames: MAX_FRAMES,
            usable: 0,
            frames: 0,
            decided: None,
            face: None,
        }
    }

    /// Gives up after `frames` frames, usable or not; default 150.
    #[must_use]
    pub fn with_max_frames(mut self, frames: u32) -> Self {
        self.max_frames = frames;
        self
    }

    /// What a frame that was compared, or not, leads to.
    fn judge(&mut self, verdict: Verdict) -> FaceOutcome {
        self.frames += 1;
        let reasons = reasons(verdict.quality);
        if reasons.is_empty() {
            self.usable += 1;
            if verdict.percent >= MATCH_PERCENT {
                // Per cent of a vendor are no cosine: they stay here.
                return FaceOutcome::Match { score: None };
            }
            if self.usable >= MAX_USABLE {
                return FaceOutcome::NonMatch { score: None };
            }
        }
        if self.frames >= self.max_frames {
            return FaceOutcome::FailureToAcquire { reasons };
        }
        FaceOutcome::MoreFrames { reasons }
    }
}

impl FaceVerifier for SdkVerifier {
    fn start(&mut self, portrait: &ImageView<'_>) -> Result<ReferenceOutcome> {
        self.forget();
        let grey = portrait.to_grey8()?;
        let size = (grey.width(), grey.height());
        let (mut handle, mut flags) = (0, 0);
        match self.sdk.enrol(grey.data(), size, &mut handle, &mut flags) {
            status::OK => {
                self.reference = Some(handle);
                Ok(ReferenceOutcome::Ready)
            }
            status::LOW_QUALITY => Ok(ReferenceOutcome::Unusable {
                reasons: reasons(flags),
            }),
            code => Err(failed("enrolment", code)),
        }
    }

    fn probe(&mut self, frame: &ImageView<'_>, _: Timestamp) -> Result<FaceOutcome> {
        let Some(handle) = self.reference else {
            return Err(Error::invalid_input("a probe without a reference"));
        };
        if let Some(decided) = &self.decided {
            return Ok(decided.clone());
        }
        let grey = frame.to_grey8()?;
        let size = (grey.width(), grey.height());
        let mut verdict = Verdict::default();
        let code = self.sdk.verify(handle, grey.data(), size, &mut verdict);
        self.face = None;
        if code != status::OK {
            return Err(failed("comparison", code));
        }
        self.face = (verdict.quality == 0).then(|| {
            let [x, y, width, height] = verdict.head.map(|pixels| pixels as f32);
            Rect {
                x,
                y,
                width,
                height,
            }
        });
        let outcome = self.judge(verdict);
        if !matches!(outcome, FaceOutcome::MoreFrames { .. }) {
            self.decided = Some(outcome.clone());
        }
        Ok(outcome)
    }

    fn face(&self) -> Option<Rect> {
        self.face
    }

    fn forget(&mut self) {
        self.face = None;
        if let Some(handle) = self.reference.take() {
            // A handle that the library does not know any more is closed.
            let _ = self.sdk.close(handle);
        }
        self.usable = 0;
        self.frames = 0;
        self.decided = None;
    }

    fn statement(&self) -> MatchStatement {
        MatchStatement::claimed_by_maker(
            "fake SDK for drawn faces",
            FalseMatchRate::ONE_IN_100,
            // Each of them may end in a match.
            MAX_USABLE,
            "shown on drawings only",
        )
    }
}

impl Drop for SdkVerifier {
    fn drop(&mut self) {
        self.forget();
    }
}

/// The vendor's flags as reasons, the most important first.
fn reasons(flags: u32) -> Vec<QualityReason> {
    [
        (quality::NO_HEAD, QualityReason::NoFace),
        (quality::CROWD, QualityReason::SeveralFaces),
        (quality::SMALL_HEAD, QualityReason::TooSmall),
        // The library does not say where.
        (quality::CUT_HEAD, QualityReason::OutsideFrame(Side::Below)),
        (quality::DARK, QualityReason::TooDark),
        (quality::BRIGHT, QualityReason::TooBright),
    ]
    .into_iter()
    .filter(|(flag, _)| flags & flag != 0)
    .map(|(_, reason)| reason)
    .collect()
}

/// The vendor's code as an error, which names it: the vendor's support will ask.
fn failed(what: &str, code: i32) -> Error {
    let (kind, why) = match code {
        status::BAD_PICTURE => (ErrorKind::InvalidInput, "not a usable picture"),
        status::LICENCE_EXPIRED => (ErrorKind::PermissionDenied, "the licence has expired"),
        status::TOO_MANY_HANDLES => (ErrorKind::Busy, "too many templates are open"),
        _ => (ErrorKind::Other, "the engine broke"),
    };
    Error::new(kind, format!("{what} by the face SDK: {why} (code {code})"))
}

#[cfg(all(test, feature = "sim"))]
mod tests;
