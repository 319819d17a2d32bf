//! Commands for the card, as bytes.

/// SELECT of the application with the user-authentication key.
pub(crate) const SELECT: [u8; 15] = [
    0x00, 0xA4, 0x04, 0x0C, 0x0A, 0xD3, 0x92, 0xF0, 0x00, 0x26, 0x01, 0x00, 0x00, 0x00, 0x01,
];
/// READ BINARY of the whole certificate, with extended length.
pub(crate) const READ_CERTIFICATE: [u8; 7] = [0x00, 0xB0, 0x8A, 0x00, 0x00, 0x00, 0x00];
/// VERIFY of the PIN that a virtual card has.
pub(crate) const VERIFY: [u8; 9] = [0x00, 0x20, 0x00, 0x98, 4, b'1', b'2', b'3', b'4'];
