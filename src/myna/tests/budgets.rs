//! Counts of commands and bytes, as tests: the fewest that the card allows.

use super::{Bench, types};
use crate::exchange::{Knowledge, RetryGuard};
use crate::myna::{Client, PinOptions, Proven};
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
            // Reading the certificate taught nothing about naming keys: one query may do that.
            let cold = usize::from(knowledge.is_none() && guard == RetryGuard::Bare);
            let proof = bench
                .client
                .authenticate(
                    &mut *bench.connection,
                    &mut types("1234"),
                    b"challenge",
                    Some(&known),
                    pin(guard),
                    &wait,
                )
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
            let wait = bench.wait();
            let proof = bench
                .client
                .authenticate(
                    &mut *bench.connection,
                    &mut types("1234"),
                    b"challenge",
                    None,
                    pin(guard),
                    &wait,
                )
                .expect(way);
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
            // Bare and cold asks once how keys are named; guarded asks anyway.
            let naming = usize::from(knowledge.is_none() && guard == RetryGuard::Bare);
            assert_eq!(
                bench.seen().0,
                budget + queries + extra + naming,
                "{way}, {guard:?}"
            );
            bench.assert_harmless();
        }
    }
}

#[test]
fn face_record_with_active_authentication() {
    for kilobytes in [1, 3, 5, 15] {
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
                let log = bench.card.take_log();
                let apdus = log.len();
                let naming = usize::from(knowledge.is_none() && guard == RetryGuard::Bare);
                let budget = if extended {
                    5
                } else {
                    // What was read of the record: its bytes without the status words.
                    let record: usize = record_bytes(&log);
                    6 + chunks(record)
                };
                assert_eq!(apdus, budget + queries + extra + naming, "{way}, {guard:?}");
                assert_eq!(proof.traffic.apdus as usize, apdus, "{way}, {guard:?}");
                assert_eq!(bench.card.verify_count(Key::SurfaceB), 1);
                bench.assert_harmless();
            }
        }
    }
}

/// Bytes of the face record in a log of short reads: everything read after the VERIFY.
fn record_bytes(log: &[crate::sim::card::LogEntry]) -> usize {
    let verify = log
        .iter()
        .rposition(|entry| entry.header[1] == 0x20)
        .expect("a VERIFY");
    log[verify..]
        .iter()
        .filter(|entry| entry.header[1] == 0xB0)
        .map(|entry| entry.received - 2)
        .sum()
}
