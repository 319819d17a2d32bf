//! What an engine takes of the computer's memory, in a process of its own: networks, what their
//! runtime needs for a frame, and whether that grows.

use std::path::{Path, PathBuf};
use std::process::Command;

use hw_tests::faces::runtimes;
use serde_json::{Value, json};

use super::Engine;

/// Frames until everything has its size.
const SETTLING: usize = 20;
/// Frames after that.
const FRAMES: usize = 100;

/// Resident memory, MB (10^6 bytes).
pub(super) struct Memory {
    pub(super) name: String,
    /// What loading both networks added.
    pub(super) loaded: f64,
    /// The most that was there at any time, loading and frames.
    pub(super) peak: f64,
    /// From frame 20 to frame 120.
    pub(super) growth: f64,
}

/// Measures one runtime: runs this program again, with the frames in `folder`.
pub(super) fn of(name: &str, folder: &Path) -> Memory {
    let program = std::env::current_exe().expect("this program");
    let output = Command::new(program)
        .args(["--memory-of", name])
        .arg(folder)
        .output()
        .expect("it runs");
    let said = String::from_utf8_lossy(&output.stdout);
    let value: Value = serde_json::from_str(&said)
        .unwrap_or_else(|_| panic!("{said}{}", String::from_utf8_lossy(&output.stderr)));
    let number = |key: &str| value[key].as_f64().expect("a number");
    Memory {
        name: name.to_owned(),
        loaded: number("loaded"),
        peak: number("peak"),
        growth: number("growth"),
    }
}

/// The other side of [`of`].
pub(super) fn measure(name: &str, folder: &Path) {
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder)
        .expect("a folder of frames")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "jpg"))
        .collect();
    paths.sort();
    let read = |path| std::fs::read(path).expect("a frame");
    let frames: Vec<Vec<u8>> = paths.iter().map(read).collect();
    let runtime = runtimes().into_iter().find(|(known, _)| *known == name);
    let (_, runtime) = runtime.expect("a runtime of this name");
    let before = resident("VmRSS");
    let mut engine = Engine::new(&*runtime);
    let loaded = resident("VmRSS");
    let mut settled = loaded;
    for (number, frame) in frames.iter().cycle().take(SETTLING + FRAMES).enumerate() {
        engine.run(frame);
        if number + 1 == SETTLING {
            settled = resident("VmRSS");
        }
    }
    let report = json!({
        "loaded": loaded - before,
        "peak": resident("VmHWM"),
        "growth": resident("VmRSS") - settled,
    });
    println!("{report}");
}

/// A line of `/proc/self/status`, in MB.
fn resident(line: &str) -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux");
    let found = status.lines().find_map(|it| it.strip_prefix(line));
    let number = found.and_then(|it| it.split_whitespace().nth(1));
    let kibibytes: f64 = number.and_then(|it| it.parse().ok()).expect("a number");
    kibibytes * 1024.0 / 1e6
}
