//! The My Number Card: its applications, what they hold, and what a dialogue with it proves.
//!
//! *For application authors*: make a [`Client`] with the trust anchors of the deployment
//! ([`TrustStore::jlis`] for people's cards) and call
//!
//! - [`Client::screen`] when a card arrives: certificate, tries left, expiry, without any PIN;
//! - [`Client::face_reader`] with the printed card-face code (照合番号B): certificate, expiry, and
//!   the portrait, verified, from a chip that is present; [`Client::face_record`] without the
//!   first two;
//! - [`Client::authenticate`] with a PIN pad: a signature over the caller's challenge; or
//!   [`Client::authenticate_prepared`], when the pad has asked already;
//! - [`Client::change_pin`] with a PIN pad: a new PIN for the user-authentication certificate.
//!
//! Each returns one value that says what was proven, in fixed words ([`Proven`]), and how long
//! each part took ([`Timing`]), or a [`Failure`] with a stable code; a change of the PIN proves
//! nothing and returns nothing. What a dialogue is doing is told while it runs
//! ([`Client::with_progress`]). Nothing here reads the My Number, a name or an address: a kiosk does
//! not need them, and there is no function for it.
//!
//! *What can go wrong*: [`Failure`] says it, and [`Failure::code`] names it for screens and logs.
//! After `PinUnanswered` a try may be gone, and after `PinChangeUnanswered` either PIN may be in
//! force; nothing is sent again by itself. The last try of a PIN is kept unless the caller's
//! [`RetryGuard`] gives it up.
//!
//! *What is not proven here*: that a certificate is not revoked. Only accredited verifiers can
//! ask J-LIS; a kiosk learns it from the eligibility service.
//!
//! The facts about the card (application and file identifiers, access rules, tags) are not from
//! an official publication; they are what several independent public clients agree on, or what
//! one of them observed. Where only one source knows, the item says "observed". No real card was
//! at hand: dialogues and their times are tested with the virtual one.

mod authenticate;
mod card_face_code;
mod certificate;
mod change;
mod client;
mod common;
mod cv_certificate;
mod face_reader;
mod face_record;
mod failure;
mod jpki;
mod memory;
mod overlap;
mod printed_birth;
mod progress;
mod proof;
mod public_key;
mod signature;
mod surface;
mod transaction;
mod trust;

#[cfg(all(test, feature = "sim"))]
mod tests;

pub use crate::exchange::{RetryGuard, Traffic};
pub use crate::imaging::{DecodedPortrait, ImageError, Leniency};
pub use authenticate::{Authentication, PinOptions};
pub use card_face_code::{CardFaceCode, CardFaceCodeError};
pub use certificate::{CertificateError, CertificateValidity, UserCertificate};
pub use client::{Client, Screening};
pub use common::CardData;
pub use cv_certificate::{CvCertificate, KeyId};
pub use face_reader::{FaceOptions, FaceProof, FaceReading};
pub use face_record::{
    FaceRecordError, UnverifiedFaceRecord, VerifiedFaceRecord, VerifiedPortrait,
};
pub use failure::Failure;
pub use jpki::{CertificateAvailability, TokenInfo, TokenKind};
pub use printed_birth::{Era, PrintedBirth};
pub use progress::{Phase, PhaseTime, Progress, Timing};
pub use proof::{Proven, ProvenSet};
pub use public_key::KeyError;
pub use signature::KeyType;
pub use trust::{Hierarchy, TrustError, TrustStore, jlis};
