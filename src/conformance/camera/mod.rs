//! Cases for cameras.

mod context;
mod controls;
mod frames;
mod hygiene;
mod modes;
mod unplug;
mod wait;

#[cfg(all(test, feature = "sim"))]
mod mutants;
#[cfg(all(test, feature = "sim"))]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use super::report::{Case, Report, Stop, Verdict, fail, skip};
use super::run::{self, AMPLE, Acted, works};
use crate::camera::{Camera, CameraContext, Frame, FrameMode, FrameStream, closest};
use crate::error::{Error, ErrorKind, Result};
use crate::imaging::Image;
use crate::time::Clock;
use crate::wait::Wait;

/// What a bench is asked to do to the camera.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Act {
    /// Unplug the camera.
    Unplug,
    /// Plug it in again, where it was.
    Plug,
    /// Have it send nothing more, without any error.
    Stall,
    /// Have it send frames again.
    Resume,
}

/// A camera on a bench, and whatever else the bench can do. The two first methods suffice; each
/// of the others allows more cases.
pub trait CameraBench {
    /// The clock that the driver was made with.
    fn clock(&self) -> Arc<dyn Clock>;

    /// The camera under test, as a program finds it. Called many times.
    ///
    /// # Errors
    /// As the driver says: the cases that need it fail. `Disconnected` and `NotFound` are right
    /// while it is unplugged.
    fn camera(&mut self) -> Result<Box<dyn Camera>>;

    /// The context that lists the camera.
    ///
    /// # Errors
    /// `Unsupported` unless overridden: the driver has none.
    fn context(&mut self) -> Result<Box<dyn CameraContext>> {
        Err(Error::unsupported("a camera context"))
    }

    /// Does something with the hands, or has a person do it, and returns when it is done.
    fn act(&mut self, act: Act) -> Acted {
        Acted::Impossible(format!("nobody at this bench can do {act:?}"))
    }

    /// Puts a picture in colours before the camera, and returns what frames of it look like,
    /// upright and in RGB; `None` if the bench cannot tell.
    ///
    /// # Errors
    /// The case fails that needs it.
    fn show(&mut self) -> Result<Option<Image>> {
        Ok(None)
    }

    /// How long the platform may take to notice that the camera was plugged in.
    fn notice(&self) -> Duration {
        AMPLE
    }
}

/// What cases run on.
pub(super) type Bench = dyn CameraBench;

/// Every case, in the order in which they run.
pub fn cases() -> impl Iterator<Item = &'static Case<Bench>> {
    [
        context::CASES,
        modes::CASES,
        frames::CASES,
        wait::CASES,
        controls::CASES,
        unplug::CASES,
        hygiene::CASES,
    ]
    .into_iter()
    .flatten()
}

/// Runs every case on the camera of `bench`. `started` is called with the name of each case
/// before it runs.
pub fn run(bench: &mut Bench, started: &mut dyn FnMut(&'static str)) -> Report {
    run_some(bench, &|_| true, started)
}

/// [`run`] of the cases alone whose names are `wanted`: where a person serves the bench, each takes
/// time. Only a report of all of them tells whether a driver conforms.
pub fn run_some(
    bench: &mut Bench,
    wanted: &dyn Fn(&str) -> bool,
    started: &mut dyn FnMut(&'static str),
) -> Report {
    let cases: Vec<_> = cases().filter(|case| wanted(case.name)).collect();
    let clock = bench.clock();
    let subject = match bench.camera() {
        Ok(camera) => camera.info().id.to_string(),
        Err(error) => format!("no camera: {error}"),
    };
    run::run(subject, &cases, bench, &clock, started)
}

/// How often something is asked for that nothing tells of.
const PACE: Duration = Duration::from_millis(50);

/// Without a frame for so long, a camera is silent.
const SILENCE: Duration = Duration::from_millis(500);

/// Whether a camera that says so may be an unplugged one.
fn is_away(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::Disconnected | ErrorKind::NotFound)
}

/// What cases do with a bench.
impl Bench {
    fn ample(&self) -> Wait {
        Wait::at_most(self.clock(), AMPLE)
    }

    fn within(&self, limit: Duration) -> Wait {
        Wait::at_most(self.clock(), limit)
    }

    fn the_context(&mut self) -> Result<Box<dyn CameraContext>, Stop> {
        match self.context() {
            Err(error) if error.kind() == ErrorKind::Unsupported => {
                skip("the bench has no camera context")
            }
            result => works("opening the context", result),
        }
    }

    /// The camera and its modes, in its socket, whatever an earlier case left behind.
    fn ready(&mut self) -> Result<(Box<dyn Camera>, Vec<FrameMode>), Stop> {
        let mut plugged = false;
        let wait = self.within(self.notice());
        loop {
            let found = self.camera().and_then(|mut camera| {
                let modes = camera.modes()?;
                Ok((camera, modes))
            });
            match found {
                Err(error) if is_away(error.kind()) => {
                    if !std::mem::replace(&mut plugged, true) {
                        self.do_act(Act::Plug)?;
                    } else if wait.sleep(PACE).is_err() {
                        return works("finding the camera", Err(error));
                    }
                }
                found => return works("asking the camera for its modes", found),
            }
        }
    }

    /// A running stream in the mode that a reception would choose.
    fn stream(&mut self) -> Result<Box<dyn FrameStream>, Stop> {
        let (camera, modes) = self.ready()?;
        let Some(mode) = closest(&modes, &FrameMode::reception()) else {
            return fail("the camera has no modes");
        };
        self.start(camera, mode)
    }

    /// A running stream. A call that an earlier case gave up may keep the camera busy for a while.
    fn start(
        &mut self,
        mut camera: Box<dyn Camera>,
        mode: &FrameMode,
    ) -> Result<Box<dyn FrameStream>, Stop> {
        let (patience, wait) = (self.within(self.notice()), self.ample());
        loop {
            match camera.start(mode, &wait) {
                Err(error) if error.kind() == ErrorKind::Busy => {
                    if patience.sleep(PACE).is_err() {
                        return works("start", Err(error));
                    }
                }
                result => return works("start", result),
            }
        }
    }

    fn frame(&self, stream: &mut dyn FrameStream) -> Result<Frame, Stop> {
        works("next_frame", stream.next_frame(&self.ample()))
    }

    fn do_act(&mut self, act: Act) -> Verdict {
        self.act(act).or_skip()
    }

    /// Takes the frames that a stalled camera had begun to send.
    fn until_silent(&self, stream: &mut dyn FrameStream) -> Verdict {
        /// More than any platform keeps.
        const LAST: usize = 30;
        for _ in 0..LAST {
            if stream.next_frame(&self.within(SILENCE)).is_err() {
                return Ok(());
            }
        }
        skip("the camera was stalled, and frames go on coming")
    }

    /// Does `work` while the camera sends nothing.
    fn stalled(&mut self, work: impl FnOnce(&mut Self) -> Verdict) -> Verdict {
        self.do_act(Act::Stall)?;
        let verdict = work(self);
        // Before the verdict: the cases after this one want frames.
        self.do_act(Act::Resume)?;
        verdict
    }
}
