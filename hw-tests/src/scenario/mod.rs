//! Scenarios: what patients do before a kiosk and what is to come of it, as files.
//!
//! A file is TOML and is described in `hw-tests/scenarios/README.md`. The same file is played on
//! the library's virtual devices ([`Simulation`]), in the guest of `hw-tests/rig/run` on simulated
//! USB devices behind a real kernel, and on a bench; and it can be [printed](Instructions) for
//! somebody who does by hand what it says.
//!
//! Who plays a file ([`play`]) is given [`Hands`], which do what the file says with devices. What
//! they cannot do where they are is not played, and the reason is told.

#[cfg(feature = "bench")]
mod bench;
mod hands;
mod instructions;
mod kiosk;
mod model;
pub mod names;
mod parse;
mod player;
mod screen;
mod section;
mod shipped;
mod sim;
mod virtual_cards;

#[cfg(feature = "bench")]
pub use bench::Bench;
pub use hands::{Cannot, Hands, Impossible, Kiosk};
pub use instructions::{Instructions, Language};
pub use kiosk::{AnyCamera, PrintedCode, reader_sight};
pub use model::{Act, Answers, Deed, Entry, Expect, Scenario, Site, Step, Touch, Wanted};
pub use parse::WITHIN;
pub use player::{Outcome, Played, Verdict, play};
pub use screen::Shot;
pub use section::FormatError;
pub use sim::{Simulation, scene};
pub use virtual_cards::VirtualCards;
