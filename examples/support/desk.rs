//! The virtual desk: what a virtual card lies on, and how it differs from an ordinary one.

use std::sync::Arc;

use clap::{Args, ValueEnum};
use myna_hal::sim::card::{Key, Profile};
use myna_hal::sim::firmware::{PinPadFirmware, PinPadProduct};
use myna_hal::sim::{Keypad, VirtualCard, VirtualContext, VirtualReader};
use myna_hal::time::Clock;

use super::card::CardChoice;
use super::problem::Problem;

/// What can be chosen for the virtual card and its reader.
#[derive(Args, Clone, Debug)]
pub struct VirtualArguments {
    /// Give the virtual reader PIN keys of this make. What the terminal or MYNA_PIN says is typed
    /// on them
    #[arg(long, value_enum, value_name = "MAKE")]
    pub virtual_pad: Option<Make>,
    /// Tries that are left for the virtual card's PIN: 1 is the last one, 0 is blocked
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(0..=3))]
    pub virtual_tries: Option<u8>,
}

/// The makes of readers with PIN keys that there are virtual ones of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Make {
    /// Gemalto GemPC Pinpad: 4 to 8 digits, display
    Gempc,
    /// Gemalto Ezio Shield: 4 to 8 digits, display
    Ezio,
    /// Identiv SPR332 and SPR532: no display
    Spr532,
    /// HID OMNIKEY 3821: 1 to 31 digits, display
    Omnikey3821,
}

impl Make {
    fn product(self) -> PinPadProduct {
        match self {
            Self::Gempc => PinPadProduct::GEMPC_PINPAD,
            Self::Ezio => PinPadProduct::EZIO_SHIELD,
            Self::Spr532 => PinPadProduct::SPR532,
            Self::Omnikey3821 => PinPadProduct::OMNIKEY_3821,
        }
    }
}

/// A virtual card in a virtual reader.
pub struct VirtualDesk {
    pub context: VirtualContext,
    pub reader: VirtualReader,
    pub card: VirtualCard,
    /// The reader's PIN keys, if it has any.
    pub keys: Option<Keypad>,
}

impl VirtualArguments {
    /// The desk for a card of this profile; none if the user's choice is a real card.
    pub fn desk(
        &self,
        choice: &CardChoice,
        profile: impl FnOnce() -> Result<Profile, Problem>,
        clock: &Arc<dyn Clock>,
    ) -> Result<Option<VirtualDesk>, Problem> {
        if !choice.is_virtual() {
            return match (self.virtual_pad, self.virtual_tries) {
                (None, None) => Ok(None),
                _ => Err(Problem::new(
                    "not-virtual",
                    "--virtual-pad and --virtual-tries are for the virtual card",
                    "leave them out, or use --card sim",
                )),
            };
        }
        let mut profile = profile()?;
        if let Some(left) = self.virtual_tries {
            profile = profile.with_tries(Key::AuthPin, left);
        }
        let card = VirtualCard::new(profile, clock.clone());
        let context = VirtualContext::new(clock.clone());
        let (reader, keys) = match self.virtual_pad.map(Make::product) {
            Some(product) => {
                let reader = context.add_reader(&format!("Virtual {}", product.name));
                let keys = Keypad::new(product.name);
                reader.set_pin_pad(PinPadFirmware::new(product, keys.clone()));
                (reader, Some(keys))
            }
            None => (context.add_reader("Virtual reader"), None),
        };
        reader.insert(&card);
        Ok(Some(VirtualDesk {
            context,
            reader,
            card,
            keys,
        }))
    }
}
