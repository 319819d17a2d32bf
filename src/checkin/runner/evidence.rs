//! What the card gave that the government side wants to see. One session's, then wiped.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::error::ErrorKind;
use crate::myna::UserCertificate;

/// Shared by the lanes; locked only to read or write, never while something blocks.
#[derive(Clone, Default)]
pub(super) struct Evidence(Arc<Mutex<Held>>);

#[derive(Default)]
struct Held {
    certificate: Option<Arc<UserCertificate>>,
    challenge: Option<Result<Vec<u8>, ErrorKind>>,
    signature: Vec<u8>,
}

impl Evidence {
    pub(super) fn set_certificate(&self, certificate: UserCertificate) {
        self.lock().certificate = Some(Arc::new(certificate));
    }

    pub(super) fn certificate(&self) -> Option<Arc<UserCertificate>> {
        self.lock().certificate.clone()
    }

    /// What the government side wants signed, or why it could not be asked.
    pub(super) fn set_challenge(&self, challenge: Result<Vec<u8>, ErrorKind>) {
        self.lock().challenge = Some(challenge);
    }

    pub(super) fn challenge(&self) -> Option<Result<Vec<u8>, ErrorKind>> {
        self.lock().challenge.clone()
    }

    pub(super) fn set_signature(&self, signature: Vec<u8>) {
        self.lock().signature = signature;
    }

    pub(super) fn signature(&self) -> Vec<u8> {
        self.lock().signature.clone()
    }

    /// Called when the session is over, not at every wipe: the government side is asked after
    /// PIN and portrait are gone.
    pub(super) fn clear(&self) {
        *self.lock() = Held::default();
    }

    fn lock(&self) -> MutexGuard<'_, Held> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
