//! What a dialogue proves, in fixed words.

use std::fmt;

/// One thing that was proven. The list is fixed: nothing else counts as a proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Proven {
    /// The user-authentication certificate was issued under a pinned trust anchor.
    CertificateChain,
    /// The card holds the certificate's private key: only by VERIFY and a signature over a
    /// challenge, or by a government service that did the same.
    CertificatePossession,
    /// The portrait was signed by an issuer under a pinned key.
    PortraitSigned,
    /// The chip that the face record was issued for is present: it signed a fresh challenge with
    /// the *surface* key, which says nothing about the certificate's key.
    ChipPresent,
    /// The face before the camera matches the portrait at the stated false match rate.
    FaceMatch,
    /// The card accepted the 4-digit PIN.
    PinVerified,
    /// Staff compared the person with the printed photo.
    StaffVisual,
}

impl Proven {
    /// Every one, in the order in which they are named.
    pub const ALL: [Self; 7] = [
        Self::CertificateChain,
        Self::CertificatePossession,
        Self::PortraitSigned,
        Self::ChipPresent,
        Self::FaceMatch,
        Self::PinVerified,
        Self::StaffVisual,
    ];

    /// The stable word.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::CertificateChain => "certificate-chain",
            Self::CertificatePossession => "certificate-possession",
            Self::PortraitSigned => "portrait-signed",
            Self::ChipPresent => "chip-present",
            Self::FaceMatch => "face-match",
            Self::PinVerified => "pin-verified",
            Self::StaffVisual => "staff-visual",
        }
    }
}

impl fmt::Display for Proven {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// A set of proven things.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct ProvenSet(u8);

impl ProvenSet {
    /// Nothing proven.
    pub const EMPTY: Self = Self(0);

    /// Whether `proven` is among them.
    #[must_use]
    pub fn contains(self, proven: Proven) -> bool {
        self.0 & (1 << proven as u8) != 0
    }

    /// The set with `proven`.
    #[must_use]
    pub fn with(self, proven: Proven) -> Self {
        Self(self.0 | (1 << proven as u8))
    }

    /// Everything that either holds.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The proven things, in the order of [`Proven::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Proven> {
        Proven::ALL
            .into_iter()
            .filter(move |proven| self.contains(*proven))
    }
}

impl FromIterator<Proven> for ProvenSet {
    fn from_iter<I: IntoIterator<Item = Proven>>(proven: I) -> Self {
        proven.into_iter().fold(Self::EMPTY, Self::with)
    }
}

impl fmt::Debug for ProvenSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set()
            .entries(self.iter().map(Proven::code))
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_in_fixed_order() {
        let proven = ProvenSet::EMPTY
            .with(Proven::PinVerified)
            .with(Proven::CertificateChain)
            .with(Proven::PinVerified);
        let words: Vec<_> = proven.iter().map(Proven::code).collect();
        assert_eq!(words, ["certificate-chain", "pin-verified"]);
        assert!(!proven.contains(Proven::FaceMatch));
        assert_eq!(
            Proven::ALL
                .into_iter()
                .collect::<ProvenSet>()
                .iter()
                .count(),
            7
        );
    }
}
