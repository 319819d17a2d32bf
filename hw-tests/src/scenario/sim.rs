//! The library's virtual devices on their virtual clock.

use std::sync::Arc;
use std::time::Duration;

use myna_hal::card::{CardContext, CardReader};
use myna_hal::checkin::runner::Devices;
use myna_hal::pin::{HostPinPad, PinPad};
use myna_hal::sim::card::{Key, Latency, Profile};
use myna_hal::sim::{
    CameraControl, Clock, FakeSdk, Keypad, Scene, SdkVerifier, SecurePinPad, VirtualCamera,
    VirtualCameras, VirtualContext, VirtualReader,
};
use myna_hal::time::Clock as ClockTrait;

use super::hands::{Cannot, Hands, Impossible, Kiosk};
use super::kiosk::{AnyCamera, PrintedCode, reader_sight};
use super::model::{Act, Entry, Scenario, Wanted};
use super::names::{CameraSight, Device, Face, ReaderSight};
use super::virtual_cards::VirtualCards;

/// The drawn person on the virtual cards' portraits, and somebody else.
const HOLDER: u64 = 1;
const STRANGER: u64 = 2;

/// Hands in the simulation. Everything is possible there, and takes no time of its own.
pub struct Simulation {
    clock: Clock,
    desk: Option<Desk>,
}

/// What a file is played with.
struct Desk {
    context: VirtualContext,
    reader: VirtualReader,
    keys: Keypad,
    /// The one that a visit begins with, and the other one.
    cameras: [CameraControl; 2],
    plugged: [bool; 2],
    cards: VirtualCards,
    printed: PrintedCode,
    face: Face,
    is_dark: bool,
}

impl Simulation {
    /// A room without devices, on a clock of its own.
    #[must_use]
    pub fn new() -> Self {
        Self {
            clock: Clock::starting_at("2026-11-22T00:00:00Z".parse().expect("literal")),
            desk: None,
        }
    }

    fn desk(&self) -> Result<&Desk, Impossible> {
        let nothing = || Impossible::because("no kiosk was set up");
        self.desk.as_ref().ok_or_else(nothing)
    }
}

/// What a camera sees of whoever is before it.
#[must_use]
pub fn scene(face: Face, is_dark: bool) -> Scene {
    let person = match face {
        Face::Holder => HOLDER,
        Face::Stranger => STRANGER,
        Face::Nobody => return Scene::Empty,
    };
    match is_dark {
        true => Scene::Dark { person },
        false => Scene::Face { person },
    }
}

impl Default for Simulation {
    fn default() -> Self {
        Self::new()
    }
}

impl Desk {
    /// Shows both cameras what is before them.
    fn show(&self) {
        let scene = scene(self.face, self.is_dark);
        self.cameras.iter().for_each(|camera| camera.show(scene));
    }

    fn plug(&mut self, device: Device, plugged: bool) {
        let which = match device {
            Device::Reader if plugged => return self.reader.plug(),
            Device::Reader => return self.reader.unplug(),
            Device::Camera => 0,
            Device::OtherCamera => 1,
        };
        self.plugged[which] = plugged;
        match plugged {
            true => self.cameras[which].plug(),
            false => self.cameras[which].unplug(),
        }
    }
}

impl Hands for Simulation {
    fn place(&self) -> &str {
        "sim"
    }

    fn clock(&self) -> Arc<dyn ClockTrait> {
        self.clock.shared()
    }

    fn kiosk(&mut self, scenario: &Scenario) -> Result<Kiosk, Cannot> {
        if let Wanted::Product(product) = &scenario.reader {
            let why = format!("virtual readers are no product, and the file wants `{product}`");
            return Err(Impossible(why).into());
        }
        if let Wanted::Product(product) = &scenario.camera {
            let why = format!("virtual cameras are no product, and the file wants `{product}`");
            return Err(Impossible(why).into());
        }
        let shared = self.clock.shared();
        let usual = Profile {
            latency: Latency::TypeB106,
            ..Profile::default()
        };
        let cards = VirtualCards::new(scenario, &usual, &shared);
        let trust = cards.trust(&shared).map_err(Cannot::Broken)?;
        let mut context = VirtualContext::new(shared.clone());
        let watch = context.watch()?;
        let reader = context.add_reader("scenario");
        let keys = Keypad::new("keys");
        let pin_pad: Box<dyn PinPad> = match scenario.reader {
            Wanted::WithKeys => Box::new(SecurePinPad::new(keys.clone(), reader.clone())),
            _ => Box::new(HostPinPad::new(keys.clone())),
        };
        let scene = Scene::Face { person: HOLDER };
        let cameras = [(); 2].map(|()| VirtualCamera::drawn(shared.clone(), scene));
        let controls = [cameras[0].control(), cameras[1].control()];
        controls[1].unplug();
        let listed = VirtualCameras::new(cameras.into());
        let printed = PrintedCode::default();
        let desk = Desk {
            context,
            reader: reader.clone(),
            keys,
            cameras: controls,
            plugged: [true, false],
            cards,
            printed: printed.clone(),
            face: Face::Holder,
            is_dark: false,
        };
        self.desk = Some(desk);
        Ok(Kiosk {
            devices: Devices {
                watch,
                reader: Box::new(reader),
                pin_pad,
                face: Some((
                    Box::new(AnyCamera::new(Box::new(listed))),
                    Box::new(SdkVerifier::new(FakeSdk::new())),
                )),
                scanner: Some(Box::new(printed)),
                liveness: None,
            },
            trust,
        })
    }

    fn act(&mut self, act: &Act) -> Result<(), Cannot> {
        let nothing = || Impossible::because("no kiosk was set up");
        let desk = self.desk.as_mut().ok_or_else(nothing)?;
        match act {
            Act::Insert(name) => {
                let card = desk.cards.take(name)?;
                desk.printed.set(Some(&card.holder().card_face_code));
                desk.reader.insert(card);
            }
            Act::InsertMute => desk.reader.insert_mute(),
            Act::Remove => {
                desk.printed.set(None);
                desk.reader.remove();
            }
            Act::Keys(Entry::Cancel) => desk.keys.cancels_after(Duration::ZERO),
            Act::Keys(entry) => {
                let digits = desk.cards.digits(entry);
                digits.iter().for_each(|digits| desk.keys.types(digits));
            }
            Act::Face(face) => {
                desk.face = *face;
                desk.show();
            }
            Act::Dark(dark) => {
                desk.is_dark = *dark;
                desk.show();
            }
            Act::Stall(stalled) => desk.cameras.iter().for_each(|it| it.stall(*stalled)),
            Act::Unplug(device) => desk.plug(*device, false),
            Act::Plug(device) => desk.plug(*device, true),
            Act::Service(true) => desk.context.restore_service(),
            Act::Service(false) => desk.context.lose_service(),
        }
        Ok(())
    }

    fn tries_left(&mut self) -> Result<u8, Impossible> {
        Ok(self.desk()?.cards.last()?.tries_left(Key::AuthPin))
    }

    fn verifies(&mut self) -> Result<u32, Impossible> {
        Ok(self.desk()?.cards.last()?.verify_count(Key::AuthPin))
    }

    fn is_unlocked(&mut self) -> Result<bool, Impossible> {
        Ok(self.desk()?.cards.last()?.is_unlocked())
    }

    fn reader(&mut self) -> Result<ReaderSight, Impossible> {
        reader_sight(self.desk()?.reader.clone().state())
    }

    fn camera(&mut self) -> Result<CameraSight, Impossible> {
        Ok(match self.desk()?.plugged {
            [false, false] => CameraSight::Gone,
            _ => CameraSight::There,
        })
    }

    fn complaints(&mut self) -> Vec<String> {
        let desk = self.desk.as_ref();
        desk.map_or_else(Vec::new, |desk| desk.cards.complaints())
    }
}
