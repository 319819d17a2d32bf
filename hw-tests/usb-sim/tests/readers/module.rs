//! The kernel's own driver for the RC-S380, module `port100` of the NFC subsystem: Debian loads it
//! when a reader is plugged in, and it has the reader first. Here it is loaded for this trial alone: it
//! probes a reader that it gets back without a limit of time, and one that is unplugged meanwhile it holds
//! for ever: the virtual host controller ends no transfer of a device that is gone before the device is
//! let go, and that is not let go before the probe has ended (Linux 6.1).

use std::fs;
use std::process::Command;
use std::time::Duration;

use libtest_mimic::{Completion, Failed, Trial};
use myna_hal::myna::{Client, TrustStore};

use crate::port100::plugged;
use crate::sony::Reader;
use crate::support::Desk;
use crate::trial;

/// What its driver is called, and where the kernel lists what that has.
const NAME: &str = "port100";
const DRIVER: &str = "/sys/bus/usb/drivers/port100";

/// How long the kernel may take to hand the reader over, without help of a processor.
const HANDED_OVER: Duration = Duration::from_secs(10);

pub(crate) fn trials() -> Vec<Trial> {
    vec![trial(
        "port100/rc-s380/taken-from-the-kernel",
        taken_from_the_kernel,
    )]
}

/// The kernel's driver has the reader; the library takes it, reads the card and gives it back. Twice,
/// for what the kernel's driver asks the reader meanwhile must not be in the way.
fn taken_from_the_kernel() -> Result<Completion, Failed> {
    let _module = Module::load()?;
    let desk = plugged();
    let interface = until(&desk, "the kernel's driver takes no reader", bound)?;
    for round in 1..=2 {
        reads_the_certificate(&desk, &interface).map_err(|failed| in_round(round, failed))?;
        until(&desk, "the reader is not given back", || {
            is_probed(&interface).then_some(())
        })
        .map_err(|failed| in_round(round, failed))?;
    }
    Ok(Completion::Completed)
}

/// The module, loaded as long as this lives.
struct Module;

impl Module {
    fn load() -> Result<Self, Failed> {
        match Command::new("modprobe").arg(NAME).status()?.success() {
            true => Ok(Self),
            false => Err("modprobe port100 failed".into()),
        }
    }
}

impl Drop for Module {
    fn drop(&mut self) {
        let _ = Command::new("modprobe").args(["-r", NAME]).status();
    }
}

fn in_round(round: u32, failed: Failed) -> Failed {
    format!("round {round}: {}", failed.message().unwrap_or_default()).into()
}

fn reads_the_certificate(desk: &Desk<Reader>, interface: &str) -> Result<(), Failed> {
    let mut connection = desk.connect()?;
    if holder(interface).as_deref() != Some("usbfs") {
        return Err(format!(
            "{interface} is connected to, and {:?} has it",
            holder(interface)
        )
        .into());
    }
    let mut client = Client::new(TrustStore::from_pem(&desk.card.trust_pem())?);
    let wait = desk.wait(Duration::from_secs(60));
    let (certificate, _) = client.certificate(&mut *connection, &wait)?;
    match certificate.der() == desk.card.auth_certificate() {
        true => Ok(()),
        false => Err("another certificate than the card's".into()),
    }
}

/// The interface that the kernel's driver has, `1-1:1.0`.
fn bound() -> Option<String> {
    let entries = fs::read_dir(DRIVER).ok()?;
    let names = entries.flatten().map(|entry| entry.file_name());
    names
        .filter_map(|name| name.into_string().ok())
        .find(|name| is_probed(name))
}

/// Whether the kernel's driver has asked this interface all that it wants to know: it is called its driver
/// from the beginning, and offers it to programs at the end.
fn is_probed(interface: &str) -> bool {
    let offered = format!("/sys/bus/usb/devices/{interface}/nfc");
    holder(interface).as_deref() == Some(NAME) && fs::exists(offered).unwrap_or(false)
}

/// The driver that has an interface; a program's is `usbfs`.
fn holder(interface: &str) -> Option<String> {
    let driver = fs::read_link(format!("/sys/bus/usb/devices/{interface}/driver")).ok()?;
    Some(driver.file_name()?.to_str()?.to_owned())
}

/// What `look` sees, within a while.
fn until<T>(
    desk: &Desk<Reader>,
    otherwise: &'static str,
    look: impl Fn() -> Option<T>,
) -> Result<T, Failed> {
    let patience = desk.wait(HANDED_OVER);
    loop {
        if let Some(seen) = look() {
            return Ok(seen);
        }
        patience
            .sleep(Duration::from_millis(20))
            .map_err(|_| otherwise)?;
    }
}
