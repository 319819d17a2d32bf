//! A virtual camera: picture files, folders of them, or drawn frames.

#[cfg(feature = "conformance")]
mod bench;
mod context;
mod scene;
mod sensor;

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

#[cfg(feature = "conformance")]
pub use self::bench::VirtualCameraBench;
use self::scene::{Drawn, Shown, Source, fitted, shown};
use self::sensor::Sensor;
pub use self::{context::VirtualCameras, scene::Scene, sensor::Lighting};
use crate::camera::{
    Camera, CameraCapabilities, Control, ControlState, Frame, FrameInfo, FrameMode, FrameStream,
    Setting,
};
use crate::device::DeviceInfo;
use crate::error::{Error, ErrorKind, Result};
use crate::imaging::PixelFormat;
use crate::time::{Clock, Timestamp, Wake};
use crate::wait::Wait;

/// What the camera is pointed at, and whether it still works. Shared by the camera, its streams
/// and the test.
#[derive(Clone)]
pub struct CameraControl(Arc<Mutex<State>>);

struct State {
    source: Source,
    /// What the light and the sensor make of the scene; without it every picture is shown as it
    /// is.
    sensor: Option<Sensor>,
    unplugged: bool,
    stalled: bool,
    /// How often the plug was pulled. What began before it was stays gone.
    pulled: u64,
    /// Wakes the stream that waits for a frame.
    stream: Option<Wake>,
    /// Wakes those that wait for an event.
    watches: Vec<Wake>,
}

impl CameraControl {
    /// Shows another drawn scene from the next frame on.
    pub fn show(&self, scene: Scene) {
        self.lock().source = Source::Drawn(Box::new(Drawn::new(scene)));
    }

    /// Shows a picture file (JPEG, PNG or JPEG 2000) from the next frame on, fitted into the
    /// frame.
    ///
    /// # Errors
    /// `InvalidInput`: not a picture.
    pub fn show_picture(&self, bytes: &[u8]) -> Result<()> {
        let picture = Shown::new(fitted(bytes)?);
        self.lock().source = Source::Pictures(vec![picture]);
        Ok(())
    }

    /// Lets this light fall on the scene from the next frame on. Of a camera that was not made
    /// [lit](VirtualCamera::lit) nothing changes.
    pub fn light(&self, lighting: Lighting) {
        if let Some(sensor) = &mut self.lock().sensor {
            sensor.lighting = lighting;
        }
    }

    /// Makes the camera refuse (or take again) every change of its controls, as one does that
    /// another program has settings open for.
    pub fn refuse_controls(&self, refuse: bool) {
        if let Some(sensor) = &mut self.lock().sensor {
            sensor.refuses = refuse;
        }
    }

    /// What a control is set to, as it was left by whoever ran the camera last; `None` of a camera
    /// that was not made [lit](VirtualCamera::lit).
    #[must_use]
    pub fn setting(&self, control: Control) -> Option<ControlState> {
        let state = self.lock();
        state.sensor.as_ref()?.control(control)
    }

    /// Pulls the plug. There is no way back for a running stream, also not by
    /// [`plug`](Self::plug).
    pub fn unplug(&self) {
        self.change(|state| {
            state.unplugged = true;
            state.pulled += 1;
            // Whoever plugs it in again finds it idle.
            state.stream = None;
        });
    }

    /// Plugs it in again.
    pub fn plug(&self) {
        self.change(|state| state.unplugged = false);
    }

    /// Stops (or resumes) the delivery of frames without any error, as a hung camera does.
    pub fn stall(&self, stalled: bool) {
        self.change(|state| state.stalled = stalled);
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        let wakes = {
            let mut state = self.lock();
            let watches = state.watches.iter().cloned();
            let wakes: Vec<_> = watches.chain(state.stream.clone()).collect();
            change(&mut state);
            wakes
        };
        // Outside the lock: a virtual clock takes its own lock in here.
        wakes.iter().for_each(Wake::notify);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for CameraControl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CameraControl")
    }
}

/// A camera of the virtual set: 640x480 at 30 frames a second, RGB, YUYV or grey. Frames are paced
/// on the injected clock; nothing runs between calls, so a frame is drawn only when it is asked
/// for, and those that nobody asked for are counted as dropped. Clones are the same camera.
#[derive(Clone)]
pub struct VirtualCamera {
    info: DeviceInfo,
    clock: Arc<dyn Clock>,
    control: CameraControl,
}

/// Frame size of the virtual camera.
const SIZE: (u32, u32) = (640, 480);
const RATE: u32 = 30;

impl VirtualCamera {
    /// Shows a drawn scene.
    #[must_use]
    pub fn drawn(clock: Arc<dyn Clock>, scene: Scene) -> Self {
        Self::showing(clock, Source::Drawn(Box::new(Drawn::new(scene))))
    }

    /// Shows a drawn scene in a light, through a sensor with a real one's limits: it saturates,
    /// is noisy when amplified, takes exposure in steps and shows a change some frames later. On
    /// automatic it exposes for the whole picture, as cameras do.
    #[must_use]
    pub fn lit(clock: Arc<dyn Clock>, scene: Scene, lighting: Lighting) -> Self {
        let camera = Self::drawn(clock, scene);
        camera.control.lock().sensor = Some(Sensor::new(lighting));
        camera
    }

    /// Shows a picture, given as the bytes of a JPEG, PNG or JPEG 2000 file, fitted into the
    /// frame.
    ///
    /// # Errors
    /// `InvalidInput`: not a picture.
    pub fn picture(clock: Arc<dyn Clock>, bytes: &[u8]) -> Result<Self> {
        Ok(Self::showing(
            clock,
            Source::Pictures(vec![Shown::new(fitted(bytes)?)]),
        ))
    }

    /// Shows the pictures of a folder in the order of their names, one frame each, again and
    /// again. Files that are no pictures are passed over.
    ///
    /// # Errors
    /// `NotFound`: no such folder, or no picture in it.
    pub fn folder(clock: Arc<dyn Clock>, folder: &Path) -> Result<Self> {
        let no_folder = |error: std::io::Error| {
            let context = format!("no pictures in {}", folder.display());
            Error::new(ErrorKind::NotFound, context).with_source(error)
        };
        let mut paths: Vec<_> = std::fs::read_dir(folder)
            .map_err(no_folder)?
            .filter_map(|entry| entry.ok().map(|entry| entry.path()))
            .collect();
        paths.sort();
        let pictures: Vec<_> = paths
            .iter()
            .filter_map(|path| fitted(&std::fs::read(path).ok()?).ok())
            .map(Shown::new)
            .collect();
        if pictures.is_empty() {
            return Err(no_folder(std::io::ErrorKind::NotFound.into()));
        }
        Ok(Self::showing(clock, Source::Pictures(pictures)))
    }

    fn showing(clock: Arc<dyn Clock>, source: Source) -> Self {
        let control = CameraControl(Arc::new(Mutex::new(State {
            source,
            sensor: None,
            unplugged: false,
            stalled: false,
            pulled: 0,
            stream: None,
            watches: Vec::new(),
        })));
        Self::of(clock, control)
    }

    /// The camera behind a handle.
    fn of(clock: Arc<dyn Clock>, control: CameraControl) -> Self {
        Self {
            info: DeviceInfo::new("sim", "virtual camera"),
            clock,
            control,
        }
    }

    /// The handle by which a test changes the scene and breaks the camera.
    #[must_use]
    pub fn control(&self) -> CameraControl {
        self.control.clone()
    }
}

impl std::fmt::Debug for VirtualCamera {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("sim::VirtualCamera")
    }
}

impl Camera for VirtualCamera {
    fn info(&self) -> &DeviceInfo {
        &self.info
    }

    fn capabilities(&self) -> CameraCapabilities {
        let controls = match self.control.lock().sensor {
            Some(_) => CameraCapabilities::EXPOSURE | CameraCapabilities::GAIN,
            None => CameraCapabilities::empty(),
        };
        controls | CameraCapabilities::HOT_PLUG
    }

    fn modes(&mut self) -> Result<Vec<FrameMode>> {
        if self.control.lock().unplugged {
            return Err(ErrorKind::Disconnected.into());
        }
        let formats = [PixelFormat::Rgb8, PixelFormat::Yuyv, PixelFormat::Grey8];
        Ok(formats
            .into_iter()
            .map(|format| FrameMode::new(format, SIZE.0, SIZE.1, RATE))
            .collect())
    }

    fn start(&mut self, mode: &FrameMode, wait: &Wait) -> Result<Box<dyn FrameStream>> {
        wait.check()?;
        if !self.modes()?.contains(mode) {
            return Err(Error::unsupported(format!("the mode {mode}")));
        }
        let wake = Wake::new();
        let pulled = {
            let mut state = self.control.lock();
            if state.stream.is_some() {
                return Err(ErrorKind::Busy.into());
            }
            state.stream = Some(wake.clone());
            state.pulled
        };
        Ok(Box::new(Stream {
            mode: *mode,
            pulled,
            started: self.clock.now(),
            clock: self.clock.clone(),
            control: self.control.clone(),
            wake,
            given: 0,
        }))
    }
}

struct Stream {
    mode: FrameMode,
    /// How often the plug had been pulled when it began.
    pulled: u64,
    started: Timestamp,
    clock: Arc<dyn Clock>,
    control: CameraControl,
    wake: Wake,
    /// Frames up to this number were given or dropped; the first one has number 1.
    given: u64,
}

impl Stream {
    fn is_gone(&self, state: &State) -> bool {
        state.pulled != self.pulled
    }

    /// When frame `number` is captured.
    fn due(&self, number: u64) -> Timestamp {
        let nanoseconds = number.saturating_mul(1_000_000_000) / u64::from(RATE);
        self.started + Duration::from_nanos(nanoseconds)
    }

    /// Number of the newest frame captured by now.
    fn newest(&self) -> u64 {
        let running = self.clock.now().since(self.started).as_nanos();
        let number = (running * u128::from(RATE) / 1_000_000_000) as u64;
        // The division in `due` rounds down, so the next one may be due already.
        if self.due(number + 1) <= self.clock.now() {
            number + 1
        } else {
            number
        }
    }
}

impl FrameStream for Stream {
    fn mode(&self) -> &FrameMode {
        &self.mode
    }

    fn next_frame(&mut self, wait: &Wait) -> Result<Frame> {
        loop {
            let (gone, stalled) = {
                let state = self.control.lock();
                (self.is_gone(&state), state.stalled)
            };
            if gone {
                return Err(ErrorKind::Disconnected.into());
            }
            wait.check()?;
            let newest = self.newest();
            if stalled {
                // What was due before the stall is gone, too: nobody captured it.
                wait.on(&self.wake)?;
            } else if newest > self.given {
                let info = FrameInfo {
                    sequence: newest,
                    captured_at: self.due(newest),
                    dropped_before: newest - self.given - 1,
                };
                self.given = newest;
                let State { source, sensor, .. } = &mut *self.control.lock();
                let data = shown(source, sensor.as_mut(), newest, self.mode.format)?;
                let stride = self.mode.format.row_bytes(SIZE.0);
                return Frame::new(self.mode.format, SIZE, stride, data, info);
            } else {
                // Until the frame is due, or until somebody changes something.
                let until = self.due(self.given + 1).since(self.clock.now());
                match wait.shortened(until).on(&self.wake) {
                    Err(error) if error.kind() == ErrorKind::TimedOut => wait.check()?,
                    other => other?,
                }
            }
        }
    }

    fn control(&mut self, control: Control) -> Result<ControlState> {
        let state = self.control.lock();
        if self.is_gone(&state) {
            return Err(ErrorKind::Disconnected.into());
        }
        let found = state
            .sensor
            .as_ref()
            .and_then(|sensor| sensor.control(control));
        found.ok_or_else(|| Error::unsupported(format!("the control {control}")))
    }

    fn set_control(&mut self, control: Control, setting: Setting) -> Result<()> {
        let newest = self.newest();
        let mut state = self.control.lock();
        if self.is_gone(&state) {
            return Err(ErrorKind::Disconnected.into());
        }
        match &mut state.sensor {
            Some(sensor) => sensor.set(control, setting, newest),
            None => Err(Error::unsupported(format!("the control {control}"))),
        }
    }

    fn stop(self: Box<Self>) -> Result<()> {
        if self.is_gone(&self.control.lock()) {
            return Err(ErrorKind::Disconnected.into());
        }
        Ok(())
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        let mut state = self.control.lock();
        if self.is_gone(&state) {
            return;
        }
        state.stream = None;
        // As of a real camera, what was set outlives the stream.
        if let Some(sensor) = &mut state.sensor {
            sensor.stop();
        }
    }
}

#[cfg(test)]
mod tests;
