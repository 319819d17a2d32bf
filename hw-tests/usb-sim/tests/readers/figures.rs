//! How long things take on the way to the card, side by side.

use std::time::{Duration, Instant};

use hw_tests::report::Notes;
use libtest_mimic::{Completion, Failed, Trial};
use myna_hal::apdu::CommandApdu;
use myna_hal::card::{CardPresence, ReaderEvent, ReaderWatch};
use myna_hal::sim::VirtualCard;
use usb_sim::ccid::Product;

use crate::further::with_card;
use crate::plug::{Driver, desk};
use crate::support::{Desk, Hands};
use crate::timed;

/// GET DATA of nothing: the card refuses it at once, so that all the time is the way's.
const REFUSED: [u8; 5] = [0x00, 0xCA, 0x00, 0x00, 0x00];
const ROUNDS: usize = 200;
/// How long commands are sent before their time counts.
const SETTLES: Duration = Duration::from_millis(500);
const INSERTIONS: usize = 5;

pub(crate) fn trials(driver: Driver) -> Vec<Trial> {
    let products = ["acr1252u", "acr39u"];
    let named = |product: &str, what: &str| format!("{}/{product}/figures.{what}", driver.name());
    let mut trials = Vec::new();
    for key in products {
        let Some(product) = Product::find(key) else {
            continue;
        };
        trials.push(timed(&named(key, "round-trip"), move |notes| {
            round_trip(driver, product, notes)
        }));
        trials.push(timed(&named(key, "insertion"), move |notes| {
            insertion(driver, product, notes)
        }));
    }
    trials
}

/// A desk whose card takes no time.
fn quick(driver: Driver, product: &Product) -> Result<Desk, Failed> {
    let desk = desk(driver, product, false)?;
    let card = VirtualCard::new(product.card(), desk.clock.clone());
    with_card(&desk, card)
}

fn round_trip(driver: Driver, product: &Product, notes: &mut Notes) -> Result<Completion, Failed> {
    time_commands(&quick(driver, product)?, notes)
}

/// How long a command takes at a desk whose card takes no time.
pub(crate) fn time_commands<R: Hands>(
    desk: &Desk<R>,
    notes: &mut Notes,
) -> Result<Completion, Failed> {
    let mut connection = desk.connect()?;
    let wait = desk.wait(Duration::from_secs(60));
    let command = CommandApdu::parse(&REFUSED)?;
    // Whoever else looks at a reader that has just come, udev and the service, does so meanwhile.
    let settling = desk.wait(SETTLES);
    while settling.check().is_ok() {
        connection.transmit(&command, &wait)?;
    }
    let mut took = Vec::with_capacity(ROUNDS);
    for _ in 0..ROUNDS {
        let begun = Instant::now();
        connection.transmit(&command, &wait)?;
        took.push(begun.elapsed());
    }
    notes.phase("round-trip", &took);
    Ok(Completion::Completed)
}

fn insertion(driver: Driver, product: &Product, notes: &mut Notes) -> Result<Completion, Failed> {
    let desk = quick(driver, product)?;
    let mut watch = desk.open_context().watch()?;
    let mut took = Vec::with_capacity(INSERTIONS);
    until(&desk, &mut *watch, CardPresence::Present)?;
    for _ in 0..INSERTIONS {
        desk.reader.remove();
        until(&desk, &mut *watch, CardPresence::Absent)?;
        desk.wait(Duration::from_secs(1))
            .sleep(Duration::from_millis(150))?;
        let begun = Instant::now();
        desk.reader.insert(&desk.card);
        until(&desk, &mut *watch, CardPresence::Present)?;
        took.push(begun.elapsed());
    }
    notes.phase("insertion", &took);
    Ok(Completion::Completed)
}

/// Waits until the watch tells of this.
fn until(desk: &Desk, watch: &mut dyn ReaderWatch, card: CardPresence) -> Result<(), Failed> {
    let wait = desk.wait(Duration::from_secs(10));
    loop {
        if let ReaderEvent::StateChanged { state, .. } = watch.next_event(&wait)?
            && state.card == card
        {
            return Ok(());
        }
    }
}
