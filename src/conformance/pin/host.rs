//! The host path: digits that pass through this program's memory, on their way to a card of the
//! kit's own.

use super::double::Double;
use super::{Bench, request};
use crate::apdu::StatusWord;
use crate::conformance::report::{Case, Verdict, fail};
use crate::conformance::run::{check, over, works};
use crate::error::ErrorKind;
use crate::pin::{PinOutcome, PinPath};

pub(super) const CASES: &[Case<Bench>] = &[
    Case {
        name: "pin.sends-once",
        rule: "`verify` of a prepared host pad sends one VERIFY and nothing else.",
        run: sends_once,
    },
    Case {
        name: "pin.unprepared-sends-nothing",
        rule: "A host pad that was not prepared sends nothing: no person is asked inside a \
               transaction.",
        run: unprepared_sends_nothing,
    },
    Case {
        name: "pin.digits-serve-once",
        rule: "Digits are gone after one `verify`, whatever came of it.",
        run: digits_serve_once,
    },
    Case {
        name: "pin.discard-wipes",
        rule: "After `discard` nothing is left to send.",
        run: discard_wipes,
    },
    Case {
        name: "pin.over-sends-nothing",
        rule: "`verify` with a wait that is over is an error, and nothing is sent.",
        run: over_sends_nothing,
    },
    Case {
        name: "pin.outcomes",
        rule: "Each status word has its outcome: 9000, 63Cx, 63C0, 6983, 6984, 6300, others.",
        run: outcomes,
    },
    Case {
        name: "pin.unanswered",
        rule: "A VERIFY that went out and was not answered is `Unanswered`, never an error.",
        run: unanswered,
    },
];

fn sends_once(bench: &mut Bench) -> Verdict {
    let (mut pad, wait) = (bench.prepared()?, bench.long());
    let mut card = Double::new(Ok(StatusWord::OK))?;
    let outcome = works("verify", pad.verify(&mut card, &request(), &wait))?;
    check(
        matches!(outcome, PinOutcome::Verified),
        format!("9000 is {outcome:?}"),
    )?;
    let (digits, others) = (card.count.digits(), card.count.others());
    check(
        (digits, others) == (1, 0),
        format!("{digits} VERIFY with digits and {others} other commands"),
    )
}

/// Has `verify` fail without anything reaching the card.
fn refuses(bench: &mut Bench, pad: &mut dyn crate::pin::PinPad, when: &str) -> Verdict {
    let mut card = Double::new(Ok(StatusWord::OK))?;
    let wait = bench.within(std::time::Duration::from_secs(2));
    let outcome = pad.verify(&mut card, &request(), &wait);
    let sent = card.count.all();
    check(sent == 0, format!("{when} verify sends {sent} commands"))?;
    match outcome {
        Err(_) => Ok(()),
        Ok(outcome) => fail(format!("{when} verify is {outcome:?}, an error was due")),
    }
}

fn unprepared_sends_nothing(bench: &mut Bench) -> Verdict {
    let mut pad = bench.pad_of(PinPath::Host)?;
    refuses(bench, &mut *pad, "unprepared,")
}

fn digits_serve_once(bench: &mut Bench) -> Verdict {
    let (mut pad, wait) = (bench.prepared()?, bench.long());
    let mut card = Double::new(Ok(StatusWord::new(0x6A86)))?;
    let first = works("verify", pad.verify(&mut card, &request(), &wait))?;
    drop(first);
    refuses(bench, &mut *pad, "a second time,")
}

fn discard_wipes(bench: &mut Bench) -> Verdict {
    let mut pad = bench.prepared()?;
    pad.discard();
    refuses(bench, &mut *pad, "after discard,")
}

fn over_sends_nothing(bench: &mut Bench) -> Verdict {
    let mut pad = bench.prepared()?;
    // A card that would answer in spite of the wait.
    let mut card = Double::new(Ok(StatusWord::OK))?;
    let wait = over(&bench.clock());
    let outcome = pad.verify(&mut card, &request(), &wait);
    pad.discard();
    check(card.count.digits() == 0, "digits were sent")?;
    match outcome {
        Err(error) if error.kind() == ErrorKind::TimedOut => Ok(()),
        Err(error) => fail(format!("{} instead of timed-out", error.kind())),
        Ok(outcome) => fail(format!("{outcome:?}, an error was due")),
    }
}

fn outcomes(bench: &mut Bench) -> Verdict {
    for word in [
        0x9000, 0x63C2, 0x63C1, 0x63C0, 0x6983, 0x6984, 0x6300, 0x6A86, 0x6700,
    ] {
        let status = StatusWord::new(word);
        let (mut pad, wait) = (bench.prepared()?, bench.long());
        let mut card = Double::new(Ok(status))?;
        let outcome = works("verify", pad.verify(&mut card, &request(), &wait))?;
        let right = match word {
            0x9000 => matches!(outcome, PinOutcome::Verified),
            0x63C1 | 0x63C2 => {
                let said = status.retries_left();
                matches!(outcome, PinOutcome::Rejected { retries_left } if retries_left == said)
            }
            0x6300 => matches!(outcome, PinOutcome::Rejected { retries_left: None }),
            0x63C0 | 0x6983 | 0x6984 => matches!(outcome, PinOutcome::Blocked),
            _ => matches!(outcome, PinOutcome::Refused(refused) if refused == status),
        };
        check(right, format!("{status} is {outcome:?}"))?;
    }
    Ok(())
}

fn unanswered(bench: &mut Bench) -> Verdict {
    for kind in [ErrorKind::NoCard, ErrorKind::TimedOut, ErrorKind::Protocol] {
        let (mut pad, wait) = (bench.prepared()?, bench.long());
        let mut card = Double::new(Err(kind))?;
        match pad.verify(&mut card, &request(), &wait) {
            Ok(PinOutcome::Unanswered(error)) if error.kind() == kind => {}
            Ok(outcome) => return fail(format!("{kind} after VERIFY is {outcome:?}")),
            Err(error) => {
                return fail(format!(
                    "{kind} after VERIFY is the error {}, which says that nothing was sent",
                    error.kind()
                ));
            }
        }
        check(card.count.digits() == 1, "VERIFY was repeated")?;
    }
    Ok(())
}
