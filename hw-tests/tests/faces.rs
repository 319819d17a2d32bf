//! Real faces through the reference face engine: agreement with another runtime, separation of
//! people, and that the two mistakes which are easily made are caught.
//!
//! Needs the files that `hw-tests/fetch-models --test-faces` fetches. Without them it fails; it
//! never skips.
#![allow(
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test: its figures are its result"
)]

#[path = "../../examples/support/jp2.rs"]
mod jp2;
mod set;

use std::time::Instant;

use myna_hal::drivers::onnx::{self, Admission, ModelError, SFace, YuNet};
use myna_hal::face::{
    Evidence, FaceDetector, FaceEmbedder, FalseMatchRate, QualityGate, SFACE_2021DEC_INT8BQ,
    Template, TemplateVerifier, compare,
};
use myna_hal::imaging::{Image, ImageView, PixelFormat, decode_jpeg2000};
use set::{Pair, Set};

/// Mean distance that two correct implementations running the same files may have.
const SAME_FILES_TOLERANCE: f32 = 0.005;
/// The same when the other one finds the faces with the 32-bit model: its landmarks differ from
/// those of the int8 model by parts of a pixel.
const OTHER_DETECTOR_TOLERANCE: f32 = 0.02;
/// Bytes of a portrait, about what the chip has room for.
const PORTRAIT_BYTES: usize = 5_000;

fn largest(detector: &mut YuNet, image: &ImageView<'_>) -> myna_hal::face::FaceRegion {
    let faces = detector.detect(image).unwrap();
    *faces
        .iter()
        .max_by(|a, b| a.bounds.area().total_cmp(&b.bounds.area()))
        .expect("a face in every picture of the set")
}

/// Mean and largest distance of scores from a reference.
fn distance(
    pairs: &[Pair],
    reference: impl Fn(&Pair) -> f32,
    score: impl Fn(&Pair) -> f32,
) -> (f32, f32) {
    let all = pairs
        .iter()
        .map(|pair| (score(pair) - reference(pair)).abs());
    let all: Vec<f32> = all.collect();
    let largest = all.iter().copied().fold(0.0, f32::max);
    (all.iter().sum::<f32>() / all.len() as f32, largest)
}

/// Lowest score of the same person and highest of different people.
fn margin(pairs: &[Pair], score: impl Fn(&Pair) -> f32) -> (f32, f32) {
    let genuine = pairs
        .iter()
        .filter(|p| p.same)
        .map(&score)
        .fold(1.0, f32::min);
    let impostor = pairs
        .iter()
        .filter(|p| !p.same)
        .map(&score)
        .fold(-1.0, f32::max);
    (genuine, impostor)
}

fn templates(set: &Set, swap: bool) -> Vec<Template> {
    let (detector, mut embedder) = onnx::load(&set.models).unwrap();
    let mut detector = detector.with_working_size(640);
    set.pictures
        .iter()
        .map(|picture| {
            let face = largest(&mut detector, &picture.view());
            if swap {
                embedder.embed(&swapped(picture).view(), &face).unwrap()
            } else {
                embedder.embed(&picture.view(), &face).unwrap()
            }
        })
        .collect()
}

/// The picture with red and blue exchanged.
fn swapped(picture: &Image) -> Image {
    let bgr = ImageView::packed(
        PixelFormat::Bgr8,
        picture.width(),
        picture.height(),
        picture.data(),
    );
    bgr.unwrap().to_rgb8().unwrap()
}

#[test]
fn scores_agree_with_another_runtime() {
    let set = Set::load();
    let right = templates(&set, false);
    let score = |pair: &Pair| compare(&right[pair.a], &right[pair.b]).unwrap().value();
    println!(
        "as they are, detected at 640 pixels, {} pairs:",
        set.pairs.len()
    );
    let (same_files, most) = distance(&set.pairs, |pair| pair.same_files, score);
    println!("  distance from OpenCV with the same files: mean {same_files:.4}, largest {most:.4}");
    let (other, most) = distance(&set.pairs, |pair| pair.reference, score);
    println!("  distance from the 32-bit detector's: mean {other:.4}, largest {most:.4}");
    let (genuine, impostor) = margin(&set.pairs, score);
    println!("  same person from {genuine:.3}, different people up to {impostor:.3}");
    assert!(
        same_files <= SAME_FILES_TOLERANCE,
        "mean distance {same_files}"
    );
    assert!(other <= OTHER_DETECTOR_TOLERANCE, "mean distance {other}");
    assert!(genuine > impostor);

    let wrong = templates(&set, true);
    let score = |pair: &Pair| compare(&wrong[pair.a], &wrong[pair.b]).unwrap().value();
    let (mean, most) = distance(&set.pairs, |pair| pair.same_files, score);
    println!("red and blue exchanged, which the scores must show:");
    println!("  distance from OpenCV with the same files: mean {mean:.4}, largest {most:.4}");
    assert!(
        mean > 2.0 * SAME_FILES_TOLERANCE,
        "the exchange went unnoticed: {mean}"
    );
}

#[test]
fn chip_portraits_against_frames_separate_people() {
    let set = Set::load();
    let (detector, embedder) = onnx::load(&set.models).unwrap();
    let (mut locator, _) = onnx::load(&set.models).unwrap();
    // The set was not taken at a reception: what counts here is the comparison.
    let mut verifier = TemplateVerifier::new(detector, embedder, FalseMatchRate::default())
        .unwrap()
        .with_gate(QualityGate::reference());
    let (mut references, mut probes) = (Vec::new(), Vec::new());
    for (picture, name) in set.pictures.iter().zip(&set.names) {
        let portrait = portrait(picture, &mut locator);
        references.push(
            verifier
                .reference_template(&portrait.view())
                .unwrap()
                .expect(name),
        );
        let (probe, _) = verifier
            .probe_template(&picture.view())
            .unwrap()
            .expect(name);
        probes.push(probe);
    }
    let score = |pair: &Pair| {
        compare(&references[pair.a], &probes[pair.b])
            .unwrap()
            .value()
    };
    let (mean, most) = distance(&set.pairs, |pair| pair.same_files, score);
    let (genuine, impostor) = margin(&set.pairs, score);
    println!("chip portrait (grey JP2, 378x472) against the picture, detected at 320 pixels:");
    println!("  distance from the scores as they are: mean {mean:.4}, largest {most:.4}");
    println!("  same person from {genuine:.3}, different people up to {impostor:.3}");
    report_rates(&set, score);
    assert!(genuine > impostor, "{genuine} against {impostor}");
}

/// The picture as the chip would hold it: cut around the face, grey, 378x472, JPEG 2000.
fn portrait(picture: &Image, detector: &mut YuNet) -> Image {
    let face = largest(detector, &picture.view()).bounds;
    // Head and shoulders, as on an identity photograph; what the picture lacks is grey.
    let height = (face.height * 2.2) as u32;
    let width = height * jp2::WIDTH / jp2::HEIGHT;
    let padded = picture.view().pad(width, height, [200; 3]).unwrap();
    let left = face.x + face.width / 2.0 + width as f32 / 2.0;
    let top = face.y + face.height / 2.0 + height as f32 / 2.0;
    let part = padded
        .view()
        .crop(left as u32, top as u32, width, height)
        .unwrap();
    let bytes = jp2::chip_portrait(&part.view(), PORTRAIT_BYTES).unwrap();
    decode_jpeg2000(&bytes).unwrap()
}

fn report_rates(set: &Set, score: impl Fn(&Pair) -> f32) {
    let count = |same: bool| set.pairs.iter().filter(|pair| pair.same == same).count();
    let provable = |comparisons: usize| {
        FalseMatchRate::provable_by(comparisons as u64).map_or(1.0, FalseMatchRate::value)
    };
    for threshold in SFACE_2021DEC_INT8BQ.thresholds() {
        let at_least = |pair: &&Pair| score(pair) >= threshold.score.value();
        let matched = |same: bool| {
            set.pairs
                .iter()
                .filter(|p| p.same == same)
                .filter(at_least)
                .count()
        };
        let (genuine, impostor) = (count(true), count(false));
        println!(
            "  at {:.3} (false match rate {}, {}): {} of {genuine} genuine fail, {} of {impostor} \
             impostors match",
            threshold.score.value(),
            threshold.rate,
            if threshold.evidence == Evidence::Measured {
                "measured"
            } else {
                "extrapolated"
            },
            genuine - matched(true),
            matched(false),
        );
    }
    println!(
        "  none in {} impostor comparisons proves a false match rate below {:.3}, none in {} \
         genuine ones a false non-match rate below {:.3} (95 %, rule of three); for 1e-4 it takes \
         {} comparisons",
        count(false),
        provable(count(false)),
        count(true),
        provable(count(true)),
        FalseMatchRate::ONE_IN_10_000.comparisons_to_claim(),
    );
}

#[test]
fn other_files_are_refused_by_type() {
    let set = Set::load();
    let yunet = std::fs::read(set.models.join(onnx::YUNET_FILE)).unwrap();
    let sface = std::fs::read(set.models.join(onnx::SFACE_FILE)).unwrap();

    let exchanged = SFace::from_bytes(&yunet, Admission::Listed);
    assert!(matches!(exchanged, Err(ModelError::WrongTask { .. })));
    let truncated = SFace::from_bytes(&sface[..sface.len() / 2], Admission::Listed);
    assert!(matches!(truncated, Err(ModelError::Unknown { .. })));
    let mut damaged = yunet.clone();
    damaged[60_000] ^= 1;
    let refused = YuNet::from_bytes(&damaged, Admission::Listed);
    assert!(matches!(refused, Err(ModelError::Unknown { .. })));
    // One flipped bit in a weight still runs, if somebody insists.
    assert!(YuNet::from_bytes(&damaged, Admission::Unlisted).is_ok());
    let missing = onnx::load(std::path::Path::new("/nonexistent"));
    assert!(matches!(missing, Err(ModelError::Missing { .. })));

    // Whatever else is called a model is an error, never a panic.
    for len in (0..yunet.len()).step_by(997) {
        assert!(
            YuNet::from_bytes(&yunet[..len], Admission::Unlisted).is_err(),
            "{len}"
        );
    }
    let mut state = 1u64;
    for _ in 0..300 {
        let mut bytes = yunet.clone();
        for _ in 0..4 {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            let at = (state >> 33) as usize % bytes.len();
            bytes[at] = (state >> 24) as u8;
        }
        let _ = YuNet::from_bytes(&bytes, Admission::Unlisted);
    }
}

#[test]
fn drawn_faces_are_found_and_timed() {
    use myna_hal::sim::DrawnFace;
    let set = Set::load();
    let (mut detector, mut embedder) = onnx::load(&set.models).unwrap();
    for person in 0..12 {
        let portrait = DrawnFace::new(person).portrait();
        let padded = portrait.view().pad(95, 118, [225; 3]).unwrap();
        let faces = detector.detect(&padded.view()).unwrap();
        assert_eq!(faces.len(), 1, "drawn person {person}");
    }
    let frame = Image::filled(PixelFormat::Rgb8, 640, 480, [180; 3]).unwrap();
    let face = detector
        .detect(&DrawnFace::new(1).portrait().view())
        .unwrap()[0];
    let time = |name: &str, work: &mut dyn FnMut()| {
        let mut times: Vec<_> = (0..15)
            .map(|_| {
                let start = Instant::now();
                work();
                start.elapsed()
            })
            .collect();
        times.sort();
        println!(
            "  {name}: median {:.1} ms, best {:.1} ms",
            ms(times[7]),
            ms(times[0])
        );
    };
    println!(
        "one thread{}:",
        if cfg!(debug_assertions) {
            ", unoptimised build"
        } else {
            ""
        }
    );
    time("detect in 640x480 at 320x256", &mut || {
        detector.detect(&frame.view()).unwrap();
    });
    let aligned = myna_hal::face::align::align(&frame.view(), &face.landmarks).unwrap();
    time("align", &mut || {
        myna_hal::face::align::align(&frame.view(), &face.landmarks).unwrap();
    });
    time("embed", &mut || {
        embedder.embed_aligned(&aligned).unwrap();
    });
    time("decode a portrait", &mut || {
        decode_jpeg2000(myna_hal::sim::DRAWN_FACE_JP2).unwrap();
    });
}

fn ms(time: std::time::Duration) -> f64 {
    time.as_secs_f64() * 1e3
}
