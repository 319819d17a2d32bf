//! Listens to what a reader says by itself: that a card came or went.

use std::sync::{Arc, Weak};
use std::time::Duration;

use super::channel::SILENCE;
use super::device::Device;
use super::message::slot_changes;
use super::transport::Notifications;
use crate::error::{Error, ErrorKind, Result};
use crate::time::{Clock, Wake};

/// The pace of looking at a reader that says nothing by itself, and of seeing whether anybody
/// still wants to know.
const LOOK: Duration = Duration::from_millis(400);

/// The pace of looking whether a call that was given up has ended.
const SOON: Duration = Duration::from_millis(50);

/// A reader that tells of changes without end is looked at no faster than this, and so many of its
/// messages are taken at once.
const STORM: Duration = Duration::from_millis(20);
const AT_ONCE: usize = 64;

/// How long a look may wait for its turn, and then for the card's answer to reset. A reader that says
/// nothing is found out before: a look that is given up would leave it `Busy` for its users.
const TURN: Duration = SILENCE.saturating_add(Duration::from_secs(5));

/// Starts to listen, until nobody has the device any more.
pub(super) fn listen(
    device: &Arc<Device>,
    notifications: Option<Box<dyn Notifications>>,
) -> Result<()> {
    let listener = Listener {
        device: Arc::downgrade(device),
        clock: device.clock.clone(),
        wake: device.news.clone(),
        slots: device.descriptor.slots,
    };
    let seat = device.clock.participant();
    std::thread::Builder::new()
        .name("myna-hal ccid news".to_owned())
        .spawn(move || {
            let _seat = seat.enter();
            listener.run(notifications);
        })
        .map(drop)
        .map_err(|source| {
            Error::new(
                ErrorKind::Unavailable,
                "no thread can be started for the reader",
            )
            .with_source(source)
        })
}

struct Listener {
    device: Weak<Device>,
    clock: Arc<dyn Clock>,
    wake: Wake,
    slots: u8,
}

impl Listener {
    fn run(&self, mut notifications: Option<Box<dyn Notifications>>) {
        let mut due = vec![None; usize::from(self.slots)];
        loop {
            match &mut notifications {
                Some(pipe) => {
                    if self.hear(&mut **pipe, &mut due).is_err() {
                        if let Some(device) = self.device.upgrade() {
                            device.lose();
                            device.drained();
                        }
                        return;
                    }
                }
                // One that has no such pipe is asked.
                None => due.fill(Some(false)),
            }
            // The reference lasts no longer than the look: it would keep the reader claimed.
            let Some(device) = self.device.upgrade() else {
                return;
            };
            if device.is_gone() {
                device.drained();
                return;
            }
            let draining = device.is_draining();
            if draining && let Some(first) = due.first_mut() {
                first.get_or_insert(false);
            }
            let looked = due.iter().any(Option::is_some);
            for (index, due) in (0..self.slots).zip(&mut due) {
                if let Some(changed) = *due
                    && self.look(&device, index, changed)
                {
                    *due = None;
                }
            }
            if draining && due.first().is_none_or(Option::is_none) {
                // A look got through, so the call that was in its way has ended.
                device.drained();
            }
            drop(device);
            if looked {
                // What the reader says meanwhile does not shorten this.
                self.clock
                    .wait_until(Some(self.clock.now() + STORM), &Wake::new());
            }
            let pace = if draining { SOON } else { LOOK };
            self.clock
                .wait_until(Some(self.clock.now() + pace), &self.wake);
        }
    }

    /// Takes what the reader said, before it is asked: which slots are to be looked at.
    fn hear(&self, pipe: &mut dyn Notifications, due: &mut [Option<bool>]) -> Result<()> {
        for _ in 0..AT_ONCE {
            let Some(message) = pipe.next(&self.wake)? else {
                return Ok(());
            };
            let changes = slot_changes(&message, self.slots).unwrap_or_default();
            for (due, (_, changed)) in due.iter_mut().zip(changes) {
                if changed {
                    *due = Some(true);
                }
            }
        }
        // There is more, and nobody will tell.
        self.wake.notify();
        Ok(())
    }

    /// Looks at a slot; `false` when it has to be looked at again.
    fn look(&self, device: &Device, index: u8, changed: bool) -> bool {
        // Whatever was in the way: what changed is still to be found out.
        device.look(index, changed, TURN).is_ok()
    }
}
