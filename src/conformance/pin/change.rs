//! Changing a PIN, on a card of the kit's own. No test card's PIN is changed: a case that broke
//! off in between would leave it with a PIN that nobody knows.

use std::time::Duration;

use super::double::Double;
use super::{Bench, Person, request, tries};
use crate::apdu::{Header, StatusWord};
use crate::conformance::report::{Case, Stop, Verdict, fail, skip};
use crate::conformance::run::{check, over, works};
use crate::error::{ErrorKind, Result};
use crate::pin::{
    ChangeEntry, ChangeOutcome, ChangePrompt, ChangeRequest, PinFormat, PinOutcome, PinPad,
    PinPath, PinPurpose,
};

pub(super) const CASES: &[Case<Bench>] = &[
    Case {
        name: "pin.change-sends-each-once",
        rule: "`change` of a prepared host pad sends one VERIFY, then one CHANGE REFERENCE DATA, \
               and nothing else.",
        run: sends_each_once,
    },
    Case {
        name: "pin.change-needs-the-present-pin",
        rule: "A present PIN that the card does not accept is `NotVerified`, and the new one is \
               not sent.",
        run: needs_the_present_pin,
    },
    Case {
        name: "pin.change-entries-differ",
        rule: "Two different entries of the new PIN end `prepare_change` with `EntriesDiffer`, and \
               leave nothing to send.",
        run: entries_differ,
    },
    Case {
        name: "pin.change-cancelled",
        rule: "A person who presses cancel at the first entry ends a change as cancelled, and \
               nothing is sent.",
        run: cancelled,
    },
    Case {
        name: "pin.change-unprepared-sends-nothing",
        rule: "A host pad that was not prepared for a change sends nothing.",
        run: unprepared_sends_nothing,
    },
    Case {
        name: "pin.change-digits-serve-once",
        rule: "The digits of a change are gone after it, whatever came of it.",
        run: digits_serve_once,
    },
    Case {
        name: "pin.change-discard-wipes",
        rule: "After `discard` nothing of a change is left to send.",
        run: discard_wipes,
    },
    Case {
        name: "pin.change-over-sends-nothing",
        rule: "`change` with a wait that is over is an error, and nothing is sent.",
        run: over_sends_nothing,
    },
    Case {
        name: "pin.change-checks-both-lengths",
        rule: "A new PIN of the wrong length is an error before the present one is sent.",
        run: checks_both_lengths,
    },
    Case {
        name: "pin.change-outcomes",
        rule: "9000 to CHANGE REFERENCE DATA is `Changed`, every other status word is `Refused`.",
        run: outcomes,
    },
    Case {
        name: "pin.change-unanswered",
        rule: "A new PIN that went out and was not answered is `Unanswered`, never an error.",
        run: unanswered,
    },
];

/// Four digits for four digits, key reference 98.
pub(super) fn change_request() -> ChangeRequest {
    let four = PinFormat::exactly(4);
    ChangeRequest::new(
        ChangePrompt::new(PinPurpose::UserAuthentication, four, four),
        request().header,
        Header::new(0x00, 0x24, 0x01, 0x98),
    )
}

/// Has the pad ask for a change; a pad that does not know any is no fault.
fn entry(bench: &mut Bench, pad: &mut dyn PinPad) -> Result<ChangeEntry, Stop> {
    match pad.prepare_change(&change_request().prompt, &bench.long()) {
        Err(error) if error.kind() == ErrorKind::Unsupported => skip("the pad changes no PINs"),
        entry => works("prepare_change", entry),
    }
}

/// A pad of the host path whose person typed the present PIN and a new one, twice.
fn prepared(bench: &mut Bench) -> Result<Box<dyn PinPad>, Stop> {
    let mut pad = bench.pad_of(PinPath::Host)?;
    bench.person(Person::TypesNewPin)?;
    match entry(bench, &mut *pad)? {
        ChangeEntry::Ready => Ok(pad),
        entry => fail(format!(
            "prepare_change ended with {entry:?} after three entries"
        )),
    }
}

/// A change on `card`.
fn change(
    bench: &mut Bench,
    pad: &mut dyn PinPad,
    card: &mut Double,
) -> Result<ChangeOutcome, Stop> {
    let wait = bench.long();
    works("change", pad.change(card, &change_request(), &wait))
}

fn sends_each_once(bench: &mut Bench) -> Verdict {
    let mut pad = prepared(bench)?;
    let mut card = Double::new(Ok(StatusWord::OK))?;
    let outcome = change(bench, &mut *pad, &mut card)?;
    check(
        matches!(outcome, ChangeOutcome::Changed),
        format!("9000 twice is {outcome:?}"),
    )?;
    let sent = (
        card.count.digits(),
        card.count.changes(),
        card.count.others(),
    );
    check(
        sent == (1, 1, 0),
        format!(
            "{} VERIFY, {} CHANGE REFERENCE DATA and {} other commands",
            sent.0, sent.1, sent.2
        ),
    )
}

fn needs_the_present_pin(bench: &mut Bench) -> Verdict {
    for says in [
        Ok(StatusWord::new(0x63C2)),
        Ok(StatusWord::new(0x6983)),
        Ok(StatusWord::new(0x6A86)),
        Err(ErrorKind::TimedOut),
    ] {
        let mut pad = prepared(bench)?;
        let mut card = Double::new(says)?.says_to_change(Ok(StatusWord::OK));
        let outcome = change(bench, &mut *pad, &mut card)?;
        check(
            card.count.changes() == 0,
            format!("{says:?} to VERIFY, and the new PIN is sent"),
        )?;
        let right = match (&outcome, says) {
            (ChangeOutcome::NotVerified(PinOutcome::Unanswered(_)), Err(_)) => true,
            (ChangeOutcome::NotVerified(outcome), Ok(_)) => {
                !matches!(outcome, PinOutcome::Verified)
            }
            _ => false,
        };
        check(right, format!("{says:?} to VERIFY is {outcome:?}"))?;
    }
    Ok(())
}

fn entries_differ(bench: &mut Bench) -> Verdict {
    let mut pad = bench.pad_of(PinPath::Host)?;
    bench.person(Person::TypesTwoNewPins)?;
    let ended = entry(bench, &mut *pad)?;
    check(
        ended == ChangeEntry::EntriesDiffer,
        format!("prepare_change after two different entries: {ended:?}"),
    )?;
    refuses(bench, &mut *pad, "after entries that differ,")
}

fn cancelled(bench: &mut Bench) -> Verdict {
    let mut pad = bench.pad()?;
    if pad.path() == PinPath::Host {
        bench.person(Person::Cancels)?;
        let ended = entry(bench, &mut *pad)?;
        check(
            ended == ChangeEntry::CancelledByUser,
            format!("prepare_change that the person cancels: {ended:?}"),
        )?;
        return refuses(bench, &mut *pad, "after an entry that was cancelled,");
    }
    let ended = entry(bench, &mut *pad)?;
    check(
        ended == ChangeEntry::Ready,
        format!("prepare_change of a secure pad: {ended:?}"),
    )?;
    let mut card = tries::Card::open(bench)?;
    bench.person(Person::Cancels)?;
    let outcome = match card.change(&mut *pad, &bench.long()) {
        Err(error) if error.kind() == ErrorKind::Unsupported => {
            return skip("the pad changes no PINs");
        }
        outcome => works("change", outcome)?,
    };
    card.lost_none(bench)?;
    check(
        matches!(
            outcome,
            ChangeOutcome::NotVerified(PinOutcome::CancelledByUser)
        ),
        format!("a change that the person cancels is {outcome:?}"),
    )
}

/// Has `change` fail without anything reaching the card.
fn refuses(bench: &mut Bench, pad: &mut dyn PinPad, when: &str) -> Verdict {
    let mut card = Double::new(Ok(StatusWord::OK))?;
    let wait = bench.within(Duration::from_secs(2));
    let outcome = pad.change(&mut card, &change_request(), &wait);
    let sent = card.count.all();
    check(sent == 0, format!("{when} change sends {sent} commands"))?;
    match outcome {
        Err(_) => Ok(()),
        Ok(outcome) => fail(format!("{when} change is {outcome:?}, an error was due")),
    }
}

fn unprepared_sends_nothing(bench: &mut Bench) -> Verdict {
    // It is not run on a pad that changes no PINs.
    drop(prepared(bench)?);
    let mut pad = bench.pad_of(PinPath::Host)?;
    refuses(bench, &mut *pad, "unprepared,")
}

fn digits_serve_once(bench: &mut Bench) -> Verdict {
    let mut pad = prepared(bench)?;
    let mut card = Double::new(Ok(StatusWord::new(0x63C2)))?;
    drop(change(bench, &mut *pad, &mut card)?);
    refuses(bench, &mut *pad, "a second time,")
}

fn discard_wipes(bench: &mut Bench) -> Verdict {
    let mut pad = prepared(bench)?;
    pad.discard();
    refuses(bench, &mut *pad, "after discard,")
}

fn over_sends_nothing(bench: &mut Bench) -> Verdict {
    let mut pad = prepared(bench)?;
    // A card that would answer in spite of the wait.
    let mut card = Double::new(Ok(StatusWord::OK))?;
    let wait = over(&bench.clock());
    let outcome = pad.change(&mut card, &change_request(), &wait);
    pad.discard();
    check(card.count.all() == 0, "something was sent")?;
    match outcome {
        Err(error) if error.kind() == ErrorKind::TimedOut => Ok(()),
        Err(error) => fail(format!("{} instead of timed-out", error.kind())),
        Ok(outcome) => fail(format!("{outcome:?}, an error was due")),
    }
}

fn checks_both_lengths(bench: &mut Bench) -> Verdict {
    let mut pad = prepared(bench)?;
    let mut card = Double::new(Ok(StatusWord::OK))?;
    let mut six = change_request();
    six.prompt.new = PinFormat::exactly(6);
    let outcome = pad.change(&mut card, &six, &bench.long());
    let sent = card.count.all();
    check(
        sent == 0,
        format!("{sent} commands for a new PIN of the wrong length"),
    )?;
    match outcome {
        Err(error) if error.kind() == ErrorKind::InvalidInput => Ok(()),
        Err(error) => fail(format!("{} instead of invalid-input", error.kind())),
        Ok(outcome) => fail(format!("{outcome:?}, an error was due")),
    }
}

fn outcomes(bench: &mut Bench) -> Verdict {
    for word in [0x9000, 0x6A80, 0x6985, 0x6982, 0x63C2] {
        let status = StatusWord::new(word);
        let mut pad = prepared(bench)?;
        let mut card = Double::new(Ok(StatusWord::OK))?.says_to_change(Ok(status));
        let outcome = change(bench, &mut *pad, &mut card)?;
        let right = match outcome {
            ChangeOutcome::Changed => status.is_ok(),
            ChangeOutcome::Refused(refused) => !status.is_ok() && refused == status,
            _ => false,
        };
        check(
            right,
            format!("{status} to CHANGE REFERENCE DATA is {outcome:?}"),
        )?;
    }
    Ok(())
}

fn unanswered(bench: &mut Bench) -> Verdict {
    for kind in [ErrorKind::NoCard, ErrorKind::TimedOut, ErrorKind::Protocol] {
        let mut pad = prepared(bench)?;
        let mut card = Double::new(Ok(StatusWord::OK))?.says_to_change(Err(kind));
        let wait = bench.long();
        match pad.change(&mut card, &change_request(), &wait) {
            Ok(ChangeOutcome::Unanswered(error)) if error.kind() == kind => {}
            Ok(outcome) => return fail(format!("{kind} after the new PIN is {outcome:?}")),
            Err(error) => {
                return fail(format!(
                    "{kind} after the new PIN is the error {}, which says that nothing was sent",
                    error.kind()
                ));
            }
        }
        check(card.count.changes() == 1, "the new PIN was repeated")?;
    }
    Ok(())
}
