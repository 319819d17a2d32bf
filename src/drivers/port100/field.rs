//! What is in the field of a reader: finding a card, meeting it, and whether it is the same still.

use std::sync::Arc;

use super::chipset::Chipset;
use super::iso_dep::Link;
use super::transport::Transport;
use super::type_b;
use crate::card::Protocol;
use crate::drivers::direct::{Bytes, Front, Met, Seen};
use crate::error::{Error, ErrorKind, Result};
use crate::time::Clock;

/// The field and the card in it.
pub(super) struct Field {
    chipset: Chipset,
    card: Card,
}

/// What is known of the card.
enum Card {
    /// There was none at the last look.
    Absent,
    /// A dialogue is open.
    Open(Link, Met),
    /// It was met, and must be met anew before it is spoken to: we took its power, or an exchange
    /// broke off.
    Lost,
}

impl Field {
    pub(super) fn new(transport: Box<dyn Transport>, clock: Arc<dyn Clock>) -> Result<Self> {
        Ok(Self {
            chipset: Chipset::start(transport, clock)?,
            card: Card::Absent,
        })
    }

    /// Looks for a card that is in no dialogue, and opens one with it.
    fn find(&mut self) -> Result<Option<Met>> {
        self.chipset.field_on()?;
        let Some(atqb) = type_b::poll(&mut self.chipset)? else {
            self.card = Card::Absent;
            return Ok(None);
        };
        let (link, atr) = type_b::choose(&atqb, &mut self.chipset)?;
        let met = Met {
            atr,
            protocol: Protocol::T1,
        };
        self.card = Card::Open(link, met.clone());
        Ok(Some(met))
    }

    /// Takes the card's power, once the dialogue with it was ended in order.
    fn take_power(&mut self) -> Result<()> {
        self.card = match std::mem::replace(&mut self.card, Card::Absent) {
            Card::Open(link, _) => {
                link.deselect(&mut self.chipset)?;
                Card::Lost
            }
            other => other,
        };
        self.chipset.field_off()
    }

    /// Whether anything is near that answers a poll. Nothing is told to it.
    fn is_anything_near(&mut self) -> Result<bool> {
        self.chipset.field_on()?;
        match type_b::poll(&mut self.chipset) {
            Ok(found) => Ok(found.is_some()),
            Err(error) if error.kind() == ErrorKind::Protocol => Ok(true),
            Err(error) => Err(error),
        }
    }

    /// After an exchange that broke off: the card loses its power, and whether it is there at all is
    /// found out, so that its owner hears what happened.
    fn lose(&mut self, error: Error) -> Result<Error> {
        self.card = Card::Lost;
        self.chipset.field_off()?;
        if self.is_anything_near()? {
            return Ok(error);
        }
        self.card = Card::Absent;
        Ok(Error::from(ErrorKind::NoCard).with_source(error))
    }
}

impl Front for Field {
    type Order = std::convert::Infallible;

    fn look(&mut self, _: u8, _: bool) -> Result<Seen> {
        match &mut self.card {
            Card::Open(link, _) => {
                if link.is_there(&mut self.chipset)? {
                    return Ok(Seen::Same);
                }
                // Whatever is near is to begin anew: in a dialogue it would not hear a poll.
                self.card = Card::Absent;
                self.chipset.field_off()?;
            }
            Card::Lost => {
                let near = self.is_anything_near()?;
                // It was told to have no power.
                self.chipset.field_off()?;
                if near {
                    return Ok(Seen::Same);
                }
                self.card = Card::Absent;
                return Ok(Seen::Absent);
            }
            Card::Absent => {}
        }
        match self.find() {
            Ok(Some(met)) => Ok(Seen::New(met)),
            Ok(None) => Ok(Seen::Absent),
            Err(error) if matches!(error.kind(), ErrorKind::Protocol | ErrorKind::Unsupported) => {
                // It may be one that is not near enough yet: the next look begins with it.
                self.chipset.field_off()?;
                Ok(Seen::Mute)
            }
            Err(error) => Err(error),
        }
    }

    fn meet(&mut self, slot: u8) -> Result<(Met, bool)> {
        match (self.look(slot, false)?, &self.card) {
            (Seen::Absent, _) => Err(ErrorKind::NoCard.into()),
            (Seen::New(met), _) => Ok((met, true)),
            (Seen::Same, Card::Open(_, met)) => Ok((met.clone(), false)),
            (Seen::Same, _) => Ok((self.reset(slot)?, true)),
            (Seen::Mute, _) => Err(Error::protocol(
                "what is near the reader is not one card of Type B with ISO/IEC 14443-4",
            )),
        }
    }

    fn reset(&mut self, _: u8) -> Result<Met> {
        self.take_power()?;
        self.find()?.ok_or_else(|| ErrorKind::NoCard.into())
    }

    fn power_off(&mut self, _: u8) -> Result<()> {
        self.take_power()
    }

    fn transmit(&mut self, _: u8, command: &[u8]) -> Result<Bytes> {
        let link = match &mut self.card {
            Card::Open(link, _) => link,
            Card::Lost => return Err(ErrorKind::CardReset.into()),
            Card::Absent => return Err(ErrorKind::NoCard.into()),
        };
        match link.transmit(command, &mut self.chipset) {
            Ok(answer) if answer.len() < 2 => {
                Err(self.lose(Error::protocol("an answer without status word"))?)
            }
            Err(error) if error.kind() == ErrorKind::Protocol => Err(self.lose(error)?),
            result => result,
        }
    }

    fn carry_out(&mut self, _: u8, order: Self::Order) -> Result<Bytes> {
        match order {}
    }
}
