//! Card readers through PC/SC: pcsc-lite on Linux, WinSCard on Windows, CryptoTokenKit on macOS.
//! Built and tested on Linux with pcsc-lite; the others are untested until somebody runs them.
//!
//! ## Threads and blocking
//!
//! Every connection and every watch lives on a thread of its own (PC/SC calls block without
//! limit, and a transmit cannot be cancelled). A call that is given up leaves its handle `Busy`
//! until the platform returns, and `Unavailable` when it has not after 15 seconds. Connections
//! share nothing: one that hangs holds up no other, but for a second at most where a context
//! begins or ends or a connection ends, which pcsc-lite's client library must not do twice at once. A program that
//! calls that library itself, on other threads, is not guarded. Dropping one waits until the platform has
//! closed it, at most two seconds; one that hangs is left behind, and while it does nobody can
//! connect to its reader, so threads do not pile up. Listing and asking for a state talk to the
//! service alone, which may block them while it is stopped; a state may take up to two seconds
//! more where the reader is asked, too.
//!
//! ## Cards that leave
//!
//! A card pulled out before, during or after a command is `NoCard`, whatever the platform calls
//! it. After an exchange that broke off nothing goes to the card until `reconnect`, which then
//! gives power anew: the service may not have seen that the card was swapped for another.
//!
//! A service may see a card in an empty reader. pcsc-lite writes what a reset came to over what it
//! saw of the slot meanwhile: pull a card while somebody gives it power anew, and the reader holds
//! a mute card until another has come and gone (observed with pcsc-lite 1.9.9). So a reader with a
//! card of which the service knows no answer to reset is asked itself, once per insertion and
//! removal, through a direct connection that leaves the card alone. If it says that it is empty,
//! the card is `Absent` in states and events, and connecting is `NoCard`. A reader that cannot
//! tell, or that another program has for itself, is taken to hold a card.
//!
//! ## The service
//!
//! Contexts and connections die with it. Lists, states and watches make new ones by themselves; a
//! connection does at `reconnect`. `Unavailable` is the service or a reader that it cannot reach;
//! a reader that it no longer lists is `Disconnected` or `NotFound`. A connection whose reader it has
//! forgotten is `Disconnected` from then on, also when it lists one of the same name again.
//!
//! ## Portability
//!
//! PC/SC itself resets a card when a connection is dropped; this driver leaves it, and cuts power
//! where a [`Transaction`](crate::card::Transaction) asks for it. A service that died
//! (`pcscd` killed, the last reader unplugged on Windows) is an event of the watch.

mod connection;
mod context;
mod direct;
mod error;
mod features;
mod handle;
mod presence;
mod reader;
mod thread;
mod watch;

use std::collections::HashMap;
use std::ffi::{CStr, CString};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

pub use reader::PcscReader;

use self::context::Context;
use self::error::{from_pcsc, service_is_gone};
use self::features::Said;
use self::presence::Verdicts;
use crate::card::{CardContext, CardReader, ReaderWatch};
use crate::error::Result;
use crate::time::Clock;

/// Name of this driver in [`DeviceInfo`](crate::device::DeviceInfo).
const DRIVER: &str = "pcsc";

/// Bytes for the names of all readers: as many as pcsc-lite can have (16 of 128 bytes), twice.
const NAMES: usize = 4096;

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
                spare: Arc::default(),
                features: Arc::default(),
                verdicts: Verdicts::default(),
                clock,
            },
        }
    }

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
        let names = self.service.with_context(list)?;
        self.service.forget_all_but(&names);
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
        Ok(Box::new(watch::start(&self.service)?))
    }
}

/// The names of the readers, in one question to the service where [`NAMES`] is enough.
///
/// The only safe way to ask pcsc-lite (seen up to 1.9.9): its client library has one table of readers for all
/// threads of a program, measures the names there, and copies them later, whatever another thread's question
/// has put there in between. A buffer that is just large enough is then overrun.
fn list(context: &::pcsc::Context) -> Result<Vec<CString>, ::pcsc::Error> {
    let mut buffer = vec![0; NAMES];
    match context.list_readers(&mut buffer) {
        Ok(names) => Ok(names.map(ToOwned::to_owned).collect()),
        Err(::pcsc::Error::InsufficientBuffer) => context.list_readers_owned(),
        Err(error) => Err(error),
    }
}

/// A way to the service, shared by a [`PcscContext`], its readers and their connections.
///
/// Making a context is a dialogue with the service, so one that nobody uses is kept. Whoever
/// needs one takes it: a context is never used by two at a time.
#[derive(Clone)]
struct Service {
    spare: Arc<Mutex<Option<Context>>>,
    /// What the readers answered that were asked for their features.
    features: Arc<Mutex<HashMap<CString, Said>>>,
    /// What the readers answered that were asked whether they are empty.
    verdicts: Verdicts,
    clock: Arc<dyn Clock>,
}

impl Service {
    /// Runs `call` on a living context. One that turns out to be dead is replaced once: nothing
    /// that goes through here reaches a card, so repeating is safe.
    fn with_context<T>(
        &self,
        mut call: impl FnMut(&::pcsc::Context) -> Result<T, ::pcsc::Error>,
    ) -> Result<T> {
        let (context, result) = self.with_own_context(&mut call);
        if let Some(context) = context {
            self.give_back(context);
        }
        result.map_err(from_pcsc)
    }

    /// The same for a caller who keeps the context; none when there is no living one.
    fn with_own_context<T>(
        &self,
        mut call: impl FnMut(&::pcsc::Context) -> Result<T, ::pcsc::Error>,
    ) -> (Option<Context>, Result<T, ::pcsc::Error>) {
        // Taken before the call: whoever else needs a context does not wait for its end.
        let spare = self.lock().take();
        if let Some(context) = spare {
            match call(&context) {
                Err(error) if service_is_gone(error) => self.verdicts.forget_all_but(&[]),
                result => return (Some(context), result),
            }
        }
        match Context::establish() {
            Ok(context) => {
                let result = call(&context);
                (Some(context), result)
            }
            Err(error) => (None, Err(error)),
        }
    }

    /// Keeps a context that nobody uses any more for the next who needs one.
    fn give_back(&self, context: Context) {
        // Dropped after the lock: releasing a context is a dialogue with the service, too.
        let _replaced = self.lock().replace(context);
    }

    /// What a reader says of itself through `card`; each is asked once.
    fn ask(&self, reader: &CStr, card: &::pcsc::Card) -> Said {
        if let Some(known) = self.known(reader) {
            return known;
        }
        let Some(said) = features::ask(card) else {
            return features::NOTHING;
        };
        self.features().insert(reader.to_owned(), said);
        said
    }

    /// What a reader said that was asked already.
    fn known(&self, reader: &CStr) -> Option<Said> {
        self.features().get(reader).copied()
    }

    /// A reader that was unplugged may come back as another of the same name.
    fn forget_all_but(&self, listed: &[CString]) {
        self.features().retain(|reader, _| listed.contains(reader));
        self.verdicts.forget_all_but(listed);
    }

    fn features(&self) -> MutexGuard<'_, HashMap<CString, Said>> {
        self.features.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lock(&self) -> MutexGuard<'_, Option<Context>> {
        self.spare.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Service {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Service")
    }
}
