//! What was learned about a kind of card in a kind of reader.

use std::collections::HashMap;

use crate::apdu::Atr;

/// Whether something works.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Known {
    /// Not tried yet.
    #[default]
    Unknown,
    /// It worked.
    Works,
    /// It was refused.
    Refused,
}

impl Known {
    /// Whether it is worth a try.
    #[must_use]
    pub fn may_work(self) -> bool {
        self != Self::Refused
    }
}

/// Capabilities of a card behind a reader, as seen. For speed only: an ATR identifies neither a
/// card nor a person, and no decision about safety uses this.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Knowledge {
    /// Extended Le in READ BINARY.
    pub extended_length: Known,
    /// Short EF identifiers in READ BINARY.
    pub short_id_in_read: Known,
    /// Short EF identifiers as key references in VERIFY, learned from the free query.
    pub short_id_in_verify: Known,
    /// Short EF identifiers as key references in COMPUTE DIGITAL SIGNATURE.
    pub short_id_in_sign: Known,
    /// How much one short READ BINARY may bring.
    pub chunk: Chunk,
}

/// How much one short READ BINARY may bring. Some readers choke on answers of 256 bytes, some
/// contactless ones on anything that fills a frame of 256 (reported for several products).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Chunk {
    /// 256 bytes, the most that a short Le can ask for.
    #[default]
    Full,
    /// 224 bytes: an answer fits a frame of 256 with everything around it.
    Frame,
    /// 128 bytes.
    Half,
}

impl Chunk {
    /// The size in bytes.
    #[must_use]
    pub fn bytes(self) -> usize {
        match self {
            Self::Full => 256,
            Self::Frame => 224,
            Self::Half => 128,
        }
    }

    /// The next smaller one.
    pub(super) fn smaller(self) -> Option<Self> {
        match self {
            Self::Full => Some(Self::Frame),
            Self::Frame => Some(Self::Half),
            Self::Half => None,
        }
    }
}

impl Knowledge {
    /// A card on which everything works: what a learned plastic card looks like.
    #[must_use]
    pub fn everything_works() -> Self {
        Self {
            extended_length: Known::Works,
            short_id_in_read: Known::Works,
            short_id_in_verify: Known::Works,
            short_id_in_sign: Known::Works,
            chunk: Chunk::Full,
        }
    }

    /// The same without extended length.
    #[must_use]
    pub fn short_only() -> Self {
        Self {
            extended_length: Known::Refused,
            ..Self::everything_works()
        }
    }
}

/// Keeps [`Knowledge`] per reader name and ATR for the life of the process.
#[derive(Clone, Debug, Default)]
pub struct KnowledgeStore(HashMap<(String, Vec<u8>), Knowledge>);

impl KnowledgeStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// What is known of cards with `atr` in `reader`.
    #[must_use]
    pub fn recall(&self, reader: &str, atr: &Atr) -> Knowledge {
        let key = (reader.to_owned(), atr.as_bytes().to_vec());
        self.0.get(&key).copied().unwrap_or_default()
    }

    /// Remembers what a dialogue learned.
    pub fn learn(&mut self, reader: &str, atr: &Atr, knowledge: Knowledge) {
        let key = (reader.to_owned(), atr.as_bytes().to_vec());
        self.0.insert(key, knowledge);
    }
}
