use std::time::Duration;

use super::*;
use crate::apdu::{CommandApdu, Header, StatusWord};
use crate::card::{
    CardConnection, CardContext, CardReader, ControlCode, Disposition, ShareMode, Transaction,
};
use crate::error::{Error, ErrorKind, Result};
use crate::pin::{
    HostPinPad, PinEntry, PinFormat, PinOutcome, PinPad, PinPrompt, PinPurpose, PinRequest,
};
use crate::sim::card::{Key, Latency, Profile};
use crate::sim::{Clock, Keypad, VirtualCard, VirtualContext, VirtualReader};
use crate::time::Clock as _;
use crate::wait::Wait;

const JPKI: &[u8] = &[0, 0xa4, 4, 12, 10, 0xd3, 0x92, 0xf0, 0, 0x26, 1, 0, 0, 0, 1];
const READ: &[u8] = &[0, 0xb0, 0x8a, 0, 0, 0, 0];
const VERIFY: &[u8] = &[0, 0x20, 0, 0x98, 4, 0x31, 0x32, 0x33, 0x34];

/// What came of one command.
type Said = Result<(StatusWord, Vec<u8>)>;

struct Desk {
    clock: Clock,
    context: VirtualContext,
    reader: VirtualReader,
    card: VirtualCard,
}

fn desk() -> Desk {
    let clock = Clock::starting_at("2026-11-22T00:00:00Z".parse().expect("literal"));
    let context = VirtualContext::new(clock.shared());
    let reader = context.add_reader("Desk");
    let profile = Profile {
        latency: Latency::TypeB106,
        ..Profile::default()
    };
    let card = VirtualCard::new(profile, clock.shared());
    reader.insert(&card);
    Desk {
        clock,
        context,
        reader,
        card,
    }
}

impl Desk {
    fn wait(&self) -> Wait {
        Wait::at_most(self.clock.shared(), Duration::from_secs(60))
    }

    fn connect(&self) -> Box<dyn CardConnection> {
        let mut reader = self.reader.clone();
        reader
            .connect(ShareMode::Shared, &self.wait())
            .expect("a card is in")
    }

    fn fault<D>(&self, device: D, plan: &FaultPlan) -> Fault<D> {
        Fault::new(device, plan.clone(), self.clock.shared())
    }
}

/// Selects, reads the certificate, verifies the PIN and locks the card; what came of each.
fn dialogue(card: &mut dyn CardConnection, wait: &Wait) -> Vec<Said> {
    let mut transaction = match Transaction::begin(card, wait) {
        Ok(transaction) => transaction,
        Err((_, error)) => return vec![Err(error)],
    };
    let answers = [JPKI, READ, VERIFY]
        .map(|bytes| {
            let command = CommandApdu::parse(bytes).expect("well-formed");
            let response = transaction.transmit(&command, wait)?;
            Ok((response.status(), response.data().to_vec()))
        })
        .into();
    transaction.unpower_at_end();
    drop(transaction);
    answers
}

fn kinds<T>(answers: &[Result<T>]) -> Vec<Option<ErrorKind>> {
    answers
        .iter()
        .map(|answer| answer.as_ref().err().map(Error::kind))
        .collect()
}

/// The tape of a dialogue whose last answer got lost, and its answers.
fn recorded(desk: &Desk) -> (String, Vec<Said>) {
    let plan = FaultPlan::new();
    plan.add(On::Ins(0x20), 1, FaultKind::AnswerLost(ErrorKind::NoCard));
    let tape = Lines::new(100);
    let faulty = desk.fault(desk.reader.clone(), &plan);
    let mut reader = Record::reader(faulty, tape.sink(), desk.clock.shared());
    let mut card = reader
        .connect(ShareMode::Shared, &desk.wait())
        .expect("a card is in");
    let answers = dialogue(&mut *card, &desk.wait());
    drop(card);
    (tape.text(), answers)
}

#[test]
fn the_format_as_it_is_documented() {
    let desk = desk();
    let (tape, _) = recorded(&desk);
    let atr = desk.card.atr();
    let atr: String = atr.iter().map(|byte| format!("{byte:02X}")).collect();
    let length = {
        let mut card = desk.connect();
        let answers = dialogue(&mut *card, &desk.wait());
        answers[1].as_ref().expect("read").1.len()
    };
    let expected = [
        "myna-hal recording 1".to_owned(),
        "> connect shared".to_owned(),
        format!("< card {atr} t1 00000031"),
        "> begin".to_owned(),
        "< done".to_owned(),
        "> transmit 00A4040C 10/0 short D392F000260100000001".to_owned(),
        "< response 0 9000".to_owned(),
        "> transmit 00B08A00 0/65536 extended".to_owned(),
        format!("< response {length} 9000"),
        "> transmit 00200098 4/0 short".to_owned(),
        "< error no-card".to_owned(),
        "> end unpower".to_owned(),
        "< done".to_owned(),
        "> drop".to_owned(),
    ];
    // Times and the connection's number stand second to fourth.
    let words: Vec<String> = tape
        .lines()
        .map(|line| match line.split(' ').collect::<Vec<_>>()[..] {
            [">", _, "1", ref rest @ ..] => format!("> {}", rest.join(" ")),
            ["<", _, "1", _, ref rest @ ..] => format!("< {}", rest.join(" ")),
            _ => line.to_owned(),
        })
        .collect();
    assert_eq!(words, expected);
}

#[test]
fn a_recorded_fault_happens_again_with_its_lengths_and_times() {
    let desk = desk();
    let (tape, before) = recorded(&desk);
    let recording = Recording::parse(&tape).expect("own format");
    let replay = Replay::new(recording, desk.clock.shared());
    let begun = desk.clock.now();
    let mut card = replay
        .clone()
        .connect(ShareMode::Shared, &desk.wait())
        .expect("recorded");
    assert_eq!(card.atr().as_bytes(), desk.card.atr());
    let again = dialogue(&mut *card, &desk.wait());
    drop(card);
    replay.verdict().expect("the same dialogue");
    assert_eq!(kinds(&again), [None, None, Some(ErrorKind::NoCard)]);
    assert_eq!(kinds(&again), kinds(&before));
    for (again, before) in again.iter().zip(&before).take(2) {
        let (again, before) = (again.as_ref().expect("answered"), before.as_ref());
        let before = before.expect("answered");
        assert_eq!(again.0, before.0);
        assert_eq!(again.1, vec![0; before.1.len()], "the length and no body");
    }
    let took = desk.clock.now().since(begun);
    assert!(took > Duration::from_millis(200), "{took:?}");
}

#[test]
fn another_card_fills_the_bodies() {
    let desk = desk();
    let (tape, before) = recorded(&desk);
    let recording = Recording::parse(&tape).expect("own format");
    let replay = Replay::new(recording, desk.clock.shared())
        .at_once()
        .with_bodies_from(desk.reader.clone());
    let mut card = replay.connection(&desk.wait()).expect("recorded");
    let again = dialogue(&mut *card, &desk.wait());
    let body = |answers: &[Said]| answers[1].as_ref().map(|(_, body)| body.clone()).ok();
    assert_eq!(body(&again), body(&before));
    assert_eq!(kinds(&again)[2], Some(ErrorKind::NoCard));
}

#[test]
fn a_whole_authentication_that_failed_fails_again() {
    use crate::myna::{Client, PinOptions, TrustStore};
    let desk = desk();
    let trust = desk.card.trust_pem();
    let authenticate = |reader: &mut dyn CardReader| {
        let mut card = reader.connect(ShareMode::Shared, &desk.wait())?;
        let keys = Keypad::new("keys");
        keys.types("1234");
        let mut pad = HostPinPad::new(keys);
        let mut client = Client::new(TrustStore::from_pem(&trust).expect("own anchors"));
        // Another challenge every time: bodies need not be the same.
        let (challenge, options) = (Client::fresh_challenge(), PinOptions::default());
        let done = client.authenticate(
            &mut *card,
            &mut pad,
            &challenge,
            None,
            options,
            &desk.wait(),
        );
        Ok::<_, Error>(done.map(|_| ()).map_err(|failure| failure.code()))
    };
    let plan = FaultPlan::new();
    plan.add(On::Ins(0x2A), 1, FaultKind::CardReset);
    let tape = Lines::new(100);
    let faulty = desk.fault(desk.reader.clone(), &plan);
    let mut recorded = Record::reader(faulty, tape.sink(), desk.clock.shared());
    let before = authenticate(&mut recorded).expect("a card is in");
    assert_eq!(plan.struck(), 1);

    // Back home: another card of the same kind, and no fault but the recorded one.
    let recording = Recording::parse(&tape.text()).expect("own format");
    let home = VirtualContext::new(desk.clock.shared()).add_reader("Home");
    home.insert(&desk.card);
    let mut replay = Replay::new(recording, desk.clock.shared()).with_bodies_from(home);
    let again = authenticate(&mut replay).expect("recorded");
    replay.verdict().expect("the same dialogue");
    assert_eq!(again, before);
    assert!(again.is_err(), "the signature never came");
}

#[test]
fn a_program_that_departs_is_told_the_line() {
    let desk = desk();
    let (tape, _) = recorded(&desk);
    let recording = Recording::parse(&tape).expect("own format");
    let replay = Replay::new(recording, desk.clock.shared());
    let mut card = replay.connection(&desk.wait()).expect("recorded");
    card.begin_transaction(&desk.wait()).expect("recorded");
    let read = CommandApdu::parse(READ).expect("well-formed");
    for _ in 0..2 {
        let error = card.transmit(&read, &desk.wait()).expect_err("departed");
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(error.to_string().contains("line 6 "), "{error}");
    }
    let select = CommandApdu::parse(JPKI).expect("well-formed");
    assert!(card.transmit(&select, &desk.wait()).is_err(), "for good");
    assert!(matches!(
        replay.verdict(),
        Err(Departure::Other { line: 6, .. })
    ));
    let replay = Replay::new(Recording::default(), desk.clock.shared());
    assert!(replay.connection(&desk.wait()).is_err());
    assert!(matches!(replay.verdict(), Err(Departure::Ended { .. })));
}

#[test]
fn a_program_that_does_less_is_told_how_much() {
    let desk = desk();
    let (tape, _) = recorded(&desk);
    let recording = Recording::parse(&tape).expect("own format");
    let replay = Replay::new(recording, desk.clock.shared());
    drop(replay.connection(&desk.wait()).expect("recorded"));
    assert_eq!(replay.verdict(), Err(Departure::Short(6)));
}

#[test]
fn a_call_that_never_came_back_lasts_as_long_as_the_caller_waits() {
    let desk = desk();
    let _me = desk.clock.enter();
    let (tape, _) = recorded(&desk);
    let cut = tape.find("< ").map(|_| {
        let end = tape.find("> transmit").or_else(|| tape.find("transmit"));
        let line_end = end.and_then(|at| tape[at..].find('\n').map(|length| at + length + 1));
        &tape[..line_end.unwrap_or(tape.len())]
    });
    let recording = Recording::parse(cut.expect("answers")).expect("cut after a call");
    let replay = Replay::new(recording, desk.clock.shared());
    let mut card = replay.connection(&desk.wait()).expect("recorded");
    card.begin_transaction(&desk.wait()).expect("recorded");
    let select = CommandApdu::parse(JPKI).expect("well-formed");
    let begun = desk.clock.now();
    let short = desk.wait().shortened(Duration::from_secs(7));
    let error = card.transmit(&select, &short).expect_err("hangs");
    assert_eq!(error.kind(), ErrorKind::TimedOut);
    assert_eq!(desk.clock.now().since(begun), Duration::from_secs(7));
}

#[test]
fn nothing_of_a_body_is_in_any_line() {
    let desk = desk();
    let lines = Lines::new(1000);
    let (sink, clock) = (lines.sink(), desk.clock.shared());
    let mut context = Trace::new(desk.context.clone(), "desk", sink.clone(), clock.clone());
    let mut readers = context.readers().expect("serving");
    let reader = readers.swap_remove(0);
    let mut reader = Record::reader(reader, sink.clone(), clock.clone());
    let mut card = reader
        .connect(ShareMode::Shared, &desk.wait())
        .expect("a card is in");
    let select = CommandApdu::parse(JPKI).expect("well-formed");
    card.transmit(&select, &desk.wait()).expect("selected");
    let certificate = CommandApdu::parse(READ).expect("well-formed");
    let certificate = card.transmit(&certificate, &desk.wait()).expect("read");
    let keys = Keypad::new("keys");
    keys.types("1234");
    let mut pad = Trace::new(HostPinPad::new(keys), "pad", sink, clock);
    let prompt = PinPrompt::new(PinPurpose::UserAuthentication, PinFormat::exactly(4));
    let request = PinRequest::new(prompt, Header::new(0, 0x20, 0, 0x98));
    let entry = pad.prepare(&request.prompt, &desk.wait());
    assert!(matches!(entry, Ok(PinEntry::Ready)));
    let outcome = pad.verify(&mut *card, &request, &desk.wait());
    assert!(matches!(outcome, Ok(PinOutcome::Verified)));
    pad.discard();
    let _ = card.control(ControlCode(7), b"1234", &desk.wait());
    let text = lines.text();
    let hex = |bytes: &[u8]| -> String { bytes.iter().map(|b| format!("{b:02X}")).collect() };
    for part in certificate.data().windows(8).step_by(8) {
        assert!(!text.contains(&hex(part)), "a piece of the certificate");
    }
    for secret in ["31323334", "49, 50", "49 50", "\"1234\"", " 1234"] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
    for wanted in [
        "desk Desk 2 transmit 00200098 4/0 short",
        "pad prepare UserAuthentication, 4 to 4 digits",
        "pad verify 00 20 00 98, Host path",
        "Verified",
        "discard",
        "control 00000007 4",
        "error unsupported: reader control is not supported by this device",
    ] {
        assert!(text.contains(wanted), "no {wanted} in {text}");
    }
}

#[test]
fn faults_keep_a_call_from_the_device_or_its_answer_from_the_caller() {
    let desk = desk();
    let plan = FaultPlan::new();
    let mut card = desk.fault(desk.connect(), &plan);
    let select = CommandApdu::parse(JPKI).expect("well-formed");
    let verify = CommandApdu::parse(VERIFY).expect("well-formed");
    card.transmit(&select, &desk.wait()).expect("no fault yet");
    let verified = |card: &VirtualCard| card.verify_count(Key::AuthPin);

    let mut struck = |kind| {
        plan.add(On::Ins(0x20), 1, kind);
        let result = card.transmit(&verify, &desk.wait());
        result
            .map(|response| response.status())
            .map_err(|e| e.kind())
    };
    let busy = struck(FaultKind::Refused(ErrorKind::Busy));
    assert_eq!(busy, Err(ErrorKind::Busy));
    let status = StatusWord::new(0x6F00);
    assert_eq!(struck(FaultKind::Status(status)), Ok(status));
    assert_eq!(verified(&desk.card), 0, "the card heard nothing");
    let lost = struck(FaultKind::AnswerLost(ErrorKind::TimedOut));
    assert_eq!(lost, Err(ErrorKind::TimedOut));
    assert_eq!(verified(&desk.card), 1, "the card heard it");
    let cut = struck(FaultKind::Truncated(1));
    assert_eq!(cut, Err(ErrorKind::Protocol));
    let begun = desk.clock.now();
    let late = struck(FaultKind::Delay(Duration::from_secs(3)));
    assert_eq!(late, Ok(StatusWord::OK));
    assert!(desk.clock.now().since(begun) >= Duration::from_secs(3));
    assert_eq!(struck(FaultKind::CardReset), Err(ErrorKind::CardReset));
    assert_eq!(plan.struck(), 6);
    let again = card.transmit(&select, &desk.wait()).map_err(|e| e.kind());
    assert!(
        matches!(again, Err(ErrorKind::CardReset)),
        "until reconnect"
    );
    card.reconnect(Disposition::Leave, &desk.wait())
        .expect("a card is in");
    card.transmit(&select, &desk.wait()).expect("works again");
    plan.add(On::Any, 1, FaultKind::CardRemoved);
    for _ in 0..2 {
        let gone = card.reconnect(Disposition::Leave, &desk.wait());
        assert_eq!(gone.map_err(|e| e.kind()), Err(ErrorKind::NoCard));
    }
}

#[test]
fn a_fault_at_the_end_still_locks_the_card() {
    let desk = desk();
    let plan = FaultPlan::new();
    let mut card = desk.fault(desk.connect(), &plan);
    plan.add(On::End, 1, FaultKind::ReaderRemoved);
    let answers = dialogue(&mut card, &desk.wait());
    assert!(answers.iter().all(Result::is_ok));
    assert!(!desk.card.is_unlocked());
    assert!(!desk.reader.in_transaction());
}

#[test]
fn a_lost_answer_of_a_pad_is_unanswered() {
    let desk = desk();
    let plan = FaultPlan::new();
    let keys = Keypad::new("keys");
    keys.types("1234");
    let mut pad = desk.fault(HostPinPad::new(keys), &plan);
    let prompt = PinPrompt::new(PinPurpose::UserAuthentication, PinFormat::exactly(4));
    let request = PinRequest::new(prompt, Header::new(0, 0x20, 0, 0x98));
    plan.add(On::Prepare, 1, FaultKind::Refused(ErrorKind::Disconnected));
    assert!(pad.prepare(&request.prompt, &desk.wait()).is_err());
    let entry = pad.prepare(&request.prompt, &desk.wait());
    assert!(matches!(entry, Ok(PinEntry::Ready)));
    plan.add(On::Verify, 1, FaultKind::AnswerLost(ErrorKind::NoCard));
    let outcome = pad.verify(&mut *desk.connect(), &request, &desk.wait());
    assert!(matches!(outcome, Ok(PinOutcome::Unanswered(_))));
}

#[test]
fn layers_stack() {
    let desk = desk();
    let (tape, told) = (Lines::new(100), Lines::new(100));
    let plan = FaultPlan::new();
    plan.add(On::Connect, 1, FaultKind::Refused(ErrorKind::Busy));
    let clock = desk.clock.shared();
    let faulty = desk.fault(desk.reader.clone(), &plan);
    let recorded = Record::reader(faulty, tape.sink(), clock.clone());
    let mut reader = Trace::new(recorded, "desk", told.sink(), clock);
    assert!(reader.connect(ShareMode::Exclusive, &desk.wait()).is_err());
    let card = reader.connect(ShareMode::Shared, &desk.wait());
    card.expect("a card is in")
        .disconnect(Disposition::Unpower)
        .expect("open");
    assert!(
        told.text()
            .contains("desk 1 +0.000 error busy: a fault on order")
    );
    let recording = Recording::parse(&tape.text()).expect("own format");
    assert_eq!(recording.dialogues().len(), 2);
    assert_eq!(recording.dialogues()[1].steps.len(), 2);
}
