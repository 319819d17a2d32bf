//! A verifier made of a detector and an embedder.

use super::{
    Decider, DecisionPolicy, FaceDetector, FaceEmbedder, FaceOutcome, FaceRegion, FaceVerifier,
    FalseMatchRate, MatchStatement, Motion, QualityGate, QualityReason, ReferenceOutcome, Template,
    ThresholdTable,
};
use crate::error::{Error, Result};
use crate::imaging::{Image, ImageView, PixelFormat, Rect};
use crate::time::Timestamp;

/// Border around a portrait before detection, as a share of its width and height. Portraits are
/// cut tightly; without it the landmarks come out wrong and comparisons of the same person fail
/// more often (measured: 3.75 % against none of 80, on pictures cut to the face).
const PORTRAIT_BORDER: f32 = 0.25;

/// [`FaceVerifier`] on any [`FaceDetector`] and [`FaceEmbedder`].
pub struct TemplateVerifier<D, E> {
    detector: D,
    embedder: E,
    policy: DecisionPolicy,
    gate: QualityGate,
    reference_gate: QualityGate,
    running: Option<Decider>,
    motion: Motion,
    face: Option<Rect>,
    /// The frame in RGB and the face cut out of it, each in the buffer of the one before.
    rgb: Image,
    aligned: Image,
}

impl<D: FaceDetector, E: FaceEmbedder> TemplateVerifier<D, E> {
    /// Decides at `rate`, by the threshold table of the embedder's model.
    ///
    /// # Errors
    /// `Unsupported`: no table for this model, or none for so low a rate. `InvalidInput`: a
    /// rate too high for a reception.
    pub fn new(detector: D, embedder: E, rate: FalseMatchRate) -> Result<Self> {
        let policy = DecisionPolicy::new(ThresholdTable::for_model(embedder.model())?, rate)?;
        Ok(Self::with_policy(detector, embedder, policy))
    }

    /// Decides by `policy`, for models with a threshold table of your own.
    pub fn with_policy(detector: D, embedder: E, policy: DecisionPolicy) -> Self {
        Self {
            detector,
            embedder,
            policy,
            gate: QualityGate::live(),
            reference_gate: QualityGate::reference(),
            running: None,
            motion: Motion::new(),
            face: None,
            rgb: Image::default(),
            aligned: Image::default(),
        }
    }

    /// The same with other bounds for camera frames.
    #[must_use]
    pub fn with_gate(mut self, gate: QualityGate) -> Self {
        self.gate = gate;
        self
    }

    /// The policy that decides.
    #[must_use]
    pub fn policy(&self) -> &DecisionPolicy {
        &self.policy
    }

    /// The template of the face in a portrait, which is given a border first, or the reasons
    /// why there is none.
    ///
    /// # Errors
    /// `InvalidInput`: not a usable picture. `Other`: the engine broke.
    pub fn reference_template(
        &mut self,
        portrait: &ImageView<'_>,
    ) -> Result<Result<Template, Vec<QualityReason>>> {
        let padded = with_border(&portrait.to_rgb8()?)?;
        let view = padded.view();
        let faces = self.detector.detect(&view)?;
        match self.reference_gate.assess(&view, &faces)? {
            Ok(face) => self.embedder.embed(&view, &face).map(Ok),
            Err(reasons) => Ok(Err(reasons)),
        }
    }

    /// The template of the face in a single picture and where that face is, or the reasons why
    /// the picture is not usable.
    ///
    /// # Errors
    /// `InvalidInput`: not a usable picture. `Other`: the engine broke.
    pub fn probe_template(
        &mut self,
        frame: &ImageView<'_>,
    ) -> Result<Result<(Template, FaceRegion), Vec<QualityReason>>> {
        self.template_of(frame, None)
    }

    /// The same for a frame of a stream, when it is known.
    fn template_of(
        &mut self,
        frame: &ImageView<'_>,
        captured_at: Option<Timestamp>,
    ) -> Result<Result<(Template, FaceRegion), Vec<QualityReason>>> {
        self.face = None;
        let view = frame.as_rgb8(&mut self.rgb)?;
        let faces = self.detector.detect(&view)?;
        let main = self.gate.main_face(&faces);
        self.face = main.map(|face| face.bounds);
        let speed = captured_at.and_then(|at| self.motion.follow(main, at));
        let aligned = &mut self.aligned;
        match self.gate.assess_with(&view, &faces, speed, aligned)? {
            Ok(face) => Ok(Ok((self.embedder.embed(&view, &face)?, face))),
            Err(reasons) => Ok(Err(reasons)),
        }
    }
}

impl<D: FaceDetector, E: FaceEmbedder> FaceVerifier for TemplateVerifier<D, E> {
    fn start(&mut self, portrait: &ImageView<'_>) -> Result<ReferenceOutcome> {
        self.forget();
        Ok(match self.reference_template(portrait)? {
            Ok(reference) => {
                self.running = Some(Decider::new(self.policy.clone(), reference));
                ReferenceOutcome::Ready
            }
            Err(reasons) => ReferenceOutcome::Unusable { reasons },
        })
    }

    fn probe(&mut self, frame: &ImageView<'_>, captured_at: Timestamp) -> Result<FaceOutcome> {
        // Taken out while the engine works: an engine that breaks ends the verification.
        let Some(mut running) = self.running.take() else {
            return Err(Error::invalid_input("a probe without a reference"));
        };
        let (decision, reasons) = if running.is_decided() {
            (running.skip()?, Vec::new())
        } else {
            match self.template_of(frame, Some(captured_at)) {
                Ok(Ok((template, _))) => (running.accept(template)?, Vec::new()),
                Ok(Err(reasons)) => (running.skip()?, reasons),
                Err(error) => {
                    // A damaged frame says nothing about the next one.
                    self.running = Some(running);
                    return Err(error);
                }
            }
        };
        self.running = Some(running);
        Ok(FaceOutcome::of(decision, reasons))
    }

    fn face(&self) -> Option<Rect> {
        self.face
    }

    fn forget(&mut self) {
        self.running = None;
        self.motion = Motion::new();
        self.face = None;
        self.rgb = Image::default();
        self.aligned = Image::default();
    }

    fn warm_up(&mut self) -> Result<()> {
        self.detector.detect(&nobody()?.view()).map(drop)
    }

    fn statement(&self) -> MatchStatement {
        self.policy.statement()
    }
}

impl<D, E> std::fmt::Debug for TemplateVerifier<D, E> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TemplateVerifier")
            .field("policy", &self.policy)
            .finish_non_exhaustive()
    }
}

/// A frame without anybody.
pub(super) fn nobody() -> Result<Image> {
    Ok(Image::filled(PixelFormat::Rgb8, 640, 480, [128; 3])?)
}

/// The portrait with a border of the colour that its upper corners have: the background.
pub(super) fn with_border(portrait: &Image) -> Result<Image> {
    let view = portrait.view();
    let first = view.row(0);
    let corners = [&first[..3], &first[first.len() - 3..]];
    let colour = std::array::from_fn(|channel| {
        let sum: u16 = corners.iter().map(|pixel| u16::from(pixel[channel])).sum();
        (sum / 2) as u8
    });
    let share = |length: u32| (length as f32 * PORTRAIT_BORDER).round() as u32;
    Ok(view.pad(share(view.width()), share(view.height()), colour)?)
}

#[cfg(all(test, feature = "sim"))]
mod tests {
    use super::*;
    use crate::error::ErrorKind;
    use crate::face::{ModelId, SFACE_2021DEC_INT8BQ};
    use crate::imaging::decode_jpeg2000;
    use crate::sim::{DRAWN_FACE_JP2, DrawnFace, Pose};

    /// Finds the face where the test says; the template is the mean colour of its skin.
    struct Told(Vec<FaceRegion>);

    impl FaceDetector for Told {
        fn detect(&mut self, image: &ImageView<'_>) -> Result<Vec<FaceRegion>> {
            if image.width() == 640 {
                return Ok(self.0.clone());
            }
            // The portrait with its border: the drawn face stands in the middle.
            let mut scratch =
                Image::filled(PixelFormat::Rgb8, image.width(), image.height(), [0; 3])?;
            let centre = (image.width() as f32 / 2.0, image.height() as f32 / 2.0);
            let pose = Pose {
                centre,
                height: 280.0,
                tilt: 0.0,
            };
            Ok(vec![DrawnFace::new(1).draw(&mut scratch, &pose)])
        }
    }

    struct Fixed(ModelId, Vec<Vec<f32>>);

    impl FaceEmbedder for Fixed {
        fn model(&self) -> &ModelId {
            &self.0
        }

        fn embed(&mut self, _: &ImageView<'_>, _: &FaceRegion) -> Result<Template> {
            let values = if self.1.len() > 1 {
                self.1.remove(0)
            } else {
                self.1[0].clone()
            };
            Template::new(self.0.clone(), values)
        }
    }

    fn model() -> ModelId {
        ModelId::new("SFace", *SFACE_2021DEC_INT8BQ.model_sha256())
    }

    fn scene() -> (Image, FaceRegion) {
        let mut image = Image::filled(PixelFormat::Rgb8, 640, 480, [180; 3]).expect("small");
        let pose = Pose {
            centre: (320.0, 240.0),
            height: 220.0,
            tilt: 0.0,
        };
        let face = DrawnFace::new(1).draw(&mut image, &pose);
        (image, face)
    }

    fn verifier(faces: Vec<FaceRegion>, templates: Vec<Vec<f32>>) -> impl FaceVerifier {
        TemplateVerifier::new(
            Told(faces),
            Fixed(model(), templates),
            FalseMatchRate::default(),
        )
        .expect("the table knows the model")
    }

    #[test]
    fn portrait_in_frames_in_match_out() {
        let portrait = decode_jpeg2000(DRAWN_FACE_JP2).expect("ours");
        let (frame, face) = scene();
        let mut verifier = verifier(vec![face], vec![vec![1.0, 0.0], vec![0.9, 0.1]]);
        assert_eq!(
            verifier.start(&portrait.view()).expect("a picture"),
            ReferenceOutcome::Ready
        );
        for _ in 0..2 {
            let outcome = verifier
                .probe(&frame.view(), Timestamp::START)
                .expect("a frame");
            assert_eq!(verifier.face(), Some(face.bounds));
            assert!(
                matches!(outcome, FaceOutcome::Match { score: Some(_) }),
                "{outcome:?}"
            );
        }
        verifier.forget();
        assert_eq!(verifier.face(), None);
        let error = verifier
            .probe(&frame.view(), Timestamp::START)
            .expect_err("forgotten");
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
    }

    #[test]
    fn unusable_frames_say_why_and_are_bounded() {
        let portrait = decode_jpeg2000(DRAWN_FACE_JP2).expect("ours");
        let (frame, _) = scene();
        let mut verifier = verifier(vec![], vec![vec![1.0, 0.0]]);
        verifier.start(&portrait.view()).expect("a picture");
        let reasons = vec![QualityReason::NoFace];
        let more = FaceOutcome::MoreFrames {
            reasons: reasons.clone(),
        };
        for _ in 0..149 {
            assert_eq!(
                verifier
                    .probe(&frame.view(), Timestamp::START)
                    .expect("a frame"),
                more
            );
        }
        let over = FaceOutcome::FailureToAcquire { reasons };
        assert_eq!(
            verifier
                .probe(&frame.view(), Timestamp::START)
                .expect("a frame"),
            over
        );
    }

    #[test]
    fn warming_up_is_no_verification() {
        let (frame, face) = scene();
        let mut verifier = verifier(vec![face], vec![vec![1.0, 0.0]]);
        verifier.warm_up().expect("an engine that works");
        assert_eq!(verifier.face(), None);
        let error = verifier.probe(&frame.view(), Timestamp::START);
        let error = error.expect_err("no reference");
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
    }

    #[test]
    fn a_damaged_frame_does_not_end_the_verification() {
        let portrait = decode_jpeg2000(DRAWN_FACE_JP2).expect("ours");
        let (frame, face) = scene();
        let mut verifier = verifier(vec![face], vec![vec![1.0, 0.0]]);
        verifier.start(&portrait.view()).expect("a picture");
        let damaged =
            ImageView::new(PixelFormat::Mjpeg, 640, 480, 0, b"no picture").expect("bytes");
        assert!(verifier.probe(&damaged, Timestamp::START).is_err());
        assert!(matches!(
            verifier.probe(&frame.view(), Timestamp::START),
            Ok(FaceOutcome::Match { .. })
        ));
    }

    #[test]
    fn a_model_without_a_table_is_refused() {
        let embedder = Fixed(ModelId::new("unknown", [0; 32]), vec![]);
        let error = TemplateVerifier::new(Told(vec![]), embedder, FalseMatchRate::default())
            .expect_err("no table");
        assert_eq!(error.kind(), ErrorKind::Unsupported);
    }

    /// A face that jumps is not used; once it holds still, it is.
    #[test]
    fn a_moving_face_is_told_to_hold_still() {
        let portrait = decode_jpeg2000(DRAWN_FACE_JP2).expect("ours");
        let (frame, face) = scene();
        let mut verifier = TemplateVerifier::new(
            Told(vec![face]),
            Fixed(model(), vec![vec![1.0, 0.0], vec![0.46, 0.888]]),
            FalseMatchRate::default(),
        )
        .expect("the table knows the model");
        verifier.start(&portrait.view()).expect("a picture");
        let mut probe = |x: f32, ms: u64| {
            verifier.detector.0[0] = face.mapped(1.0, (x, 0.0));
            let at = Timestamp::new(std::time::Duration::from_millis(ms));
            match verifier.probe(&frame.view(), at).expect("a frame") {
                FaceOutcome::MoreFrames { reasons } => reasons,
                other => unreachable!("{other:?}"),
            }
        };
        assert_eq!(probe(0.0, 0), []);
        assert_eq!(probe(40.0, 100), [QualityReason::Moving]);
        assert_eq!(probe(40.0, 200), []);
    }

    #[test]
    fn what_is_stated_is_what_decides() {
        let verifier = verifier(vec![], vec![vec![1.0, 0.0]]);
        let stated = verifier.statement();
        assert_eq!(stated.per_comparison(), Some(FalseMatchRate::default()));
        assert_eq!(stated.threshold().map(|score| score.value()), Some(0.44));
        assert_eq!(stated.looks(), Some(5));
    }
}
