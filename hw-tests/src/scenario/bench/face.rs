//! What a visit by face takes on a bench: a camera, who is before it, and the code that is printed on
//! the card.

use myna_hal::camera::{Camera, CameraContext};
use myna_hal::checkin::card_face::CardFaceReading;
use myna_hal::checkin::ports::CardFaceScanner;
use myna_hal::face::FaceVerifier;
use myna_hal::sim::{FakeSdk, SdkVerifier};
use myna_hal::{Error, ErrorKind, Result, Wait};

use super::PERSON;
use super::engine::reference_engine;
use crate::bench::{Actuator, CameraDesk, CameraEntry, CardEntry, Faces, PictureFile, ask};
use crate::scenario::hands::Impossible;
use crate::scenario::instructions::act_in_english;
use crate::scenario::kiosk::AnyCamera;
use crate::scenario::model::Act;
use crate::scenario::names::{CameraSight, Device, Face};

/// What looks.
enum Eye {
    Camera(Box<CameraDesk>),
    Picture(PictureFile),
}

/// The camera of a bench, and what is before it as far as that is known.
pub(super) struct Sight {
    entry: CameraEntry,
    eye: Eye,
    face: Option<Face>,
    is_dark: bool,
}

impl Sight {
    /// Takes the camera for this run.
    pub(super) fn take(entry: &CameraEntry) -> std::result::Result<Self, String> {
        let eye = match &entry.picture {
            Some(path) => Eye::Picture(PictureFile::new(path.clone())),
            None => Eye::Camera(Box::new(CameraDesk::take(entry)?)),
        };
        Ok(Self {
            entry: entry.clone(),
            eye,
            face: None,
            is_dark: false,
        })
    }

    pub(super) fn camera(&self) -> Box<dyn Camera> {
        Box::new(AnyCamera::new(self.only()))
    }

    fn only(&self) -> Box<dyn CameraContext> {
        match &self.eye {
            Eye::Camera(desk) => desk.only(),
            Eye::Picture(file) => file.only(),
        }
    }

    /// An engine for what the camera is shown.
    pub(super) fn engine(&self) -> std::result::Result<Box<dyn FaceVerifier>, Impossible> {
        match self.entry.faces {
            Faces::Drawn => Ok(Box::new(SdkVerifier::new(FakeSdk::new()))),
            Faces::Real => reference_engine(),
        }
    }

    /// As every file begins: the holder before the camera, and enough light.
    pub(super) fn set_up(&mut self) -> std::result::Result<(), Impossible> {
        if self.is_dark {
            self.act(&Act::Dark(false))?;
        }
        match self.face {
            Some(Face::Holder) => Ok(()),
            _ => self.act(&Act::Face(Face::Holder)),
        }
    }

    /// The actuator of the inventory; without one, a person.
    pub(super) fn act(&mut self, act: &Act) -> std::result::Result<(), Impossible> {
        let entry = &self.entry;
        let actuator: Option<&Actuator> = match act {
            Act::Face(Face::Holder) => entry.shows_holder.as_ref(),
            Act::Face(Face::Stranger) => entry.shows_stranger.as_ref(),
            Act::Face(Face::Nobody) => entry.shows_nobody.as_ref(),
            Act::Dark(true) => entry.dark.as_ref(),
            Act::Dark(false) => entry.light.as_ref(),
            Act::Unplug(Device::Camera) => entry.unplug.as_ref(),
            Act::Plug(Device::Camera) => entry.plug.as_ref(),
            _ => None,
        };
        let done = match (actuator, &self.eye, act) {
            (Some(actuator), _, _) => actuator.act(),
            // It has no plug.
            (None, Eye::Picture(file), Act::Unplug(_)) => {
                file.control().unplug();
                Ok(())
            }
            (None, Eye::Picture(file), Act::Plug(_)) => {
                file.control().plug();
                Ok(())
            }
            _ => {
                let camera = entry.name.get_ref();
                ask(&format!("[{camera}] {}", act_in_english(act)), PERSON)
            }
        };
        done.map_err(Impossible)?;
        if let (Eye::Picture(file), Act::Face(_) | Act::Dark(_)) = (&self.eye, act) {
            file.look().map_err(Impossible)?;
        }
        match act {
            Act::Face(face) => self.face = Some(*face),
            Act::Dark(dark) => self.is_dark = *dark,
            _ => {}
        }
        Ok(())
    }

    pub(super) fn look(&self) -> std::result::Result<CameraSight, Impossible> {
        match self.only().cameras() {
            Ok(cameras) if cameras.is_empty() => Ok(CameraSight::Gone),
            Ok(_) => Ok(CameraSight::There),
            Err(error) => Err(Impossible(format!("the driver says: {error}"))),
        }
    }
}

/// The print on a test card, as far as a scanner would read it: found where the inventory says, for
/// each reading anew, and kept nowhere.
pub(super) struct Print(pub(super) CardEntry);

impl CardFaceScanner for Print {
    fn scan(&mut self, wait: &Wait) -> Result<CardFaceReading> {
        wait.check()?;
        let digits = self.0.card_face_code();
        let digits = digits.map_err(|why| Error::new(ErrorKind::NotFound, why))?;
        CardFaceReading::typed(&digits).map_err(|error| Error::invalid_input(error.to_string()))
    }
}
