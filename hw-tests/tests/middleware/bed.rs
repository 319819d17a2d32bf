//! One reader with a card in it, of either kind, for cases that must come out the same on both.

use std::cell::RefCell;

use hw_tests::ifd::TestReader;
use hw_tests::pcscd::{Pcscd, READER};
use hw_tests::puppet::Puppet;
use hw_tests::vpcd::LentCard;
use myna_hal::sim::VirtualCard;
use myna_hal::sim::card::{Latency, Profile};
use myna_hal::time::SystemClock;

use crate::PUPPET;

/// A daemon with one reader.
pub(crate) struct Bed {
    pub(crate) rig: Pcscd,
    slot: Slot,
}

enum Slot {
    /// Polled by the daemon every 400 ms; the card is a program of its own.
    Vpcd(RefCell<Option<LentCard>>),
    /// Tells the daemon at once; reader and card are in this process.
    Own(TestReader, RefCell<VirtualCard>),
}

impl Bed {
    /// One of each, with a card in.
    pub(crate) fn both() -> [Self; 2] {
        [Self::vpcd(), Self::own()]
    }

    fn vpcd() -> Self {
        let bed = Self {
            rig: Pcscd::start(),
            slot: Slot::Vpcd(RefCell::default()),
        };
        bed.insert();
        bed
    }

    /// One of ours, with a card in.
    pub(crate) fn own() -> Self {
        Self::own_with(Latency::None)
    }

    /// The same with a card that takes its time.
    pub(crate) fn own_with(latency: Latency) -> Self {
        let (rig, [reader]) = Pcscd::with_readers([READER]);
        let card = new_card(latency);
        reader.insert(&card);
        Self {
            rig,
            slot: Slot::Own(reader, RefCell::new(card)),
        }
    }

    /// A client, once the daemon sees the card.
    pub(crate) fn puppet(&self) -> Puppet {
        let puppet = Puppet::start(&self.rig, PUPPET);
        puppet.until('a', "state Myna", "present");
        puppet
    }

    /// A client that is connected with its hand `a`.
    pub(crate) fn connected(&self) -> Puppet {
        let puppet = self.puppet();
        let outcome = puppet.ask('a', "connect Myna shared");
        assert_eq!(outcome, "ok", "{self}: {outcome:?}");
        puppet
    }

    /// Puts a new card in.
    pub(crate) fn insert(&self) {
        match &self.slot {
            Slot::Vpcd(lent) => {
                let new = self.rig.lend(&[]);
                // Whoever was there goes now: on vpcd's socket the next is waiting already.
                lent.replace(Some(new));
            }
            Slot::Own(reader, card) => {
                card.replace(new_card(Latency::None));
                reader.insert(&*card.borrow());
            }
        }
    }

    /// Starts the daemon again after a kill, with a new card in the reader.
    pub(crate) fn restart(&mut self) {
        match &self.slot {
            Slot::Vpcd(_) => {
                self.rig.restart();
                // Its card left with the daemon.
                self.insert();
            }
            // A daemon that had seen the old card would see it leave, sooner or later.
            Slot::Own(..) => {
                self.insert();
                self.rig.restart();
            }
        }
    }

    /// Pulls the card out.
    pub(crate) fn remove(&self) {
        match &self.slot {
            Slot::Vpcd(lent) => drop(lent.take()),
            Slot::Own(reader, _) => reader.remove(),
        }
    }

    /// How many commands the card that is in saw.
    pub(crate) fn commands(&self) -> usize {
        match &self.slot {
            Slot::Vpcd(lent) => lent.borrow().as_ref().map_or(0, |lent| lent.log().0.len()),
            Slot::Own(_, card) => card.borrow().log().len(),
        }
    }

    pub(crate) fn is_vpcd(&self) -> bool {
        matches!(self.slot, Slot::Vpcd(_))
    }

    /// Our own reader, and the card in it.
    pub(crate) fn reader(&self) -> (&TestReader, VirtualCard) {
        match &self.slot {
            Slot::Own(reader, card) => (reader, card.borrow().clone()),
            Slot::Vpcd(_) => panic!("a case for our own reader"),
        }
    }
}

impl std::fmt::Display for Bed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self.slot {
            Slot::Vpcd(_) => "vpcd",
            Slot::Own(..) => "own reader",
        })
    }
}

fn new_card(latency: Latency) -> VirtualCard {
    let profile = Profile {
        latency,
        ..Profile::default()
    };
    VirtualCard::new(profile, SystemClock::shared())
}
