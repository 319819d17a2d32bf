//! What a card reader on USB sends, and the blocks of a card behind it.

use myna_hal::drivers::ccid::{Answer, Block, ClassDescriptor, slot_changes, stated_length};

use super::{Taken, Target};

/// Every target by the name of its program and of its folder of seeds.
pub(crate) const ALL: [(&str, Target); 2] = [("ccid", ccid), ("t1", t1)];

/// An answer of a reader; the same bytes as a notification and as its descriptor.
pub(crate) fn ccid(data: &[u8]) -> Taken {
    if let Some(descriptor) = ClassDescriptor::parse(data) {
        // What is allocated for a message, whatever it claims.
        assert!((46..=65_554).contains(&descriptor.message_limit()));
    }
    if let Some(slots) = slot_changes(data, u8::MAX) {
        assert_eq!(slots.len(), usize::from(u8::MAX));
    }
    match Answer::parse(data) {
        Ok(_) => {
            assert_eq!(stated_length(data), Some(data.len() as u64));
            true
        }
        Err(_) => false,
    }
}

/// A block of T=1.
pub(crate) fn t1(data: &[u8]) -> Taken {
    match Block::parse(data) {
        Ok(block) => {
            assert!(block.information.len() <= 254);
            let _ = block.kind();
            true
        }
        Err(_) => false,
    }
}
