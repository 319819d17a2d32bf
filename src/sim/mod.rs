//! The virtual device set: card, reader, PIN pad, camera, government services and clock.

pub mod card;
mod clock;
mod drawn;

pub use card::VirtualCard;
pub use clock::Clock;
pub use drawn::{DRAWN_FACE_JP2, DrawnFace, Pose};
