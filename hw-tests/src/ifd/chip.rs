//! What can be in a reader.

use std::sync::Mutex;

use myna_hal::sim::VirtualCard;
use myna_hal::sim::card::Answer;

/// Something with contacts.
pub trait Chip: Send + Sync {
    /// Power, from none; returns the answer to reset.
    fn power_on(&self) -> Vec<u8>;

    /// Warm reset; returns the answer to reset.
    fn reset(&self) -> Vec<u8>;

    /// No more power. A command under way ends with [`Answer::Gone`].
    fn power_off(&self);

    /// One command; takes as long as it takes.
    fn process(&self, command: &[u8]) -> Answer;
}

impl Chip for VirtualCard {
    fn power_on(&self) -> Vec<u8> {
        Self::power_on(self)
    }

    fn reset(&self) -> Vec<u8> {
        Self::reset(self)
    }

    fn power_off(&self) {
        Self::power_off(self);
    }

    fn process(&self, command: &[u8]) -> Answer {
        Self::process(self, command)
    }
}

type Script = dyn FnMut(&[u8]) -> Answer + Send;

/// A card that answers as a test says.
pub struct Scripted(Mutex<Box<Script>>);

impl Scripted {
    /// With whatever `script` makes of a command.
    pub fn new(script: impl FnMut(&[u8]) -> Answer + Send + 'static) -> Self {
        Self(Mutex::new(Box::new(script)))
    }

    /// T=1, no historical bytes.
    fn atr() -> Vec<u8> {
        vec![0x3B, 0x80, 0x80, 0x01, 0x01]
    }
}

impl Chip for Scripted {
    fn power_on(&self) -> Vec<u8> {
        Self::atr()
    }

    fn reset(&self) -> Vec<u8> {
        Self::atr()
    }

    fn power_off(&self) {}

    fn process(&self, command: &[u8]) -> Answer {
        (self.0.lock().expect("a script that does not panic"))(command)
    }
}
