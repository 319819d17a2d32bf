//! A bench with real devices: what is on it, who may use it now, who moves things, and which cards
//! may lose a try.
//!
//! A PIN goes to a card only through [`Guarded`], which asks [`Custody`] before *every* VERIFY: the
//! certificate is read anew, its SHA-256 has to be the one in the [`Inventory`], and enough tries
//! have to be left. An answer to reset decides nothing: whole families of cards share one.

mod actuator;
mod camera;
mod custody;
mod guarded;
mod inventory;
mod locks;
mod only;
mod pad;
mod reader;

#[cfg(test)]
mod tests;

pub use actuator::{Actuator, ask};
pub use camera::CameraDesk;
pub use custody::{Custody, Intent, Permit, fingerprint};
pub use guarded::Guarded;
pub use inventory::{
    CameraEntry, CardEntry, Driver, Inventory, InventoryError, PinFrom, ReaderEntry,
};
pub use locks::Lock;
pub use pad::PadDesk;
pub use reader::ReaderDesk;
