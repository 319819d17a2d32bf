//! What was learned about a kind of card in a kind of reader.

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

    /// What to remember when an earlier dialogue ended with `self` and the next with `newer`.
    ///
    /// What worked and is refused now is in dispute: two kinds of cards share the ATR, or one
    /// answer was garbled. The next dialogue asks again.
    pub(super) fn succeeded_by(self, newer: Self) -> Self {
        match (self, newer) {
            (Self::Works, Self::Refused) => Self::Unknown,
            _ => newer,
        }
    }

    /// A refusal is not for ever.
    pub(super) fn second_chance(self) -> Self {
        match self {
            Self::Refused => Self::Unknown,
            known => known,
        }
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
    /// Short EF identifiers as key references in COMPUTE DIGITAL SIGNATURE, learned from an empty
    /// one before the PIN.
    pub short_id_in_sign: Known,
    /// How much one short READ BINARY may bring.
    pub chunk: Chunk,
    /// How long files are that are nearly alike on all cards of a kind
    /// ([`Dialogue::read_usual_file`](super::Dialogue::read_usual_file)).
    pub usual_length: UsualLength,
}

/// How many bytes an extended READ BINARY asks for where a file's content is nearly as long on
/// every card of a kind, but the file itself is padded: enough for the longest seen. A longer
/// one takes one command more, once.
///
/// Kept in steps of [`UsualLength::STEP`], so that it tells of no single card.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct UsualLength(u16);

impl UsualLength {
    /// Lengths are rounded up to a multiple of this, in bytes.
    pub const STEP: usize = 16;

    /// Enough for a content of `length` bytes; unknown where no file can be so long.
    #[must_use]
    pub fn enough_for(length: usize) -> Self {
        let rounded = length.checked_next_multiple_of(Self::STEP);
        let rounded = rounded.and_then(|bytes| u16::try_from(bytes).ok());
        Self(rounded.unwrap_or_default())
    }

    /// The length in bytes, if one was seen.
    #[must_use]
    pub fn bytes(self) -> Option<usize> {
        (self.0 > 0).then_some(self.0.into())
    }

    /// The longer of the two.
    pub(super) fn or_longer(self, other: Self) -> Self {
        Self(self.0.max(other.0))
    }
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
    pub(super) const ALL: [Self; 3] = [Self::Full, Self::Frame, Self::Half];

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
            usual_length: UsualLength::default(),
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

    /// What to remember after a dialogue that ended with `newer`.
    pub(super) fn succeeded_by(self, newer: Self) -> Self {
        Self {
            extended_length: self.extended_length.succeeded_by(newer.extended_length),
            short_id_in_read: self.short_id_in_read.succeeded_by(newer.short_id_in_read),
            short_id_in_verify: self
                .short_id_in_verify
                .succeeded_by(newer.short_id_in_verify),
            short_id_in_sign: self.short_id_in_sign.succeeded_by(newer.short_id_in_sign),
            // Never larger again by itself: a reader that chokes may fall silent.
            chunk: newer.chunk,
            usual_length: self.usual_length.or_longer(newer.usual_length),
        }
    }

    /// The same with every refusal of a capability forgotten.
    pub(super) fn second_chance(self) -> Self {
        Self {
            extended_length: self.extended_length.second_chance(),
            short_id_in_read: self.short_id_in_read.second_chance(),
            short_id_in_verify: self.short_id_in_verify.second_chance(),
            short_id_in_sign: self.short_id_in_sign.second_chance(),
            chunk: self.chunk,
            usual_length: self.usual_length,
        }
    }
}
