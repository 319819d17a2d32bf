//! A running video node.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use linuxvideo::Device;
use linuxvideo::format::PixFormat;
use linuxvideo::stream::ReadStream;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

use super::error::{asked, from_kernel};
use super::modes::{Offer, offers, rate};
use crate::camera::FrameMode;
use crate::drivers::capture::{Caught, Feed, FrameBuffer, Layout};
use crate::error::{Error, ErrorKind, Result};
use crate::imaging::PixelFormat;

/// How long the kernel is waited for at a time: dropping a stream takes that long, if no frame
/// comes meanwhile.
const LOOK: Duration = Duration::from_millis(100);

/// Every JPEG picture begins so: SOI, and the first byte of another marker (ITU-T T.81, table B.1).
const JPEG: [u8; 3] = [0xff, 0xd8, 0xff];

pub(super) struct KernelFeed {
    path: PathBuf,
    stream: ReadStream,
    is_jpeg: bool,
}

/// Has the node at `path` run in `mode`, and looks whether it does.
pub(super) fn open(path: &PathBuf, mode: &FrameMode) -> Result<(KernelFeed, Layout)> {
    let device = asked(|| Device::open(path))?;
    let offered = offers(&device)?;
    let Some(offer) = offered.into_iter().find(|offer| offer.mode == *mode) else {
        return Err(Error::unsupported(format!("the mode {mode}")));
    };
    let wish = PixFormat::new(mode.width, mode.height, offer.fourcc);
    let capture = asked(|| device.video_capture(wish))?;
    let got = capture.format();
    if (got.width(), got.height(), got.pixel_format()) != (mode.width, mode.height, offer.fourcc) {
        return Err(Error::unsupported(format!(
            "the mode {mode}, of which the kernel makes {}x{} {},",
            got.width(),
            got.height(),
            got.pixel_format()
        )));
    }
    let stride = match mode.format.is_compressed() {
        true => 0,
        // Left out by some drivers, which then leave no gaps.
        false => (got.bytes_per_line() as usize).max(mode.format.row_bytes(mode.width)),
    };
    set_interval(&capture, &offer)?;
    let stream = asked(|| capture.into_stream())?;
    let feed = KernelFeed {
        path: path.clone(),
        stream,
        is_jpeg: mode.format == PixelFormat::Mjpeg,
    };
    Ok((
        feed,
        Layout {
            mode: *mode,
            stride,
        },
    ))
}

fn set_interval(capture: &linuxvideo::VideoCaptureDevice, offer: &Offer) -> Result<()> {
    let Some(interval) = offer.interval else {
        return Ok(());
    };
    let got = asked(|| capture.set_frame_interval(interval))?;
    // The kernel takes the nearest that it has, also when that is far away.
    if got.denominator() != 0 && rate(got) == Some(offer.mode.frames_per_second) {
        return Ok(());
    }
    Err(Error::unsupported(format!(
        "the mode {}, of which the kernel makes {got} seconds from frame to frame,",
        offer.mode
    )))
}

impl Feed for KernelFeed {
    fn next(&mut self, frame: &mut FrameBuffer) -> Result<Caught> {
        let limit = Timespec {
            tv_sec: 0,
            tv_nsec: LOOK.subsec_nanos().into(),
        };
        let mut ready = [PollFd::new(&self.stream, PollFlags::IN)];
        match poll(&mut ready, Some(&limit)) {
            Ok(0) | Err(Errno::INTR) => return Ok(Caught::Nothing),
            Ok(_) => {}
            Err(error) => return Err(from_kernel(error.into())),
        }
        let is_jpeg = self.is_jpeg;
        // Also when it is in error: the kernel then says in which.
        let caught = self.stream.dequeue(|picture| {
            // What the kernel knows to be damaged, and what is no picture at all.
            if picture.is_error() || is_jpeg && !picture.starts_with(&JPEG) {
                return Ok(Caught::Damaged);
            }
            frame.fill(&picture);
            Ok(Caught::Frame)
        });
        caught.or_else(|error| match error.kind() {
            io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted => Ok(Caught::Nothing),
            _ => Err(ended(error)),
        })
    }

    fn is_listed(&self) -> bool {
        self.path.exists()
    }
}

/// Why a stream ended that ran.
fn ended(error: io::Error) -> Error {
    let error = from_kernel(error);
    match error.kind() {
        ErrorKind::Disconnected => error,
        _ => Error::protocol("the camera stopped in disorder").with_source(error),
    }
}
