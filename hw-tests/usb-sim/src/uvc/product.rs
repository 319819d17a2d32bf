//! Webcams as tables.

/// A format of a webcam's pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// YUY2, 16 bits a pixel.
    Yuy2,
    /// Y8, 8 bits a pixel: what infrared cameras send.
    Y8,
    /// Motion JPEG.
    Mjpeg,
}

/// A size of a format, with its rates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mode {
    /// How pixels are sent.
    pub format: Format,
    /// Pixels in a row.
    pub width: u16,
    /// Rows.
    pub height: u16,
    /// Times from frame to frame, in units of 100 ns (`dwFrameInterval`).
    pub intervals: &'static [u32],
}

/// What a webcam says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WebcamProduct {
    /// Short name, for trials.
    pub key: &'static str,
    /// `idVendor`.
    pub vendor: u16,
    /// `idProduct`.
    pub product: u16,
    /// `iProduct`.
    pub name: &'static str,
    /// `iSerialNumber`; empty where the maker gives none.
    pub serial: &'static str,
    /// The modes, those of a format together.
    pub modes: &'static [Mode],
}

const SECOND: u32 = 10_000_000;
const USUAL: &[u32] = &[SECOND / 30, SECOND / 15];

const fn mode(format: Format, width: u16, height: u16, intervals: &'static [u32]) -> Mode {
    Mode {
        format,
        width,
        height,
        intervals,
    }
}

/// The webcams that trials run with. Vendor and product are those of common ones, modes and names
/// are made up.
pub const WEBCAMS: [WebcamProduct; 4] = [
    WebcamProduct {
        key: "webcam",
        vendor: 0x046d,
        product: 0x0825,
        name: "Simulated webcam",
        serial: "8C2F51A0",
        modes: &[
            mode(Format::Yuy2, 640, 480, &[SECOND / 15, SECOND / 5]),
            mode(Format::Yuy2, 320, 240, &[SECOND / 30, SECOND * 2 / 25]),
            mode(Format::Mjpeg, 640, 480, USUAL),
            mode(Format::Mjpeg, 320, 240, USUAL),
            mode(Format::Mjpeg, 1280, 720, USUAL),
        ],
    },
    WebcamProduct {
        key: "uncompressed",
        vendor: 0x0bda,
        product: 0x58f4,
        name: "Simulated office camera",
        serial: "200901010001",
        modes: &[mode(Format::Yuy2, 640, 480, USUAL)],
    },
    WebcamProduct {
        key: "japanese-name",
        vendor: 0x0411,
        product: 0x0260,
        // Longer in UTF-8 than what the kernel keeps of it.
        name: "受付用ウェブカメラ・広角・内蔵マイク",
        serial: "",
        modes: &[mode(Format::Mjpeg, 640, 480, USUAL)],
    },
    WebcamProduct {
        key: "infrared",
        vendor: 0x04f2,
        product: 0xb612,
        name: "Simulated IR camera",
        serial: "0001",
        modes: &[mode(Format::Y8, 640, 480, &[SECOND / 30])],
    },
];

impl WebcamProduct {
    /// The product called `key`.
    #[must_use]
    pub fn find(key: &str) -> Option<&'static Self> {
        WEBCAMS.iter().find(|product| product.key == key)
    }

    /// The modes by format, in the order in which formats are numbered.
    #[must_use]
    pub fn formats(&self) -> Vec<Vec<Mode>> {
        let mut formats: Vec<Vec<Mode>> = Vec::new();
        for mode in self.modes {
            match formats.last_mut() {
                Some(same) if same[0].format == mode.format => same.push(*mode),
                _ => formats.push(vec![*mode]),
            }
        }
        formats
    }
}
