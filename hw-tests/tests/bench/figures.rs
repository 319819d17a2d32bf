//! How long things take on a real reader.

use std::time::{Duration, Instant};

use hw_tests::bench::{ReaderDesk, fingerprint};
use hw_tests::report::Notes;
use libtest_mimic::{Completion, Failed};
use myna_hal::apdu::CommandApdu;
use myna_hal::card::{CardPresence, ReaderEvent, ReaderWatch, Transaction};

use crate::readers::Bed;

/// GET DATA of nothing: the card refuses it at once, so that all the time is the way's.
const REFUSED: [u8; 5] = [0x00, 0xCA, 0x00, 0x00, 0x00];
const ROUNDS: usize = 100;
const CERTIFICATES: usize = 5;
const INSERTIONS: usize = 5;

pub(crate) type Figure = fn(&ReaderDesk, &mut Notes) -> Result<Completion, Failed>;

/// The figures, and what takes them.
pub(crate) const FIGURES: &[(&str, Figure)] = &[
    ("figures.round-trip", round_trip),
    ("figures.certificate", certificate),
    ("figures.insertion", insertion),
];

pub(crate) fn run(figure: Figure, bed: &Bed, notes: &mut Notes) -> Result<Completion, Failed> {
    let desk = bed.desk()?;
    notes.device(desk.device());
    figure(&desk, notes)
}

fn round_trip(desk: &ReaderDesk, notes: &mut Notes) -> Result<Completion, Failed> {
    let mut connection = desk.connect()?;
    let wait = desk.wait(Duration::from_secs(60));
    let command = CommandApdu::parse(&REFUSED)?;
    let mut took = Vec::with_capacity(ROUNDS);
    for _ in 0..ROUNDS {
        let begun = Instant::now();
        connection.transmit(&command, &wait)?;
        took.push(begun.elapsed());
    }
    notes.phase("round-trip", &took);
    Ok(Completion::Completed)
}

fn certificate(desk: &ReaderDesk, notes: &mut Notes) -> Result<Completion, Failed> {
    let wait = desk.wait(Duration::from_secs(60));
    let taken = Transaction::begin(desk.connect()?, &wait);
    let mut taken = taken.map_err(|(_, error)| error)?;
    let mut took = Vec::with_capacity(CERTIFICATES);
    for _ in 0..CERTIFICATES {
        let begun = Instant::now();
        fingerprint(&mut taken, &wait)?;
        took.push(begun.elapsed());
    }
    notes.phase("certificate", &took);
    Ok(Completion::Completed)
}

/// From the actuator's end to the event. An actuator is not done at the moment when contacts meet,
/// so this is compared with itself alone.
fn insertion(desk: &ReaderDesk, notes: &mut Notes) -> Result<Completion, Failed> {
    let (Some(insert), Some(remove)) = (&desk.entry().insert, &desk.entry().remove) else {
        return Ok(Completion::ignored_with(
            "no actuators: the inventory would need insert and remove for this reader",
        ));
    };
    if insert.is_person() || remove.is_person() {
        let why = "a person inserts the card: there is no moment to count from";
        return Ok(Completion::ignored_with(why));
    }
    let mut watch = desk.only().watch()?;
    let mut took = Vec::with_capacity(INSERTIONS);
    for _ in 0..INSERTIONS {
        remove.act()?;
        until(desk, &mut *watch, CardPresence::Absent)?;
        let begun = Instant::now();
        insert.act()?;
        until(desk, &mut *watch, CardPresence::Present)?;
        took.push(begun.elapsed());
    }
    notes.phase("insertion", &took);
    Ok(Completion::Completed)
}

/// Waits until the watch tells of this.
fn until(desk: &ReaderDesk, watch: &mut dyn ReaderWatch, card: CardPresence) -> Result<(), Failed> {
    let wait = desk.wait(Duration::from_secs(10));
    loop {
        if let ReaderEvent::StateChanged { state, .. } = watch.next_event(&wait)?
            && state.card == card
        {
            return Ok(());
        }
    }
}
