//! Every reason on drawn faces, just inside its bound and just beyond.

use super::light::{Light, Surroundings};
use super::*;
use crate::face::{FaceRegion, align};
use crate::imaging::{Image, PixelFormat};
use crate::sim::{DrawnFace, Pose, Worn};

const MIDDLE: (f32, f32) = (320.0, 240.0);

fn frame(colour: u8) -> Image {
    Image::filled(PixelFormat::Rgb8, 640, 480, [colour; 3]).expect("small")
}

fn pose(centre: (f32, f32), height: f32, tilt: f32) -> Pose {
    Pose {
        centre,
        height,
        tilt,
    }
}

fn judge(image: &Image, faces: &[FaceRegion]) -> Vec<QualityReason> {
    moving(image, faces, None)
}

fn moving(image: &Image, faces: &[FaceRegion], speed: Option<f32>) -> Vec<QualityReason> {
    QualityGate::live()
        .assess_moving(&image.view(), faces, speed)
        .expect("a picture")
        .err()
        .unwrap_or_default()
}

/// A drawn face on a plain background, all of it multiplied by `light`.
fn lit(pose: Pose, light: f32) -> (Image, FaceRegion) {
    let mut image = frame(190);
    let face = DrawnFace::new(5).draw(&mut image, &pose);
    for value in image.data_mut() {
        *value = (f32::from(*value) * light) as u8;
    }
    (image, face)
}

fn drawn(pose: Pose) -> Vec<QualityReason> {
    let (image, face) = lit(pose, 1.0);
    judge(&image, &[face])
}

fn light_on(image: &Image, face: &FaceRegion) -> Light {
    let aligned = align::align(&image.view(), &face.landmarks).expect("a face");
    Light::of(&aligned.view()).expect("aligned")
}

#[test]
fn a_good_face_passes() {
    assert_eq!(drawn(pose(MIDDLE, 220.0, 5.0)), []);
}

#[test]
fn nobody_is_no_face() {
    assert_eq!(judge(&frame(190), &[]), [QualityReason::NoFace]);
    let (image, mut face) = lit(pose(MIDDLE, 220.0, 0.0), 1.0);
    face.confidence = 0.59;
    assert_eq!(judge(&image, &[face]), [QualityReason::NoFace]);
    face.confidence = 0.61;
    assert_eq!(judge(&image, &[face]), []);
}

#[test]
fn others_count_by_their_size() {
    let mut image = frame(190);
    let face = DrawnFace::new(5).draw(&mut image, &pose((200.0, 240.0), 220.0, 0.0));
    let mut other = DrawnFace::new(6).draw(&mut image, &pose((500.0, 240.0), 140.0, 0.0));
    for (share, reasons) in [(0.29, vec![]), (0.31, vec![QualityReason::SeveralFaces])] {
        other.bounds.height = share * face.bounds.area() / other.bounds.width;
        assert_eq!(judge(&image, &[other, face]), reasons, "{share}");
    }
}

#[test]
fn too_small_and_too_close_by_the_size() {
    // The drawn face is narrower than high.
    let (_, sample) = lit(pose(MIDDLE, 200.0, 0.0), 1.0);
    let per_width = 200.0 / sample.bounds.width;
    assert_eq!(
        drawn(pose(MIDDLE, 79.0 * per_width, 0.0)),
        [QualityReason::TooSmall]
    );
    assert_eq!(drawn(pose(MIDDLE, 81.0 * per_width, 0.0)), []);
    // 0.9 of 480 rows.
    assert_eq!(drawn(pose(MIDDLE, 430.0, 0.0)), []);
    assert_eq!(drawn(pose(MIDDLE, 434.0, 0.0)), [QualityReason::TooClose]);
}

#[test]
fn every_side_of_the_picture_is_told_apart() {
    let (_, sample) = lit(pose(MIDDLE, 220.0, 0.0), 1.0);
    let (half_width, half_height) = (sample.bounds.width / 2.0, sample.bounds.height / 2.0);
    let at = |share: f32, side: Side| {
        let (across, along) = (share * sample.bounds.width, share * sample.bounds.height);
        let centre = match side {
            Side::Left => (half_width - across, 240.0),
            Side::Right => (640.0 - half_width + across, 240.0),
            Side::Above => (320.0, half_height - along),
            Side::Below => (320.0, 480.0 - half_height + along),
        };
        drawn(pose(centre, 220.0, 0.0))
    };
    for side in [Side::Left, Side::Right, Side::Above, Side::Below] {
        assert_eq!(at(0.04, side), [], "{side:?}");
        assert_eq!(at(0.06, side), [QualityReason::OutsideFrame(side)]);
    }
}

#[test]
fn a_landmark_outside_is_outside() {
    let (image, mut face) = lit(pose((40.0 + 60.0, 240.0), 160.0, 0.0), 1.0);
    assert_eq!(judge(&image, &[face]), []);
    face.landmarks[3].0 = -0.5;
    let reasons = judge(&image, &[face]);
    assert_eq!(
        reasons.first(),
        Some(&QualityReason::OutsideFrame(Side::Left))
    );
}

#[test]
fn turned_by_the_nose_tilted_by_the_eyes() {
    let (image, face) = lit(pose(MIDDLE, 220.0, 0.0), 1.0);
    for direction in [-1.0, 1.0] {
        for (shift, reasons) in [(0.29, vec![]), (0.31, vec![QualityReason::Turned])] {
            let mut turned = face;
            turned.landmarks[2].0 += direction * shift * face.eye_distance();
            assert_eq!(judge(&image, &[turned]), reasons, "{shift}");
        }
        assert_eq!(drawn(pose(MIDDLE, 220.0, direction * 19.5)), []);
        assert_eq!(
            drawn(pose(MIDDLE, 220.0, direction * 20.5)),
            [QualityReason::Tilted]
        );
    }
}

#[test]
fn covered_only_when_the_detector_can_tell() {
    for (worn, reason) in [
        (Worn::DarkGlasses, QualityReason::EyesCovered),
        (Worn::Mask, QualityReason::MouthCovered),
    ] {
        let mut image = frame(190);
        let person = DrawnFace::new(5).wearing(worn);
        let mut face = person.draw(&mut image, &pose(MIDDLE, 220.0, 0.0));
        assert_eq!(judge(&image, &[face]), [reason]);
        // What a detector that cannot tell would make of the same picture.
        face.covered = None;
        assert_eq!(judge(&image, &[face]), []);
    }
    let (image, mut face) = lit(pose(MIDDLE, 220.0, 0.0), 1.0);
    let mut judged = |eyes: f32, mouth: f32| {
        face.covered = Some(crate::face::Covered { eyes, mouth });
        judge(&image, &[face])
    };
    assert_eq!(judged(0.49, 0.49), []);
    assert_eq!(judged(0.51, 0.49), [QualityReason::EyesCovered]);
    assert_eq!(judged(0.49, 0.51), [QualityReason::MouthCovered]);
}

#[test]
fn moving_by_what_was_drawn_before() {
    use crate::time::Timestamp;
    use std::time::Duration;
    let at = |x: f32, height: f32| lit(pose((x, 240.0), height, 0.0), 1.0);
    let (_, first) = at(320.0, 220.0);
    let tenth = 0.1 * first.eye_distance();
    let second = |x: f32, height: f32| {
        let mut motion = Motion::new();
        motion.follow(Some(&first), Timestamp::START);
        let (image, face) = at(x, height);
        let then = Timestamp::new(Duration::from_millis(100));
        let speed = motion.follow(Some(&face), then);
        moving(&image, &[face], speed)
    };
    assert_eq!(second(320.0 + 1.9 * tenth, 220.0), []);
    assert_eq!(second(320.0 + 2.1 * tenth, 220.0), [QualityReason::Moving]);
    assert_eq!(
        second(320.0, 290.0),
        [QualityReason::Moving],
        "comes nearer"
    );
}

#[test]
fn too_dark_and_too_bright_by_the_face() {
    let full = {
        let (image, face) = lit(pose(MIDDLE, 220.0, 0.0), 1.0);
        light_on(&image, &face).luminance
    };
    let at = |luminance: f32| {
        let (image, face) = lit(pose(MIDDLE, 220.0, 0.0), luminance / full);
        judge(&image, &[face])
    };
    assert_eq!(at(63.0), []);
    assert_eq!(at(58.0), [QualityReason::TooDark]);
    // The surroundings are washed out here, which is no harm before a bright face.
    assert_eq!(at(186.0), []);
    assert_eq!(at(196.0), [QualityReason::TooBright]);
}

#[test]
fn a_washed_out_part_of_the_face_is_too_bright() {
    let white = |columns: u32| {
        let (mut image, face) = lit(pose(MIDDLE, 220.0, 0.0), 0.6);
        let bounds = face.bounds;
        let stride = 640 * 3;
        let left = bounds.x as usize;
        for y in bounds.y as usize..(bounds.y + bounds.height) as usize {
            let from = y * stride + left * 3;
            image.data_mut()[from..from + columns as usize * 3].fill(255);
        }
        (light_on(&image, &face).clipped, judge(&image, &[face]))
    };
    let (mut passed, mut failed) = (0.0f32, 1.0f32);
    for columns in (0..120).step_by(4) {
        let (clipped, reasons) = white(columns);
        if reasons.contains(&QualityReason::TooBright) {
            failed = failed.min(clipped);
        } else {
            passed = passed.max(clipped);
        }
    }
    assert!(passed <= 0.25 && failed > 0.25, "{passed} {failed}");
    assert!(failed - passed < 0.1, "both sides were tried");
}

/// A face of a given luminance before a wall of which a share is washed out.
fn before_a_window(luminance: f32, share: f32) -> (Surroundings, Vec<QualityReason>) {
    let mut image = frame(0);
    let face = DrawnFace::new(5).draw(&mut image, &pose(MIDDLE, 220.0, 0.0));
    let full = light_on(&image, &face).luminance;
    for value in image.data_mut() {
        *value = (f32::from(*value) * luminance / full) as u8;
    }
    // Everything but head and clothes: what was black before drawing.
    let window = (share * 480.0) as usize;
    let (left, right) = (320 - 90, 320 + 90);
    for y in 0..480 {
        for x in 0..640 {
            if !(left..right).contains(&x) || y < 90 {
                let light = if (y * 7) % 480 < window { 255 } else { 200 };
                let at = (y * 640 + x) * 3;
                image.data_mut()[at..at + 3].fill(light);
            }
        }
    }
    let around = Surroundings::of(&image.view(), &face.bounds).expect("there are some");
    (around, judge(&image, &[face]))
}

#[test]
fn back_lit_by_the_ratio_before_what_is_washed_out() {
    // All of the window is at 255, so the bound lies at 102.
    let (around, reasons) = before_a_window(106.0, 1.0);
    assert!(
        around.luminance > 253.0 && around.clipped > 0.99,
        "{around:?}"
    );
    assert_eq!(reasons, []);
    assert_eq!(before_a_window(98.0, 1.0).1, [QualityReason::BackLit]);
    // Far too little light: what to do about it comes first.
    assert_eq!(
        before_a_window(50.0, 1.0).1,
        [QualityReason::BackLit, QualityReason::TooDark]
    );
}

/// A dark face before a bright wall is no face against the light.
#[test]
fn a_bright_wall_is_no_back_light() {
    let (around, reasons) = before_a_window(70.0, 0.28);
    assert!(around.luminance > 200.0, "{around:?}");
    assert!((0.25..0.33).contains(&around.clipped), "{around:?}");
    assert_eq!(reasons, []);
    let (around, reasons) = before_a_window(70.0, 0.40);
    assert!((0.33..0.45).contains(&around.clipped), "{around:?}");
    assert_eq!(reasons, [QualityReason::BackLit]);
}

#[test]
fn blurred_by_the_sharpness() {
    let (image, face) = lit(pose(MIDDLE, 220.0, 0.0), 1.0);
    let soft = |width: u32| {
        let small = image.view().resize(width, width * 3 / 4).expect("small");
        let soft = small.view().resize(640, 480).expect("small");
        (light_on(&soft, &face).sharpness, judge(&soft, &[face]))
    };
    // Halves the way between a picture that is too soft and one that is not.
    let (mut failing, mut passing) = (40, 640);
    while passing - failing > 1 {
        let middle = (failing + passing) / 2;
        if soft(middle).1.is_empty() {
            passing = middle;
        } else {
            failing = middle;
        }
    }
    let (just_beyond, reasons) = soft(failing);
    assert_eq!(reasons, [QualityReason::Blurred]);
    let (just_inside, reasons) = soft(passing);
    assert_eq!(reasons, []);
    assert!(
        just_beyond < 20.0 && just_inside >= 20.0,
        "{just_beyond} {just_inside}"
    );
}

#[test]
fn people_in_the_background_do_not_count() {
    let mut image = frame(190);
    let face = DrawnFace::new(5).draw(&mut image, &pose(MIDDLE, 220.0, 0.0));
    let far = DrawnFace::new(6).draw(&mut image, &pose((540.0, 100.0), 70.0, 0.0));
    assert_eq!(judge(&image, &[far, face]), []);
}

#[test]
fn the_portrait_of_a_document_is_judged_leniently() {
    let mut image = frame(190);
    let person = DrawnFace::new(5).wearing(Worn::DarkGlasses);
    let face = person.draw(&mut image, &pose(MIDDLE, 470.0, 30.0));
    let judged = QualityGate::reference().assess(&image.view(), &[face]);
    assert!(judged.expect("a picture").is_ok());
}

#[test]
fn codes_are_distinct_and_terms_are_the_standards() {
    let codes: std::collections::HashSet<_> = QualityReason::ALL
        .iter()
        .map(|reason| reason.code())
        .collect();
    assert_eq!(codes.len(), QualityReason::ALL.len());
    let mut sorted = QualityReason::ALL.to_vec();
    sorted.sort();
    assert_eq!(sorted, QualityReason::ALL, "by importance");
    let none: Vec<_> = QualityReason::ALL
        .iter()
        .filter(|reason| reason.iso_29794_5().is_none())
        .collect();
    assert_eq!(
        none,
        [
            &QualityReason::NoFace,
            &QualityReason::Moving,
            &QualityReason::BackLit
        ]
    );
}
