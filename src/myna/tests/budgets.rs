//! Counts of commands and bytes, as tests: the fewest that the card allows.

use super::Bench;
use crate::exchange::{Knowledge, RetryGuard};
use crate::myna::{Client, FaceOptions, PinOptions, Proven};
use crate::sim::card::{Key, Profile};

fn short_only() -> Profile {
    Profile {
        extended: false,
        ..Profile::default()
    }
}

fn chunks(length: usize) -> usize {
    length.div_ceil(256)
}

fn pin(guard: RetryGuard) -> PinOptions {
    PinOptions {
        guard,
        ..PinOptions::default()
    }
}

const GUARDED: RetryGuard = RetryGuard::KEEP_LAST;

/// Every way to meet a card: settings, what is known of it, and the commands that one unknown
/// capability may cost on top.
fn ways() -> [(&'static str, Profile, Option<Knowledge>, usize); 4] {
    [
        (
            "extended, learned",
            Profile::default(),
            Some(Knowledge::everything_works()),
            0,
        ),
        ("extended, cold", Profile::default(), None, 0),
        (
            "short only, learned",
            short_only(),
            Some(Knowledge::short_only()),
            0,
        ),
        ("short only, cold", short_only(), None, 1),
    ]
}

#[test]
fn the_certificate() {
    for (way, profile, knowledge, extra) in ways() {
        let extended = profile.extended;
        let mut bench = Bench::knowing(profile, knowledge);
        let n = bench.card.auth_certificate().len();
        let wait = bench.wait();
        let (certificate, traffic) = bench
            .client
            .certificate(&mut *bench.connection, &wait)
            .expect(way);
        assert_eq!(certificate.der(), bench.card.auth_certificate());
        let (apdus, sent, received) = bench.seen();
        let budget = if extended { 2 } else { chunks(n) + 1 };
        assert_eq!(apdus, budget + extra, "{way}");
        if way == "extended, learned" {
            assert_eq!((sent, received), (22, 1904));
        }
        if way == "short only, learned" {
            // SELECT, then five bytes for each chunk; nothing beyond the certificate's end.
            assert_eq!(
                (sent, received),
                (15 + 5 * chunks(n), 2 + n + 2 * chunks(n))
            );
        }
        assert_eq!(
            (
                traffic.apdus as usize,
                traffic.bytes_sent as usize,
                traffic.bytes_received as usize
            ),
            (apdus, sent, received),
            "the client counts what the card counts: {way}"
        );
        // Learned now: the second reading costs no more than the budget.
        bench
            .client
            .certificate(&mut *bench.connection, &wait)
            .expect(way);
        assert_eq!(bench.seen().0, budget, "{way}, second time");
        bench.assert_harmless();
    }
}

#[test]
fn verify_and_signature() {
    for (way, profile, knowledge, _) in ways() {
        for (guard, budget) in [(RetryGuard::Bare, 3), (GUARDED, 4)] {
            let mut bench = Bench::knowing(profile.clone(), knowledge);
            let wait = bench.wait();
            let known = bench
                .client
                .certificate(&mut *bench.connection, &wait)
                .expect(way)
                .0;
            bench.seen();
            // Reading the certificate taught nothing about naming keys: a query may do that for
            // VERIFY, if the guard does not ask anyway, and an empty command for signatures.
            let cold = match guard {
                _ if knowledge.is_some() => 0,
                RetryGuard::Bare => 2,
                RetryGuard::AtLeast(_) => 1,
            };
            let proof = bench
                .authenticate("1234", Some(&known), pin(guard))
                .expect(way);
            assert!(proof.proven.contains(Proven::CertificatePossession));
            let (apdus, sent, received) = bench.seen();
            assert_eq!(apdus, budget + cold, "{way}, {guard:?}");
            assert_eq!(proof.traffic.apdus as usize, apdus);
            assert_eq!(proof.traffic.bytes_sent as usize, sent);
            assert_eq!(proof.traffic.bytes_received as usize, received);
            if cold == 0 && guard == RetryGuard::Bare {
                assert_eq!((sent, received), (81, 262), "{way}");
            }
            assert_eq!(
                bench.card.verify_count(Key::AuthPin),
                1,
                "the PIN is sent once"
            );
            bench.assert_harmless();
        }
    }
}

#[test]
fn certificate_verify_and_signature() {
    for (way, profile, knowledge, extra) in ways() {
        for (guard, queries) in [(RetryGuard::Bare, 0), (GUARDED, 1)] {
            let extended = profile.extended;
            let mut bench = Bench::knowing(profile.clone(), knowledge);
            let n = bench.card.auth_certificate().len();
            let proof = bench.authenticate("1234", None, pin(guard)).expect(way);
            let words: Vec<_> = proof.proven.iter().map(Proven::code).collect();
            assert_eq!(
                words,
                [
                    "certificate-chain",
                    "certificate-possession",
                    "pin-verified"
                ]
            );
            let budget = if extended { 4 } else { chunks(n) + 3 };
            // As above: how keys are named.
            let naming = match guard {
                _ if knowledge.is_some() => 0,
                RetryGuard::Bare => 2,
                RetryGuard::AtLeast(_) => 1,
            };
            assert_eq!(
                bench.seen().0,
                budget + queries + extra + naming,
                "{way}, {guard:?}"
            );
            bench.assert_harmless();
        }
    }
}

/// Length of the face record with a portrait of so many bytes, from one extended read of it.
fn record_length(portrait: usize) -> usize {
    let profile = Profile {
        portrait: vec![0x5A; portrait],
        ..Profile::default()
    };
    let padding = profile.face_padding;
    let mut bench = Bench::knowing(profile, Some(Knowledge::everything_works()));
    let (wait, code) = (bench.wait(), bench.code());
    let guard = Client::CARD_FACE_GUARD;
    bench
        .client
        .face_record(&mut *bench.connection, &code, None, guard, &[7; 32], &wait)
        .expect("readable");
    let log = bench.card.take_log();
    let read = log.iter().rfind(|entry| entry.header[1] == 0xB0);
    read.expect("a READ BINARY").received - 2 - padding
}

#[test]
fn face_record_with_active_authentication() {
    for kilobytes in [1, 3, 5, 15] {
        let record = record_length(kilobytes * 1000);
        for (way, profile, knowledge, extra) in ways() {
            for (guard, queries) in [(RetryGuard::Bare, 0), (Client::CARD_FACE_GUARD, 1)] {
                let extended = profile.extended;
                let profile = Profile {
                    portrait: vec![0x5A; kilobytes * 1000],
                    ..profile.clone()
                };
                let mut bench = Bench::knowing(profile, knowledge);
                let (wait, code) = (bench.wait(), bench.code());
                let proof = bench
                    .client
                    .face_record(&mut *bench.connection, &code, None, guard, &[7; 32], &wait)
                    .expect(way);
                assert_eq!(proof.record.portrait().jpeg2000().len(), kilobytes * 1000);
                let (apdus, sent, received) = bench.seen();
                let naming = usize::from(knowledge.is_none() && guard == RetryGuard::Bare);
                let budget = if extended { 5 } else { 6 + chunks(record) };
                assert_eq!(apdus, budget + queries + extra + naming, "{way}, {guard:?}");
                if knowledge.is_some() && guard == RetryGuard::Bare {
                    // SELECT, reads, VERIFY of 14 digits, signature over a DigestInfo.
                    let (issuer, padding) = (568, 64);
                    let expected = if extended {
                        (
                            15 + 7 + 19 + 7 + 57,
                            2 + 570 + 2 + record + padding + 2 + 258,
                        )
                    } else {
                        let reads = chunks(issuer) + chunks(record);
                        (
                            15 + 5 * reads + 19 + 57,
                            2 + issuer + record + 2 * reads + 2 + 258,
                        )
                    };
                    assert_eq!((sent, received), expected, "{way}, {kilobytes} kB");
                }
                assert_eq!(proof.traffic.apdus as usize, apdus, "{way}, {guard:?}");
                assert_eq!(proof.traffic.bytes_sent as usize, sent, "{way}, {guard:?}");
                assert_eq!(
                    proof.traffic.bytes_received as usize, received,
                    "{way}, {guard:?}"
                );
                assert_eq!(bench.card.verify_count(Key::SurfaceB), 1);
                bench.assert_harmless();
            }
        }
    }
}

#[test]
fn the_whole_dialogue_of_a_face_reader() {
    let record = record_length(Profile::default().portrait.len());
    for (way, profile, knowledge, extra) in ways() {
        for (guard, queries) in [(RetryGuard::Bare, 0), (Client::CARD_FACE_GUARD, 1)] {
            let extended = profile.extended;
            let mut bench = Bench::knowing(profile.clone(), knowledge);
            let n = bench.card.auth_certificate().len();
            let (wait, code) = (bench.wait(), bench.code());
            let options = FaceOptions {
                guard,
                ..FaceOptions::default()
            };
            let reading = bench
                .client
                .face_reader(&mut *bench.connection, &code, options, |_| (), &wait)
                .expect(way);
            let naming = usize::from(knowledge.is_none() && guard == RetryGuard::Bare);
            // Certificate, expiry (SELECT and READ RECORD), face record.
            let budget = if extended {
                2 + 2 + 5
            } else {
                chunks(n) + 1 + 2 + 6 + chunks(record)
            };
            let (apdus, sent, received) = bench.seen();
            assert_eq!(apdus, budget + queries + extra + naming, "{way}, {guard:?}");
            assert_eq!(
                (
                    reading.traffic.apdus as usize,
                    reading.traffic.bytes_sent as usize,
                    reading.traffic.bytes_received as usize
                ),
                (apdus, sent, received)
            );
            assert_eq!(bench.card.verify_count(Key::SurfaceB), 1);
            bench.assert_harmless();
        }
    }
}
