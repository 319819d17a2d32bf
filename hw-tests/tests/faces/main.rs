//! Real faces through the reference face engine: agreement of its two runtimes with each other and
//! with OpenCV in the same run, separation of people, and that the mistakes which are easily made are
//! caught.
//!
//! Needs what `hw-tests/fetch-models --test-faces --onnxruntime --opencv` fetches. Without it, it
//! fails; it never skips.
#![allow(
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test: its figures are its result"
)]

#[path = "../../../examples/support/jp2.rs"]
mod jp2;

mod calibration;
mod graph;
mod hostile;

use hw_tests::faces::{OpenCv, Pair, Set, engine, runtimes};
use myna_hal::drivers::onnx::{Rten, Runtime, YuNet};
use myna_hal::face::{
    Evidence, FaceDetector, FaceEmbedder, FalseMatchRate, QualityGate, SFACE_2021DEC_INT8BQ,
    Template, TemplateVerifier, compare,
};
use myna_hal::imaging::{Image, ImageView, PixelFormat, decode_jpeg2000};

/// Mean distance that two correct implementations running the same files may have when both shrink the
/// picture by themselves.
const SAME_FILES_TOLERANCE: f32 = 0.005;
/// Most distance of one pair then: a few times what is measured here (0.005), and less than half of
/// what one pixel more of border does to a pair of chip portrait and picture (0.035).
const SAME_FILES_TOLERANCE_OF_ONE: f32 = 0.015;
/// The same when the other one finds the faces with the 32-bit model: its landmarks differ from
/// those of the int8 model by parts of a pixel.
const OTHER_DETECTOR_TOLERANCE: f32 = 0.02;
/// Least cosine of the templates that the two runtimes make of one face.
const RUNTIMES_AGREE: f32 = 0.9999;
/// Most pixels by which the two runtimes may place a point of a face differently.
const RUNTIMES_AGREE_PIXELS: f32 = 0.1;
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

fn templates(runtime: &dyn Runtime, set: &Set, swap: bool) -> Vec<Template> {
    let (detector, mut embedder) = engine(runtime);
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
fn the_two_runtimes_agree() {
    let set = Set::load();
    let [mut rten, mut ort] = runtimes().map(|(_, runtime)| engine(&*runtime));
    let (mut least, mut most) = (1.0f32, 0.0f32);
    for picture in &set.pictures {
        let view = picture.view();
        let ours = rten.0.detect(&view).unwrap();
        let theirs = ort.0.detect(&view).unwrap();
        assert_eq!(ours.len(), theirs.len());
        for (a, b) in ours.iter().zip(&theirs) {
            assert!((a.confidence - b.confidence).abs() < 1e-3);
            for (a, b) in a.landmarks.iter().zip(&b.landmarks) {
                most = most.max((a.0 - b.0).hypot(a.1 - b.1));
            }
            // The same face to both: what differs is the network alone.
            let (a, b) = (
                rten.1.embed(&view, a).unwrap(),
                ort.1.embed(&view, a).unwrap(),
            );
            least = least.min(compare(&a, &b).unwrap().value());
        }
    }
    println!(
        "rten beside ort: points up to {most:.5} pixels apart, cosine of templates from {least:.7}"
    );
    assert!(least >= RUNTIMES_AGREE, "{least}");
    assert!(most <= RUNTIMES_AGREE_PIXELS, "{most}");
}

#[test]
fn scores_agree_with_opencv() {
    let set = Set::load();
    let (_, embedder) = engine(&Rten::new());
    let mut opencv = OpenCv::start(embedder.model());
    let theirs: Vec<Template> = set
        .pictures
        .iter()
        .map(|picture| opencv.embed(picture, 640, 0.0))
        .collect();
    let reference = |pair: &Pair| compare(&theirs[pair.a], &theirs[pair.b]).unwrap().value();
    println!(
        "as they are, detected at 640 pixels, {} pairs, distance of scores from OpenCV {}:",
        set.pairs.len(),
        opencv.version()
    );
    for (name, runtime) in runtimes() {
        let right = templates(&*runtime, &set, false);
        let score = |pair: &Pair| compare(&right[pair.a], &right[pair.b]).unwrap().value();
        let (same_files, largest) = distance(&set.pairs, reference, score);
        println!("  {name}: mean {same_files:.4}, largest {largest:.4}");
        let (other, most) = distance(&set.pairs, |pair| pair.reference, score);
        println!("    from the 32-bit detector's: mean {other:.4}, largest {most:.4}");
        let (genuine, impostor) = margin(&set.pairs, score);
        println!("    same person from {genuine:.3}, different people up to {impostor:.3}");
        assert!(
            same_files <= SAME_FILES_TOLERANCE,
            "mean distance {same_files}"
        );
        assert!(
            largest <= SAME_FILES_TOLERANCE_OF_ONE,
            "largest distance {largest}"
        );
        assert!(other <= OTHER_DETECTOR_TOLERANCE, "mean distance {other}");
        assert!(genuine > impostor);
    }
    let wrong = templates(&Rten::new(), &set, true);
    let score = |pair: &Pair| compare(&wrong[pair.a], &wrong[pair.b]).unwrap().value();
    let (mean, most) = distance(&set.pairs, reference, score);
    println!(
        "  red and blue exchanged, which the scores must show: mean {mean:.4}, largest {most:.4}"
    );
    assert!(
        mean > 2.0 * SAME_FILES_TOLERANCE,
        "the exchange went unnoticed: {mean}"
    );
}

#[test]
fn chip_portraits_against_frames_separate_people() {
    let set = Set::load();
    let (mut locator, embedder) = engine(&Rten::new());
    let mut opencv = OpenCv::start(embedder.model());
    let portraits: Vec<Image> = set
        .pictures
        .iter()
        .map(|picture| portrait(picture, &mut locator))
        .collect();
    // The same decoded pixels and the same border to both.
    let mut theirs = |picture: &Image, border| opencv.embed(picture, 320, border);
    let their_references: Vec<Template> = portraits
        .iter()
        .map(|portrait| theirs(portrait, 0.25))
        .collect();
    let their_probes: Vec<Template> = set
        .pictures
        .iter()
        .map(|picture| theirs(picture, 0.0))
        .collect();
    let reference = |pair: &Pair| {
        compare(&their_references[pair.a], &their_probes[pair.b])
            .unwrap()
            .value()
    };
    println!("chip portrait (grey JP2, 378x472) against the picture, detected at 320 pixels:");
    let (genuine, impostor) = margin(&set.pairs, reference);
    println!(
        "  OpenCV {}: same person from {genuine:.3}, different people up to {impostor:.3}",
        opencv.version()
    );
    for (name, runtime) in runtimes() {
        let (detector, embedder) = engine(&*runtime);
        // The set was not taken at a reception: what counts here is the comparison.
        let mut verifier = TemplateVerifier::new(detector, embedder, FalseMatchRate::default())
            .unwrap()
            .with_gate(QualityGate::reference());
        let (mut references, mut probes) = (Vec::new(), Vec::new());
        for ((picture, portrait), name) in set.pictures.iter().zip(&portraits).zip(&set.names) {
            let template = verifier.reference_template(&portrait.view()).unwrap();
            references.push(template.expect(name));
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
        let (mean, most) = distance(&set.pairs, reference, score);
        let (genuine, impostor) = margin(&set.pairs, score);
        println!("  {name}: distance from OpenCV's scores: mean {mean:.4}, largest {most:.4}");
        println!("    same person from {genuine:.3}, different people up to {impostor:.3}");
        report_rates(&set, score);
        assert!(genuine > impostor, "{genuine} against {impostor}");
        assert!(mean <= SAME_FILES_TOLERANCE, "mean distance {mean}");
        assert!(
            most <= SAME_FILES_TOLERANCE_OF_ONE,
            "largest distance {most}"
        );
    }
}

/// The picture as the chip would hold it.
fn portrait(picture: &Image, detector: &mut YuNet) -> Image {
    let face = largest(detector, &picture.view());
    let bytes = jp2::portrait_around(&picture.view(), &face, PORTRAIT_BYTES).unwrap();
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
fn drawn_faces_are_found() {
    use myna_hal::sim::DrawnFace;
    for (name, runtime) in runtimes() {
        let (mut detector, _) = engine(&*runtime);
        for person in 0..12 {
            let portrait = DrawnFace::new(person).portrait();
            let padded = portrait.view().pad(95, 118, [225; 3]).unwrap();
            let faces = detector.detect(&padded.view()).unwrap();
            assert_eq!(faces.len(), 1, "drawn person {person} on {name}");
        }
    }
}
