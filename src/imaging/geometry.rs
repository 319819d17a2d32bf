//! Cutting, padding and scaling.

use zeroize::Zeroizing;

use super::boxes;
use super::view::check_size;
use super::{Image, ImageError, ImageView, PixelFormat};

/// A rectangle in pixels; may reach outside the picture.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Rect {
    /// Left edge.
    pub x: f32,
    /// Top edge.
    pub y: f32,
    /// Width, towards the right.
    pub width: f32,
    /// Height, downwards.
    pub height: f32,
}

impl Rect {
    /// Area in square pixels.
    #[must_use]
    pub fn area(&self) -> f32 {
        self.width.max(0.0) * self.height.max(0.0)
    }

    /// Part of `self` and `other` that is common to both, as a share of their union, 0 to 1.
    #[must_use]
    pub fn overlap(&self, other: &Self) -> f32 {
        let width = (self.x + self.width).min(other.x + other.width) - self.x.max(other.x);
        let height = (self.y + self.height).min(other.y + other.height) - self.y.max(other.y);
        if width <= 0.0 || height <= 0.0 {
            return 0.0;
        }
        let common = width * height;
        common / (self.area() + other.area() - common)
    }

    /// The same rectangle of a picture that is `factor` times as large.
    #[must_use]
    pub fn scaled(&self, factor: f32) -> Self {
        Self {
            x: self.x * factor,
            y: self.y * factor,
            width: self.width * factor,
            height: self.height * factor,
        }
    }
}

/// Bytes per pixel of the formats that geometry works on.
pub(super) fn channels(format: PixelFormat) -> Result<usize, ImageError> {
    match format {
        PixelFormat::Grey8 => Ok(1),
        PixelFormat::Rgb8 | PixelFormat::Bgr8 => Ok(3),
        _ => Err(ImageError::Unsupported(
            "scaling or cutting this pixel format; convert it to RGB or grey first",
        )),
    }
}

impl ImageView<'_> {
    /// The part that starts at column `x`, row `y`. Grey and RGB or BGR only.
    ///
    /// # Errors
    /// [`ImageError::Impossible`] when the part is empty or reaches outside,
    /// [`ImageError::Unsupported`] for other formats.
    pub fn crop(&self, x: u32, y: u32, width: u32, height: u32) -> Result<Image, ImageError> {
        let mut out = Image::default();
        self.crop_into(x, y, width, height, &mut out)?;
        Ok(out)
    }

    /// Like [`crop`](Self::crop), in the buffer of `out`. When it fails, `out` is as it was.
    ///
    /// # Errors
    /// As [`crop`](Self::crop).
    pub fn crop_into(
        &self,
        x: u32,
        y: u32,
        width: u32,
        height: u32,
        out: &mut Image,
    ) -> Result<(), ImageError> {
        let channels = channels(self.format())?;
        check_size(width, height)?;
        let inside = x
            .checked_add(width)
            .is_some_and(|right| right <= self.width())
            && y.checked_add(height)
                .is_some_and(|bottom| bottom <= self.height());
        if !inside {
            return Err(ImageError::Impossible {
                width,
                height,
                stride: self.stride(),
                len: self.data().len(),
            });
        }
        let (from, to) = (x as usize * channels, (x + width) as usize * channels);
        let data = out.reshape(self.format(), width, height)?;
        for (row, to_row) in (y..).zip(data.chunks_exact_mut(to - from)) {
            to_row.copy_from_slice(&self.row(row)[from..to]);
        }
        Ok(())
    }

    /// The picture with a border of `colour`, `horizontal` pixels at the left and right and
    /// `vertical` ones at the top and bottom. Grey takes the first value. Grey and RGB or BGR only.
    ///
    /// # Errors
    /// [`ImageError::TooLarge`], [`ImageError::Unsupported`] for other formats.
    pub fn pad(
        &self,
        horizontal: u32,
        vertical: u32,
        colour: [u8; 3],
    ) -> Result<Image, ImageError> {
        let mut out = Image::default();
        self.pad_into(horizontal, vertical, colour, &mut out)?;
        Ok(out)
    }

    /// Like [`pad`](Self::pad), in the buffer of `out`. When it fails, `out` is as it was.
    ///
    /// # Errors
    /// As [`pad`](Self::pad).
    pub fn pad_into(
        &self,
        horizontal: u32,
        vertical: u32,
        colour: [u8; 3],
        out: &mut Image,
    ) -> Result<(), ImageError> {
        let channels = channels(self.format())?;
        let width = self.width().saturating_add(horizontal.saturating_mul(2));
        let height = self.height().saturating_add(vertical.saturating_mul(2));
        let data = out.reshape(self.format(), width, height)?;
        for pixel in data.chunks_exact_mut(channels) {
            pixel.copy_from_slice(&colour[..channels]);
        }
        let stride = width as usize * channels;
        for y in 0..self.height() {
            let row = self.row(y);
            let start = (y + vertical) as usize * stride + horizontal as usize * channels;
            data[start..start + row.len()].copy_from_slice(row);
        }
        Ok(())
    }

    /// The picture at another size. Enlarging interpolates linearly; shrinking averages the
    /// area that becomes one pixel, so that nothing between the samples is lost. Grey and RGB
    /// or BGR only.
    ///
    /// # Errors
    /// [`ImageError::TooLarge`], [`ImageError::Impossible`] when empty,
    /// [`ImageError::Unsupported`] for other formats.
    pub fn resize(&self, width: u32, height: u32) -> Result<Image, ImageError> {
        let mut out = Image::default();
        self.resize_into(width, height, &mut out)?;
        Ok(out)
    }

    /// Like [`resize`](Self::resize), in the buffer of `out`. When it fails, `out` is as it was.
    ///
    /// # Errors
    /// As [`resize`](Self::resize).
    pub fn resize_into(&self, width: u32, height: u32, out: &mut Image) -> Result<(), ImageError> {
        let channels = channels(self.format())?;
        check_size(width, height)?;
        if let Some(factors) = boxes::factors(self, width, height) {
            let data = out.reshape(self.format(), width, height)?;
            boxes::average(self, channels, factors, data);
            return Ok(());
        }
        let across = Taps::new(self.width(), width);
        let down = Taps::new(self.height(), height);
        // Columns first: one row of sums at a time, kept only as long as `down` needs it.
        let row_len = width as usize * channels;
        let mut narrowed: Vec<Row> = Vec::new();
        let mut first_kept = 0;
        let mut rows = out
            .reshape(self.format(), width, height)?
            .chunks_exact_mut(row_len);
        let mut sums = Zeroizing::new(vec![0.0f32; row_len]);
        for ((start, weights), row) in down.iter().zip(&mut rows) {
            let end = start + weights.len();
            let outdated = start.saturating_sub(first_kept).min(narrowed.len());
            let mut spare: Vec<Row> = narrowed.drain(..outdated).collect();
            first_kept = start;
            while first_kept + narrowed.len() < end {
                // Room for everything at once: a vector that grows leaves unwiped copies behind.
                let new = || Zeroizing::new(Vec::with_capacity(row_len));
                let mut row = spare.pop().unwrap_or_else(new);
                let y = (first_kept + narrowed.len()) as u32;
                across.apply(self.row(y), channels, &mut row);
                narrowed.push(row);
            }
            sums.fill(0.5);
            for (row, weight) in narrowed.iter().zip(weights) {
                for (sum, value) in sums.iter_mut().zip(row.iter()) {
                    *sum += value * weight;
                }
            }
            // `as` saturates; the half above rounds.
            for (value, sum) in row.iter_mut().zip(sums.iter()) {
                *value = *sum as u8;
            }
        }
        Ok(())
    }

    /// The picture scaled so that its longer side is `side` pixels, never enlarged, and the
    /// factor that leads from it back to this one.
    ///
    /// # Errors
    /// As [`ImageView::resize`].
    pub fn shrink_to(&self, side: u32) -> Result<(Image, f32), ImageError> {
        let mut out = Image::default();
        let factor = self.shrink_into(side, &mut out)?;
        Ok((out, factor))
    }

    /// Like [`shrink_to`](Self::shrink_to), in the buffer of `out`.
    ///
    /// # Errors
    /// As [`ImageView::resize`].
    pub fn shrink_into(&self, side: u32, out: &mut Image) -> Result<f32, ImageError> {
        let long = self.width().max(self.height());
        if long <= side {
            self.crop_into(0, 0, self.width(), self.height(), out)?;
            return Ok(1.0);
        }
        let scale = side as f32 / long as f32;
        let scaled = |length: u32| ((length as f32 * scale).round() as u32).max(1);
        self.resize_into(scaled(self.width()), scaled(self.height()), out)?;
        Ok(1.0 / scale)
    }
}

/// A row of a face is wiped like the face.
type Row = Zeroizing<Vec<f32>>;

/// For every sample of a line the source samples it is made of.
struct Taps(Vec<(usize, Vec<f32>)>);

impl Taps {
    fn new(from: u32, to: u32) -> Self {
        let ratio = f64::from(from) / f64::from(to);
        let last = from as usize - 1;
        Self(
            (0..to)
                .map(|index| {
                    let index = f64::from(index);
                    // The stretch of the source that counts, and what each sample of it weighs.
                    let (begin, end) = if ratio > 1.0 {
                        (index * ratio, (index + 1.0) * ratio)
                    } else {
                        let centre = ((index + 0.5) * ratio - 0.5).clamp(0.0, last as f64);
                        (centre, centre + 1.0)
                    };
                    let start = (begin.floor() as usize).min(last);
                    let stop = (end.ceil() as usize).clamp(start + 1, last + 1);
                    let mut weights: Vec<f32> = (start..stop)
                        .map(|at| (end.min(at as f64 + 1.0) - begin.max(at as f64)).max(0.0) as f32)
                        .collect();
                    let sum: f32 = weights.iter().sum();
                    weights.iter_mut().for_each(|weight| *weight /= sum);
                    (start, weights)
                })
                .collect(),
        )
    }

    fn iter(&self) -> impl Iterator<Item = (usize, &[f32])> {
        self.0.iter().map(|(start, weights)| (*start, &weights[..]))
    }

    fn apply(&self, row: &[u8], channels: usize, out: &mut Vec<f32>) {
        out.clear();
        for (start, weights) in self.iter() {
            let pixels = row[start * channels..].chunks_exact(channels);
            if channels == 1 {
                let sum: f32 = pixels.zip(weights).map(|(p, w)| f32::from(p[0]) * w).sum();
                out.push(sum);
            } else {
                let mut sums = [0.0f32; 3];
                for (pixel, weight) in pixels.zip(weights) {
                    for (sum, value) in sums.iter_mut().zip(pixel) {
                        *sum += f32::from(*value) * weight;
                    }
                }
                out.extend_from_slice(&sums);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ramp(width: u32, height: u32) -> Image {
        let data = (0..height)
            .flat_map(|y| (0..width).map(move |x| (x * 4 + y) as u8))
            .collect();
        Image::from_packed(PixelFormat::Grey8, width, height, data).expect("sizes agree")
    }

    #[test]
    fn crop_takes_the_part_and_nothing_outside() {
        let image = ramp(8, 6);
        let part = image.view().crop(2, 1, 3, 2).expect("inside");
        assert_eq!(part.data(), [9, 13, 17, 10, 14, 18]);
        assert!(image.view().crop(6, 0, 3, 1).is_err());
        assert!(image.view().crop(u32::MAX, 0, 2, 1).is_err());
    }

    #[test]
    fn pad_surrounds() {
        let image = ramp(2, 1);
        let padded = image.view().pad(1, 1, [7, 0, 0]).expect("small");
        assert_eq!((padded.width(), padded.height()), (4, 3));
        assert_eq!(padded.data(), [7, 7, 7, 7, 7, 0, 4, 7, 7, 7, 7, 7]);
        assert!(image.view().pad(u32::MAX, 1, [0; 3]).is_err());
    }

    #[test]
    fn resize_keeps_flat_colour_and_mean() {
        let flat = Image::filled(PixelFormat::Rgb8, 37, 23, [10, 100, 250]).expect("small");
        for (width, height) in [(1, 1), (37, 23), (7, 50), (90, 5)] {
            let other = flat.view().resize(width, height).expect("small");
            assert!(other.data().chunks(3).all(|pixel| pixel == [10, 100, 250]));
        }
        let half = ramp(40, 40).view().resize(20, 20).expect("small");
        let mean = half.data().iter().map(|v| f64::from(*v)).sum::<f64>() / 400.0;
        // Each mean ends in a half, which is rounded up.
        assert!((mean - 98.0).abs() < 1e-6, "{mean}");
    }

    #[test]
    fn same_size_changes_nothing() {
        let image = ramp(13, 9);
        let same = image.view().resize(13, 9).expect("small");
        assert_eq!(same.data(), image.data());
    }

    #[test]
    fn overlap_of_rectangles() {
        let a = Rect {
            x: 0.0,
            y: 0.0,
            width: 2.0,
            height: 2.0,
        };
        let b = Rect {
            x: 1.0,
            y: 0.0,
            width: 2.0,
            height: 2.0,
        };
        assert!((a.overlap(&b) - 1.0 / 3.0).abs() < 1e-6);
        assert_eq!(a.overlap(&Rect { x: 5.0, ..a }), 0.0);
    }
}
