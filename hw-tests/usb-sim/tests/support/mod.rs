//! A desk with one simulated reader, as the conformance kit wants it.

use std::sync::Arc;
use std::time::Duration;

use hw_tests::only::Only;
use myna_hal::card::{
    CardConnection, CardContext, CardPresence, CardReader, ReaderState, ShareMode,
};
use myna_hal::conformance::Acted;
use myna_hal::conformance::card::{Act, CardBench};
use myna_hal::conformance::pin::{Person, PinBench};
use myna_hal::pin::{HostPinPad, PinPad, ReaderPinPad};
use myna_hal::sim::card::{Fault, Trigger};
use myna_hal::sim::{Keypad, VirtualCard};
use myna_hal::time::Clock;
use myna_hal::{Error, ErrorKind, Result, Wait};
use usb_sim::ccid::{CcidReader, Product};

/// How often the platform is asked for what it has to notice; each time costs an emulated processor some
/// milliseconds.
pub(crate) const PACE: Duration = Duration::from_millis(50);

/// What differs between the ways to a reader.
pub(crate) trait Way: Send {
    /// A context that lists it.
    fn context(&self, clock: &Arc<dyn Clock>) -> Box<dyn CardContext>;

    /// Whether the context calls this reader so.
    fn is(&self, name: &str) -> bool;

    /// Plugs the reader in, or pulls the plug.
    fn plug(&mut self, plugged: bool);

    /// Whether an entry on the reader's keys ends when its caller gives up.
    fn ends_entries(&self) -> bool {
        true
    }

    /// Starts or stops the service behind the driver.
    fn service(&mut self, runs: bool) -> Acted {
        let _ = runs;
        Acted::Impossible("there is no service behind this driver".to_owned())
    }
}

/// A card for this product: with contacts or without.
pub(crate) fn card(product: &Product, clock: &Arc<dyn Clock>) -> VirtualCard {
    VirtualCard::new(product.slow_card(), clock.clone())
}

/// What a hand does to a simulated reader.
pub(crate) trait Hands: Clone + Send + 'static {
    /// A card that suits it.
    fn card(&self, clock: &Arc<dyn Clock>) -> VirtualCard;
    /// Puts a card in, or holds it near.
    fn insert(&self, card: &VirtualCard);
    /// Puts in something that does not answer.
    fn insert_mute(&self);
    /// Pulls out what is in.
    fn remove(&self);
    /// Its keys, if it gives PINs to the card.
    fn keys(&self) -> Option<&Keypad>;
}

impl Hands for CcidReader {
    fn card(&self, clock: &Arc<dyn Clock>) -> VirtualCard {
        card(self.product(), clock)
    }

    fn insert(&self, card: &VirtualCard) {
        self.insert(card);
    }

    fn insert_mute(&self) {
        self.insert_mute();
    }

    fn remove(&self) {
        self.remove();
    }

    fn keys(&self) -> Option<&Keypad> {
        self.product().pad().map(|_| self.keys())
    }
}

/// A reader with a card in it.
#[derive(Clone)]
pub(crate) struct Desk<R = CcidReader> {
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) reader: R,
    pub(crate) card: VirtualCard,
    pub(crate) way: Arc<std::sync::Mutex<dyn Way>>,
    /// What nobody at this desk does, and why.
    pub(crate) declines: fn(Act) -> Option<&'static str>,
}

impl<R: Hands> Desk<R> {
    /// Puts a card in and plugs the reader in.
    pub(crate) fn new(reader: R, way: impl Way + 'static, clock: &Arc<dyn Clock>) -> Self {
        let card = reader.card(clock);
        reader.insert(&card);
        let desk = Self {
            clock: clock.clone(),
            reader,
            card,
            way: Arc::new(std::sync::Mutex::new(way)),
            declines: |_| None,
        };
        desk.way.lock().expect("not poisoned").plug(true);
        desk
    }

    pub(crate) fn wait(&self, limit: Duration) -> Wait {
        Wait::at_most(self.clock.clone(), limit)
    }

    pub(crate) fn open_context(&self) -> Box<dyn CardContext> {
        self.way.lock().expect("not poisoned").context(&self.clock)
    }

    pub(crate) fn open_reader(&self) -> Result<Box<dyn CardReader>> {
        self.reader_of(&mut *self.open_context())
    }

    /// The desk's reader as a context knows it.
    pub(crate) fn reader_of(&self, context: &mut dyn CardContext) -> Result<Box<dyn CardReader>> {
        let way = self.way.lock().expect("not poisoned");
        let mut readers = context.readers()?;
        let found = readers.iter().position(|it| way.is(&it.info().name));
        found.map(|at| readers.swap_remove(at)).ok_or_else(|| {
            let names: Vec<_> = readers.iter().map(|it| &it.info().name).collect();
            Error::new(ErrorKind::NotFound, format!("not among {names:?}"))
        })
    }

    fn ends_entries(&self) -> bool {
        self.way.lock().expect("not poisoned").ends_entries()
    }

    /// Waits until the platform noticed: one that looks now and then does not see a card that is
    /// there again at its next look. Whether it does notice, the kit asks.
    pub(crate) fn until_absent(&self) {
        let patience = self.wait(Duration::from_secs(5));
        let absent = |state: ReaderState| state.card == CardPresence::Absent;
        let Ok(mut reader) = self.open_reader() else {
            return;
        };
        while !reader.state().is_ok_and(absent) && patience.sleep(PACE).is_ok() {}
    }

    /// A connection, once the platform has seen reader and card.
    pub(crate) fn connect(&self) -> Result<Box<dyn CardConnection>> {
        let patience = self.wait(Duration::from_secs(10));
        let wait = self.wait(Duration::from_secs(30));
        loop {
            let connected = self
                .open_reader()
                .and_then(|mut reader| reader.connect(ShareMode::Shared, &wait));
            match connected {
                Ok(connection) => return Ok(connection),
                Err(error) => {
                    if patience.sleep(PACE).is_err() {
                        return Err(error);
                    }
                }
            }
        }
    }
}

impl<R: Hands> CardBench for Desk<R> {
    fn clock(&self) -> Arc<dyn Clock> {
        self.clock.clone()
    }

    fn reader(&mut self) -> Result<Box<dyn CardReader>> {
        self.open_reader()
    }

    fn context(&mut self) -> Result<Box<dyn CardContext>> {
        // Others are tried at the same time.
        let way = self.way.clone();
        let is_ours = move |name: &str| way.lock().expect("not poisoned").is(name);
        Ok(Box::new(Only::new(self.open_context(), is_ours)))
    }

    fn act(&mut self, act: Act) -> Acted {
        if let Some(why) = (self.declines)(act) {
            return Acted::Impossible(why.to_owned());
        }
        let next = |fault| self.card.inject(Trigger::Nth(1), fault);
        let mut way = self.way.lock().expect("not poisoned");
        match act {
            Act::Insert => self.reader.insert(&self.card),
            Act::Remove => {
                self.reader.remove();
                drop(way);
                self.until_absent();
            }
            Act::InsertMute => self.reader.insert_mute(),
            Act::Unplug => way.plug(false),
            Act::Plug => {
                self.reader.insert(&self.card);
                way.plug(true);
            }
            Act::StopService => return way.service(false),
            Act::StartService => return way.service(true),
            Act::SlowNext(delay) => next(Fault::Delay(delay)),
            Act::CutNext => next(Fault::Truncate(1)),
            Act::LoseNext => next(Fault::AnswerLost),
            other => return Acted::Impossible(format!("{other:?} is not simulated")),
        }
        Acted::Done
    }

    fn commands_seen(&mut self) -> Option<u64> {
        Some(self.card.log().last().map_or(0, |entry| entry.number))
    }
}

/// The PIN of a desk's card: on the reader's own keys, or on keys of the host.
pub(crate) struct PinDesk<R = CcidReader> {
    pub(crate) desk: Desk<R>,
    /// Keys of the host, where the reader has none.
    pub(crate) host: Option<Keypad>,
}

impl<R: Hands> PinDesk<R> {
    pub(crate) fn new(desk: Desk<R>) -> Self {
        let host = desk.reader.keys().is_none().then(|| {
            let keys = Keypad::new("host");
            keys.set_patience(Duration::from_secs(2));
            keys
        });
        Self { desk, host }
    }

    /// The keys that the person uses.
    fn keys(&self) -> &Keypad {
        let keys = self.host.as_ref().or_else(|| self.desk.reader.keys());
        keys.expect("keys of the reader or of the host")
    }
}

impl<R: Hands> PinBench for PinDesk<R> {
    fn clock(&self) -> Arc<dyn Clock> {
        self.desk.clock.clone()
    }

    fn pad(&mut self) -> Result<Box<dyn PinPad>> {
        match &self.host {
            Some(keys) => Ok(Box::new(HostPinPad::new(keys.clone()))),
            None => {
                let info = self.desk.open_reader()?.info().clone();
                Ok(Box::new(ReaderPinPad::new(info)))
            }
        }
    }

    fn person(&mut self, does: Person) -> Acted {
        let keys = self.keys();
        match does {
            Person::TypesRight => keys.types("1234"),
            Person::TypesWrong => keys.types("4321"),
            Person::Cancels => keys.cancels_after(Duration::ZERO),
            // Where an entry that was given up goes on, somebody has to end it.
            Person::DoesNothing if self.host.is_none() && !self.desk.ends_entries() => {
                keys.cancels_after(Duration::from_secs(6));
            }
            Person::DoesNothing => {}
            Person::TypesNewPin => ["1234", "5678", "5678"]
                .iter()
                .for_each(|digits| keys.types(digits)),
            Person::TypesTwoNewPins => ["1234", "5678", "5679"]
                .iter()
                .for_each(|digits| keys.types(digits)),
            other => return Acted::Impossible(format!("nobody does {other:?} here")),
        }
        Acted::Done
    }

    fn clear(&mut self) {
        self.keys().clear();
    }

    fn card(&mut self) -> Result<Box<dyn CardConnection>> {
        let wait = self.desk.wait(Duration::from_secs(10));
        self.desk.open_reader()?.connect(ShareMode::Shared, &wait)
    }

    /// Of this a pad leaves five seconds to the card, so nobody is waited for longer than four.
    fn patience(&self) -> Duration {
        Duration::from_secs(9)
    }
}
