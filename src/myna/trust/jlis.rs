//! The authorities of J-LIS as this crate was built with them, and where each came from.
//!
//! *For whoever decides about a deployment*: J-LIS publishes its CA certificates at
//! <https://www.jpki.go.jp/ca/>. The copies here come from another public project, were compared
//! with further ones where there are any ([`Provenance::carried_by`]), and never with that page.
//! The card-verifiable keys were never published as far as is known: they are **observed**,
//! pinned because people found that the certificates on their cards verify with them. Compare the fingerprints, and where these copies are not enough use
//! [`TrustStore::from_pem`](super::TrustStore::from_pem) with your own.
//!
//! All are here so that they can be compared; [`TrustStore::jlis`](super::TrustStore::jlis) trusts
//! only what this library verifies with:
//!
//! - the CAs for user authentication, all three generations. The first ended in 2025 and no
//!   certificate under it is valid beyond that; one is still read, for the grace that the
//!   health-insurance use allows;
//! - the key of the card-surface application, which certifies the issuers of face records.
//!
//! The CAs for digital signatures are not trusted: the library does not read signature
//! certificates, and one must never pass as a user-authentication certificate. Neither are the
//! keys of the text application and of the card manager, which it does not read either.
//!
//! J-LIS's test hierarchy is not here at all. Who works with test cards names its CAs in a trust
//! file.

/// What an authority's certificates are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Purpose {
    /// User authentication (利用者証明用).
    UserAuthentication,
    /// Digital signatures (署名用).
    DigitalSignature,
    /// Records of the card-surface application (券面事項確認AP), with the portrait.
    SurfaceRecords,
    /// Records of the text application (券面事項入力補助AP).
    TextRecords,
    /// The card manager's certificates.
    CardManager,
}

/// Whose word an anchor rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Origin {
    /// J-LIS publishes it at this address, as public projects report.
    Published(&'static str),
    /// Observed: found on cards. No official publication is known.
    Observed,
}

/// Where a copy came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Provenance {
    /// Whose word it rests on.
    pub origin: Origin,
    /// Public projects that carry the same certificate or key; the copy is the first one's.
    pub carried_by: &'static [&'static str],
}

/// A root certificate.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Root {
    /// What its certificates are for.
    pub purpose: Purpose,
    /// J-LIS's number of the generation.
    pub generation: u8,
    /// The certificate.
    pub pem: &'static str,
    /// SHA-256 of its DER, in hexadecimal.
    pub fingerprint: &'static str,
    /// First and last instant of validity.
    pub validity: (&'static str, &'static str),
    /// Where the copy came from.
    pub provenance: Provenance,
}

/// A key for card-verifiable certificates.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct CvKey {
    /// What its certificates are for.
    pub purpose: Purpose,
    /// The digits of its key identifier.
    pub name: &'static str,
    /// Key identifier and SubjectPublicKeyInfo in a `MYNA CV KEY` block.
    pub pem: &'static str,
    /// SHA-256 of key identifier and DER SubjectPublicKeyInfo, in hexadecimal.
    pub fingerprint: &'static str,
    /// Where the copy came from.
    pub provenance: Provenance,
}

/// The crate that every copy was taken from, under the MIT licence. See `jlis/SOURCES.md`.
const MYNA_CARD: &str = "myna-card 3.3.4 (crates.io)";
const MYNA: &str = "myna 0.3.0 (crates.io)";
const JPKI_MYNA: &str = "jpki/myna (GitHub)";
const JPKI_LOCAL_SIGNER: &str = "nunnun/jpki-local-signer (GitHub)";
const PYMYNA: &str = "hebingchang/pymyna (GitHub)";

/// The root certificates: three generations of each kind, and each kind under one name.
pub const ROOTS: [Root; 6] = [
    Root {
        purpose: Purpose::UserAuthentication,
        generation: 1,
        pem: include_str!("jlis/authca01.pem"),
        fingerprint: "4dcfc4ca0aaf9fb2a3081b3f0c991c320b3acc008667a341eeaec5af1d58ca7d",
        validity: ("2015-10-20T03:08:13Z", "2025-10-19T14:59:59Z"),
        provenance: Provenance {
            origin: Origin::Published("https://www.jpki.go.jp/ca/pdf/authca01.cer"),
            carried_by: &[MYNA_CARD, MYNA, JPKI_MYNA],
        },
    },
    Root {
        purpose: Purpose::UserAuthentication,
        generation: 2,
        pem: include_str!("jlis/authca02.pem"),
        fingerprint: "0d98de47fc11b7f67126874b7028b6026a803d2638d6edfe53176953961fade6",
        validity: ("2019-09-14T23:41:59Z", "2029-09-14T14:59:59Z"),
        provenance: Provenance {
            origin: Origin::Published("https://www.jpki.go.jp/ca/pdf/authca02.cer"),
            carried_by: &[MYNA_CARD],
        },
    },
    Root {
        purpose: Purpose::UserAuthentication,
        generation: 3,
        pem: include_str!("jlis/authca03.pem"),
        fingerprint: "64114f29620c24ed2631d46476a040e7ee740d956089c00b036a6a8118c322b5",
        validity: ("2023-07-16T01:01:04Z", "2033-07-15T14:59:59Z"),
        provenance: Provenance {
            origin: Origin::Published("https://www.jpki.go.jp/ca/pdf/authca03.cer"),
            carried_by: &[MYNA_CARD, JPKI_MYNA],
        },
    },
    Root {
        purpose: Purpose::DigitalSignature,
        generation: 1,
        pem: include_str!("jlis/signca01.pem"),
        fingerprint: "19645405a1fe14377434bd55957628ac4038557c542403a2243f21c706fc9355",
        validity: ("2015-10-20T02:40:28Z", "2025-10-19T14:59:59Z"),
        provenance: Provenance {
            origin: Origin::Published("https://www.jpki.go.jp/ca/pdf/signca01.cer"),
            carried_by: &[MYNA_CARD, JPKI_MYNA, JPKI_LOCAL_SIGNER],
        },
    },
    Root {
        purpose: Purpose::DigitalSignature,
        generation: 2,
        pem: include_str!("jlis/signca02.pem"),
        fingerprint: "79679c33e4cc9319440f1ad120a597ff1844e2ef217063adb176966fd5e6fbeb",
        validity: ("2019-09-14T23:41:56Z", "2029-09-14T14:59:59Z"),
        provenance: Provenance {
            origin: Origin::Published("https://www.jpki.go.jp/ca/pdf/signca02.cer"),
            carried_by: &[MYNA_CARD, JPKI_LOCAL_SIGNER],
        },
    },
    Root {
        purpose: Purpose::DigitalSignature,
        generation: 3,
        pem: include_str!("jlis/signca03.pem"),
        fingerprint: "d227f6cde11d35c5252178f106f843d24651944975413b539fa2fb68dbfa365f",
        validity: ("2023-07-16T00:50:27Z", "2033-07-15T14:59:59Z"),
        provenance: Provenance {
            origin: Origin::Published("https://www.jpki.go.jp/ca/pdf/signca03.cer"),
            carried_by: &[MYNA_CARD, JPKI_MYNA, JPKI_LOCAL_SIGNER],
        },
    },
];

/// The card-verifiable keys known publicly, all observed.
pub const CV_KEYS: [CvKey; 3] = [
    CvKey {
        purpose: Purpose::CardManager,
        name: "5000020",
        pem: include_str!("jlis/cv5000020.pem"),
        fingerprint: "2f06fd99988c495a8c0b2b84f1b2aeac73158370629b641cd3b3131bc90fd006",
        provenance: Provenance {
            origin: Origin::Observed,
            carried_by: &[MYNA_CARD],
        },
    },
    CvKey {
        purpose: Purpose::SurfaceRecords,
        name: "5000023",
        pem: include_str!("jlis/cv5000023.pem"),
        fingerprint: "e561330e404592f45de11a3c59f4a59b35ea12d87ef87e6748740b1fd745cc0b",
        provenance: Provenance {
            origin: Origin::Observed,
            carried_by: &[MYNA_CARD, PYMYNA],
        },
    },
    CvKey {
        purpose: Purpose::TextRecords,
        name: "5000033",
        pem: include_str!("jlis/cv5000033.pem"),
        fingerprint: "1504dbb4dca23953d083b665028b092dbb8fdafc90af6c0f12ddfd52c2db929e",
        provenance: Provenance {
            origin: Origin::Observed,
            carried_by: &[MYNA_CARD, PYMYNA],
        },
    },
];

/// What [`TrustStore::jlis`](super::TrustStore::jlis) trusts.
pub(super) fn trusted_pem() -> String {
    let roots = ROOTS
        .iter()
        .filter(|root| root.purpose == Purpose::UserAuthentication)
        .map(|root| root.pem);
    let keys = CV_KEYS
        .iter()
        .filter(|key| key.purpose == Purpose::SurfaceRecords)
        .map(|key| key.pem);
    roots.chain(keys).collect()
}
