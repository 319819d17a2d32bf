//! Portraits of identity documents: as the issuer wrote them, or a reported downgrade.

use super::{Image, ImageError, decode_jpeg2000, decode_jpeg2000_lax};

/// What becomes of a damaged portrait.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Leniency {
    /// It is refused.
    #[default]
    Strict,
    /// The best is made of it, and that is said.
    AllowDamaged,
}

/// A portrait, and whether it is whole.
#[derive(Debug)]
pub struct DecodedPortrait {
    /// The picture.
    pub image: Image,
    /// Why it is not what the issuer's file stands for; `None` if it is. Whoever goes on with a
    /// damaged portrait has to report it.
    pub damage: Option<ImageError>,
}

/// Decodes a JPEG 2000 portrait, strictly first. Only if that fails because of damage, and only
/// if `leniency` allows it, the best is made of the rest.
///
/// # Errors
/// What [`decode_jpeg2000`] says, when the portrait is too large, is of a kind that is not
/// supported, is damaged and may not be, or when nothing can be made of it.
pub fn decode_portrait(bytes: &[u8], leniency: Leniency) -> Result<DecodedPortrait, ImageError> {
    match (decode_jpeg2000(bytes), leniency) {
        (Ok(image), _) => Ok(DecodedPortrait {
            image,
            damage: None,
        }),
        (Err(damage @ ImageError::Malformed { .. }), Leniency::AllowDamaged) => {
            match decode_jpeg2000_lax(bytes) {
                Ok(image) => Ok(DecodedPortrait {
                    image,
                    damage: Some(damage),
                }),
                Err(_) => Err(damage),
            }
        }
        (Err(error), _) => Err(error),
    }
}

#[cfg(all(test, feature = "sim"))]
mod tests {
    use super::*;
    use crate::sim::DRAWN_FACE_JP2;

    #[test]
    fn a_whole_portrait_is_whole_whatever_is_allowed() {
        for leniency in [Leniency::Strict, Leniency::AllowDamaged] {
            let portrait = decode_portrait(DRAWN_FACE_JP2, leniency).expect("ours");
            assert!(portrait.damage.is_none());
            assert_eq!(portrait.image.width(), 378);
        }
    }

    #[test]
    fn a_damaged_portrait_is_refused_or_reported() {
        let cut = &DRAWN_FACE_JP2[..DRAWN_FACE_JP2.len() * 9 / 10];
        assert!(decode_portrait(cut, Leniency::Strict).is_err());
        let portrait = decode_portrait(cut, Leniency::AllowDamaged).expect("nine tenths of it");
        assert!(matches!(
            portrait.damage,
            Some(ImageError::Malformed { .. })
        ));
        let nothing = decode_portrait(&DRAWN_FACE_JP2[..60], Leniency::AllowDamaged);
        assert!(matches!(nothing, Err(ImageError::Malformed { .. })));
    }

    #[test]
    fn size_is_no_damage() {
        let mut bytes = DRAWN_FACE_JP2.to_vec();
        let start = bytes
            .windows(4)
            .position(|window| window == [0xff, 0x4f, 0xff, 0x51])
            .expect("a codestream");
        for field in [0, 1, 4, 5] {
            let at = start + 8 + 4 * field;
            bytes[at..at + 4].copy_from_slice(&100_000u32.to_be_bytes());
        }
        let refused = decode_portrait(&bytes, Leniency::AllowDamaged);
        assert!(matches!(refused, Err(ImageError::TooLarge { .. })));
    }
}
