//! OpenCV in a process of its own, asked one thing at a time.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use myna_hal::face::{ModelId, Template};
use myna_hal::imaging::{Image, PixelFormat};
use serde_json::{Value, json};

use super::set;

const FETCH: &str = "run hw-tests/fetch-models --opencv (needs python3 with pip)";

/// A running `opencv-peer.py`; ends with this value.
pub struct OpenCv {
    process: Child,
    requests: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
    version: String,
    model: ModelId,
}

/// One frame from its JPEG bytes to the embedding.
pub struct Run {
    /// Time that passed.
    pub wall: Duration,
    /// Time of the processor: decoding, detection, alignment, embedding.
    pub parts: [Duration; 4],
    /// The template.
    pub template: Template,
}

impl OpenCv {
    /// Starts it with the models of the test set. Its templates are said to be of `model`.
    ///
    /// # Panics
    /// When it does not start: says what to do.
    #[must_use]
    pub fn start(model: &ModelId) -> Self {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("opencv-peer.py");
        let mut process = Command::new("python3")
            .arg(script)
            .arg(set::models())
            .env("PYTHONPATH", set::cache().join("opencv"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("python3: {error}: {FETCH}"));
        let requests = process.stdin.take();
        let answers = process.stdout.take().expect("it is a pipe");
        let mut peer = Self {
            process,
            requests,
            answers: BufReader::new(answers),
            version: String::new(),
            model: model.clone(),
        };
        let version = peer.ask(&json!({ "do": "version" }));
        version["version"]
            .as_str()
            .unwrap_or("?")
            .clone_into(&mut peer.version);
        peer
    }

    /// OpenCV's version.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Makes camera frames of pictures, 640x480 JPEG files in the folder `into`.
    ///
    /// # Panics
    /// When it fails.
    pub fn frames(&mut self, pictures: &[PathBuf], into: &Path) -> Vec<PathBuf> {
        let answer = self.ask(&json!({ "do": "frames", "pictures": pictures, "into": into }));
        let frames = answer["frames"].as_array().expect("a list of files");
        let path = |frame: &Value| PathBuf::from(frame.as_str().expect("a path"));
        frames.iter().map(path).collect()
    }

    /// Takes a frame from its bytes to the embedding, with a clock beside it.
    ///
    /// # Panics
    /// When it fails.
    pub fn run(&mut self, frame: &Path) -> Run {
        let answer = self.ask(&json!({ "do": "frame", "path": frame }));
        let time = |value: &Value| Duration::from_secs_f64(value.as_f64().expect("a time") / 1e3);
        Run {
            wall: time(&answer["wall"]),
            parts: std::array::from_fn(|part| time(&answer["parts"][part])),
            template: self.template(&answer),
        }
    }

    /// The template of the largest face of a picture, which is given a border of that share of
    /// its size and searched for the face at `side` pixels. The pixels go over as they are.
    ///
    /// # Panics
    /// When it fails or finds no face.
    pub fn embed(&mut self, picture: &Image, side: u32, border: f32) -> Template {
        let kind = match picture.format() {
            PixelFormat::Grey8 => "P5",
            PixelFormat::Rgb8 => "P6",
            other => panic!("{other:?} has no portable form"),
        };
        let file = tempfile::Builder::new()
            .suffix(".ppm")
            .tempfile()
            .expect("a file");
        let mut bytes =
            format!("{kind} {} {} 255\n", picture.width(), picture.height()).into_bytes();
        bytes.extend_from_slice(picture.data());
        std::fs::write(file.path(), bytes).expect("written");
        let request = json!({ "do": "embed", "path": file.path(), "side": side, "border": border });
        let answer = self.ask(&request);
        self.template(&answer)
    }

    fn template(&self, answer: &Value) -> Template {
        let values = answer["embedding"].as_array().expect("a list of numbers");
        let number = |value: &Value| value.as_f64().expect("a number") as f32;
        Template::new(self.model.clone(), values.iter().map(number).collect())
            .expect("128 finite numbers")
    }

    fn ask(&mut self, request: &Value) -> Value {
        let pipe = self.requests.as_mut().expect("open until dropped");
        // What went wrong stands on its standard error.
        writeln!(pipe, "{request}").unwrap_or_else(|error| panic!("OpenCV: {error}: {FETCH}"));
        let mut line = String::new();
        self.answers
            .read_line(&mut line)
            .expect("its answer is text");
        let answer: Value = serde_json::from_str(&line)
            .unwrap_or_else(|error| panic!("OpenCV ended ({error}): {FETCH}"));
        assert!(answer.get("error").is_none(), "OpenCV: {}", answer["error"]);
        answer
    }
}

impl Drop for OpenCv {
    fn drop(&mut self) {
        // It ends with its input.
        self.requests = None;
        let _ = self.process.wait();
    }
}
