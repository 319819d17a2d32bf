//! How drivers start threads.

use std::sync::Arc;

use crate::error::{Error, ErrorKind, Result};
use crate::time::Clock;

/// Starts a thread that takes part in `clock` from now on; `subject` is what it is for, in the words of
/// the error.
///
/// # Errors
/// `Unavailable`: the system has no thread left.
pub(super) fn start(
    clock: &Arc<dyn Clock>,
    name: &str,
    subject: &str,
    work: impl FnOnce() + Send + 'static,
) -> Result<()> {
    let seat = clock.participant();
    std::thread::Builder::new()
        .name(name.to_owned())
        .spawn(move || {
            let _seat = seat.enter();
            work();
        })
        .map(drop)
        .map_err(|source| {
            let context = format!("no thread can be started for the {subject}");
            Error::new(ErrorKind::Unavailable, context).with_source(source)
        })
}
