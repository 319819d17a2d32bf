//! The modes that a video node offers.

use linuxvideo::format::{FrameIntervals, FrameSizes, PixelFormat as FourCc};
use linuxvideo::{BufType, CapabilityFlags, Device, Fract};

use super::error::asked;
use crate::camera::FrameMode;
use crate::error::Result;
use crate::imaging::{MAX_SIDE, PixelFormat};

/// The formats of V4L2 that this library knows, and how it calls them.
const FORMATS: [(&[u8; 4], PixelFormat); 7] = [
    (b"YUYV", PixelFormat::Yuyv),
    (b"NV12", PixelFormat::Nv12),
    (b"RGB3", PixelFormat::Rgb8),
    (b"BGR3", PixelFormat::Bgr8),
    (b"GREY", PixelFormat::Grey8),
    (b"MJPG", PixelFormat::Mjpeg),
    (b"JPEG", PixelFormat::Mjpeg),
];

/// Sizes and rates that are offered of a device which takes any in a range.
const SIZES: [(u32, u32); 6] = [
    (320, 240),
    (640, 360),
    (640, 480),
    (800, 600),
    (1280, 720),
    (1920, 1080),
];
const RATES: [u32; 7] = [5, 10, 15, 20, 25, 30, 60];

/// What is assumed of a device that tells nothing of its rates.
const UNTOLD_RATE: u32 = 30;

/// A mode, and how the kernel calls it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Offer {
    pub(super) mode: FrameMode,
    pub(super) fourcc: FourCc,
    /// Time from frame to frame in seconds; `None` if the device tells nothing of it.
    pub(super) interval: Option<Fract>,
}

/// Whether the node gives pictures, one buffer each. A webcam has another node for metadata.
pub(super) fn is_camera(device: &Device) -> Result<bool> {
    let capabilities = asked(|| device.capabilities())?.device_capabilities();
    Ok(
        capabilities.contains(CapabilityFlags::VIDEO_CAPTURE | CapabilityFlags::STREAMING)
            && !offers(device)?.is_empty(),
    )
}

/// What the node offers, in its own order, each mode once.
pub(super) fn offers(device: &Device) -> Result<Vec<Offer>> {
    let fourccs = asked(|| {
        let formats = device.formats(BufType::VIDEO_CAPTURE);
        formats
            .map(|format| Ok(format?.pixel_format()))
            .collect::<std::io::Result<Vec<_>>>()
    })?;
    let mut offers: Vec<Offer> = Vec::new();
    for fourcc in fourccs {
        let Some(format) = format_of(fourcc.as_fourcc()) else {
            continue;
        };
        for (width, height) in sizes(asked(|| device.frame_sizes(fourcc))?) {
            // Video inputs tell nothing of their rates.
            let intervals = asked(|| device.frame_intervals(fourcc, width, height)).ok();
            for interval in intervals.map_or_else(|| vec![None], |told| some(rates(told))) {
                let rate = interval.map_or(Some(UNTOLD_RATE), rate);
                let Some(rate) = rate else { continue };
                let mode = FrameMode::new(format, width, height, rate);
                if !offers.iter().any(|offer| offer.mode == mode) {
                    offers.push(Offer {
                        mode,
                        fourcc,
                        interval,
                    });
                }
            }
        }
    }
    Ok(offers)
}

fn some(intervals: Vec<Fract>) -> Vec<Option<Fract>> {
    intervals.into_iter().map(Some).collect()
}

/// How this library calls the format `fourcc`.
fn format_of(fourcc: [u8; 4]) -> Option<PixelFormat> {
    let same = |(name, _): &&(&[u8; 4], PixelFormat)| **name == fourcc;
    FORMATS.iter().find(same).map(|(_, format)| *format)
}

fn sizes(told: FrameSizes) -> Vec<(u32, u32)> {
    let mut sizes = match told {
        FrameSizes::Discrete(sizes) => sizes
            .iter()
            .map(|size| (size.width(), size.height()))
            .collect(),
        FrameSizes::Stepwise(range) | FrameSizes::Continuous(range) => {
            let widths = (range.min_width(), range.max_width(), range.step_width());
            let heights = (range.min_height(), range.max_height(), range.step_height());
            let fits =
                |(width, height): &(u32, u32)| is_step(*width, widths) && is_step(*height, heights);
            SIZES.into_iter().filter(fits).collect::<Vec<_>>()
        }
    };
    let sane = 1..=MAX_SIDE;
    sizes.retain(|(width, height)| sane.contains(width) && sane.contains(height));
    sizes
}

/// Whether `value` is one of those from `min` to `max`, `step` apart.
fn is_step(value: u32, (min, max, step): (u32, u32, u32)) -> bool {
    (min..=max).contains(&value) && (value - min).is_multiple_of(step.max(1))
}

fn rates(told: FrameIntervals) -> Vec<Fract> {
    match told {
        FrameIntervals::Discrete(intervals) => {
            let fraction = intervals.iter().map(|interval| *interval.fract());
            fraction.collect()
        }
        FrameIntervals::Stepwise(range) | FrameIntervals::Continuous(range) => {
            let (least, most) = (seconds(range.min()), seconds(range.max()));
            let fits = |rate: &u32| (least..=most).contains(&(1.0 / f64::from(*rate)));
            let rates = RATES.into_iter().filter(fits);
            rates.map(|rate| Fract::new(1, rate)).collect()
        }
    }
}

/// A fraction as the kernel gave it: nothing keeps a driver from sending zeros.
fn seconds(interval: &Fract) -> f64 {
    f64::from(interval.numerator()) / f64::from(interval.denominator())
}

/// Frames per second, rounded; none if that is no number of frames.
pub(super) fn rate(interval: Fract) -> Option<u32> {
    let rate = (1.0 / seconds(&interval)).round();
    (1.0..=1000.0).contains(&rate).then_some(rate as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn infrared_cameras_are_known_by_the_kernels_name() {
        assert_eq!(format_of(*b"GREY"), Some(PixelFormat::Grey8));
        assert_eq!(format_of(*b"MJPG"), Some(PixelFormat::Mjpeg));
        assert_eq!(format_of(*b"GRAY"), None);
        assert_eq!(format_of(*b"UVCH"), None);
    }

    #[test]
    fn rates_are_those_of_the_whole_fraction() {
        assert_eq!(rate(Fract::new(1, 30)), Some(30));
        assert_eq!(rate(Fract::new(2, 25)), Some(13));
        assert_eq!(rate(Fract::new(1001, 30_000)), Some(30));
        assert_eq!(rate(Fract::new(333_333, 10_000_000)), Some(30));
        assert_eq!(rate(Fract::new(0, 30)), None);
        assert_eq!(rate(Fract::new(10, 1)), None);
    }

    #[test]
    fn steps_count_from_the_least() {
        assert!(is_step(640, (16, 4096, 8)));
        assert!(!is_step(641, (16, 4096, 8)));
        assert!(is_step(641, (1, 4096, 0)));
        assert!(!is_step(8, (16, 4096, 8)));
    }
}
