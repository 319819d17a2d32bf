//! A list of what a face-authentication reader has no business with.

use super::files::{Df, Place};

/// A client touched something that a face-authentication reader must leave alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Violation {
    /// Number of the command in the life of the card, as in the log.
    pub number: u64,
    /// What was selected, read, verified or used.
    pub what: Forbidden,
}

/// What is forbidden: the My Number in every form, because the Number Act allows hardly anybody
/// to handle it, and the signature key with everything about it, because it is a seal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Forbidden {
    /// 照合番号A: surface EF `0013`, text EF `0014`.
    CodeA,
    /// The My Number as text (text EF `0001`) or as an image (surface EF `0005`).
    Number,
    /// The signature key, JPKI EF `001A`.
    SignKey,
    /// The password of the signature key, JPKI EF `001B`.
    SignPassword,
    /// The signature certificate with name and address, JPKI EF `0001`.
    SignCertificate,
}

pub(super) fn forbidden(place: Place) -> Option<Forbidden> {
    Some(match place {
        (Df::Surface, 0x13) | (Df::Text, 0x14) => Forbidden::CodeA,
        (Df::Surface, 0x05) | (Df::Text, 0x01) => Forbidden::Number,
        (Df::Jpki, 0x1a) => Forbidden::SignKey,
        (Df::Jpki, 0x1b) => Forbidden::SignPassword,
        (Df::Jpki, 0x01) => Forbidden::SignCertificate,
        _ => return None,
    })
}
