//! VERIFY and MODIFY on the keys of readers: what the kit, which spares cards, does not do.

use std::time::Duration;

use libtest_mimic::Failed;
use myna_hal::apdu::{CommandApdu, Header};
use myna_hal::pin::{
    ChangeOutcome, ChangePrompt, ChangeRequest, PinFormat, PinOutcome, PinPad, PinPrompt,
    PinPurpose, PinRequest, ReaderPinPad,
};
use myna_hal::sim::card::Key;

use crate::commands::SELECT;
use crate::further::{Further, with_card};
use crate::support::{Desk, Hands};

const VERIFY: Header = Header::new(0x00, 0x20, 0x00, 0x98);
const CHANGE: Header = Header::new(0x00, 0x24, 0x01, 0x80);

pub(crate) const CASES: [Further; 1] = [Further {
    name: "pad.changes-a-pin",
    suits: |product| product.pin_support != 0,
    run: change,
}];

/// Wrong, right, changed, the old one wrong, the new one right; and what that cost the card.
fn change(desk: &Desk) -> Result<(), Failed> {
    let desk = with_card(desk, desk.reader.card(&desk.clock))?;
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
    Ok(())
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
