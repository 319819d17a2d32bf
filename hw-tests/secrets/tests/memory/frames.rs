//! Frames of a camera, from the bytes that the driver delivers to the crop that the engine gets.

use myna_hal::camera::{Frame, FrameInfo};
use myna_hal::face::align;
use myna_hal::imaging::{Image, ImageView, PixelFormat};
use myna_hal::time::Timestamp;
use secrets::{Secret, exempt};

const WIDTH: u32 = 160;
const HEIGHT: u32 = 120;

/// Format and bytes of a frame.
type Delivered = (PixelFormat, Vec<u8>);

/// The same noise in every format. What is in a frame is in it from top to bottom, row by row, so
/// that the last row that a filter kept is the secret as well.
fn delivered() -> Vec<Delivered> {
    let mut state = 7u32;
    let row: Vec<u8> = (0..WIDTH * 3)
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            16 + (state >> 24) as u8 % 220
        })
        .collect();
    let rows = |bytes: u32, rows: u32| row[..bytes as usize].repeat(rows as usize);
    let mut jpeg = Vec::new();
    image::codecs::jpeg::JpegEncoder::new(&mut jpeg)
        .encode(
            &rows(WIDTH * 3, HEIGHT),
            WIDTH,
            HEIGHT,
            image::ExtendedColorType::Rgb8,
        )
        .expect("into memory");
    vec![
        (PixelFormat::Yuyv, rows(WIDTH * 2, HEIGHT)),
        (PixelFormat::Nv12, rows(WIDTH, HEIGHT * 3 / 2)),
        (PixelFormat::Grey8, rows(WIDTH, HEIGHT)),
        (PixelFormat::Rgb8, rows(WIDTH * 3, HEIGHT)),
        (PixelFormat::Mjpeg, jpeg),
    ]
}

fn stride(format: PixelFormat) -> usize {
    format.row_bytes(WIDTH)
}

/// Bytes of each frame as it is delivered, in colour, in grey, and at half its size.
pub(crate) fn secrets() -> Vec<Secret> {
    let mut secrets = Vec::new();
    for (format, bytes) in delivered() {
        let view = ImageView::new(format, WIDTH, HEIGHT, stride(format), &bytes);
        let view = view.expect("sizes agree");
        let rgb = view.to_rgb8().expect("whole");
        let grey = view.to_grey8().expect("whole");
        let small = rgb.view().resize(WIDTH / 2, HEIGHT / 2).expect("small");
        // Sixteen pixels of colour; noise repeats nowhere but in the next row.
        let middle = |bytes: &[u8]| bytes[bytes.len() / 2..][..48].to_vec();
        secrets.push(Secret::new("frame as delivered", &middle(&bytes)));
        secrets.push(Secret::new("frame in colour", &middle(rgb.data())));
        secrets.push(Secret::new("frame in grey", &middle(grey.data())));
        secrets.push(Secret::new("frame at half its size", &middle(small.data())));
    }
    secrets
}

/// Every step that the frame path has, into buffers that are kept and then outgrown.
pub(crate) fn seen() {
    let info = FrameInfo {
        sequence: 1,
        captured_at: Timestamp::START,
        dropped_before: 0,
    };
    let mut rgb = Image::default();
    let mut small = Image::default();
    for (format, bytes) in exempt(delivered) {
        let size = (WIDTH, HEIGHT);
        let frame = Frame::new(format, size, stride(format), bytes, info).expect("sizes agree");
        frame.view().to_rgb8_into(&mut rgb).expect("whole");
        drop(frame.view().to_grey8().expect("whole"));
        let view = rgb.view();
        view.resize_into(WIDTH / 2, HEIGHT / 2, &mut small)
            .expect("small");
        view.resize_into(70, 50, &mut small).expect("small");
        view.crop_into(10, 10, 90, 90, &mut small).expect("inside");
        view.pad_into(9, 9, [0; 3], &mut small).expect("small");
        let landmarks = [
            (60.0, 50.0),
            (100.0, 50.0),
            (80.0, 70.0),
            (65.0, 90.0),
            (95.0, 90.0),
        ];
        drop(align::align(&view, &landmarks).expect("a face"));
        // What the camera cut off is refused, with what was decoded before.
        let cut = &frame.view().data()[..frame.view().data().len() / 2];
        if format == PixelFormat::Mjpeg {
            assert!(myna_hal::imaging::decode_mjpeg_into(cut, &mut small).is_err());
        }
        // A larger picture takes the place of a smaller one.
        let larger = rgb.view().resize(WIDTH * 2, HEIGHT * 2).expect("small");
        larger.view().to_rgb8_into(&mut small).expect("raw");
    }
}
