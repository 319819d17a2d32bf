//! Opening a card by what the user named: `sim`, `pcsc[:NAME PART]` or `port100[:NAME PART]`.

use std::str::FromStr;
use std::sync::Arc;

use myna_hal::card::{
    CardConnection, CardContext, CardPresence, CardReader, ReaderWatch, ShareMode,
};
use myna_hal::myna::TrustStore;
use myna_hal::sim;
use myna_hal::time::Clock;
use myna_hal::{ErrorKind, Wait};

use super::desk::VirtualDesk;
use super::problem::Problem;

#[cfg_attr(feature = "pcsc", path = "card/pcsc.rs")]
#[cfg_attr(not(feature = "pcsc"), path = "card/no_pcsc.rs")]
mod pcsc;
#[cfg_attr(feature = "port100", path = "card/port100.rs")]
#[cfg_attr(not(feature = "port100"), path = "card/no_port100.rs")]
mod port100;

/// A reader and a watch that was opened before it was listed.
pub type Watched = (Box<dyn ReaderWatch>, Box<dyn CardReader>);

/// A reader and the card in it.
pub type Inserted = (Box<dyn CardReader>, Box<dyn CardConnection>);

/// The readers of a driver.
type Readers = Vec<Box<dyn CardReader>>;

/// A driver, and a part of a reader's name.
pub type Driver = (Box<dyn CardContext>, String);

/// Which card to use.
#[derive(Clone, Debug)]
pub enum CardChoice {
    /// The virtual card.
    Sim,
    /// A PC/SC reader whose name contains this.
    Pcsc(String),
    /// A Sony RC-S380 whose name contains this.
    Port100(String),
}

/// The way to the card that the user named.
struct Attached<'a> {
    context: Box<dyn CardContext>,
    /// The readers, asked for what they can do: PIN keys may be known only then.
    asked: fn(&Arc<dyn Clock>) -> Result<Readers, Problem>,
    part: &'a str,
    clock: &'a Arc<dyn Clock>,
}

impl FromStr for CardChoice {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once(':') {
            None if text == "sim" => Ok(Self::Sim),
            None if text == "pcsc" => Ok(Self::Pcsc(String::new())),
            None if text == "port100" => Ok(Self::Port100(String::new())),
            Some(("pcsc", part)) => Ok(Self::Pcsc(part.to_owned())),
            Some(("port100", part)) => Ok(Self::Port100(part.to_owned())),
            _ => Err(
                "say `sim`, `pcsc` or `port100`, the last two perhaps with `:PART OF THE READER'S NAME`"
                    .to_owned(),
            ),
        }
    }
}

impl CardChoice {
    /// Whether this is the virtual card.
    pub fn is_virtual(&self) -> bool {
        matches!(self, Self::Sim)
    }

    /// The anchors: those of `file`. Without one the virtual card brings its own, and every other
    /// card must come from J-LIS.
    pub fn trust(
        &self,
        file: Option<&std::path::Path>,
        card: Option<&sim::VirtualCard>,
    ) -> Result<TrustStore, Problem> {
        let store = match (file, card) {
            (Some(path), _) => {
                let pem = std::fs::read_to_string(path).map_err(|error| {
                    Problem::new(
                        "trust-file-unreadable",
                        format!("the trust file {} cannot be read: {error}", path.display()),
                        "name a PEM file with the CA certificates to trust",
                    )
                })?;
                TrustStore::from_pem(&pem)
            }
            (None, Some(card)) => TrustStore::from_pem(&card.trust_pem()),
            (None, None) => {
                eprintln!("No --trust: J-LIS's authorities are trusted, as built in.");
                TrustStore::jlis()
            }
        };
        store.map_err(|error| {
            Problem::new(
                "trust-file-malformed",
                error.to_string(),
                "use PEM blocks CERTIFICATE and MYNA CV KEY of one hierarchy",
            )
        })
    }

    /// The reader of the user's choice, asked for what it can do, and a watch that was opened
    /// before it was listed.
    pub fn reader(
        &self,
        desk: Option<&VirtualDesk>,
        clock: &Arc<dyn Clock>,
    ) -> Result<Watched, Problem> {
        match (self.attached(clock)?, desk) {
            (None, Some(desk)) => {
                let watch = desk.context.clone().watch()?;
                Ok((watch, Box::new(desk.reader.clone())))
            }
            (None, None) => Err(no_desk()),
            (Some(mut attached), _) => {
                let watch = attached.context.watch()?;
                // The first of them: who has several names one.
                Ok((watch, attached.asked(attached.part)?.swap_remove(0)))
            }
        }
    }

    /// Opens the card in the reader of the user's choice, waiting for one if there is none.
    pub fn connect(
        &self,
        desk: Option<&VirtualDesk>,
        clock: &Arc<dyn Clock>,
        wait: &Wait,
    ) -> Result<Inserted, Problem> {
        match (self.attached(clock)?, desk) {
            (None, Some(desk)) => {
                let mut reader = desk.reader.clone();
                let card = reader.connect(ShareMode::Shared, wait)?;
                Ok((Box::new(reader), card))
            }
            (None, None) => Err(no_desk()),
            (Some(attached), _) => attached.connect(wait),
        }
    }

    /// The driver for a card that is not virtual.
    fn attached<'a>(&'a self, clock: &'a Arc<dyn Clock>) -> Result<Option<Attached<'a>>, Problem> {
        let (context, asked, part): (_, fn(&_) -> _, _) = match self {
            Self::Sim => return Ok(None),
            Self::Pcsc(part) => (pcsc::context(clock)?, pcsc::asked, part),
            Self::Port100(part) => (port100::context(clock)?, port100::asked, part),
        };
        Ok(Some(Attached {
            context,
            asked,
            part,
            clock,
        }))
    }

    /// The readers of the driver, and the part of the name; `None` for the virtual card.
    #[allow(dead_code, reason = "not every program needs them all")]
    pub fn context(&self, clock: &Arc<dyn Clock>) -> Result<Option<Driver>, Problem> {
        let attached = self.attached(clock)?;
        Ok(attached.map(|it| (it.context, it.part.to_owned())))
    }
}

impl Attached<'_> {
    /// The card in the first reader that has one, waiting for it.
    fn connect(mut self, wait: &Wait) -> Result<Inserted, Problem> {
        // The watch first, the list second: an arrival in between is not lost.
        let mut watch = self.context.watch()?;
        let mut told = false;
        loop {
            let readers = self.context.readers()?;
            for reader in &mut of_name(readers, self.part)? {
                match reader.state()?.card {
                    CardPresence::Present => {
                        let name = reader.info().name.clone();
                        // Once, now: asking every reader is itself a change that a watch tells.
                        let mut reader = self.asked(&name)?.swap_remove(0);
                        let card = reader.connect(ShareMode::Shared, wait)?;
                        return Ok((reader, card));
                    }
                    CardPresence::Mute => {
                        return Err(Problem::new(
                            "mute",
                            format!("the card in {} does not answer", reader.info().name),
                            "take the card out, look at its chip and insert it again",
                        ));
                    }
                    _ => {}
                }
            }
            if !std::mem::replace(&mut told, true) {
                eprintln!("Waiting for a card …");
            }
            match watch.next_event(wait) {
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::TimedOut => {
                    return Err(Problem::new(
                        "not-present",
                        "no card was inserted".to_owned(),
                        "insert a My Number Card",
                    ));
                }
                Err(error) => return Err(error.into()),
            }
        }
    }

    fn asked(&self, part: &str) -> Result<Readers, Problem> {
        of_name((self.asked)(self.clock)?, part)
    }
}

/// The readers whose name contains `part`; at least one.
fn of_name(mut readers: Readers, part: &str) -> Result<Readers, Problem> {
    readers.retain(|reader| reader.info().name.contains(part));
    if readers.is_empty() {
        return Err(Problem::new(
            "reader-lost",
            if part.is_empty() {
                "no card reader is attached".to_owned()
            } else {
                format!("no attached reader has {part:?} in its name")
            },
            "attach the reader; `cargo run --features pcsc --example readers` lists them",
        ));
    }
    Ok(readers)
}

fn no_desk() -> Problem {
    Problem::new("bug", "no virtual card was made", "report this")
}
