//! Virtual cameras that each break one rule.

mod stream;

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use self::stream::BrokenStream;
use super::{Act, CameraBench};
use crate::camera::{
    Camera, CameraCapabilities, CameraContext, CameraEvent, CameraWatch, FrameMode, FrameStream,
    closest,
};
use crate::conformance::Acted;
use crate::device::DeviceInfo;
use crate::error::{Error, ErrorKind, Result};
use crate::imaging::{Image, PixelFormat};
use crate::sim::{Scene, VirtualCamera, VirtualCameraBench};
use crate::time::{Clock, Timestamp};
use crate::wait::Wait;

/// What a mutant does wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum How {
    ListsTwice,
    RenamesCameras,
    ListsMetadata,
    HasNoWatch,
    OverstaysEvents,
    WatchIgnoresCancel,
    MissesRemovals,
    MissesArrivals,
    ListsAModeTwice,
    CutsTheLastRows,
    NamesAnotherMode,
    RunsAtHalf,
    TakesTheNearest,
    RepeatsANumber,
    StampsTheFuture,
    GivesTheOldest,
    GivesTwice,
    CountsNothing,
    KeepsTheLastFrame,
    SwapsColours,
    OverIsBusy,
    TimedOutWins,
    OverstaysFrames,
    IgnoresCancel,
    GivesWhatWasBefore,
    TellsAnOddValue,
    HasASecretControl,
    ForgetsSettings,
    RoundsValues,
    ClaimsAutomaticGain,
    NoticesLate,
    ForgetsTheUnplug,
    GoneIsBusy,
    ListsTheGone,
    OldStreamBlocks,
    SharesTheCamera,
    NeedsABreak,
    KnowsItsThread,
    DropIsSlow,
    DropWaitsForTheCamera,
}

/// Each case, the mutant that it is there for, and the other cases that this one cannot pass.
pub(super) const MUTANTS: &[(&str, How, &[&str])] = &[
    ("context.lists-the-camera", How::ListsTwice, &[]),
    ("context.ids-are-stable", How::RenamesCameras, &[]),
    ("context.lists-cameras-only", How::ListsMetadata, &[]),
    ("watch.is-claimed", How::HasNoWatch, &[]),
    ("watch.ends-in-time", How::OverstaysEvents, &[]),
    ("watch.cancel-wakes", How::WatchIgnoresCancel, &[]),
    ("watch.sees-the-unplug", How::MissesRemovals, &[]),
    ("watch.sees-the-plug", How::MissesArrivals, &[]),
    ("modes.are-whole", How::ListsAModeTwice, &[]),
    ("modes.deliver-what-they-say", How::CutsTheLastRows, &[]),
    ("modes.stream-names-its-own", How::NamesAnotherMode, &[]),
    ("modes.keep-their-rate", How::RunsAtHalf, &[]),
    ("modes.others-are-refused", How::TakesTheNearest, &[]),
    ("frames.are-numbered", How::RepeatsANumber, &[]),
    ("frames.are-in-time", How::StampsTheFuture, &[]),
    // Whoever gives what lies in a queue has dropped nothing, either.
    (
        "frames.newest-is-given",
        How::GivesTheOldest,
        &["frames.dropped-are-counted"],
    ),
    ("frames.are-given-once", How::GivesTwice, &[]),
    ("frames.dropped-are-counted", How::CountsNothing, &[]),
    ("frames.are-of-this-stream", How::KeepsTheLastFrame, &[]),
    ("frames.show-the-scene", How::SwapsColours, &[]),
    ("wait.over-fails-first", How::OverIsBusy, &[]),
    ("wait.cancelled-wins", How::TimedOutWins, &[]),
    ("wait.gives-up-in-time", How::OverstaysFrames, &[]),
    ("wait.cancel-wakes", How::IgnoresCancel, &[]),
    ("wait.goes-on-afterwards", How::GivesWhatWasBefore, &[]),
    ("controls.claimed-are-there", How::TellsAnOddValue, &[]),
    ("controls.others-are-not", How::HasASecretControl, &[]),
    ("controls.keep-what-was-set", How::ForgetsSettings, &[]),
    ("controls.refuse-odd-values", How::RoundsValues, &[]),
    ("controls.automatic", How::ClaimsAutomaticGain, &[]),
    ("unplug.is-disconnected", How::NoticesLate, &[]),
    ("unplug.is-remembered", How::ForgetsTheUnplug, &[]),
    ("unplug.cannot-start", How::GoneIsBusy, &[]),
    // That the camera left is seen by the list, too.
    (
        "unplug.leaves-the-list",
        How::ListsTheGone,
        &["watch.sees-the-plug"],
    ),
    // They start the camera while the old stream is there, too.
    (
        "plug.works-again",
        How::OldStreamBlocks,
        &["unplug.is-remembered", "unplug.cannot-start"],
    ),
    ("stream.is-alone", How::SharesTheCamera, &[]),
    ("stream.restarts", How::NeedsABreak, &[]),
    ("stream.moves-between-threads", How::KnowsItsThread, &[]),
    ("drop.is-quick", How::DropIsSlow, &[]),
    ("drop.after-the-unplug", How::DropWaitsForTheCamera, &[]),
];

/// A bench whose camera breaks one rule.
pub(super) struct Mutant(Made);

/// What all parts of a mutant share.
#[derive(Clone)]
struct Made {
    how: How,
    bench: VirtualCameraBench,
    clock: Arc<dyn Clock>,
    /// How often cameras were listed.
    lists: Arc<AtomicU32>,
    /// How many streams live.
    streams: Arc<AtomicU32>,
    /// When a stream ended last, and when its last frame was captured.
    ended: Arc<Mutex<Option<(Timestamp, Timestamp)>>>,
}

impl Mutant {
    pub(super) fn new(bench: VirtualCameraBench, how: How) -> Self {
        let clock = bench.clock();
        Self(Made {
            how,
            bench,
            clock,
            lists: Arc::default(),
            streams: Arc::default(),
            ended: Arc::default(),
        })
    }
}

impl CameraBench for Mutant {
    fn clock(&self) -> Arc<dyn Clock> {
        self.0.clock.clone()
    }

    fn camera(&mut self) -> Result<Box<dyn Camera>> {
        let inner = self.0.bench.camera()?;
        Ok(self.0.camera(inner, None))
    }

    fn context(&mut self) -> Result<Box<dyn CameraContext>> {
        let (inner, made) = (self.0.bench.context()?, self.0.clone());
        Ok(Box::new(Broken { inner, made }))
    }

    fn act(&mut self, act: Act) -> Acted {
        self.0.bench.act(act)
    }

    fn show(&mut self) -> Result<Option<Image>> {
        self.0.bench.show()
    }
}

struct Broken<D> {
    inner: D,
    made: Made,
}

impl Made {
    fn is(&self, how: How) -> bool {
        self.how == how
    }

    fn pause(&self, duration: Duration) {
        let _ = Wait::forever(self.clock.clone()).sleep(duration);
    }

    fn camera(&self, inner: Box<dyn Camera>, name: Option<&str>) -> Box<dyn Camera> {
        let info = inner.info().clone();
        let info = name.map_or(info, |name| DeviceInfo::new("sim", name));
        let made = self.clone();
        Box::new(BrokenCamera { inner, made, info })
    }

    /// The same wait, which nobody can cancel; one that is over is left as it is.
    fn deaf(&self, wait: &Wait) -> Wait {
        let most = Duration::from_secs(4);
        match wait.remaining() {
            Some(Duration::ZERO) => wait.clone(),
            left => {
                let left = left.map_or(most, |left| left.min(most));
                Wait::at_most(self.clock.clone(), left)
            }
        }
    }
}

impl CameraContext for Broken<Box<dyn CameraContext>> {
    fn cameras(&mut self) -> Result<Vec<Box<dyn Camera>>> {
        let made = &self.made;
        let mut cameras = self.inner.cameras()?;
        if made.is(How::ListsTheGone) && cameras.is_empty() {
            cameras.push(made.bench.clone().camera()?);
        }
        if made.is(How::ListsTwice) && !cameras.is_empty() {
            cameras.push(made.bench.clone().camera()?);
        }
        let before = made
            .lists
            .fetch_add(u32::from(!cameras.is_empty()), Ordering::SeqCst);
        let name = (before > 0 && made.is(How::RenamesCameras)).then_some("Renamed");
        let cameras = cameras.into_iter().map(|inner| made.camera(inner, name));
        let mut cameras: Vec<_> = cameras.collect();
        if made.is(How::ListsMetadata) {
            cameras.push(made.camera(made.bench.clone().camera()?, Some("Metadata")));
        }
        Ok(cameras)
    }

    fn watch(&mut self) -> Result<Box<dyn CameraWatch>> {
        if self.made.is(How::HasNoWatch) {
            return Err(Error::unsupported("watching"));
        }
        let (inner, made) = (self.inner.watch()?, self.made.clone());
        Ok(Box::new(Broken { inner, made }))
    }
}

impl CameraWatch for Broken<Box<dyn CameraWatch>> {
    fn next_event(&mut self, wait: &Wait) -> Result<CameraEvent> {
        let deaf = self.made.deaf(wait);
        let wait = match self.made.how {
            How::WatchIgnoresCancel => &deaf,
            _ => wait,
        };
        loop {
            let event = self.inner.next_event(wait);
            let missed = match (&event, self.made.how) {
                (Ok(CameraEvent::CameraRemoved(_)), How::MissesRemovals)
                | (Ok(CameraEvent::CameraAdded(_)), How::MissesArrivals) => true,
                (Err(error), How::OverstaysEvents) if error.kind() == ErrorKind::TimedOut => {
                    self.made.pause(Duration::from_secs(3));
                    false
                }
                _ => false,
            };
            if !missed {
                return event;
            }
        }
    }
}

struct BrokenCamera {
    inner: Box<dyn Camera>,
    made: Made,
    info: DeviceInfo,
}

impl Camera for BrokenCamera {
    fn info(&self) -> &DeviceInfo {
        &self.info
    }

    fn capabilities(&self) -> CameraCapabilities {
        self.inner.capabilities()
    }

    fn modes(&mut self) -> Result<Vec<FrameMode>> {
        let mut modes = self.inner.modes()?;
        match self.made.how {
            How::ListsAModeTwice => modes.extend_from_within(..1),
            How::ListsMetadata if self.info.name == "Metadata" => modes.clear(),
            _ => {}
        }
        Ok(modes)
    }

    fn start(&mut self, mode: &FrameMode, wait: &Wait) -> Result<Box<dyn FrameStream>> {
        let made = &self.made;
        let nearest = match made.how {
            How::TakesTheNearest => closest(&self.inner.modes()?, mode).copied(),
            _ => None,
        };
        if made.is(How::OldStreamBlocks) && made.streams.load(Ordering::SeqCst) > 0 {
            return Err(ErrorKind::Busy.into());
        }
        if made.is(How::NeedsABreak) && made.ended_lately() {
            return Err(ErrorKind::Busy.into());
        }
        let started = self.inner.start(nearest.as_ref().unwrap_or(mode), wait);
        let stream = match (started, made.how) {
            (Err(error), How::GoneIsBusy) if error.kind() == ErrorKind::Disconnected => {
                return Err(ErrorKind::Busy.into());
            }
            (Err(error), How::SharesTheCamera) if error.kind() == ErrorKind::Busy => {
                VirtualCamera::drawn(made.clock.clone(), Scene::Empty).start(mode, wait)?
            }
            (started, _) => started?,
        };
        let named = match (made.how, mode.format) {
            (How::NamesAnotherMode, PixelFormat::Grey8) => {
                FrameMode::new(mode.format, mode.width, mode.height, 31)
            }
            _ => *mode,
        };
        Ok(Box::new(BrokenStream::new(stream, named, made.clone())))
    }
}

impl Made {
    fn ended(&self) -> Option<(Timestamp, Timestamp)> {
        *self.ended.lock().expect("not poisoned")
    }

    /// Whether a stream ended less than a second ago.
    fn ended_lately(&self) -> bool {
        let since = |(ended, _)| self.clock.now().since(ended);
        self.ended()
            .map(since)
            .is_some_and(|since| since < Duration::from_secs(1))
    }
}
