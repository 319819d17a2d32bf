//! The file that says what is on a bench; `hw-tests/bench.example.toml` is one, with every key.

use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use toml::Spanned;
use zeroize::Zeroizing;

use super::Actuator;
use super::custody::FULL;
use crate::unhex;

/// What is on a bench.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Inventory {
    /// The cards that may lose a try: the allow-list.
    #[serde(default, rename = "card")]
    pub cards: Vec<CardEntry>,
    /// The card readers.
    #[serde(default, rename = "reader")]
    pub readers: Vec<ReaderEntry>,
    /// The cameras.
    #[serde(default, rename = "camera")]
    pub cameras: Vec<CameraEntry>,
}

/// A test card.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct CardEntry {
    /// What readers and people call it.
    pub name: Spanned<String>,
    /// SHA-256 of its user-authentication certificate in DER, in hexadecimal digits.
    pub certificate_sha256: Spanned<String>,
    /// Where its PIN is found. Never the PIN itself. Without it a person types.
    #[serde(default)]
    pub pin_from: Option<PinFrom>,
    /// How many tries have to be left before one is spent; all of them unless said.
    #[serde(default = "full")]
    pub tries_floor: Spanned<u8>,
    /// Whether a wrong PIN may be tried, which the right one then makes up for.
    #[serde(default)]
    pub wrong_pin: bool,
}

fn full() -> Spanned<u8> {
    unplaced(FULL)
}

/// A value that does not stand in a file.
fn unplaced<T>(value: T) -> Spanned<T> {
    Spanned::new(0..0, value)
}

/// Where a PIN is found.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum PinFrom {
    /// In this environment variable.
    Env(String),
    /// In this file, which holds nothing else.
    File(PathBuf),
}

impl PinFrom {
    /// The four digits.
    ///
    /// # Errors
    /// They are not there; the words name the place and never what is in it.
    pub fn read(&self) -> Result<Zeroizing<String>, String> {
        let (said, place) = match self {
            Self::Env(name) => {
                let said = std::env::var(name).map_err(|_| format!("pin-from: {name} is not set"));
                (said?, name.clone())
            }
            Self::File(path) => {
                let place = path.display().to_string();
                let said = std::fs::read_to_string(path);
                (
                    said.map_err(|error| format!("pin-from: {place}: {error}"))?,
                    place,
                )
            }
        };
        let said = Zeroizing::new(said);
        let digits = Zeroizing::new(said.trim().to_owned());
        if digits.len() == 4 && digits.bytes().all(|digit| digit.is_ascii_digit()) {
            Ok(digits)
        } else {
            Err(format!("pin-from: {place} does not hold four digits"))
        }
    }
}

/// A way to card readers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Driver {
    /// The platform's service.
    #[default]
    Pcsc,
    /// USB, without a service.
    Ccid,
}

impl Driver {
    /// The name of the driver in the library.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Pcsc => "pcsc",
            Self::Ccid => "ccid",
        }
    }
}

/// A card reader, and who moves things there. Of `pcsc-name`, `usb-path` and `serial` one is given.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ReaderEntry {
    /// What trials call it.
    pub name: Spanned<String>,
    /// The driver to try it with.
    #[serde(default)]
    pub driver: Driver,
    /// Part of the name that PC/SC, or the other driver, shows.
    #[serde(default)]
    pub pcsc_name: Option<String>,
    /// Bus and ports, as the kernel writes them: `3-1.4`. For the driver `ccid`.
    #[serde(default)]
    pub usb_path: Option<String>,
    /// The serial number, where the name that the driver shows has it.
    #[serde(default)]
    pub serial: Option<String>,
    /// The card that is in it when trials begin.
    #[serde(default)]
    pub card: Option<Spanned<String>>,
    /// Puts the card in.
    #[serde(default)]
    pub insert: Option<Actuator>,
    /// Takes it out.
    #[serde(default)]
    pub remove: Option<Actuator>,
    /// Puts something in that does not answer a reset.
    #[serde(default)]
    pub insert_mute: Option<Actuator>,
    /// Cuts the power of the reader's port, or pulls its plug.
    #[serde(default)]
    pub unplug: Option<Actuator>,
    /// Plugs it in again, with the card in it.
    #[serde(default)]
    pub plug: Option<Actuator>,
    /// Stops the platform's service.
    #[serde(default)]
    pub stop_service: Option<Actuator>,
    /// Starts it again.
    #[serde(default)]
    pub start_service: Option<Actuator>,
    /// Types the right PIN on the reader's own keys when it asks next.
    #[serde(default)]
    pub types_right: Option<Actuator>,
    /// Types a wrong PIN there.
    #[serde(default)]
    pub types_wrong: Option<Actuator>,
    /// Presses the cancel key there.
    #[serde(default)]
    pub cancels: Option<Actuator>,
}

impl ReaderEntry {
    /// A reader without an entry: part of its name in PC/SC, or after `ccid:` in the driver that
    /// needs no service.
    #[must_use]
    pub fn named(part: &str) -> Self {
        let (driver, part) = match part.strip_prefix("ccid:") {
            Some(part) => (Driver::Ccid, part),
            None => (Driver::Pcsc, part),
        };
        Self {
            name: unplaced(part.replace('/', "-")),
            driver,
            pcsc_name: Some(part.to_owned()),
            usb_path: None,
            serial: None,
            card: None,
            insert: None,
            remove: None,
            insert_mute: None,
            unplug: None,
            plug: None,
            stop_service: None,
            start_service: None,
            types_right: None,
            types_wrong: None,
            cancels: None,
        }
    }

    /// Whether the driver means this reader when it shows this name.
    #[must_use]
    pub fn is(&self, shown: &str) -> bool {
        if let Some(path) = &self.usb_path {
            let place = format!("usb {path}");
            let mut ends = shown.match_indices(&place).map(|(at, _)| at + place.len());
            return ends.any(|end| !shown[end..].starts_with(|c: char| c == '.' || c.is_numeric()));
        }
        let part = self.pcsc_name.as_ref().or(self.serial.as_ref());
        part.is_some_and(|part| shown.contains(part))
    }
}

/// A camera.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct CameraEntry {
    /// What trials call it.
    pub name: Spanned<String>,
    /// Part of what the driver shows: its name, USB path or serial number.
    #[serde(rename = "match")]
    pub shown: String,
    /// Pulls its plug.
    #[serde(default)]
    pub unplug: Option<Actuator>,
    /// Plugs it in again.
    #[serde(default)]
    pub plug: Option<Actuator>,
}

impl CameraEntry {
    /// A camera without an entry: part of what the driver shows.
    #[must_use]
    pub fn named(part: &str) -> Self {
        Self {
            name: unplaced(part.replace('/', "-")),
            shown: part.to_owned(),
            unplug: None,
            plug: None,
        }
    }
}

/// An inventory that cannot be used: where, why, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InventoryError {
    place: String,
    why: String,
}

impl fmt::Display for InventoryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.why)
    }
}

impl std::error::Error for InventoryError {}

impl Inventory {
    /// Reads an inventory.
    ///
    /// # Errors
    /// [`InventoryError`] names file, line and key, and says what to do.
    pub fn read(path: &Path) -> Result<Self, InventoryError> {
        let text = std::fs::read_to_string(path).map_err(|error| InventoryError {
            place: path.display().to_string(),
            why: format!(
                "{error}; MYNA_HAL_BENCH names the file, hw-tests/bench.example.toml is one"
            ),
        })?;
        Self::parse(&text, &path.display().to_string())
    }

    /// Reads the text of the file called `name`.
    ///
    /// # Errors
    /// As [`Inventory::read`].
    pub fn parse(text: &str, name: &str) -> Result<Self, InventoryError> {
        let at = |span: Option<Range<usize>>, why: String| {
            let before = span.and_then(|span| text.get(..span.start));
            let line = before.map_or(1, |before| before.matches('\n').count() + 1);
            let place = format!("{name}:{line}");
            InventoryError { place, why }
        };
        let inventory: Self = toml::from_str(text).map_err(|error| {
            let why = format!(
                "{}; every key is in hw-tests/bench.example.toml",
                error.message()
            );
            at(error.span(), why.replace('\n', " "))
        })?;
        inventory
            .check()
            .map_err(|(span, why)| at(Some(span), why))?;
        Ok(inventory)
    }

    /// The card called `name`.
    #[must_use]
    pub fn card(&self, name: &str) -> Option<&CardEntry> {
        self.cards.iter().find(|card| card.name.get_ref() == name)
    }

    fn check(&self) -> Result<(), (Range<usize>, String)> {
        for names in [
            self.cards.iter().map(|card| &card.name).collect::<Vec<_>>(),
            self.readers.iter().map(|reader| &reader.name).collect(),
            self.cameras.iter().map(|camera| &camera.name).collect(),
        ] {
            is_each_once(&names)?;
        }
        for card in &self.cards {
            let digits = card.certificate_sha256.get_ref();
            if digits.len() != 64 || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
                let why = "certificate-sha256: 64 hexadecimal digits are due; \
                           `openssl x509 -in FILE -outform DER | sha256sum` prints them";
                return Err((card.certificate_sha256.span(), why.to_owned()));
            }
            let floor = *card.tries_floor.get_ref();
            if !(2..=FULL).contains(&floor) {
                let why = format!(
                    "tries-floor = {floor}: 2 or {FULL} are due; the last try of a card is never spent"
                );
                return Err((card.tries_floor.span(), why));
            }
        }
        self.readers
            .iter()
            .try_for_each(|reader| self.check_reader(reader))
    }

    fn check_reader(&self, reader: &ReaderEntry) -> Result<(), (Range<usize>, String)> {
        let given = [&reader.pcsc_name, &reader.usb_path, &reader.serial];
        if given.iter().filter(|key| key.is_some()).count() != 1 {
            let why = format!(
                "reader {}: give one of pcsc-name, usb-path and serial; \
                 `cargo run --features ccid,pcsc --example readers` lists what is attached",
                reader.name.get_ref()
            );
            return Err((reader.name.span(), why));
        }
        if reader.usb_path.is_some() && reader.driver == Driver::Pcsc {
            let why = "usb-path: PC/SC does not tell where a reader is plugged in; \
                       give pcsc-name or serial, or driver = \"ccid\"";
            return Err((reader.name.span(), why.to_owned()));
        }
        match &reader.card {
            Some(card) if self.card(card.get_ref()).is_none() => {
                let why = format!(
                    "card = \"{}\": there is no [[card]] of that name; add it, or leave the key out \
                     and no PIN is tried",
                    card.get_ref()
                );
                Err((card.span(), why))
            }
            _ => Ok(()),
        }
    }
}

fn is_each_once(names: &[&Spanned<String>]) -> Result<(), (Range<usize>, String)> {
    for (index, name) in names.iter().enumerate() {
        let (text, span) = (name.get_ref(), name.span());
        if text.is_empty() || text.contains('/') {
            let why = format!("name = \"{text}\": something without a slash is due");
            return Err((span, why));
        }
        if names[..index].iter().any(|other| other.get_ref() == text) {
            let why = format!("name = \"{text}\": another entry has this name; choose another");
            return Err((span, why));
        }
    }
    Ok(())
}

impl CardEntry {
    /// SHA-256 of the certificate. The inventory was checked.
    #[must_use]
    pub fn sha256(&self) -> Vec<u8> {
        unhex(self.certificate_sha256.get_ref())
    }
}
