//! Cases that the conformance kit does not have, on the readers that are plugged in for it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use libtest_mimic::Failed;
use myna_hal::conformance::Outcome;
use myna_hal::sim::VirtualCard;
use usb_sim::ccid::Product;

use crate::kits::Done;
use crate::plug::until_present;
use crate::support::Desk;
use crate::{pads, wire};

/// One of them. It is given the desk as others left it, and puts in a card of its own.
#[derive(Clone, Copy)]
pub(crate) struct Further {
    pub(crate) name: &'static str,
    /// Whether it is about such a product.
    pub(crate) suits: fn(&Product) -> bool,
    pub(crate) run: fn(&Desk) -> Result<(), Failed>,
}

/// Those about a product.
pub(crate) fn cases(product: &Product) -> impl Iterator<Item = Further> {
    let all = pads::CASES.into_iter().chain(wire::CASES);
    all.filter(|case| (case.suits)(product))
}

impl Further {
    pub(crate) fn run(&self, desk: &Desk) -> Done {
        let begun = Instant::now();
        let outcome = match catch_unwind(AssertUnwindSafe(|| (self.run)(desk))) {
            Ok(Ok(())) => Outcome::Passed,
            Ok(Err(why)) => Outcome::Failed(why.message().unwrap_or_default().to_owned()),
            Err(_) => Outcome::Failed("it panicked".to_owned()),
        };
        Done {
            name: self.name,
            outcome,
            took: begun.elapsed(),
        }
    }
}

/// The same desk with another card in the reader, once the platform has seen it.
pub(crate) fn with_card(desk: &Desk, card: VirtualCard) -> Result<Desk, Failed> {
    desk.reader.remove();
    desk.until_absent();
    desk.reader.insert(&card);
    until_present(desk, Duration::from_secs(10))?;
    Ok(Desk {
        card,
        ..desk.clone()
    })
}
