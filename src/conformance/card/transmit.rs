//! One command out, one response back.

use super::{Act, Bench, READ_256, READ_ALL, SELECT, select, send};
use crate::apdu::StatusWord;
use crate::card::{CardConnection, ReaderCapabilities};
use crate::conformance::report::{Case, Verdict, fail, skip};
use crate::conformance::run::{check, fails, works};
use crate::error::ErrorKind;

pub(super) const CASES: &[Case<Bench>] = &[
    Case {
        name: "transmit.status-only",
        rule: "An answer of two bytes is a status word without data.",
        run: status_only,
    },
    Case {
        name: "transmit.every-case",
        rule: "Commands of all four cases of ISO/IEC 7816-3 are answered.",
        run: every_case,
    },
    Case {
        name: "transmit.full-short-answer",
        rule: "An answer of 256 bytes arrives whole.",
        run: full_short_answer,
    },
    Case {
        name: "transmit.extended",
        rule: "A reader that says EXTENDED_LENGTH carries an answer of more than 256 bytes.",
        run: extended,
    },
    Case {
        name: "transmit.refusals-are-answers",
        rule: "A status word is an answer, not an error, whatever it is.",
        run: refusals_are_answers,
    },
    Case {
        name: "transmit.once",
        rule: "One call sends one command: no GET RESPONSE, no second try of what was refused.",
        run: once,
    },
    Case {
        name: "transmit.no-repeat",
        rule: "No command is repeated after a transport error: the card may have counted it.",
        run: no_repeat,
    },
    Case {
        name: "transmit.no-status-word",
        rule: "An answer without status word is `Protocol`.",
        run: no_status_word,
    },
];

fn status_only(bench: &mut Bench) -> Verdict {
    let (mut card, wait) = (bench.connect()?, bench.ample());
    select(&mut *card, &wait)?;
    let (status, length) = works("SELECT", send(&mut *card, SELECT, &wait))?;
    check(
        status == StatusWord::OK && length == 0,
        format!("SELECT answered {length} bytes and {status}"),
    )
}

fn every_case(bench: &mut Bench) -> Verdict {
    let (mut card, wait) = (bench.connect()?, bench.ample());
    select(&mut *card, &wait)?;
    // Whether the card likes them is its own affair.
    let case_4 = [SELECT, &[0x00]].concat();
    for (case, command) in [
        ("1", &[0x00, 0xA4, 0x00, 0x0C][..]),
        ("2", READ_256),
        ("3", SELECT),
        ("4", &case_4),
    ] {
        works(
            &format!("a command of case {case}"),
            send(&mut *card, command, &wait),
        )?;
    }
    Ok(())
}

fn full_short_answer(bench: &mut Bench) -> Verdict {
    let (mut card, wait) = (bench.connect()?, bench.ample());
    select(&mut *card, &wait)?;
    match works("READ BINARY", send(&mut *card, READ_256, &wait))? {
        (StatusWord::OK, 256) => Ok(()),
        (StatusWord::OK, length) => fail(format!("{length} bytes of 256 arrived")),
        (status, _) => skip(format!("the card's certificate cannot be read: {status}")),
    }
}

fn extended(bench: &mut Bench) -> Verdict {
    let (mut card, wait) = (bench.connect()?, bench.ample());
    let says = card
        .capabilities()
        .contains(ReaderCapabilities::EXTENDED_LENGTH);
    select(&mut *card, &wait)?;
    // The flag is a hint: readers that do not say it may do it all the same.
    match send(&mut *card, READ_ALL, &wait) {
        Ok((StatusWord::OK | StatusWord::END_OF_FILE, length)) if length > 256 => Ok(()),
        Ok((StatusWord::WRONG_LENGTH, _)) => skip("this card knows short commands only"),
        Ok((StatusWord::OK, length)) if says => {
            fail(format!("{length} bytes of a certificate arrived"))
        }
        Ok((status, length)) => skip(format!(
            "the card's certificate cannot be read so: {length} bytes and {status}"
        )),
        Err(error) if says => fail(format!("{}: {error}", error.kind())),
        Err(_) => skip("the reader neither says EXTENDED_LENGTH nor does it"),
    }
}

/// A command that no card knows, of the interindustry class.
const UNKNOWN: &[u8] = &[0x00, 0xFE, 0x00, 0x00];

/// SELECT of an application that no card has, of the range for trials (ISO/IEC 7816-5 §8.2.4).
const NO_SUCH_APPLICATION: &[u8] = &[
    0x00, 0xA4, 0x04, 0x0C, 0x06, 0xF0, 0x6D, 0x79, 0x6E, 0x61, 0x00,
];

fn refusals_are_answers(bench: &mut Bench) -> Verdict {
    let (mut card, wait) = (bench.connect()?, bench.ample());
    select(&mut *card, &wait)?;
    for command in [UNKNOWN, NO_SUCH_APPLICATION] {
        let (status, _) = works("a refused command", send(&mut *card, command, &wait))?;
        check(!status.is_ok(), "a command that no card knows was done")?;
    }
    Ok(())
}

fn once(bench: &mut Bench) -> Verdict {
    let (mut card, wait) = (bench.connect()?, bench.ample());
    select(&mut *card, &wait)?;
    for command in [SELECT, READ_256, UNKNOWN, NO_SUCH_APPLICATION] {
        let seen = bench.counted(|_| {
            // What came of it, other cases look at.
            let _ = send(&mut *card, command, &wait);
            Ok(())
        })?;
        check(
            seen == 1,
            format!("one call, and the card saw {seen} commands"),
        )?;
    }
    Ok(())
}

fn no_repeat(bench: &mut Bench) -> Verdict {
    let (mut card, wait) = (bench.connect()?, bench.ample());
    select(&mut *card, &wait)?;
    bench.do_act(Act::LoseNext)?;
    let wait = wait.shortened(std::time::Duration::from_secs(2));
    let seen = bench.counted(|_| {
        let lost = send(&mut *card, SELECT, &wait);
        check(lost.is_err(), "an answer that was lost arrived")
    })?;
    check(
        seen == 1,
        format!("after an error the card saw the command {seen} times"),
    )
}

fn no_status_word(bench: &mut Bench) -> Verdict {
    let (mut card, wait) = (bench.connect()?, bench.ample());
    select(&mut *card, &wait)?;
    bench.do_act(Act::CutNext)?;
    fails(
        "an answer of one byte",
        send(&mut *card, SELECT, &wait),
        &[ErrorKind::Protocol],
    )
}
