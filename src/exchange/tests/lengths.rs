//! Commands and bytes for a file of every length from 4 to 1900 bytes.

use super::{Bench, JPKI};
use crate::exchange::{Chunk, Knowledge, ShortFileId, Traffic, UsualLength};
use crate::sim::card::{Padding, Profile, Quirks};

const CERTIFICATE: ShortFileId = ShortFileId::new(0x0A);
/// Physical size of the certificate files.
const PHYSICAL: usize = 1900;
/// SELECT by DF name, and its answer.
const SELECT: (usize, usize) = (15, 2);

/// A data object of exactly `n` bytes. At 130 and 259 its length cannot be minimal, as on this
/// card it often is not.
fn sequence(n: usize) -> Vec<u8> {
    let mut object = match n {
        0..=129 => vec![0x30, (n - 2) as u8],
        130..=258 => vec![0x30, 0x81, (n - 3) as u8],
        _ => [&[0x30, 0x82][..], &((n - 4) as u16).to_be_bytes()].concat(),
    };
    object.extend((object.len()..n).map(|at| at as u8));
    object
}

/// What the fewest commands are: count, bytes out, bytes in.
type Cost = (usize, usize, usize);

/// One extended READ BINARY brings the file with its padding: where the content ends is known
/// only then.
fn extended(physical: usize) -> Cost {
    (2, SELECT.0 + 7, SELECT.1 + physical + 2)
}

/// Chunks of `chunk` bytes. The first may bring padding; the last ends where the content does.
fn short(n: usize, physical: usize, chunk: usize) -> Cost {
    let chunks = n.div_ceil(chunk);
    let data = if chunks == 1 { physical.min(chunk) } else { n };
    (
        1 + chunks,
        SELECT.0 + 5 * chunks,
        SELECT.1 + data + 2 * chunks,
    )
}

/// What trying an extended read costs where it is refused.
const TRIED_EXTENDED: Cost = (1, 7, 2);
/// What trying a longer chunk costs.
const TRIED_CHUNK: Cost = (1, 5, 2);

fn plus(cost: Cost, times: usize, more: Cost) -> Cost {
    (
        cost.0 + times * more.0,
        cost.1 + times * more.1,
        cost.2 + times * more.2,
    )
}

/// Reads a file of every length and compares with `cost` of content and physical size.
fn every_length(profile: Profile, knowledge: Knowledge, cost: impl Fn(usize, usize) -> Cost) {
    let padding = profile.quirks.padding;
    let context = format!("{:?}, {knowledge:?}", profile.quirks);
    let mut bench = Bench::new(profile);
    let wait = bench.wait.clone();
    for n in 4..=PHYSICAL {
        let content = sequence(n);
        assert_eq!(content.len(), n);
        bench.card.rewrite_certificate(&content);
        let mut dialogue = bench.knowing(knowledge);
        dialogue.select_application(JPKI, &wait).expect("there");
        let read = dialogue.read_file(CERTIFICATE, &wait).expect("readable");
        assert!(*read == content, "{n}, {context}");
        let traffic = dialogue.traffic();
        drop(dialogue);
        let log = bench.card.take_log();
        let seen = (
            log.len(),
            log.iter().map(|entry| entry.sent).sum(),
            log.iter().map(|entry| entry.received).sum(),
        );
        let physical = if padding == Padding::Absent {
            n
        } else {
            PHYSICAL
        };
        assert_eq!(seen, cost(n, physical), "{n}, {context}");
        let counted = Traffic {
            apdus: seen.0 as u32,
            bytes_sent: seen.1 as u64,
            bytes_received: seen.2 as u64,
        };
        assert_eq!(traffic, counted, "the client counts what the card counts");
    }
}

fn padded(extended: bool, padding: Padding) -> Profile {
    Profile {
        extended,
        ..Profile::default()
    }
    .with_quirks(Quirks {
        padding,
        ..Quirks::default()
    })
}

const PADDINGS: [Padding; 3] = [Padding::Zeros, Padding::Ones, Padding::Absent];

#[test]
fn extended_learned_and_cold() {
    for padding in PADDINGS {
        for knowledge in [Knowledge::everything_works(), Knowledge::default()] {
            every_length(padded(true, padding), knowledge, |_, physical| {
                extended(physical)
            });
        }
    }
}

#[test]
fn short_only_learned_and_cold() {
    for padding in PADDINGS {
        for (knowledge, tried) in [(Knowledge::short_only(), 0), (Knowledge::default(), 1)] {
            every_length(padded(false, padding), knowledge, |n, physical| {
                plus(short(n, physical, 256), tried, TRIED_EXTENDED)
            });
        }
    }
}

#[test]
fn smaller_chunks_learned_and_cold() {
    for (refused, chunk, steps) in [(256, Chunk::Frame, 1), (200, Chunk::Half, 2)] {
        let profile = Profile {
            extended: false,
            ..Profile::default()
        }
        .with_quirks(Quirks {
            refuses_answers_of: Some(refused),
            ..Quirks::default()
        });
        let learned = Knowledge {
            chunk,
            ..Knowledge::short_only()
        };
        every_length(profile.clone(), learned, |n, physical| {
            short(n, physical, chunk.bytes())
        });
        every_length(profile, Knowledge::default(), |n, physical| {
            let cost = short(n, physical, chunk.bytes());
            plus(plus(cost, 1, TRIED_EXTENDED), steps, TRIED_CHUNK)
        });
    }
}

#[test]
fn an_end_that_is_a_warning_or_a_correction_costs_no_content() {
    let quirks = [
        Quirks {
            warns_at_end: true,
            ..Quirks::default()
        },
        Quirks {
            corrects_le: true,
            ..Quirks::default()
        },
    ];
    for quirks in quirks {
        for extended in [true, false] {
            let profile = Profile {
                extended,
                ..Profile::default()
            }
            .with_quirks(Quirks {
                padding: Padding::Absent,
                ..quirks
            });
            let mut bench = Bench::new(profile);
            let wait = bench.wait.clone();
            let mut knowledge = Knowledge::default();
            for n in 4..=600 {
                bench.card.rewrite_certificate(&sequence(n));
                let mut dialogue = bench.knowing(knowledge);
                dialogue.select_application(JPKI, &wait).expect("there");
                let read = dialogue.read_file(CERTIFICATE, &wait).expect("readable");
                assert!(*read == sequence(n), "{n}, {quirks:?}");
                knowledge = dialogue.knowledge();
                drop(dialogue);
                let commands = bench.card.take_log().len();
                // A Le that is corrected is sent twice; once more for an extended one, tried once.
                let most = 1 + n.div_ceil(256) + 2;
                assert!(commands <= most, "{n}, {quirks:?}: {commands}");
            }
        }
    }
}

/// The first file of a kind is read with its padding, the next ones nearly without: in as many
/// commands, and one more for a longer content than any before.
#[test]
fn the_usual_length_leaves_the_padding_where_it_is() {
    let mut bench = Bench::new(padded(true, Padding::Ones));
    let wait = bench.wait.clone();
    let mut knowledge = Knowledge::everything_works();
    for (n, apdus, received, usual) in [
        (1590, 2, PHYSICAL + 2, 1600),
        (1590, 2, 1600 + 2, 1600),
        (1600, 2, 1600 + 2, 1600),
        (300, 2, 1600 + 2, 1600),
        (1700, 3, 1600 + 2 + 100 + 2, 1712),
        (1700, 2, 1712 + 2, 1712),
        (1900, 3, 1712 + 2 + 188 + 2, 1904),
        (1900, 2, PHYSICAL + 2, 1904),
    ] {
        let content = sequence(n);
        bench.card.rewrite_certificate(&content);
        let mut dialogue = bench.knowing(knowledge);
        dialogue.select_application(JPKI, &wait).expect("there");
        let read = dialogue.read_usual_file(CERTIFICATE, &wait);
        assert!(*read.expect("readable") == content, "{n}");
        knowledge = knowledge.succeeded_by(dialogue.knowledge());
        drop(dialogue);
        let log = bench.card.take_log();
        let seen: usize = log.iter().map(|entry| entry.received).sum();
        assert_eq!((log.len(), seen), (apdus, SELECT.1 + received), "{n}");
        assert_eq!(knowledge.usual_length.bytes(), Some(usual), "{n}");
    }
}

/// Where only short commands work, nothing is gained and nothing changes.
#[test]
fn the_usual_length_changes_nothing_in_short_commands() {
    let mut bench = Bench::new(padded(false, Padding::Zeros));
    let wait = bench.wait.clone();
    let knowledge = Knowledge {
        usual_length: UsualLength::enough_for(1000),
        ..Knowledge::short_only()
    };
    bench.card.rewrite_certificate(&sequence(1590));
    let mut dialogue = bench.knowing(knowledge);
    dialogue.select_application(JPKI, &wait).expect("there");
    let read = dialogue.read_usual_file(CERTIFICATE, &wait);
    assert_eq!(read.expect("readable").len(), 1590);
    assert_eq!(dialogue.traffic().apdus, 1 + 7);
}
