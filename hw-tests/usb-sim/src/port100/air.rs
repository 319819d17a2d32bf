//! The air between reader and card.

/// What becomes of one exchange of frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disturbance {
    /// Nothing: both frames arrive.
    None,
    /// The card does not hear the reader's frame.
    LostToCard,
    /// The reader does not hear the card's.
    LostFromCard,
    /// The card's check bytes are wrong.
    BrokenFromCard,
}

/// `InCommRF`'s four bytes of status.
pub(super) mod status {
    pub(crate) const GOOD: u32 = 0;
    pub(crate) const CRC: u32 = 0x04;
    pub(crate) const TIMEOUT: u32 = 0x80;
}

/// What the chip heard, as it tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Heard {
    pub(super) status: u32,
    pub(super) frame: Vec<u8>,
}

impl Heard {
    pub(super) fn frame(frame: Vec<u8>) -> Self {
        Self {
            status: status::GOOD,
            frame,
        }
    }

    pub(super) fn nothing() -> Self {
        Self {
            status: status::TIMEOUT,
            frame: Vec::new(),
        }
    }

    pub(super) fn broken() -> Self {
        Self {
            status: status::CRC,
            frame: Vec::new(),
        }
    }
}
