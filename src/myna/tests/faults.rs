//! One fault in each command of a dialogue in turn.

use super::Bench;
use super::outcomes::{by_pin, portrait, whole};
use crate::myna::Failure;
use crate::sim::card::{Fault, Key, LogEntry, Profile, Trigger};

/// One command of a dialogue, as the card saw it in a run without faults.
#[derive(Clone, Copy, Debug)]
struct Struck {
    nth: u32,
    step: Step,
    /// Length of its answer.
    answer: usize,
    /// Commands of the whole dialogue.
    commands: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Select,
    /// The first READ BINARY of the dialogue, while nothing is known of the card, and whether it
    /// is for the user's certificate.
    FirstRead {
        certificate: bool,
    },
    /// One by ways that were seen to work.
    LaterRead,
    Query,
    /// The empty signature that asks for the name of the key.
    Naming,
    Verify,
    Sign,
    /// READ RECORD of the card's expiry, which a card may lack.
    Record,
    /// GET RESPONSE, after a status word that promises more.
    Rest,
}

fn steps(log: &[LogEntry]) -> Vec<Struck> {
    let mut reads = 0;
    (1..)
        .zip(log)
        .map(|(nth, entry)| Struck {
            nth,
            step: match (entry.header[1], entry.header[2]) {
                (0xA4, _) => Step::Select,
                (0xB0, p1) => {
                    reads += 1;
                    match reads {
                        1 => Step::FirstRead {
                            certificate: p1 == 0x8A,
                        },
                        _ => Step::LaterRead,
                    }
                }
                (0xB2, _) => Step::Record,
                (0x20, _) if entry.sent <= 5 => Step::Query,
                (0x20, _) => Step::Verify,
                (0x2A, _) if entry.sent <= 5 => Step::Naming,
                (0x2A, _) => Step::Sign,
                _ => Step::Rest,
            },
            answer: entry.received,
            commands: log.len(),
        })
        .collect()
}

/// Strikes every command of a dialogue in turn with `fault` and hands the outcome to `check`,
/// with what the card saw.
fn strike_each(
    profile: &Profile,
    fault: &Fault,
    talk: fn(&mut Bench) -> Result<(), Failure>,
    mut check: impl FnMut(Struck, &[LogEntry], Result<(), Failure>),
) {
    let mut bench = Bench::new(profile.clone());
    talk(&mut bench).expect("without a fault");
    let commands = steps(&bench.card.take_log());
    assert!(commands.len() >= 5);
    for struck in commands {
        let mut bench = Bench::new(profile.clone());
        bench.card.inject(Trigger::Nth(struck.nth), fault.clone());
        let result = talk(&mut bench);
        let context = format!("{struck:?}, {fault:?}");
        assert_eq!(bench.card.violations(), []);
        assert!(!bench.card.is_unlocked(), "{context}");
        assert!(bench.card.verify_count(Key::AuthPin) <= 1, "{context}");
        assert!(bench.card.verify_count(Key::SurfaceB) <= 1, "{context}");
        // PIN and code are right: whatever came of it, no try is gone.
        assert_eq!(bench.card.tries_left(Key::AuthPin), 3, "{context}");
        assert_eq!(bench.card.tries_left(Key::SurfaceB), 10, "{context}");
        check(struck, &bench.card.take_log(), result);
    }
}

/// The outcome in one word.
fn word(result: &Result<(), Failure>) -> &'static str {
    result.as_ref().map_or_else(Failure::code, |()| PROVEN)
}

const PROVEN: &str = "proven";

/// What was proven although a command failed was asked for again: the card gave every answer
/// that counts whole, and the secret went out once.
fn assert_asked_again(struck: Struck, log: &[LogEntry]) {
    assert!(log.len() > struck.commands, "{struck:?}: {log:?}");
    let answers = |wanted: fn(Step) -> bool| -> Vec<_> {
        let of = steps(log).into_iter().zip(log);
        of.filter(|(seen, _)| wanted(seen.step))
            .map(|(_, entry)| entry.status)
            .collect()
    };
    assert_eq!(answers(|step| step == Step::Verify), [Some(0x9000)]);
    assert_eq!(answers(|step| step == Step::Sign), [Some(0x9000)]);
}

#[test]
fn a_card_pulled_between_any_two_commands() {
    for profile in [
        Profile::default(),
        Profile {
            extended: false,
            ..Profile::default()
        },
    ] {
        for fault in [Fault::RemoveBefore, Fault::RemoveDuring] {
            for talk in [by_pin, portrait, whole] {
                strike_each(&profile, &fault, talk, |struck, _, result| {
                    let failure = result.expect_err("the card is gone");
                    let expected = match struck.step {
                        Step::Verify => "pin-unanswered",
                        _ => "removed-during",
                    };
                    assert_eq!(failure.code(), expected, "{struck:?}: {failure:?}");
                });
            }
        }
    }
}

#[test]
fn a_card_that_falls_silent() {
    for fault in [Fault::Mute, Fault::AnswerLost] {
        for talk in [by_pin, portrait, whole] {
            strike_each(&Profile::default(), &fault, talk, |struck, _, result| {
                let failure = result.expect_err("silent");
                let expected = match struck.step {
                    Step::Verify => "pin-unanswered",
                    _ => "mute",
                };
                assert_eq!(failure.code(), expected, "{struck:?}: {failure:?}");
            });
        }
    }
}

#[test]
fn answers_that_are_cut_short() {
    for length in [0, 1, 2, 3, 7, 40, 257, 300] {
        let fault = Fault::Truncate(length);
        for talk in [by_pin, portrait] {
            strike_each(&Profile::default(), &fault, talk, |struck, log, result| {
                let whole = length >= struck.answer;
                let expected = match struck.step {
                    _ if whole => PROVEN,
                    // A strange answer says that extended length does not work, whatever was
                    // known of it before, and the file is read in small pieces.
                    Step::FirstRead { .. } | Step::LaterRead => PROVEN,
                    Step::Verify => "pin-unanswered",
                    // Two bytes of a signature are a status word that nobody knows.
                    Step::Sign if length >= 2 => "protocol-error",
                    // No room for a status word.
                    _ => "protocol",
                };
                assert_eq!(word(&result), expected, "{length}: {struck:?}");
                if whole {
                    assert_eq!(log.len(), struck.commands, "{length}: {struck:?}");
                } else if result.is_ok() {
                    assert_asked_again(struck, log);
                }
            });
        }
    }
}

#[test]
fn every_status_word_where_none_belongs() {
    for status in [
        0x6100, 0x6282, 0x6581, 0x6700, 0x6881, 0x6982, 0x6985, 0x6986, 0x6A82, 0x6A86, 0x6A88,
        0x6B00, 0x6C10, 0x6D00, 0x6E00, 0x6F00,
    ] {
        let fault = Fault::Status(status);
        for talk in [by_pin, portrait] {
            strike_each(&Profile::default(), &fault, talk, |struck, log, result| {
                let expected = match (struck.step, status) {
                    // Some cards begin so.
                    (Step::Select, 0x6F00) => PROVEN,
                    (Step::Select, _) => "not-my-number-card",
                    // A phone gives its certificate after the PIN.
                    (Step::FirstRead { certificate: true }, 0x6982) => PROVEN,
                    (Step::FirstRead { .. } | Step::LaterRead, 0x6982) => "protocol-error",
                    // Anything else may be about the length, or the name: read in another way.
                    (Step::FirstRead { .. } | Step::LaterRead, _) => PROVEN,
                    // These may be about the name of the key, and asking again is free.
                    (Step::Query, 0x6986 | 0x6A82 | 0x6A86 | 0x6A88 | 0x6B00) => PROVEN,
                    // Whatever it says, the key is named in a way that works.
                    (Step::Naming, _) => PROVEN,
                    // Never sent a second time.
                    (_, _) => "protocol-error",
                };
                assert_eq!(word(&result), expected, "{status:04X}: {struck:?}");
                let is_its_answer =
                    struck.step == Step::Naming && matches!(status, 0x6700 | 0x6982 | 0x6985);
                if result.is_ok() && !is_its_answer {
                    assert_asked_again(struck, log);
                }
            });
        }
    }
}
