//! Everything that the library can print, searched for secrets that are known.
//!
//! Whole dialogues run with a PIN, a card-face code and a portrait that the test knows, in good
//! order and in every kind of trouble; whatever has a `Debug`, a message, a cause, a log or a
//! report is printed and searched for them, plain, in hex and in decimal.

#[cfg(not(feature = "tracing"))]
#[path = "deaf.rs"]
mod ear;
#[cfg(feature = "tracing")]
mod ear;
mod forms;
mod world;

use std::error::Error;
use std::fmt::Debug;
use std::sync::Arc;

use forms::{Secret, leaks};
use myna_hal::apdu::{CommandApdu, Header, LengthForm, ResponseApdu};
use myna_hal::card::CardConnection;
use myna_hal::checkin::card_face::{CardFaceReading, ReadingLog};
use myna_hal::checkin::{Method, Outcome};
use myna_hal::exchange::{Dialogue, Knowledge};
use myna_hal::layer::{Lines, Record, Recording, Trace};
use myna_hal::myna::{CardFaceCode, Client, Failure, PinOptions, RetryGuard};
use myna_hal::pin::{
    ChangePrompt, ChangeRequest, Pin, PinFormat, PinOutcome, PinPad, PinPurpose, PinRequest,
};
use myna_hal::sim::card::{Fault, Key, Profile, Trigger};
use myna_hal::time::Clock;
use world::{Desk, Keyboard, NEW_PIN, PIN, SECURITY_CODE, WRONG_PIN, marker, profile};

/// What stands between the client and the reader and writes down what it sees: the connection
/// with it, and what it has written so far.
type Decoration = fn(Box<dyn CardConnection>, Arc<dyn Clock>) -> (Box<dyn CardConnection>, Written);
type Written = Box<dyn Fn() -> String>;

/// Everything of that kind has its line here.
const DECORATIONS: &[(&str, Decoration)] = &[
    ("nothing", |connection, _| {
        (connection, Box::new(String::new))
    }),
    ("trace", |connection, clock| {
        let tape = Lines::new(LINES);
        let traced = Trace::new(connection, "card", tape.sink(), clock);
        (Box::new(traced), Box::new(move || tape.text()))
    }),
    ("record", |connection, clock| {
        let tape = Lines::new(LINES);
        let recorded = Record::connection(connection, tape.sink(), clock);
        (Box::new(recorded), Box::new(move || tape.text()))
    }),
];
/// More than any dialogue here writes.
const LINES: usize = 10_000;

/// Everything that was printed.
#[derive(Default)]
struct Book(Vec<(String, String)>);

impl Book {
    fn write(&mut self, from: &str, text: impl Into<String>) {
        self.0.push((from.to_owned(), text.into()));
    }

    fn debug(&mut self, from: &str, value: &dyn Debug) {
        self.write(from, format!("{value:?}\n{value:#?}"));
    }

    /// Message, `Debug`, and the same of every cause.
    fn error(&mut self, from: &str, error: &dyn Error) {
        let mut next = Some(error);
        while let Some(error) = next {
            self.write(from, format!("{error}\n{error:#}"));
            self.debug(from, &error);
            next = error.source();
        }
    }

    fn result<T: Debug>(&mut self, from: &str, result: &Result<T, Failure>) {
        match result {
            Ok(value) => self.debug(from, value),
            Err(failure) => {
                self.write(from, failure.code());
                self.error(from, failure);
            }
        }
    }

    /// What the desk itself has to say.
    fn desk(&mut self, desk: &Desk) {
        self.debug("card", &desk.card);
        self.debug("card log", &desk.card.log());
        self.debug("violations", &desk.card.violations());
        self.debug("holder", desk.card.holder());
        self.debug("reader", &desk.reader);
        self.debug("context", &desk.context);
        self.debug("keys", &desk.keys);
        self.debug("clock", &desk.clock);
    }
}

fn secrets(desk: &Desk) -> Vec<Secret> {
    let portrait = desk.card.portrait();
    let body = &portrait[portrait.len() / 4..];
    let image = myna_hal::imaging::decode_jpeg2000(portrait).expect("ours");
    let code = &desk.card.holder().card_face_code;
    vec![
        Secret::new("PIN", PIN.as_bytes()),
        Secret::new("new PIN", NEW_PIN.as_bytes()),
        Secret::new("wrong PIN", WRONG_PIN.as_bytes()),
        Secret::new("security code", SECURITY_CODE.as_bytes()),
        Secret::new("birth in the card-face code", &code.as_bytes()[..6]),
        Secret::new("card-face code", code.as_bytes()),
        Secret::new("portrait", &marker(body).expect("compressed data")),
        Secret::new("start of the portrait", &portrait[..16]),
        Secret::new("pixels", &marker(image.data()).expect("not one colour")),
    ]
}

/// Every kind of trouble, at every command that carries or brings a secret.
fn troubles() -> Vec<Option<(u8, Fault)>> {
    let mut troubles = vec![None];
    for ins in [0x20, 0x24, 0x2A, 0xA4, 0xB0] {
        for fault in [
            Fault::RemoveBefore,
            Fault::RemoveDuring,
            Fault::AnswerLost,
            Fault::LinkError,
            Fault::Mute,
            Fault::Truncate(1),
            Fault::Truncate(40),
            Fault::Status(0x6F00),
            Fault::Status(0x6984),
        ] {
            troubles.push(Some((ins, fault)));
        }
    }
    troubles
}

/// Runs `scene` on a desk of its own for every trouble and decoration.
fn everywhere(
    book: &mut Book,
    profile: &Profile,
    scene: impl Fn(&Desk, &mut dyn CardConnection, &mut Book),
) {
    for (name, decorate) in DECORATIONS {
        for trouble in troubles() {
            let desk = Desk::new(profile.clone());
            let (mut connection, written) = decorate(desk.connect(), desk.clock.shared());
            if let Some((ins, fault)) = trouble.clone() {
                desk.card.inject(Trigger::Ins(ins), fault);
            }
            scene(&desk, &mut *connection, book);
            book.write("trouble", format!("{name}, {trouble:?}"));
            let written = written();
            assert_eq!(
                written.is_empty(),
                *name == "nothing",
                "{name} wrote nothing"
            );
            if *name == "record" {
                let recording = Recording::parse(&written);
                book.debug("recording", &recording.expect("just written"));
            }
            book.write(name, written);
            book.desk(&desk);
        }
    }
}

fn by_pin(book: &mut Book) {
    let options = PinOptions::default();
    for digits in [PIN, WRONG_PIN] {
        everywhere(book, &profile(), |desk, card, book| {
            let mut client = desk.client();
            let wait = desk.wait();
            let screening = client.screen(card, &wait);
            book.result("screen", &screening);
            let mut pad = Keyboard::pad(digits);
            let result = client.authenticate(card, &mut pad, &[7; 32], None, options, &wait);
            book.result("host pad", &result);
            desk.keys.types(digits);
            book.debug("keys with digits", &desk.keys);
            let mut pad = desk.reader_pad();
            let result = client.authenticate(card, &mut pad, &[7; 32], None, options, &wait);
            book.result("reader pad", &result);
            book.debug("reader pad", &pad);
            let tape = Lines::new(LINES);
            let clock = desk.clock.shared();
            let mut pad = Trace::new(Keyboard::pad(digits), "pad", tape.sink(), clock);
            let result = client.authenticate(card, &mut pad, &[7; 32], None, options, &wait);
            book.result("traced pad", &result);
            book.write("traced pad", tape.text());
            book.debug("client", &client);
        });
    }
    let last_try = profile().with_tries(Key::AuthPin, 1);
    everywhere(book, &last_try, |desk, card, book| {
        let mut pad = Keyboard::pad(PIN);
        let wait = desk.wait();
        let mut client = desk.client();
        let result = client.authenticate(card, &mut pad, &[7; 32], None, options, &wait);
        book.result("last try", &result);
    });
}

fn by_change(book: &mut Book) {
    everywhere(book, &profile(), |desk, card, book| {
        let guard = RetryGuard::KEEP_LAST;
        let mut client = desk.client();
        let mut pad = Keyboard::pad(PIN);
        let result = client.change_pin(card, &mut pad, guard, &desk.wait());
        book.result("change by host pad", &result);
        for digits in [NEW_PIN, PIN, PIN] {
            desk.keys.types(digits);
        }
        let tape = Lines::new(LINES);
        let clock = desk.clock.shared();
        let mut pad = Trace::new(desk.reader_pad(), "pad", tape.sink(), clock);
        let result = client.change_pin(card, &mut pad, guard, &desk.wait());
        book.result("change by reader pad", &result);
        book.write("traced change", tape.text());
    });
}

fn by_code(book: &mut Book) {
    for profile in [
        profile(),
        Profile {
            extended: false,
            ..profile()
        },
        Profile {
            tampered_portrait: true,
            ..profile()
        },
        profile().with_tries(Key::SurfaceB, 5),
    ] {
        everywhere(book, &profile, |desk, card, book| {
            let code = desk.code();
            book.debug("code", &code);
            let guard = Client::CARD_FACE_GUARD;
            let nonce = Client::fresh_challenge();
            let mut client = desk.client();
            let result = client.face_record(card, &code, None, guard, &nonce, &desk.wait());
            book.result("face record", &result);
            if let Ok(proof) = result {
                let portrait = proof.record.portrait();
                book.debug("portrait", portrait);
                let image = portrait.decode().expect("a portrait");
                book.debug("image", &image);
                book.debug("view", &image.view());
                let cut = &portrait.jpeg2000()[..portrait.jpeg2000().len() / 2];
                if let Err(error) = myna_hal::imaging::decode_jpeg2000(cut) {
                    book.error("half a portrait", &error);
                }
            }
        });
    }
}

fn by_session(book: &mut Book) {
    for method in [Method::Pin, Method::Face] {
        for secure in [false, true] {
            let mut desk = Desk::new(profile());
            let pad: Box<dyn PinPad> = if secure {
                desk.keys.types(PIN);
                Box::new(desk.reader_pad())
            } else {
                Box::new(Keyboard::pad(PIN))
            };
            let mut heard = Vec::new();
            let report = desk.session(method, pad, &mut |words| heard.push(words.to_owned()));
            assert_eq!(report.outcome, Outcome::Completed, "{report:#?}");
            for words in heard {
                book.write("screen", words);
            }
            book.debug("report", &report);
            book.desk(&desk);
        }
    }
}

/// Values that hold a secret, printed while they hold it.
fn by_hand(book: &mut Book) {
    let desk = Desk::new(profile());
    book.debug("profile", &profile());
    let four = PinFormat::exactly(4);
    let pin = Pin::new(PIN, four).expect("digits");
    book.debug("pin", &pin);
    let code = &desk.card.holder().card_face_code;
    for wrong in [&code[..13], &PIN[..3], "８３７x"] {
        let refused = Pin::new(wrong, four).expect_err("not four digits");
        book.error("refused PIN", &refused);
        let refused = CardFaceCode::parse(wrong).expect_err("not a code");
        book.error("refused code", &refused);
    }
    let verify = Header::new(0x00, 0x20, 0x00, 0x98);
    let command = CommandApdu::new(verify, PIN.as_bytes(), 0, LengthForm::Short).expect("fits");
    book.debug("command", &command);
    let response = [desk.card.portrait(), &[0x90, 0x00]].concat();
    let response = ResponseApdu::new(response).expect("has a status word");
    book.debug("response", &response);
    book.debug("outcome", &PinOutcome::from_status(response.status()));

    let mut pad = Keyboard::pad(PIN);
    let prompt = Client::pin_prompt();
    let entry = pad.prepare(&prompt, &desk.wait()).expect("a keyboard");
    book.debug("entry", &entry);
    book.debug("request", &PinRequest::new(prompt, verify));
    let prompt = ChangePrompt::new(PinPurpose::UserAuthentication, four, four);
    let entry = pad
        .prepare_change(&prompt, &desk.wait())
        .expect("a keyboard");
    book.debug("change", &entry);
    book.debug(
        "change request",
        &ChangeRequest::new(prompt, verify, verify),
    );

    let reading = CardFaceReading::typed(code).expect("printed");
    book.debug("reading", &reading);
    book.debug("readings", &ReadingLog::new());
    book.debug("digits behind a wrapper", &reading.digits().len());

    let mut connection = desk.connect();
    let dialogue = Dialogue::begin(&mut connection, Knowledge::default(), &desk.wait())
        .map_err(|(_, error)| error)
        .expect("nobody else holds it");
    book.debug("dialogue", &dialogue);
}

#[test]
fn no_secret_is_printed() {
    ear::listen();
    let mut book = Book::default();
    by_hand(&mut book);
    by_pin(&mut book);
    by_change(&mut book);
    by_code(&mut book);
    by_session(&mut book);

    if let Some(heard) = ear::heard() {
        assert!(heard.len() > 10_000, "the subscriber heard hardly anything");
        book.write("subscriber", heard);
    }

    let secrets = secrets(&Desk::new(profile()));
    let found: Vec<String> = book
        .0
        .iter()
        .flat_map(|(from, text)| {
            let leaks = leaks(text, &secrets);
            leaks
                .into_iter()
                .map(move |leak| format!("{from}: {leak}:\n{text}"))
        })
        .collect();
    assert!(
        found.is_empty(),
        "{} leaks, first: {}",
        found.len(),
        found[0]
    );
    let bytes: usize = book.0.iter().map(|(_, text)| text.len()).sum();
    assert!(
        book.0.len() > 1_000 && bytes > 100_000,
        "{} texts of {bytes} bytes: hardly everything",
        book.0.len()
    );
}
