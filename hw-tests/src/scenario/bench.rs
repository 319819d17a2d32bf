//! A bench with a real reader and a real card: what is moved is moved by the inventory's actuators,
//! or by a person who is told.
//!
//! A PIN and a card-face code go to the card through [`Guarded`] alone, which asks [`Custody`] before
//! every VERIFY. Faces are looked at where the inventory has a camera and says where the code of the
//! card is found.

#[cfg(feature = "onnx")]
mod engine;
#[cfg(not(feature = "onnx"))]
#[path = "bench/no_engine.rs"]
mod engine;
mod face;

use std::sync::Arc;
use std::time::Duration;

use myna_hal::Wait;
use myna_hal::camera::Camera;
use myna_hal::card::{CardConnection, CardReader, ReaderCapabilities, ReaderState, ShareMode};
use myna_hal::checkin::Method;
use myna_hal::checkin::ports::CardFaceScanner;
use myna_hal::checkin::runner::Devices;
use myna_hal::conformance::card::CardBench;
use myna_hal::device::DeviceInfo;
use myna_hal::face::FaceVerifier;
use myna_hal::myna::TrustStore;
use myna_hal::pin::{HostPinPad, PinPad, ReaderPinPad};
use myna_hal::sim::Keypad;
use myna_hal::time::Clock;

use super::hands::{Cannot, Hands, Impossible, Kiosk};
use super::instructions::act_in_english;
use super::kiosk::reader_sight;
use super::model::{Act, Deed, Entry, Scenario, Touch, Wanted};
use super::names::{CameraSight, CardKind, Device, ReaderSight};
use crate::bench::{
    Actuator, CameraEntry, CardEntry, Custody, Guarded, Intent, Inventory, Lock, ReaderDesk,
    ReaderEntry, ask,
};
use crate::hex;
use face::{Print, Sight};

/// How long a person may take for what the inventory has no actuator for.
const PERSON: Duration = Duration::from_secs(120);

/// How long a card may take to be seen gone.
const GONE: Duration = Duration::from_secs(10);

/// Limits are for machines; real ones are a little slower than virtual ones.
const SLOWNESS: u32 = 2;

/// Why no PIN and no code is tried.
const UNLISTED: &str = "the inventory lists no card for this reader";

/// Why no face is looked at.
const NO_CAMERA: &str = "the inventory has no camera, so no face is looked at";

/// What looks at faces, and what reads the print on the card.
type ByFace = (
    (Box<dyn Camera>, Box<dyn FaceVerifier>),
    Box<dyn CardFaceScanner>,
);

/// Hands on a bench.
pub struct Bench {
    desk: ReaderDesk,
    card: Option<CardEntry>,
    custody: Custody,
    camera: Option<CameraEntry>,
    /// The camera, once a file wanted it.
    sight: Option<Sight>,
    /// Keys of the host, where the reader's own are not used.
    host: Keypad,
    with_keys: bool,
    /// Who issued the cards, as PEM; the real issuers without it.
    trust: Option<String>,
    /// PINs that the card was sent before this kiosk.
    sent_before: u32,
    /// No other run uses the card, in whichever reader it is.
    _lock: Option<Lock>,
}

impl Bench {
    /// Takes a reader of the inventory, the first one unless it is named, and its card; and a camera
    /// in the same way, once a file wants one. `trust` has the issuers of the cards as PEM, where
    /// they are not the real ones.
    ///
    /// # Errors
    /// Why there is no such reader or camera, or who has the reader.
    pub fn take(
        inventory: &Inventory,
        reader: Option<&str>,
        camera: Option<&str>,
        trust: Option<String>,
    ) -> Result<Self, String> {
        let wanted = |entry: &&ReaderEntry| reader.is_none_or(|it| it == entry.name.get_ref());
        let entry = inventory.readers.iter().find(wanted);
        let entry = entry.ok_or_else(|| match reader {
            Some(name) => format!("the inventory has no reader called {name}"),
            None => "the inventory has no reader".to_owned(),
        })?;
        let is_it = |entry: &&CameraEntry| camera.is_none_or(|it| it == entry.name.get_ref());
        let seen = inventory.cameras.iter().find(is_it).cloned();
        if let (Some(name), None) = (camera, &seen) {
            return Err(format!("the inventory has no camera called {name}"));
        }
        let card = entry.card.as_ref();
        let card = card
            .and_then(|name| inventory.card(name.get_ref()))
            .cloned();
        let lock = |card: &CardEntry| Lock::take(&format!("card:{}", hex(&card.sha256())));
        Ok(Self {
            desk: ReaderDesk::take(entry)?,
            custody: card
                .as_ref()
                .map_or_else(|| Custody::of_none(UNLISTED), Custody::of),
            camera: seen,
            sight: None,
            host: Keypad::new("bench"),
            with_keys: false,
            trust,
            sent_before: 0,
            _lock: card.as_ref().map(lock).transpose()?,
            card,
        })
    }

    fn entry(&self) -> &ReaderEntry {
        self.desk.entry()
    }

    /// The actuator of the inventory; without one, a person.
    fn move_things(&self, act: &Act) -> Result<(), Cannot> {
        let entry = self.entry();
        let actuator: Option<&Actuator> = match act {
            Act::Insert(_) => entry.insert.as_ref(),
            Act::InsertMute => entry.insert_mute.as_ref(),
            Act::Remove => entry.remove.as_ref(),
            Act::Unplug(Device::Reader) => entry.unplug.as_ref(),
            Act::Plug(Device::Reader) => entry.plug.as_ref(),
            Act::Service(true) => entry.start_service.as_ref(),
            Act::Service(false) => entry.stop_service.as_ref(),
            Act::Keys(Entry::Right) => entry.types_right.as_ref(),
            Act::Keys(Entry::Wrong) => entry.types_wrong.as_ref(),
            Act::Keys(Entry::Cancel) => entry.cancels.as_ref(),
            _ => None,
        };
        let done = match actuator {
            Some(actuator) => actuator.act(),
            None => {
                let reader = entry.name.get_ref();
                ask(&format!("[{reader}] {}", act_in_english(act)), PERSON)
            }
        };
        done.map_err(|why| Impossible(why).into())
    }

    /// The camera, which is ours from now on.
    fn sight(&mut self) -> Result<&mut Sight, Cannot> {
        let sight = match self.sight.take() {
            Some(sight) => sight,
            None => {
                let entry = self.camera.as_ref();
                let entry = entry.ok_or_else(|| Impossible::because(NO_CAMERA))?;
                Sight::take(entry).map_err(Cannot::Broken)?
            }
        };
        Ok(self.sight.insert(sight))
    }

    /// What a visit by face takes. What is missing is known before anything is moved.
    fn set_up_face(&mut self) -> Result<ByFace, Cannot> {
        let unlisted = || Impossible::because(UNLISTED);
        let card = self.card.clone().ok_or_else(unlisted)?;
        let closed = |why| Impossible(format!("{why}: the portrait stays closed"));
        card.card_face_code().map_err(closed)?;
        let sight = self.sight()?;
        let engine = sight.engine()?;
        sight.set_up()?;
        Ok(((sight.camera(), engine), Box::new(Print(card))))
    }

    /// At the keys of the host.
    fn type_here(&self, entry: &Entry) -> Result<(), Cannot> {
        if *entry == Entry::Cancel {
            self.host.cancels_after(Duration::ZERO);
            return Ok(());
        }
        let unlisted = || Impossible::because(UNLISTED);
        let card = self.card.as_ref().ok_or_else(unlisted)?;
        let right = card.pin().map_err(Impossible)?;
        match entry {
            Entry::Right => self.host.types(&right),
            _ if **right == *"0000" => self.host.types("1111"),
            _ => self.host.types("0000"),
        }
        Ok(())
    }
}

/// Whether a file opens the portrait, or wants it to be possible.
fn wants_a_face(scenario: &Scenario) -> bool {
    scenario.steps.iter().any(|step| {
        let chosen = step.does == Some(Deed::Touch(Touch::Choose(Method::Face)));
        let offered = step.expect.as_ref().and_then(|expect| expect.offers);
        chosen || offered.is_some_and(|methods| methods.contains(Method::Face))
    })
}

/// What of a file is not for real cards.
fn is_beyond(scenario: &Scenario) -> Option<&'static str> {
    let ordinary = |(_, kind): &(String, CardKind)| *kind == CardKind::Ordinary;
    if scenario.cards.len() > 1 {
        Some("the inventory has one card for the reader, and the file wants more")
    } else if !scenario.cards.iter().all(ordinary) {
        Some("the cards of the inventory are ordinary ones, and the file wants another")
    } else {
        None
    }
}

impl Hands for Bench {
    fn place(&self) -> &str {
        "bench"
    }

    fn clock(&self) -> Arc<dyn Clock> {
        CardBench::clock(&self.desk)
    }

    fn slowness(&self) -> u32 {
        SLOWNESS
    }

    fn kiosk(&mut self, scenario: &Scenario) -> Result<Kiosk, Cannot> {
        if let Some(why) = is_beyond(scenario) {
            return Err(Impossible::because(why).into());
        }
        if let Wanted::Product(product) = &scenario.reader
            && product != self.entry().name.get_ref()
        {
            let name = self.entry().name.get_ref();
            return Err(Impossible(format!("the reader is {name}, not {product}")).into());
        }
        self.with_keys = scenario.reader == Wanted::WithKeys;
        self.host.clear();
        self.sent_before = self.custody.pins_sent();
        let by_face = wants_a_face(scenario)
            .then(|| self.set_up_face())
            .transpose()?;
        let patience = self.desk.wait(GONE);
        let is_empty = |sight| sight == Ok(ReaderSight::Empty);
        if !is_empty(Hands::reader(self)) {
            self.move_things(&Act::Remove)?;
        }
        while !is_empty(Hands::reader(self)) {
            patience.sleep(Duration::from_millis(50))?;
        }
        let trust = match &self.trust {
            Some(pem) => TrustStore::from_pem(pem),
            None => TrustStore::jlis(),
        };
        let mut context = self.desk.only();
        let watch = context.watch()?;
        let reader = Guard {
            inner: CardBench::reader(&mut self.desk)?,
            custody: self.custody.clone(),
        };
        let pin_pad: Box<dyn PinPad> = match self.with_keys {
            true => Box::new(ReaderPinPad::new(reader.info().clone())),
            false => Box::new(HostPinPad::new(self.host.clone())),
        };
        let (face, scanner) = by_face.unzip();
        Ok(Kiosk {
            devices: Devices {
                watch,
                reader: Box::new(reader),
                pin_pad,
                face,
                scanner,
                liveness: None,
            },
            trust: trust.map_err(|error| Cannot::Broken(error.to_string()))?,
        })
    }

    fn declines(&self, act: &Act) -> Option<Impossible> {
        let why = match act {
            Act::Stall(_) => "no real camera stalls when told",
            Act::Plug(Device::OtherCamera) | Act::Unplug(Device::OtherCamera) => {
                "one camera takes part"
            }
            Act::Face(_)
            | Act::Dark(_)
            | Act::Plug(Device::Camera)
            | Act::Unplug(Device::Camera)
                if self.camera.is_none() =>
            {
                NO_CAMERA
            }
            Act::Keys(Entry::Digits(_)) => "digits in a file are no real card's PIN",
            Act::Keys(Entry::Right | Entry::Wrong) if self.card.is_none() => UNLISTED,
            Act::Keys(Entry::Wrong) if !self.card.as_ref().is_some_and(|card| card.wrong_pin) => {
                "the inventory does not allow a wrong PIN for this card"
            }
            _ => return None,
        };
        Some(Impossible::because(why))
    }

    fn act(&mut self, act: &Act) -> Result<(), Cannot> {
        if let Act::Keys(entry) = act {
            let intent = match entry {
                Entry::Wrong => Intent::Wrong,
                _ => Intent::Right,
            };
            self.custody.intend(intent).map_err(Impossible)?;
            if !self.with_keys {
                return self.type_here(entry);
            }
        }
        match act {
            Act::Face(_)
            | Act::Dark(_)
            | Act::Plug(Device::Camera)
            | Act::Unplug(Device::Camera) => Ok(self.sight()?.act(act)?),
            _ => self.move_things(act),
        }
    }

    fn tries_left(&mut self) -> Result<u8, Impossible> {
        Err(Impossible::because("the visit has the card"))
    }

    fn verifies(&mut self) -> Result<u32, Impossible> {
        Ok(self.custody.pins_sent() - self.sent_before)
    }

    fn is_unlocked(&mut self) -> Result<bool, Impossible> {
        Err(Impossible::because("a real card does not tell"))
    }

    fn reader(&mut self) -> Result<ReaderSight, Impossible> {
        let reader = CardBench::reader(&mut self.desk);
        reader_sight(reader.and_then(|mut reader| reader.state()))
    }

    fn camera(&mut self) -> Result<CameraSight, Impossible> {
        match &self.sight {
            Some(sight) => sight.look(),
            None => Err(Impossible::because("no camera takes part")),
        }
    }
}

/// A reader whose connections are under custody.
struct Guard {
    inner: Box<dyn CardReader>,
    custody: Custody,
}

impl CardReader for Guard {
    fn info(&self) -> &DeviceInfo {
        self.inner.info()
    }

    fn capabilities(&self) -> ReaderCapabilities {
        self.inner.capabilities()
    }

    fn state(&mut self) -> myna_hal::Result<ReaderState> {
        self.inner.state()
    }

    fn connect(
        &mut self,
        share: ShareMode,
        wait: &Wait,
    ) -> myna_hal::Result<Box<dyn CardConnection>> {
        let connection = self.inner.connect(share, wait)?;
        let guarded = Guarded::new(connection, self.custody.clone());
        Ok(Box::new(guarded.visiting()))
    }
}
