//! What can be wrong with a picture.

use crate::error::{Error, ErrorKind, Source};

/// A compressed picture format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Codec {
    /// JPEG (ITU-T T.81), also as a frame of a motion JPEG stream.
    Jpeg,
    /// PNG (ISO/IEC 15948).
    Png,
    /// JPEG 2000 (ISO/IEC 15444-1), JP2 file or bare codestream.
    Jpeg2000,
}

impl Codec {
    /// The format's name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Jpeg => "JPEG",
            Self::Png => "PNG",
            Self::Jpeg2000 => "JPEG 2000",
        }
    }
}

impl std::fmt::Display for Codec {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// A picture that cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImageError {
    /// Width, height, stride and number of bytes contradict each other.
    #[error("{width}x{height} pixels with a stride of {stride} bytes do not fit {len} bytes")]
    Impossible {
        /// Pixels in a row.
        width: u32,
        /// Rows.
        height: u32,
        /// Bytes from one row to the next.
        stride: usize,
        /// Bytes there are.
        len: usize,
    },
    /// The picture is larger than [`MAX_PIXELS`](super::MAX_PIXELS) or
    /// [`MAX_SIDE`](super::MAX_SIDE) allow. Nothing was allocated for it.
    #[error("a picture of {width}x{height} pixels is larger than this library accepts")]
    TooLarge {
        /// Pixels in a row, as claimed.
        width: u32,
        /// Rows, as claimed.
        height: u32,
    },
    /// The picture is of another size than was announced for it.
    #[error("the picture has {width}x{height} pixels and not the {} x {} announced", announced.0, announced.1)]
    OtherSize {
        /// Pixels in a row, as its own header says.
        width: u32,
        /// Rows, as its own header says.
        height: u32,
        /// Width and height by the mode of the camera.
        announced: (u32, u32),
    },
    /// Neither JPEG, PNG nor JPEG 2000.
    #[error("the bytes are neither JPEG nor PNG nor JPEG 2000")]
    UnknownFormat,
    /// The bytes break the rules of their format, or end too early.
    #[error("malformed {codec} data")]
    Malformed {
        /// The format.
        codec: Codec,
        /// What the decoder said.
        #[source]
        source: Source,
    },
    /// The pixels could not be converted.
    #[error("the pixels could not be converted")]
    Unconvertible(#[source] Source),
    /// The picture is well-formed but of a kind that portraits and camera frames do not use.
    #[error("{0} is not supported")]
    Unsupported(&'static str),
}

impl ImageError {
    /// Whether the picture was refused for its size, before anything was allocated for it.
    #[must_use]
    pub fn is_too_large(&self) -> bool {
        matches!(self, Self::TooLarge { .. })
    }
}

impl From<ImageError> for Error {
    /// [`ErrorKind::InvalidInput`], [`ErrorKind::Unsupported`] for [`ImageError::Unsupported`].
    fn from(error: ImageError) -> Self {
        let kind = match error {
            ImageError::Unsupported(_) => ErrorKind::Unsupported,
            _ => ErrorKind::InvalidInput,
        };
        Error::new(kind, "the picture cannot be used").with_source(error)
    }
}
