//! The moments of a visit at which something can go wrong.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use myna_hal::sim::ports::PortCall;

/// Something that a device or a service is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Moment {
    /// The card has been put in.
    Insertion,
    /// The card has answered a command with this instruction byte.
    Apdu(u8),
    /// The camera is asked for a frame.
    Frame,
    /// The PIN pad is asked for an entry, or for a VERIFY.
    Pad,
    /// A port is called.
    Port(PortCall),
}

type Act = Box<dyn FnOnce() + Send>;

/// Counts the moments of a visit, and has something happen at one of them. Clones are the same.
#[derive(Clone, Default)]
pub(crate) struct Moments(Arc<Mutex<Count>>);

#[derive(Default)]
struct Count {
    counting: bool,
    seen: Vec<Moment>,
    trap: Option<(usize, Act)>,
}

impl Moments {
    /// Counts from zero; at the moment numbered `at` something is done, on the thread and in the
    /// call that came there.
    pub(crate) fn begin(&self, trap: Option<(usize, Act)>) {
        *self.lock() = Count {
            counting: true,
            seen: Vec::new(),
            trap,
        };
    }

    pub(crate) fn pass(&self, moment: Moment) {
        let act = {
            let mut count = self.lock();
            if !count.counting {
                return;
            }
            let at = count.seen.len();
            count.seen.push(moment);
            let due = count.trap.as_ref().is_some_and(|(when, _)| *when == at);
            if due { count.trap.take() } else { None }
        };
        // Outside the lock: it may lead to the next moment at once.
        if let Some((_, act)) = act {
            act();
        }
    }

    /// The moments since the beginning, and whether what was to be done was done.
    pub(crate) fn end(&self) -> (Vec<Moment>, bool) {
        let mut count = self.lock();
        count.counting = false;
        (std::mem::take(&mut count.seen), count.trap.take().is_none())
    }

    fn lock(&self) -> MutexGuard<'_, Count> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Insertion => f.write_str("insertion"),
            Self::Apdu(ins) => write!(f, "after command {ins:02X}"),
            Self::Frame => f.write_str("frame"),
            Self::Pad => f.write_str("PIN pad"),
            Self::Port(call) => write!(f, "{call:?}"),
        }
    }
}
