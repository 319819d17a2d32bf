//! `hw-tests record`: how `recordings` were made.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;
use hw_tests::replay::{Dialogue, Guard, Kind};
use myna_hal::Wait;
use myna_hal::card::{CardContext as _, CardReader as _, ShareMode};
use myna_hal::drivers::ccid::CcidContext;
use myna_hal::layer::{Record, Sink};
use myna_hal::sim::VirtualCard;
use myna_hal::sim::card::{Fault, Trigger};
use myna_hal::time::{Clock, SystemClock};
use usb_sim::ccid::{CcidReader, Product};
use usb_sim::direct::DirectBus;

use crate::Done;

/// Record the library's dialogues with simulated readers
///
/// They are held through its own driver for readers on USB, and a recording of each is written.
#[derive(Args)]
#[command(after_help = "Exit status: 0 all are written, 1 one is not, 2 wrong arguments")]
pub(crate) struct Arguments {
    /// Where the files go; it is made if it is not there
    folder: PathBuf,
}

/// Products of each level of exchange.
const EXTENDED: &str = "rc-s300";
const BLOCKS: &str = "acr39u";
const SHORT: &str = "omnikey-3821";

/// PIN of a virtual card, and one that is wrong.
const PIN: &str = "1234";
const WRONG_PIN: &str = "4321";

/// COMPUTE DIGITAL SIGNATURE and READ BINARY.
const SIGNING: Trigger = Trigger::Ins(0x2A);
const READING: Trigger = Trigger::Ins(0xB0);

/// One recording.
struct Scene {
    name: &'static str,
    product: &'static str,
    dialogue: Dialogue,
    pin: &'static str,
    /// How often it is held: from the second time on the kind of card is known.
    times: usize,
    /// What happens to the reader and the card.
    prepare: fn(&CcidReader, &VirtualCard),
}

fn scene(name: &'static str, product: &'static str, kind: Kind) -> Scene {
    Scene {
        name,
        product,
        dialogue: Dialogue::new(kind),
        pin: PIN,
        times: 1,
        prepare: |_, _| {},
    }
}

fn scenes() -> Vec<Scene> {
    vec![
        scene("extended-authenticate", EXTENDED, Kind::Authenticate),
        scene("blocks-authenticate", BLOCKS, Kind::Authenticate),
        scene("short-authenticate", SHORT, Kind::Authenticate),
        Scene {
            dialogue: Dialogue {
                kind: Kind::Authenticate,
                guard: Guard::Bare,
            },
            times: 2,
            ..scene(
                "extended-authenticate-bare-twice",
                EXTENDED,
                Kind::Authenticate,
            )
        },
        scene("extended-face", EXTENDED, Kind::Face),
        Scene {
            prepare: |reader, _| reader.ask_for_time(3),
            ..scene("blocks-screen-more-time", BLOCKS, Kind::Screen)
        },
        Scene {
            pin: WRONG_PIN,
            ..scene("short-wrong-pin", SHORT, Kind::Authenticate)
        },
        Scene {
            prepare: |_, card| card.inject(SIGNING, Fault::RemoveDuring),
            ..scene(
                "extended-pulled-while-signing",
                EXTENDED,
                Kind::Authenticate,
            )
        },
        Scene {
            prepare: |_, card| card.inject(READING, Fault::Mute),
            ..scene("blocks-mute-while-reading", BLOCKS, Kind::Certificate)
        },
        Scene {
            prepare: |reader, _| reader.insert_mute(),
            ..scene("short-mute-card", SHORT, Kind::Certificate)
        },
    ]
}

type Failure = Box<dyn std::error::Error>;

pub(crate) fn run(arguments: &Arguments) -> Done {
    let folder = &arguments.folder;
    if let Err(error) = fs::create_dir_all(folder) {
        eprintln!("record: {}: {error}", folder.display());
        return Ok(ExitCode::FAILURE);
    }
    for scene in scenes() {
        match record(&scene, folder) {
            Ok(outcome) => println!("{}: {outcome}", scene.name),
            Err(error) => {
                eprintln!("record: {}: {error}", scene.name);
                return Ok(ExitCode::FAILURE);
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn record(scene: &Scene, folder: &Path) -> Result<&'static str, Failure> {
    let clock: Arc<dyn Clock> = SystemClock::shared();
    let product = Product::find(scene.product).ok_or("no such product")?;
    let card = VirtualCard::new(product.slow_card(), clock.clone());
    let reader = CcidReader::new(product);
    reader.insert(&card);
    (scene.prepare)(&reader, &card);
    let bus = DirectBus::new();
    bus.plug("bus 1", &reader);
    let mut readers = CcidContext::with_bus(bus, clock.clone()).readers()?;
    let sink = Sink::writer(File::create(folder.join(format!("{}.txt", scene.name)))?);
    sink.note("reader", scene.product);
    scene.dialogue.note(&sink);
    let mut recorded = Record::reader(readers.swap_remove(0), sink.clone(), clock.clone());
    let mut open = |wait: &Wait| recorded.connect(ShareMode::Shared, wait);
    let outcome = scene
        .dialogue
        .hold(&mut open, &card, scene.pin, scene.times, &clock);
    sink.note("outcome", outcome);
    Ok(outcome)
}
