//! A recording called as it stands, whatever was done.

use std::sync::Arc;
use std::time::Duration;

use myna_hal::apdu::CommandApdu;
use myna_hal::card::ControlCode;
use myna_hal::layer::{Dialogue, Operation, Recording, Shape};
use myna_hal::time::Clock;
use myna_hal::{Result, Wait};

use super::Opening;

/// Longer than any recorded call took; one that hung takes as long.
const PATIENCE: Duration = Duration::from_secs(3600);

/// Makes the calls of `recording` on the connections that `open` gives. What comes of them changes
/// nothing.
pub(super) fn play(recording: &Recording, open: &mut Opening<'_>, clock: &Arc<dyn Clock>) {
    for dialogue in recording.dialogues() {
        // That a call fails again is what was recorded.
        let _ = connection(dialogue, open, clock);
    }
}

fn connection(dialogue: &Dialogue, open: &mut Opening<'_>, clock: &Arc<dyn Clock>) -> Result<()> {
    let wait = || Wait::at_most(clock.clone(), PATIENCE);
    let mut card = open(&wait())?;
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
