//! Visits in bad light, with a quality check that refuses it and a camera that can be set.

use std::sync::OnceLock;

use super::*;
use crate::error::Result;
use crate::face::liveness::LivenessEngine;
use crate::face::{
    DecisionPolicy, FaceDetector, FaceEmbedder, FaceRegion, FalseMatchRate, ModelId,
    SFACE_2021DEC_INT8BQ, Template, TemplateVerifier,
};
use crate::imaging::{Image, ImageView, PixelFormat};
use crate::sim::{DrawnFace, Pose, ScriptedLiveness};

/// Finds the drawn person in any light, in the middle of the frame or of the portrait.
struct Told;

static FRAME: OnceLock<FaceRegion> = OnceLock::new();
static PORTRAIT: OnceLock<FaceRegion> = OnceLock::new();

fn drawn(width: u32, height: u32) -> FaceRegion {
    let pose = Pose {
        centre: (width as f32 / 2.0, height as f32 / 2.0 - 5.0),
        height: if width == 640 { 230.0 } else { 280.0 },
        tilt: 0.0,
    };
    let mut scratch = Image::filled(PixelFormat::Rgb8, width, height, [0; 3]).expect("small");
    DrawnFace::new(1).draw(&mut scratch, &pose)
}

impl FaceDetector for Told {
    fn detect(&mut self, image: &ImageView<'_>) -> Result<Vec<FaceRegion>> {
        let place = match image.width() {
            640 => &FRAME,
            _ => &PORTRAIT,
        };
        let face = place.get_or_init(|| drawn(image.width(), image.height()));
        Ok(vec![*face])
    }
}

/// Whoever is seen well enough is the person in the portrait.
struct Everybody(ModelId);

impl FaceEmbedder for Everybody {
    fn model(&self) -> &ModelId {
        &self.0
    }

    fn embed(&mut self, _: &ImageView<'_>, _: &FaceRegion) -> Result<Template> {
        Template::new(self.0.clone(), vec![1.0, 0.0])
    }
}

fn visit(lighting: Option<Lighting>) -> Visit {
    let model = ModelId::new("SFace", *SFACE_2021DEC_INT8BQ.model_sha256());
    let policy = DecisionPolicy::new(&SFACE_2021DEC_INT8BQ, FalseMatchRate::default());
    // Two seconds: what is not bright enough by then will not be.
    let policy = policy.expect("listed").with_max_frames(60);
    let verifier = TemplateVerifier::with_policy(Told, Everybody(model), policy);
    Visit {
        verifier: Box::new(verifier),
        lighting,
        ..Visit::default()
    }
}

/// The report, and what was heard, of one attempt by face.
fn by_face(mut visit: Visit) -> (SessionReport, Patient) {
    visit.policy.budgets.face_attempts = 1;
    let mut reception = Reception::new(visit);
    let mut patient = Patient::choosing(&[Method::Face]);
    let report = reception.visit(&mut patient);
    (report, patient)
}

#[test]
fn a_back_lit_patient_is_checked_in() {
    let (report, _) = by_face(visit(Some(Lighting::back_lit())));
    assert_eq!(report.outcome, Outcome::Completed, "{report:#?}");
    assert!(report.proven.contains(Proven::FaceMatch));
}

/// The face that the check finds counts, as the verifier sees no frame before the check is done
/// asking.
#[test]
fn the_exposure_follows_the_face_while_the_check_asks() {
    let mut visit = visit(Some(Lighting::back_lit()));
    let check = ScriptedLiveness::passing();
    visit.liveness = Some(Liveness::new(LivenessEngine::new(check, Told)));
    visit.policy.pad = PadPolicy::Enforce;
    let (report, _) = by_face(visit);
    assert_eq!(report.outcome, Outcome::Completed, "{report:#?}");
}

#[test]
fn a_camera_without_controls_still_works() {
    let (report, _) = by_face(visit(None));
    assert_eq!(report.outcome, Outcome::Completed, "{report:#?}");
    let mut dark = visit(None);
    dark.scene = Scene::Dark { person: 1 };
    let (report, patient) = by_face(dark);
    assert_eq!(report.failures[0].code, FailureCode::TooDark, "{report:#?}");
    assert!(patient.heard.contains(&MessageId::MoreLight));
}
