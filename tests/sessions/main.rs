//! Whole sessions on virtual devices and virtual time: everything that can go wrong at every
//! moment of every path, thousands of them in one process, and how long they take.
#![allow(
    clippy::print_stdout,
    reason = "figures and tables, shown with --nocapture"
)]
#![allow(clippy::panic, reason = "a test that fails says why")]

mod allocator;
mod devices;
mod external;
mod faults;
mod identity;
mod late;
mod matrix;
mod moments;
mod patient;
mod reception;
#[cfg(feature = "serde")]
mod report;
mod shutdown;
mod soak;
mod two_readers;

use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

/// Who measures the whole process is alone in it.
static PROCESS: RwLock<()> = RwLock::new(());

fn beside_others() -> RwLockReadGuard<'static, ()> {
    PROCESS.read().unwrap_or_else(PoisonError::into_inner)
}

fn alone() -> RwLockWriteGuard<'static, ()> {
    PROCESS.write().unwrap_or_else(PoisonError::into_inner)
}
