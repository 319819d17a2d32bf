//! The conformance kit on the library's driver for the Sony RC-S380, with a simulated one: cards of
//! several chips, frames that are lost, readers and cards that lie; without a kernel.
#![allow(missing_docs, reason = "a test")]

#[path = "../support/sony.rs"]
mod sony;
#[path = "../support/straight.rs"]
mod straight;
#[path = "../support/mod.rs"]
mod support;

mod air;
mod lies;

use myna_hal::conformance::pin::Tries;
use myna_hal::conformance::{Outcome, card, pin};
use myna_hal::drivers::port100::Port100Context;
use myna_hal::time::SystemClock;
use sony::{Reader, SLOW, SMALL};
use straight::{PLACE, Straight};
use support::PinDesk;
use usb_sim::port100::{Chip, Model, Port100Bus, Port100Reader};

type Desk = support::Desk<Reader>;

fn desk(model: Model, chip: Chip) -> Desk {
    let clock = SystemClock::shared();
    let sony = Port100Reader::new(model);
    let bus = Port100Bus::new();
    let way = Straight {
        context: Port100Context::with_bus(bus.clone(), clock.clone()),
        plug: {
            let reader = sony.clone();
            move |plugged| match plugged {
                true => bus.plug(PLACE, &reader),
                false => bus.unplug(PLACE),
            }
        },
    };
    Desk::new(Reader { sony, chip }, way, &clock)
}

const DESKS: [(&str, Model, Chip); 3] = [
    ("RC-S380/S", Model::S, Chip::PLAIN),
    ("RC-S380/P, frames of 16 bytes", Model::P, SMALL),
    ("RC-S380/S, a slow card", Model::S, SLOW),
];

#[test]
fn the_driver_keeps_every_rule() {
    let kits = DESKS.map(|(name, model, chip)| {
        std::thread::spawn(move || {
            let report = card::run(&mut desk(model, chip), &mut |_| {});
            println!("{name}\n{report}");
            (name, report)
        })
    });
    let mut failed = Vec::new();
    for kit in kits {
        let (name, report) = kit.join().expect("the kit catches panics");
        failed.extend(report.failed().map(|case| format!("{name}: {case}")));
        // What is not run needs a service or another program.
        for case in &report.cases {
            if let Outcome::NotRun(why) = &case.outcome {
                println!("{name}: {} not run: {why}", case.name);
            }
        }
    }
    assert!(failed.is_empty(), "{failed:#?}");
}

#[test]
fn pins_of_the_host_keep_every_rule() {
    let desk = PinDesk::new(desk(Model::S, Chip::PLAIN));
    let report = pin::run(desk, Tries::TestCard, &mut |_| {});
    println!("{report}");
    let failed: Vec<String> = report.failed().map(ToString::to_string).collect();
    assert!(failed.is_empty(), "{failed:#?}");
}
