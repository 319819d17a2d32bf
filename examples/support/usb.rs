//! Card readers that the kernel shows on USB, whether or not a driver knows them.

use std::fs::read_to_string;
use std::path::Path;

use myna_hal::drivers::profiles::ReaderProfile;

/// Where Linux shows what is on USB (Documentation/ABI/testing/sysfs-bus-usb).
pub const DEVICES: &str = "/sys/bus/usb/devices";

/// `bInterfaceClass` of card readers (CCID 1.1 §4.3), as the kernel writes it.
const CLASS: &str = "0b";

/// What to do about a reader of which nothing is known.
const UNKNOWN: &str = "its identifiers may be missing in /etc/libccid_Info.plist: update libccid, or \
                       use this crate's driver `ccid`";

/// A reader on USB.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsbReader {
    /// Manufacturer and product, as the device says them.
    pub name: String,
    /// `idVendor` and `idProduct`.
    pub usb_id: (u16, u16),
}

impl UsbReader {
    /// The readers under `root`; `None` where nothing shows what is on USB.
    pub fn attached(root: &Path) -> Option<Vec<Self>> {
        let entries = std::fs::read_dir(root).ok()?;
        let mut devices: Vec<_> = entries
            .filter_map(|entry| Some(entry.ok()?.path()))
            .collect();
        devices.sort();
        Some(devices.iter().filter_map(|it| Self::of(it)).collect())
    }

    /// A device that is a known reader, or has an interface of a reader's class.
    fn of(device: &Path) -> Option<Self> {
        let number = |file: &str| u16::from_str_radix(&attribute(device, file)?, 16).ok();
        let usb_id = (number("idVendor")?, number("idProduct")?);
        if ReaderProfile::of_usb(usb_id).is_none() && !has_reader_interface(device) {
            return None;
        }
        let said = [
            attribute(device, "manufacturer"),
            attribute(device, "product"),
        ];
        let said: Vec<String> = said.into_iter().flatten().collect();
        let (vendor, product) = usb_id;
        let name = match said.join(" ") {
            nothing if nothing.is_empty() => format!("Card reader {vendor:04X}:{product:04X}"),
            name => name,
        };
        Some(Self { name, usb_id })
    }

    /// Whether PC/SC's name of a reader is one that it gives to readers of this make.
    pub fn is_called(&self, pcsc_name: &str) -> bool {
        let profile = ReaderProfile::of_usb(self.usb_id);
        let known = profile.is_some_and(|it| it.pcsc_names.iter().any(|it| pcsc_name.contains(it)));
        known || pcsc_name.contains(&self.name)
    }

    /// What to do when PC/SC does not list it.
    pub fn remedy(&self) -> &'static str {
        ReaderProfile::of_usb(self.usb_id).map_or(UNKNOWN, |profile| profile.needs.remedy())
    }

    /// The identifiers, as other tools write them.
    pub fn id(&self) -> String {
        let (vendor, product) = self.usb_id;
        format!("{vendor:04X}:{product:04X}")
    }
}

/// Those of `readers` that none of the `listed` names stands for.
pub fn unlisted(readers: Vec<UsbReader>, listed: &[String]) -> Vec<UsbReader> {
    let is_missing = |reader: &UsbReader| !listed.iter().any(|name| reader.is_called(name));
    readers.into_iter().filter(is_missing).collect()
}

/// An attribute of a device, as far as it can be shown.
fn attribute(device: &Path, file: &str) -> Option<String> {
    let text = read_to_string(device.join(file)).ok()?;
    let text: String = text.chars().filter(|c| !c.is_control()).take(96).collect();
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}

/// Interfaces are folders in the folder of their device.
fn has_reader_interface(device: &Path) -> bool {
    let interfaces = std::fs::read_dir(device).into_iter().flatten().flatten();
    interfaces
        .filter_map(|interface| attribute(&interface.path(), "bInterfaceClass"))
        .any(|class| class == CLASS)
}
