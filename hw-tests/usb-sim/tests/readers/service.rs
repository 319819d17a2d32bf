//! `pcscd` in the guest: it runs while readers are tried through it and only then, for what it has
//! claimed nobody else can.

use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use libtest_mimic::{Completion, Trial};
use myna_hal::card::{CardContext, ShareMode};
use myna_hal::drivers::ccid::CcidContext;
use myna_hal::time::{Clock, SystemClock};
use myna_hal::{ErrorKind, Wait};
use usb_sim::ccid::Product;

use crate::kits;
use crate::plug::{Driver, desk};
use crate::trial;

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

/// What needs the service for itself.
pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("pcsc/service/watch.survives-the-service", || {
            kits::alone(Driver::Pcsc, "watch.survives-the-service")
        }),
        trial("pcsc/plug/watch.sees-the-plug", || {
            kits::alone(Driver::Pcsc, "watch.sees-the-plug")
        }),
        trial("ccid/service/a-claimed-reader-says-who-may-have-it", || {
            let product = Product::find("acr1252u").ok_or("no such product")?;
            let desk = desk(Driver::Pcsc, product, true)?;
            let clock: std::sync::Arc<dyn Clock> = SystemClock::shared();
            let mut readers = CcidContext::new(clock).readers()?;
            let reader = readers.first_mut().ok_or("the driver does not list it")?;
            let wait = desk.wait(Duration::from_secs(10));
            match reader.connect(ShareMode::Shared, &wait).map(drop) {
                Err(error)
                    if error.kind() == ErrorKind::Busy && error.to_string().contains("pcscd") =>
                {
                    Ok(Completion::Completed)
                }
                other => Err(format!("{other:?} while pcscd has the reader").into()),
            }
        }),
        trial("ccid/plug/watch.sees-the-plug", || {
            kits::alone(Driver::Ccid, "watch.sees-the-plug")
        }),
        trial(
            "ccid/service/an-unlisted-reader-works-without-pcscd",
            || {
                let desk = desk(Driver::Ccid, &Product::UNLISTED, true)?;
                desk.connect()?;
                Ok(Completion::Completed)
            },
        ),
    ]
}
