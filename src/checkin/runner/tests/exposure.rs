//! Visits in bad light, with a quality check that refuses it and a camera that can be set.

use std::sync::OnceLock;

use super::*;
use crate::camera::Control;
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
fn by_face(visit: Visit) -> (SessionReport, Patient) {
    attempt(&mut reception(visit))
}

fn reception(mut visit: Visit) -> Reception {
    visit.policy.budgets.face_attempts = 1;
    Reception::new(visit)
}

fn attempt(reception: &mut Reception) -> (SessionReport, Patient) {
    let mut patient = Patient::choosing(&[Method::Face]);
    let report = reception.visit(&mut patient);
    (report, patient)
}

/// So little light on the person that the first frame is too dark already, and so much behind
/// them that the camera's own control makes them darker still.
fn shadow() -> Visit {
    visit(Some(Lighting {
        people: 0.05,
        background: 4.0,
    }))
}

#[test]
fn a_person_in_the_shadow_is_checked_in_because_the_exposure_follows_the_face() {
    let mut followed = reception(shadow());
    let (report, _) = attempt(&mut followed);
    assert_eq!(report.outcome, Outcome::Completed, "{report:#?}");
    assert!(report.proven.contains(Proven::FaceMatch));

    // The same person, before a camera that cannot be set.
    let mut refused = reception(shadow());
    refused.camera.refuse_controls(true);
    let (report, patient) = attempt(&mut refused);
    assert!(!report.proven.contains(Proven::FaceMatch), "{report:#?}");
    let light = [FailureCode::TooDark, FailureCode::BackLit];
    assert!(light.contains(&report.failures[0].code), "{report:#?}");
    let words = [MessageId::MoreLight, MessageId::LightBehind];
    assert!(patient.heard.iter().any(|heard| words.contains(heard)));
}

#[test]
fn the_camera_has_its_own_control_back_after_an_attempt() {
    let mut reception = reception(shadow());
    let before =
        [Control::Exposure, Control::Gain].map(|control| reception.camera.setting(control));
    assert!(before[0].is_some_and(|state| state.is_automatic));
    attempt(&mut reception);
    let after = [Control::Exposure, Control::Gain].map(|control| reception.camera.setting(control));
    assert_eq!(
        after.map(|state| state.map(|state| state.is_automatic)),
        before.map(|state| state.map(|state| state.is_automatic))
    );
    assert_eq!(
        after[1].map(|state| state.value),
        before[1].map(|state| state.value)
    );
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
