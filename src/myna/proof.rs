//! What a dialogue proves, in fixed words.

use std::fmt;

/// One thing that was proven.
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

/// A set of proven things, in the order of the list above.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proof(Vec<Proven>);

impl Proof {
    /// Nothing proven.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds one thing. Only the code that saw the evidence calls this.
    pub(crate) fn add(&mut self, proven: Proven) {
        if let Err(at) = self.0.binary_search(&proven) {
            self.0.insert(at, proven);
        }
    }

    /// Everything that either proved.
    pub(crate) fn merge(&mut self, other: &Self) {
        other.iter().for_each(|proven| self.add(proven));
    }

    /// Whether `proven` is among them.
    #[must_use]
    pub fn contains(&self, proven: Proven) -> bool {
        self.0.binary_search(&proven).is_ok()
    }

    /// The proven things.
    pub fn iter(&self) -> impl Iterator<Item = Proven> + '_ {
        self.0.iter().copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_in_fixed_order() {
        let mut proof = Proof::new();
        proof.add(Proven::PinVerified);
        proof.add(Proven::CertificateChain);
        proof.add(Proven::PinVerified);
        let words: Vec<_> = proof.iter().map(Proven::code).collect();
        assert_eq!(words, ["certificate-chain", "pin-verified"]);
        assert!(!proof.contains(Proven::FaceMatch));
    }
}
