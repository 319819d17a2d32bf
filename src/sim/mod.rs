//! The virtual device set: card, reader, PIN pad, camera, government services and clock.

mod clock;
pub mod ports;

pub use clock::Clock;
