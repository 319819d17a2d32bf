//! What a card reader on USB sends, and the blocks of a card behind it.

use myna_hal::drivers::ccid::{
    Answer, Block, ClassDescriptor, DESCRIPTOR_TYPE, slot_changes, stated_length,
};

use super::driver::driver;
use super::{Taken, Target};

/// Every target by the name of its program and of its folder of seeds.
pub(crate) const ALL: [(&str, Target); 4] =
    [("ccid", ccid), ("t1", t1), ("usb", usb), ("driver", driver)];

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

/// The number of an interface, then the descriptors of a configuration, cut short or not.
pub(crate) fn usb(data: &[u8]) -> Taken {
    let Some((interface, configuration)) = data.split_first() else {
        return false;
    };
    let Some(found) = ClassDescriptor::find(configuration, *interface) else {
        return false;
    };
    // It stands there in one piece, and what follows does not change it.
    let mut pieces = configuration.windows(ClassDescriptor::LENGTH);
    assert!(pieces.any(|it| it[1] == DESCRIPTOR_TYPE && ClassDescriptor::parse(it) == Some(found)));
    let longer = [configuration, &[9, 4, *interface, 0, 0]].concat();
    assert_eq!(ClassDescriptor::find(&longer, *interface), Some(found));
    assert!((46..=65_554).contains(&found.message_limit()));
    true
}
