//! What a camera frame costs, from its JPEG bytes to the embedding, in this library on both of its
//! runtimes and in OpenCV, one thread each, turn by turn in one run.
//!
//! ```sh
//! cargo run --release -p hw-tests --features onnx --bin face-report
//! ```
#![allow(
    clippy::panic,
    clippy::print_stdout,
    reason = "a program talks to its user, and ends when its own parts are missing"
)]

mod memory;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::Parser;
use hw_tests::faces::{OpenCv, Run, Set, engine, runtimes};
use memory::Memory;
use myna_hal::drivers::onnx::{Runtime, SFace, YuNet};
use myna_hal::face::{FaceDetector, FaceEmbedder, align, compare};
use myna_hal::imaging::{Image, ImageView, PixelFormat};
use rustix::time::{ClockId, clock_gettime};
use serde_json::json;

/// Compare the whole path of a camera frame with OpenCV's FaceDetectorYN and FaceRecognizerSF.
///
/// Frames are 640x480 JPEG with 4:2:2 colour, made of the pictures of the test set; faces are
/// searched for at 320x256. Needs what `hw-tests/fetch-models --test-faces --onnxruntime --opencv`
/// fetches.
#[derive(Parser)]
#[command(name = "face-report", after_help = NOTES)]
struct Arguments {
    /// Frames that each takes, after one round that does not count
    #[arg(long, default_value_t = 60, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    frames: u32,
    /// Print one JSON object instead of the table
    #[arg(long)]
    json: bool,
    /// Fail when `ort` takes more than OpenCV or `rten` more than 1.25 times as much
    #[arg(long)]
    require: bool,
    /// How this program measures one runtime by itself
    #[arg(long, hide = true, num_args = 2, value_names = ["RUNTIME", "FOLDER"])]
    memory_of: Option<Vec<String>>,
}

const NOTES: &str = "\
The parts are processor time, of all threads of the process: what other programs take does not count.
Each takes the same frame in its turn, and the order changes from frame to frame; a ratio is the
median of the ratios to OpenCV's time for the same frame.

Memory is resident memory of a process with one engine: what loading adds, the most there was while it
loaded and ran, and what a hundred more frames add.";

/// How much of OpenCV's time each may take.
const ALLOWED: [(&str, f64); 2] = [("rten", 1.25), ("ort", 1.0)];

/// Lowest cosine between our embedding of a frame and OpenCV's: JPEG decoders and shrinking differ by
/// little, so it is the same work.
const SAME_WORK: f32 = 0.98;

struct Engine {
    detector: YuNet,
    embedder: SFace,
    frame: Image,
    aligned: Image,
}

impl Engine {
    fn new(runtime: &dyn Runtime) -> Self {
        let (detector, embedder) = engine(runtime);
        Self {
            detector,
            embedder,
            frame: Image::default(),
            aligned: Image::default(),
        }
    }

    fn run(&mut self, bytes: &[u8]) -> Run {
        let start = Instant::now();
        let mut laps = vec![cpu()];
        let view = ImageView::new(PixelFormat::Mjpeg, 640, 480, 0, bytes).expect("bytes");
        view.to_rgb8_into(&mut self.frame).expect("a frame");
        let frame = self.frame.view();
        laps.push(cpu());
        let faces = self.detector.detect(&frame).expect("an engine that works");
        let face = faces
            .iter()
            .max_by(|a, b| a.bounds.area().total_cmp(&b.bounds.area()))
            .expect("a face in every frame");
        laps.push(cpu());
        align::align_into(&frame, &face.landmarks, &mut self.aligned).expect("a face");
        laps.push(cpu());
        let template = self.embedder.embed_aligned(&self.aligned.view());
        let template = template.expect("an engine that works");
        laps.push(cpu());
        Run {
            wall: start.elapsed(),
            parts: std::array::from_fn(|part| laps[part + 1].saturating_sub(laps[part])),
            template,
        }
    }
}

fn cpu() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(
        time.tv_sec.try_into().unwrap_or(0),
        time.tv_nsec.try_into().unwrap_or(0),
    )
}

fn total(run: &Run) -> f64 {
    run.parts.iter().map(Duration::as_secs_f64).sum()
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// One contestant's line.
struct Row {
    name: String,
    /// Milliseconds of the processor: decoding, detection, alignment, embedding.
    parts: [f64; 4],
    cpu: f64,
    wall: f64,
    /// To OpenCV.
    ratio: f64,
    /// Least cosine to OpenCV's embedding.
    cosine: f32,
}

fn row(name: String, runs: &[Run], opencv: &[Run]) -> Row {
    let of = |value: &dyn Fn(&Run) -> f64| median(runs.iter().map(value).collect());
    let pairs = || runs.iter().zip(opencv);
    Row {
        name,
        parts: std::array::from_fn(|part| 1e3 * of(&|run| run.parts[part].as_secs_f64())),
        cpu: 1e3 * of(&total),
        wall: 1e3 * of(&|run| run.wall.as_secs_f64()),
        ratio: median(
            pairs()
                .map(|(ours, theirs)| total(ours) / total(theirs))
                .collect(),
        ),
        cosine: pairs()
            .map(|(ours, theirs)| compare(&ours.template, &theirs.template))
            .map(|score| score.expect("of one model").value())
            .fold(1.0, f32::min),
    }
}

fn measure(frames: u32) -> (Vec<Row>, Vec<Memory>) {
    let set = Set::load();
    let mut engines = runtimes().map(|(name, runtime)| (name, Engine::new(&*runtime)));
    let mut opencv = OpenCv::start(engines[0].1.embedder.model());
    let folder = tempfile::tempdir().expect("a folder");
    let paths: Vec<PathBuf> = opencv.frames(&set.files, folder.path());
    let bytes: Vec<Vec<u8>> = paths
        .iter()
        .map(|path| std::fs::read(path).expect("just written"))
        .collect();
    let mut runs: [Vec<Run>; 3] = Default::default();
    let warm_up = paths.len();
    for number in 0..warm_up + frames as usize {
        let frame = number % paths.len();
        for turn in 0..3 {
            let who = (number + turn) % 3;
            let run = match engines.get_mut(who) {
                Some((_, engine)) => engine.run(&bytes[frame]),
                None => opencv.run(&paths[frame]),
            };
            if number >= warm_up {
                runs[who].push(run);
            }
        }
    }
    let [rten, ort, peer] = &runs;
    let opencv = format!("OpenCV {}", opencv.version());
    let rows = vec![
        row(opencv, peer, peer),
        row(engines[0].0.to_owned(), rten, peer),
        row(engines[1].0.to_owned(), ort, peer),
    ];
    let memory = engines.map(|(name, _)| memory::of(name, folder.path()));
    (rows, memory.into())
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if let Some([runtime, folder]) = arguments.memory_of.as_deref() {
        memory::measure(runtime, Path::new(folder));
        return ExitCode::SUCCESS;
    }
    let (rows, memory) = measure(arguments.frames);
    if arguments.json {
        let rows: Vec<_> = rows
            .iter()
            .map(|row| {
                let [decode, detect, align, embed] = row.parts;
                json!({
                    "name": row.name, "decode_ms": decode, "detect_ms": detect, "align_ms": align,
                    "embed_ms": embed, "cpu_ms": row.cpu, "wall_ms": row.wall,
                    "ratio": row.ratio, "least_cosine": row.cosine,
                })
            })
            .collect();
        let memory: Vec<_> = memory
            .iter()
            .map(|it| {
                json!({
                    "name": it.name, "loaded_mb": it.loaded, "peak_mb": it.peak,
                    "growth_mb": it.growth,
                })
            })
            .collect();
        println!(
            "{}",
            json!({ "frames": arguments.frames, "contestants": rows, "memory": memory })
        );
    } else {
        println!("medians of {} frames, ms of one thread", arguments.frames);
        println!(
            "{:16} {:>7} {:>7} {:>6} {:>6} {:>7} {:>7} {:>9} {:>8}",
            "", "decode", "detect", "align", "embed", "sum", "wall", "to OpenCV", "cosine"
        );
        for row in &rows {
            let [decode, detect, align, embed] = row.parts;
            println!(
                "{:16} {decode:7.2} {detect:7.2} {align:6.2} {embed:6.2} {:7.2} {:7.2} {:9.2} {:8.4}",
                row.name, row.cpu, row.wall, row.ratio, row.cosine
            );
        }
        for it in &memory {
            println!(
                "{:16} loading takes {:.1} MB, at most {:.1} MB resident, 100 more frames {:+.1} MB",
                it.name, it.loaded, it.peak, it.growth
            );
        }
    }
    let fine = rows.iter().all(|row| {
        let allowed = ALLOWED.iter().find(|(name, _)| *name == row.name);
        let in_time = allowed.is_none_or(|(_, most)| row.ratio <= *most);
        row.cosine >= SAME_WORK && (in_time || !arguments.require)
    });
    if fine {
        ExitCode::SUCCESS
    } else {
        println!("too slow, or not the same work");
        ExitCode::FAILURE
    }
}
