//! The conformance kit: what a card reader, a PIN pad, a camera or a face engine has to do, as cases
//! that a driver author runs.
//!
//! *For driver authors*: write a bench, which says how *your* rig opens the device and does
//! physical things, and run the cases in your own repository. What a device does not say that it
//! can do, and what nobody at the bench can do, is not run, and the report says why.
//!
//! ```
//! use std::sync::Arc;
//!
//! use myna_hal::card::CardReader;
//! use myna_hal::conformance::card;
//! # use myna_hal::conformance::NotConforming;
//! # use myna_hal::sim::{VirtualCard, VirtualContext, VirtualReader as MyReader, card::Profile};
//! use myna_hal::{Clock, SystemClock};
//!
//! struct MyBench(Arc<dyn Clock>, MyReader);
//!
//! impl card::CardBench for MyBench {
//!     fn clock(&self) -> Arc<dyn Clock> {
//!         self.0.clone()
//!     }
//!     fn reader(&mut self) -> myna_hal::Result<Box<dyn CardReader>> {
//!         Ok(Box::new(self.1.clone()))
//!     }
//! }
//!
//! # let open_my_reader = |clock: &Arc<dyn Clock>| {
//! #     let reader = VirtualContext::new(clock.clone()).add_reader("Mine");
//! #     reader.insert(&VirtualCard::new(Profile::default(), clock.clone()));
//! #     reader
//! # };
//! let clock = SystemClock::shared();
//! let reader = open_my_reader(&clock);
//! let report = card::run(&mut MyBench(clock, reader), &mut |case| eprintln!("{case} …"));
//! println!("{report}"); // or report.to_json(), to file it
//! report.verdict()?; // the error of a test that fails is the report
//! # Ok::<(), NotConforming>(())
//! ```
//!
//! Names of cases are stable. A new version may bring new cases, which healthy drivers may fail:
//! this module is not covered by the promise of semantic versioning, and the change log lists them.
//!
//! # Tries
//!
//! A card counts wrong PINs, and a blocked one costs its holder a visit to the municipality. The
//! cases for card readers send no VERIFY. The cases for PIN pads send one to a card only after the
//! caller said [`pin::Tries::TestCard`], with a bench whose person knows the PIN, and only while
//! more than two tries are left; the others talk to a card of the kit's own, which counts nothing.
//! No case changes a card's PIN: changes of a host pad go to the kit's own card, and on a secure pad
//! the person ends the change before anything is sent.
//!
//! # What can go wrong
//!
//! A case passes, fails or is not run, and says why ([`Outcome`]). A panic in a driver is a failure
//! of its case. A driver that hangs stops the run: the last name that `started` was called with
//! tells where. Cases measure time on the bench's clock and allow 250 ms beyond each wait, which a
//! machine that is busy with other things may exceed: run what failed once more, alone.
//!
//! # How the kit is tested
//!
//! Each case has a mutant: a virtual device that breaks one rule. The case fails on it, and every
//! case passes on a healthy virtual device. The library's PC/SC driver is run through the kit on
//! Linux, with a real `pcscd` and virtual cards and PIN pads behind it; no maker's device was.

pub mod camera;
pub mod card;
pub mod face;
pub mod pin;
#[cfg(all(test, feature = "sim"))]
mod proof;
mod report;
mod run;
mod watch;

pub use report::{Case, CaseReport, NotConforming, Outcome, Report, Timing};
pub use run::Acted;
