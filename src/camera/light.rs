//! How much light falls on a face.

use crate::imaging::{ImageView, PixelFormat, Rect};

/// The luminance of a face in a frame.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FaceLight {
    /// Mean luminance, 0 to 255, full range.
    pub mean: f32,
    /// Share that is washed out (luminance of 250 and more), 0 to 1.
    pub clipped: f32,
}

/// Samples across and down: enough for a mean, few enough for every frame.
const SAMPLES: u16 = 48;

/// From here on nothing of a face can be seen any more.
const CLIPPED: f32 = 250.0;

impl FaceLight {
    /// Measures the middle of the bounds of a face, where there is skin and neither hair nor
    /// background. Takes frames as cameras deliver them, without converting them. `None` if the
    /// face is outside the picture, or the format is compressed: decode such frames first.
    #[must_use]
    pub fn measure(frame: &ImageView<'_>, face: &Rect) -> Option<Self> {
        // Rounding down, with what is no number at zero: `as` saturates.
        let place = |start: f32, length: f32, sample: u16| {
            let share = 0.2 + 0.6 * (f32::from(sample) + 0.5) / f32::from(SAMPLES);
            let at = start + length * share;
            (at >= 0.0).then_some(at as u32)
        };
        let (mut sum, mut clipped, mut count) = (0.0, 0.0, 0.0);
        for row in 0..SAMPLES {
            let y = place(face.y, face.height, row).filter(|y| *y < frame.height());
            for column in 0..SAMPLES {
                let x = place(face.x, face.width, column).filter(|x| *x < frame.width());
                let Some((x, y)) = x.zip(y) else { continue };
                let luminance = luminance(frame, x, y)?;
                sum += luminance;
                clipped += f32::from(u8::from(luminance >= CLIPPED));
                count += 1.0;
            }
        }
        (count > 0.0).then(|| Self {
            mean: sum / count,
            clipped: clipped / count,
        })
    }
}

/// Luminance of a pixel, 0 to 255, full range.
fn luminance(frame: &ImageView<'_>, x: u32, y: u32) -> Option<f32> {
    let (row, x) = (frame.row(y), x as usize);
    let colour = |red: usize, blue: usize| {
        let pixel = row.get(3 * x..3 * x + 3)?;
        let value = |at: usize| f32::from(pixel[at]);
        Some(0.299 * value(red) + 0.587 * value(1) + 0.114 * value(blue))
    };
    // BT.601 limited range, as the camera formats are.
    let limited = |luma: &u8| ((f32::from(*luma) - 16.0) * 255.0 / 219.0).clamp(0.0, 255.0);
    match frame.format() {
        PixelFormat::Grey8 => row.get(x).map(|grey| f32::from(*grey)),
        PixelFormat::Rgb8 => colour(0, 2),
        PixelFormat::Bgr8 => colour(2, 0),
        PixelFormat::Yuyv => row.get(2 * x).map(limited),
        PixelFormat::Nv12 => row.get(x).map(limited),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::imaging::Image;

    const FACE: Rect = Rect {
        x: 10.0,
        y: 10.0,
        width: 40.0,
        height: 40.0,
    };

    #[test]
    fn every_format_says_the_same() {
        let grey = [120; 64 * 64];
        let luma = 16 + (120 * 219 + 127) / 255;
        let yuyv = [luma as u8, 128].repeat(64 * 64);
        let nv12 = [vec![luma as u8; 64 * 64], vec![128; 64 * 32]].concat();
        for (format, data) in [
            (PixelFormat::Grey8, &grey[..]),
            (PixelFormat::Rgb8, &[120; 64 * 64 * 3]),
            (PixelFormat::Bgr8, &[120; 64 * 64 * 3]),
            (PixelFormat::Yuyv, &yuyv),
            (PixelFormat::Nv12, &nv12),
        ] {
            let view = ImageView::packed(format, 64, 64, data).expect("sizes agree");
            let light = FaceLight::measure(&view, &FACE).expect("inside");
            assert!((light.mean - 120.0).abs() < 1.0, "{format:?}: {light:?}");
            assert_eq!(light.clipped, 0.0);
        }
        let jpeg = ImageView::new(PixelFormat::Mjpeg, 64, 64, 0, &grey).expect("a view");
        assert_eq!(FaceLight::measure(&jpeg, &FACE), None);
    }

    #[test]
    fn the_part_inside_the_picture_counts() {
        let image = Image::filled(PixelFormat::Grey8, 64, 64, [255; 3]).expect("small");
        let half = Rect { x: 44.0, ..FACE };
        let light = FaceLight::measure(&image.view(), &half).expect("half of it");
        assert_eq!((light.mean, light.clipped), (255.0, 1.0));
        for x in [-200.0, 200.0, f32::NAN, f32::INFINITY] {
            let outside = Rect { x, ..FACE };
            assert_eq!(FaceLight::measure(&image.view(), &outside), None, "{x}");
        }
    }
}
