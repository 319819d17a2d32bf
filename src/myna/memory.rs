//! What a client remembers about readers and kinds of cards, and who keeps it.

use std::fmt;

use crate::apdu::Atr;
use crate::exchange::{Knowledge, KnowledgeStore};

type Keeper = Box<dyn FnMut(&KnowledgeStore) + Send>;

/// The store, and whoever writes it down when something new was learned.
#[derive(Default)]
pub(super) struct Memory {
    pub(super) store: KnowledgeStore,
    pub(super) keeper: Option<Keeper>,
}

impl Memory {
    /// Remembers what a dialogue learned; the keeper is told only of news, since most dialogues
    /// teach nothing and a file on flash memory wears out.
    pub(super) fn learn(&mut self, reader: &str, atr: &Atr, knowledge: Knowledge) {
        let before = self.store.recall(reader, atr);
        self.store.learn(reader, atr, knowledge);
        if self.store.recall(reader, atr) != before
            && let Some(keeper) = &mut self.keeper
        {
            keeper(&self.store);
        }
    }
}

impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Memory")
            .field("store", &self.store)
            .field("kept", &self.keeper.is_some())
            .finish()
    }
}
