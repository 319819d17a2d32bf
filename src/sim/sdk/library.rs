//! The make-believe vendor's library, in the shape of a C interface: status codes, handles that
//! must be closed, results through references.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use zeroize::Zeroizing;

use super::drawing;

/// Status codes of the library. Everything but [`OK`](status::OK) is a failure.
pub mod status {
    /// Done.
    pub const OK: i32 = 0;
    /// The picture is of an impossible size.
    pub const BAD_PICTURE: i32 = -2;
    /// No such handle, or it was closed.
    pub const BAD_HANDLE: i32 = -3;
    /// All handles are open.
    pub const TOO_MANY_HANDLES: i32 = -4;
    /// No template can be made of the picture; the quality flags say why.
    pub const LOW_QUALITY: i32 = -5;
    /// The licence has expired.
    pub const LICENCE_EXPIRED: i32 = -10;
}

/// Quality flags of the library, several at once.
pub mod quality {
    /// Nothing that looks like a head.
    pub const NO_HEAD: u32 = 1;
    /// More than one.
    pub const CROWD: u32 = 1 << 1;
    /// Less than 60 pixels wide.
    pub const SMALL_HEAD: u32 = 1 << 2;
    /// Touches the edge of the picture.
    pub const CUT_HEAD: u32 = 1 << 3;
    /// Too dark.
    pub const DARK: u32 = 1 << 4;
    /// Too bright.
    pub const BRIGHT: u32 = 1 << 5;
}

/// What the library says about a picture.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// How alike, in per cent of nobody knows what.
    pub percent: u8,
    /// Flags of [`quality`]. With any of them set, the per cent mean nothing.
    pub quality: u32,
    /// Left, top, width and height of the head in pixels; all zero without one.
    pub head: [u32; 4],
}

/// Handles that may be open at once.
pub const MAX_HANDLES: usize = 2;

/// The library, as loaded into a process. Clones are the same library.
#[derive(Clone)]
pub struct FakeSdk(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    expired: bool,
    next: u32,
    templates: Vec<(u32, Zeroizing<Vec<f32>>)>,
}

impl FakeSdk {
    /// A library with a valid licence.
    #[must_use]
    pub fn new() -> Self {
        Self(Arc::default())
    }

    /// Makes a template of the one head in a grey picture, which must stay open as long as it is
    /// needed. `handle` is set with [`status::OK`], `flags` with [`status::LOW_QUALITY`].
    #[must_use]
    pub fn enrol(
        &self,
        grey: &[u8],
        (width, height): (u32, u32),
        handle: &mut u32,
        flags: &mut u32,
    ) -> i32 {
        let mut state = self.lock();
        if state.expired {
            return status::LICENCE_EXPIRED;
        }
        if state.templates.len() >= MAX_HANDLES {
            return status::TOO_MANY_HANDLES;
        }
        match drawing::features(grey, width, height) {
            None => status::BAD_PICTURE,
            Some(Err(quality)) => {
                *flags = quality;
                status::LOW_QUALITY
            }
            Some(Ok(found)) => {
                state.next += 1;
                *handle = state.next;
                state.templates.push((*handle, found.template));
                status::OK
            }
        }
    }

    /// Compares the template behind `handle` with the head in a grey picture. `verdict` is set
    /// with [`status::OK`], which says nothing about likeness.
    #[must_use]
    pub fn verify(
        &self,
        handle: u32,
        grey: &[u8],
        (width, height): (u32, u32),
        verdict: &mut Verdict,
    ) -> i32 {
        let state = self.lock();
        if state.expired {
            return status::LICENCE_EXPIRED;
        }
        let Some((_, template)) = state.templates.iter().find(|(open, _)| *open == handle) else {
            return status::BAD_HANDLE;
        };
        let Some(features) = drawing::features(grey, width, height) else {
            return status::BAD_PICTURE;
        };
        *verdict = match features {
            Err(quality) => Verdict {
                quality,
                ..Verdict::default()
            },
            Ok(found) => Verdict {
                percent: drawing::likeness(template, &found.template),
                quality: 0,
                head: found.head,
            },
        };
        status::OK
    }

    /// Wipes the template behind `handle`.
    pub fn close(&self, handle: u32) -> i32 {
        let mut state = self.lock();
        let before = state.templates.len();
        state.templates.retain(|(open, _)| *open != handle);
        if state.templates.len() < before {
            status::OK
        } else {
            status::BAD_HANDLE
        }
    }

    /// Number of handles that are open, for a test to find leaks.
    #[must_use]
    pub fn open_handles(&self) -> usize {
        self.lock().templates.len()
    }

    /// Lets the licence expire, or renews it.
    pub fn set_expired(&self, expired: bool) {
        self.lock().expired = expired;
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for FakeSdk {
    fn default() -> Self {
        Self::new()
    }
}

impl std::fmt::Debug for FakeSdk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("FakeSdk")
    }
}
