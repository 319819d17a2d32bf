//! Encoding and parsing of APDUs, and whole dialogues with the virtual card: what the client costs
//! on the host. The card's own time is not measured here; commands and bytes are counted by tests.

use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};
use myna_hal::apdu::{CommandApdu, Header, LengthForm, ResponseApdu, tlv};
use myna_hal::card::{CardConnection, CardReader, ShareMode};
use myna_hal::myna::{CardFaceCode, Client, PinOptions, TrustStore, UserCertificate};
use myna_hal::pin::HostPinPad;
use myna_hal::sim::{Keypad, VirtualCard, VirtualContext, card::Profile};
use myna_hal::{Clock, SystemClock, Wait};

fn bytes(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("bytes");
    let header = Header::new(0x80, 0x2A, 0x00, 0x97);
    group.bench_function("encode a signature command", |bencher| {
        let input = [0x5A; 51];
        bencher.iter(|| CommandApdu::new(header, black_box(&input), 256, LengthForm::Short));
    });
    group.bench_function("parse a 1904-byte response", |bencher| {
        let mut answer = vec![0; 1902];
        answer.extend([0x90, 0x00]);
        bencher.iter_batched(
            || answer.clone(),
            |answer| ResponseApdu::new(black_box(answer)),
            criterion::BatchSize::SmallInput,
        );
    });
    group.bench_function("find a data object", |bencher| {
        let record = [
            &[0xDF, 0x21, 0x12][..],
            &[0; 18],
            &[0xDF, 0x22, 0x08],
            &[0x31; 8],
        ]
        .concat();
        bencher.iter(|| tlv::find(black_box(&record), tlv::Tag(0xDF22)).map(|tlv| tlv.value.len()));
    });
    group.finish();
}

fn bench_card() -> (VirtualCard, Box<dyn CardConnection>, Client, Arc<dyn Clock>) {
    let clock = SystemClock::shared();
    let card = VirtualCard::new(Profile::default(), clock.clone());
    let mut reader = VirtualContext::new(clock.clone()).add_reader("bench");
    reader.insert(&card);
    let wait = Wait::at_most(clock.clone(), Duration::from_secs(5));
    let connection = reader.connect(ShareMode::Shared, &wait).expect("a card");
    let trust = TrustStore::from_pem(&card.trust_pem()).expect("own hierarchy");
    (card, connection, Client::new(trust), clock)
}

fn dialogues(criterion: &mut Criterion) {
    let (card, mut connection, mut client, clock) = bench_card();
    let wait = || Wait::at_most(clock.clone(), Duration::from_secs(5));
    let mut group = criterion.benchmark_group("dialogues with the virtual card");
    group.bench_function("certificate, chain checked", |bencher| {
        bencher.iter(|| {
            client
                .certificate(&mut *connection, &wait())
                .expect("readable")
        });
    });
    group.bench_function("the chain check alone", |bencher| {
        let der = card.auth_certificate().to_vec();
        bencher.iter(|| UserCertificate::check(black_box(&der), client.trust()).expect("genuine"));
    });
    group.bench_function("certificate, PIN, signature, guarded", |bencher| {
        bencher.iter(|| {
            let keys = Keypad::new("keys");
            keys.types("1234");
            let (mut pad, options) = (HostPinPad::new(keys), PinOptions::default());
            client
                .authenticate(&mut *connection, &mut pad, b"nonce", None, options, &wait())
                .expect("the PIN is right")
        });
    });
    let code = CardFaceCode::parse(&card.holder().card_face_code).expect("printed");
    group.bench_function("face record, verified, chip present", |bencher| {
        bencher.iter(|| {
            let guard = Client::CARD_FACE_GUARD;
            client
                .face_record(&mut *connection, &code, None, guard, &[7; 32], &wait())
                .expect("genuine")
        });
    });
    group.finish();
}

criterion_group!(benches, bytes, dialogues);
criterion_main!(benches);
