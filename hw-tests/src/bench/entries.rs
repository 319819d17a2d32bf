//! The cards, readers and cameras of an inventory.

use std::path::PathBuf;

use serde::Deserialize;
use toml::Spanned;
use zeroize::Zeroizing;

use super::custody::Secret;
use super::{Actuator, SecretFrom, place};
use crate::unhex;

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
    pub pin_from: Option<SecretFrom>,
    /// How many tries of the PIN have to be left before one is spent; all of them unless said.
    #[serde(default = "all_of_pin")]
    pub tries_floor: Spanned<u8>,
    /// Whether a wrong PIN may be tried, which the right one then makes up for.
    #[serde(default)]
    pub wrong_pin: bool,
    /// Where its card-face code is found, the 14 digits printed on it. Never the code itself.
    /// Without it no visit opens the portrait.
    #[serde(default)]
    pub card_face_code_from: Option<SecretFrom>,
    /// How many tries of the code have to be left before one is spent; all of them unless said.
    #[serde(default = "all_of_code")]
    pub card_face_tries_floor: Spanned<u8>,
}

fn all_of_pin() -> Spanned<u8> {
    unplaced(Secret::Pin.tries())
}

fn all_of_code() -> Spanned<u8> {
    unplaced(Secret::CardFaceCode.tries())
}

/// A value that does not stand in a file.
fn unplaced<T>(value: T) -> Spanned<T> {
    Spanned::new(0..0, value)
}

impl CardEntry {
    /// SHA-256 of the certificate. The inventory was checked.
    #[must_use]
    pub fn sha256(&self) -> Vec<u8> {
        unhex(self.certificate_sha256.get_ref())
    }

    /// The PIN.
    ///
    /// # Errors
    /// It is not where the inventory says, or that does not say.
    pub fn pin(&self) -> Result<Zeroizing<String>, String> {
        read(Secret::Pin, self.pin_from.as_ref(), "pin-from")
    }

    /// The card-face code.
    ///
    /// # Errors
    /// It is not where the inventory says, or that does not say.
    pub fn card_face_code(&self) -> Result<Zeroizing<String>, String> {
        let from = self.card_face_code_from.as_ref();
        read(Secret::CardFaceCode, from, "card-face-code-from")
    }
}

fn read(secret: Secret, from: Option<&SecretFrom>, key: &str) -> Result<Zeroizing<String>, String> {
    let unknown = || format!("the inventory has no {key} for this card");
    from.ok_or_else(unknown)?.read(key, secret.digits())
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

/// What a camera is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Faces {
    /// People.
    #[default]
    Real,
    /// The library's drawn people, by a webcam that is a program: only the engine for drawn faces
    /// tells them apart.
    Drawn,
}

/// A camera, and who moves what is before it. Of `camera-name`, `usb-path`, `serial` and `picture` one is given.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct CameraEntry {
    /// What trials call it.
    pub name: Spanned<String>,
    /// Part of the name or the identity that the driver shows.
    #[serde(default)]
    pub camera_name: Option<String>,
    /// Bus and ports, as the kernel writes them: `3-1.4`.
    #[serde(default)]
    pub usb_path: Option<String>,
    /// The serial number.
    #[serde(default)]
    pub serial: Option<String>,
    /// No camera, but a picture file, which is read again whenever something before it changed.
    #[serde(default)]
    pub picture: Option<PathBuf>,
    /// What it is shown.
    #[serde(default)]
    pub faces: Faces,
    /// Pulls its plug.
    #[serde(default)]
    pub unplug: Option<Actuator>,
    /// Plugs it in again.
    #[serde(default)]
    pub plug: Option<Actuator>,
    /// Puts the card's holder before it.
    #[serde(default)]
    pub shows_holder: Option<Actuator>,
    /// Puts somebody else before it.
    #[serde(default)]
    pub shows_stranger: Option<Actuator>,
    /// Leaves nobody before it.
    #[serde(default)]
    pub shows_nobody: Option<Actuator>,
    /// Takes the light away.
    #[serde(default)]
    pub dark: Option<Actuator>,
    /// Gives it back.
    #[serde(default)]
    pub light: Option<Actuator>,
}

impl CameraEntry {
    /// A camera without an entry: part of what the driver shows.
    #[must_use]
    pub fn named(part: &str) -> Self {
        Self {
            name: unplaced(part.replace('/', "-")),
            camera_name: Some(part.to_owned()),
            usb_path: None,
            serial: None,
            picture: None,
            faces: Faces::Real,
            unplug: None,
            plug: None,
            shows_holder: None,
            shows_stranger: None,
            shows_nobody: None,
            dark: None,
            light: None,
        }
    }

    /// Whether the driver means this camera when it shows this name and this identity.
    #[must_use]
    pub fn is(&self, shown: &str, id: &str) -> bool {
        if let Some(path) = &self.usb_path {
            return place::of_camera(id) == Some(path);
        }
        if let Some(serial) = &self.serial {
            return format!("{id} ").contains(&format!(" {serial} "));
        }
        let part = self.camera_name.as_deref();
        part.is_some_and(|part| shown.contains(part) || id.contains(part))
    }
}
