//! Whether a card that the service does not hear from is there at all.

use std::collections::HashMap;
use std::ffi::{CStr, CString};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use pcsc::{Attribute, State};

use super::{Service, direct};

/// What `SCARD_ATTR_ICC_PRESENCE` is when there is no card (PC/SC part 3).
const NOT_PRESENT: u8 = 0;

/// What readers said when they were asked, each at one count of insertions and removals.
#[derive(Clone, Default)]
pub(super) struct Verdicts(Arc<Mutex<HashMap<CString, Verdict>>>);

#[derive(Clone, Copy)]
struct Verdict {
    changes: u32,
    empty: bool,
}

impl Service {
    /// Whether a reader in which the service sees a card says itself that it is empty. It is asked
    /// once per insertion and removal: being asked is a change of its own, of which every watch
    /// hears. One that cannot tell, or that cannot be asked, is taken to hold a card.
    pub(super) fn is_empty(&self, state: &pcsc::ReaderState) -> bool {
        let (reader, changes) = (state.name(), state.event_count());
        if !is_doubtful(state.event_state(), state.atr()) {
            self.verdicts.forget(reader);
            return false;
        }
        if let Some(empty) = self.verdicts.known(reader, changes) {
            return empty;
        }
        let (verdicts, name) = (self.verdicts.clone(), reader.to_owned());
        let answer = direct::ask(&self.clock, reader, move |card| {
            let empty = says_empty(card);
            // Not by whoever asked: if he gave up, the end of this connection has every watch
            // look again, and it must not ask again.
            verdicts.remember(&name, changes, empty);
            empty
        });
        answer.unwrap_or(false)
    }
}

/// Whether the service sees a card of which it knows no answer to reset. It need not call it mute:
/// what it makes of taking a card's power is written over an empty slot in the same way.
fn is_doubtful(flags: State, atr: &[u8]) -> bool {
    flags.contains(State::PRESENT) && (flags.contains(State::MUTE) || atr.is_empty())
}

fn says_empty(card: &pcsc::Card) -> bool {
    let mut value = [0; 4];
    let answer = card.get_attribute(Attribute::IccPresence, &mut value);
    matches!(answer, Ok([NOT_PRESENT, ..]))
}

impl Verdicts {
    fn known(&self, reader: &CStr, changes: u32) -> Option<bool> {
        let verdict = self.lock().get(reader).copied()?;
        (verdict.changes == changes).then_some(verdict.empty)
    }

    fn remember(&self, reader: &CStr, changes: u32, empty: bool) {
        let verdict = Verdict { changes, empty };
        self.lock().insert(reader.to_owned(), verdict);
    }

    fn forget(&self, reader: &CStr) {
        self.lock().remove(reader);
    }

    /// Readers that are plugged in, and a service that starts, count from the beginning.
    pub(super) fn forget_all_but(&self, listed: &[CString]) {
        self.lock().retain(|reader, _| listed.contains(reader));
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<CString, Verdict>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_without_an_answer_to_reset_is_doubted() {
        let atr = [0x3B, 0x80, 0x80, 0x01, 0x01];
        assert!(is_doubtful(State::PRESENT | State::MUTE, &[]));
        assert!(is_doubtful(State::PRESENT | State::INUSE, &[]));
        assert!(!is_doubtful(State::PRESENT | State::INUSE, &atr));
        for flags in [State::EMPTY, State::UNAVAILABLE, State::UNKNOWN] {
            assert!(!is_doubtful(flags, &[]), "{flags:?}");
        }
    }

    #[test]
    fn a_verdict_is_of_one_reader_at_one_count() {
        let verdicts = Verdicts::default();
        verdicts.remember(c"a", 3, true);
        verdicts.remember(c"b", 3, false);
        assert_eq!(verdicts.known(c"a", 3), Some(true));
        assert_eq!(verdicts.known(c"a", 4), None);
        assert_eq!(verdicts.known(c"b", 3), Some(false));
        assert_eq!(verdicts.known(c"c", 3), None);
        verdicts.remember(c"a", 4, false);
        assert_eq!(verdicts.known(c"a", 4), Some(false));
        verdicts.forget_all_but(&[c"b".to_owned()]);
        assert_eq!(verdicts.known(c"a", 4), None);
        verdicts.forget(c"b");
        assert_eq!(verdicts.known(c"b", 3), None);
    }
}
