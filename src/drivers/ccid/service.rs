//! The thread of a reader: it owns the pipes and carries out one request after the other.

use std::sync::Arc;

use zeroize::Zeroizing;

use super::channel::Channel;
use super::descriptor::ClassDescriptor;
use super::secure::Order;
use super::slot::{Met, Seen, Slot, SlotAt};
use super::transport::Transport;
use crate::drivers::worker::Port;
use crate::error::{Error, Result};
use crate::time::Clock;
use crate::wait::CancelToken;

/// What the thread is asked to do, and with which slot.
pub(super) struct Request {
    pub(super) slot: u8,
    pub(super) what: What,
}

pub(super) enum What {
    /// Look whether there is a card; whether the reader said that something happened.
    Look {
        changed: bool,
    },
    /// Meet the card, with power.
    Meet,
    /// Warm reset.
    Reset,
    /// Take the power, and give it again only at the next meeting.
    PowerOff,
    Transmit(Zeroizing<Vec<u8>>),
    Escape(Zeroizing<Vec<u8>>),
    /// The token is cancelled when nobody waits for the entry any more.
    Secure(Order, CancelToken),
}

pub(super) enum Reply {
    Done,
    Seen(Seen),
    /// The card, and whether meeting it was a reset.
    Met(Met, bool),
    /// Wiped where nobody takes them: when the call was given up meanwhile.
    Bytes(Zeroizing<Vec<u8>>),
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

    /// Works until the port closes, and leaves no card with power.
    pub(super) fn serve(mut self, port: &Port<Request, Result<Reply>>) {
        while let Some(request) = port.next() {
            let reply = self.carry_out(request);
            port.reply(reply);
        }
        for index in 0..self.descriptor.slots {
            if let Ok(mut slot) = self.at(index) {
                let _ = slot.power_off();
            }
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

    fn carry_out(&mut self, request: Request) -> Result<Reply> {
        let mut slot = self.at(request.slot)?;
        match request.what {
            What::Look { changed } => slot.look(changed).map(Reply::Seen),
            What::Meet => slot.meet().map(|(met, reset)| Reply::Met(met, reset)),
            What::Reset => slot.power_on().map(|met| Reply::Met(met, true)),
            What::PowerOff => slot.power_off().map(|()| Reply::Done),
            What::Transmit(command) => slot.transmit(&command).map(Reply::Bytes),
            What::Escape(data) => slot.escape(&data).map(Reply::Bytes),
            What::Secure(order, given_up) => slot.secure(&order, &given_up).map(Reply::Bytes),
        }
    }
}
