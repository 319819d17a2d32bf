//! The virtual device set: card, reader, PIN pad, camera, face, government services and clock.

mod camera;
pub mod card;
mod clock;
mod drawn;
mod face;
mod pinpad;
pub mod ports;
pub mod reader;

pub use camera::{Camera, CameraControl, Cameras, Scene};
pub use card::VirtualCard;
pub use clock::Clock;
pub use drawn::{DRAWN_FACE_JP2, DrawnFace, Pose};
pub use face::FaceVerifier;
pub use pinpad::{Keypad, SecurePinPad};
pub use reader::{VirtualContext, VirtualReader};
