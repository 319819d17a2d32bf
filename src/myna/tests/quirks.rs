//! Every quirk of a card or reader, in every dialogue: the right result, no value presented twice,
//! and a fixed number of commands more than a plain card takes.

use super::Bench;
use super::outcomes::{by_pin, portrait, whole};
use crate::exchange::Knowledge;
use crate::myna::{Failure, PinOptions, TokenKind};
use crate::sim::card::{Key, Padding, Profile, Quirks, ShortEfRefusal, Token};

type Dialogue = fn(&mut Bench) -> Result<(), Failure>;

/// The dialogues, in the order of the numbers below.
const DIALOGUES: [(&str, Dialogue); 5] = [
    ("certificate", |bench| {
        let wait = bench.wait();
        let card = &mut *bench.connection;
        bench.client.certificate(card, &wait).map(drop)
    }),
    ("screen", |bench| {
        let wait = bench.wait();
        bench.client.screen(&mut *bench.connection, &wait).map(drop)
    }),
    ("PIN", by_pin),
    ("face record", portrait),
    ("face reader", whole),
];

/// Commands more than on a plain card of the same kind that is known: of the first dialogue with
/// the quirk, and of each later one. An outcome instead where the card cannot do it.
type More = Result<(usize, usize), &'static str>;

struct Oddity {
    name: &'static str,
    profile: Profile,
    more: [More; 5],
}

fn odd(name: &'static str, quirks: Quirks, more: [More; 5]) -> Oddity {
    Oddity {
        name,
        profile: Profile::default().with_quirks(quirks),
        more,
    }
}

fn short_only(oddity: Oddity) -> Oddity {
    Oddity {
        profile: Profile {
            extended: false,
            ..oddity.profile
        },
        ..oddity
    }
}

const NEEDS_PIN: More = Err("certificate-needs-pin");

/// Whoever does not know the card asks once how it names the signing key; that is the 1 of the
/// PIN dialogue.
const COLD: [More; 5] = [Ok((0, 0)), Ok((0, 0)), Ok((1, 0)), Ok((0, 0)), Ok((0, 0))];

fn oddities() -> Vec<Oddity> {
    let plain = Quirks::default();
    let cold_short = [Ok((1, 0)), Ok((1, 0)), Ok((2, 0)), Ok((1, 0)), Ok((1, 0))];
    vec![
        odd("a plain card", plain, COLD),
        short_only(odd("no extended length", plain, cold_short)),
        odd(
            "refuses short EF identifiers everywhere",
            Quirks {
                refuses_short_ef: ShortEfRefusal::ALL,
                ..plain
            },
            // Later: a SELECT for each file and each key that is used.
            [Ok((2, 1)), Ok((6, 4)), Ok((5, 3)), Ok((5, 3)), Ok((7, 5))],
        ),
        odd(
            "refuses them in READ BINARY",
            Quirks {
                refuses_short_ef: ShortEfRefusal {
                    read: true,
                    ..ShortEfRefusal::default()
                },
                ..plain
            },
            [Ok((2, 1)), Ok((3, 2)), Ok((3, 1)), Ok((3, 2)), Ok((5, 4))],
        ),
        odd(
            "refuses them in VERIFY",
            Quirks {
                refuses_short_ef: ShortEfRefusal {
                    verify: true,
                    ..ShortEfRefusal::default()
                },
                ..plain
            },
            [Ok((0, 0)), Ok((3, 2)), Ok((3, 2)), Ok((2, 1)), Ok((2, 1))],
        ),
        odd(
            "refuses them in signatures",
            Quirks {
                refuses_short_ef: ShortEfRefusal {
                    sign: true,
                    ..ShortEfRefusal::default()
                },
                ..plain
            },
            [Ok((0, 0)), Ok((0, 0)), Ok((2, 1)), Ok((0, 0)), Ok((0, 0))],
        ),
        short_only(odd(
            "refuses answers of 256 bytes",
            Quirks {
                refuses_answers_of: Some(256),
                ..plain
            },
            // First: one refused extended read, one refused chunk. Later: chunks of 224.
            [Ok((3, 1)), Ok((3, 1)), Ok((4, 1)), Ok((5, 3)), Ok((6, 4))],
        )),
        short_only(odd(
            "refuses answers of 200 bytes",
            Quirks {
                refuses_answers_of: Some(200),
                ..plain
            },
            // First: one refused extended read, two refused chunks. Later: chunks of 128.
            [
                Ok((9, 6)),
                Ok((9, 6)),
                Ok((10, 6)),
                Ok((27, 24)),
                Ok((33, 30)),
            ],
        )),
        odd(
            "first command after power-up answers 6F00",
            Quirks {
                first_command_fails: true,
                ..plain
            },
            // Nothing later where the dialogue before left the power on.
            [Ok((1, 0)), Ok((1, 0)), Ok((2, 1)), Ok((1, 1)), Ok((1, 1))],
        ),
        odd(
            "61xx",
            Quirks {
                holds_responses: true,
                ..plain
            },
            // One GET RESPONSE for each signature.
            [Ok((0, 0)), Ok((0, 0)), Ok((2, 1)), Ok((1, 1)), Ok((1, 1))],
        ),
        odd(
            "6Cxx",
            Quirks {
                corrects_le: true,
                ..plain
            },
            // It refuses the Le that asks for a whole file, and is read like a short-only card.
            [
                Ok((7, 6)),
                Ok((7, 6)),
                Ok((8, 6)),
                Ok((25, 24)),
                Ok((31, 30)),
            ],
        ),
        odd(
            "6282 at the end",
            Quirks {
                warns_at_end: true,
                ..plain
            },
            COLD,
        ),
        odd(
            "padding 00",
            Quirks {
                padding: Padding::Zeros,
                ..plain
            },
            COLD,
        ),
        odd(
            "padding FF",
            Quirks {
                padding: Padding::Ones,
                ..plain
            },
            COLD,
        ),
        odd(
            "no padding",
            Quirks {
                padding: Padding::Absent,
                ..plain
            },
            COLD,
        ),
        odd(
            "forgets its keys when selected again or reset",
            Quirks {
                reselect_clears: true,
                warm_reset_clears: true,
                ..plain
            },
            COLD,
        ),
        odd(
            "wants the PIN before the certificate",
            Quirks {
                certificate_wants_pin: true,
                ..plain
            },
            // One read that is refused.
            [NEEDS_PIN, NEEDS_PIN, Ok((2, 1)), Ok((0, 0)), NEEDS_PIN],
        ),
        Oddity {
            name: "an Android phone",
            profile: Profile {
                token: Token::Android,
                ..Profile::default()
            },
            more: [NEEDS_PIN, NEEDS_PIN, Ok((2, 1)), Ok((0, 0)), NEEDS_PIN],
        },
        Oddity {
            name: "no signature certificate",
            profile: Profile {
                sign_certificate: false,
                ..Profile::default()
            },
            more: COLD,
        },
        Oddity {
            name: "a card without PINs",
            profile: Profile {
                pin: None,
                ..Profile::default()
            },
            more: [
                Ok((0, 0)),
                Ok((0, 0)),
                Err("pin-blocked"),
                Ok((0, 0)),
                Ok((0, 0)),
            ],
        },
    ]
}

/// Commands of each dialogue with a plain card, known, with extended length or without.
fn plain(extended: bool) -> [usize; 5] {
    let profile = Profile {
        extended,
        ..Profile::default()
    };
    let knowledge = if extended {
        Knowledge::everything_works()
    } else {
        Knowledge::short_only()
    };
    DIALOGUES.map(|(name, talk)| {
        let mut bench = Bench::knowing(profile.clone(), Some(knowledge));
        talk(&mut bench).expect(name);
        bench.seen().0
    })
}

#[test]
fn every_quirk_in_every_dialogue() {
    let (extended, short) = (plain(true), plain(false));
    let mut seen = Vec::new();
    let mut stated = Vec::new();
    for oddity in oddities() {
        let mut numbers = Vec::new();
        let plain = if oddity.profile.extended {
            extended
        } else {
            short
        };
        for ((name, talk), plain) in DIALOGUES.into_iter().zip(plain) {
            let context = format!("{}, {name}", oddity.name);
            let mut bench = Bench::new(oddity.profile.clone());
            let mut more = || {
                talk(&mut bench).map_err(|failure| failure.code())?;
                Ok(bench.seen().0 - plain)
            };
            let first = more();
            let later = more();
            numbers.push(first.and_then(|first| Ok((first, later?))));
            assert!(bench.card.verify_count(Key::AuthPin) <= 2, "{context}");
            assert!(bench.card.verify_count(Key::SurfaceB) <= 2, "{context}");
            if oddity.profile.pin.is_some() {
                assert_eq!(bench.card.tries_left(Key::AuthPin), 3, "{context}");
            }
            assert_eq!(bench.card.tries_left(Key::SurfaceB), 10, "{context}");
            bench.assert_harmless();
        }
        seen.push((oddity.name, numbers));
        stated.push((oddity.name, oddity.more.to_vec()));
    }
    assert_eq!(seen, stated);
}

#[test]
fn a_card_without_pins_is_told_before_any_is_sent() {
    let mut bench = Bench::new(Profile {
        pin: None,
        ..Profile::default()
    });
    let wait = bench.wait();
    let card = &mut *bench.connection;
    let screening = bench.client.screen(card, &wait).expect("readable");
    assert_eq!(screening.pin_retries_left, Some(0));
    let failure = bench
        .authenticate("1234", None, PinOptions::default())
        .expect_err("it has none");
    assert_eq!(failure.code(), "pin-blocked");
    assert_eq!(bench.card.verify_count(Key::AuthPin), 0);
    bench.assert_harmless();
}

#[test]
fn tokens_say_what_they_are() {
    for (token, kind) in [
        (Token::Card, TokenKind::Card),
        (Token::ResidentCard, TokenKind::ResidentCard),
        (Token::Android, TokenKind::AndroidPhone),
        (Token::Iphone, TokenKind::Iphone),
    ] {
        for sign_certificate in [true, false] {
            let mut bench = Bench::new(Profile {
                token,
                sign_certificate,
                ..Profile::default()
            });
            let wait = bench.wait();
            let card = &mut *bench.connection;
            let (info, available) = bench.client.token(card, &wait).expect("readable");
            assert_eq!(info.kind, kind);
            assert_eq!(available.signature, sign_certificate);
            assert!(available.user_authentication);
            bench.assert_harmless();
        }
    }
}
