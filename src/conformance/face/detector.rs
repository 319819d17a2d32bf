//! Finding faces.

use super::fixture::Strided;
use super::{Bench, engine};
use crate::conformance::report::{Case, Stop, Verdict, fail};
use crate::conformance::run::{check, fails, works};
use crate::error::ErrorKind;
use crate::face::{FaceDetector, FaceRegion};
use crate::imaging::{Image, PixelFormat};

pub(super) const CASES: &[Case<Bench>] = &[
    Case {
        name: "face.finds-the-face",
        rule: "A picture of one person has one face, and its points are where they are.",
        run: finds_the_face,
    },
    Case {
        name: "face.points-in-order",
        rule: "Points are finite, inside the picture, and in the order of `Landmarks`.",
        run: points_in_order,
    },
    Case {
        name: "face.most-confident-first",
        rule: "Two people are two faces, the most confident first, confidences from 0 to 1.",
        run: most_confident_first,
    },
    Case {
        name: "face.nobody-is-an-empty-list",
        rule: "A picture without a face is an empty list, not an error.",
        run: nobody,
    },
    Case {
        name: "face.detector-takes-rgb-alone",
        rule: "Other formats than RGB are `Unsupported`.",
        run: rgb_alone,
    },
    Case {
        name: "face.detector-heeds-stride",
        rule: "Bytes between rows change nothing.",
        run: heeds_stride,
    },
    Case {
        name: "face.detector-takes-any-size",
        rule: "Pictures of one pixel, narrow and large ones are looked at like others.",
        run: any_size,
    },
    Case {
        name: "face.detector-is-deterministic",
        rule: "The same picture has the same faces, also after another picture.",
        run: deterministic,
    },
];

/// How far a point may be from where it is, in distances of the eyes. Detectors disagree on where
/// the tip of a nose is.
const OFF: f32 = 0.3;

/// Points of the same picture may differ by so many pixels: threads sum in any order.
const SAME: f32 = 0.01;

fn faces(detector: &mut dyn FaceDetector, image: &Image) -> Result<Vec<FaceRegion>, Stop> {
    works("detect", detector.detect(&image.view()))
}

/// The one face of the first picture.
fn one(bench: &mut Bench) -> Result<FaceRegion, Stop> {
    let mut detector = engine("detector", bench.detector())?;
    let found = faces(&mut *detector, &bench.fixture().face.image)?;
    match found[..] {
        [face] => Ok(face),
        _ => fail(format!("{} faces in a picture of one", found.len())),
    }
}

fn finds_the_face(bench: &mut Bench) -> Verdict {
    let found = one(bench)?;
    let there = &bench.fixture().face.face;
    let limit = OFF * there.eye_distance();
    for (found, there) in found.landmarks.iter().zip(&there.landmarks) {
        let off = (found.0 - there.0).hypot(found.1 - there.1);
        check(
            off <= limit,
            format!("a point is {off:.1} pixels off, {limit:.1} are allowed"),
        )?;
    }
    Ok(())
}

fn points_in_order(bench: &mut Bench) -> Verdict {
    let found = one(bench)?;
    let image = &bench.fixture().face.image;
    let (width, height) = (image.width() as f32, image.height() as f32);
    let inside = |(x, y): &(f32, f32)| (0.0..width).contains(x) && (0.0..height).contains(y);
    check(
        found.landmarks.iter().all(inside),
        "a point outside the picture",
    )?;
    let [left, right, nose, mouth_left, mouth_right] = found.landmarks;
    check(left.0 < right.0, "the eye at the left is not the first one")?;
    check(
        mouth_left.0 < mouth_right.0,
        "the corner of the mouth at the left is not before the other",
    )?;
    check(
        left.1 < nose.1 && right.1 < nose.1 && nose.1 < mouth_left.1.max(mouth_right.1),
        "eyes, nose and mouth are not one below the other",
    )?;
    let bounds = found.bounds;
    check(
        bounds.width > 0.0 && bounds.height > 0.0,
        "bounds without a size",
    )
}

fn most_confident_first(bench: &mut Bench) -> Verdict {
    let mut detector = engine("detector", bench.detector())?;
    let found = faces(&mut *detector, &bench.fixture().two)?;
    check(found.len() == 2, format!("{} faces of two", found.len()))?;
    check(
        found[0].confidence >= found[1].confidence,
        "the more confident face comes last",
    )?;
    check(
        found.iter().all(|it| (0.0..=1.0).contains(&it.confidence)),
        "a confidence beyond 0 to 1",
    )
}

fn nobody(bench: &mut Bench) -> Verdict {
    let mut detector = engine("detector", bench.detector())?;
    let found = faces(&mut *detector, &bench.fixture().nobody)?;
    check(
        found.is_empty(),
        format!("{} faces where nobody is", found.len()),
    )
}

fn rgb_alone(bench: &mut Bench) -> Verdict {
    let mut detector = engine("detector", bench.detector())?;
    let image = bench.fixture().face.image.view();
    let grey = works("a grey picture", image.to_grey8().map_err(Into::into))?;
    fails(
        "detect in a grey picture",
        detector.detect(&grey.view()),
        &[ErrorKind::Unsupported],
    )
}

fn heeds_stride(bench: &mut Bench) -> Verdict {
    let mut detector = engine("detector", bench.detector())?;
    let image = &bench.fixture().face.image;
    let strided = Strided::of(image);
    let view = works("a picture with gaps", strided.view())?;
    let with_gaps = works("detect", detector.detect(&view))?;
    same(&with_gaps, &faces(&mut *detector, image)?)
}

fn any_size(bench: &mut Bench) -> Verdict {
    let mut detector = engine("detector", bench.detector())?;
    for (width, height) in [(1, 1), (3, 2), (1, 700), (1300, 5), (31, 33), (1280, 720)] {
        let grey = Image::filled(PixelFormat::Rgb8, width, height, [127; 3]);
        let image = works("a picture", grey.map_err(Into::into))?;
        works(
            &format!("detect in {width}x{height}"),
            detector.detect(&image.view()),
        )?;
    }
    Ok(())
}

fn deterministic(bench: &mut Bench) -> Verdict {
    let mut detector = engine("detector", bench.detector())?;
    let fixture = bench.fixture();
    let first = faces(&mut *detector, &fixture.face.image)?;
    faces(&mut *detector, &fixture.two)?;
    same(&first, &faces(&mut *detector, &fixture.face.image)?)
}

fn same(some: &[FaceRegion], others: &[FaceRegion]) -> Verdict {
    check(
        some.len() == others.len(),
        format!("{} faces, then {}", some.len(), others.len()),
    )?;
    for (one, other) in some.iter().zip(others) {
        for (a, b) in one.landmarks.iter().zip(&other.landmarks) {
            let off = (a.0 - b.0).hypot(a.1 - b.1);
            check(off <= SAME, format!("a point moved by {off} pixels"))?;
        }
    }
    Ok(())
}
