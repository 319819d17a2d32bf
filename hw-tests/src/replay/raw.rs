//! A recording called as it stands, whatever was done.

use std::sync::Arc;
use std::time::Duration;

use myna_hal::apdu::CommandApdu;
use myna_hal::card::{CardConnection, CardReader as _, ControlCode};
use myna_hal::layer::{Dialogue, Operation, Record, Recording, Replay, Shape, Sink};
use myna_hal::time::Clock;
use myna_hal::{Result, Wait};

/// Longer than any recorded call took; one that hung takes as long.
const PATIENCE: Duration = Duration::from_secs(3600);

/// Makes the calls of `recording`, and writes into `sink` what comes of them, which changes nothing.
pub(super) fn play(recording: &Recording, replay: &Replay, sink: &Sink, clock: &Arc<dyn Clock>) {
    for dialogue in recording.dialogues() {
        // That a call fails again is what was recorded.
        let _ = connection(dialogue, replay, sink, clock);
    }
}

fn connection(
    dialogue: &Dialogue,
    replay: &Replay,
    sink: &Sink,
    clock: &Arc<dyn Clock>,
) -> Result<()> {
    let wait = || Wait::at_most(clock.clone(), PATIENCE);
    let mut card: Box<dyn CardConnection> = match dialogue.steps.first().map(|it| &it.operation) {
        Some(Operation::Connect(mode)) => {
            let mut reader = Record::reader(replay.clone(), sink.clone(), clock.clone());
            reader.connect(*mode, &wait())?
        }
        _ => {
            let open = replay.connection(&wait())?;
            Box::new(Record::connection(open, sink.clone(), clock.clone()))
        }
    };
    for step in dialogue.steps.iter().skip(1) {
        let wait = wait();
        match &step.operation {
            Operation::Transmit(shape) => drop(card.transmit(&command(shape)?, &wait)),
            Operation::Begin => drop(card.begin_transaction(&wait)),
            Operation::End(disposition) => drop(card.end_transaction(*disposition)),
            Operation::Reconnect(disposition) => drop(card.reconnect(*disposition, &wait)),
            Operation::Control(code, length) => {
                drop(card.control(ControlCode(*code), &vec![0; *length], &wait));
            }
            Operation::Disconnect(disposition) => return card.disconnect(*disposition),
            _ => {}
        }
    }
    Ok(())
}

/// A command of this shape, its data zeros where it was not written.
fn command(shape: &Shape) -> Result<CommandApdu> {
    let zeros = vec![0; shape.nc];
    let data = shape.name.as_deref().unwrap_or(&zeros);
    CommandApdu::new(shape.header, data, shape.ne, shape.form)
}
