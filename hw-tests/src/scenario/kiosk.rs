//! Devices that follow what hands do: whichever camera is plugged in, and the print on whichever
//! card is in the reader.

use std::sync::{Arc, Mutex, PoisonError};

use myna_hal::camera::{Camera, CameraCapabilities, CameraContext, FrameMode, FrameStream};
use myna_hal::card::{CardPresence, ReaderState};
use myna_hal::checkin::card_face::CardFaceReading;
use myna_hal::checkin::ports::CardFaceScanner;
use myna_hal::device::DeviceInfo;
use myna_hal::{Error, ErrorKind, Result, Wait};

use super::hands::Impossible;
use super::names::ReaderSight;

/// The first camera that there is whenever one is started, so that one may take the place of
/// another.
pub struct AnyCamera {
    context: Box<dyn CameraContext>,
    camera: Option<Box<dyn Camera>>,
    info: DeviceInfo,
}

impl AnyCamera {
    /// Of those that `context` lists.
    #[must_use]
    pub fn new(context: Box<dyn CameraContext>) -> Self {
        Self {
            context,
            camera: None,
            info: DeviceInfo::new("scenario", "whichever camera there is"),
        }
    }

    fn camera(&mut self) -> Result<&mut Box<dyn Camera>> {
        let first = self.context.cameras()?.into_iter().next();
        let camera = first.ok_or_else(|| Error::from(ErrorKind::NotFound))?;
        Ok(self.camera.insert(camera))
    }
}

impl Camera for AnyCamera {
    fn info(&self) -> &DeviceInfo {
        self.camera.as_ref().map_or(&self.info, |it| it.info())
    }

    fn capabilities(&self) -> CameraCapabilities {
        let camera = self.camera.as_ref();
        camera.map_or(CameraCapabilities::empty(), |it| it.capabilities())
    }

    fn modes(&mut self) -> Result<Vec<FrameMode>> {
        self.camera()?.modes()
    }

    fn start(&mut self, mode: &FrameMode, wait: &Wait) -> Result<Box<dyn FrameStream>> {
        match &mut self.camera {
            Some(camera) => camera.start(mode, wait),
            None => self.camera()?.start(mode, wait),
        }
    }
}

/// The card-face code that is printed on the card in the reader. Clones are the same print.
#[derive(Clone, Default)]
pub struct PrintedCode(Arc<Mutex<Option<String>>>);

impl PrintedCode {
    /// Another card lies there, with this code; `None` without one.
    pub fn set(&self, code: Option<&str>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = code.map(str::to_owned);
    }
}

impl CardFaceScanner for PrintedCode {
    fn scan(&mut self, wait: &Wait) -> Result<CardFaceReading> {
        wait.check()?;
        let code = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let code = code.as_deref().ok_or(ErrorKind::NoCard)?;
        CardFaceReading::typed(code).map_err(|error| Error::invalid_input(error.to_string()))
    }
}

/// What a reader's answer to the question for its state looks like.
///
/// # Errors
/// [`Impossible`]: it does not tell.
pub fn reader_sight(state: Result<ReaderState>) -> std::result::Result<ReaderSight, Impossible> {
    match state {
        Ok(state) => match state.card {
            CardPresence::Present => Ok(ReaderSight::Card),
            CardPresence::Mute => Ok(ReaderSight::Mute),
            CardPresence::Absent => Ok(ReaderSight::Empty),
            other => Err(Impossible(format!("the reader says {other:?}"))),
        },
        Err(error) => match error.kind() {
            ErrorKind::NotFound | ErrorKind::Disconnected => Ok(ReaderSight::Gone),
            ErrorKind::Unavailable => Ok(ReaderSight::NoService),
            _ => Err(Impossible(format!("the reader says: {error}"))),
        },
    }
}
