//! Resets, power cuts and cards that leave.

use super::{Act, Bench, READ_256, SELECT, select, send};
use crate::apdu::StatusWord;
use crate::card::{CardConnection, CardPresence, Disposition};
use crate::conformance::report::{Case, Verdict};
use crate::conformance::run::{check, fails, works};
use crate::error::ErrorKind;

pub(super) const CASES: &[Case<Bench>] = &[
    Case {
        name: "reset.own-end-is-loud",
        rule: "After our own `end_transaction` with `Reset` or `Unpower` every call is `CardReset` \
               until `reconnect`.",
        run: own_end_is_loud,
    },
    Case {
        name: "reset.reaches-every-handle",
        rule: "A handle whose card somebody else reset says `CardReset` until `reconnect`.",
        run: reaches_every_handle,
    },
    Case {
        name: "reset.selects-nothing",
        rule: "`reconnect` selects nothing by itself, and a power cut leaves nothing selected.",
        run: selects_nothing,
    },
    Case {
        name: "removal.is-no-card",
        rule: "With the card pulled out, `transmit` and `reconnect` are `NoCard`.",
        run: is_no_card,
    },
    Case {
        name: "removal.is-remembered",
        rule: "A card that came back is not talked to before `reconnect`: it may be another one.",
        run: is_remembered,
    },
];

fn own_end_is_loud(bench: &mut Bench) -> Verdict {
    let (mut card, wait) = (bench.connect()?, bench.ample());
    for disposition in [Disposition::Reset, Disposition::Unpower] {
        works("begin_transaction", card.begin_transaction(&wait))?;
        select(&mut *card, &wait)?;
        works("end_transaction", card.end_transaction(disposition))?;
        let what = format!("transmit after {disposition:?}");
        let after = send(&mut *card, SELECT, &wait);
        fails(&what, after, &[ErrorKind::CardReset])?;
        works("reconnect", card.reconnect(Disposition::Leave, &wait))?;
        select(&mut *card, &wait)?;
    }
    Ok(())
}

fn reaches_every_handle(bench: &mut Bench) -> Verdict {
    let (mut one, mut two) = (bench.connect()?, bench.connect()?);
    let wait = bench.ample();
    works("begin_transaction", one.begin_transaction(&wait))?;
    works("end_transaction", one.end_transaction(Disposition::Unpower))?;
    let first = send(&mut *two, SELECT, &wait);
    fails("the other handle", first, &[ErrorKind::CardReset])?;
    works("reconnect", two.reconnect(Disposition::Leave, &wait))?;
    select(&mut *two, &wait)
}

fn selects_nothing(bench: &mut Bench) -> Verdict {
    let (mut card, wait) = (bench.connect()?, bench.ample());
    select(&mut *card, &wait)?;
    works("begin_transaction", card.begin_transaction(&wait))?;
    works(
        "end_transaction",
        card.end_transaction(Disposition::Unpower),
    )?;
    // A handle that does not say so has a case of its own.
    let _ = send(&mut *card, READ_256, &wait);
    works("reconnect", card.reconnect(Disposition::Leave, &wait))?;
    let (status, length) = works("READ BINARY", send(&mut *card, READ_256, &wait))?;
    check(
        status != StatusWord::OK,
        format!("{length} bytes of the certificate without a SELECT"),
    )
}

fn is_no_card(bench: &mut Bench) -> Verdict {
    let (mut card, wait) = (bench.connect()?, bench.ample());
    let mut reader = bench.the_reader()?;
    bench.do_act(Act::Remove)?;
    bench.until_card(&mut *reader, CardPresence::Absent)?;
    fails(
        "transmit",
        send(&mut *card, SELECT, &wait),
        &[ErrorKind::NoCard],
    )?;
    let again = card.reconnect(Disposition::Leave, &wait);
    fails("reconnect", again, &[ErrorKind::NoCard])
}

fn is_remembered(bench: &mut Bench) -> Verdict {
    let (mut card, wait) = (bench.connect()?, bench.ample());
    let mut reader = bench.the_reader()?;
    bench.do_act(Act::Remove)?;
    bench.until_card(&mut *reader, CardPresence::Absent)?;
    bench.do_act(Act::Insert)?;
    bench.until_card(&mut *reader, CardPresence::Present)?;
    // Platforms tell it by either name.
    let loud = &[ErrorKind::CardReset, ErrorKind::NoCard];
    let first = send(&mut *card, SELECT, &wait);
    fails("transmit to a card that came back", first, loud)?;
    works("reconnect", card.reconnect(Disposition::Leave, &wait))?;
    select(&mut *card, &wait)
}
