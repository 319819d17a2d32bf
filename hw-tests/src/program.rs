//! Child programs with a hard time limit: a stuck card must not hang the tests.

use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::sync::OnceLock;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// How long to wait between two looks at whether a program has ended.
const SHORT: Duration = Duration::from_micros(100);
const LONG: Duration = Duration::from_millis(5);

/// How long any one program may take on a busy machine.
pub const LIMIT: Duration = Duration::from_secs(60);

/// How long cargo may take to build those programs, from nothing.
const BUILD_LIMIT: Duration = Duration::from_secs(1200);

/// The line that installs what the middleware rig needs.
pub const INSTALL: &str = "apt-get install --no-install-recommends pcscd libpcsclite-dev pkg-config \
                           vsmartcard-vpcd opensc opensc-pkcs11 openssl";

/// Runs a program to its end.
///
/// # Panics
/// When it cannot be started (says what to install) or does not end within [`LIMIT`].
pub fn run(command: &mut Command) -> Output {
    attempt(command, LIMIT).unwrap_or_else(|why| panic!("{why}"))
}

/// Runs a program that may fail to its end.
///
/// # Errors
/// When it cannot be started (says what to install) or does not end within `limit`.
///
/// # Panics
/// When the operating system loses sight of it.
pub fn attempt(command: &mut Command, limit: Duration) -> Result<Output, String> {
    within(command, limit).map_err(|error| {
        let name = command.get_program().to_string_lossy();
        match error.kind() {
            ErrorKind::TimedOut => format!("{name} {error}"),
            _ => format!("{name} cannot be started ({error}); on Debian: {INSTALL}"),
        }
    })
}

/// Runs any program to its end.
///
/// # Errors
/// As the operating system says when it cannot be started; `TimedOut` when it does not end within
/// `limit`.
///
/// # Panics
/// When the operating system loses sight of it.
pub fn within(command: &mut Command, limit: Duration) -> std::io::Result<Output> {
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    // Pipes are drained by threads, or a talkative child would block on them.
    let stdout = drain(child.stdout.take());
    let stderr = drain(child.stderr.take());
    let start = Instant::now();
    let end = start + limit;
    let status = loop {
        match child.try_wait().expect("the child can be waited for") {
            Some(status) => break status,
            None if Instant::now() > end => {
                let _ = child.kill();
                let _ = child.wait();
                let why = format!("did not end within {limit:?}");
                return Err(std::io::Error::new(ErrorKind::TimedOut, why));
            }
            // Soon enough for whoever measures it, and seldom enough not to be in the way.
            None => std::thread::sleep((start.elapsed() / 100).clamp(SHORT, LONG)),
        }
    };
    Ok(Output {
        status,
        stdout: stdout.join().expect("a reader thread"),
        stderr: stderr.join().expect("a reader thread"),
    })
}

fn drain(pipe: Option<impl Read + Send + 'static>) -> JoinHandle<Vec<u8>> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut pipe) = pipe {
            let _ = pipe.read_to_end(&mut bytes);
        }
        bytes
    })
}

/// A program that runs along and talks in lines; dropping it ends it.
pub struct Companion {
    name: String,
    child: Child,
    lines: Receiver<String>,
}

impl Companion {
    /// Starts one. Its standard input is a pipe that [`Companion::go_on`] closes.
    ///
    /// # Panics
    /// When it cannot be started (says what to install).
    pub fn start(command: &mut Command) -> Self {
        let name = command.get_program().to_string_lossy().into_owned();
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| {
                panic!("{name} cannot be started ({error}); on Debian: {INSTALL}")
            });
        let stdout = BufReader::new(child.stdout.take().expect("stdout is piped"));
        let (sender, lines) = channel();
        // Goes on to the end whether or not anybody listens, or the child would block.
        std::thread::spawn(move || {
            for line in stdout.lines().map_while(Result::ok) {
                let _ = sender.send(line);
            }
        });
        Self { name, child, lines }
    }

    /// Waits for the first line that `wanted` makes something of.
    ///
    /// # Panics
    /// When the program ends first, or `limit` passes; tells what was said instead.
    pub fn hear<T>(&self, limit: Duration, wanted: impl FnMut(&str) -> Option<T>) -> T {
        self.listen(limit, wanted)
            .unwrap_or_else(|why| panic!("{why}"))
    }

    /// [`Companion::hear`] of a program that may fail.
    ///
    /// # Errors
    /// When the program ends first, or `limit` passes; tells what was said instead.
    pub fn listen<T>(
        &self,
        limit: Duration,
        mut wanted: impl FnMut(&str) -> Option<T>,
    ) -> Result<T, String> {
        let end = Instant::now() + limit;
        let mut heard = Vec::new();
        loop {
            let left = end.saturating_duration_since(Instant::now());
            match self.lines.recv_timeout(left) {
                Ok(line) => match wanted(&line) {
                    Some(value) => return Ok(value),
                    None => heard.push(line),
                },
                Err(why) => {
                    return Err(format!(
                        "{}: the awaited line did not come ({}); heard {heard:#?}",
                        self.name,
                        match why {
                            RecvTimeoutError::Timeout => "time is up",
                            RecvTimeoutError::Disconnected => "it ended",
                        }
                    ));
                }
            }
        }
    }

    /// Writes a line to its standard input.
    ///
    /// # Panics
    /// When it no longer listens.
    pub fn say(&mut self, line: &str) {
        self.ask(line).unwrap_or_else(|why| panic!("{why}"));
    }

    /// [`Companion::say`] to a program that may have failed.
    ///
    /// # Errors
    /// When it no longer listens.
    pub fn ask(&mut self, line: &str) -> Result<(), String> {
        let closed = || format!("{}: go_on() was called", self.name);
        let stdin = self.child.stdin.as_mut().ok_or_else(closed)?;
        writeln!(stdin, "{line}").map_err(|error| format!("{}: {error}", self.name))
    }

    /// Closes its standard input: the sign to go on.
    pub fn go_on(&mut self) {
        drop(self.child.stdin.take());
    }
}

impl Drop for Companion {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The path of an example of the library, built with the PC/SC driver.
///
/// # Panics
/// When it does not build.
pub fn example(name: &str) -> PathBuf {
    static BUILT: OnceLock<Vec<(String, PathBuf)>> = OnceLock::new();
    let examples = ["vcard", "authenticate", "readers", "self_test"];
    let arguments = examples.iter().flat_map(|name| ["--example", name]);
    let arguments = arguments.chain(["--features", "pcsc"]);
    named(name, BUILT.get_or_init(|| build("myna-hal", arguments)))
}

/// The path of the example that calibrates a face engine, built with the reference engine.
///
/// # Panics
/// When it does not build.
pub fn calibrate() -> PathBuf {
    static BUILT: OnceLock<Vec<(String, PathBuf)>> = OnceLock::new();
    let arguments = ["--example", "calibrate", "--features", "onnx"];
    named(
        "calibrate",
        BUILT.get_or_init(|| build("myna-hal", arguments)),
    )
}

/// The path of the handler of our own readers, which the daemon loads.
///
/// # Panics
/// When it does not build.
pub fn bridge() -> PathBuf {
    static BUILT: OnceLock<Vec<(String, PathBuf)>> = OnceLock::new();
    named("ifd_bridge", BUILT.get_or_init(|| build("ifd-bridge", [])))
}

/// The path of the program that runs other libraries for the card.
///
/// # Panics
/// When it does not build.
pub fn peers() -> PathBuf {
    static BUILT: OnceLock<Vec<(String, PathBuf)>> = OnceLock::new();
    named(
        "peers",
        BUILT.get_or_init(|| build("peers", ["--bin", "peers"])),
    )
}

/// The path of the program that runs this library for the card.
///
/// # Panics
/// When it does not build.
pub fn dialogue() -> PathBuf {
    static BUILT: OnceLock<Vec<(String, PathBuf)>> = OnceLock::new();
    let arguments = ["--features", "peers", "--bin", "dialogue"];
    named(
        "dialogue",
        BUILT.get_or_init(|| build("hw-tests", arguments)),
    )
}

/// The path of the program with the trials on real devices.
///
/// # Panics
/// When it does not build.
pub fn bench() -> PathBuf {
    static BUILT: OnceLock<Vec<(String, PathBuf)>> = OnceLock::new();
    let arguments = ["--features", "bench", "--test", "bench"];
    named("bench", BUILT.get_or_init(|| build("hw-tests", arguments)))
}

fn named(name: &str, built: &[(String, PathBuf)]) -> PathBuf {
    let found = built.iter().find(|(known, _)| known == name);
    let (_, path) = found.unwrap_or_else(|| panic!("cargo names no file for {name}"));
    path.clone()
}

/// Has cargo build executables or a library as this program was built: optimised or not.
fn build(
    package: &str,
    arguments: impl IntoIterator<Item = &'static str>,
) -> Vec<(String, PathBuf)> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let profile = if cfg!(debug_assertions) {
        "dev"
    } else {
        "release"
    };
    let output = attempt(
        Command::new(cargo)
            .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
            .args(["build", "--quiet", "--package", package])
            .args(["--profile", profile])
            .args(arguments)
            .args(["--message-format", "json-render-diagnostics"]),
        BUILD_LIMIT,
    )
    .unwrap_or_else(|why| panic!("{why}"));
    assert!(
        output.status.success(),
        "{package} does not build:\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8_lossy(&output.stdout)
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
        .filter_map(|message| {
            let file = message["executable"]
                .as_str()
                .or_else(|| message["filenames"][0].as_str())?;
            Some((message["target"]["name"].as_str()?.to_owned(), file.into()))
        })
        .collect()
}
