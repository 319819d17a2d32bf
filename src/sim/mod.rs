//! The virtual device set: card, reader, PIN pad, camera, government services and clock.

mod clock;
mod drawn;

pub use clock::Clock;
pub use drawn::{DRAWN_FACE_JP2, DrawnFace, Pose};
