//! One dialogue in one transaction.

use super::Failure;
use super::memory::Memory;
use super::progress::{Phase, Phases};
use crate::card::{CardConnection, Disposition};
use crate::error::{Error, ErrorKind};
use crate::exchange::{Dialogue, Knowledge, Traffic};
use crate::telemetry;
use crate::wait::Wait;

/// The card, taken.
pub(super) type Talk<'c> = Dialogue<&'c mut dyn CardConnection>;

/// Runs `talk` in one transaction, with what is known of the card, and remembers what was learned
/// whatever came of it.
pub(super) fn in_transaction<T>(
    memory: &mut Memory,
    card: &mut dyn CardConnection,
    phases: &mut Phases<'_>,
    wait: &Wait,
    talk: impl FnOnce(&mut Talk<'_>, &mut Phases<'_>) -> Result<T, Failure>,
) -> Result<(T, Traffic), Failure> {
    let reader = card.reader().name.clone();
    let atr = card.atr().clone();
    let known = memory.store.recall(&reader, &atr);
    let span = telemetry::dialogue();
    let mut dialogue = phases.run(Phase::TakeCard, || begin(card, known, wait))?;
    let result = talk(&mut dialogue, phases);
    let (traffic, learned) = (dialogue.traffic(), dialogue.knowledge());
    let (sent, received) = (traffic.bytes_sent, traffic.bytes_received);
    span.done(traffic.apdus, sent, received, result.is_ok());
    let result = match phases.run(Phase::Release, || dialogue.end()) {
        Ok(_) => result,
        // What was proven stays proven; a card that is gone is locked.
        Err((_, error)) if error.kind() == ErrorKind::NoCard => result,
        Err((_, error)) => result.and(Err(error.into())),
    };
    // After the card was given back: whoever keeps it may write a file.
    memory.learn(&reader, &atr, learned);
    result.map(|value| (value, traffic))
}

/// Takes the card, reconnecting first if it was reset: after our own power cut it always was,
/// and a dialogue assumes nothing of an earlier one.
fn begin<'c>(
    card: &'c mut dyn CardConnection,
    knowledge: Knowledge,
    wait: &Wait,
) -> Result<Talk<'c>, Failure> {
    match Dialogue::begin(card, knowledge, wait) {
        Ok(dialogue) => Ok(dialogue),
        Err((card, error)) if error.kind() == ErrorKind::CardReset => {
            card.reconnect(Disposition::Leave, wait).map_err(held)?;
            Dialogue::begin(card, knowledge, wait).map_err(|(_, error)| held(error))
        }
        Err((_, error)) => Err(held(error)),
    }
}

/// Before the first command it is not the card that keeps silent: somebody else has it.
fn held(error: Error) -> Failure {
    if error.kind() == ErrorKind::TimedOut {
        let busy = Error::new(ErrorKind::Busy, "another program holds the card");
        return Failure::Device(busy.with_source(error));
    }
    error.into()
}

/// `None` when the card has not got it, or not in order; an error when the card is gone.
pub(super) fn optional<T>(result: Result<T, Failure>) -> Result<Option<T>, Failure> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(Failure::NotMyNumberCard | Failure::Protocol(_) | Failure::FileMalformed { .. }) => {
            Ok(None)
        }
        Err(failure) => Err(failure),
    }
}
