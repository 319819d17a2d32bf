//! Face engines that each break one rule.

mod liveness;
mod templates;
mod verifier;

use std::sync::Arc;
use std::time::Duration;

use self::liveness::BrokenLiveness;
use self::templates::{BrokenDetector, BrokenEmbedder};
use self::verifier::BrokenVerifier;
use super::tests::fixture;
use super::{FaceBench, FaceFixture, Pictured};
use crate::error::Result;
use crate::face::{Challenge, FaceDetector, FaceEmbedder, FaceVerifier, LivenessCheck};
use crate::imaging::{Image, ImageView, PixelFormat};
use crate::sim::{DrawnEmbedder, DrawnFace, Look, Pose, VirtualFaceBench};
use crate::time::Clock;

/// What a mutant does wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum How {
    FindsBeside,
    SwapsEyes,
    LeastConfidentFirst,
    InventsFaces,
    DetectsInGrey,
    DetectsAsPacked,
    FailsOnSmall,
    MovesAfterTwo,
    StampsOtherModel,
    ThirdIsAnother,
    EmbedsGrey,
    EmbedsAsPacked,
    EmbedsNoFace,
    TiltIsAnotherColour,
    SeesNoColours,
    SwapsColours,
    LooksItself,
    TwoModelsOneName,
    NeverMatches,
    MatchesEverybody,
    ProbesUnstarted,
    TakesAnyPortrait,
    KeepsAnswer,
    ForgetsNothing,
    NeverEnds,
    Wavers,
    RefusesGrey,
    SecondIsSlow,
    PassesNobody,
    PassesEverybody,
    ChecksUnstarted,
    ForgetsTime,
    ChecksGrey,
    GoesOnAfterwards,
    KeepsDecision,
    KeepsPresentation,
    SecondDiffers,
}

/// Each case, the mutant that it is there for, and the other cases of the same engine that this one
/// cannot pass.
pub(super) const MUTANTS: &[(&str, How, &[&str])] = &[
    ("face.finds-the-face", How::FindsBeside, &[]),
    (
        "face.points-in-order",
        How::SwapsEyes,
        &["face.finds-the-face"],
    ),
    ("face.most-confident-first", How::LeastConfidentFirst, &[]),
    ("face.nobody-is-an-empty-list", How::InventsFaces, &[]),
    ("face.detector-takes-rgb-alone", How::DetectsInGrey, &[]),
    ("face.detector-heeds-stride", How::DetectsAsPacked, &[]),
    ("face.detector-takes-any-size", How::FailsOnSmall, &[]),
    ("face.detector-is-deterministic", How::MovesAfterTwo, &[]),
    ("face.template-names-its-model", How::StampsOtherModel, &[]),
    ("face.embedder-is-deterministic", How::ThirdIsAnother, &[]),
    ("face.embedder-takes-rgb-alone", How::EmbedsGrey, &[]),
    ("face.embedder-heeds-stride", How::EmbedsAsPacked, &[]),
    ("face.embedder-refuses-no-face", How::EmbedsNoFace, &[]),
    (
        "face.same-person-scores-higher",
        How::TiltIsAnotherColour,
        &["face.reference-score"],
    ),
    (
        "face.colours-count",
        How::SeesNoColours,
        &["face.reference-score"],
    ),
    ("face.reference-score", How::SwapsColours, &[]),
    (
        "face.landmarks-count",
        How::LooksItself,
        &["face.reference-score"],
    ),
    ("face.models-do-not-compare", How::TwoModelsOneName, &[]),
    ("face.matches-the-holder", How::NeverMatches, &[]),
    ("face.does-not-match-another", How::MatchesEverybody, &[]),
    ("face.probe-needs-a-reference", How::ProbesUnstarted, &[]),
    ("face.portrait-without-a-face", How::TakesAnyPortrait, &[]),
    ("face.start-forgets", How::KeepsAnswer, &[]),
    ("face.forget-wipes", How::ForgetsNothing, &[]),
    ("face.ends-by-itself", How::NeverEnds, &[]),
    ("face.answer-stays", How::Wavers, &[]),
    ("face.verifier-takes-grey", How::RefusesGrey, &[]),
    ("face.verifier-is-deterministic", How::SecondIsSlow, &[]),
    ("liveness.person-passes", How::PassesNobody, &[]),
    ("liveness.picture-does-not-pass", How::PassesEverybody, &[]),
    ("liveness.needs-a-start", How::ChecksUnstarted, &[]),
    ("liveness.time-goes-on", How::ForgetsTime, &[]),
    ("liveness.takes-rgb-alone", How::ChecksGrey, &[]),
    ("liveness.decision-stays", How::GoesOnAfterwards, &[]),
    ("liveness.start-forgets", How::KeepsDecision, &[]),
    ("liveness.forget-wipes", How::KeepsPresentation, &[]),
    ("liveness.is-deterministic", How::SecondDiffers, &[]),
];

/// A bench whose engines break one rule.
pub(super) struct Mutant {
    bench: VirtualFaceBench,
    how: How,
    /// Engines that were handed out.
    made: u32,
}

impl Mutant {
    pub(super) fn new(how: How, clock: Arc<dyn Clock>) -> Self {
        Self {
            bench: VirtualFaceBench::new(clock),
            how,
            made: 0,
        }
    }

    /// Whether this engine is not the first one.
    fn is_second(&mut self) -> bool {
        self.made += 1;
        self.made > 1
    }
}

impl FaceBench for Mutant {
    fn clock(&self) -> Arc<dyn Clock> {
        self.bench.clock()
    }

    fn name(&self) -> String {
        format!("{:?}", self.how)
    }

    fn fixture(&self) -> &FaceFixture {
        fixture()
    }

    fn detector(&mut self) -> Result<Box<dyn FaceDetector>> {
        Ok(Box::new(BrokenDetector::new(self.how)))
    }

    fn embedder(&mut self) -> Result<Box<dyn FaceEmbedder>> {
        Ok(Box::new(BrokenEmbedder::new(self.how)))
    }

    fn other_embedder(&mut self) -> Result<Box<dyn FaceEmbedder>> {
        let variant = u8::from(self.how != How::TwoModelsOneName);
        Ok(Box::new(DrawnEmbedder::with_variant(variant)))
    }

    fn verifier(&mut self) -> Result<Box<dyn FaceVerifier>> {
        let inner = self.bench.verifier()?;
        let slow = self.is_second();
        Ok(Box::new(BrokenVerifier::new(self.how, inner, slow)))
    }

    fn liveness(&mut self) -> Result<Box<dyn LivenessCheck>> {
        let second = self.is_second();
        Ok(Box::new(BrokenLiveness::new(self.how, second)))
    }

    /// Small pictures: there are many.
    fn person(&mut self, now: Duration, asked: Option<(Challenge, Duration)>) -> Result<Pictured> {
        let since = asked.map_or(Duration::ZERO, |(_, since)| now.saturating_sub(since));
        let look = Look {
            turn: 60.0 * since.as_secs_f32().min(0.5),
            ..Look::default()
        };
        let pose = Pose {
            centre: (80.0, 60.0),
            height: 80.0,
            tilt: 0.0,
        };
        let mut image = Image::filled(PixelFormat::Rgb8, 160, 120, [190; 3])?;
        let face = DrawnFace::new(1).draw_looking(&mut image, &pose, &look);
        Ok(Pictured { image, face })
    }
}

/// The pixels as they would be without bytes between rows.
fn as_packed<'a>(image: &ImageView<'a>) -> Result<ImageView<'a>> {
    let (width, height) = (image.width(), image.height());
    let bytes = image.format().row_bytes(width) * height as usize;
    Ok(ImageView::packed(
        image.format(),
        width,
        height,
        &image.data()[..bytes],
    )?)
}
