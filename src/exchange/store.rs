//! What was learned, per reader and ATR, within bounds for firmware that runs for years.

use super::Knowledge;
use crate::apdu::Atr;

/// Keeps [`Knowledge`] per reader name and ATR.
///
/// It holds at most [`KnowledgeStore::MAX_ENTRIES`]; the one that was not used for longest goes
/// first. To keep it over a restart, write [`KnowledgeStore::to_text`] into a file and give the
/// file to [`KnowledgeStore::parse`]:
///
/// ```
/// # use myna_hal::exchange::KnowledgeStore;
/// let store = KnowledgeStore::new();
/// let text = store.to_text();
/// let (again, ignored) = KnowledgeStore::parse(text.as_bytes())?;
/// assert!(again.is_empty() && ignored.is_empty());
/// # Ok::<(), myna_hal::exchange::KnowledgeError>(())
/// ```
///
/// It holds no secret and nothing about a person, and no harm comes of losing it: a command or
/// two per capability, once.
#[derive(Clone, Debug, Default)]
pub struct KnowledgeStore {
    /// The least recently used first.
    pub(super) entries: Vec<Entry>,
}

#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) reader: String,
    pub(super) atr: Vec<u8>,
    pub(super) knowledge: Knowledge,
    /// Dialogues since the last second chance; not kept over a restart.
    dialogues: u16,
}

/// After so many dialogues what was refused is tried once more: one garbled answer must not slow
/// a reader down for years.
const SECOND_CHANCE: u16 = 1000;

impl KnowledgeStore {
    /// Most entries kept. A reception has one reader and meets some ten ATRs.
    pub const MAX_ENTRIES: usize = 64;
    /// Longest reader name kept, in bytes; nothing is remembered of a reader with a longer one.
    pub const MAX_READER_NAME: usize = 256;

    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// How many pairs of reader and ATR are known.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether nothing is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// What is known of cards with `atr` in `reader`.
    #[must_use]
    pub fn recall(&self, reader: &str, atr: &Atr) -> Knowledge {
        self.position(reader, atr.as_bytes())
            .map(|at| self.entries[at].knowledge)
            .unwrap_or_default()
    }

    /// Remembers what a dialogue learned. What worked earlier and was refused now is asked again
    /// next time, and what was refused is tried again after a thousand dialogues.
    pub fn learn(&mut self, reader: &str, atr: &Atr, knowledge: Knowledge) {
        let known = self.position(reader, atr.as_bytes());
        let mut entry = match known {
            Some(at) => self.entries.remove(at),
            None => Entry::new(reader, atr.as_bytes(), Knowledge::default()),
        };
        entry.knowledge = entry.knowledge.succeeded_by(knowledge);
        entry.dialogues += 1;
        if entry.dialogues == SECOND_CHANCE {
            entry.dialogues = 0;
            entry.knowledge = entry.knowledge.second_chance();
        }
        self.push(entry);
    }

    /// Puts an entry behind all others, for what was used last.
    pub(super) fn push(&mut self, entry: Entry) {
        if entry.reader.len() > Self::MAX_READER_NAME {
            return;
        }
        if let Some(at) = self.position(&entry.reader, &entry.atr) {
            self.entries.remove(at);
        }
        if self.entries.len() == Self::MAX_ENTRIES {
            self.entries.remove(0);
        }
        self.entries.push(entry);
    }

    fn position(&self, reader: &str, atr: &[u8]) -> Option<usize> {
        self.entries
            .iter()
            .position(|entry| entry.reader == reader && entry.atr == atr)
    }
}

impl Entry {
    pub(super) fn new(reader: &str, atr: &[u8], knowledge: Knowledge) -> Self {
        Self {
            reader: reader.to_owned(),
            atr: atr.to_vec(),
            knowledge,
            dialogues: 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exchange::{Chunk, Known};

    fn atr(last: u8) -> Atr {
        Atr::parse(&[0x3B, 0x01, last]).expect("T=0 alone, one historical byte")
    }

    #[test]
    fn kept_by_reader_and_atr() {
        let mut store = KnowledgeStore::new();
        store.learn("one", &atr(1), Knowledge::everything_works());
        assert_eq!(store.recall("one", &atr(1)), Knowledge::everything_works());
        assert_eq!(store.recall("another", &atr(1)), Knowledge::default());
        assert_eq!(store.recall("one", &atr(2)), Knowledge::default());
    }

    #[test]
    fn the_least_recently_used_goes_first() {
        let mut store = KnowledgeStore::new();
        for number in 0..KnowledgeStore::MAX_ENTRIES {
            let reader = number.to_string();
            store.learn(&reader, &atr(1), Knowledge::everything_works());
        }
        store.learn("0", &atr(1), Knowledge::everything_works());
        store.learn("one more", &atr(1), Knowledge::everything_works());
        assert_eq!(store.len(), KnowledgeStore::MAX_ENTRIES);
        assert_eq!(store.recall("0", &atr(1)), Knowledge::everything_works());
        assert_eq!(store.recall("1", &atr(1)), Knowledge::default());
        let long = "x".repeat(KnowledgeStore::MAX_READER_NAME + 1);
        store.learn(&long, &atr(1), Knowledge::everything_works());
        assert_eq!(store.recall(&long, &atr(1)), Knowledge::default());
        assert_eq!(store.recall("2", &atr(1)), Knowledge::everything_works());
    }

    #[test]
    fn what_is_in_dispute_is_asked_again() {
        let mut store = KnowledgeStore::new();
        let refused = Knowledge {
            chunk: Chunk::Frame,
            ..Knowledge::short_only()
        };
        store.learn("one", &atr(1), Knowledge::everything_works());
        store.learn("one", &atr(1), refused);
        let now = store.recall("one", &atr(1));
        assert_eq!(now.extended_length, Known::Unknown);
        assert_eq!(now.short_id_in_read, Known::Works);
        assert_eq!(now.chunk, Chunk::Frame);
        store.learn("one", &atr(1), refused);
        assert_eq!(store.recall("one", &atr(1)), refused);
    }

    #[test]
    fn a_refusal_is_not_for_ever() {
        let mut store = KnowledgeStore::new();
        let tried_again = (1..=SECOND_CHANCE)
            .filter(|_| {
                store.learn("one", &atr(1), Knowledge::short_only());
                store.recall("one", &atr(1)).extended_length == Known::Unknown
            })
            .count();
        assert_eq!(tried_again, 1);
    }
}
