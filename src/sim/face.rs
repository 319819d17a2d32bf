//! A face verifier that says what it was told to say.

use std::collections::VecDeque;

use crate::error::{Error, Result};
use crate::face::{
    ComparisonScore, FaceOutcome, FaceVerifier, MatchStatement, QualityReason, ReferenceOutcome,
};
use crate::imaging::ImageView;
use crate::time::Timestamp;

/// A [`FaceVerifier`] without a face engine: answers each probe with the next
/// outcome of its script and repeats the last one. For everything about a check-in but the
/// comparison itself.
#[derive(Clone, Debug)]
pub struct ScriptedVerifier {
    reference: ReferenceOutcome,
    script: VecDeque<FaceOutcome>,
    left: Option<VecDeque<FaceOutcome>>,
}

impl ScriptedVerifier {
    /// Answers with `outcomes`, one per probe; the last one stays. Without any: more frames.
    #[must_use]
    pub fn answering(outcomes: impl IntoIterator<Item = FaceOutcome>) -> Self {
        Self {
            reference: ReferenceOutcome::Ready,
            script: outcomes.into_iter().collect(),
            left: None,
        }
    }

    /// Asks for two more frames, then finds a match.
    #[must_use]
    pub fn matching() -> Self {
        let score = Some(ComparisonScore::new(0.72));
        Self::answering([more(), more(), FaceOutcome::Match { score }])
    }

    /// Asks for four more frames, then finds no match.
    #[must_use]
    pub fn non_matching() -> Self {
        let score = Some(ComparisonScore::new(0.11));
        let more = [more(), more(), more(), more()];
        Self::answering(more.into_iter().chain([FaceOutcome::NonMatch { score }]))
    }

    /// Refuses the portrait.
    #[must_use]
    pub fn refusing_the_portrait() -> Self {
        Self {
            reference: ReferenceOutcome::Unusable {
                reasons: vec![QualityReason::NoFace],
            },
            ..Self::answering([])
        }
    }
}

fn more() -> FaceOutcome {
    FaceOutcome::MoreFrames {
        reasons: Vec::new(),
    }
}

impl FaceVerifier for ScriptedVerifier {
    fn start(&mut self, _: &ImageView<'_>) -> Result<ReferenceOutcome> {
        let ready = self.reference == ReferenceOutcome::Ready;
        self.left = ready.then(|| self.script.clone());
        Ok(self.reference.clone())
    }

    fn probe(&mut self, _: &ImageView<'_>, _: Timestamp) -> Result<FaceOutcome> {
        let Some(left) = &mut self.left else {
            return Err(Error::invalid_input("a probe without a reference"));
        };
        Ok(match left.len() {
            0 => more(),
            1 => left[0].clone(),
            _ => left.pop_front().unwrap_or_else(more),
        })
    }

    fn forget(&mut self) {
        self.left = None;
    }

    fn statement(&self) -> MatchStatement {
        MatchStatement::without_rate("script, which compares nothing")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::imaging::PixelFormat;

    #[test]
    fn it_keeps_the_contract() {
        let pixels = [0u8; 4];
        let view = ImageView::packed(PixelFormat::Grey8, 2, 2, &pixels).expect("sizes agree");
        let mut verifier = ScriptedVerifier::matching();
        assert!(
            verifier.probe(&view, Timestamp::START).is_err(),
            "no reference yet"
        );
        for _ in 0..2 {
            assert_eq!(
                verifier.start(&view).expect("scripted"),
                ReferenceOutcome::Ready
            );
            assert_eq!(
                verifier.probe(&view, Timestamp::START).expect("scripted"),
                more()
            );
            assert_eq!(
                verifier.probe(&view, Timestamp::START).expect("scripted"),
                more()
            );
            for _ in 0..2 {
                let outcome = verifier.probe(&view, Timestamp::START).expect("scripted");
                assert!(matches!(outcome, FaceOutcome::Match { .. }));
            }
        }
        verifier.forget();
        assert!(verifier.probe(&view, Timestamp::START).is_err());
    }
}
