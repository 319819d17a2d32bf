//! A bench with real devices: what is on it, who may use it now, who moves things, and which cards
//! may lose a try.
//!
//! A PIN or a card-face code goes to a card only through [`Guarded`], which asks [`Custody`] before
//! *every* VERIFY: the certificate is read anew, its SHA-256 has to be the one in the [`Inventory`],
//! and enough tries have to be left. An answer to reset decides nothing: whole families of cards share one.

mod actuator;
mod camera;
mod custody;
mod entries;
mod guarded;
mod inventory;
mod locks;
mod look;
mod pad;
mod picture;
mod place;
mod reader;
mod secret;

#[cfg(test)]
mod tests;

pub use actuator::{Actuator, ask};
pub use camera::CameraDesk;
pub use custody::{Custody, Intent, Permit, Secret};
pub use entries::{CameraEntry, CardEntry, Driver, Faces, ReaderEntry};
pub use guarded::Guarded;
pub use inventory::{Inventory, InventoryError};
pub use locks::Lock;
pub use look::fingerprint;
pub use pad::PadDesk;
pub use picture::PictureFile;
pub use reader::ReaderDesk;
pub use secret::SecretFrom;
