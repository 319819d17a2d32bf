//! Camera formats to RGB and grey.

use yuv::{
    YuvBiPlanarImage, YuvConversionMode, YuvPackedImage, YuvRange, YuvStandardMatrix,
    yuv_nv12_to_rgb, yuyv422_to_rgb,
};

use super::jpeg::decode_frame;
use super::{Image, ImageError, ImageView, PixelFormat};

impl ImageView<'_> {
    /// The picture as [`PixelFormat::Rgb8`].
    ///
    /// # Errors
    /// For [`PixelFormat::Mjpeg`] what [`decode_mjpeg`](super::decode_mjpeg) refuses, and
    /// [`ImageError::OtherSize`].
    pub fn to_rgb8(&self) -> Result<Image, ImageError> {
        let mut out = Image::default();
        self.to_rgb8_into(&mut out)?;
        Ok(out)
    }

    /// This picture itself if it is [`PixelFormat::Rgb8`], otherwise what
    /// [`to_rgb8_into`](Self::to_rgb8_into) makes of it in `kept`.
    ///
    /// # Errors
    /// As [`to_rgb8`](Self::to_rgb8).
    pub fn as_rgb8<'a>(&'a self, kept: &'a mut Image) -> Result<ImageView<'a>, ImageError> {
        if self.format() == PixelFormat::Rgb8 {
            return Ok(*self);
        }
        self.to_rgb8_into(kept)?;
        Ok(kept.view())
    }

    /// Like [`to_rgb8`](Self::to_rgb8), in the buffer of `out`: where frames of one size follow
    /// each other, nothing as large as a frame is allocated. When it fails, `out` shows black:
    /// a damaged frame must not pass for the one before.
    ///
    /// # Errors
    /// As [`to_rgb8`](Self::to_rgb8).
    pub fn to_rgb8_into(&self, out: &mut Image) -> Result<(), ImageError> {
        if self.format().is_compressed() {
            let size = (self.width(), self.height());
            return decode_frame(self.data(), Some(size), Some(PixelFormat::Rgb8), out);
        }
        let (width, height) = (self.width(), self.height());
        let row_len = width as usize * 3;
        let data = out.reshape(PixelFormat::Rgb8, width, height)?;
        let rows = (0..height).map(|y| self.row(y));
        match self.format() {
            PixelFormat::Grey8 => {
                for (rgb, row) in data.chunks_exact_mut(row_len).zip(rows) {
                    for (pixel, grey) in rgb.chunks_exact_mut(3).zip(row) {
                        pixel.fill(*grey);
                    }
                }
            }
            PixelFormat::Rgb8 => {
                for (rgb, row) in data.chunks_exact_mut(row_len).zip(rows) {
                    rgb.copy_from_slice(row);
                }
            }
            PixelFormat::Bgr8 => {
                for (rgb, row) in data.chunks_exact_mut(row_len).zip(rows) {
                    for (pixel, bgr) in rgb.chunks_exact_mut(3).zip(row.chunks_exact(3)) {
                        pixel.copy_from_slice(&[bgr[2], bgr[1], bgr[0]]);
                    }
                }
            }
            PixelFormat::Yuyv => self.yuyv_to_rgb(data)?,
            PixelFormat::Nv12 => self.nv12_to_rgb(data)?,
            PixelFormat::Mjpeg => {}
        }
        Ok(())
    }

    /// The picture as [`PixelFormat::Grey8`], luminance by BT.601 (0.299 R + 0.587 G + 0.114 B),
    /// full range.
    ///
    /// # Errors
    /// As [`ImageView::to_rgb8`].
    pub fn to_grey8(&self) -> Result<Image, ImageError> {
        let mut out = Image::default();
        self.to_grey8_into(&mut out)?;
        Ok(out)
    }

    /// Like [`to_grey8`](Self::to_grey8), in the buffer of `out`; what is said of
    /// [`to_rgb8_into`](Self::to_rgb8_into) holds here, too.
    ///
    /// # Errors
    /// As [`to_rgb8`](Self::to_rgb8).
    pub fn to_grey8_into(&self, out: &mut Image) -> Result<(), ImageError> {
        let (width, height) = (self.width(), self.height());
        if self.format().is_compressed() {
            let size = Some((width, height));
            return decode_frame(self.data(), size, Some(PixelFormat::Grey8), out);
        }
        let data = out.reshape(PixelFormat::Grey8, width, height)?;
        for (y, grey) in (0..height).zip(data.chunks_exact_mut(width as usize)) {
            let row = self.row(y);
            match self.format() {
                PixelFormat::Rgb8 => {
                    for (grey, pixel) in grey.iter_mut().zip(row.chunks_exact(3)) {
                        *grey = luminance([pixel[0], pixel[1], pixel[2]]);
                    }
                }
                PixelFormat::Bgr8 => {
                    for (grey, pixel) in grey.iter_mut().zip(row.chunks_exact(3)) {
                        *grey = luminance([pixel[2], pixel[1], pixel[0]]);
                    }
                }
                PixelFormat::Yuyv => {
                    for (grey, pair) in grey.iter_mut().zip(row.chunks_exact(2)) {
                        *grey = full_range(pair[0]);
                    }
                }
                PixelFormat::Nv12 => {
                    for (grey, luma) in grey.iter_mut().zip(row) {
                        *grey = full_range(*luma);
                    }
                }
                PixelFormat::Grey8 => grey.copy_from_slice(row),
                PixelFormat::Mjpeg => {}
            }
        }
        Ok(())
    }

    fn yuyv_to_rgb(&self, rgb: &mut [u8]) -> Result<(), ImageError> {
        let (width, height) = (self.width(), self.height());
        let stride = self.stride32()?;
        let (upper, last) = rgb.split_at_mut((height as usize - 1) * width as usize * 3);
        let convert = |yuy: &[u8], yuy_stride, height, rgb: &mut [u8]| {
            let picture = YuvPackedImage {
                yuy,
                yuy_stride,
                width,
                height,
            };
            yuyv422_to_rgb(&picture, rgb, width * 3, RANGE, MATRIX).map_err(refused)
        };
        if height > 1 {
            convert(self.rows(0, height - 1), stride, height - 1, upper)?;
        }
        // The last row may lack its padding, and the library passes over such a row.
        let row = self.row(height - 1);
        convert(row, row.len() as u32, 1, last)
    }

    fn nv12_to_rgb(&self, rgb: &mut [u8]) -> Result<(), ImageError> {
        let (width, height) = (self.width(), self.height());
        let stride = self.stride32()?;
        // The rows that share the last row of colours, which is converted by itself as above.
        let last_pair = (height - 1) / 2 * 2;
        let (upper, last) = rgb.split_at_mut(last_pair as usize * width as usize * 3);
        let convert = |first, height, uv_plane: &[u8], uv_stride, rgb: &mut [u8]| {
            let picture = YuvBiPlanarImage {
                y_plane: self.rows(first, height),
                y_stride: stride,
                uv_plane,
                uv_stride,
                width,
                height,
            };
            let mode = YuvConversionMode::Balanced;
            yuv_nv12_to_rgb(&picture, rgb, width * 3, RANGE, MATRIX, mode).map_err(refused)
        };
        if last_pair > 0 {
            let colours = self.rows(height, last_pair / 2);
            convert(0, last_pair, colours, stride, upper)?;
        }
        let row = self.row(height + last_pair / 2);
        convert(last_pair, height - last_pair, row, row.len() as u32, last)
    }

    /// The bytes of `count` rows from `first` on; the last one may lack its padding.
    fn rows(&self, first: u32, count: u32) -> &[u8] {
        let start = (self.stride() * first as usize).min(self.data().len());
        let end = (start + self.stride() * count as usize).min(self.data().len());
        &self.data()[start..end]
    }

    fn stride32(&self) -> Result<u32, ImageError> {
        u32::try_from(self.stride()).map_err(|_| ImageError::Unsupported("a stride of 4 GiB"))
    }
}

/// Limited range (16…235, 16…240) and the matrix of BT.601, which USB cameras use unless a
/// colour-matching descriptor says otherwise.
const RANGE: YuvRange = YuvRange::Limited;
const MATRIX: YuvStandardMatrix = YuvStandardMatrix::Bt601;

fn refused(error: yuv::YuvError) -> ImageError {
    ImageError::Unconvertible(error.into())
}

/// BT.601 luminance of an RGB pixel in 16-bit fixed point.
fn luminance([red, green, blue]: [u8; 3]) -> u8 {
    let sum = 19_595 * u32::from(red) + 38_470 * u32::from(green) + 7_471 * u32::from(blue);
    ((sum + 32_768) >> 16) as u8
}

/// Luminance of limited range (16…235) in full range.
fn full_range(luma: u8) -> u8 {
    let above = u32::from(luma.saturating_sub(16));
    ((above * 255 + 109) / 219).min(255) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    fn view(format: PixelFormat, width: u32, height: u32, data: &[u8]) -> ImageView<'_> {
        ImageView::packed(format, width, height, data).expect("sizes agree")
    }

    /// Reference points of BT.601: black, white, and pure red (Y 81, U 90, V 240).
    #[test]
    fn yuyv_reference_colours() {
        let data = [16, 128, 235, 128, 81, 90, 81, 240];
        let image = view(PixelFormat::Yuyv, 4, 1, &data).to_rgb8().expect("raw");
        assert_eq!(&image.data()[..6], [0, 0, 0, 255, 255, 255]);
        let red = &image.data()[6..9];
        assert!(red[0] >= 253 && red[1] <= 2 && red[2] <= 2, "{red:?}");
    }

    #[test]
    fn nv12_shares_colour_between_four_pixels() {
        let data = [81, 81, 16, 235, 90, 240];
        let image = view(PixelFormat::Nv12, 2, 2, &data).to_rgb8().expect("raw");
        assert!(image.data()[0] >= 253 && image.data()[3] >= 253);
        let odd = [16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16];
        let with_colour: Vec<u8> = odd.into_iter().chain([128; 8]).collect();
        let image = view(PixelFormat::Nv12, 3, 3, &with_colour)
            .to_rgb8()
            .expect("raw");
        assert!(image.data().iter().all(|value| *value == 0));
    }

    /// Every size, padded rows and a last row without padding, against one pixel after another.
    /// Values are in their range: below black and beyond white the library clamps earlier.
    #[test]
    fn no_size_and_no_stride_changes_a_pixel() {
        let mut random = crate::random::Random(8);
        for (width, height) in [(1, 1), (1, 7), (2, 2), (31, 3), (33, 4), (64, 5), (130, 6)] {
            for format in [PixelFormat::Yuyv, PixelFormat::Nv12] {
                for padding in [0, 1, 2, 64] {
                    let stride = format.row_bytes(width) + padding;
                    let len = stride * (format.rows(height) - 1) + format.row_bytes(width);
                    let data: Vec<u8> = (0..len).map(|_| 16 + random.below(220) as u8).collect();
                    let view = ImageView::new(format, width, height, stride, &data);
                    let view = view.expect("sizes agree");
                    let image = view.to_rgb8().expect("raw");
                    let grey = view.to_grey8().expect("raw");
                    for (at, pixel) in image.data().chunks_exact(3).enumerate() {
                        let (x, y) = (at % width as usize, (at / width as usize) as u32);
                        let [luma, u, v] = match format {
                            PixelFormat::Yuyv => {
                                let row = view.row(y);
                                [row[2 * x], row[x / 2 * 4 + 1], row[x / 2 * 4 + 3]]
                            }
                            _ => {
                                let colour = view.row(height + y / 2);
                                [view.row(y)[x], colour[x & !1], colour[x | 1]]
                            }
                        };
                        let wanted = bt601(luma, u, v);
                        let far = pixel.iter().zip(wanted).any(|(a, b)| a.abs_diff(b) > 2);
                        let place = format!("{format:?} {width}x{height}+{padding} at {x},{y}");
                        assert!(!far, "{place}: {luma} {u} {v} is {pixel:?}, not {wanted:?}");
                        assert!(grey.data()[at].abs_diff(bt601(luma, 128, 128)[0]) <= 1);
                    }
                }
            }
        }
    }

    /// BT.601, limited range, in floating point.
    fn bt601(y: u8, u: u8, v: u8) -> [u8; 3] {
        let y = (f64::from(y) - 16.0) * 255.0 / 219.0;
        let (u, v) = (f64::from(u) - 128.0, f64::from(v) - 128.0);
        let scale = 255.0 / 224.0;
        let red = y + 1.402 * scale * v;
        let green = y - 0.344_136 * scale * u - 0.714_136 * scale * v;
        let blue = y + 1.772 * scale * u;
        [red, green, blue].map(|value| value.round().clamp(0.0, 255.0) as u8)
    }

    #[test]
    fn odd_width_yuyv_drops_half_a_pair() {
        let data = [235, 128, 235, 128, 16, 128, 99, 128];
        let image = view(PixelFormat::Yuyv, 3, 1, &data).to_rgb8().expect("raw");
        assert_eq!(image.data(), [255, 255, 255, 255, 255, 255, 0, 0, 0]);
    }

    #[test]
    fn grey_and_bgr() {
        let image = view(PixelFormat::Bgr8, 1, 1, &[1, 2, 3])
            .to_rgb8()
            .expect("raw");
        assert_eq!(image.data(), [3, 2, 1]);
        let grey = view(PixelFormat::Rgb8, 2, 1, &[255, 255, 255, 255, 0, 0])
            .to_grey8()
            .expect("raw");
        assert_eq!(grey.data(), [255, 76]);
    }
}
