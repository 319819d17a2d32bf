//! Trials that need the service for themselves.

#[path = "../support/pcscd.rs"]
mod pcscd;

use std::time::Duration;

use libtest_mimic::{Completion, Trial};
use myna_hal::ErrorKind;
use myna_hal::card::{CardContext, ShareMode};
use myna_hal::drivers::ccid::CcidContext;
use myna_hal::time::{Clock, SystemClock};
use usb_sim::ccid::Product;

use crate::kits;
use crate::plug::{Driver, desk};
use crate::{timed, trial};

pub(crate) use pcscd::{given_up, run};

/// What needs the service for itself.
pub(crate) fn trials() -> Vec<Trial> {
    vec![
        timed("pcsc/service/watch.survives-the-service", |notes| {
            kits::alone(Driver::Pcsc, "watch.survives-the-service", notes)
        }),
        trial("ccid/service/a-claimed-reader-says-who-may-have-it", || {
            let product = Product::find("acr1252u").ok_or("no such product")?;
            let desk = desk(Driver::Pcsc, product, true)?;
            let clock: std::sync::Arc<dyn Clock> = SystemClock::shared();
            let mut readers = CcidContext::new(clock).readers()?;
            let reader = readers.first_mut().ok_or("the driver does not list it")?;
            let wait = desk.wait(Duration::from_secs(10));
            match reader.connect(ShareMode::Shared, &wait).map(drop) {
                Err(error)
                    if error.kind() == ErrorKind::Busy && error.to_string().contains("pcscd") =>
                {
                    Ok(Completion::Completed)
                }
                other => Err(format!("{other:?} while pcscd has the reader").into()),
            }
        }),
        trial(
            "ccid/service/an-unlisted-reader-works-without-pcscd",
            || {
                let desk = desk(Driver::Ccid, &Product::UNLISTED, true)?;
                desk.connect()?;
                Ok(Completion::Completed)
            },
        ),
    ]
}
