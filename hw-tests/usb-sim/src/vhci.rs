//! Plugs a device into the kernel's virtual host controller.
//!
//! One end of a pair of sockets goes to the controller (`vhci_hcd`), the other is served by a
//! [`Bus`]: no tool, no network, no import handshake.

use std::fs;
use std::io::{self, ErrorKind};
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixStream;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::bus::Bus;
use crate::device::UsbDevice;

const CONTROLLER: &str = "/sys/devices/platform/vhci_hcd.0";

/// The devices of this machine, by bus and port.
const DEVICES: &str = "/sys/bus/usb/devices";

/// How long the kernel may take to let a device go, and how often it is asked.
const LET_GO: Duration = Duration::from_secs(5);
const GLANCE: Duration = Duration::from_millis(2);

/// How long it takes at most to end a transfer that it has read.
const ENDS: Duration = Duration::from_millis(5);

/// A port that nobody uses, in the controller's list (`VDEV_ST_NULL`).
const FREE: &str = "004";

/// Between looking for a port and taking or leaving it nobody else may do the same.
static PORTS: Mutex<()> = Mutex::new(());

/// A device that is plugged in. Dropping it pulls the plug.
pub struct Attached {
    port: u32,
    bus: Option<Bus>,
    /// The kernel's end, to see how much it has not read.
    theirs: UnixStream,
}

impl Attached {
    /// The port that it is in, by the controller's number.
    #[must_use]
    pub fn port(&self) -> u32 {
        self.port
    }

    /// Bus and port as the kernel writes them (`3-1`), once it has taken the device in.
    #[must_use]
    pub fn place(&self) -> Option<String> {
        let list = fs::read_to_string(format!("{CONTROLLER}/status")).ok()?;
        place_of(&list, self.port)
    }

    /// Transfers so far.
    #[must_use]
    pub fn transfers(&self) -> u64 {
        self.bus.as_ref().map_or(0, Bus::transfers)
    }

    /// Pulls the plug, whatever is under way.
    pub fn unplug(self) {}
}

impl Drop for Attached {
    /// A real controller ends the transfers of a device that went away, the hub says so a moment later, and the
    /// kernel lets the device go. This one may lose transfers that are called off after its connection ended, and
    /// whoever waits for them waits for ever (Linux 6.1); so the kernel lets the device go first.
    fn drop(&mut self) {
        let Some(bus) = self.bus.take() else { return };
        bus.vanish();
        // And not before it has ended the last transfer with data: it is waited for in a loop that leaves a
        // machine's only processor to nobody (Linux 6.1).
        until(|| rustix::io::ioctl_fionread(&self.theirs).unwrap_or(0) == 0);
        std::thread::sleep(ENDS);
        // Before hanging up, and with nobody else at the ports: a port whose device hung up is free,
        // and may have another one by the time that it is detached.
        let _alone = PORTS.lock().unwrap_or_else(PoisonError::into_inner);
        if bus.is_up() {
            if let Some(place) = self.place() {
                let device = format!("{DEVICES}/{place}");
                // One that has not been enumerated cannot be let go.
                if fs::write(format!("{device}/remove"), "1").is_ok() {
                    until(|| fs::metadata(&device).is_err());
                }
            }
            let _ = fs::write(format!("{CONTROLLER}/detach"), self.port.to_string());
            // Whoever plugs it in again at once means the same port: who knows a device by its place would
            // take it for another one.
            until(|| is_free(self.port));
        } else {
            #[expect(clippy::print_stderr, reason = "who reads the log wants to know")]
            {
                eprintln!("the kernel has let go of port {} by itself", self.port);
            }
        }
        drop(bus);
    }
}

/// Waits for the kernel, but not for ever.
fn until(is_done: impl Fn() -> bool) {
    let begun = Instant::now();
    while !is_done() && begun.elapsed() < LET_GO {
        std::thread::sleep(GLANCE);
    }
}

/// Why this machine has no controller to plug into; `None` when it has one.
#[must_use]
pub fn unavailable() -> Option<String> {
    match fs::metadata(format!("{CONTROLLER}/attach")) {
        Ok(_) => None,
        Err(_) => Some("no vhci_hcd here; hw-tests/rig/run boots a guest that has it".to_owned()),
    }
}

/// Plugs `device` in.
///
/// # Errors
/// When the module `vhci_hcd` is not loaded, all of its ports are in use, or this is not root.
pub fn attach(device: impl UsbDevice + 'static) -> io::Result<Attached> {
    attach_at(device, None)
}

/// Plugs `device` into this port, by the controller's number, or into whichever is free.
///
/// # Errors
/// As [`attach`]; also when the port stays in use.
pub fn attach_at(device: impl UsbDevice + 'static, port: Option<u32>) -> io::Result<Attached> {
    let speed = device.descriptors().speed;
    let (ours, theirs) = UnixStream::pair()?;
    let (_alone, port) = take_port(port)?;
    let bus = Bus::serve(device, ours)?;
    // Bus and device number of the exporting machine, of which there is none; they must not be 0.
    let id = 1 << 16 | (port + 2);
    let socket = theirs.as_raw_fd();
    fs::write(
        format!("{CONTROLLER}/attach"),
        format!("{port} {socket} {id} {}", speed as u8),
    )?;
    Ok(Attached {
        port,
        bus: Some(bus),
        theirs,
    })
}

/// How long a port is waited for: the kernel frees one some time after its device was detached.
const PATIENCE: Duration = Duration::from_secs(5);
const LOOK: Duration = Duration::from_millis(20);

/// A free port, this one if it is said, and the right to use it before anybody else.
fn take_port(wanted: Option<u32>) -> io::Result<(MutexGuard<'static, ()>, u32)> {
    let begun = Instant::now();
    loop {
        let alone = PORTS.lock().unwrap_or_else(PoisonError::into_inner);
        let list = fs::read_to_string(format!("{CONTROLLER}/status"))?;
        if let Some(port) = free_port(&list, wanted) {
            return Ok((alone, port));
        }
        drop(alone);
        if begun.elapsed() > PATIENCE {
            let what = "every port of vhci_hcd is in use";
            return Err(io::Error::new(ErrorKind::AddrInUse, what));
        }
        std::thread::sleep(LOOK);
    }
}

/// Whether the kernel has freed this port.
fn is_free(port: u32) -> bool {
    fs::read_to_string(format!("{CONTROLLER}/status"))
        .is_ok_and(|list| free_port(&list, Some(port)).is_some())
}

/// The first free port for full and high speed in the controller's list, or the wanted one.
fn free_port(list: &str, wanted: Option<u32>) -> Option<u32> {
    let is_it = |port: &u32| wanted.is_none_or(|wanted| *port == wanted);
    let free = ports(list).filter(|(_, state, _)| *state == FREE);
    free.map(|(port, ..)| port).find(is_it)
}

/// Bus and port of the device in `port`; none while the kernel gives it no address.
fn place_of(list: &str, port: u32) -> Option<String> {
    let (.., place) = ports(list).find(|(number, ..)| *number == port)?;
    (place != "0-0").then(|| place.to_owned())
}

/// Number, state and place of each port for full and high speed in the controller's list:
/// `hub port state speed device socket place`.
fn ports(list: &str) -> impl Iterator<Item = (u32, &str, &str)> {
    list.lines().filter_map(|line| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        match fields[..] {
            ["hs", port, state, _, _, _, place] => Some((port.parse().ok()?, state, place)),
            _ => None,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_free_port_is_found() {
        let list = "hub port sta spd dev      sockfd local_busid\n\
                    hs  0000 006 003 00010002 000003 3-1\n\
                    hs  0001 004 000 00000000 000000 0-0\n\
                    ss  0008 004 000 00000000 000000 0-0\n";
        assert_eq!(free_port(list, None), Some(1));
        assert_eq!(free_port(list, Some(1)), Some(1));
        assert_eq!(free_port(list, Some(0)), None, "in use");
        assert_eq!(
            free_port("ss  0008 004 000 00000000 000000 0-0", None),
            None
        );
        assert_eq!(free_port("", None), None);
        assert_eq!(place_of(list, 0).as_deref(), Some("3-1"));
        assert_eq!(place_of(list, 1), None, "nothing there");
    }
}
