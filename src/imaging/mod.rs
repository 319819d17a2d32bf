//! Borrowed pixels and their conversions.
//!
//! *For driver authors*: hand pixels on as an [`ImageView`]; its constructor refuses every size
//! that the bytes cannot hold, so that nothing behind it has to check again.
//!
//! *For application authors*: [`decode()`] turns the bytes of a JPEG, PNG or JPEG 2000 picture into
//! an [`Image`]; [`ImageView::to_rgb8`] turns any camera format into RGB.
//!
//! *Contract*: no input makes this room panic. A picture's dimensions are compared with
//! [`MAX_PIXELS`] before memory is allocated for them. Pixels that this room allocates are wiped
//! on drop; the intermediate buffers of the codec libraries behind it (`image`, `hayro-jpeg2000`)
//! are not.

mod codec;
mod convert;
mod error;
mod geometry;
mod jpeg2000;
mod mjpeg;
mod owned;
mod view;

pub use codec::{decode, decode_jpeg, decode_png};
pub use error::{Codec, ImageError};
pub use geometry::Rect;
pub use jpeg2000::{decode_jpeg2000, decode_jpeg2000_lax};
pub use mjpeg::decode_mjpeg;
pub use owned::Image;
pub use view::{ImageView, MAX_PIXELS, MAX_SIDE, PixelFormat};

#[cfg(test)]
mod hostile;
