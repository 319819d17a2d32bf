//! Peers that live in a Python process: numpy, faiss, usearch. It is given the same vectors and
//! takes its own time; runs alternate with ours all the same.

use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{LazyLock, Mutex, MutexGuard};
use std::time::Duration;

struct Process {
    child: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
    versions: Vec<(String, String)>,
}

static PROCESS: LazyLock<Result<Mutex<Process>, String>> =
    LazyLock::new(|| start().map(Mutex::new));

fn process() -> Option<MutexGuard<'static, Process>> {
    let process = PROCESS.as_ref().ok()?;
    Some(
        process
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner()),
    )
}

fn start() -> Result<Process, String> {
    let python = std::env::var_os("MYNA_HAL_BENCH_PYTHON")
        .ok_or("no interpreter is named; benches/face-peers/run sets one up")?;
    let mut child = Command::new(python)
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/python-peers.py"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| error.to_string())?;
    let to = child.stdin.take().ok_or("no standard input")?;
    let mut from = BufReader::new(child.stdout.take().ok_or("no standard output")?);
    let mut first = String::new();
    from.read_line(&mut first)
        .map_err(|error| error.to_string())?;
    let versions: Vec<_> = first
        .trim()
        .split('\t')
        .filter_map(|part| part.split_once('='))
        .map(|(name, version)| (name.to_owned(), version.to_owned()))
        .collect();
    if versions.is_empty() {
        return Err("python-peers.py ended at once; its message is above".to_owned());
    }
    Ok(Process {
        child,
        to,
        from,
        versions,
    })
}

/// Names and versions, or why none of them is measured.
pub(crate) fn versions() -> Vec<(String, String)> {
    match (&*PROCESS, process()) {
        (Err(why), _) => vec![(
            "numpy, faiss-cpu, usearch".to_owned(),
            format!("NOT MEASURED: {why}"),
        )],
        (_, process) => process.map_or_else(Vec::new, |process| process.versions.clone()),
    }
}

/// Stops the process; Criterion never drops what is static.
pub(crate) fn stop() {
    if let Some(mut process) = process() {
        let _ = process.child.kill();
        let _ = process.child.wait();
    }
}

impl Process {
    fn ask(&mut self, line: &str) -> String {
        let mut answer = String::new();
        writeln!(self.to, "{line}").expect("the Python process listens");
        self.from
            .read_line(&mut answer)
            .expect("the Python process answers");
        answer.trim().to_owned()
    }
}

/// Vectors that the process has.
#[derive(Clone, Copy)]
pub(crate) struct Loaded(());

impl Loaded {
    /// Hands vectors over, if there is a process.
    pub(crate) fn new(rows: &[f32], probes: &[f32], dimensions: usize) -> Option<Self> {
        let mut process = process()?;
        let (rows, probes) = (Passed::new("rows", rows), Passed::new("probes", probes));
        let (rows, probes) = (rows.0.display(), probes.0.display());
        let answer = process.ask(&format!("data\t{rows}\t{dimensions}\t{probes}"));
        assert_eq!(answer, "ok", "python-peers.py took the vectors");
        Some(Self(()))
    }

    /// The time of a case.
    pub(crate) fn time(self, case: &str, times: u64) -> Duration {
        let answer = process().map(|mut process| process.ask(&format!("time\t{case}\t{times}")));
        let nanoseconds = answer.and_then(|answer| answer.parse().ok());
        Duration::from_nanos(nanoseconds.expect("python-peers.py answers with a number"))
    }
}

/// A file that is there until the process has read it.
struct Passed(PathBuf);

impl Passed {
    fn new(name: &str, values: &[f32]) -> Self {
        let name = format!("myna-hal-bench-{}-{name}", std::process::id());
        let path = std::env::temp_dir().join(name);
        let mut file = std::fs::File::create(&path).expect("the temporary folder is writable");
        for part in values.chunks(1 << 16) {
            let bytes: Vec<u8> = part.iter().flat_map(|value| value.to_le_bytes()).collect();
            file.write_all(&bytes)
                .expect("there is room for the vectors");
        }
        Self(path)
    }
}

impl Drop for Passed {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}
