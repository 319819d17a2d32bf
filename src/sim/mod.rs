//! The virtual device set: card, reader, PIN pad, camera, government services and clock.

#[cfg(feature = "conformance")]
mod bench;
mod camera;
pub mod card;
mod clock;
mod drawn;
mod drawn_engine;
mod face;
#[cfg(feature = "conformance")]
mod face_bench;
pub mod firmware;
mod liveness;
mod pinpad;
pub mod ports;
pub mod reader;
pub mod sdk;

#[cfg(feature = "conformance")]
pub use bench::{VirtualBench, VirtualPinBench};
#[cfg(feature = "conformance")]
pub use camera::VirtualCameraBench;
pub use camera::{CameraControl, Lighting, Scene, VirtualCamera, VirtualCameras};
pub use card::VirtualCard;
pub use clock::Clock;
pub use drawn::{DRAWN_FACE_JP2, DrawnFace, Look, Pose, Worn};
pub use drawn_engine::{DrawnDetector, DrawnEmbedder};
pub use face::ScriptedVerifier;
#[cfg(feature = "conformance")]
pub use face_bench::{VirtualFaceBench, drawn_fixture};
pub use firmware::PinPadFirmware;
pub use liveness::ScriptedLiveness;
pub use pinpad::{Keypad, SecurePinPad};
pub use reader::{VirtualContext, VirtualReader};
pub use sdk::{FakeSdk, SdkVerifier};
