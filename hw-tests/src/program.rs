//! Child programs with a hard time limit: a stuck card must not hang the tests.

use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

/// How long any one program may take on a busy machine.
pub const LIMIT: Duration = Duration::from_secs(60);

/// Runs a program to its end.
///
/// # Panics
/// When it cannot be started (says what to install) or does not end within [`LIMIT`].
pub fn run(command: &mut Command) -> Output {
    let name = command.get_program().to_string_lossy().into_owned();
    let child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{name} cannot be started ({error}); on Debian: {INSTALL}"));
    finish(child, &name)
}

/// The line that installs what the middleware rig needs.
pub const INSTALL: &str = "apt-get install --no-install-recommends pcscd libpcsclite-dev pkg-config \
                           vsmartcard-vpcd opensc opensc-pkcs11 openssl";

fn finish(mut child: Child, name: &str) -> Output {
    let end = Instant::now() + LIMIT;
    // Pipes are drained by threads, or a talkative child would block on them.
    let drain = |pipe: Option<Box<dyn std::io::Read + Send>>| {
        std::thread::spawn(move || {
            let mut bytes = Vec::new();
            if let Some(mut pipe) = pipe {
                let _ = pipe.read_to_end(&mut bytes);
            }
            bytes
        })
    };
    let stdout = drain(child.stdout.take().map(|pipe| Box::new(pipe) as _));
    let stderr = drain(child.stderr.take().map(|pipe| Box::new(pipe) as _));
    let status = loop {
        match child.try_wait().expect("the child can be waited for") {
            Some(status) => break status,
            None if Instant::now() > end => {
                let _ = child.kill();
                let _ = child.wait();
                panic!("{name} did not end within {LIMIT:?}");
            }
            None => std::thread::sleep(Duration::from_millis(10)),
        }
    };
    Output {
        status,
        stdout: stdout.join().expect("a reader thread"),
        stderr: stderr.join().expect("a reader thread"),
    }
}

/// Builds an example of the library with the PC/SC driver and returns its path.
///
/// # Panics
/// When it does not build.
pub fn example(name: &str) -> PathBuf {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let output = Command::new(cargo)
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
        .args([
            "build",
            "--quiet",
            "--package",
            "myna-hal",
            "--features",
            "pcsc",
        ])
        .args([
            "--example",
            name,
            "--message-format",
            "json-render-diagnostics",
        ])
        .output()
        .expect("cargo runs");
    assert!(
        output.status.success(),
        "the example {name} does not build:\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8_lossy(&output.stdout)
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
        .filter(|message| message["target"]["name"] == name)
        .find_map(|message| message["executable"].as_str().map(PathBuf::from))
        .unwrap_or_else(|| panic!("cargo names no executable for the example {name}"))
}
