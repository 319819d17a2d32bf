//! `pcscd` in the guest: it runs while readers are tried through it and only then, for what it has
//! claimed nobody else can.

use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use myna_hal::Wait;
use myna_hal::time::SystemClock;

const SOCKET: &str = "/run/pcscd/pcscd.comm";

static DAEMON: Mutex<Option<Child>> = Mutex::new(None);

/// Has the service run, or not.
pub(crate) fn run(runs: bool) {
    let mut daemon = DAEMON.lock().unwrap_or_else(PoisonError::into_inner);
    match (runs, daemon.take()) {
        (true, Some(child)) => *daemon = Some(child),
        (true, None) => *daemon = Some(start()),
        (false, Some(mut child)) => {
            let _ = child.kill();
            let _ = child.wait();
            // While the path exists, clients wait for somebody to answer there.
            let _ = std::fs::remove_file(SOCKET);
        }
        (false, None) => {}
    }
}

/// Ends a service that does not do its work, after it was said where each of its threads is.
pub(crate) fn given_up() {
    if let Some(child) = &*DAEMON.lock().unwrap_or_else(PoisonError::into_inner) {
        let tasks = std::fs::read_dir(format!("/proc/{}/task", child.id()));
        for task in tasks.into_iter().flatten().flatten() {
            let read = |file| std::fs::read_to_string(task.path().join(file)).unwrap_or_default();
            let stack = read("stack").replace('\n', " ");
            // With what it waits for: of a thread that waits for another's end, that one's number. On a line of its
            // own, for the trial's has begun.
            let call = read("syscall").replace('\n', " ");
            println!("\nHANGS: pcscd {:?} {call}{stack}", task.file_name());
        }
    }
    run(false);
}

fn start() -> Child {
    let child = Command::new("pcscd")
        .args(["--foreground", "--error"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the guest has pcscd");
    let clock = SystemClock::shared();
    let patience = Wait::at_most(clock, Duration::from_secs(10));
    while !std::path::Path::new(SOCKET).exists() {
        patience
            .sleep(Duration::from_millis(10))
            .expect("pcscd listens in time");
    }
    child
}
