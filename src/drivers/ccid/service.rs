//! What the thread of a reader has: the pipes, and what is known of each slot.

use std::sync::Arc;

use zeroize::Zeroizing;

use super::channel::Channel;
use super::descriptor::ClassDescriptor;
use super::secure::Order;
use super::slot::{Slot, SlotAt};
use super::transport::Transport;
use crate::drivers::direct::{Bytes, Front, Met, Seen};
use crate::error::{Error, Result};
use crate::time::Clock;
use crate::wait::CancelToken;

/// What a reader of CCID does besides.
pub(super) enum Special {
    Escape(Zeroizing<Vec<u8>>),
    /// The token is cancelled when nobody waits for the entry any more.
    Secure(Order, CancelToken),
}

pub(super) struct Service {
    channel: Channel,
    descriptor: ClassDescriptor,
    slots: Vec<Slot>,
}

impl Service {
    pub(super) fn new(
        transport: Box<dyn Transport>,
        descriptor: ClassDescriptor,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let slots = usize::from(descriptor.slots);
        Self {
            channel: Channel::new(transport, clock, descriptor.message_limit()),
            descriptor,
            slots: std::iter::repeat_with(Slot::default).take(slots).collect(),
        }
    }

    fn at(&mut self, index: u8) -> Result<SlotAt<'_>> {
        let slot = self.slots.get_mut(usize::from(index));
        Ok(SlotAt {
            index,
            slot: slot.ok_or_else(|| Error::invalid_input("the reader has no such slot"))?,
            channel: &mut self.channel,
            descriptor: &self.descriptor,
        })
    }
}

impl Front for Service {
    type Order = Special;

    fn look(&mut self, slot: u8, changed: bool) -> Result<Seen> {
        self.at(slot)?.look(changed)
    }

    fn meet(&mut self, slot: u8) -> Result<(Met, bool)> {
        self.at(slot)?.meet()
    }

    fn reset(&mut self, slot: u8) -> Result<Met> {
        self.at(slot)?.power_on()
    }

    fn power_off(&mut self, slot: u8) -> Result<()> {
        self.at(slot)?.power_off()
    }

    fn transmit(&mut self, slot: u8, command: &[u8]) -> Result<Bytes> {
        self.at(slot)?.transmit(command)
    }

    fn carry_out(&mut self, slot: u8, order: Special) -> Result<Bytes> {
        let mut slot = self.at(slot)?;
        match order {
            Special::Escape(data) => slot.escape(&data),
            Special::Secure(order, given_up) => slot.secure(&order, &given_up),
        }
    }
}
