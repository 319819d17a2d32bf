//! Faults on order.

use std::time::Duration;

/// What goes wrong with one command.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// The card is pulled out before it hears the command.
    RemoveBefore,
    /// The card carries the command out and is pulled out before its answer arrives: a VERIFY
    /// may have cost a try, and nobody knows.
    RemoveDuring,
    /// The answer arrives, then the card is pulled out.
    RemoveAfter,
    /// The card does nothing and says nothing.
    Mute,
    /// The card carries the command out, but no answer arrives.
    AnswerLost,
    /// The answer is cut to this many bytes.
    Truncate(usize),
    /// The card does nothing and answers this status word.
    Status(u16),
    /// The card does nothing and the link reports an error.
    LinkError,
    /// The answer comes this much later.
    Delay(Duration),
}

/// Which command a fault strikes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trigger {
    /// The nth command from now: 1 is the next one.
    Nth(u32),
    /// The next command with this instruction byte.
    Ins(u8),
}

#[derive(Default)]
pub(super) struct Faults(Vec<(Trigger, Fault)>);

impl Faults {
    pub(super) fn add(&mut self, trigger: Trigger, fault: Fault) {
        self.0.push((trigger, fault));
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    /// The faults that strike the command with `ins`; counts it.
    pub(super) fn strike(&mut self, ins: Option<u8>) -> Vec<Fault> {
        let mut struck = Vec::new();
        self.0.retain_mut(|(trigger, fault)| {
            let now = match trigger {
                Trigger::Nth(left) => {
                    *left = left.saturating_sub(1);
                    *left == 0
                }
                Trigger::Ins(wanted) => Some(*wanted) == ins,
            };
            if now {
                struck.push(fault.clone());
            }
            !now
        });
        struck
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_fault_strikes_once_and_in_its_turn() {
        let mut faults = Faults::default();
        faults.add(Trigger::Nth(2), Fault::Mute);
        faults.add(Trigger::Ins(0x20), Fault::LinkError);
        assert_eq!(faults.strike(Some(0xa4)), []);
        assert_eq!(faults.strike(Some(0x20)), [Fault::Mute, Fault::LinkError]);
        assert_eq!(faults.strike(Some(0x20)), []);
    }
}
