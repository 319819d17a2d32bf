//! Which devices are attached to the USB of this machine.
//!
//! A list is made of some twenty small files for each device, and watches, contexts and readers ask for
//! one several times a second, for years. So the last one serves again while the bus is as it was.

#[cfg_attr(target_os = "linux", path = "listing/linux.rs")]
#[cfg_attr(not(target_os = "linux"), path = "listing/elsewhere.rs")]
mod mark;

use std::sync::{Mutex, MutexGuard, PoisonError};

use nusb::{DeviceInfo, MaybeFuture};

use self::mark::{Mark, mark};
use super::usb::{from_nusb, instance};
use crate::error::{Error, ErrorKind, Result};

/// How often the bus is looked at for a device that was there a moment ago.
const LOOKS: u32 = 4;

/// The last list, and what the bus was like then: one for the program, which has one USB.
static LAST: Mutex<Option<(Mark, Vec<DeviceInfo>)>> = Mutex::new(None);

/// What is attached. The list is made again while it is not `whole`: one that is made while another
/// device comes or leaves may lack one that stays (observed, Linux 6.1).
pub(in crate::drivers) fn devices(
    whole: impl Fn(&[DeviceInfo]) -> bool,
) -> Result<Vec<DeviceInfo>> {
    let mut devices = list()?;
    for _ in 1..LOOKS {
        if whole(&devices) {
            break;
        }
        devices = list_anew(mark())?;
    }
    Ok(devices)
}

/// The device that has an interface of this instance.
pub(in crate::drivers) fn device_of(instance: &str, interface: u8) -> Result<DeviceInfo> {
    let is_it = |device: &DeviceInfo| self::instance(device, interface) == instance;
    devices(|devices| devices.iter().any(is_it))?
        .into_iter()
        .find(is_it)
        .ok_or_else(|| Error::new(ErrorKind::NotFound, "the reader is not attached any more"))
}

/// The last list, if the bus is still what it was then, or else a new one.
fn list() -> Result<Vec<DeviceInfo>> {
    let now = mark();
    if let (Some(now), Some((then, devices))) = (&now, &*last())
        && now == then
    {
        return Ok(devices.clone());
    }
    list_anew(now)
}

/// A new list of the bus, which was so a moment ago.
fn list_anew(before: Option<Mark>) -> Result<Vec<DeviceInfo>> {
    let devices: Vec<DeviceInfo> = nusb::list_devices().wait().map_err(from_nusb)?.collect();
    // What came or left while the list was made may be in it or not.
    let kept = before.filter(|before| mark().as_ref() == Some(before));
    *last() = kept.map(|mark| (mark, devices.clone()));
    Ok(devices)
}

fn last() -> MutexGuard<'static, Option<(Mark, Vec<DeviceInfo>)>> {
    LAST.lock().unwrap_or_else(PoisonError::into_inner)
}
