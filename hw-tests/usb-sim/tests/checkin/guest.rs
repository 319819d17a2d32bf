//! Hands in the guest: they plug simulated USB devices into a real kernel.

use std::sync::Arc;
use std::time::Duration;

use hw_tests::scenario::names::{CameraSight, Device, Face, ReaderSight};
use hw_tests::scenario::{
    Act, AnyCamera, Cannot, Entry, Hands, Impossible, Kiosk, PrintedCode, Scenario, VirtualCards,
    Wanted, reader_sight, scene,
};
use myna_hal::camera::CameraContext;
use myna_hal::card::CardContext;
use myna_hal::checkin::runner::Devices;
use myna_hal::conformance::Acted;
use myna_hal::drivers::v4l2::V4l2Context;
use myna_hal::pin::{HostPinPad, PinPad, ReaderPinPad};
use myna_hal::sim::card::Key;
use myna_hal::sim::{FakeSdk, Keypad, SdkVerifier};
use myna_hal::time::{Clock, SystemClock};
use myna_hal::{Result, Wait};
use usb_sim::ccid::Product;
use usb_sim::uvc::{Webcam, WebcamProduct};
use usb_sim::vhci::{self, Attached};

use crate::drawn::draw;
use crate::plug::{Driver, desk};
use crate::support::Desk;

/// The readers of files that want whichever there is, and of those that want keys on it.
const ANY: &str = "acr1252u";
const WITH_KEYS: &str = "spr532";

/// The webcam that a visit begins with, and the other one.
const WEBCAMS: [&str; 2] = ["webcam", "japanese-name"];

/// By how much a guest without the help of a processor is slower.
const SLOWNESS: u32 = 5;

/// How long a device may take to come and to go.
const PATIENCE: Duration = Duration::from_secs(20);

/// The desk of one driver. What is plugged in stays for the next file.
pub(crate) struct Guest {
    driver: Driver,
    clock: Arc<dyn Clock>,
    desk: Option<Desk>,
    webcams: Option<[Webcam; 2]>,
    plugged: [Option<Attached>; 2],
    cards: Option<VirtualCards>,
    printed: PrintedCode,
    /// Keys of the host, where the reader's own are not used.
    host: Keypad,
    with_keys: bool,
    face: Face,
    is_dark: bool,
}

impl Guest {
    /// Nothing is plugged in yet.
    pub(crate) fn new(driver: Driver) -> Self {
        Self {
            driver,
            clock: SystemClock::shared(),
            desk: None,
            webcams: None,
            plugged: [None, None],
            cards: None,
            printed: PrintedCode::default(),
            host: Keypad::new("host"),
            with_keys: false,
            face: Face::Holder,
            is_dark: false,
        }
    }

    fn patience(&self) -> Wait {
        Wait::at_most(self.clock.clone(), PATIENCE)
    }

    fn desk(&self) -> std::result::Result<&Desk, Impossible> {
        let nothing = || Impossible::because("no kiosk was set up");
        self.desk.as_ref().ok_or_else(nothing)
    }

    fn cards(&self) -> std::result::Result<&VirtualCards, Impossible> {
        let nothing = || Impossible::because("no kiosk was set up");
        self.cards.as_ref().ok_or_else(nothing)
    }

    /// The product plugged in, with nothing in it, and seen so by the driver.
    fn set_up_reader(&mut self, product: &'static Product) -> std::result::Result<(), Cannot> {
        let same = |desk: &Desk| desk.reader.product().key == product.key;
        if !self.desk.as_ref().is_some_and(same) {
            // The one that is there goes first.
            self.desk = None;
            let desk = desk(self.driver, product, true).map_err(Cannot::Broken)?;
            self.desk = Some(desk);
        }
        let desk = self.desk()?;
        desk.reader.remove();
        desk.reader.keys().clear();
        let state = || desk.open_reader().and_then(|mut reader| reader.state());
        if reader_sight(state()) == Ok(ReaderSight::Gone) {
            desk.way.lock().expect("not poisoned").plug(true);
        }
        let patience = self.patience();
        while reader_sight(state()) != Ok(ReaderSight::Empty) {
            patience.sleep(Duration::from_millis(20))?;
        }
        Ok(())
    }

    /// The first webcam plugged in, the other one not, and the driver agrees.
    fn set_up_cameras(&mut self) -> std::result::Result<(), Cannot> {
        if self.webcams.is_none() {
            let webcam = |key| WebcamProduct::find(key).map(Webcam::new);
            let [Some(first), Some(other)] = WEBCAMS.map(webcam) else {
                return Err(Impossible::because("the webcams are no products").into());
            };
            self.webcams = Some([first, other]);
        }
        self.plug_camera(1, false)?;
        self.plug_camera(0, true)?;
        self.stall(false);
        (self.face, self.is_dark) = (Face::Holder, false);
        self.show()?;
        let patience = self.patience();
        while self.camera() != Ok(CameraSight::There) {
            patience.sleep(Duration::from_millis(20))?;
        }
        Ok(())
    }

    fn plug_camera(&mut self, which: usize, plugged: bool) -> Result<()> {
        match (&self.webcams, plugged) {
            (Some(webcams), true) if self.plugged[which].is_none() => {
                let attached = vhci::attach(webcams[which].clone());
                let attached = attached.map_err(|error| {
                    myna_hal::Error::new(myna_hal::ErrorKind::Unavailable, error.to_string())
                })?;
                self.plugged[which] = Some(attached);
            }
            (_, true) => {}
            (_, false) => self.plugged[which] = None,
        }
        Ok(())
    }

    fn stall(&self, stalled: bool) {
        let webcams = self.webcams.iter().flatten();
        webcams.for_each(|webcam| webcam.stall(stalled));
    }

    /// Shows the webcams what the virtual camera would make of what is before it.
    fn show(&self) -> Result<()> {
        let picture = draw(scene(self.face, self.is_dark), &self.clock)?;
        let webcams = self.webcams.iter().flatten();
        webcams.for_each(|webcam| webcam.show(&picture));
        Ok(())
    }

    fn keys(&self) -> std::result::Result<&Keypad, Impossible> {
        Ok(match self.with_keys {
            true => self.desk()?.reader.keys(),
            false => &self.host,
        })
    }

    fn plug_reader(&self, plugged: bool) -> std::result::Result<(), Impossible> {
        self.desk()?.way.lock().expect("not poisoned").plug(plugged);
        Ok(())
    }
}

impl Hands for Guest {
    fn place(&self) -> &str {
        match self.driver {
            Driver::Ccid => "guest, ccid",
            Driver::Pcsc => "guest, pcsc",
        }
    }

    fn clock(&self) -> Arc<dyn Clock> {
        self.clock.clone()
    }

    fn slowness(&self) -> u32 {
        SLOWNESS
    }

    fn kiosk(&mut self, scenario: &Scenario) -> std::result::Result<Kiosk, Cannot> {
        if let Wanted::Product(product) = &scenario.camera {
            let why =
                format!("webcams are plugged in as they come, and the file wants `{product}`");
            return Err(Impossible(why).into());
        }
        let key = match &scenario.reader {
            Wanted::Any => ANY,
            Wanted::WithKeys => WITH_KEYS,
            Wanted::Product(product) => product,
        };
        let unknown = || Impossible(format!("no reader is called `{key}`"));
        let product = Product::find(key).ok_or_else(unknown)?;
        self.with_keys = scenario.reader == Wanted::WithKeys;
        self.host.clear();
        self.set_up_reader(product)?;
        self.set_up_cameras()?;
        let cards = VirtualCards::new(scenario, &product.card(), &self.clock);
        let trust = cards.trust(&self.clock).map_err(Cannot::Broken)?;
        self.cards = Some(cards);
        self.printed.set(None);
        let desk = self.desk()?;
        let watch = desk.open_context().watch()?;
        let reader = desk.open_reader()?;
        let pin_pad: Box<dyn PinPad> = match self.with_keys {
            true => Box::new(ReaderPinPad::new(reader.info().clone())),
            false => Box::new(HostPinPad::new(self.host.clone())),
        };
        let cameras = V4l2Context::new(self.clock.clone());
        Ok(Kiosk {
            devices: Devices {
                watch,
                reader,
                pin_pad,
                face: Some((
                    Box::new(AnyCamera::new(Box::new(cameras))),
                    Box::new(SdkVerifier::new(FakeSdk::new())),
                )),
                scanner: Some(Box::new(self.printed.clone())),
                liveness: None,
            },
            trust,
        })
    }

    fn declines(&self, act: &Act) -> Option<Impossible> {
        let service = matches!(act, Act::Service(_)) && self.driver == Driver::Ccid;
        service.then(|| Impossible::because("there is no service behind this driver"))
    }

    fn act(&mut self, act: &Act) -> std::result::Result<(), Cannot> {
        match act {
            Act::Insert(name) => {
                let cards = self.cards.as_mut();
                let nothing = || Impossible::because("no kiosk was set up");
                let card = cards.ok_or_else(nothing)?.take(name)?.clone();
                self.printed.set(Some(&card.holder().card_face_code));
                self.desk()?.reader.insert(&card);
            }
            Act::InsertMute => self.desk()?.reader.insert_mute(),
            Act::Remove => {
                self.printed.set(None);
                self.desk()?.reader.remove();
            }
            Act::Keys(Entry::Cancel) => self.keys()?.cancels_after(Duration::ZERO),
            Act::Keys(entry) => {
                let digits = self.cards()?.digits(entry);
                let keys = self.keys()?;
                digits.iter().for_each(|digits| keys.types(digits));
            }
            Act::Face(face) => {
                self.face = *face;
                self.show()?;
            }
            Act::Dark(dark) => {
                self.is_dark = *dark;
                self.show()?;
            }
            Act::Stall(stalled) => self.stall(*stalled),
            Act::Plug(Device::Reader) => self.plug_reader(true)?,
            Act::Unplug(Device::Reader) => self.plug_reader(false)?,
            Act::Plug(Device::Camera) => self.plug_camera(0, true)?,
            Act::Unplug(Device::Camera) => self.plug_camera(0, false)?,
            Act::Plug(Device::OtherCamera) => self.plug_camera(1, true)?,
            Act::Unplug(Device::OtherCamera) => self.plug_camera(1, false)?,
            Act::Service(runs) => {
                let mut way = self.desk()?.way.lock().expect("not poisoned");
                match way.service(*runs) {
                    Acted::Impossible(why) => return Err(Impossible(why).into()),
                    _ => return Ok(()),
                }
            }
        }
        Ok(())
    }

    fn tries_left(&mut self) -> std::result::Result<u8, Impossible> {
        Ok(self.cards()?.last()?.tries_left(Key::AuthPin))
    }

    fn verifies(&mut self) -> std::result::Result<u32, Impossible> {
        Ok(self.cards()?.last()?.verify_count(Key::AuthPin))
    }

    fn is_unlocked(&mut self) -> std::result::Result<bool, Impossible> {
        Ok(self.cards()?.last()?.is_unlocked())
    }

    fn reader(&mut self) -> std::result::Result<ReaderSight, Impossible> {
        let reader = self.desk()?.open_reader();
        reader_sight(reader.and_then(|mut reader| reader.state()))
    }

    fn camera(&mut self) -> std::result::Result<CameraSight, Impossible> {
        let cameras = V4l2Context::new(self.clock.clone()).cameras();
        match cameras {
            Ok(cameras) if cameras.is_empty() => Ok(CameraSight::Gone),
            Ok(_) => Ok(CameraSight::There),
            Err(error) => Err(Impossible(format!("the driver says: {error}"))),
        }
    }

    fn complaints(&mut self) -> Vec<String> {
        let cards = self.cards.as_ref();
        cards.map_or_else(Vec::new, VirtualCards::complaints)
    }
}
