//! Time on the virtual clock against the least that the card, its reader and the air allow.
//!
//! The bound is computed here and not by the card: from the smallest commands of each row of the
//! budget table, the answers that the card gives to them, and the assumptions of the latency
//! model for contactless cards of type B at 106 kbit/s.
//!
//! ```sh
//! cargo test --test lower_bound -- --nocapture      # prints the table
//! ```
#![cfg(feature = "sim")]
#![allow(clippy::print_stdout, reason = "it prints a table for whoever asks")]

use std::sync::Arc;
use std::time::Duration;

use myna_hal::card::{CardConnection, CardReader as _, ShareMode};
use myna_hal::exchange::{Knowledge, KnowledgeStore, RetryGuard};
use myna_hal::myna::{CardFaceCode, Client, FaceOptions, PinOptions, TrustStore, UserCertificate};
use myna_hal::pin::HostPinPad;
use myna_hal::sim::card::{Latency, Profile};
use myna_hal::sim::{self, Keypad, VirtualCard, VirtualContext};
use myna_hal::time::Participant;
use myna_hal::{Clock, Wait};

/// A card in a reader, and a client that knows cards of its kind.
struct Bench {
    card: VirtualCard,
    connection: Box<dyn CardConnection>,
    client: Client,
    clock: Arc<dyn Clock>,
    _context: VirtualContext,
    _me: Participant,
}

impl Bench {
    fn new(extended: bool) -> Self {
        let clock = sim::Clock::starting_at("2026-11-22T00:00:00Z".parse().expect("literal"));
        let me = clock.enter();
        let clock = clock.shared();
        let profile = Profile {
            extended,
            latency: Latency::TypeB106,
            ..Profile::default()
        };
        let card = VirtualCard::new(profile, clock.clone());
        let context = VirtualContext::new(clock.clone());
        let mut reader = context.add_reader("bench");
        reader.insert(&card);
        let wait = Wait::at_most(clock.clone(), Duration::from_secs(5));
        let connection = reader.connect(ShareMode::Shared, &wait).expect("a card");
        let mut store = KnowledgeStore::new();
        let knowledge = if extended {
            Knowledge::everything_works()
        } else {
            Knowledge::short_only()
        };
        store.learn("bench", connection.atr(), knowledge);
        let trust = TrustStore::from_pem(&card.trust_pem()).expect("own hierarchy");
        let mut bench = Self {
            card,
            connection,
            client: Client::new(trust).with_knowledge(store),
            clock,
            _context: context,
            _me: me,
        };
        // How long certificates are is learned from one.
        let wait = bench.wait();
        let card = &mut *bench.connection;
        bench.client.certificate(card, &wait).expect("readable");
        bench
    }

    fn wait(&self) -> Wait {
        Wait::at_most(self.clock.clone(), Duration::from_secs(10))
    }

    fn code(&self) -> CardFaceCode {
        CardFaceCode::parse(&self.card.holder().card_face_code).expect("printed")
    }

    /// Bytes of the face record, from the answer to one extended read of it.
    fn record(&mut self) -> usize {
        self.card.take_log();
        let (wait, code) = (self.wait(), self.code());
        let guard = Client::CARD_FACE_GUARD;
        self.client
            .face_record(&mut *self.connection, &code, None, guard, &[7; 32], &wait)
            .expect("in order");
        let log = self.card.take_log();
        let read = log.iter().rfind(|entry| entry.header[1] == 0xB0);
        read.expect("a READ BINARY").received - 2 - FACE_PADDING
    }
}

/// Bytes behind the face record of a virtual card.
const FACE_PADDING: usize = 64;

/// What the chip has to do.
#[derive(Clone, Copy)]
enum Chip {
    Select,
    Read,
    Query,
    Verify,
    Sign,
}

/// One command: the chip's work, bytes out and bytes in.
type Step = (Chip, usize, usize);

/// Ten etu of 9.44 µs a byte; 24 etu of start and end and 0.3 ms of turnaround a frame; three
/// bytes around at most 253 of payload; each frame but the last acknowledged by an empty one.
fn on_air(bytes: usize) -> Duration {
    let frames = bytes.div_ceil(253).max(1);
    let all = 2 * frames - 1;
    let etu = Duration::from_nanos(9_440);
    etu * 10 * (bytes + 3 * all) as u32 + (etu * 24 + Duration::from_micros(300)) * all as u32
}

fn least(steps: &[Step]) -> Duration {
    let of = |(chip, sent, received): &Step| {
        let work = match chip {
            Chip::Select => Duration::from_millis(4),
            Chip::Read => Duration::from_millis(1) + Duration::from_micros(4) * *received as u32,
            Chip::Query => Duration::from_millis(1),
            Chip::Verify => Duration::from_millis(25),
            Chip::Sign => Duration::from_millis(400),
        };
        // Host and reader take 3 ms for each command, however small.
        Duration::from_millis(3) + work + on_air(*sent) + on_air(*received)
    };
    steps.iter().map(of).sum()
}

const SELECT: Step = (Chip::Select, 15, 2);
const QUERY: Step = (Chip::Query, 4, 2);
const SIGN: Step = (Chip::Sign, 57, 258);
const PIN: Step = (Chip::Verify, 9, 2);
const CODE: Step = (Chip::Verify, 19, 2);
/// SELECT of the common application, and its record of 30 bytes.
const CARD_DATA: [Step; 2] = [SELECT, (Chip::Read, 5, 32)];

/// Reading a file of `content` bytes, with no byte of what is behind it.
fn file(extended: bool, content: usize) -> Vec<Step> {
    if extended {
        return vec![(Chip::Read, 7, content + 2)];
    }
    (0..content)
        .step_by(256)
        .map(|at| (Chip::Read, 5, (content - at).min(256) + 2))
        .collect()
}

/// A dialogue: its name, its steps without a guard, and how it is run.
struct Row {
    name: &'static str,
    bare: Vec<Step>,
    /// What is guarded, if anything is.
    guard: Option<RetryGuard>,
    run: fn(&mut Bench, RetryGuard) -> Duration,
}

fn rows(extended: bool) -> Vec<Row> {
    let mut probe = Bench::new(true);
    let n = probe.card.auth_certificate().len();
    let record = probe.record();
    let certificate = [vec![SELECT], file(extended, n)].concat();
    let face = [
        vec![SELECT],
        file(extended, 568),
        vec![CODE],
        file(extended, record),
        vec![SIGN],
    ]
    .concat();
    vec![
        Row {
            name: "certificate",
            bare: certificate.clone(),
            guard: None,
            run: |bench, _| {
                let (wait, begun) = (bench.wait(), bench.clock.now());
                let card = &mut *bench.connection;
                bench.client.certificate(card, &wait).expect("readable");
                bench.clock.now().since(begun)
            },
        },
        Row {
            name: "VERIFY + signature",
            bare: vec![SELECT, PIN, SIGN],
            guard: Some(RetryGuard::KEEP_LAST),
            run: |bench, guard| {
                let wait = bench.wait();
                let known = bench.client.certificate(&mut *bench.connection, &wait);
                let known = known.expect("readable").0;
                authenticate(bench, guard, Some(&known))
            },
        },
        Row {
            name: "certificate + VERIFY + signature",
            bare: [certificate.clone(), vec![PIN, SIGN]].concat(),
            guard: Some(RetryGuard::KEEP_LAST),
            run: |bench, guard| authenticate(bench, guard, None),
        },
        Row {
            name: "face record + chip",
            bare: face.clone(),
            guard: Some(Client::CARD_FACE_GUARD),
            run: |bench, guard| {
                let (wait, code) = (bench.wait(), bench.code());
                let card = &mut *bench.connection;
                let proof = bench
                    .client
                    .face_record(card, &code, None, guard, &[7; 32], &wait);
                proof.expect("in order").timing.total()
            },
        },
        Row {
            name: "whole face reader",
            bare: [certificate, CARD_DATA.to_vec(), face].concat(),
            guard: Some(Client::CARD_FACE_GUARD),
            run: |bench, guard| {
                let (wait, code) = (bench.wait(), bench.code());
                let mut options = FaceOptions::default();
                options.guard = guard;
                let card = &mut *bench.connection;
                let reading = bench
                    .client
                    .face_reader(card, &code, options, |_| (), &wait);
                reading.expect("in order").timing.total()
            },
        },
    ]
}

fn authenticate(bench: &mut Bench, guard: RetryGuard, known: Option<&UserCertificate>) -> Duration {
    let wait = bench.wait();
    let mut options = PinOptions::default();
    options.guard = guard;
    let keypad = Keypad::new("keys");
    keypad.types("1234");
    let mut pad = HostPinPad::new(keypad);
    bench
        .client
        .authenticate(
            &mut *bench.connection,
            &mut pad,
            b"challenge",
            known,
            options,
            &wait,
        )
        .expect("in order")
        .timing
        .total()
}

#[test]
fn no_learned_row_takes_longer_than_it_must() {
    for extended in [true, false] {
        for row in rows(extended) {
            let time = |guard| {
                let mut bench = Bench::new(extended);
                (row.run)(&mut bench, guard)
            };
            let bound = least(&row.bare);
            let bare = time(RetryGuard::Bare);
            let guarded = time(row.guard.unwrap_or(RetryGuard::Bare));
            let ratio = |time: Duration| time.as_secs_f64() / bound.as_secs_f64();
            println!(
                "{:9} {:33} {:7.1} ms at least, bare {:.3}, guarded {:.3}",
                if extended { "extended" } else { "short" },
                row.name,
                bound.as_secs_f64() * 1000.0,
                ratio(bare),
                ratio(guarded)
            );
            assert!(bare >= bound, "{}: the bound is wrong", row.name);
            assert!(ratio(bare) <= 1.02, "{}: {bare:?}, {bound:?}", row.name);
            // The guard costs its query and nothing else.
            let asked = bound + row.guard.map_or(Duration::ZERO, |_| least(&[QUERY]));
            let ratio = guarded.as_secs_f64() / asked.as_secs_f64();
            assert!(ratio <= 1.02, "{}: {guarded:?}, {asked:?}", row.name);
        }
    }
}
