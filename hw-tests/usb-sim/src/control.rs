//! Standard requests to endpoint 0 (USB 2.0 §9.4), the same for every device.

use crate::descriptor::{Descriptors, kind};
use crate::device::{Setup, Speed, UsbDevice};

mod request {
    pub(super) const GET_STATUS: u8 = 0;
    pub(super) const CLEAR_FEATURE: u8 = 1;
    pub(super) const SET_FEATURE: u8 = 3;
    pub(super) const SET_ADDRESS: u8 = 5;
    pub(super) const GET_DESCRIPTOR: u8 = 6;
    pub(super) const GET_CONFIGURATION: u8 = 8;
    pub(super) const SET_CONFIGURATION: u8 = 9;
    pub(super) const GET_INTERFACE: u8 = 10;
    pub(super) const SET_INTERFACE: u8 = 11;
}

/// Bits of `bmRequestType` that say standard, class or vendor.
const TYPE: u8 = 0x60;
const TO_ENDPOINT: u8 = 0x02;
/// English (United States).
const LANGUAGES: [u8; 4] = [4, kind::STRING, 0x09, 0x04];

/// Answers a request: the bytes of the data stage to the host, or `None` for a stall. Whatever is
/// not standard goes to the device.
pub fn answer(device: &mut dyn UsbDevice, setup: &Setup, data: &[u8]) -> Option<Vec<u8>> {
    let mut answer = if setup.request_type & TYPE != 0 {
        device.control(setup, data)?
    } else {
        standard(device, setup)?
    };
    answer.truncate(usize::from(setup.length));
    Some(answer)
}

fn standard(device: &mut dyn UsbDevice, setup: &Setup) -> Option<Vec<u8>> {
    let [low, _] = setup.value.to_le_bytes();
    let [index, _] = setup.index.to_le_bytes();
    match setup.request {
        request::GET_DESCRIPTOR => descriptor(device.descriptors(), setup.value),
        request::GET_STATUS => Some(vec![0, 0]),
        request::GET_CONFIGURATION => Some(vec![1]),
        request::GET_INTERFACE => Some(vec![0]),
        request::CLEAR_FEATURE => {
            if setup.request_type == TO_ENDPOINT {
                device.clear_halt(index);
            }
            Some(Vec::new())
        }
        request::SET_INTERFACE => device.set_interface(index, low).then(Vec::new),
        request::SET_FEATURE | request::SET_ADDRESS | request::SET_CONFIGURATION => {
            Some(Vec::new())
        }
        _ => None,
    }
}

fn descriptor(descriptors: &Descriptors, value: u16) -> Option<Vec<u8>> {
    let [index, wanted] = value.to_le_bytes();
    match wanted {
        kind::DEVICE => Some(descriptors.device.to_vec()),
        kind::CONFIGURATION => (index == 0).then(|| descriptors.configuration.clone()),
        kind::STRING => match index.checked_sub(1) {
            None => Some(LANGUAGES.to_vec()),
            Some(at) => descriptors.strings.get(usize::from(at)).map(|s| string(s)),
        },
        kind::DEVICE_QUALIFIER if descriptors.speed == Speed::High => {
            let [_, _, _, _, class, subclass, protocol, ..] = descriptors.device;
            Some(vec![
                10,
                kind::DEVICE_QUALIFIER,
                0x00,
                0x02,
                class,
                subclass,
                protocol,
                64,
                1,
                0,
            ])
        }
        _ => None,
    }
}

/// A string descriptor: UTF-16, at most 126 units.
fn string(text: &str) -> Vec<u8> {
    let units: Vec<u8> = text
        .encode_utf16()
        .take(126)
        .flat_map(u16::to_le_bytes)
        .collect();
    let mut descriptor = vec![units.len() as u8 + 2, kind::STRING];
    descriptor.extend(units);
    descriptor
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::descriptor::Identity;

    struct Plain(Descriptors);

    impl UsbDevice for Plain {
        fn descriptors(&self) -> &Descriptors {
            &self.0
        }

        fn control(&mut self, setup: &Setup, _: &[u8]) -> Option<Vec<u8>> {
            (setup.request == 7).then(|| vec![1, 2, 3, 4])
        }
    }

    fn plain() -> Plain {
        let identity = Identity {
            vendor: 0x1209,
            product: 1,
            release: 0x0100,
            manufacturer: "Nobody",
            name: "Plain",
        };
        Plain(Descriptors::new(Speed::High, &identity, [0; 3], 0, &[]))
    }

    fn ask(setup: [u8; 8]) -> Option<Vec<u8>> {
        answer(&mut plain(), &Setup::parse(setup), &[])
    }

    #[test]
    fn descriptors_are_cut_to_what_was_asked_for() {
        assert_eq!(
            ask([0x80, 6, 0, 1, 0, 0, 8, 0]).as_deref(),
            Some(&[18, 1, 0, 2, 0, 0, 0, 64][..])
        );
        let configuration = ask([0x80, 6, 0, 2, 0, 0, 255, 0]).expect("there is one");
        assert_eq!(configuration, [9, 2, 9, 0, 0, 1, 0, 0x80, 50]);
        assert_eq!(
            ask([0x80, 6, 1, 2, 0, 0, 255, 0]),
            None,
            "there is one only"
        );
    }

    #[test]
    fn strings_are_utf_16() {
        assert_eq!(
            ask([0x80, 6, 0, 3, 0, 0, 255, 0]).as_deref(),
            Some(&[4, 3, 9, 4][..])
        );
        let name = ask([0x80, 6, 2, 3, 9, 4, 255, 0]).expect("the product");
        assert_eq!(name, [12, 3, b'P', 0, b'l', 0, b'a', 0, b'i', 0, b'n', 0]);
        assert_eq!(ask([0x80, 6, 3, 3, 9, 4, 255, 0]), None);
    }

    #[test]
    fn what_is_not_standard_is_the_devices_own() {
        assert_eq!(
            ask([0xA1, 7, 0, 0, 0, 0, 2, 0]).as_deref(),
            Some(&[1, 2][..])
        );
        assert_eq!(ask([0xA1, 8, 0, 0, 0, 0, 2, 0]), None);
        assert_eq!(ask([0x80, 12, 0, 0, 0, 0, 2, 0]), None);
        assert_eq!(
            ask([0x01, 11, 1, 0, 0, 0, 0, 0]),
            None,
            "no alternate setting"
        );
    }
}
