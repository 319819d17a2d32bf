//! A running camera on a thread of its own, of which the newest frame is kept.
//!
//! The thread takes every frame that the platform has, so that no queue grows old, and keeps the
//! newest. Callers wait for it through their [`Wait`], whatever the platform does meanwhile. The
//! platform's handle is opened, used and closed on that thread; one that hangs is left behind, and
//! until it comes back nobody can start its camera.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use zeroize::Zeroizing;

use super::worker::{FAREWELL, hangs};
use crate::camera::{Frame, FrameInfo, FrameMode};
use crate::device::DeviceId;
use crate::error::{Error, ErrorKind, Result};
use crate::time::{Clock, Timestamp, Wake};
use crate::wait::Wait;

/// Where frames come from. Lives on one thread, which also drops it.
pub(super) trait Feed {
    /// Waits for the next frame and puts it into `frame`. Returns now and then without one, if the
    /// platform can, so that somebody sees whether frames are still wanted.
    ///
    /// # Errors
    /// The stream is over.
    fn next(&mut self, frame: &mut FrameBuffer) -> Result<Caught>;

    /// Whether the platform still knows the camera.
    fn is_listed(&self) -> bool;
}

/// How long a camera that stopped in disorder is given to leave: pulling the plug first breaks off
/// the transfers, which the kernel tells as any other error (`uvcvideo`, observed), and only then
/// takes the camera away.
const LEAVING: Duration = Duration::from_millis(250);

/// How often is looked whether it has.
const LOOK: Duration = Duration::from_millis(10);

/// What came of waiting for a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Caught {
    /// A frame.
    Frame,
    /// A frame that is known to be damaged. Nobody gets it, and it is counted.
    Damaged,
    /// None yet.
    Nothing,
}

/// How a feed's frames lie in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Layout {
    pub(super) mode: FrameMode,
    /// Bytes from row to row; 0 when compressed.
    pub(super) stride: usize,
}

/// The bytes of one frame. Wiped before they are given back.
#[derive(Default)]
pub(super) struct FrameBuffer(Zeroizing<Vec<u8>>);

impl FrameBuffer {
    /// Takes over `bytes`. The buffer is used again if they fit; a vector that grows by itself
    /// would leave its old place as it is.
    pub(super) fn fill(&mut self, bytes: &[u8]) {
        if self.0.capacity() < bytes.len() {
            let room = bytes.len().next_multiple_of(1 << 16);
            self.0 = Zeroizing::new(Vec::with_capacity(room));
        }
        self.0.clear();
        self.0.extend_from_slice(bytes);
    }
}

/// A running camera. Dropping it stops the camera.
pub(super) struct Capture {
    thread: Thread,
    layout: Layout,
    /// Frames up to this number were given or dropped; the first one has number 1.
    given: u64,
}

/// The caller's end of a thread.
struct Thread {
    shared: Arc<Shared>,
    clock: Arc<dyn Clock>,
    camera: DeviceId,
}

struct Shared {
    state: Mutex<State>,
    /// Wakes the caller.
    news: Wake,
}

#[derive(Default)]
struct State {
    layout: Option<Layout>,
    newest: Option<(FrameBuffer, Timestamp)>,
    /// How many frames the camera delivered.
    delivered: u64,
    end: Option<End>,
    /// Nobody wants frames any more.
    closed: bool,
    /// The thread has given its handle back.
    gone: bool,
}

/// Why there are no more frames.
struct End {
    kind: ErrorKind,
    /// All that is known of it, for who hears of it first.
    first: Option<Error>,
}

/// Cameras that run, or whose thread was left behind. They are the process's, whatever context
/// they were found with.
static RUNNING: Mutex<Vec<Running>> = Mutex::new(Vec::new());

struct Running {
    camera: DeviceId,
    /// Lives as long as the thread does.
    life: Weak<()>,
    clock: Arc<dyn Clock>,
    /// Since when nobody waits for the thread any more.
    left_behind: Option<Timestamp>,
}

impl Capture {
    /// Has a new thread `open` the camera and deliver frames.
    ///
    /// # Errors
    /// What `open` says; `Busy` or `Unavailable` when the camera runs already or hangs; `TimedOut`,
    /// `Cancelled`.
    pub(super) fn start<F: Feed>(
        clock: &Arc<dyn Clock>,
        camera: &DeviceId,
        wait: &Wait,
        open: impl FnOnce() -> Result<(F, Layout)> + Send + 'static,
    ) -> Result<Self> {
        wait.check()?;
        let life = enlist(clock, camera)?;
        let shared = Arc::new(Shared {
            state: Mutex::default(),
            news: Wake::new(),
        });
        let (theirs, time, seat) = (shared.clone(), clock.clone(), clock.participant());
        std::thread::Builder::new()
            .name(format!("myna-hal {camera}"))
            .spawn(move || {
                // Dropped in the opposite order: who hears that the stream is over can start the
                // camera at once.
                let mut goodbye = Goodbye {
                    shared: theirs,
                    end: None,
                };
                let _life = life;
                let _seat = seat.enter();
                goodbye.end = run(&goodbye.shared, &time, open);
            })
            .map_err(|source| {
                let context = "no thread can be started for the camera";
                Error::new(ErrorKind::Unavailable, context).with_source(source)
            })?;
        let mut thread = Thread {
            shared,
            clock: clock.clone(),
            camera: camera.clone(),
        };
        let started = wait.until(&thread.shared.news, || {
            let mut state = thread.shared.lock();
            match state.layout {
                Some(layout) => Some(Ok(layout)),
                None => state.end.as_mut().map(|end| Err(end.tell())),
            }
        });
        match started {
            Ok(started) => Ok(Self {
                layout: started?,
                thread,
                given: 0,
            }),
            Err(given_up) => {
                // Its time is over: nobody waits for the farewell.
                thread.close(Duration::ZERO);
                Err(given_up)
            }
        }
    }

    pub(super) fn mode(&self) -> &FrameMode {
        &self.layout.mode
    }

    /// As [`FrameStream::next_frame`](crate::camera::FrameStream::next_frame).
    pub(super) fn next_frame(&mut self, wait: &Wait) -> Result<Frame> {
        wait.check()?;
        let shared = &self.thread.shared;
        let (mut frame, captured_at, sequence) = wait.until(&shared.news, || {
            let mut state = shared.lock();
            if let Some(end) = &mut state.end {
                return Some(Err(end.tell()));
            }
            let (frame, captured_at) = state.newest.take()?;
            Some(Ok((frame, captured_at, state.delivered)))
        })??;
        let info = FrameInfo {
            sequence,
            captured_at,
            dropped_before: sequence - self.given - 1,
        };
        self.given = sequence;
        let Layout { mode, stride } = self.layout;
        let size = (mode.width, mode.height);
        Frame::new(
            mode.format,
            size,
            stride,
            std::mem::take(&mut frame.0),
            info,
        )
    }

    /// Stops the camera and waits until it is free again, at most [`FAREWELL`].
    ///
    /// # Errors
    /// `Disconnected`: it was gone already.
    pub(super) fn stop(mut self) -> Result<()> {
        let end = self.thread.shared.lock().end.as_ref().map(|end| end.kind);
        self.thread.close(FAREWELL);
        match end {
            Some(ErrorKind::Disconnected) => Err(ErrorKind::Disconnected.into()),
            _ => Ok(()),
        }
    }
}

impl Thread {
    /// Has the thread end and waits until it has given its handle back. One that does not come
    /// back in time is left to itself.
    fn close(&mut self, patience: Duration) {
        if std::mem::replace(&mut self.shared.lock().closed, true) {
            return;
        }
        let wait = Wait::at_most(self.clock.clone(), patience);
        let gone = || self.shared.lock().gone.then_some(());
        if wait.until(&self.shared.news, gone).is_ok() {
            return;
        }
        let mut running = running();
        let left = running.iter_mut().find(|it| it.camera == self.camera);
        if let Some(left) = left.filter(|left| left.life.strong_count() > 0) {
            left.left_behind = Some(self.clock.now());
        }
    }
}

impl Drop for Thread {
    fn drop(&mut self) {
        self.close(FAREWELL);
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tell(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.lock());
        self.news.notify();
    }
}

impl End {
    fn tell(&mut self) -> Error {
        self.first.take().unwrap_or_else(|| self.kind.into())
    }
}

/// Delivers frames until they end, which gives the reason, or until nobody wants them.
fn run<F: Feed>(
    shared: &Shared,
    clock: &Arc<dyn Clock>,
    open: impl FnOnce() -> Result<(F, Layout)>,
) -> Option<Error> {
    let (mut feed, layout) = match open() {
        Ok(opened) => opened,
        Err(error) => return Some(error),
    };
    shared.tell(|state| state.layout = Some(layout));
    let mut buffer = FrameBuffer::default();
    while !shared.lock().closed {
        match feed.next(&mut buffer) {
            Ok(Caught::Nothing) => {}
            Ok(Caught::Damaged) => shared.lock().delivered += 1,
            Ok(Caught::Frame) => {
                let frame = (std::mem::take(&mut buffer), clock.now());
                shared.tell(|state| {
                    state.delivered += 1;
                    // Nobody got the one before: its buffer is the next one's.
                    if let Some((unwanted, _)) = state.newest.replace(frame) {
                        buffer = unwanted;
                    }
                });
            }
            Err(error) => return Some(unless_unplugged(error, &feed, clock)),
        }
    }
    None
}

/// Why a stream is over, once it is known whether somebody pulled the plug.
fn unless_unplugged(error: Error, feed: &impl Feed, clock: &Arc<dyn Clock>) -> Error {
    if error.kind() != ErrorKind::Protocol {
        return error;
    }
    let leaving = Wait::at_most(clock.clone(), LEAVING);
    while feed.is_listed() {
        if leaving.sleep(LOOK).is_err() {
            return error;
        }
    }
    Error::new(ErrorKind::Disconnected, "the camera went away").with_source(error)
}

/// Tells that the stream is over and its thread gone, also when that panicked.
struct Goodbye {
    shared: Arc<Shared>,
    end: Option<Error>,
}

impl Drop for Goodbye {
    fn drop(&mut self) {
        let error = self.end.take().unwrap_or_else(|| {
            let context = "the driver of the camera gave up";
            Error::new(ErrorKind::Disconnected, context)
        });
        self.shared.tell(|state| {
            state.gone = true;
            state.end = Some(End {
                kind: error.kind(),
                first: Some(error),
            });
        });
    }
}

/// Notes that the camera runs.
fn enlist(clock: &Arc<dyn Clock>, camera: &DeviceId) -> Result<Arc<()>> {
    let mut running = running();
    running.retain(|running| running.life.strong_count() > 0);
    if let Some(running) = running.iter().find(|running| running.camera == *camera) {
        return Err(match running.left_behind {
            Some(since) => hangs(running.clock.now().since(since)),
            None => Error::new(ErrorKind::Busy, "the camera runs already"),
        });
    }
    let life = Arc::new(());
    running.push(Running {
        camera: camera.clone(),
        life: Arc::downgrade(&life),
        clock: clock.clone(),
        left_behind: None,
    });
    Ok(life)
}

fn running() -> MutexGuard<'static, Vec<Running>> {
    RUNNING.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
