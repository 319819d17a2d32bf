//! Camera formats to RGB and grey.

use super::{Image, ImageError, ImageView, PixelFormat, decode_mjpeg};

impl ImageView<'_> {
    /// The picture as [`PixelFormat::Rgb8`].
    ///
    /// # Errors
    /// Only for [`PixelFormat::Mjpeg`]: what [`decode_mjpeg`] refuses.
    pub fn to_rgb8(&self) -> Result<Image, ImageError> {
        let (width, height) = (self.width(), self.height());
        let mut data = Vec::new();
        if !self.format().is_compressed() {
            // All of it at once, and the half pair that an odd width has over: a vector that grows
            // leaves unwiped copies behind.
            data.reserve_exact(width as usize * height as usize * 3 + 3);
        }
        match self.format() {
            PixelFormat::Grey8 => {
                for y in 0..height {
                    data.extend(self.row(y).iter().flat_map(|grey| [*grey; 3]));
                }
            }
            PixelFormat::Rgb8 => {
                for y in 0..height {
                    data.extend_from_slice(self.row(y));
                }
            }
            PixelFormat::Bgr8 => {
                for y in 0..height {
                    data.extend(self.row(y).chunks_exact(3).flat_map(|p| [p[2], p[1], p[0]]));
                }
            }
            PixelFormat::Yuyv => {
                for y in 0..height {
                    let before = data.len();
                    for pair in self.row(y).chunks_exact(4) {
                        data.extend(yuv_to_rgb(pair[0], pair[1], pair[3]));
                        data.extend(yuv_to_rgb(pair[2], pair[1], pair[3]));
                    }
                    // An odd width leaves half a pair over.
                    data.truncate(before + width as usize * 3);
                }
            }
            PixelFormat::Nv12 => {
                for y in 0..height {
                    let colour = self.row(height + y / 2);
                    let luminance = self.row(y);
                    for x in 0..width as usize {
                        let (u, v) = (colour[x & !1], colour[x | 1]);
                        data.extend(yuv_to_rgb(luminance[x], u, v));
                    }
                }
            }
            PixelFormat::Mjpeg => {
                let image = decode_mjpeg(self.data())?;
                return if image.format() == PixelFormat::Rgb8 {
                    Ok(image)
                } else {
                    image.view().to_rgb8()
                };
            }
        }
        Image::from_packed(PixelFormat::Rgb8, width, height, data)
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
