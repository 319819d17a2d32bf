//! The driver for the Sony RC-S380 on a simulated one, which a real kernel has enumerated.

use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use libtest_mimic::{Completion, Failed, Trial};
use myna_hal::apdu::CommandApdu;
use myna_hal::card::CardContext;
use myna_hal::conformance::pin::Tries;
use myna_hal::conformance::{Report, card, pin};
use myna_hal::drivers::port100::Port100Context;
use myna_hal::sim::VirtualCard;
use myna_hal::sim::card::Profile;
use myna_hal::time::{Clock, SystemClock};
use usb_sim::port100::{Chip, Model, Port100Reader};
use usb_sim::vhci::{self, Attached};

use crate::kits::judge;
use crate::sony::Reader;
use crate::support::{Desk, PinDesk, Way};
use crate::trial;

/// GET DATA of nothing: the card refuses it at once, so that all the time is the way's.
const REFUSED: [u8; 5] = [0x00, 0xCA, 0x00, 0x00, 0x00];
const ROUNDS: usize = 200;

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
        name.starts_with("SONY RC-S380")
    }

    fn plug(&mut self, plugged: bool) {
        self.attached = None;
        if plugged {
            self.attached = Some(vhci::attach(self.reader.clone()).expect("a port of vhci_hcd"));
        }
    }
}

/// A desk, once the driver sees the card.
fn desk() -> Result<Desk<Reader>, Failed> {
    let sony = Port100Reader::new(Model::P);
    let way = Kernel {
        reader: sony.clone(),
        attached: None,
    };
    let reader = Reader {
        sony,
        chip: Chip::PLAIN,
    };
    let desk = Desk::new(reader, way, &SystemClock::shared());
    desk.connect()?;
    Ok(desk)
}

fn kits() -> Result<Vec<Report>, String> {
    let mut desk = desk().map_err(|failed| failed.message().unwrap_or_default().to_owned())?;
    let reader = card::run(&mut desk, &mut |_| {});
    let pin = pin::run(PinDesk::new(desk), Tries::TestCard, &mut |_| {});
    Ok(vec![reader, pin])
}

/// Every case, and how long a command takes.
pub(crate) fn trials() -> Vec<Trial> {
    let reports = Arc::new(OnceLock::new());
    let cases = card::cases().map(|case| case.name);
    let mut trials: Vec<Trial> = cases
        .chain(pin::cases().map(|case| case.name))
        .map(|case| {
            let reports = reports.clone();
            trial(&format!("port100/rc-s380/{case}"), move || {
                judge(reports.get_or_init(kits), case)
            })
        })
        .collect();
    trials.push(trial("port100/rc-s380/figures.round-trip", round_trip));
    trials
}

fn round_trip() -> Result<Completion, Failed> {
    let desk = desk()?;
    // A card that takes no time.
    let card = VirtualCard::new(Profile::default(), desk.clock.clone());
    desk.reader.sony.insert(&card);
    desk.wait(Duration::from_secs(10))
        .sleep(Duration::from_secs(2))?;
    let mut connection = desk.connect()?;
    let wait = desk.wait(Duration::from_secs(60));
    let command = CommandApdu::parse(&REFUSED)?;
    let mut took = Vec::with_capacity(ROUNDS);
    for _ in 0..ROUNDS {
        let begun = Instant::now();
        connection.transmit(&command, &wait)?;
        took.push(begun.elapsed());
    }
    took.sort_unstable();
    let (median, most) = (took[ROUNDS / 2], took[ROUNDS * 99 / 100]);
    println!(
        "FIGURE round trip port100 rc-s380: median {} µs, p99 {} µs, {ROUNDS} commands",
        median.as_micros(),
        most.as_micros(),
    );
    Ok(Completion::Completed)
}
