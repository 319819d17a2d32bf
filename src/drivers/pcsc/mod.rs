//! Card readers through PC/SC: pcsc-lite on Linux, WinSCard on Windows, CryptoTokenKit on macOS.
//! Built and tested on Linux with pcsc-lite; the others are untested until somebody runs them.
//!
//! ## Threads and blocking
//!
//! Every connection and every watch lives on a thread of its own (PC/SC calls block without
//! limit, and a transmit cannot be cancelled). A call that is given up leaves its handle `Busy`
//! until the platform returns, and `Unavailable` when it has not after 15 seconds. Connections
//! share nothing: one that hangs holds up no other. Dropping one waits until the platform has
//! closed it, at most two seconds; one that hangs is left behind, and while it does nobody can
//! connect to its reader, so threads do not pile up. Listing and asking for a state talk to the
//! service alone, which may block them while it is stopped.
//!
//! ## Cards that leave
//!
//! A card pulled out before, during or after a command is `NoCard`, whatever the platform calls
//! it. After an exchange that broke off nothing goes to the card until `reconnect`, which then
//! gives power anew: the service may not have seen that the card was swapped for another.
//!
//! ## The service
//!
//! Contexts and connections die with it. Lists, states and watches make new ones by themselves; a
//! connection does at `reconnect`. `Unavailable` is the service or a reader that it cannot reach;
//! a reader that it no longer lists is `Disconnected` or `NotFound`.
//!
//! ## Portability
//!
//! PC/SC itself resets a card when a connection is dropped; this driver leaves it, and cuts power
//! where a [`Transaction`](crate::card::Transaction) asks for it. A service that died
//! (`pcscd` killed, the last reader unplugged on Windows) is an event of the watch.

mod connection;
mod error;
mod features;
mod handle;
mod reader;
mod thread;
mod watch;

use std::sync::{Arc, Mutex, PoisonError};

pub use reader::PcscReader;

use self::error::{from_pcsc, service_is_gone};
use crate::card::{CardContext, CardReader, ReaderWatch};
use crate::error::Result;
use crate::time::Clock;

/// Name of this driver in [`DeviceInfo`](crate::device::DeviceInfo).
const DRIVER: &str = "pcsc";

/// The readers that the platform's smart-card service knows.
#[derive(Debug)]
pub struct PcscContext {
    service: Service,
}

impl PcscContext {
    /// A context that connects to the service when it is first used, and again when it died.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            service: Service {
                context: Arc::default(),
                clock,
            },
        }
    }
}

impl PcscContext {
    /// The readers attached now, each asked for its features as by [`PcscReader::probe`]. One
    /// that another program holds exclusively is listed with what every reader can do.
    ///
    /// # Errors
    /// `Unavailable` when the service is not running.
    pub fn readers_with_features(&mut self) -> Result<Vec<PcscReader>> {
        let mut readers = self.list()?;
        for reader in &mut readers {
            let _ = reader.probe();
        }
        Ok(readers)
    }

    fn list(&self) -> Result<Vec<PcscReader>> {
        let names = self
            .service
            .with_context(|context| context.list_readers_owned())?;
        Ok(names
            .into_iter()
            .map(|name| PcscReader::new(name, self.service.clone()))
            .collect())
    }
}

impl CardContext for PcscContext {
    fn readers(&mut self) -> Result<Vec<Box<dyn CardReader>>> {
        let readers = self.list()?;
        Ok(readers
            .into_iter()
            .map(|reader| Box::new(reader) as _)
            .collect())
    }

    fn watch(&mut self) -> Result<Box<dyn ReaderWatch>> {
        Ok(Box::new(watch::PcscWatch::start(&self.service.clock)?))
    }
}

/// A context of the service, shared by a [`PcscContext`] and its readers for what takes a moment
/// (listing, states), and renewed when it died. Connections have their own.
#[derive(Clone)]
struct Service {
    context: Arc<Mutex<Option<::pcsc::Context>>>,
    clock: Arc<dyn Clock>,
}

impl Service {
    /// Runs `call` on a living context. One that turns out to be dead is replaced once: nothing
    /// that goes through here reaches a card, so repeating is safe.
    fn with_context<T>(
        &self,
        mut call: impl FnMut(&::pcsc::Context) -> Result<T, ::pcsc::Error>,
    ) -> Result<T> {
        let context = self.living()?;
        match call(&context) {
            Err(error) if service_is_gone(error) => {
                *self.lock() = None;
                call(&self.living()?).map_err(from_pcsc)
            }
            result => result.map_err(from_pcsc),
        }
    }

    fn living(&self) -> Result<::pcsc::Context> {
        let mut context = self.lock();
        if let Some(context) = &*context {
            return Ok(context.clone());
        }
        let fresh = ::pcsc::Context::establish(::pcsc::Scope::User).map_err(from_pcsc)?;
        *context = Some(fresh.clone());
        Ok(fresh)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<::pcsc::Context>> {
        self.context.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Service {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Service")
    }
}
