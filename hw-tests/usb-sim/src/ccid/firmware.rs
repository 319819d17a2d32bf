//! What the reader does with each command (CCID 1.1 §6.1).

use myna_hal::wait::CancelToken;

use super::job::{Job, Work};
use super::message::{Command, Outcome, command, error};
use super::product::Exchange;
use super::reader::{Inserted, Shared, State};
use super::wire::Wire;

/// `wLevelParameter` of a block that is a part of a command (§6.1.4), or that asks for the next
/// part of an answer.
mod level {
    pub(super) const BEGINS: u16 = 1;
    pub(super) const CONTINUES: u16 = 3;
    pub(super) const NEXT_PART: u16 = 0x10;
}

/// `bChainParameter` that asks for the next part of a command (§6.2.1).
const SEND_NEXT_PART: u8 = 0x10;

/// Bytes of a command with a short Lc and no data: a longer one whose Lc is 0 is extended.
const EXTENDED_LC_AT: usize = 4;

/// Two products take escape commands before a PIN is entered (libccid's source).
const SPR532_NO_PADDING: [u8; 3] = [0x80, 0x02, 0x00];
const GEMPC_PROMPTS: u8 = 0xB2;

impl Shared {
    /// Carries out a command, or has it carried out.
    pub(super) fn command(&self, state: &mut State, command: Command) {
        let index = usize::from(command.slot);
        let Some(slot) = state.slots.get_mut(index) else {
            return state.reply(&command, &Outcome::Failed(error::NO_SUCH_SLOT));
        };
        if slot.running.is_some() && command.kind != command::ABORT {
            return state.reply(&command, &Outcome::Failed(error::SLOT_BUSY));
        }
        let outcome = match command.kind {
            command::ICC_POWER_ON => power_on(state, index, self.product.features),
            command::ICC_POWER_OFF => {
                power_off(state, index);
                // The clock is stopped low.
                Outcome::Done {
                    last: 1,
                    data: Vec::new(),
                }
            }
            command::GET_SLOT_STATUS | command::ICC_CLOCK => Outcome::data(Vec::new()),
            command::GET_PARAMETERS | command::RESET_PARAMETERS | command::SET_PARAMETERS => {
                parameters(state, &command, self.product.features)
            }
            command::ABORT => {
                if let Some(running) = state.slots[index].running.take() {
                    running.cancel.cancel();
                    self.changed.notify_all();
                }
                Outcome::data(Vec::new())
            }
            command::SET_DATA_RATE => Outcome::data(command.data.clone()),
            command::ESCAPE => self.escape(state, &command),
            command::XFR_BLOCK => return self.transfer(state, command),
            command::SECURE => return self.secure(state, command),
            _ => Outcome::Failed(error::UNSUPPORTED),
        };
        state.reply(&command, &outcome);
    }

    /// XfrBlock: a block, a command, or a part of one.
    fn transfer(&self, state: &mut State, command: Command) {
        let index = usize::from(command.slot);
        let slot = &mut state.slots[index];
        if !slot.powered {
            return state.reply(&command, &Outcome::Failed(error::MUTE));
        }
        let work = match self.product.exchange() {
            Exchange::Tpdu => Work::Block {
                block: command.data.clone(),
                waits: command.specific[0],
            },
            Exchange::ShortApdu if is_extended(&command.data) => {
                return state.reply(&command, &Outcome::Failed(error::LENGTH));
            }
            Exchange::ShortApdu => Work::Command(command.data.clone()),
            Exchange::ExtendedApdu => {
                let [_, low, high] = command.specific;
                let level = u16::from_le_bytes([low, high]);
                if level == level::NEXT_PART {
                    let part = self.next_part(state, index);
                    return state.reply(&command, &part);
                }
                slot.chain_in.extend_from_slice(&command.data);
                if matches!(level, level::BEGINS | level::CONTINUES) {
                    let next = Outcome::Done {
                        last: SEND_NEXT_PART,
                        data: Vec::new(),
                    };
                    return state.reply(&command, &next);
                }
                Work::Command(std::mem::take(&mut slot.chain_in))
            }
        };
        self.give_out(state, command, work);
    }

    /// Secure: the keys are used, then the card.
    fn secure(&self, state: &mut State, command: Command) {
        let index = usize::from(command.slot);
        if !state.slots[index].powered {
            return state.reply(&command, &Outcome::Failed(error::MUTE));
        }
        if self.pad.is_none() {
            return state.reply(&command, &Outcome::Failed(error::UNSUPPORTED));
        }
        let appends = std::mem::take(&mut state.appends_pin);
        let work = Work::Secure {
            data: command.data.clone(),
            appends,
        };
        self.give_out(state, command, work);
    }

    fn give_out(&self, state: &mut State, command: Command, work: Work) {
        let index = usize::from(command.slot);
        let cancel = CancelToken::new();
        let number = state.run(command, cancel.clone());
        let slot = &mut state.slots[index];
        let job = Job {
            number,
            work,
            insertion: slot.insertion,
            cancel,
        };
        // Its thread lives as long as the reader.
        let _ = slot.jobs.send(job);
    }

    fn escape(&self, state: &mut State, command: &Command) -> Outcome {
        match self.product.key {
            "spr532" if command.data == SPR532_NO_PADDING => {
                state.appends_pin = true;
                Outcome::data(vec![0])
            }
            "gempc-pinpad" if command.data.first() == Some(&GEMPC_PROMPTS) => {
                Outcome::data(Vec::new())
            }
            _ => Outcome::Failed(error::UNSUPPORTED),
        }
    }

    /// The next part of an answer that is longer than a message.
    pub(super) fn next_part(&self, state: &mut State, index: usize) -> Outcome {
        let slot = &mut state.slots[index];
        let most = (self.product.max_message as usize).saturating_sub(super::message::HEADER);
        let length = slot.chain_out.len().min(most);
        let data: Vec<u8> = slot.chain_out.drain(..length).collect();
        let (began, goes_on) = (slot.chaining, !slot.chain_out.is_empty());
        slot.chaining = goes_on;
        let last = match (began, goes_on) {
            (false, false) => 0,
            (false, true) => 1,
            (true, false) => 2,
            (true, true) => 3,
        };
        Outcome::Done { last, data }
    }
}

fn is_extended(command: &[u8]) -> bool {
    command.len() > EXTENDED_LC_AT + 1 && command[EXTENDED_LC_AT] == 0
}

fn power_on(state: &mut State, index: usize, features: u32) -> Outcome {
    let slot = &mut state.slots[index];
    let card = match &slot.inserted {
        Some(Inserted::Card(card)) => card.clone(),
        Some(Inserted::Mute) | None => return Outcome::Failed(error::MUTE),
    };
    let atr = if std::mem::replace(&mut slot.powered, true) {
        card.reset()
    } else {
        card.power_on()
    };
    slot.forget();
    slot.wire = Wire::after_reset(&atr, features);
    Outcome::data(atr)
}

fn power_off(state: &mut State, index: usize) {
    let slot = &mut state.slots[index];
    slot.forget();
    if let Some(Inserted::Card(card)) = &slot.inserted
        && std::mem::take(&mut slot.powered)
    {
        card.power_off();
    }
}

fn parameters(state: &mut State, command: &Command, features: u32) -> Outcome {
    let refuses = state.refuses_parameters;
    let slot = &mut state.slots[usize::from(command.slot)];
    if !slot.powered {
        return Outcome::Failed(error::MUTE);
    }
    if command.kind == command::SET_PARAMETERS {
        if refuses {
            return Outcome::Failed(error::UNSUPPORTED);
        }
        let [protocol, ..] = command.specific;
        if let Err(at) = slot.wire.tell(protocol, &command.data, features) {
            return Outcome::Failed(at);
        }
    }
    Outcome::Done {
        last: slot.wire.protocol(),
        data: slot.wire.parameters().to_vec(),
    }
}
