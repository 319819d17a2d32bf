//! A bus of simulated readers that leads straight into the library's CCID driver: no kernel, no
//! root, nothing to boot. What it cannot show is what a kernel does; `vhci` shows that.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use myna_hal::drivers::ccid::{Bus, ClassDescriptor, Found, Notifications, Opened, Transport};
use myna_hal::time::Wake;
use myna_hal::{Error, ErrorKind, Result};

use crate::ccid::CcidReader;
use crate::ccid::product::{BULK_IN, BULK_OUT, INTERRUPT_IN};
use crate::device::{Read, Setup, UsbDevice, Waker};

/// The one interface of every simulated reader.
const INTERFACE: u8 = 0;

/// Longer than any message on the interrupt pipe.
const INTERRUPT_LENGTH: usize = 8;

/// A bus. Clones are the same bus.
#[derive(Clone, Default)]
pub struct DirectBus(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    plugged: Vec<Plugged>,
    instances: u32,
}

struct Plugged {
    found: Found,
    reader: CcidReader,
    /// The way to it, while somebody has it open.
    line: Option<Arc<Line>>,
}

impl DirectBus {
    /// A bus without readers.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Plugs a reader in at `place`.
    pub fn plug(&self, place: &str, reader: &CcidReader) {
        let mut state = self.lock();
        state.instances += 1;
        let identity = &reader.product().identity;
        let mut found = Found::new(
            &format!("{place}.{}", state.instances),
            place,
            (identity.vendor, identity.product),
            &format!("{} {}", identity.manufacturer, identity.name),
        );
        found.descriptor = descriptor(reader);
        state.plugged.push(Plugged {
            found,
            reader: reader.clone(),
            line: None,
        });
    }

    /// Pulls the plug of what is at `place`.
    pub fn unplug(&self, place: &str) {
        let mut state = self.lock();
        for gone in state.plugged.extract_if(.., |it| it.found.place == place) {
            if let Some(line) = gone.line {
                line.cut();
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The class descriptor inside the configuration.
fn descriptor(reader: &CcidReader) -> Option<ClassDescriptor> {
    ClassDescriptor::find(&reader.descriptors().configuration, INTERFACE)
}

impl Bus for DirectBus {
    fn readers(&self) -> Result<Vec<Found>> {
        let state = self.lock();
        Ok(state.plugged.iter().map(|it| it.found.clone()).collect())
    }

    fn open(&self, found: &Found) -> Result<Opened> {
        let mut state = self.lock();
        let plugged = state
            .plugged
            .iter_mut()
            .find(|plugged| plugged.found.instance == found.instance)
            .ok_or(ErrorKind::NotFound)?;
        if plugged.line.as_ref().is_some_and(|line| line.is_used()) {
            return Err(ErrorKind::Busy.into());
        }
        let descriptor =
            descriptor(&plugged.reader).ok_or_else(|| Error::protocol("no class descriptor"))?;
        let line = Line::open(&plugged.reader);
        plugged.line = Some(line.clone());
        let end = End(line);
        Ok(Opened::new(
            descriptor,
            Box::new(end.clone()),
            Some(Box::new(end)),
        ))
    }
}

/// An open way to a reader.
struct Line {
    state: Mutex<LineState>,
    waker: Waker,
}

struct LineState {
    reader: CcidReader,
    cut: bool,
    /// The pipes that are in use.
    ends: u8,
    wakes: Vec<Wake>,
}

impl Line {
    fn open(reader: &CcidReader) -> Arc<Self> {
        let mut reader = reader.clone();
        let waker = Waker::new();
        reader.attached(waker.clone());
        let line = Arc::new(Self {
            state: Mutex::new(LineState {
                reader,
                cut: false,
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

    /// Has those who wait look again, whenever the reader wakes or its time has come.
    fn pump(&self) {
        loop {
            let due = self.lock().reader.due_in();
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

    fn read(&self, endpoint: u8, length: usize, wake: &Wake) -> Result<Option<Vec<u8>>> {
        let mut state = self.lock();
        if state.cut {
            return Err(ErrorKind::Disconnected.into());
        }
        match state.reader.read(endpoint, length) {
            Read::Data(data) => Ok(Some(data)),
            Read::Stall => Err(Error::protocol("stalled")),
            Read::Pending => {
                state.wakes.push(wake.clone());
                Ok(None)
            }
        }
    }
}

/// One of the two ends of a line that the driver has.
struct End(Arc<Line>);

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

impl Transport for End {
    fn send(&mut self, message: &[u8], _: Duration) -> Result<()> {
        let mut state = self.0.lock();
        if state.cut {
            return Err(ErrorKind::Disconnected.into());
        }
        let taken = state.reader.write(BULK_OUT, message);
        drop(state);
        // When the reader has something to say by itself may have changed.
        self.0.waker.wake();
        if taken {
            Ok(())
        } else {
            Err(Error::protocol("stalled"))
        }
    }

    fn receive(&mut self, wake: &Wake) -> Result<Option<zeroize::Zeroizing<Vec<u8>>>> {
        let length = 1 << 17;
        let read = self.0.read(BULK_IN, length, wake)?;
        Ok(read.map(zeroize::Zeroizing::new))
    }

    fn abort(&mut self, slot: u8, sequence: u8, _: Duration) -> Result<()> {
        let setup = Setup {
            request_type: 0x21,
            request: 0x01,
            value: u16::from_le_bytes([slot, sequence]),
            index: 0,
            length: 0,
        };
        let mut state = self.0.lock();
        let taken = state.reader.control(&setup, &[]);
        taken.map(drop).ok_or_else(|| Error::protocol("stalled"))
    }
}

impl Notifications for End {
    fn next(&mut self, wake: &Wake) -> Result<Option<Vec<u8>>> {
        self.0.read(INTERRUPT_IN, INTERRUPT_LENGTH, wake)
    }
}
