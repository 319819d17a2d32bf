//! Which calls go wrong, and how.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::apdu::StatusWord;
use crate::error::ErrorKind;

/// How a call goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FaultKind {
    /// The call fails; the device hears nothing of it.
    Refused(ErrorKind),
    /// The device does what it was asked, and the answer is lost on the way back.
    AnswerLost(ErrorKind),
    /// The call takes this much longer.
    Delay(Duration),
    /// Only this many bytes of a response APDU arrive, SW1-SW2 included.
    Truncated(usize),
    /// The card answers this status word; it did nothing.
    Status(StatusWord),
    /// Somebody reset the card: this call and all later ones on the connection fail with
    /// `CardReset`, until it is reconnected. What was verified on the card stays verified.
    CardReset,
    /// The card was pulled out: this call and all later ones on the connection fail with `NoCard`.
    CardRemoved,
    /// The reader was unplugged: this call and all later ones on the connection fail with
    /// `Disconnected`.
    ReaderRemoved,
}

/// Which calls are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum On {
    /// `transmit`, any command.
    Transmit,
    /// `transmit` of commands with this instruction byte.
    Ins(u8),
    /// `connect` and `reconnect`.
    Connect,
    /// `begin_transaction`.
    Begin,
    /// `end_transaction`.
    End,
    /// `control`.
    Control,
    /// `prepare` of a PIN pad.
    Prepare,
    /// `verify` of a PIN pad.
    Verify,
    /// All of these.
    Any,
}

/// What goes wrong when. Clones are the same plan, and one plan may serve several devices: calls
/// are counted over all of them.
#[derive(Clone, Default)]
pub struct FaultPlan(Arc<Mutex<Plan>>);

#[derive(Default)]
struct Plan {
    script: Vec<(On, u32, FaultKind)>,
    dice: Option<Dice>,
    struck: u64,
}

struct Dice {
    state: u64,
    per_mille: u16,
    kinds: Vec<FaultKind>,
}

/// What is called, as a plan sees it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Called {
    Transmit(u8),
    Connect,
    Begin,
    End,
    Control,
    Prepare,
    Verify,
}

impl FaultPlan {
    /// A plan by which nothing goes wrong.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Has the `nth` of the calls `on` from now go wrong: 1 is the next one.
    pub fn add(&self, on: On, nth: u32, kind: FaultKind) {
        self.lock().script.push((on, nth.max(1), kind));
    }

    /// Has `per_mille` of a thousand calls go wrong, each in one of `kinds`. The same seed and the
    /// same calls go wrong in the same way on every machine.
    pub fn roll(&self, seed: u64, per_mille: u16, kinds: &[FaultKind]) {
        self.lock().dice = Some(Dice {
            state: seed,
            per_mille,
            kinds: kinds.to_vec(),
        });
    }

    /// Calls everything off that did not happen yet.
    pub fn clear(&self) {
        let mut plan = self.lock();
        plan.script.clear();
        plan.dice = None;
    }

    /// How many faults struck so far.
    #[must_use]
    pub fn struck(&self) -> u64 {
        self.lock().struck
    }

    /// What goes wrong with this call; counts it.
    pub(super) fn strike(&self, called: Called) -> Vec<FaultKind> {
        let mut plan = self.lock();
        let mut struck = Vec::new();
        plan.script.retain_mut(|(on, left, kind)| {
            if !on.covers(called) {
                return true;
            }
            *left -= 1;
            if *left == 0 {
                struck.push(*kind);
            }
            *left > 0
        });
        struck.extend(plan.dice.as_mut().and_then(Dice::roll));
        plan.struck += struck.len() as u64;
        struck
    }

    fn lock(&self) -> MutexGuard<'_, Plan> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl On {
    fn covers(self, called: Called) -> bool {
        match self {
            Self::Any => true,
            Self::Transmit => matches!(called, Called::Transmit(_)),
            Self::Ins(ins) => called == Called::Transmit(ins),
            Self::Connect => called == Called::Connect,
            Self::Begin => called == Called::Begin,
            Self::End => called == Called::End,
            Self::Control => called == Called::Control,
            Self::Prepare => called == Called::Prepare,
            Self::Verify => called == Called::Verify,
        }
    }
}

impl Dice {
    fn roll(&mut self) -> Option<FaultKind> {
        // Two numbers whatever comes of the first, so that a rate changes nothing but the rate.
        let (chance, which) = (self.next(), self.next());
        if chance % 1000 >= u64::from(self.per_mille) {
            return None;
        }
        let count = self.kinds.len().max(1) as u64;
        self.kinds.get((which % count) as usize).copied()
    }

    /// SplitMix64 (Steele, Lea and Flood 2014): any seed will do.
    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.state ^ (self.state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

impl fmt::Debug for FaultPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plan = self.lock();
        f.debug_struct("FaultPlan")
            .field("script", &plan.script)
            .field("struck", &plan.struck)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nth_call_of_its_kind_and_no_other() {
        let plan = FaultPlan::new();
        plan.add(On::Ins(0x20), 2, FaultKind::CardReset);
        plan.add(On::Any, 4, FaultKind::CardRemoved);
        let calls = [0x20, 0xb0, 0x20, 0x20, 0x20];
        let struck: Vec<_> = calls
            .into_iter()
            .map(|ins| plan.strike(Called::Transmit(ins)))
            .collect();
        assert_eq!(struck[2], [FaultKind::CardReset]);
        assert_eq!(struck[3], [FaultKind::CardRemoved]);
        assert_eq!(plan.struck(), 2);
    }

    #[test]
    fn dice_fall_the_same_way_and_about_as_often_as_asked() {
        let fall = |seed| {
            let plan = FaultPlan::new();
            plan.roll(seed, 100, &[FaultKind::CardReset, FaultKind::CardRemoved]);
            (0..10_000)
                .map(|_| plan.strike(Called::Begin).len())
                .collect::<Vec<_>>()
        };
        assert_eq!(fall(7), fall(7));
        assert_ne!(fall(7), fall(8));
        let struck: usize = fall(7).iter().sum();
        assert!((900..1100).contains(&struck), "{struck} of 10,000");
        let never = FaultPlan::new();
        never.roll(7, 1000, &[]);
        assert!(never.strike(Called::Begin).is_empty());
    }
}
