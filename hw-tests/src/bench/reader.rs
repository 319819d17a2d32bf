//! A real reader, as the conformance kit wants it.

use std::sync::Arc;
use std::time::Duration;

use myna_hal::card::{CardConnection, CardContext, CardReader, ShareMode};
use myna_hal::conformance::Acted;
use myna_hal::conformance::card::{Act, CardBench};
use myna_hal::drivers::ccid::CcidContext;
use myna_hal::drivers::pcsc::PcscContext;
use myna_hal::time::{Clock, SystemClock};
use myna_hal::{ErrorKind, Result, Wait};

use super::{Actuator, Driver, Lock, ReaderEntry, place};
use crate::only::Only;
use crate::report::Device;

/// A reader that is ours. Clones are the same reader.
#[derive(Clone)]
pub struct ReaderDesk {
    clock: Arc<dyn Clock>,
    entry: Arc<ReaderEntry>,
    device: Device,
    /// Held as long as any clone lives.
    _lock: Arc<Lock>,
}

impl ReaderDesk {
    /// Finds a reader and takes it for this run.
    ///
    /// # Errors
    /// It is not attached, or another run has it.
    pub fn take(entry: &ReaderEntry) -> Result<Self, String> {
        let clock = SystemClock::shared();
        let entry = Arc::new(entry.clone());
        let mut context = context(&entry, &clock);
        let readers = context.readers().map_err(|error| error.to_string())?;
        let Some(reader) = readers.first() else {
            return Err(format!(
                "the driver {} does not list the reader {}; \
                 `cargo run --features ccid,pcsc --example readers` lists what is attached",
                entry.driver.name(),
                entry.name.get_ref()
            ));
        };
        let info = reader.info();
        let lock = Lock::take(info.id.as_str())?;
        Ok(Self {
            device: Device {
                driver: info.driver.to_owned(),
                name: info.name.clone(),
                firmware: place::of_reader(&info.name).and_then(place::firmware),
            },
            clock,
            entry,
            _lock: Arc::new(lock),
        })
    }

    /// What reports say of it.
    #[must_use]
    pub fn device(&self) -> Device {
        self.device.clone()
    }

    /// The entry in the inventory.
    #[must_use]
    pub fn entry(&self) -> &ReaderEntry {
        &self.entry
    }

    /// Connects to the card in it.
    ///
    /// # Errors
    /// As the driver says.
    pub fn connect(&self) -> Result<Box<dyn CardConnection>> {
        let wait = self.wait(Duration::from_secs(10));
        self.open()?.connect(ShareMode::Shared, &wait)
    }

    /// A wait on the desk's clock.
    #[must_use]
    pub fn wait(&self, limit: Duration) -> Wait {
        Wait::at_most(self.clock.clone(), limit)
    }

    /// A context that knows this reader alone.
    #[must_use]
    pub fn only(&self) -> Box<dyn CardContext> {
        context(&self.entry, &self.clock)
    }

    fn open(&self) -> Result<Box<dyn CardReader>> {
        let mut readers = self.only().readers()?.into_iter();
        readers.next().ok_or_else(|| ErrorKind::NotFound.into())
    }

    fn actuator(&self, act: Act) -> Result<&Actuator, String> {
        let entry = &self.entry;
        let (key, actuator) = match act {
            Act::Insert => ("insert", &entry.insert),
            Act::Remove => ("remove", &entry.remove),
            Act::InsertMute => ("insert-mute", &entry.insert_mute),
            Act::Unplug => ("unplug", &entry.unplug),
            Act::Plug => ("plug", &entry.plug),
            Act::StopService => ("stop-service", &entry.stop_service),
            Act::StartService => ("start-service", &entry.start_service),
            other => return Err(format!("{other:?} is not to be had of a real card")),
        };
        actuator.as_ref().ok_or_else(|| none(entry, key))
    }
}

/// Why a thing is not done that the inventory gives nobody to do.
pub(super) fn none(entry: &ReaderEntry, key: &str) -> String {
    format!(
        "no actuator: the inventory's reader {} would need {key} = {{ command = [\"…\"] }} or \
         {{ ask = \"…\" }}",
        entry.name.get_ref()
    )
}

pub(super) fn acted(done: Result<(), String>) -> Acted {
    match done {
        Ok(()) => Acted::Done,
        Err(why) => Acted::Impossible(why),
    }
}

fn context(entry: &Arc<ReaderEntry>, clock: &Arc<dyn Clock>) -> Box<dyn CardContext> {
    let all: Box<dyn CardContext> = match entry.driver {
        Driver::Pcsc => Box::new(PcscContext::new(clock.clone())),
        Driver::Ccid => Box::new(CcidContext::new(clock.clone())),
    };
    let entry = entry.clone();
    Box::new(Only::new(all, move |name| entry.is(name)))
}

impl CardBench for ReaderDesk {
    fn clock(&self) -> Arc<dyn Clock> {
        self.clock.clone()
    }

    fn reader(&mut self) -> Result<Box<dyn CardReader>> {
        self.open()
    }

    fn context(&mut self) -> Result<Box<dyn CardContext>> {
        Ok(self.only())
    }

    fn act(&mut self, act: Act) -> Acted {
        acted(self.actuator(act).and_then(Actuator::act))
    }
}
