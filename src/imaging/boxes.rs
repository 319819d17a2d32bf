//! Shrinking by a whole number, the step that every frame of a camera goes through.

use zeroize::Zeroizing;

use super::ImageView;

/// How many pixels become one, across and down, if both are whole numbers of a useful size.
pub(super) fn factors(view: &ImageView<'_>, width: u32, height: u32) -> Option<(usize, usize)> {
    let factor = |from: u32, to: u32| {
        let is_whole = from.is_multiple_of(to) && (1..=16).contains(&(from / to));
        is_whole.then(|| (from / to) as usize)
    };
    Some((factor(view.width(), width)?, factor(view.height(), height)?))
}

/// The mean of every box of pixels, halves rounded up.
pub(super) fn average(
    view: &ImageView<'_>,
    channels: usize,
    (across, down): (usize, usize),
    out: &mut [u8],
) {
    // What the compiler knows it unrolls: the factors that lead from a camera to a detector.
    match (channels, across) {
        (3, 2) => rows::<3>(view, 2, down, out),
        (3, 3) => rows::<3>(view, 3, down, out),
        (3, 4) => rows::<3>(view, 4, down, out),
        (3, across) => rows::<3>(view, across, down, out),
        (_, across) => rows::<1>(view, across, down, out),
    }
}

#[inline(always)]
fn rows<const CHANNELS: usize>(view: &ImageView<'_>, across: usize, down: usize, out: &mut [u8]) {
    let count = (across * down) as u32;
    // Division by the count, exact for every sum of so few values.
    let reciprocal = (1u64 << 32).div_ceil(u64::from(count));
    // A row of sums of a face is wiped like the face.
    let mut sums = Zeroizing::new(vec![0u16; view.row(0).len()]);
    let width = view.row(0).len() / across;
    for (y, pixels) in (0..view.height())
        .step_by(down)
        .zip(out.chunks_exact_mut(width))
    {
        sums.fill(0);
        for y in y..y + down as u32 {
            for (sum, value) in sums.iter_mut().zip(view.row(y)) {
                *sum += u16::from(*value);
            }
        }
        let boxes = sums.chunks_exact(CHANNELS * across);
        for (pixel, sums) in pixels.chunks_exact_mut(CHANNELS).zip(boxes) {
            let mut total = [count / 2; CHANNELS];
            for sums in sums.chunks_exact(CHANNELS) {
                for (total, sum) in total.iter_mut().zip(sums) {
                    *total += u32::from(*sum);
                }
            }
            for (value, total) in pixel.iter_mut().zip(total) {
                *value = ((u64::from(total) * reciprocal) >> 32) as u8;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::imaging::{Image, PixelFormat};
    use crate::random::Random;

    #[test]
    fn every_pixel_is_the_mean_of_its_box() {
        let mut random = Random(5);
        for (format, channels) in [(PixelFormat::Rgb8, 3), (PixelFormat::Grey8, 1)] {
            for (across, down) in [(1, 1), (2, 2), (3, 1), (4, 4), (1, 5), (16, 16), (7, 2)] {
                let (width, height) = (3 * across, 2 * down);
                let data = (0..width * height * channels)
                    .map(|_| random.below(256) as u8)
                    .collect();
                let image = Image::from_packed(format, width as u32, height as u32, data);
                let image = image.expect("sizes agree");
                let small = image.view().resize(3, 2).expect("small");
                for (at, value) in small.data().iter().enumerate() {
                    let (x, y) = (at / channels % 3, at / channels / 3);
                    let boxed = (0..down).flat_map(|j| (0..across).map(move |i| (i, j)));
                    let sum: usize = boxed
                        .map(|(i, j)| (y * down + j) * width + x * across + i)
                        .map(|pixel| usize::from(image.data()[pixel * channels + at % channels]))
                        .sum();
                    let count = across * down;
                    let mean = (sum + count / 2) / count;
                    assert_eq!(usize::from(*value), mean, "{format:?} {across}x{down}");
                }
            }
        }
        // White stays white in the largest box.
        let white = Image::filled(PixelFormat::Rgb8, 16, 16, [255; 3]).expect("small");
        assert_eq!(white.view().resize(1, 1).expect("small").data(), [255; 3]);
    }
}
