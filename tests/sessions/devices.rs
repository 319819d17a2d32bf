//! Virtual devices that tell when they are asked for something, and fail when they are told to.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use myna_hal::camera::{
    Camera, CameraCapabilities, Control, ControlState, Frame, FrameInfo, FrameMode, FrameStream,
    Setting,
};
use myna_hal::card::CardConnection;
use myna_hal::checkin::card_face::CardFaceReading;
use myna_hal::checkin::ports::{
    CardFaceScanner, ExternalPinAnswer, PinAuthenticator, StaffAuthoriser, StaffCodeAnswer,
};
use myna_hal::device::DeviceInfo;
use myna_hal::imaging::PixelFormat;
use myna_hal::pin::{PinEntry, PinOutcome, PinPad, PinPath, PinPrompt, PinRequest};
use myna_hal::sim::VirtualCamera;
use myna_hal::{Error, ErrorKind, Result, Wait};

use crate::moments::{Moment, Moments};

/// What a camera does wrong, apart from what the virtual one can do wrong by itself.
#[derive(Clone, Default)]
pub(crate) struct CameraFaults(Arc<AtomicBool>);

impl CameraFaults {
    /// Every frame is noise that claims to be a picture.
    pub(crate) fn garbage(&self, on: bool) {
        self.0.store(on, Ordering::SeqCst);
    }
}

/// A virtual camera under watch.
pub(crate) struct WatchedCamera {
    pub(crate) camera: VirtualCamera,
    pub(crate) moments: Moments,
    pub(crate) faults: CameraFaults,
    /// From the start to the first picture.
    pub(crate) start_up: Duration,
}

struct WatchedStream {
    stream: Box<dyn FrameStream>,
    moments: Moments,
    faults: CameraFaults,
}

impl Camera for WatchedCamera {
    fn info(&self) -> &DeviceInfo {
        self.camera.info()
    }

    fn capabilities(&self) -> CameraCapabilities {
        self.camera.capabilities()
    }

    fn modes(&mut self) -> Result<Vec<FrameMode>> {
        self.camera.modes()
    }

    fn start(&mut self, mode: &FrameMode, wait: &Wait) -> Result<Box<dyn FrameStream>> {
        wait.sleep(self.start_up)?;
        Ok(Box::new(WatchedStream {
            stream: self.camera.start(mode, wait)?,
            moments: self.moments.clone(),
            faults: self.faults.clone(),
        }))
    }
}

impl FrameStream for WatchedStream {
    fn mode(&self) -> &FrameMode {
        self.stream.mode()
    }

    fn next_frame(&mut self, wait: &Wait) -> Result<Frame> {
        self.moments.pass(Moment::Frame);
        let frame = self.stream.next_frame(wait)?;
        if !self.faults.0.load(Ordering::SeqCst) {
            return Ok(frame);
        }
        let info = FrameInfo {
            sequence: 0,
            captured_at: frame.captured_at(),
            dropped_before: 0,
        };
        let noise = (0..999u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 13) as u8);
        let noise = noise.collect();
        Frame::new(PixelFormat::Mjpeg, (640, 480), 0, noise, info)
    }

    fn control(&mut self, control: Control) -> Result<ControlState> {
        self.stream.control(control)
    }

    fn set_control(&mut self, control: Control, setting: Setting) -> Result<()> {
        self.stream.set_control(control, setting)
    }

    fn stop(self: Box<Self>) -> Result<()> {
        self.stream.stop()
    }
}

/// What a pad answers next instead of what the person does.
#[derive(Clone, Copy)]
pub(crate) enum PadFault {
    Cancelled,
    TimedOut,
    Broken,
}

/// What a pad does wrong, and how often it was asked.
#[derive(Clone, Default)]
pub(crate) struct PadFaults {
    next: Arc<Mutex<Option<PadFault>>>,
    entries: Arc<AtomicU32>,
}

impl PadFaults {
    pub(crate) fn set(&self, fault: Option<PadFault>) {
        *self.lock() = fault;
    }

    /// How many entries came to an end with digits.
    pub(crate) fn entries(&self) -> u32 {
        self.entries.load(Ordering::SeqCst)
    }

    fn strike(&self) -> Result<Option<PinEntry>> {
        match self.lock().take() {
            None => Ok(None),
            Some(PadFault::Cancelled) => Ok(Some(PinEntry::CancelledByUser)),
            Some(PadFault::TimedOut) => Ok(Some(PinEntry::EntryTimedOut)),
            Some(PadFault::Broken) => Err(Error::new(
                ErrorKind::Disconnected,
                "the pad was pulled off",
            )),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Option<PadFault>> {
        self.next.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A PIN pad under watch.
pub(crate) struct WatchedPad {
    pub(crate) pad: Box<dyn PinPad>,
    pub(crate) moments: Moments,
    pub(crate) faults: PadFaults,
}

impl PinPad for WatchedPad {
    fn info(&self) -> &DeviceInfo {
        self.pad.info()
    }

    fn path(&self) -> PinPath {
        self.pad.path()
    }

    fn prepare(&mut self, prompt: &PinPrompt, wait: &Wait) -> Result<PinEntry> {
        self.moments.pass(Moment::Pad);
        let entry = match self.faults.strike()? {
            Some(entry) => entry,
            None => self.pad.prepare(prompt, wait)?,
        };
        if entry == PinEntry::Ready {
            self.faults.entries.fetch_add(1, Ordering::SeqCst);
        }
        Ok(entry)
    }

    fn verify(
        &mut self,
        card: &mut dyn CardConnection,
        request: &PinRequest,
        wait: &Wait,
    ) -> Result<PinOutcome> {
        self.moments.pass(Moment::Pad);
        match self.faults.strike()? {
            Some(PinEntry::CancelledByUser) => Ok(PinOutcome::CancelledByUser),
            Some(_) => Ok(PinOutcome::EntryTimedOut),
            None => self.pad.verify(card, request, wait),
        }
    }

    fn discard(&mut self) {
        self.pad.discard();
    }
}

/// How a port that is no government service goes wrong.
#[derive(Clone, Copy)]
pub(crate) enum DeskFault {
    Fails,
    Hangs,
}

/// What scanner, staff and other software do wrong.
#[derive(Clone, Default)]
pub(crate) struct DeskFaults(Arc<Mutex<Option<DeskFault>>>);

impl DeskFaults {
    pub(crate) fn set(&self, fault: Option<DeskFault>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = fault;
    }

    fn strike(&self, wait: &Wait) -> Result<()> {
        let fault = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match fault {
            None => Ok(()),
            Some(DeskFault::Fails) => Err(ErrorKind::Disconnected.into()),
            Some(DeskFault::Hangs) => wait.sleep(Duration::from_secs(3600)),
        }
    }
}

/// A port that goes wrong once it has been asked.
pub(crate) struct Faulty<P> {
    pub(crate) port: P,
    pub(crate) faults: DeskFaults,
}

impl<P: CardFaceScanner> CardFaceScanner for Faulty<P> {
    fn scan(&mut self, wait: &Wait) -> Result<CardFaceReading> {
        let reading = self.port.scan(wait);
        self.faults.strike(wait)?;
        reading
    }
}

impl<P: StaffAuthoriser> StaffAuthoriser for Faulty<P> {
    fn authorise(&mut self, wait: &Wait) -> Result<StaffCodeAnswer> {
        let answer = self.port.authorise(wait);
        self.faults.strike(wait)?;
        answer
    }
}

impl<P: PinAuthenticator + ?Sized> PinAuthenticator for Faulty<Box<P>> {
    fn authenticate(&mut self, wait: &Wait) -> Result<ExternalPinAnswer> {
        let answer = self.port.authenticate(wait);
        self.faults.strike(wait)?;
        answer
    }
}
