//! The file that says what is on a bench; `hw-tests/bench.example.toml` is one, with every key.

use std::fmt;
use std::ops::Range;
use std::path::Path;

use serde::Deserialize;
use toml::Spanned;

use super::custody::Secret;
use super::{CameraEntry, CardEntry, Driver, ReaderEntry};

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
            for (key, floor, secret) in [
                ("tries-floor", &card.tries_floor, Secret::Pin),
                (
                    "card-face-tries-floor",
                    &card.card_face_tries_floor,
                    Secret::CardFaceCode,
                ),
            ] {
                is_a_floor(key, floor, secret)?;
            }
        }
        self.cameras.iter().try_for_each(check_camera)?;
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

fn is_a_floor(
    key: &str,
    floor: &Spanned<u8>,
    secret: Secret,
) -> Result<(), (Range<usize>, String)> {
    let (least, all, said) = (secret.least_floor(), secret.tries(), floor.get_ref());
    if (least..=all).contains(said) {
        return Ok(());
    }
    let why =
        format!("{key} = {said}: {least} to {all} are due; the last try of a card is never spent");
    Err((floor.span(), why))
}

fn check_camera(camera: &CameraEntry) -> Result<(), (Range<usize>, String)> {
    let given = [&camera.camera_name, &camera.usb_path, &camera.serial];
    let given = given.iter().filter(|key| key.is_some()).count();
    if given + usize::from(camera.picture.is_some()) == 1 {
        return Ok(());
    }
    let why = format!(
        "camera {}: give one of camera-name, usb-path, serial and picture; \
         `cargo run --features v4l2 --example cameras` lists what is attached",
        camera.name.get_ref()
    );
    Err((camera.name.span(), why))
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
