//! Cameras: devices, modes, streams and frames.
//!
//! *For application authors*: list the cameras of a [`CameraContext`], choose a [`FrameMode`]
//! with [`closest`], [`start`](Camera::start) a stream and ask it for frames. The stream runs
//! while it lives; dropping it stops the camera. An [`ExposureController`] that is told of the
//! light on the face of every frame ([`FaceLight`]) sees to it that the face is exposed, not the
//! window behind it.
//!
//! *For driver authors*: keep one newest frame, not a queue; count what you threw away. Block
//! only through the [`Wait`](crate::wait::Wait) you are given. Construct, use and drop the
//! operating system's handle on one thread.
//!
//! *Contract*
//! - **Waiting.** A call returns within [`Wait::remaining`](crate::wait::Wait::remaining) plus
//!   250 ms. A wait that is already over fails before the device is touched. `Cancelled` wins
//!   over `TimedOut`.
//! - **Frames.** [`next_frame`](FrameStream::next_frame) gives the newest frame that was not
//!   given yet, and blocks if there is none. [`sequence`](Frame::sequence) strictly grows.
//!   [`dropped_before`](Frame::dropped_before) is exact: frames that the camera delivered and
//!   nobody got. [`captured_at`](Frame::captured_at) is on the injected clock. A camera that
//!   went away gives `Disconnected`, then always `Disconnected`.
//! - **Controls.** [`set_control`](FrameStream::set_control) works while the stream runs and does
//!   not disturb it. A value that the camera does not take is refused, not rounded. What was set
//!   stays until the stream ends.
//! - **Drop.** Dropping a stream stops it, never panics and blocks no longer than 2 s.
//! - **Hot-plug.** Open the watch first and list second, or an arrival in between is lost.
//! - **Pairs.** A camera with a colour and an infrared sensor is two cameras on one clock.

mod control;
mod device;
mod exposure;
mod frame;
mod light;
mod mode;
mod rgb;

pub use control::{Control, ControlRange, ControlState, Setting};
pub use device::{
    Camera, CameraCapabilities, CameraContext, CameraEvent, CameraWatch, FrameStream,
};
pub use exposure::{ExposureController, ExposurePolicy, ExposureStep};
pub use frame::{Frame, FrameInfo};
pub use light::FaceLight;
pub use mode::{FrameMode, closest};
pub use rgb::RgbFrame;
