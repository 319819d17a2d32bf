//! The way from a driver to a simulated device without a kernel: who is plugged in where, and pipes that
//! are open.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use myna_hal::time::Wake;
use myna_hal::{Error, ErrorKind, Result};

#[cfg(feature = "ccid")]
use crate::device::Setup;
use crate::device::{Read, UsbDevice, Waker};

/// The places of a bus. Clones are the same bus.
pub(crate) struct Board<F, D>(Arc<Mutex<State<F, D>>>);

struct State<F, D> {
    plugged: Vec<Plugged<F, D>>,
    instances: u32,
}

struct Plugged<F, D> {
    instance: String,
    place: String,
    found: F,
    device: D,
    /// The way to it, while somebody has it open.
    line: Option<Arc<Line>>,
}

impl<F, D> Clone for Board<F, D> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<F, D> Default for Board<F, D> {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(State {
            plugged: Vec::new(),
            instances: 0,
        })))
    }
}

impl<F: Clone, D: UsbDevice + Clone + 'static> Board<F, D> {
    /// Plugs a device in at `place`; `found` makes of its instance how it is found.
    pub(crate) fn plug(&self, place: &str, device: &D, found: impl FnOnce(&str) -> F) {
        let mut state = self.lock();
        state.instances += 1;
        let instance = format!("{place}.{}", state.instances);
        state.plugged.push(Plugged {
            found: found(&instance),
            instance,
            place: place.to_owned(),
            device: device.clone(),
            line: None,
        });
    }

    /// Pulls the plug of what is at `place`.
    pub(crate) fn unplug(&self, place: &str) {
        let mut state = self.lock();
        for gone in state.plugged.extract_if(.., |it| it.place == place) {
            if let Some(line) = gone.line {
                line.cut();
            }
        }
    }

    pub(crate) fn found(&self) -> Vec<F> {
        let state = self.lock();
        state.plugged.iter().map(|it| it.found.clone()).collect()
    }

    /// Opens the way to a device, and the device itself.
    pub(crate) fn open(&self, instance: &str) -> Result<(Arc<Line>, D)> {
        let mut state = self.lock();
        let plugged = state
            .plugged
            .iter_mut()
            .find(|plugged| plugged.instance == instance)
            .ok_or(ErrorKind::NotFound)?;
        if plugged.line.as_ref().is_some_and(|line| line.is_used()) {
            return Err(ErrorKind::Busy.into());
        }
        let line = Line::open(Box::new(plugged.device.clone()));
        plugged.line = Some(line.clone());
        Ok((line, plugged.device.clone()))
    }

    fn lock(&self) -> MutexGuard<'_, State<F, D>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An open way to a device.
pub(crate) struct Line {
    state: Mutex<LineState>,
    waker: Waker,
}

struct LineState {
    device: Box<dyn UsbDevice>,
    cut: bool,
    /// The pipes that are in use.
    ends: u8,
    wakes: Vec<Wake>,
}

impl Line {
    fn open(mut device: Box<dyn UsbDevice>) -> Arc<Self> {
        let waker = Waker::new();
        device.attached(waker.clone());
        let line = Arc::new(Self {
            state: Mutex::new(LineState {
                device,
                cut: false,
                // The one that whoever opens it gets.
                ends: 1,
                wakes: Vec::new(),
            }),
            waker,
        });
        let pump = line.clone();
        std::thread::spawn(move || pump.pump());
        line
    }

    fn lock(&self) -> MutexGuard<'_, LineState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_used(&self) -> bool {
        let state = self.lock();
        state.ends > 0 && !state.cut
    }

    fn cut(&self) {
        self.lock().cut = true;
        self.waker.wake();
    }

    /// Has those who wait look again, whenever the device wakes or its time has come.
    fn pump(&self) {
        loop {
            let due = self.lock().device.due_in();
            self.waker.wait(due.unwrap_or(Duration::from_secs(1)));
            let mut state = self.lock();
            for wake in state.wakes.drain(..) {
                wake.notify();
            }
            if state.cut || state.ends == 0 {
                return;
            }
        }
    }

    pub(crate) fn read(&self, endpoint: u8, length: usize, wake: &Wake) -> Result<Option<Vec<u8>>> {
        let mut state = self.lock();
        if state.cut {
            return Err(ErrorKind::Disconnected.into());
        }
        match state.device.read(endpoint, length) {
            Read::Data(data) => Ok(Some(data)),
            Read::Stall => Err(Error::protocol("stalled")),
            Read::Pending => {
                state.wakes.push(wake.clone());
                Ok(None)
            }
        }
    }

    pub(crate) fn write(&self, endpoint: u8, data: &[u8]) -> Result<()> {
        let mut state = self.lock();
        if state.cut {
            return Err(ErrorKind::Disconnected.into());
        }
        let taken = state.device.write(endpoint, data);
        drop(state);
        // When the device has something to say by itself may have changed.
        self.waker.wake();
        if taken {
            Ok(())
        } else {
            Err(Error::protocol("stalled"))
        }
    }

    #[cfg(feature = "ccid")]
    pub(crate) fn control(&self, setup: &Setup) -> Result<()> {
        let taken = self.lock().device.control(setup, &[]);
        taken.map(drop).ok_or_else(|| Error::protocol("stalled"))
    }
}

/// An end of a line; the line is in use while one lasts.
pub(crate) struct End(pub(crate) Arc<Line>);

#[cfg(feature = "ccid")]
impl Clone for End {
    fn clone(&self) -> Self {
        self.0.lock().ends += 1;
        Self(self.0.clone())
    }
}

impl Drop for End {
    fn drop(&mut self) {
        self.0.lock().ends -= 1;
        self.0.waker.wake();
    }
}
