//! The virtual device set: card, reader, PIN pad, camera, government services and clock.

mod camera;
mod clock;
mod drawn;
mod face;

pub use camera::{CameraControl, Scene, VirtualCamera, VirtualCameras};
pub use clock::Clock;
pub use drawn::{DRAWN_FACE_JP2, DrawnFace, Pose};
pub use face::ScriptedVerifier;
