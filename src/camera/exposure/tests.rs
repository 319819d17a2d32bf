//! On a virtual camera whose sensor and light have a real one's limits, and on light that follows
//! from what was set.

use std::time::Duration;

use super::*;
use crate::camera::{Camera, ControlRange, ControlState, FrameMode};
use crate::imaging::{PixelFormat, Rect};
use crate::sim::{self, CameraControl, Lighting, Scene, VirtualCamera};
use crate::wait::Wait;

/// Where the virtual camera shows its person.
const FACE: Rect = Rect {
    x: 240.0,
    y: 120.0,
    width: 160.0,
    height: 230.0,
};

/// A running camera and its controller.
struct Desk {
    /// Before the clock, so that it ends first.
    stream: Box<dyn FrameStream>,
    controller: ExposureController,
    control: CameraControl,
    wait: Wait,
    _clock: sim::Clock,
}

impl Desk {
    fn new(lighting: Lighting) -> Self {
        let clock = sim::Clock::starting_at("2026-11-22T00:00:00Z".parse().expect("literal"));
        let wait = Wait::forever(clock.shared());
        let scene = Scene::Face { person: 1 };
        let mut camera = VirtualCamera::lit(clock.shared(), scene, lighting);
        let mode = FrameMode::new(PixelFormat::Grey8, 640, 480, 30);
        let mut stream = camera.start(&mode, &wait).expect("free");
        let mut controller = ExposureController::new(ExposurePolicy::default());
        controller.attach(&mut *stream).expect("attached");
        Self {
            stream,
            controller,
            control: camera.control(),
            wait,
            _clock: clock,
        }
    }

    /// Lets `count` frames pass; gives the steps and the luminance of the face in each.
    fn frames(&mut self, count: u32) -> Vec<(ExposureStep, f32)> {
        self.run(count, Some)
    }

    fn run(
        &mut self,
        count: u32,
        seen: impl Fn(FaceLight) -> Option<FaceLight>,
    ) -> Vec<(ExposureStep, f32)> {
        (0..count)
            .map(|_| {
                let _me = self._clock.enter();
                let frame = self.stream.next_frame(&self.wait).expect("runs");
                let light = FaceLight::measure(&frame.view(), &FACE).expect("in view");
                let step = self.controller.regulate(&mut *self.stream, seen(light));
                (step.expect("a camera"), light.mean)
            })
            .collect()
    }
}

fn sets(steps: &[(ExposureStep, f32)]) -> usize {
    let is_set = |(step, _): &&(ExposureStep, f32)| matches!(step, ExposureStep::Set(..));
    steps.iter().filter(is_set).count()
}

/// What the quality check takes.
fn is_usable(luminance: f32) -> bool {
    (60.0..=190.0).contains(&luminance)
}

#[test]
fn somebody_before_a_window_is_lit_within_a_second() {
    let mut desk = Desk::new(Lighting::back_lit());
    // The camera by itself, first.
    let alone = desk.run(30, |_| None);
    assert!(alone[20].1 < 60.0, "the camera alone gets {}", alone[20].1);
    let mut desk = Desk::new(Lighting::back_lit());
    let steps = desk.frames(45);
    let settled = steps
        .iter()
        .position(|(_, light)| is_usable(*light) && *light > 85.0);
    assert!(settled.is_some_and(|at| at < 30), "{steps:?}");
    let (last, light) = steps[44];
    assert_eq!(last, ExposureStep::Good);
    assert!((85.0..=170.0).contains(&light), "{light}");
    assert_eq!(sets(&steps[30..]), 0, "it does not settle: {steps:?}");
}

#[test]
fn a_camera_that_does_well_by_itself_is_left_alone() {
    let mut desk = Desk::new(Lighting::room());
    let steps = desk.frames(30);
    assert_eq!(sets(&steps), 0, "{steps:?}");
    let state = desk.stream.control(Control::Exposure).expect("has it");
    assert!(state.is_automatic);
}

#[test]
fn light_that_goes_on_and_off_is_followed() {
    let mut desk = Desk::new(Lighting::back_lit());
    desk.frames(40);
    for lighting in [
        Lighting::sun(),
        Lighting::dusk(),
        Lighting::room(),
        Lighting::back_lit(),
    ] {
        desk.control.light(lighting);
        let steps = desk.frames(45);
        let light = steps[44].1;
        assert!((75.0..=180.0).contains(&light), "{lighting:?}: {light}");
        assert_eq!(sets(&steps[35..]), 0, "{lighting:?}: {steps:?}");
    }
}

#[test]
fn what_no_setting_helps_is_told() {
    let night = Lighting {
        people: 0.001,
        background: 0.001,
    };
    let mut desk = Desk::new(night);
    let steps = desk.frames(90);
    assert_eq!(steps[89].0, ExposureStep::TooDark, "{steps:?}");
    assert_eq!(sets(&steps[80..]), 0);
    let state = desk.stream.control(Control::Exposure).expect("has it");
    // Never longer than what does not blur, unless the camera itself chose it.
    assert!(state.is_automatic || state.value <= 333, "{state:?}");
    let flash = Lighting {
        people: 900.0,
        background: 900.0,
    };
    desk.control.light(flash);
    assert_eq!(desk.frames(90)[89].0, ExposureStep::TooBright);
}

#[test]
fn who_leaves_leaves_the_camera_as_it_was() {
    let mut desk = Desk::new(Lighting::back_lit());
    desk.frames(40);
    let manual = desk.stream.control(Control::Exposure).expect("has it");
    assert!(!manual.is_automatic);
    // A moment without a face is not the end.
    assert_eq!(sets(&desk.run(20, |_| None)), 0);
    let steps = desk.frames(1);
    assert_eq!(steps[0].0, ExposureStep::Good);
    desk.run(40, |_| None);
    let given_back = desk.stream.control(Control::Exposure).expect("has it");
    assert!(given_back.is_automatic);
}

#[test]
fn a_refused_control_is_not_tried_again() {
    let mut desk = Desk::new(Lighting::back_lit());
    desk.control.refuse_controls(true);
    let steps = desk.frames(30);
    assert_eq!(steps[29].0, ExposureStep::TooDark);
    desk.control.refuse_controls(false);
    assert_eq!(sets(&desk.frames(10)), 0);
}

#[test]
fn a_camera_without_controls_is_no_error() {
    let clock = sim::Clock::starting_at("2026-11-22T00:00:00Z".parse().expect("literal"));
    let wait = Wait::at_most(clock.shared(), Duration::from_secs(1));
    let mut camera = VirtualCamera::drawn(clock.shared(), Scene::Empty);
    let mode = FrameMode::new(PixelFormat::Grey8, 640, 480, 30);
    let mut stream = camera.start(&mode, &wait).expect("free");
    let mut controller = ExposureController::new(ExposurePolicy::default());
    controller.attach(&mut *stream).expect("no error");
    let dark = FaceLight {
        mean: 20.0,
        clipped: 0.0,
    };
    assert_eq!(controller.next(Some(dark)), ExposureStep::TooDark);
    assert_eq!(controller.next(None), ExposureStep::Wait);
}

/// Cameras of every kind of response, step and gain: from every start the light on the face ends
/// near the target, and stays.
#[test]
fn it_settles_whatever_the_camera_is_like() {
    for gamma in [1.0, 1.8, 2.2, 2.6] {
        for step in [1, 10, 40] {
            for light in [0.2, 0.7, 1.0, 4.0, 30.0] {
                settles(gamma, step, light);
            }
        }
    }
}

fn settles(gamma: f32, coarse: i32, light: f32) {
    let range = |min, max, step| ControlRange {
        min,
        max,
        step,
        default: min,
        has_automatic: false,
    };
    let state = |range: ControlRange, value| ControlState {
        range,
        value,
        is_automatic: false,
    };
    let mut controller = ExposureController::new(ExposurePolicy::default());
    let exposure = Actuator::new(
        Control::Exposure,
        state(range(1, 5_001, coarse), 1),
        Some(333),
    );
    // In proportion to the value from its very beginning: steeper than is assumed.
    let gain = Actuator::new(Control::Gain, state(range(1, 16, 1), 1), None);
    controller
        .actuators
        .extend(exposure.into_iter().chain(gain));
    let (mut exposure, mut gain) = (1, 1);
    let mut seen = Vec::new();
    for _ in 0..120 {
        let linear = light * exposure as f32 / 100.0 * gain as f32 * 0.2;
        let mean = 255.0 * linear.min(1.0).powf(1.0 / gamma);
        let clipped = if linear > 1.0 { 1.0 } else { 0.0 };
        let step = controller.next(Some(FaceLight { mean, clipped }));
        match step {
            ExposureStep::Set(Control::Exposure, Setting::Manual(value)) => {
                assert!((1..=333).contains(&value) && (value - 1) % coarse == 0);
                exposure = value;
            }
            ExposureStep::Set(Control::Gain, Setting::Manual(value)) => gain = value,
            other => assert!(!matches!(other, ExposureStep::Set(..)), "{other:?}"),
        }
        seen.push((step, mean));
    }
    let case = format!("gamma {gamma}, step {coarse}, light {light}");
    assert_eq!(sets(&seen[90..]), 0, "{case}: {seen:?}");
    let (last, mean) = seen[119];
    // A step of 40 is fivefold at the least exposure: then the person is told.
    let is_told = matches!(last, ExposureStep::TooDark | ExposureStep::TooBright);
    let is_good = last == ExposureStep::Good && (65.0..=215.0).contains(&mean);
    assert!(is_good || coarse == 40 && is_told, "{case}: {seen:?}");
}
