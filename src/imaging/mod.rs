//! Borrowed pixels and their conversions.
//!
//! *For driver authors*: hand pixels on as an [`ImageView`]; its constructor refuses every size
//! that the bytes cannot hold, so that nothing behind it has to check again.
//!
//! *For application authors*: [`decode()`] turns the bytes of a JPEG, PNG or JPEG 2000 picture into
//! an [`Image`]; [`ImageView::to_rgb8`] turns any camera format into RGB.
//!
//! *Contract*: no input makes this room panic. A picture's dimensions are compared with
//! [`MAX_PIXELS`] before memory is allocated for them. A damaged picture is an error and is never
//! filled up; the one exception is asked for by name, [`decode_portrait`] with [`Leniency::AllowDamaged`]. What is converted
//! or scaled into an [`Image`] that is kept allocates nothing as large as a frame. Pixels that
//! this room allocates are wiped on drop; the intermediate buffers of the codec libraries behind it
//! (`zune-jpeg`: a row of blocks; `hayro-jpeg2000`: the whole picture; `image`, for PNG) are not.

mod boxes;
mod codec;
mod convert;
mod error;
mod geometry;
mod jpeg;
mod jpeg2000;
mod owned;
mod portrait;
mod view;

pub use codec::{decode, decode_png};
pub use error::{Codec, ImageError};
pub use geometry::Rect;
pub use jpeg::{decode_jpeg, decode_mjpeg, decode_mjpeg_into, mjpeg_length};
pub use jpeg2000::{decode_jpeg2000, decode_jpeg2000_lax};
pub use owned::Image;
pub use portrait::{DecodedPortrait, Leniency, decode_portrait};
pub use view::{ImageView, MAX_PIXELS, MAX_SIDE, PixelFormat};

#[cfg(test)]
mod hostile;
