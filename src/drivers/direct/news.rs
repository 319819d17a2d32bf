//! Listens to what a reader says by itself: that a card came or went.

use std::sync::{Arc, Weak};
use std::time::Duration;

use super::device::Device;
use super::{Family, News};
use crate::drivers::threads;
use crate::error::Result;
use crate::time::{Clock, Wake};

/// The pace of looking whether a call that was given up has ended.
const SOON: Duration = Duration::from_millis(50);

/// A reader that tells of changes without end is looked at no faster than this, and so many of its
/// messages are taken at once.
const STORM: Duration = Duration::from_millis(20);
const AT_ONCE: usize = 64;

/// How long a look may wait for its turn, and then for the card's answer to reset. A reader that says
/// nothing is found out before (ten seconds): a look that is given up would leave it `Busy` for its
/// users.
const TURN: Duration = Duration::from_secs(15);

/// Starts to listen, until nobody has the device any more.
pub(super) fn listen<F: Family>(
    device: &Arc<Device<F>>,
    news: Option<Box<dyn News>>,
) -> Result<()> {
    let listener = Listener {
        device: Arc::downgrade(device),
        clock: device.clock.clone(),
        wake: device.news.clone(),
        slots: device.slots,
    };
    let name = format!("myna-hal {} news", F::DRIVER);
    threads::start(&device.clock, &name, "reader", move || listener.run(news))
}

struct Listener<F: Family> {
    device: Weak<Device<F>>,
    clock: Arc<dyn Clock>,
    wake: Wake,
    slots: u8,
}

impl<F: Family> Listener<F> {
    fn run(&self, mut news: Option<Box<dyn News>>) {
        let mut due = vec![None; usize::from(self.slots)];
        loop {
            match &mut news {
                Some(news) => {
                    if self.hear(&mut **news, &mut due).is_err() {
                        if let Some(device) = self.device.upgrade() {
                            device.lose();
                            device.drained();
                        }
                        return;
                    }
                }
                // One that tells nothing is asked.
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
            let pace = if draining { SOON } else { F::LOOK };
            self.clock
                .wait_until(Some(self.clock.now() + pace), &self.wake);
        }
    }

    /// Takes what the reader said, before it is asked: which slots are to be looked at.
    fn hear(&self, news: &mut dyn News, due: &mut [Option<bool>]) -> Result<()> {
        for _ in 0..AT_ONCE {
            let Some(changes) = news.next(&self.wake)? else {
                return Ok(());
            };
            for (due, changed) in due.iter_mut().zip(changes) {
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
    fn look(&self, device: &Device<F>, index: u8, changed: bool) -> bool {
        // Whatever was in the way: what changed is still to be found out.
        device.look(index, changed, TURN).is_ok()
    }
}
