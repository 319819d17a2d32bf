//! The portrait that a virtual card carries.

use std::path::Path;

use myna_hal::imaging::decode;
use myna_hal::sim::card::MAX_PORTRAIT;

/// First box of every JP2 file (ISO/IEC 15444-1 §I.5.1).
pub const JP2: [u8; 12] = *b"\0\0\0\x0cjP  \r\n\x87\n";

/// Size of an encoded portrait; real ones have a few kilobytes.
pub const PORTRAIT_BYTES: usize = 4500;

/// Reads a picture: JPEG 2000 (JP2) as it is; JPEG and PNG are cut and encoded as on a chip.
pub fn read(path: &Path) -> Result<Vec<u8>, String> {
    let at = |error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
    let picture = std::fs::read(path).map_err(|error| at(&error))?;
    if picture.starts_with(&JP2) {
        return if picture.len() <= MAX_PORTRAIT {
            Ok(picture)
        } else {
            Err(at(&format!(
                "more than the {MAX_PORTRAIT} bytes that fit on the card"
            )))
        };
    }
    let picture = decode(&picture).map_err(|error| at(&error))?;
    super::jp2::chip_portrait(&picture.view(), PORTRAIT_BYTES).map_err(|error| at(&error))
}
