//! The controls of a webcam (UVC 1.0 §4.2.2).

use super::descriptor::{CAMERA, PROCESSING};

/// Requests (table A-8).
mod request {
    pub(super) const SET_CUR: u8 = 0x01;
    pub(super) const GET_CUR: u8 = 0x81;
    pub(super) const GET_MIN: u8 = 0x82;
    pub(super) const GET_MAX: u8 = 0x83;
    pub(super) const GET_RES: u8 = 0x84;
    pub(super) const GET_LEN: u8 = 0x85;
    pub(super) const GET_INFO: u8 = 0x86;
    pub(super) const GET_DEF: u8 = 0x87;
}

/// A control: its entity and selector, its bytes, and the values that it takes.
struct Control {
    entity: u8,
    selector: u8,
    bytes: usize,
    min: u32,
    max: u32,
    step: u32,
    default: u32,
    value: u32,
}

/// The controls of one webcam.
pub(super) struct Controls(Vec<Control>);

impl Controls {
    pub(super) fn new() -> Self {
        let control = |entity, selector, bytes, (min, max, step, default)| Control {
            entity,
            selector,
            bytes,
            min,
            max,
            step,
            default,
            value: default,
        };
        Self(vec![
            // Automatic exposure: bits for manual (1) and aperture priority (8); the steps are
            // those that there are.
            control(CAMERA, 0x02, 1, (1, 8, 0b1001, 8)),
            // Exposure time, in units of 100 µs.
            control(CAMERA, 0x04, 4, (3, 2_047, 1, 166)),
            // Focus, and automatic focus.
            control(CAMERA, 0x06, 2, (0, 255, 5, 50)),
            control(CAMERA, 0x08, 1, (0, 1, 1, 1)),
            // Backlight compensation, brightness, gain.
            control(PROCESSING, 0x01, 2, (0, 2, 1, 0)),
            control(PROCESSING, 0x02, 2, (0, 255, 1, 128)),
            control(PROCESSING, 0x04, 2, (0, 255, 1, 64)),
        ])
    }

    /// Answers a request to an entity; `None` stalls.
    pub(super) fn answer(
        &mut self,
        entity: u8,
        selector: u8,
        request: u8,
        data: &[u8],
    ) -> Option<Vec<u8>> {
        let control = self
            .0
            .iter_mut()
            .find(|control| (control.entity, control.selector) == (entity, selector))?;
        let value = match request {
            request::GET_CUR => control.value,
            request::GET_MIN => control.min,
            request::GET_MAX => control.max,
            request::GET_RES => control.step,
            request::GET_DEF => control.default,
            // Can be read, can be set.
            request::GET_INFO => return Some(vec![0b11]),
            request::GET_LEN => return Some((control.bytes as u16).to_le_bytes().to_vec()),
            request::SET_CUR => {
                let mut value = [0; 4];
                value[..control.bytes].copy_from_slice(data.get(..control.bytes)?);
                control.value = u32::from_le_bytes(value);
                return Some(Vec::new());
            }
            _ => return None,
        };
        Some(value.to_le_bytes()[..control.bytes].to_vec())
    }
}
