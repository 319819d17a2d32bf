//! What a camera sends, frame after frame.

use myna_hal::camera::{Frame, FrameInfo, RgbFrame};
use myna_hal::imaging::{PixelFormat, Rect};
use myna_hal::time::Timestamp;

use super::{Taken, format};

/// Bytes before the pixels of a frame: format; width, height, stride and length of the pixels.
const HEAD: usize = 9;

/// Frames of a stream that keeps to no mode, each behind its head; the last one may be cut short.
pub(crate) fn camera(data: &[u8]) -> Taken {
    let mut rgb = RgbFrame::new();
    let mut rest = data;
    let mut sequence = 0;
    let mut whole = true;
    while let Some((head, after)) = rest.split_first_chunk::<HEAD>() {
        let number = |at: usize| u16::from_be_bytes([head[at], head[at + 1]]);
        let length = usize::from(number(7)).min(after.len());
        let (pixels, after) = after.split_at(length);
        rest = after;
        sequence += 1;
        let info = FrameInfo {
            sequence,
            captured_at: Timestamp::START,
            dropped_before: 0,
        };
        let size = (number(1).into(), number(3).into());
        let frame = Frame::new(
            format(head[0]),
            size,
            number(5).into(),
            pixels.to_vec(),
            info,
        );
        let Ok(frame) = frame else {
            whole = false;
            continue;
        };
        assert_eq!(frame.view().data(), pixels);
        let taken = rgb.take(frame);
        let view = rgb.view();
        assert_eq!(view.format(), PixelFormat::Rgb8);
        match taken {
            // A frame of another size than the camera said is none.
            Ok(()) => assert_eq!((view.width(), view.height()), size),
            // One that is damaged does not pass for the one before.
            Err(_) => assert!(view.data().iter().all(|value| *value == 0)),
        }
        whole &= taken.is_ok();
        let bounds = Rect {
            x: f32::from(number(7)) - f32::from(number(5)),
            y: f32::from(number(3)) / 3.0,
            width: f32::from(number(1)),
            height: f32::from(number(3)),
        };
        if let Some(light) = rgb.light(&bounds) {
            assert!((0.0..=255.0).contains(&light.mean) && (0.0..=1.0).contains(&light.clipped));
        }
    }
    sequence > 0 && whole && rest.is_empty()
}
