//! A simulated RC-S380 at a desk.

// Each test program uses what it needs of this.
#![allow(dead_code)]

use std::sync::Arc;

use myna_hal::sim::card::{Latency, Profile};
use myna_hal::sim::{Keypad, VirtualCard};
use myna_hal::time::Clock;
use usb_sim::port100::{Chip, Port100Reader};

use crate::support::Hands;

/// A reader, and the chip of the cards that are held near it.
#[derive(Clone)]
pub(crate) struct Reader {
    pub(crate) sony: Port100Reader,
    pub(crate) chip: Chip,
}

impl Hands for Reader {
    fn card(&self, clock: &Arc<dyn Clock>) -> VirtualCard {
        let profile = Profile {
            latency: Latency::TypeB106,
            ..Profile::default()
        };
        VirtualCard::new(profile, clock.clone())
    }

    fn insert(&self, card: &VirtualCard) {
        self.sony.insert_chip(card, self.chip);
    }

    fn insert_mute(&self) {
        self.sony.insert_mute();
    }

    fn remove(&self) {
        self.sony.remove();
    }

    fn keys(&self) -> Option<&Keypad> {
        None
    }
}

/// A chip that takes short frames and is asked again soon, and one that needs its time.
pub(crate) const SMALL: Chip = Chip {
    fsci: Some(0),
    fwi: Some(8),
    wtxm: 2,
    ..Chip::PLAIN
};
pub(crate) const SLOW: Chip = Chip {
    fsci: Some(5),
    fwi: Some(12),
    ..Chip::PLAIN
};
