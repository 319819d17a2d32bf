//! The driver for the Sony RC-S380 on a simulated one, which a real kernel has enumerated.

use std::sync::{Arc, OnceLock};

use hw_tests::report::Notes;
use libtest_mimic::{Completion, Failed, Trial};
use myna_hal::card::{CardContext, CardPresence};
use myna_hal::conformance::pin::Tries;
use myna_hal::conformance::{card, pin};
use myna_hal::drivers::port100::Port100Context;
use myna_hal::sim::VirtualCard;
use myna_hal::sim::card::Profile;
use myna_hal::time::{Clock, SystemClock};
use usb_sim::port100::{Chip, Model, Port100Reader};
use usb_sim::vhci::{self, Attached};

use crate::figures::time_commands;
use crate::kits::{Kits, judge, told};
use crate::plug::until_listed;
use crate::sony::Reader;
use crate::support::{Desk, PinDesk, Way};
use crate::{timed, trial};

/// A reader in a port of the kernel's virtual host controller.
struct Kernel {
    reader: Port100Reader,
    attached: Option<Attached>,
}

impl Way for Kernel {
    fn context(&self, clock: &Arc<dyn Clock>) -> Box<dyn CardContext> {
        Box::new(Port100Context::new(clock.clone()))
    }

    fn is(&self, name: &str) -> bool {
        name.contains("SONY RC-S380")
    }

    fn plug(&mut self, plugged: bool) {
        if self.attached.take().is_some() {
            until_listed(self, false);
        }
        if plugged {
            self.attached = Some(vhci::attach(self.reader.clone()).expect("a port of vhci_hcd"));
            until_listed(self, true);
        }
    }
}

/// A desk whose reader is plugged in and listed, and which nobody has used yet.
pub(crate) fn plugged() -> Desk<Reader> {
    let sony = Port100Reader::new(Model::P);
    let way = Kernel {
        reader: sony.clone(),
        attached: None,
    };
    let reader = Reader {
        sony,
        chip: Chip::PLAIN,
    };
    Desk::new(reader, way, &SystemClock::shared())
}

/// A desk, once the driver sees the card.
fn desk() -> Result<Desk<Reader>, Failed> {
    let desk = plugged();
    desk.connect()?;
    Ok(desk)
}

fn kits() -> Kits {
    let mut desk = desk().map_err(|failed| failed.message().unwrap_or_default().to_owned())?;
    let reader = card::run(&mut desk, &mut |_| {});
    let pin = pin::run(PinDesk::new(desk), Tries::TestCard, &mut |_| {});
    Ok(told(&[reader, pin]))
}

/// Every case, and how long a command takes.
pub(crate) fn trials() -> Vec<Trial> {
    let reports = Arc::new(OnceLock::new());
    let cases = card::cases().map(|case| case.name);
    let mut trials: Vec<Trial> = cases
        .chain(pin::cases().map(|case| case.name))
        .map(|case| {
            let reports = reports.clone();
            timed(&format!("port100/rc-s380/{case}"), move |notes| {
                judge(reports.get_or_init(kits), case, notes)
            })
        })
        .collect();
    trials.insert(0, trial("port100/rc-s380/opens-again-at-once", opens_again));
    trials.push(timed("port100/rc-s380/figures.round-trip", round_trip));
    trials
}

/// Whoever lets a reader go gets it again at once: the kernel takes its time to free an interface.
fn opens_again() -> Result<Completion, Failed> {
    let desk = desk()?;
    for round in 0..5 {
        let state = desk.open_reader()?.state();
        match state.map(|state| state.card) {
            Ok(CardPresence::Present) => {}
            other => return Err(format!("round {round}: {other:?}").into()),
        }
    }
    Ok(Completion::Completed)
}

fn round_trip(notes: &mut Notes) -> Result<Completion, Failed> {
    let desk = desk()?;
    // A card that takes no time.
    let card = VirtualCard::new(Profile::default(), desk.clock.clone());
    desk.reader.sony.insert(&card);
    time_commands(&desk, notes)
}
