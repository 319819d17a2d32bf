//! The My Number Card: its applications, what they hold, and what a dialogue with it proves.
//!
//! *For application authors*: make a [`Client`] with the trust anchors of the deployment and call
//!
//! - [`Client::screen`] when a card arrives: certificate, tries left, expiry, without any PIN;
//! - [`Client::face_record`] with the printed card-face code (照合番号B): the portrait, verified,
//!   from a chip that is present;
//! - [`Client::authenticate`] with a PIN pad: a signature over the caller's challenge.
//!
//! Each returns one value that says what was proven, in fixed words ([`Proven`]), or a
//! [`Failure`] with a stable code. Nothing here reads the My Number, a name or an address: a
//! kiosk does not need them, and there is no function for it.
//!
//! *What is not proven here*: that a certificate is not revoked. Only accredited verifiers can
//! ask J-LIS; a kiosk learns it from the eligibility service.
//!
//! The facts about the card (application and file identifiers, access rules, tags) are not from
//! an official publication; they are what several independent public clients agree on, or what
//! one of them observed. Where only one source knows, the item says "observed".

mod card_face_code;
mod certificate;
mod change;
mod client;
mod common;
mod cv_certificate;
mod face_record;
mod failure;
mod jpki;
mod printed_birth;
mod proof;
mod signature;
mod surface;
mod trust;

#[cfg(all(test, feature = "sim"))]
mod tests;

pub use crate::exchange::{RetryGuard, Traffic};
pub use card_face_code::{CardFaceCode, CardFaceCodeError};
pub use certificate::{CertificateError, CertificateValidity, UserCertificate};
pub use client::{Authentication, Client, FaceProof, PinOptions, Screening};
pub use common::CardData;
pub use cv_certificate::{CvCertificate, KeyId};
pub use face_record::{
    FaceRecordError, UnverifiedFaceRecord, VerifiedFaceRecord, VerifiedPortrait,
};
pub use failure::Failure;
pub use jpki::{CertificateAvailability, TokenInfo, TokenKind};
pub use printed_birth::{Era, PrintedBirth};
pub use proof::{Proven, ProvenSet};
pub use signature::KeyError;
pub use trust::{TrustError, TrustStore};
