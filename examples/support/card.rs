//! Opening a card by what the user named: `sim` or `pcsc[:NAME PART]`.

use std::str::FromStr;
use std::sync::Arc;

use myna_hal::Wait;
use myna_hal::card::{CardConnection, CardContext, CardReader, ReaderWatch, ShareMode};
use myna_hal::myna::TrustStore;
use myna_hal::sim;
use myna_hal::time::Clock;

use super::desk::VirtualDesk;
use super::problem::Problem;

/// A reader and a watch that was opened before it was listed.
pub type Watched = (Box<dyn ReaderWatch>, Box<dyn CardReader>);

/// A reader and the card in it.
pub type Inserted = (Box<dyn CardReader>, Box<dyn CardConnection>);

/// Which card to use.
#[derive(Clone, Debug)]
pub enum CardChoice {
    /// The virtual card.
    Sim,
    /// A PC/SC reader whose name contains this.
    Pcsc(String),
}

impl FromStr for CardChoice {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once(':') {
            None if text == "sim" => Ok(Self::Sim),
            None if text == "pcsc" => Ok(Self::Pcsc(String::new())),
            Some(("pcsc", part)) => Ok(Self::Pcsc(part.to_owned())),
            _ => Err("say `sim`, `pcsc` or `pcsc:PART OF THE READER'S NAME`".to_owned()),
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
        match (self, desk) {
            (Self::Sim, Some(desk)) => {
                let watch = desk.context.clone().watch()?;
                Ok((watch, Box::new(desk.reader.clone())))
            }
            (Self::Sim, None) => Err(no_desk()),
            (Self::Pcsc(part), _) => pcsc::reader(part, clock),
        }
    }

    /// Opens the card in the reader of the user's choice, waiting for one if there is none.
    pub fn connect(
        &self,
        desk: Option<&VirtualDesk>,
        clock: &Arc<dyn Clock>,
        wait: &Wait,
    ) -> Result<Inserted, Problem> {
        match (self, desk) {
            (Self::Sim, Some(desk)) => {
                let mut reader = desk.reader.clone();
                let card = reader.connect(ShareMode::Shared, wait)?;
                Ok((Box::new(reader), card))
            }
            (Self::Sim, None) => Err(no_desk()),
            (Self::Pcsc(part), _) => pcsc::connect(part, clock, wait),
        }
    }
}

fn no_desk() -> Problem {
    Problem::new("bug", "no virtual card was made", "report this")
}

#[cfg(not(feature = "pcsc"))]
mod pcsc {
    use super::*;

    pub(super) fn connect(_: &str, _: &Arc<dyn Clock>, _: &Wait) -> Result<Inserted, Problem> {
        Err(absent())
    }

    pub(super) fn reader(_: &str, _: &Arc<dyn Clock>) -> Result<Watched, Problem> {
        Err(absent())
    }

    fn absent() -> Problem {
        Problem::new(
            "unsupported",
            "this program was built without the PC/SC driver",
            "build it with --features pcsc (on Linux: apt-get install libpcsclite-dev pkg-config)",
        )
    }
}

#[cfg(feature = "pcsc")]
mod pcsc {
    use myna_hal::ErrorKind;
    use myna_hal::card::CardPresence;
    use myna_hal::drivers::pcsc::PcscContext;

    use super::*;

    pub(super) fn connect(
        part: &str,
        clock: &Arc<dyn Clock>,
        wait: &Wait,
    ) -> Result<Inserted, Problem> {
        let mut context = PcscContext::new(clock.clone());
        // The watch first, the list second: an arrival in between is not lost.
        let mut watch = context.watch()?;
        let mut told = false;
        loop {
            for reader in &mut named(&mut context, part)? {
                match reader.state()?.card {
                    CardPresence::Present => {
                        let name = reader.info().name.clone();
                        // Once, now: asking every reader is itself a change that a watch tells.
                        let mut reader = asked(&mut context, &name)?.swap_remove(0);
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

    pub(super) fn reader(part: &str, clock: &Arc<dyn Clock>) -> Result<Watched, Problem> {
        let mut context = PcscContext::new(clock.clone());
        let watch = context.watch()?;
        // The first of them: who has several names one.
        let reader = asked(&mut context, part)?.swap_remove(0);
        Ok((watch, reader))
    }

    /// The attached readers whose name contains `part`; at least one.
    fn named(context: &mut PcscContext, part: &str) -> Result<Vec<Box<dyn CardReader>>, Problem> {
        let readers = context.readers()?;
        of_name(readers, part)
    }

    /// The same, asked for what they can do: PIN keys are known only then.
    fn asked(context: &mut PcscContext, part: &str) -> Result<Vec<Box<dyn CardReader>>, Problem> {
        let readers = context.readers_with_features()?;
        let boxed = |reader| Box::new(reader) as Box<dyn CardReader>;
        of_name(readers.into_iter().map(boxed).collect(), part)
    }

    fn of_name(
        mut readers: Vec<Box<dyn CardReader>>,
        part: &str,
    ) -> Result<Vec<Box<dyn CardReader>>, Problem> {
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
}
