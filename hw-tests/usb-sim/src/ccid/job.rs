//! What takes time, on a thread of the slot: the card works, or somebody uses the keys.

use std::sync::mpsc::Receiver;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use myna_hal::sim::card::{Answer, Latency};
use myna_hal::sim::firmware::GET_FEATURE_REQUEST;
use myna_hal::time::SystemClock;
use myna_hal::wait::CancelToken;
use myna_hal::{Error, ErrorKind, Wait};

use super::message::{Outcome, error};
use super::product::Exchange;
use super::reader::{Inserted, Shared};
use super::t0;
use super::t1::{self, CardT1, Said};
use super::wire::{self, Heard};

/// Something to do with the card in a slot.
pub(super) struct Job {
    pub(super) number: u64,
    pub(super) work: Work,
    /// The card that was there then.
    pub(super) insertion: u64,
    pub(super) cancel: CancelToken,
}

pub(super) enum Work {
    /// A whole command.
    Command(Vec<u8>),
    /// A block of T=1, or a request for another speed; how many of the card's waiting times the reader
    /// waits (`bBWI`).
    Block { block: Vec<u8>, waits: u8 },
    /// The data of a Secure command, and whether the PIN goes behind a bare header.
    Secure { data: Vec<u8>, appends: bool },
}

/// Answers of a pad itself, in the words of PC/SC part 10.
const TIMED_OUT: [u8; 2] = [0x64, 0x00];
const CANCELLED: [u8; 2] = [0x64, 0x01];

/// Starts the thread of a slot, which ends with the reader.
pub(super) fn start(shared: &Arc<Shared>, index: usize, jobs: Receiver<Job>) {
    let reader = Arc::downgrade(shared);
    std::thread::spawn(move || {
        while let Ok(job) = jobs.recv() {
            let Some(shared) = reader.upgrade() else {
                return;
            };
            let slot = SlotAt {
                shared: &shared,
                index,
                insertion: job.insertion,
                cancel: &job.cancel,
            };
            let outcome = slot.carry_out(job.work);
            shared.finish(index, job.number, &outcome);
        }
    });
}

/// A slot while one job lasts.
struct SlotAt<'a> {
    shared: &'a Shared,
    index: usize,
    insertion: u64,
    cancel: &'a CancelToken,
}

impl SlotAt<'_> {
    fn carry_out(&self, work: Work) -> Outcome {
        match work {
            Work::Command(command) => match self.run(&command) {
                Answer::Response(answer) => {
                    let mut state = self.shared.lock();
                    if self.shared.product.exchange() == Exchange::ShortApdu {
                        return Outcome::data(answer);
                    }
                    state.slots[self.index].chain_out = answer;
                    self.shared.next_part(&mut state, self.index)
                }
                other => self.nothing(&other),
            },
            Work::Block { block, waits } => self.block(&block, waits),
            Work::Secure { data, appends } => self.secure(&data, appends),
        }
    }

    /// Has the card carry out a command.
    fn run(&self, command: &[u8]) -> Answer {
        let card = {
            let state = self.shared.lock();
            let slot = &state.slots[self.index];
            match &slot.inserted {
                Some(Inserted::Card(card)) if slot.insertion == self.insertion => card.clone(),
                _ => return Answer::Gone,
            }
        };
        let answer = card.process(command);
        if !card.powered() && self.is_there() {
            // A fault of the card's own pulled it out.
            self.shared.put(self.index, None);
        }
        answer
    }

    fn is_there(&self) -> bool {
        let state = self.shared.lock();
        state.slots[self.index].insertion == self.insertion
    }

    /// What the reader makes of no answer.
    fn nothing(&self, answer: &Answer) -> Outcome {
        match answer {
            Answer::LinkError => return Outcome::Failed(error::PARITY),
            Answer::Mute => {
                let state = self.shared.lock();
                let patience = state.patience;
                let waits = |state: &mut super::reader::State| {
                    state.slots[self.index].insertion == self.insertion
                        && !self.cancel.is_cancelled()
                };
                let waited = self
                    .shared
                    .changed
                    .wait_timeout_while(state, patience, waits);
                drop(waited.unwrap_or_else(PoisonError::into_inner));
            }
            Answer::Gone | Answer::Response(_) => {}
        }
        Outcome::Failed(error::MUTE)
    }

    fn block(&self, block: &[u8], waits: u8) -> Outcome {
        match self.over_wire(block, waits) {
            Said::Block(block) => Outcome::data(block),
            Said::Nothing(answer) => self.nothing(&answer),
        }
    }

    /// Bytes go to the card; what it makes of them comes back, if it gets through.
    fn over_wire(&self, bytes: &[u8], waits: u8) -> Said {
        let protocol = {
            let mut state = self.shared.lock();
            let only_slow = state.only_slow;
            let wire = &mut state.slots[self.index].wire;
            let heard = wire.hear(bytes);
            if only_slow && wire.speed() != Some(wire::FIRST) {
                return Said::Nothing(Answer::Mute);
            }
            match heard {
                Heard::Block => wire.protocol(),
                Heard::Request(answer) => return Said::Block(answer),
                Heard::Noise => return Said::Nothing(Answer::Mute),
            }
        };
        let said = match protocol {
            0 => self.through_t0(bytes),
            _ => self.through_link(bytes, waits),
        };
        let Said::Block(answer) = &said else {
            return said;
        };
        let delay = {
            let mut state = self.shared.lock();
            let slot = &mut state.slots[self.index];
            if slot.garbled > 0 {
                slot.garbled -= 1;
                return Said::Nothing(Answer::LinkError);
            }
            match &slot.inserted {
                Some(Inserted::Card(card)) if card.latency() == Latency::Contact => {
                    slot.wire.delay(bytes.len() + answer.len())
                }
                _ => Duration::ZERO,
            }
        };
        std::thread::sleep(delay);
        said
    }

    fn through_t0(&self, bytes: &[u8]) -> Said {
        let command = t0::command(bytes);
        match command.map_or(Answer::Mute, |command| self.run(&command)) {
            Answer::Response(answer) => Said::Block(answer),
            other => Said::Nothing(other),
        }
    }

    /// The link is not in the slot while the card works: who pulls the card must get at the slot.
    fn through_link(&self, block: &[u8], waits: u8) -> Said {
        let take = |link: &mut CardT1| std::mem::take(link);
        let mut link = take(&mut self.shared.lock().slots[self.index].link);
        let said = link.receive(block, waits, &mut |command| self.run(command));
        if self.is_there() {
            self.shared.lock().slots[self.index].link = link;
        }
        said
    }

    /// Has a person enter a PIN, and the card take it.
    fn secure(&self, data: &[u8], appends: bool) -> Outcome {
        let Some(pad) = &self.shared.pad else {
            return Outcome::Failed(error::UNSUPPORTED);
        };
        let all_messages = ALL_MESSAGES.contains(&self.shared.product.key);
        let Some(order) = Order::read(data, all_messages) else {
            return Outcome::Failed(error::UNSUPPORTED);
        };
        let bare = order.bare_header && order.tag == VERIFY_PIN_DIRECT;
        if self.shared.product.key == "spr532" && bare && !appends {
            return Outcome::Failed(error::UNSUPPORTED);
        }
        let wait = Wait::forever(SystemClock::shared()).with_cancel(self.cancel.clone());
        let mut nothing = None;
        let mut sent = false;
        let mut send = |command: &[u8]| {
            sent = true;
            let said = match self.shared.product.exchange() {
                Exchange::Tpdu => {
                    let [_, kind, _] = order.prologue;
                    let protocol = self.shared.lock().slots[self.index].wire.protocol();
                    match protocol {
                        0 => self.over_wire(command, 0),
                        _ => self.over_wire(&t1::block(kind, command), 0),
                    }
                }
                _ => match self.run(command) {
                    Answer::Response(answer) => Said::Block(answer),
                    other => Said::Nothing(other),
                },
            };
            match said {
                Said::Block(answer) => Ok(answer),
                Said::Nothing(answer) => {
                    nothing = Some(answer);
                    Err(Error::from(ErrorKind::NoCard))
                }
            }
        };
        let features = pad.control(GET_FEATURE_REQUEST, &[], &mut send, &wait);
        let code = features.ok().and_then(|list| feature(&list, order.tag));
        let Some(code) = code else {
            return Outcome::Failed(error::UNSUPPORTED);
        };
        let result = pad.control(code, &order.structure, &mut send, &wait);
        match result {
            Ok(answer) if !sent && answer == TIMED_OUT => Outcome::Failed(error::PIN_TIMEOUT),
            Ok(answer) if !sent && answer == CANCELLED => Outcome::Failed(error::PIN_CANCELLED),
            // Other answers of the pad itself come like the card's: an assumption, for which
            // drivers are prepared (two bytes are no block).
            Ok(answer) => Outcome::data(answer),
            Err(_) if self.cancel.is_cancelled() => Outcome::Failed(error::ABORTED),
            Err(_) => match nothing {
                Some(answer) => self.nothing(&answer),
                None => Outcome::Failed(error::UNSUPPORTED),
            },
        }
    }
}

/// The control code of a feature in a list of PC/SC part 10.
fn feature(list: &[u8], wanted: u8) -> Option<u32> {
    list.chunks_exact(6).find_map(|entry| match *entry {
        [tag, 4, a, b, c, d] if tag == wanted => Some(u32::from_be_bytes([a, b, c, d])),
        _ => None,
    })
}

/// What a Secure command orders (CCID 1.1 §6.1.11 and §6.1.12), in the form of PC/SC part 10, in
/// which the pad's firmware takes it.
struct Order {
    /// Tag of the feature.
    tag: u8,
    structure: Vec<u8>,
    prologue: [u8; 3],
    /// The template is a header alone.
    bare_header: bool,
}

/// Products that expect three numbers of messages in a change whatever `bNumberMessage` says
/// (libccid's workarounds).
const ALL_MESSAGES: [&str; 3] = ["spr532", "gempc-pinpad", "ezio-shield"];

const VERIFY_PIN_DIRECT: u8 = 6;
const MODIFY_PIN_DIRECT: u8 = 7;
/// Bytes before the messages in both forms of the structure.
const VERIFY_MESSAGES_AT: usize = 11;
const MODIFY_MESSAGES_AT: usize = 14;

impl Order {
    /// `None` when it ends early. `all_messages`: see [`ALL_MESSAGES`].
    fn read(data: &[u8], all_messages: bool) -> Option<Self> {
        let modify = match *data.first()? {
            0 => false,
            1 => true,
            _ => return None,
        };
        let (tag, at, present, wanted) = if modify {
            let present = match *data.get(11)? {
                _ if all_messages => 3,
                0 => 1,
                1 | 2 => 2,
                _ => 3,
            };
            (MODIFY_PIN_DIRECT, MODIFY_MESSAGES_AT, present, 3)
        } else {
            (VERIFY_PIN_DIRECT, VERIFY_MESSAGES_AT, 1, 1)
        };
        let (head, rest) = data.split_at_checked(at)?;
        let (messages, rest) = rest.split_at_checked(present)?;
        let (prologue, template) = rest.split_first_chunk::<3>()?;
        let mut structure = vec![*head.get(1)?, 0];
        structure.extend_from_slice(head.get(2..)?);
        // Numbers of two bytes are little-endian on the bus, and the host's own in a structure.
        let digits_at = if modify { 7 } else { 5 };
        let digits = structure.get_mut(digits_at..digits_at + 2)?;
        let value = u16::from_le_bytes([digits[0], digits[1]]);
        digits.copy_from_slice(&value.to_ne_bytes());
        structure.extend_from_slice(messages);
        structure.resize(structure.len() + wanted - present, 0);
        structure.extend_from_slice(prologue);
        structure.extend((template.len() as u32).to_ne_bytes());
        structure.extend_from_slice(template);
        Some(Self {
            tag,
            structure,
            prologue: *prologue,
            bare_header: template.len() == 4,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(target_endian = "little")]
    fn orders_become_the_structures_of_part_10() {
        let verify = [
            0, 30, 0x82, 0, 0, 4, 4, 2, 1, 0x11, 0x04, 0, 0, 0x40, 5, 0, 0x20, 0, 0x80,
        ];
        let order = Order::read(&verify, false).expect("whole");
        assert_eq!(
            order.structure,
            [
                30, 0, 0x82, 0, 0, 4, 4, 2, 1, 0x11, 0x04, 0, 0, 0x40, 5, 4, 0, 0, 0, 0, 0x20, 0,
                0x80
            ]
        );
        assert_eq!((order.prologue, order.bare_header), ([0, 0x40, 5], true));
        let modify = [
            1, 30, 0x82, 0, 0, 0, 0, 8, 4, 1, 2, 0, 0x11, 0x04, 1, 0, 0x40, 5, 0, 0x24, 1, 0x80,
        ];
        let order = Order::read(&modify, false).expect("whole");
        assert_eq!(
            order.structure,
            [
                30, 0, 0x82, 0, 0, 0, 0, 8, 4, 1, 2, 0, 0x11, 0x04, 1, 0, 0, 0, 0x40, 5, 4, 0, 0,
                0, 0, 0x24, 1, 0x80
            ]
        );
        for end in 0..verify.len() - 4 {
            assert!(Order::read(&verify[..end], false).is_none(), "{end}");
        }
    }
}
