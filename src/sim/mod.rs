//! The virtual device set: card, reader, PIN pad, camera, government services and clock.

pub mod card;
mod clock;
mod drawn;
mod pinpad;
pub mod ports;
pub mod reader;

pub use card::VirtualCard;
pub use clock::Clock;
pub use drawn::{DRAWN_FACE_JP2, DrawnFace, Pose};
pub use pinpad::{Keypad, SecurePinPad};
pub use reader::{VirtualContext, VirtualReader};
