//! Model files that are none: each an error of its type, on both runtimes, in bounded time.

use std::time::{Duration, Instant};

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

/// `ModelProto` (ONNX 1.16, opset 13) of one `Relu` on `inputs` inputs.
fn relu(output: &str, inputs: usize) -> Vec<u8> {
    let field = |number: u8, bytes: &[u8]| -> Vec<u8> {
        let length = u8::try_from(bytes.len()).unwrap();
        assert!(length < 128, "one byte of length");
        [&[number << 3 | 2, length], bytes].concat()
    };
    // ValueInfoProto: name, type of float tensors.
    let value = |name: &str| [field(1, name.as_bytes()), field(2, &field(1, &[0x08, 1]))].concat();
    let mut graph = Vec::new();
    for input in 0..inputs {
        let name = format!("x{input}");
        let made = if input == 0 {
            output.to_owned()
        } else {
            format!("y{input}")
        };
        let node = [
            field(1, name.as_bytes()),
            field(2, made.as_bytes()),
            field(4, b"Relu"),
        ];
        graph.extend(field(1, &node.concat()));
    }
    graph.extend(field(2, b"g"));
    for input in 0..inputs {
        graph.extend(field(11, &value(&format!("x{input}"))));
    }
    graph.extend(field(12, &value(output)));
    if inputs > 1 {
        graph.extend(field(12, &value("y1")));
    }
    [vec![0x08, 8], field(7, &graph), field(8, &[0x10, 13])].concat()
}
