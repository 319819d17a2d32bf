//! Model files that are none: each an error of its type, on both runtimes, in bounded time.

use std::time::{Duration, Instant};

use crate::graph::Graph;
use hw_tests::faces::{Set, runtimes};
use myna_hal::drivers::onnx::{self, Admission, ModelError, Runtime, SFace, YuNet};
use myna_hal::face::{FaceDetector, FaceEmbedder, FaceRegion};
use myna_hal::imaging::{Image, PixelFormat};

/// Most time for one file, loaded or refused: sixty times what loading SFace takes here.
const LIMIT: Duration = Duration::from_secs(30);

fn files() -> (Vec<u8>, Vec<u8>) {
    let set = Set::load();
    let read = |file| std::fs::read(set.models.join(file)).unwrap();
    (read(onnx::YUNET_FILE), read(onnx::SFACE_FILE))
}

fn in_time<T>(what: &str, work: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let result = work();
    assert!(start.elapsed() < LIMIT, "{what}: {:?}", start.elapsed());
    result
}

fn detector(runtime: &dyn Runtime, bytes: &[u8]) -> Result<YuNet, ModelError> {
    in_time("YuNet", || {
        YuNet::from_bytes(runtime, bytes, Admission::Unlisted)
    })
}

/// `bytes` with every `from` replaced, which has the same length.
fn renamed(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let mut bytes = bytes.to_vec();
    let mut at = 0;
    while let Some(found) = bytes[at..]
        .windows(from.len())
        .position(|part| part == from)
    {
        at += found;
        bytes[at..at + to.len()].copy_from_slice(to);
    }
    bytes
}

#[test]
fn other_files_are_refused_by_type() {
    let (yunet, sface) = files();
    for (_, runtime) in runtimes() {
        let runtime = &*runtime;
        let exchanged = SFace::from_bytes(runtime, &yunet, Admission::Listed);
        assert!(matches!(exchanged, Err(ModelError::WrongTask { .. })));
        let truncated = SFace::from_bytes(runtime, &sface[..sface.len() / 2], Admission::Listed);
        assert!(matches!(truncated, Err(ModelError::Unknown { .. })));
        let mut damaged = yunet.clone();
        damaged[60_000] ^= 1;
        let refused = YuNet::from_bytes(runtime, &damaged, Admission::Listed);
        assert!(matches!(refused, Err(ModelError::Unknown { .. })));
        // One flipped bit in a weight still runs, if somebody insists.
        assert!(detector(runtime, &damaged).is_ok());
        let missing = onnx::load_on(runtime, std::path::Path::new("/nonexistent"));
        assert!(matches!(missing, Err(ModelError::Missing { .. })));
        // The other network: other outputs. One flipped bit, or it is known for what it is.
        let mut other = sface.clone();
        other[5_000_000] ^= 1;
        assert!(matches!(
            detector(runtime, &other),
            Err(ModelError::Unsupported(_))
        ));
        let embedder = SFace::from_bytes(runtime, &damaged, Admission::Unlisted);
        assert!(matches!(embedder, Err(ModelError::Unsupported(_))));
        let other = renamed(&yunet, b"kps_32", b"kps_33");
        assert!(matches!(
            detector(runtime, &other),
            Err(ModelError::Unsupported(_))
        ));
    }
}

#[test]
fn truncated_files_are_refused() {
    let (yunet, _) = files();
    for (name, runtime) in runtimes() {
        for len in (0..yunet.len()).step_by(997) {
            assert!(
                detector(&*runtime, &yunet[..len]).is_err(),
                "{len} bytes on {name}"
            );
        }
    }
}

/// What loads in spite of the damage must not panic when it runs, either.
#[test]
fn damaged_files_never_panic() {
    let (yunet, _) = files();
    let picture = Image::filled(PixelFormat::Rgb8, 64, 64, [120; 3]).unwrap();
    for (name, runtime) in runtimes() {
        let (mut state, mut loaded, mut ran) = (1u64, 0, 0);
        for _ in 0..150 {
            let mut bytes = yunet.clone();
            for _ in 0..4 {
                state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1);
                let at = (state >> 33) as usize % bytes.len();
                bytes[at] = (state >> 24) as u8;
            }
            if let Ok(mut detector) = detector(&*runtime, &bytes) {
                loaded += 1;
                ran += usize::from(in_time("running", || detector.detect(&picture.view())).is_ok());
            }
        }
        println!("{name}: of 150 damaged files {loaded} load and {ran} run");
    }
}

/// A network of the right names that gives other shapes is no face and no template.
#[test]
fn other_shapes_are_errors_or_no_face() {
    let picture = Image::filled(PixelFormat::Rgb8, 112, 112, [120; 3]).unwrap();
    let face = FaceRegion {
        bounds: myna_hal::imaging::Rect::default(),
        landmarks: myna_hal::face::align::TEMPLATE,
        confidence: 1.0,
        covered: None,
    };
    for (name, runtime) in runtimes() {
        // One `Relu` from the input: a template of 37,632 values is none of 128.
        let model = relu("fc1", 1);
        let mut embedder = SFace::from_bytes(&*runtime, &model, Admission::Unlisted).unwrap();
        let result = embedder.embed(&picture.view(), &face);
        assert!(result.is_err(), "{name}");
        let model = relu("fc1", 2);
        let refused = SFace::from_bytes(&*runtime, &model, Admission::Unlisted);
        assert!(matches!(refused, Err(ModelError::Unsupported(_))), "{name}");
    }
}

/// One `Relu` for each input; the first one's output has this name.
fn relu(output: &str, inputs: usize) -> Vec<u8> {
    let mut graph = Graph::new();
    for input in 0..inputs {
        let (from, to) = (format!("x{input}"), format!("y{input}"));
        let to = if input == 0 { output } else { &to };
        graph = graph.input(&from).node("Relu", &[&from], to).output(to);
    }
    graph.into_model()
}

/// What may load must still end with an error when it runs.
fn runs_to_an_error(name: &str, what: &str, runtime: &dyn Runtime, model: &[u8]) {
    let picture = Image::filled(PixelFormat::Rgb8, 112, 112, [120; 3]).unwrap();
    let loaded = in_time(what, || {
        SFace::from_bytes(runtime, model, Admission::Unlisted)
    });
    if let Ok(mut embedder) = loaded {
        let result = in_time(what, || embedder.embed_aligned(&picture.view()));
        assert!(result.is_err(), "{what} runs on {name}");
        println!("{name}: {what} loads, and fails when it runs");
    } else {
        println!("{name}: {what} is refused");
    }
}

#[test]
fn circles_end() {
    let circle = Graph::new()
        .input("x0")
        .node("Add", &["x0", "b"], "a")
        .node("Relu", &["a"], "b")
        .node("Relu", &["b"], "fc1")
        .output("fc1")
        .into_model();
    let itself = Graph::new()
        .input("x0")
        .node("Add", &["x0", "fc1"], "fc1")
        .output("fc1")
        .into_model();
    for (name, runtime) in runtimes() {
        runs_to_an_error(name, "a circle", &*runtime, &circle);
        runs_to_an_error(name, "a node that reads itself", &*runtime, &itself);
    }
}

#[test]
fn tensors_larger_than_any_memory_are_errors() {
    let huge = 1 << 40;
    let stated = Graph::new()
        .input("x0")
        .integers("c", &[huge], &[1])
        .node("Reshape", &["x0", "c"], "fc1")
        .output("fc1")
        .into_model();
    let wrapping = Graph::new()
        .input("x0")
        .integers("c", &[1 << 33, 1 << 31], &[])
        .node("Reshape", &["x0", "c"], "fc1")
        .output("fc1")
        .into_model();
    let expanded = Graph::new()
        .input("x0")
        .integers("c", &[4], &[huge as i64, 3, 112, 112])
        .node("Expand", &["x0", "c"], "fc1")
        .output("fc1")
        .into_model();
    for (name, runtime) in runtimes() {
        for (what, model) in [
            ("a constant of 8 TB in 8 bytes", &stated),
            ("a constant of 2^64 elements", &wrapping),
            ("a result of 150 PB", &expanded),
        ] {
            if (name, model) == ("rten", &expanded) {
                // `Admission::Unlisted` says so.
                println!("{name}: NOT RUN: {what} ends the process");
                continue;
            }
            runs_to_an_error(name, what, &*runtime, model);
        }
    }
}
