//! What a dialogue costs on the host, beside the crate `myna-card`: both over the same virtual card
//! in this process, without a service and without latency. The card's own work, an RSA signature
//! above all, is in both figures.
//!
//! `cargo bench -p peers`

#![allow(missing_docs, reason = "made by criterion's macros")]

use std::hint::black_box;
use std::time::Duration;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use myna_card::ap::jpki::{JpkiAp, SignatureScheme};
use myna_card::certificate::Certificate;
use myna_card::transport::Transmit;
use myna_card::{Card, Pin};
use myna_hal::apdu::{Atr, CommandApdu, Header, LengthForm, ResponseApdu};
use myna_hal::card::{CardConnection, Disposition, Protocol};
use myna_hal::device::DeviceInfo;
use myna_hal::myna::{Client, PinOptions, TrustStore};
use myna_hal::pin::HostPinPad;
use myna_hal::sim::card::{Answer, Profile};
use myna_hal::sim::{Keypad, VirtualCard};
use myna_hal::{ErrorKind, SystemClock, Wait};
use rsa::pkcs8::der::pem;

fn card() -> VirtualCard {
    let card = VirtualCard::new(Profile::default(), SystemClock::shared());
    card.power_on();
    card
}

/// The shortest way to a card: a function call. The same for both.
struct Direct {
    card: VirtualCard,
    info: DeviceInfo,
    atr: Atr,
}

impl Direct {
    fn new(card: VirtualCard) -> Self {
        let atr = Atr::parse(&card.atr()).expect("a card's ATR");
        let info = DeviceInfo::new("bench", "direct");
        Self { card, info, atr }
    }

    fn answer(&self, command: &[u8]) -> Option<Vec<u8>> {
        match self.card.process(command) {
            Answer::Response(answer) => Some(answer),
            _ => None,
        }
    }
}

impl CardConnection for Direct {
    fn reader(&self) -> &DeviceInfo {
        &self.info
    }

    fn atr(&self) -> &Atr {
        &self.atr
    }

    fn protocol(&self) -> Protocol {
        Protocol::T1
    }

    fn transmit(&mut self, command: &CommandApdu, _: &Wait) -> myna_hal::Result<ResponseApdu> {
        let answer = self.answer(command.as_bytes()).ok_or(ErrorKind::NoCard)?;
        ResponseApdu::new(answer)
    }

    fn begin_transaction(&mut self, _: &Wait) -> myna_hal::Result<()> {
        Ok(())
    }

    fn end_transaction(&mut self, disposition: Disposition) -> myna_hal::Result<()> {
        if disposition == Disposition::Unpower {
            self.card.power_on();
        }
        Ok(())
    }

    fn reconnect(&mut self, _: Disposition, _: &Wait) -> myna_hal::Result<()> {
        Ok(())
    }

    fn disconnect(self: Box<Self>, _: Disposition) -> myna_hal::Result<()> {
        Ok(())
    }
}

impl Transmit for Direct {
    fn transmit(&mut self, command: &[u8]) -> myna_card::Result<Vec<u8>> {
        self.answer(command)
            .ok_or(myna_card::Error::ShortResponse(0))
    }
}

/// The root that issued the card's certificate.
fn root_of(card: &VirtualCard) -> Certificate {
    let certificate = Certificate::parse(card.auth_certificate()).expect("a certificate");
    let trust = card.trust_pem();
    let blocks = trust.split_inclusive("-----END CERTIFICATE-----\n");
    blocks
        .filter(|block| block.contains("BEGIN CERTIFICATE"))
        .filter_map(|block| pem::decode_vec(block.as_bytes()).ok())
        .filter_map(|(_, der)| Certificate::parse(&der).ok())
        .find(|root| certificate.verify_signature(root).is_ok())
        .expect("one of the roots")
}

fn wait() -> Wait {
    Wait::at_most(SystemClock::shared(), Duration::from_secs(5))
}

fn bytes(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("encode a signature command");
    let input = [0x5A; 51];
    group.bench_function("myna-hal", |bencher| {
        let header = Header::new(0x80, 0x2A, 0x00, 0x97);
        bencher.iter(|| CommandApdu::new(header, black_box(&input), 256, LengthForm::Short));
    });
    group.bench_function("myna-card", |bencher| {
        use myna_card::apdu::Command;
        bencher.iter(|| {
            Command::with_data_le(0x80, 0x2A, 0x00, 0x97, black_box(&input[..]), 256).to_bytes()
        });
    });
    group.finish();

    let mut group = criterion.benchmark_group("parse a response of 258 bytes");
    let answer = [&[0x5A; 256][..], &[0x90, 0x00]].concat();
    group.bench_function("myna-hal", |bencher| {
        bencher.iter_batched(|| answer.clone(), ResponseApdu::new, BatchSize::SmallInput);
    });
    group.bench_function("myna-card", |bencher| {
        let parse = |raw: Vec<u8>| myna_card::apdu::Response::parse(&raw);
        bencher.iter_batched(|| answer.clone(), parse, BatchSize::SmallInput);
    });
    group.finish();
}

fn dialogues(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("certificate with chain, PIN, checked signature");
    group.bench_function("myna-hal, guarded", |bencher| {
        let card = card();
        let trust = TrustStore::from_pem(&card.trust_pem()).expect("own hierarchy");
        let (mut client, mut connection) = (Client::new(trust), Direct::new(card));
        bencher.iter(|| {
            let keys = Keypad::new("keys");
            keys.types("1234");
            let (mut pad, options) = (HostPinPad::new(keys), PinOptions::default());
            client
                .authenticate(
                    &mut connection,
                    &mut pad,
                    b"challenge",
                    None,
                    options,
                    &wait(),
                )
                .expect("the PIN is right")
        });
    });
    group.bench_function("myna-card", |bencher| {
        let card = card();
        let root = root_of(&card);
        let mut card = Card::new(Direct::new(card));
        let digest = myna_card::data::sha256(b"challenge");
        let (scheme, input) = (
            SignatureScheme::Verbatim,
            myna_card::data::sha256_digest_info(&digest),
        );
        bencher.iter(|| {
            let mut jpki = JpkiAp::select(&mut card).expect("there");
            let certificate = jpki.read_auth_certificate().expect("readable");
            certificate.verify_signature(&root).expect("its issuer");
            let pin = Pin::numeric("1234").expect("four digits");
            jpki.verify_auth_pin(&pin).expect("right");
            let signature = jpki.sign_with_auth_key(scheme, &input).expect("it signs");
            let key = certificate.public_key().expect("RSA");
            scheme.verify(&key, &input, &signature).expect("genuine");
            signature
        });
    });
    group.finish();

    let mut group = criterion.benchmark_group("read the authentication certificate");
    group.bench_function("myna-hal, chain checked", |bencher| {
        let card = card();
        let trust = TrustStore::from_pem(&card.trust_pem()).expect("own hierarchy");
        let (mut client, mut connection) = (Client::new(trust), Direct::new(card));
        bencher.iter(|| {
            client
                .certificate(&mut connection, &wait())
                .expect("readable")
        });
    });
    group.bench_function("myna-card, parsed", |bencher| {
        let mut card = Card::new(Direct::new(card()));
        bencher.iter(|| {
            let mut jpki = JpkiAp::select(&mut card).expect("there");
            jpki.read_auth_certificate().expect("readable")
        });
    });
    group.finish();
}

criterion_group!(benches, bytes, dialogues);
criterion_main!(benches);
