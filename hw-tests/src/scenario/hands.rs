//! What hands can do with the devices of a place, and what eyes can see of them.

use std::fmt;
use std::sync::Arc;

use myna_hal::checkin::runner::Devices;
use myna_hal::myna::TrustStore;
use myna_hal::time::Clock;

use super::model::{Act, Scenario};
use super::names::{CameraSight, ReaderSight};

/// Why something cannot be done or seen in a place: "here …".
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Impossible(pub String);

impl Impossible {
    /// For this reason.
    pub fn because(why: impl Into<String>) -> Self {
        Self(why.into())
    }
}

impl fmt::Display for Impossible {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "impossible here, because {}", self.0)
    }
}

/// Why something was not done.
#[derive(Debug)]
pub enum Cannot {
    /// The place does not have what it takes; the scenario is ignored.
    Impossible(Impossible),
    /// A device that should work does not; the scenario failed.
    Broken(String),
}

impl From<Impossible> for Cannot {
    fn from(why: Impossible) -> Self {
        Self::Impossible(why)
    }
}

impl From<myna_hal::Error> for Cannot {
    fn from(error: myna_hal::Error) -> Self {
        Self::Broken(error.to_string())
    }
}

/// The devices that a visit is played on.
pub struct Kiosk {
    /// For the runner.
    pub devices: Devices,
    /// Who issued the cards.
    pub trust: TrustStore,
}

/// The hands and eyes of a place: the virtual devices, a guest with simulated USB devices, or a
/// bench with real ones.
///
/// *For who adds a place*: what cannot be done is no failure. Say it in [`declines`](Self::declines)
/// if it is known beforehand, so that nothing is begun.
pub trait Hands {
    /// What the place is called.
    fn place(&self) -> &str;

    /// The clock that its devices go by.
    fn clock(&self) -> Arc<dyn Clock>;

    /// By how much everything takes longer here than on a virtual clock, at least 1. Limits of
    /// expectations, and deadlines of what machines do, are so much longer.
    fn slowness(&self) -> u32 {
        1
    }

    /// Sets up the devices that a file wants, with no card in the reader.
    ///
    /// # Errors
    /// [`Cannot`]
    fn kiosk(&mut self, scenario: &Scenario) -> Result<Kiosk, Cannot>;

    /// Why this cannot be done here, if that is known.
    fn declines(&self, act: &Act) -> Option<Impossible> {
        let _ = act;
        None
    }

    /// Does something. What is typed may be typed before it is asked for.
    ///
    /// # Errors
    /// [`Cannot`]
    fn act(&mut self, act: &Act) -> Result<(), Cannot>;

    /// How many tries of the PIN the card has that was put in last.
    ///
    /// # Errors
    /// [`Impossible`]
    fn tries_left(&mut self) -> Result<u8, Impossible>;

    /// How often a PIN was presented to that card since the kiosk was set up.
    ///
    /// # Errors
    /// [`Impossible`]
    fn verifies(&mut self) -> Result<u32, Impossible>;

    /// Whether a key of that card is open.
    ///
    /// # Errors
    /// [`Impossible`]
    fn is_unlocked(&mut self) -> Result<bool, Impossible>;

    /// What a look at the reader shows.
    ///
    /// # Errors
    /// [`Impossible`]
    fn reader(&mut self) -> Result<ReaderSight, Impossible>;

    /// What a look at the camera shows.
    ///
    /// # Errors
    /// [`Impossible`]
    fn camera(&mut self) -> Result<CameraSight, Impossible>;

    /// What was improper about the visit as the devices saw it, once the kiosk is closed: a card
    /// that was left open, or asked what it should not have been asked.
    fn complaints(&mut self) -> Vec<String> {
        Vec::new()
    }
}
