//! A virtual camera: picture files, folders of them, or drawn frames.

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::drawn::blank;
use super::{DrawnFace, Pose};
use crate::camera::{
    Camera, CameraContext, CameraEvent, CameraWatch, Frame, FrameInfo, FrameMode, FrameStream,
};
use crate::device::DeviceInfo;
use crate::error::{Error, ErrorKind, Result};
use crate::imaging::{Image, PixelFormat, decode};
use crate::time::{Clock, Timestamp, Wake};
use crate::wait::Wait;

/// What a drawn frame shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Scene {
    /// One person, lit well, looking into the camera.
    Face {
        /// Number of the drawn person.
        person: u64,
    },
    /// The same in the dark.
    Dark {
        /// Number of the drawn person.
        person: u64,
    },
    /// The same with too much light.
    Bright {
        /// Number of the drawn person.
        person: u64,
    },
    /// Two people of the same size.
    TwoFaces,
    /// Nobody.
    Empty,
}

/// What the camera is pointed at, and whether it still works. Shared by the camera, its streams
/// and the test.
#[derive(Clone)]
pub struct CameraControl(Arc<Mutex<State>>);

struct State {
    source: Source,
    unplugged: bool,
    stalled: bool,
    /// Wakes the stream that waits for a frame.
    stream: Option<Wake>,
    /// Wakes those that wait for an event.
    watches: Vec<Wake>,
}

enum Source {
    Scene(Scene),
    /// RGB pictures of the mode's size, shown in turn, one frame each.
    Pictures(Vec<Image>),
}

impl CameraControl {
    /// Shows another drawn scene from the next frame on.
    pub fn show(&self, scene: Scene) {
        self.lock().source = Source::Scene(scene);
    }

    /// Shows a picture file (JPEG, PNG or JPEG 2000) from the next frame on, fitted into the
    /// frame.
    ///
    /// # Errors
    /// `InvalidInput`: not a picture.
    pub fn show_picture(&self, bytes: &[u8]) -> Result<()> {
        let picture = fitted(bytes)?;
        self.lock().source = Source::Pictures(vec![picture]);
        Ok(())
    }

    /// Pulls the plug. There is no way back for a running stream.
    pub fn unplug(&self) {
        self.change(|state| state.unplugged = true);
    }

    /// Stops (or resumes) the delivery of frames without any error, as a hung camera does.
    pub fn stall(&self, stalled: bool) {
        self.change(|state| state.stalled = stalled);
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        let wakes = {
            let mut state = self.lock();
            change(&mut state);
            let watches = state.watches.iter().cloned();
            watches.chain(state.stream.clone()).collect::<Vec<_>>()
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
/// for, and those that nobody asked for are counted as dropped.
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
        Self::showing(clock, Source::Scene(scene))
    }

    /// Shows a picture, given as the bytes of a JPEG, PNG or JPEG 2000 file, fitted into the
    /// frame.
    ///
    /// # Errors
    /// `InvalidInput`: not a picture.
    pub fn picture(clock: Arc<dyn Clock>, bytes: &[u8]) -> Result<Self> {
        Ok(Self::showing(clock, Source::Pictures(vec![fitted(bytes)?])))
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
        let pictures: Vec<Image> = paths
            .iter()
            .filter_map(|path| fitted(&std::fs::read(path).ok()?).ok())
            .collect();
        if pictures.is_empty() {
            return Err(no_folder(std::io::ErrorKind::NotFound.into()));
        }
        Ok(Self::showing(clock, Source::Pictures(pictures)))
    }

    fn showing(clock: Arc<dyn Clock>, source: Source) -> Self {
        Self {
            info: DeviceInfo::new("sim", "virtual camera"),
            clock,
            control: CameraControl(Arc::new(Mutex::new(State {
                source,
                unplugged: false,
                stalled: false,
                stream: None,
                watches: Vec::new(),
            }))),
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
        {
            let mut state = self.control.lock();
            if state.stream.is_some() {
                return Err(ErrorKind::Busy.into());
            }
            state.stream = Some(wake.clone());
        }
        Ok(Box::new(Stream {
            mode: *mode,
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
    started: Timestamp,
    clock: Arc<dyn Clock>,
    control: CameraControl,
    wake: Wake,
    /// Frames up to this number were given or dropped; the first one has number 1.
    given: u64,
}

impl Stream {
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
            let (unplugged, stalled) = {
                let state = self.control.lock();
                (state.unplugged, state.stalled)
            };
            if unplugged {
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
                let data = shown(&self.control.lock().source, newest, self.mode.format)?;
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

    fn stop(self: Box<Self>) -> Result<()> {
        if self.control.lock().unplugged {
            return Err(ErrorKind::Disconnected.into());
        }
        Ok(())
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.control.lock().stream = None;
    }
}

/// The picture, scaled to fit and centred on grey.
fn fitted(bytes: &[u8]) -> Result<Image> {
    let picture = decode(bytes)?.view().to_rgb8()?;
    let scale =
        (SIZE.0 as f32 / picture.width() as f32).min(SIZE.1 as f32 / picture.height() as f32);
    let length = |length: u32, limit: u32| ((length as f32 * scale) as u32).clamp(1, limit);
    let (width, height) = (
        length(picture.width(), SIZE.0),
        length(picture.height(), SIZE.1),
    );
    let small = picture.view().resize(width, height)?;
    let mut frame = blank(SIZE.0, SIZE.1, [128; 3]);
    let (left, top) = ((SIZE.0 - width) / 2, (SIZE.1 - height) / 2);
    for y in 0..height {
        let view = small.view();
        let start = ((top + y) * SIZE.0 + left) as usize * 3;
        frame.data_mut()[start..start + width as usize * 3].copy_from_slice(view.row(y));
    }
    Ok(frame)
}

/// The bytes of frame `number`.
fn shown(source: &Source, number: u64, format: PixelFormat) -> Result<Vec<u8>> {
    let drawn;
    let rgb = match source {
        Source::Pictures(pictures) => &pictures[(number as usize - 1) % pictures.len()],
        Source::Scene(scene) => {
            drawn = draw(*scene, number);
            &drawn
        }
    };
    Ok(match format {
        PixelFormat::Grey8 => rgb.view().to_grey8()?.data().to_vec(),
        PixelFormat::Yuyv => rgb.data().chunks_exact(6).flat_map(yuyv).collect(),
        _ => rgb.data().to_vec(),
    })
}

fn draw(scene: Scene, number: u64) -> Image {
    let mut image = blank(SIZE.0, SIZE.1, [185, 190, 195]);
    // People do not hold still.
    let sway = (number % 7) as f32 - 3.0;
    let mut person = |person: u64, x: f32| {
        let pose = Pose {
            centre: (x + sway, 235.0),
            height: 230.0,
            tilt: sway / 2.0,
        };
        DrawnFace::new(person).draw(&mut image, &pose);
    };
    let light = match scene {
        Scene::Face { person: number } => {
            person(number, 320.0);
            1.0
        }
        Scene::Dark { person: number } => {
            person(number, 320.0);
            0.2
        }
        Scene::Bright { person: number } => {
            person(number, 320.0);
            1.8
        }
        Scene::TwoFaces => {
            person(1, 180.0);
            person(2, 460.0);
            1.0
        }
        Scene::Empty => 1.0,
    };
    for value in image.data_mut() {
        *value = (f32::from(*value) * light) as u8;
    }
    image
}

/// Two RGB pixels as Y₀ U Y₁ V, BT.601 limited range.
fn yuyv(pair: &[u8]) -> [u8; 4] {
    let [r0, g0, b0, r1, g1, b1] = std::array::from_fn(|at| f32::from(pair[at]));
    let y = |r: f32, g: f32, b: f32| (16.5 + 0.257 * r + 0.504 * g + 0.098 * b) as u8;
    let (r, g, b) = ((r0 + r1) / 2.0, (g0 + g1) / 2.0, (b0 + b1) / 2.0);
    let u = (128.5 - 0.148 * r - 0.291 * g + 0.439 * b) as u8;
    let v = (128.5 + 0.439 * r - 0.368 * g - 0.071 * b) as u8;
    [y(r0, g0, b0), u, y(r1, g1, b1), v]
}

/// The cameras of the virtual set.
#[derive(Debug, Default)]
pub struct VirtualCameras(Vec<VirtualCamera>);

impl VirtualCameras {
    /// A context with these cameras.
    #[must_use]
    pub fn new(cameras: Vec<VirtualCamera>) -> Self {
        Self(cameras)
    }
}

impl CameraContext for VirtualCameras {
    fn cameras(&mut self) -> Result<Vec<Box<dyn Camera>>> {
        Ok(self
            .0
            .iter()
            .filter(|camera| !camera.control.lock().unplugged)
            .map(|camera| {
                let camera = VirtualCamera {
                    info: camera.info.clone(),
                    clock: camera.clock.clone(),
                    control: camera.control.clone(),
                };
                Box::new(camera) as Box<dyn Camera>
            })
            .collect())
    }

    fn watch(&mut self) -> Result<Box<dyn CameraWatch>> {
        let wake = Wake::new();
        let present = self
            .0
            .iter()
            .filter(|camera| !camera.control.lock().unplugged)
            .map(|camera| (camera.info.clone(), camera.control.clone()))
            .collect::<Vec<_>>();
        for (_, control) in &present {
            control.lock().watches.push(wake.clone());
        }
        Ok(Box::new(Watch { present, wake }))
    }
}

struct Watch {
    present: Vec<(DeviceInfo, CameraControl)>,
    wake: Wake,
}

impl CameraWatch for Watch {
    fn next_event(&mut self, wait: &Wait) -> Result<CameraEvent> {
        let Self { present, wake } = self;
        wait.check()?;
        wait.until(wake, || {
            let gone = present
                .iter()
                .position(|(_, control)| control.lock().unplugged)?;
            let (info, _) = present.remove(gone);
            Some(CameraEvent::CameraRemoved(info.id))
        })
    }
}

#[cfg(test)]
#[path = "camera_tests.rs"]
mod tests;
