//! The conformance kit on the library's CCID driver, with every simulated product, and readers that
//! do not keep to the standard; without a kernel.
#![allow(missing_docs, reason = "a test")]

#[path = "../support/commands.rs"]
mod commands;
#[path = "../support/straight.rs"]
mod straight;
#[path = "../support/mod.rs"]
mod support;

mod lies;
mod line;
mod opening;

use myna_hal::conformance::pin::Tries;
use myna_hal::conformance::{Outcome, Report, card, pin};
use myna_hal::drivers::ccid::CcidContext;
use myna_hal::time::SystemClock;
use straight::{PLACE, Straight};
use support::{Desk, PinDesk};
use usb_sim::ccid::{CcidReader, PRODUCTS, Product};
use usb_sim::direct::DirectBus;

fn desk(product: &Product) -> Desk {
    let clock = SystemClock::shared();
    let reader = CcidReader::new(product);
    let bus = DirectBus::new();
    let way = Straight {
        context: CcidContext::with_bus(bus.clone(), clock.clone()),
        plug: {
            let reader = reader.clone();
            move |plugged| match plugged {
                true => bus.plug(PLACE, &reader),
                false => bus.unplug(PLACE),
            }
        },
    };
    Desk::new(reader, way, &clock)
}

fn product(key: &str) -> &'static Product {
    Product::find(key).expect("a product")
}

/// The names of the cases that were not run.
fn not_run(report: &Report) -> Vec<&'static str> {
    let cases = report.cases.iter();
    cases
        .filter(|case| matches!(case.outcome, Outcome::NotRun(_)))
        .map(|case| case.name)
        .collect()
}

#[test]
fn the_driver_keeps_every_rule_on_every_product() {
    let kits = PRODUCTS.iter().map(|product| {
        std::thread::spawn(move || {
            let mut desk = desk(product);
            let started = std::time::Instant::now();
            let report = card::run(&mut desk, &mut |_| {});
            println!("{report} {:?}", started.elapsed());
            (product, report)
        })
    });
    let kits: Vec<_> = kits.collect();
    let mut failed = Vec::new();
    for kit in kits {
        let (product, report) = kit.join().expect("the kit catches panics");
        failed.extend(
            report
                .failed()
                .map(|case| format!("{}: {case}", product.key)),
        );
        println!("{}: {:?}", product.key, not_run(&report));
    }
    assert!(failed.is_empty(), "{failed:#?}");
}

#[test]
fn pin_pads_and_pins_of_the_host_keep_every_rule() {
    let kits = PRODUCTS.iter().map(|product| {
        std::thread::spawn(move || {
            let desk = PinDesk::new(desk(product));
            let report = pin::run(desk, Tries::TestCard, &mut |_| {});
            println!("{report}");
            (product, report)
        })
    });
    let kits: Vec<_> = kits.collect();
    let mut failed = Vec::new();
    for kit in kits {
        let (product, report) = kit.join().expect("the kit catches panics");
        failed.extend(
            report
                .failed()
                .map(|case| format!("{}: {case}", product.key)),
        );
    }
    assert!(failed.is_empty(), "{failed:#?}");
}
