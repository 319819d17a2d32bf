//! Whole dialogues as single calls: what they return, what they tell, and what runs beside what.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::Bench;
use crate::exchange::{Knowledge, KnowledgeStore};
use crate::myna::{
    CertificateError, Client, FaceOptions, FaceReading, Failure, Phase, PinOptions, Progress,
    Proven, TrustStore,
};
use crate::sim::card::{Certificate, Fault, Key, Latency, Profile, Trigger};
use crate::wait::Wait;

/// A learned card on the virtual clock, as slow as one behind a contactless reader.
fn slow(profile: Profile) -> Bench {
    let profile = Profile {
        latency: Latency::TypeB106,
        ..profile
    };
    Bench::knowing(profile, Some(Knowledge::everything_works()))
}

fn read<T: Send>(
    bench: &mut Bench,
    template: impl FnOnce(&crate::imaging::Image) -> T + Send,
) -> Result<FaceReading<T>, Failure> {
    let (wait, code) = (bench.wait(), bench.code());
    let options = FaceOptions::default();
    bench
        .client
        .face_reader(&mut *bench.connection, &code, options, template, &wait)
}

/// A template that takes this long.
fn takes(
    bench: &Bench,
    time: Duration,
) -> impl FnOnce(&crate::imaging::Image) -> u32 + Send + use<> {
    let wait = Wait::forever(bench.clock.clone());
    move |portrait| {
        wait.sleep(time).expect("nobody cancels");
        portrait.width()
    }
}

#[test]
fn a_face_reader_gets_all_of_it_in_one_call() {
    let mut bench = Bench::new(Profile::default());
    let reading = read(&mut bench, |portrait| portrait.width()).expect("in order");
    let words: Vec<_> = reading.proven.iter().map(Proven::code).collect();
    assert_eq!(
        words,
        ["certificate-chain", "portrait-signed", "chip-present"]
    );
    assert_eq!(reading.certificate.der(), bench.card.auth_certificate());
    let expiry = reading.card.and_then(|card| card.expiry);
    assert_eq!(expiry, Some(bench.card.holder().expiry));
    assert_eq!(reading.record.portrait().jpeg2000(), bench.card.portrait());
    assert!(reading.template.is_ok_and(|width| width > 0));
    bench.assert_harmless();
}

#[test]
fn a_template_costs_nothing_that_a_signature_does_not() {
    let ms = Duration::from_millis;
    let mut bench = slow(Profile::default());
    let alone = read(&mut bench, |_| ()).expect("in order").timing;
    let signature = alone.of(Phase::Signature);
    assert!(signature > ms(400), "{signature:?}");
    for made_in in [ms(100), ms(300), ms(430), ms(900)] {
        let mut bench = slow(Profile::default());
        let template = takes(&bench, made_in);
        let timing = read(&mut bench, template).expect("in order").timing;
        assert_eq!(timing.of(Phase::Portrait), made_in);
        assert_eq!(timing.of(Phase::Signature), signature);
        // The longer of the two, not their sum.
        let more = made_in.saturating_sub(signature);
        assert_eq!(timing.total(), alone.total() + more, "{made_in:?}");
        let began = |phase| {
            let mut of = timing.iter().filter(|time| time.phase == phase);
            of.next().map(|time| time.began)
        };
        assert_eq!(began(Phase::Portrait), began(Phase::Signature));
    }
}

#[test]
fn the_phases_are_told_in_their_order() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let mut bench = slow(Profile::default());
    let told = seen.clone();
    let client = std::mem::take(&mut bench.client);
    bench.client = client.with_progress(move |progress| {
        told.lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(progress);
    });
    let timing = read(&mut bench, |_| ()).expect("in order").timing;
    let seen = std::mem::take(&mut *seen.lock().unwrap_or_else(PoisonError::into_inner));
    let began: Vec<_> = seen
        .iter()
        .filter_map(|progress| match progress {
            Progress::Began(phase) => Some(phase.code()),
            Progress::Ended(..) => None,
        })
        .collect();
    assert_eq!(
        began,
        [
            "take-card",
            "certificate",
            "certificate-check",
            "card-data",
            "issuer",
            "issuer-check",
            "retries",
            "verify",
            "face-record",
            "portrait",
            "signature",
            "release",
            "signature-check",
        ]
    );
    let ended: Vec<_> = seen
        .iter()
        .filter_map(|progress| match progress {
            Progress::Ended(phase, took) => Some((*phase, *took)),
            Progress::Began(_) => None,
        })
        .collect();
    let timed: Vec<_> = timing.iter().map(|time| (time.phase, time.took)).collect();
    assert_eq!(ended, timed, "the report says what was told");
    // The card does one thing after another, so its phases add up to the whole.
    let card: Duration = timing.iter().map(|time| time.took).sum();
    assert_eq!(card, timing.total());
    let commands: Duration = bench.card.log().iter().map(|entry| entry.elapsed).sum();
    assert_eq!(timing.total(), commands, "and the library adds nothing");
}

#[test]
fn a_phase_that_fails_ends_all_the_same() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let mut bench = slow(Profile::default());
    bench.card.inject(Trigger::Ins(0x20), Fault::Mute);
    let told = seen.clone();
    let client = std::mem::take(&mut bench.client);
    bench.client = client.with_progress(move |progress| {
        told.lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(progress);
    });
    let failure = read(&mut bench, |_| ()).expect_err("silent");
    assert_eq!(failure.code(), "mute");
    let seen = std::mem::take(&mut *seen.lock().unwrap_or_else(PoisonError::into_inner));
    let open = seen.iter().fold(0i32, |open, progress| match progress {
        Progress::Began(_) => open + 1,
        Progress::Ended(..) => open - 1,
    });
    assert_eq!(open, 0, "{seen:?}");
    assert!(matches!(
        seen.last(),
        Some(Progress::Ended(Phase::Release, _))
    ));
}

#[test]
fn the_pin_dialogue_tells_its_phases_too() {
    let mut bench = slow(Profile::default());
    let proof = bench
        .authenticate("1234", None, PinOptions::default())
        .expect("in order");
    let phases: Vec<_> = proof.timing.iter().map(|time| time.phase).collect();
    assert_eq!(
        phases,
        [
            Phase::PinEntry,
            Phase::TakeCard,
            Phase::Certificate,
            Phase::Retries,
            Phase::CertificateCheck,
            Phase::Verify,
            Phase::Signature,
            Phase::Release,
            Phase::SignatureCheck,
        ],
        "the check ran beside the query and was done before the PIN was sent"
    );
    let commands: Duration = bench.card.log().iter().map(|entry| entry.elapsed).sum();
    assert_eq!(proof.timing.total(), commands);
}

#[test]
fn a_card_that_is_not_in_order_costs_no_code() {
    for (certificate, code) in [
        (Certificate::Expired, "certificate-expired"),
        (Certificate::NotYetValid, "certificate-not-yet-valid"),
        (Certificate::OtherAuthority, "not-genuine"),
        (Certificate::Tampered, "not-genuine"),
    ] {
        let mut bench = Bench::new(Profile {
            certificate,
            ..Profile::default()
        });
        let failure = read(&mut bench, |_| ()).expect_err(code);
        assert_eq!(failure.code(), code, "{certificate:?}: {failure:?}");
        assert_eq!(bench.card.verify_count(Key::SurfaceB), 0, "{certificate:?}");
        bench.assert_harmless();
    }
    let mut bench = Bench::new(Profile::default());
    bench.client = Client::new(TrustStore::empty());
    let failure = read(&mut bench, |_| ()).expect_err("nobody is trusted");
    assert!(matches!(
        failure,
        Failure::Certificate(CertificateError::UntrustedIssuer)
    ));
    assert_eq!(bench.card.verify_count(Key::SurfaceB), 0);
}

#[test]
fn an_issuer_that_nobody_trusts_costs_no_code() {
    // The certificates are trusted, the key under the face record is not.
    let mut bench = Bench::new(Profile::default());
    let pem = bench.card.trust_pem();
    let (certificates, _) = pem
        .split_once("-----BEGIN MYNA CV KEY")
        .expect("both kinds");
    bench.client = Client::new(TrustStore::from_pem(certificates).expect("own hierarchy"));
    let failure = read(&mut bench, |_| ()).expect_err("an unknown issuer");
    assert_eq!(failure.code(), "not-genuine");
    assert_eq!(bench.card.verify_count(Key::SurfaceB), 0);
    bench.assert_harmless();
}

#[test]
fn an_expired_certificate_serves_when_asked_to() {
    let mut bench = Bench::new(Profile {
        certificate: Certificate::Expired,
        ..Profile::default()
    });
    let (wait, code) = (bench.wait(), bench.code());
    let options = FaceOptions {
        accept_expired: true,
        ..FaceOptions::default()
    };
    bench
        .client
        .face_reader(&mut *bench.connection, &code, options, |_| (), &wait)
        .expect("the caller decides about grace");
}

#[test]
fn a_portrait_that_was_changed_is_never_decoded() {
    let mut bench = Bench::new(Profile {
        tampered_portrait: true,
        ..Profile::default()
    });
    let failure = read(&mut bench, |_| panic!("it was")).expect_err("forged");
    assert_eq!(failure.code(), "not-genuine");
    bench.assert_harmless();
}

#[test]
fn a_portrait_that_is_no_picture_says_nothing_against_the_card() {
    let mut bench = Bench::new(Profile {
        portrait: vec![0x5A; 3000],
        ..Profile::default()
    });
    let reading = read(&mut bench, |_| ()).expect("signed all the same");
    assert!(reading.template.is_err());
    assert!(reading.proven.contains(Proven::PortraitSigned));
}

#[test]
fn a_card_pulled_while_it_signs() {
    let mut bench = slow(Profile::default());
    bench.card.inject(Trigger::Ins(0x2A), Fault::RemoveDuring);
    let template = takes(&bench, Duration::from_millis(300));
    let failure = read(&mut bench, template).expect_err("gone");
    assert_eq!(failure.code(), "removed-during");
    assert_eq!(bench.card.verify_count(Key::SurfaceB), 1);
}

#[test]
fn the_keeper_is_told_of_news_alone() {
    let kept = Arc::new(Mutex::new(Vec::new()));
    let mut bench = Bench::new(Profile::default());
    let told = kept.clone();
    let client = std::mem::take(&mut bench.client);
    bench.client = client.with_keeper(move |store| {
        told.lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(store.to_text());
    });
    for _ in 0..3 {
        read(&mut bench, |_| ()).expect("in order");
    }
    let kept = std::mem::take(&mut *kept.lock().unwrap_or_else(PoisonError::into_inner));
    assert_eq!(kept, [bench.client.knowledge().to_text()]);
    // The next start needs no more than what is kept.
    let (store, ignored) = KnowledgeStore::parse(kept[0].as_bytes()).expect("own text");
    assert_eq!(ignored, []);
    let known = store.recall("bench", bench.connection.atr());
    assert_eq!(
        known,
        bench
            .client
            .knowledge()
            .recall("bench", bench.connection.atr())
    );
}
