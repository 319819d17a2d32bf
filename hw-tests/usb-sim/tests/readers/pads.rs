//! VERIFY and MODIFY on the keys of readers: what the kit, which spares cards, does not do.

use std::time::Duration;

use libtest_mimic::{Completion, Failed, Trial};
use myna_hal::apdu::{CommandApdu, Header};
use myna_hal::pin::{
    ChangeOutcome, ChangePrompt, ChangeRequest, PinFormat, PinOutcome, PinPad, PinPrompt,
    PinPurpose, PinRequest, ReaderPinPad,
};
use myna_hal::sim::card::Key;
use usb_sim::ccid::{PRODUCTS, Product};

use crate::plug::{Driver, desk};
use crate::trial;

/// SELECT of the application with the user-authentication key.
const SELECT: [u8; 15] = [
    0x00, 0xA4, 0x04, 0x0C, 0x0A, 0xD3, 0x92, 0xF0, 0x00, 0x26, 0x01, 0x00, 0x00, 0x00, 0x01,
];
const VERIFY: Header = Header::new(0x00, 0x20, 0x00, 0x98);
const CHANGE: Header = Header::new(0x00, 0x24, 0x01, 0x80);

pub(crate) fn trials(driver: Driver) -> Vec<Trial> {
    let pads = PRODUCTS.iter().filter(|product| product.pin_support != 0);
    let name = |product: &Product| format!("{}/{}/pad.changes-a-pin", driver.name(), product.key);
    pads.map(|product| trial(&name(product), move || change(driver, product)))
        .collect()
}

/// Wrong, right, changed, the old one wrong, the new one right; and what that cost the card.
fn change(driver: Driver, product: &Product) -> Result<Completion, Failed> {
    let desk = desk(driver, product, false)?;
    let wait = desk.wait(Duration::from_secs(60));
    let keys = desk.reader.keys();
    let mut connection = desk.connect()?;
    let select = CommandApdu::parse(&SELECT)?;
    connection.transmit(&select, &wait)?;
    let mut pad = ReaderPinPad::probe(&mut *connection, &wait)?;
    let format = PinFormat::exactly(4);
    let request = PinRequest::new(
        PinPrompt::new(PinPurpose::UserAuthentication, format),
        VERIFY,
    );
    keys.types("4321");
    expect(
        "a wrong PIN",
        &pad.verify(&mut *connection, &request, &wait)?,
        |outcome| {
            matches!(
                outcome,
                PinOutcome::Rejected {
                    retries_left: Some(2)
                }
            )
        },
    )?;
    ["1234", "5678", "5678"]
        .iter()
        .for_each(|digits| keys.types(digits));
    let prompt = ChangePrompt::new(PinPurpose::UserAuthentication, format, format);
    let changed = ChangeRequest::new(prompt, VERIFY, CHANGE);
    expect(
        "the change",
        &pad.change(&mut *connection, &changed, &wait)?,
        |outcome| matches!(outcome, ChangeOutcome::Changed),
    )?;
    keys.types("1234");
    expect(
        "the old PIN",
        &pad.verify(&mut *connection, &request, &wait)?,
        |outcome| {
            matches!(
                outcome,
                PinOutcome::Rejected {
                    retries_left: Some(2)
                }
            )
        },
    )?;
    keys.types("5678");
    expect(
        "the new PIN",
        &pad.verify(&mut *connection, &request, &wait)?,
        |outcome| matches!(outcome, PinOutcome::Verified),
    )?;
    let tries = (
        desk.card.verify_count(Key::AuthPin),
        desk.card.tries_left(Key::AuthPin),
    );
    if tries != (4, 3) {
        return Err(format!(
            "the card saw {} entries and has {} tries left",
            tries.0, tries.1
        )
        .into());
    }
    Ok(Completion::Completed)
}

fn expect<T: std::fmt::Debug>(
    what: &str,
    outcome: &T,
    wanted: impl FnOnce(&T) -> bool,
) -> Result<(), Failed> {
    if wanted(outcome) {
        return Ok(());
    }
    Err(format!("{what}: {outcome:?}").into())
}
