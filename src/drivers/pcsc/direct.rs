//! Questions to a reader itself, whatever is in it.

use std::ffi::CStr;
use std::sync::Arc;

use super::context::{Context, disconnect};
use super::error::from_pcsc;
use super::thread::ReaderThread;
use crate::drivers::worker::FAREWELL;
use crate::error::Result;
use crate::time::Clock;
use crate::wait::Wait;

/// Puts `question` to a reader through a direct connection, which needs no card and does nothing
/// to one. It waits for the transaction of whoever has one open, and is given up after two
/// seconds; `question` is put nevertheless when its turn comes.
///
/// # Errors
/// `Busy`, `NotFound`, `Unavailable`, `TimedOut`.
pub(super) fn ask<A: Send + 'static>(
    clock: &Arc<dyn Clock>,
    reader: &CStr,
    question: impl Fn(&pcsc::Card) -> A + Send + 'static,
) -> Result<A> {
    let name = reader.to_owned();
    let mut thread = ReaderThread::spawn(clock, reader, move |port| {
        while port.next().is_some() {
            port.reply(put(&name, &question));
        }
    })?;
    let wait = Wait::at_most(clock.clone(), FAREWELL);
    let answer = thread.call((), &wait);
    // Within the same two seconds: the drop below finds the thread gone, or left to itself.
    thread.close(&wait);
    answer?
}

/// Asks in a context of its own, which is alive as it is new.
fn put<A>(reader: &CStr, question: &impl Fn(&pcsc::Card) -> A) -> Result<A> {
    let context = Context::establish().map_err(from_pcsc)?;
    let card = context
        .connect(reader, pcsc::ShareMode::Direct, pcsc::Protocols::UNDEFINED)
        .map_err(from_pcsc)?;
    let answer = question(&card);
    // Dropping would reset a card that another program is talking to.
    let _ = disconnect(card, pcsc::Disposition::LeaveCard);
    Ok(answer)
}
