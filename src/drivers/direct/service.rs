//! The thread of a reader: it owns the way to it and carries out one request after the other.

use super::{Bytes, Front, Met, Seen};
use crate::drivers::worker::Port;
use crate::error::Result;

/// What the thread is asked to do, and with which slot.
pub(super) struct Request<O> {
    pub(super) slot: u8,
    pub(super) what: What<O>,
}

pub(super) enum What<O> {
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
    Transmit(Bytes),
    /// What only some readers can do.
    #[cfg_attr(
        not(feature = "ccid"),
        allow(dead_code, reason = "only readers of CCID can do more than others")
    )]
    Order(O),
}

pub(super) enum Reply {
    Done,
    Seen(Seen),
    /// The card, and whether meeting it was a reset.
    Met(Met, bool),
    /// Wiped where nobody takes them: when the call was given up meanwhile.
    Bytes(Bytes),
}

/// Works until the port closes, and leaves no card with power.
pub(super) fn serve<F: Front>(
    mut front: F,
    slots: u8,
    port: &Port<Request<F::Order>, Result<Reply>>,
) {
    while let Some(Request { slot, what }) = port.next() {
        let reply = match what {
            What::Look { changed } => front.look(slot, changed).map(Reply::Seen),
            What::Meet => front.meet(slot).map(|(met, reset)| Reply::Met(met, reset)),
            What::Reset => front.reset(slot).map(|met| Reply::Met(met, true)),
            What::PowerOff => front.power_off(slot).map(|()| Reply::Done),
            What::Transmit(command) => front.transmit(slot, &command).map(Reply::Bytes),
            What::Order(order) => front.carry_out(slot, order).map(Reply::Bytes),
        };
        port.reply(reply);
    }
    for slot in 0..slots {
        let _ = front.power_off(slot);
    }
}
