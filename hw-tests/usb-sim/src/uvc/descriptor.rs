//! The descriptors of a webcam (UVC 1.0 §3; payloads: "Uncompressed" and "MJPEG").

use super::product::{Format, Mode, WebcamProduct};
use crate::descriptor::{Descriptors, Identity, endpoint, interface, transfer};
use crate::device::Speed;

/// Entities of the video function.
pub(super) const CAMERA: u8 = 1;
pub(super) const PROCESSING: u8 = 2;
const OUTPUT: u8 = 3;

/// The endpoint of the pictures.
pub(super) const PICTURES: u8 = 0x81;

/// Largest payload, header included.
pub(super) const PAYLOAD: u32 = 16_384;

const CS_INTERFACE: u8 = 0x24;

/// Descriptor subtypes of the control interface (table A-5).
mod control {
    pub(super) const HEADER: u8 = 1;
    pub(super) const INPUT_TERMINAL: u8 = 2;
    pub(super) const OUTPUT_TERMINAL: u8 = 3;
    pub(super) const PROCESSING_UNIT: u8 = 5;
}

/// Descriptor subtypes of the streaming interface (table A-6).
mod streaming {
    pub(super) const INPUT_HEADER: u8 = 0x01;
    pub(super) const FORMAT_UNCOMPRESSED: u8 = 0x04;
    pub(super) const FRAME_UNCOMPRESSED: u8 = 0x05;
    pub(super) const FORMAT_MJPEG: u8 = 0x06;
    pub(super) const FRAME_MJPEG: u8 = 0x07;
    pub(super) const COLORFORMAT: u8 = 0x0d;
}

/// What follows the four characters in the identifier of an uncompressed format.
const MEDIA: [u8; 12] = [
    0x00, 0x00, 0x10, 0x00, 0x80, 0x00, 0x00, 0xaa, 0x00, 0x38, 0x9b, 0x71,
];

pub(super) fn descriptors(product: &'static WebcamProduct) -> Descriptors {
    let identity = Identity {
        vendor: product.vendor,
        product: product.product,
        release: 0x0100,
        manufacturer: "myna-hal",
        name: product.name,
    };
    let units = units();
    let streams = streams(product);
    let length = (13 + units.len() as u16).to_le_bytes();
    let body = [
        // Interface association: control and streaming are one function.
        &[8, 0x0b, 0, 2, 0x0e, 0x03, 0x00, 0][..],
        &interface(0, 0, 0, [0x0e, 0x01, 0x00]),
        // UVC 1.0, 6 MHz clock (deprecated), one streaming interface: number 1.
        &[
            13,
            CS_INTERFACE,
            control::HEADER,
            0x00,
            0x01,
            length[0],
            length[1],
        ],
        &[0x80, 0x8d, 0x5b, 0x00, 1, 1],
        &units,
        &interface(1, 0, 1, [0x0e, 0x02, 0x00]),
        &streams,
        &endpoint(PICTURES, transfer::BULK, 512, 0),
    ]
    .concat();
    let class = [0xef, 0x02, 0x01];
    let mut descriptors = Descriptors::new(Speed::High, &identity, class, 2, &body);
    if !product.serial.is_empty() {
        descriptors.strings.push(product.serial.to_owned());
        // iSerialNumber.
        descriptors.device[16] = 3;
    }
    descriptors
}

fn units() -> Vec<u8> {
    [
        // Camera terminal: automatic exposure (D1), exposure time (D3), focus (D5, D17).
        &[
            18,
            CS_INTERFACE,
            control::INPUT_TERMINAL,
            CAMERA,
            0x01,
            0x02,
            0,
            0,
        ][..],
        &[0, 0, 0, 0, 0, 0, 3, 0b0010_1010, 0, 0b10],
        // Processing unit: brightness (D0), backlight compensation (D8), gain (D9).
        &[
            11,
            CS_INTERFACE,
            control::PROCESSING_UNIT,
            PROCESSING,
            CAMERA,
            0,
            0,
        ],
        &[2, 0b1, 0b11, 0],
        // To the host, by streaming.
        &[
            9,
            CS_INTERFACE,
            control::OUTPUT_TERMINAL,
            OUTPUT,
            0x01,
            0x01,
            0,
            PROCESSING,
            0,
        ],
    ]
    .concat()
}

fn streams(product: &WebcamProduct) -> Vec<u8> {
    let formats = product.formats();
    let mut body = Vec::new();
    for (at, modes) in formats.iter().enumerate() {
        let number = at as u8 + 1;
        let frames = modes.len() as u8;
        let uncompressed = |name: &[u8; 4], bits: u8| {
            let head = [
                27,
                CS_INTERFACE,
                streaming::FORMAT_UNCOMPRESSED,
                number,
                frames,
            ];
            [&head[..], name, &MEDIA, &[bits, 1, 0, 0, 0, 0]].concat()
        };
        body.extend(match modes[0].format {
            Format::Yuy2 => uncompressed(b"YUY2", 16),
            Format::Y8 => uncompressed(b"Y8  ", 8),
            Format::Mjpeg => {
                let subtype = streaming::FORMAT_MJPEG;
                vec![11, CS_INTERFACE, subtype, number, frames, 1, 1, 0, 0, 0, 0]
            }
        });
        for (at, mode) in modes.iter().enumerate() {
            body.extend(frame(at as u8 + 1, mode));
        }
        // BT.709 primaries, BT.709 transfer, BT.601 matrix: the usual one.
        body.extend([6, CS_INTERFACE, streaming::COLORFORMAT, 1, 1, 4]);
    }
    let length = 13 + formats.len() as u8;
    let [low, high] = (u16::from(length) + body.len() as u16).to_le_bytes();
    let mut streams = vec![
        length,
        CS_INTERFACE,
        streaming::INPUT_HEADER,
        formats.len() as u8,
        low,
        high,
        PICTURES,
        0,
        OUTPUT,
        0,
        0,
        0,
        1,
    ];
    streams.extend(vec![0; formats.len()]);
    streams.extend(body);
    streams
}

fn frame(number: u8, mode: &Mode) -> Vec<u8> {
    let subtype = match mode.format {
        Format::Mjpeg => streaming::FRAME_MJPEG,
        _ => streaming::FRAME_UNCOMPRESSED,
    };
    let size = size(mode);
    let fastest = mode.intervals.iter().copied().min().unwrap_or(1);
    let bits = u64::from(size) * 8 * 10_000_000 / u64::from(fastest);
    let bits = u32::try_from(bits).unwrap_or(u32::MAX).to_le_bytes();
    let length = 26 + 4 * mode.intervals.len() as u8;
    let mut frame = vec![length, CS_INTERFACE, subtype, number, 0];
    frame.extend(mode.width.to_le_bytes());
    frame.extend(mode.height.to_le_bytes());
    frame.extend(bits);
    frame.extend(bits);
    frame.extend(size.to_le_bytes());
    frame.extend(mode.intervals[0].to_le_bytes());
    frame.push(mode.intervals.len() as u8);
    frame.extend(
        mode.intervals
            .iter()
            .flat_map(|interval| interval.to_le_bytes()),
    );
    frame
}

/// Bytes of the largest frame of a mode (`dwMaxVideoFrameSize`).
pub(super) fn size(mode: &Mode) -> u32 {
    let pixels = u32::from(mode.width) * u32::from(mode.height);
    match mode.format {
        Format::Y8 => pixels,
        Format::Yuy2 | Format::Mjpeg => pixels * 2,
    }
}
