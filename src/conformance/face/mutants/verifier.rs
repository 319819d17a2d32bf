//! A verifier that breaks a rule.

use super::How;
use crate::error::{Error, Result};
use crate::face::{FaceOutcome, FaceVerifier, MatchStatement, ReferenceOutcome};
use crate::imaging::{ImageView, PixelFormat};
use crate::time::Timestamp;

pub(super) struct BrokenVerifier {
    how: How,
    inner: Box<dyn FaceVerifier>,
    started: bool,
    decided: Option<FaceOutcome>,
    wavered: bool,
    /// Frames that are not looked at.
    unseen: u32,
}

impl BrokenVerifier {
    pub(super) fn new(how: How, inner: Box<dyn FaceVerifier>, is_second: bool) -> Self {
        Self {
            how,
            inner,
            started: false,
            decided: None,
            wavered: false,
            unseen: 5 * u32::from(is_second && how == How::SecondIsSlow),
        }
    }
}

fn more() -> FaceOutcome {
    FaceOutcome::MoreFrames {
        reasons: Vec::new(),
    }
}

impl FaceVerifier for BrokenVerifier {
    fn start(&mut self, portrait: &ImageView<'_>) -> Result<ReferenceOutcome> {
        self.started = true;
        if self.how == How::KeepsAnswer && self.decided.is_some() {
            return Ok(ReferenceOutcome::Ready);
        }
        self.decided = None;
        let outcome = self.inner.start(portrait)?;
        Ok(match self.how {
            How::TakesAnyPortrait => ReferenceOutcome::Ready,
            _ => outcome,
        })
    }

    fn probe(&mut self, frame: &ImageView<'_>, captured_at: Timestamp) -> Result<FaceOutcome> {
        match self.how {
            How::ProbesUnstarted if !self.started => return Ok(more()),
            How::RefusesGrey if frame.format() == PixelFormat::Grey8 => {
                return Err(Error::invalid_input("a grey frame"));
            }
            How::KeepsAnswer => {
                if let Some(decided) = &self.decided {
                    return Ok(decided.clone());
                }
            }
            How::Wavers if self.decided.is_some() && !self.wavered => {
                self.wavered = true;
                return Ok(more());
            }
            _ => {}
        }
        if self.unseen > 0 {
            self.unseen -= 1;
            return Ok(more());
        }
        let outcome = self.inner.probe(frame, captured_at)?;
        if !matches!(outcome, FaceOutcome::MoreFrames { .. }) {
            self.decided = Some(outcome.clone());
        }
        Ok(match (self.how, outcome) {
            (How::NeverMatches, FaceOutcome::Match { score }) => FaceOutcome::NonMatch { score },
            (How::MatchesEverybody, FaceOutcome::NonMatch { score }) => {
                FaceOutcome::Match { score }
            }
            (How::NeverEnds, FaceOutcome::FailureToAcquire { reasons }) => {
                FaceOutcome::MoreFrames { reasons }
            }
            (_, outcome) => outcome,
        })
    }

    fn forget(&mut self) {
        if self.how != How::ForgetsNothing {
            self.inner.forget();
            self.decided = None;
        }
    }

    fn statement(&self) -> MatchStatement {
        self.inner.statement()
    }
}
