//! One command from the outside: faults, time, log.

use std::time::Duration;

use super::faults::Fault;
use super::guard::Violation;
use super::latency::Work;
use super::log::LogEntry;
use super::{Answer, State, VirtualCard};
use crate::error::Error;
use crate::time::{Timestamp, Wake};
use crate::wait::Wait;

/// The caller stopped waiting for an answer.
pub(crate) struct Abandoned {
    pub(crate) error: Error,
    /// When the card would have answered.
    pub(crate) until: Timestamp,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Removal {
    Before,
    During,
    After,
}

/// What will come of a command once its time has passed.
struct Planned {
    answer: Answer,
    work: Work,
    executed: bool,
    delay: Duration,
    removed: Option<Removal>,
}

impl VirtualCard {
    /// Carries out one command; returns after the time that it takes, on the card's clock.
    pub fn process(&self, command: &[u8]) -> Answer {
        let wait = Wait::forever(self.0.clock.clone());
        // A wait without end is not abandoned.
        self.process_within(command, &wait).unwrap_or(Answer::Gone)
    }

    /// The same for a caller who does not wait for ever. An abandoned command is carried out
    /// all the same.
    pub(crate) fn process_within(&self, command: &[u8], wait: &Wait) -> Result<Answer, Abandoned> {
        let begun = self.0.clock.now();
        let mut state = self.state();
        if !state.powered {
            return Ok(Answer::Gone);
        }
        state.commands += 1;
        let number = state.commands;
        let planned = state.answer(command, number, self.0.guarded);
        let work = planned.work;
        let received = match &planned.answer {
            Answer::Response(bytes) => bytes.len(),
            _ => 2,
        };
        let mut takes = planned.delay;
        if planned.executed {
            takes += self.0.latency.of(planned.work, command.len(), received);
        }
        match planned.removed {
            Some(Removal::Before) => takes = Duration::ZERO,
            Some(Removal::During) => takes /= 2,
            _ => {}
        }
        let epoch = state.epoch;
        drop(state);

        let end = begun + takes;
        let passed = self.pass(end, epoch, wait);
        let mut state = self.state();
        let result = match (passed, planned.removed) {
            (Ok(false), _) => Ok(Answer::Gone),
            (Err(error), removed) => {
                if removed.is_some() {
                    state.power_off();
                }
                Err(Abandoned { error, until: end })
            }
            (Ok(true), None) => Ok(planned.answer),
            (Ok(true), Some(removed)) => {
                state.power_off();
                Ok(match removed {
                    Removal::After => planned.answer,
                    Removal::Before | Removal::During => Answer::Gone,
                })
            }
        };
        let entry = self.entry(number, command, work, result.as_ref().ok(), begun);
        state.log.push(entry.clone());
        let observers = state.observers.clone();
        drop(state);
        for observer in observers {
            observer(&entry);
        }
        result
    }

    /// Lets time pass until `end`; `false` when power or reset interfered.
    fn pass(&self, end: Timestamp, epoch: u64, wait: &Wait) -> crate::Result<bool> {
        let wake = Wake::new();
        self.state().working.push(wake.clone());
        // Never with the state locked: whoever pulls the card out must get at it.
        loop {
            if self.state().epoch != epoch {
                return Ok(false);
            }
            let left = end.since(self.0.clock.now());
            if left.is_zero() {
                self.state().working.clear();
                return Ok(true);
            }
            if wait.shortened(left).on(&wake).is_err() && self.0.clock.now() < end {
                wait.check()?;
            }
        }
    }

    fn entry(
        &self,
        number: u64,
        command: &[u8],
        work: Work,
        answer: Option<&Answer>,
        begun: Timestamp,
    ) -> LogEntry {
        let mut header = [0; 4];
        for (to, from) in header.iter_mut().zip(command) {
            *to = *from;
        }
        let bytes = match answer {
            Some(Answer::Response(bytes)) => &bytes[..],
            _ => &[],
        };
        LogEntry {
            number,
            header,
            sent: command.len(),
            received: bytes.len(),
            status: bytes.last_chunk().map(|last| u16::from_be_bytes(*last)),
            elapsed: self.0.clock.now().since(begun),
            work,
        }
    }
}

impl State {
    /// Decides what will come of a command, and has the chip carry it out now.
    fn answer(&mut self, command: &[u8], number: u64, guarded: bool) -> Planned {
        let mut planned = Planned {
            answer: Answer::Mute,
            work: Work::Other,
            executed: false,
            delay: Duration::ZERO,
            removed: None,
        };
        let faults = self.faults.strike(command.get(1).copied());
        // What keeps the command from the chip comes first.
        for fault in &faults {
            match fault {
                Fault::RemoveBefore => {
                    planned.removed = Some(Removal::Before);
                    return planned;
                }
                Fault::Mute => return planned,
                Fault::LinkError => {
                    planned.answer = Answer::LinkError;
                    return planned;
                }
                Fault::Status(status) => {
                    planned.answer = Answer::Response(status.to_be_bytes().to_vec());
                    return planned;
                }
                _ => {}
            }
        }
        let (mut bytes, work, touched) = self.chip.run(command);
        planned.work = work;
        planned.executed = true;
        if guarded {
            let violations = touched.into_iter().map(|what| Violation { number, what });
            self.violations.extend(violations);
        }
        let mut lost = false;
        for fault in &faults {
            match fault {
                Fault::RemoveDuring => planned.removed = Some(Removal::During),
                Fault::RemoveAfter => planned.removed = Some(Removal::After),
                Fault::AnswerLost => lost = true,
                Fault::Truncate(length) => bytes.truncate(*length),
                Fault::Delay(delay) => planned.delay += *delay,
                _ => {}
            }
        }
        if !lost {
            planned.answer = Answer::Response(bytes);
        }
        planned
    }
}
