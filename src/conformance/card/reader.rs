//! What a reader says of its card, and who may connect.

use super::{Act, Bench};
use crate::card::{CardPresence, CardReader, ReaderCapabilities, ShareMode};
use crate::conformance::report::{Case, Verdict, fail, skip};
use crate::conformance::run::{check, fails, works};
use crate::error::ErrorKind;

pub(super) const CASES: &[Case<Bench>] = &[
    Case {
        name: "reader.tells-the-card",
        rule: "`state` tells that a card is there, and its answer to reset.",
        run: tells_the_card,
    },
    Case {
        name: "reader.counts-changes",
        rule: "`changes`, where the platform counts, is another one after a card left and came.",
        run: counts_changes,
    },
    Case {
        name: "reader.empty-is-no-card",
        rule: "Connecting to an empty reader is `NoCard`.",
        run: empty_is_no_card,
    },
    Case {
        name: "reader.mute-is-protocol",
        rule: "Something that does not answer is told as mute, and connecting to it is `Protocol`.",
        run: mute_is_protocol,
    },
    Case {
        name: "reader.exclusive-is-alone",
        rule: "An exclusive connection keeps everybody else out with `Busy` until it ends.",
        run: exclusive_is_alone,
    },
];

fn tells_the_card(bench: &mut Bench) -> Verdict {
    let mut reader = bench.ready()?;
    let state = works("state", reader.state())?;
    let Some(told) = state.atr else {
        return fail("the state of a reader with a card has no answer to reset");
    };
    let card = bench.connect()?;
    check(
        told == *card.atr(),
        format!("the state tells {told}, the connection {}", card.atr()),
    )
}

fn counts_changes(bench: &mut Bench) -> Verdict {
    let mut reader = bench.ready()?;
    let before = works("state", reader.state())?.changes;
    if before.is_none() {
        return skip("the platform does not count");
    }
    bench.do_act(Act::Remove)?;
    bench.until_card(&mut *reader, CardPresence::Absent)?;
    bench.do_act(Act::Insert)?;
    bench.until_card(&mut *reader, CardPresence::Present)?;
    let after = works("state", reader.state())?.changes;
    check(
        before != after,
        format!("{before:?} before the card left, {after:?} after it came back"),
    )
}

fn empty_is_no_card(bench: &mut Bench) -> Verdict {
    let mut reader = bench.ready()?;
    bench.do_act(Act::Remove)?;
    bench.until_card(&mut *reader, CardPresence::Absent)?;
    let wait = bench.ample();
    let connected = reader.connect(ShareMode::Shared, &wait);
    fails("connect", connected, &[ErrorKind::NoCard])
}

fn mute_is_protocol(bench: &mut Bench) -> Verdict {
    let mut reader = bench.ready()?;
    bench.do_act(Act::Remove)?;
    bench.do_act(Act::InsertMute)?;
    let told = bench.until_card(&mut *reader, CardPresence::Mute);
    let wait = bench.ample();
    let connected = reader.connect(ShareMode::Shared, &wait);
    // Out with it, whatever came of it: the next case wants a card.
    bench.do_act(Act::Remove)?;
    told?;
    fails("connect", connected, &[ErrorKind::Protocol])
}

fn exclusive_is_alone(bench: &mut Bench) -> Verdict {
    bench.needs(ReaderCapabilities::EXCLUSIVE, "EXCLUSIVE")?;
    // Nothing of an earlier case keeps the reader busy.
    drop(bench.connect()?);
    let wait = bench.ample();
    let mut reader = bench.ready()?;
    let alone = works("connect", reader.connect(ShareMode::Exclusive, &wait))?;
    for mode in [ShareMode::Shared, ShareMode::Exclusive] {
        let mut other = bench.the_reader()?;
        let second = other.connect(mode, &wait);
        fails("a second connect", second, &[ErrorKind::Busy])?;
    }
    drop(alone);
    bench.connect().map(drop)
}
