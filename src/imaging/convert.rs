//! Camera formats to RGB and grey.

use super::{Image, ImageError, ImageView, PixelFormat, decode_mjpeg};

impl ImageView<'_> {
    /// The picture as [`PixelFormat::Rgb8`].
    ///
    /// # Errors
    /// Only for [`PixelFormat::Mjpeg`]: what [`decode_mjpeg`] refuses.
    pub fn to_rgb8(&self) -> Result<Image, ImageError> {
        let mut out = Image::default();
        self.to_rgb8_into(&mut out)?;
        Ok(out)
    }

    /// Like [`to_rgb8`](Self::to_rgb8), in the buffer of `out`: where frames of one size follow
    /// each other, nothing as large as a frame is allocated. When it fails, `out` shows black:
    /// a damaged frame must not pass for the one before.
    ///
    /// # Errors
    /// As [`to_rgb8`](Self::to_rgb8).
    pub fn to_rgb8_into(&self, out: &mut Image) -> Result<(), ImageError> {
        if self.format().is_compressed() {
            return self.decompress_into(out).inspect_err(|_| out.blacken());
        }
        let (width, height) = (self.width(), self.height());
        let data = out.reshape(PixelFormat::Rgb8, width, height)?;
        for (y, rgb) in (0..height).zip(data.chunks_exact_mut(width as usize * 3)) {
            let row = self.row(y);
            match self.format() {
                PixelFormat::Grey8 => {
                    for (pixel, grey) in rgb.chunks_exact_mut(3).zip(row) {
                        pixel.fill(*grey);
                    }
                }
                PixelFormat::Rgb8 => rgb.copy_from_slice(row),
                PixelFormat::Bgr8 => {
                    for (pixel, bgr) in rgb.chunks_exact_mut(3).zip(row.chunks_exact(3)) {
                        pixel.copy_from_slice(&[bgr[2], bgr[1], bgr[0]]);
                    }
                }
                PixelFormat::Yuyv => {
                    // An odd width leaves half a pair over.
                    for (pixels, pair) in rgb.chunks_mut(6).zip(row.chunks_exact(4)) {
                        for (pixel, y) in pixels.chunks_exact_mut(3).zip([pair[0], pair[2]]) {
                            pixel.copy_from_slice(&yuv_to_rgb(y, pair[1], pair[3]));
                        }
                    }
                }
                PixelFormat::Nv12 => {
                    let colour = self.row(height + y / 2).chunks_exact(2);
                    for ((pixels, luminance), uv) in
                        rgb.chunks_mut(6).zip(row.chunks_exact(2)).zip(colour)
                    {
                        for (pixel, y) in pixels.chunks_exact_mut(3).zip(luminance) {
                            pixel.copy_from_slice(&yuv_to_rgb(*y, uv[0], uv[1]));
                        }
                    }
                }
                PixelFormat::Mjpeg => {}
            }
        }
        Ok(())
    }

    fn decompress_into(&self, out: &mut Image) -> Result<(), ImageError> {
        let image = decode_mjpeg(self.data())?;
        if image.format() == PixelFormat::Rgb8 {
            *out = image;
            Ok(())
        } else {
            image.view().to_rgb8_into(out)
        }
    }

    /// The picture as [`PixelFormat::Grey8`], luminance by BT.601 (0.299 R + 0.587 G + 0.114 B),
    /// full range.
    ///
    /// # Errors
    /// As [`ImageView::to_rgb8`].
    pub fn to_grey8(&self) -> Result<Image, ImageError> {
        if self.format() == PixelFormat::Grey8 {
            return self.crop(0, 0, self.width(), self.height());
        }
        let rgb = self.to_rgb8()?;
        let grey = rgb.data().chunks_exact(3).map(luminance).collect();
        Image::from_packed(PixelFormat::Grey8, rgb.width(), rgb.height(), grey)
    }
}

/// BT.601 luminance of an RGB pixel in 16-bit fixed point.
fn luminance(pixel: &[u8]) -> u8 {
    let sum =
        19_595 * u32::from(pixel[0]) + 38_470 * u32::from(pixel[1]) + 7_471 * u32::from(pixel[2]);
    ((sum + 32_768) >> 16) as u8
}

/// BT.601 limited range (16…235, 16…240) in 8-bit fixed point, the range USB cameras use unless
/// a colour-matching descriptor says otherwise.
fn yuv_to_rgb(y: u8, u: u8, v: u8) -> [u8; 3] {
    let y = (i32::from(y) - 16) * 298 + 128;
    let (u, v) = (i32::from(u) - 128, i32::from(v) - 128);
    let clamp = |value: i32| (value >> 8).clamp(0, 255) as u8;
    [
        clamp(y + 409 * v),
        clamp(y - 100 * u - 208 * v),
        clamp(y + 516 * u),
    ]
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
