//! Readers and cards coming and going.

use std::collections::VecDeque;
use std::ffi::CString;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use pcsc::{Context, PNP_NOTIFICATION, Scope, State};

use super::DRIVER;
use super::error::service_is_gone;
use super::reader::{describe, state_of};
use crate::card::{ReaderEvent, ReaderWatch};
use crate::device::DeviceId;
use crate::error::{Error, ErrorKind, Result};
use crate::telemetry;
use crate::time::{Clock, Wake};
use crate::wait::Wait;

/// How long one look lasts: a cancel that comes too early is lost by PC/SC, so the thread looks
/// up at least this often. Also the pace of looking for a service that died.
const LOOK: Duration = Duration::from_millis(500);

pub(super) struct PcscWatch {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

struct Shared {
    events: Mutex<VecDeque<ReaderEvent>>,
    context: Mutex<Option<Context>>,
    arrived: Wake,
    stop: AtomicBool,
    stopped: Wake,
}

impl PcscWatch {
    pub(super) fn start(clock: &Arc<dyn Clock>) -> Result<Self> {
        let shared = Arc::new(Shared {
            events: Mutex::default(),
            context: Mutex::default(),
            arrived: Wake::new(),
            stop: AtomicBool::new(false),
            stopped: Wake::new(),
        });
        let (theirs, clock, seat) = (shared.clone(), clock.clone(), clock.participant());
        let thread = std::thread::Builder::new()
            .name("myna-hal pcsc watch".to_owned())
            .spawn(move || {
                let _seat = seat.enter();
                run(&theirs, &clock);
            })
            .map_err(|source| {
                Error::new(
                    ErrorKind::Unavailable,
                    "no thread can be started for the watch",
                )
                .with_source(source)
            })?;
        Ok(Self {
            shared,
            thread: Some(thread),
        })
    }
}

impl ReaderWatch for PcscWatch {
    fn next_event(&mut self, wait: &Wait) -> Result<ReaderEvent> {
        wait.until(&self.shared.arrived, || self.shared.events().pop_front())
    }
}

impl Drop for PcscWatch {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::SeqCst);
        self.shared.stopped.notify();
        if let Some(context) = &*self.shared.context() {
            let _ = context.cancel();
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Shared {
    fn events(&self) -> MutexGuard<'_, VecDeque<ReaderEvent>> {
        self.events.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn context(&self) -> MutexGuard<'_, Option<Context>> {
        self.context.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn push(&self, event: ReaderEvent) {
        self.events().push_back(event);
        self.arrived.notify();
    }
}

/// Whether the service is up, as last told to the listener.
fn run(shared: &Shared, clock: &Arc<dyn Clock>) {
    let mut lost = false;
    let mut readers: Vec<pcsc::ReaderState> = Vec::new();
    while !shared.stop.load(Ordering::SeqCst) {
        let established = Context::establish(Scope::User);
        if let Ok(context) = established {
            *shared.context() = Some(context.clone());
            if std::mem::take(&mut lost) {
                telemetry::service(DRIVER, true);
                shared.push(ReaderEvent::ServiceBack);
            }
            watch(shared, &context, &mut readers);
            *shared.context() = None;
        }
        if shared.stop.load(Ordering::SeqCst) {
            return;
        }
        if !std::mem::replace(&mut lost, true) {
            telemetry::service(DRIVER, false);
            shared.push(ReaderEvent::ServiceLost);
        }
        // With the service all its readers are gone.
        for reader in readers.drain(..) {
            shared.push(ReaderEvent::ReaderRemoved(describe(reader.name()).id));
        }
        clock.wait_until(Some(clock.now() + LOOK), &shared.stopped);
    }
}

/// Watches with one context until it dies or the watch ends.
fn watch(shared: &Shared, context: &Context, readers: &mut Vec<pcsc::ReaderState>) {
    // The pseudo reader that wakes us when the list of readers changes.
    let mut plug = pcsc::ReaderState::new(PNP_NOTIFICATION(), State::UNAWARE);
    while !shared.stop.load(Ordering::SeqCst) {
        match context.list_readers_owned() {
            Ok(names) => compare(shared, readers, &names),
            Err(error) if service_is_gone(error) => return,
            Err(_) => {}
        }
        plug.sync_current_state();
        readers
            .iter_mut()
            .for_each(pcsc::ReaderState::sync_current_state);
        // The states are moved into one slice and back: the call wants them together.
        let mut all: Vec<pcsc::ReaderState> =
            std::iter::once(plug).chain(readers.drain(..)).collect();
        let looked = context.get_status_change(LOOK, &mut all);
        let mut all = all.into_iter();
        plug = match all.next() {
            Some(plug) => plug,
            None => return,
        };
        readers.extend(all);
        match looked {
            Ok(()) => {
                for reader in readers.iter().filter(|reader| changed(reader)) {
                    if let Some(state) = state_of(reader) {
                        shared.push(ReaderEvent::StateChanged {
                            reader: describe(reader.name()).id,
                            state,
                        });
                    }
                }
            }
            Err(pcsc::Error::Timeout | pcsc::Error::Cancelled | pcsc::Error::UnknownReader) => {}
            Err(error) if service_is_gone(error) => return,
            Err(_) => return,
        }
    }
}

fn changed(reader: &pcsc::ReaderState) -> bool {
    reader.event_state().contains(State::CHANGED)
}

/// Tells which readers came and which went, and keeps the states of those that stayed.
fn compare(shared: &Shared, readers: &mut Vec<pcsc::ReaderState>, names: &[CString]) {
    readers.retain(|reader| {
        let stays = names.iter().any(|name| name.as_c_str() == reader.name());
        if !stays {
            let id: DeviceId = describe(reader.name()).id;
            shared.push(ReaderEvent::ReaderRemoved(id));
        }
        stays
    });
    for name in names {
        if !readers
            .iter()
            .any(|reader| reader.name() == name.as_c_str())
        {
            shared.push(ReaderEvent::ReaderAdded(describe(name)));
            readers.push(pcsc::ReaderState::new(name.clone(), State::UNAWARE));
        }
    }
}
