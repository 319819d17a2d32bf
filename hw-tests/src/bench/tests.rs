//! Who may use what, and which card gets a PIN.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use myna_hal::apdu::{CommandApdu, StatusWord};
use myna_hal::card::{
    CardConnection, CardReader, ControlCode, Disposition, ShareMode, Transaction,
};
use myna_hal::sim::card::{Key, Profile};
use myna_hal::sim::{VirtualCard, VirtualContext, VirtualReader};
use myna_hal::time::{Clock, SystemClock};
use myna_hal::{ErrorKind, Wait};
use sha2::{Digest, Sha256};

use super::*;
use crate::hex;

const EXAMPLE: &str = include_str!("../../bench.example.toml");

#[test]
fn the_example_is_an_inventory() {
    let inventory = Inventory::parse(EXAMPLE, "bench.example.toml").expect("it can be read");
    assert_eq!((inventory.cards.len(), inventory.readers.len()), (1, 3));
    let pad = &inventory.readers[1];
    assert!(pad.is("Gemalto PC Pinpad (usb 3-1.4)") && pad.is("X (usb 3-1.4 interface 1) slot 2"));
    assert!(!pad.is("Gemalto PC Pinpad (usb 3-1.41)") && !pad.is("X (usb 3-1.4.2)"));
    assert!(pad.insert.as_ref().expect("an actuator").is_person());
    assert!(inventory.readers[2].card.is_none());
    let [front, ceiling, picture] = &inventory.cameras[..] else {
        panic!("{:?}", inventory.cameras);
    };
    let id = "v4l2:046d:0825 8C2F51A0 3-2:1.0";
    assert!(front.is("any", id) && ceiling.is("any", id) && ceiling.is("any", &format!("{id} #1")));
    assert!(!front.is("any", "v4l2:046d:0825 8C2F51A0 3-21:1.0") && !front.is("3-2:1.0", "v4l2:x"));
    assert!(!ceiling.is("any", "v4l2:046d:0825 8C2F51A01 3-2:1.0"));
    assert!(picture.picture.is_some() && !picture.is("picture", id));
    assert!(CameraEntry::named("web").is("A webcam", "v4l2:x"));
}

/// What is said of the example with `from` replaced.
fn refused(from: &str, to: &str) -> String {
    assert!(EXAMPLE.contains(from), "{from}");
    let text = EXAMPLE.replacen(from, to, 1);
    Inventory::parse(&text, "b.toml").expect_err(to).to_string()
}

#[test]
fn an_inventory_is_refused_by_file_line_key_and_remedy() {
    let line = |key: &str| {
        let before = EXAMPLE.split(key).next().expect("a part");
        format!("b.toml:{}: ", before.matches('\n').count() + 1)
    };
    for (from, to, says) in [
        ("wrong-pin = true", "wrong-pni = true", "wrong-pni"),
        ("wrong-pin = true", "pin = \"1234\"", "pin-from"),
        ("tries-floor = 3", "tries-floor = 1", "the last try"),
        (
            "card-face-tries-floor = 10",
            "card-face-tries-floor = 5",
            "6 to 10",
        ),
        ("name = \"ceiling\"", "name = \"front\"", "choose another"),
        (
            "certificate-sha256 = \"00",
            "certificate-sha256 = \"0",
            "sha256sum",
        ),
        ("card = \"test-1\"", "card = \"test-2\"", "no [[card]]"),
        ("name = \"pad\"", "name = \"left\"", "choose another"),
    ] {
        let error = refused(from, to);
        assert!(error.starts_with(&line(from)), "{error}, {}", line(from));
        assert!(error.contains(says), "{error}");
    }
    let error = refused("driver = \"ccid\"\n", "");
    assert!(
        error.contains("usb-path") && error.contains("pcsc-name"),
        "{error}"
    );
    let error = refused("serial = ", "# ");
    assert!(error.contains("give one of"), "{error}");
    let error = Inventory::read(Path::new("/nonexistent.toml")).expect_err("no file");
    assert!(error.to_string().contains("bench.example.toml"), "{error}");
}

#[test]
fn a_device_has_one_run_at_a_time() {
    let folder = tempfile::tempdir().expect("a folder");
    let take = |device| Lock::take_in(folder.path(), device);
    let first = take("pcsc:Left 00").expect("nobody has it");
    let error = take("pcsc:Left 00").expect_err("taken");
    let holder = format!("process {}", std::process::id());
    assert!(error.ends_with(&holder), "{error}");
    assert!(take("pcsc:Right 00").is_ok());
    drop(first);
    assert!(take("pcsc:Left 00").is_ok(), "the lock of nobody");
}

#[test]
fn a_command_that_fails_is_not_done() {
    let actuator = |command: &str| {
        let text = format!("name = \"x\"\nserial = \"x\"\nplug = {{ command = {command} }}");
        toml::from_str::<CameraEntry>(&text)
            .expect("an entry")
            .plug
            .expect("an actuator")
    };
    assert_eq!(actuator(r#"["true"]"#).act(), Ok(()));
    let script = r#"["sh", "-c", "echo jammed >&2; exit 3"]"#;
    let error = actuator(script).act().expect_err("status 3");
    assert!(error.contains("jammed"), "{error}");
    assert!(actuator(r#"["/nonexistent"]"#).act().is_err());
    let error = actuator(r#"["sleep", "60"], limit-s = 1"#).act();
    assert!(error.expect_err("late").contains("within 1s"));
}

/// A reader with a card in it, and the card's entry in an inventory.
struct Desk {
    clock: Arc<dyn Clock>,
    reader: VirtualReader,
    card: VirtualCard,
}

/// The entry of a card.
fn entry(card: &VirtualCard, more: &str) -> CardEntry {
    let sha256 = hex(&Sha256::digest(card.auth_certificate()));
    let text = format!("name = \"a\"\ncertificate-sha256 = \"{sha256}\"\n{more}");
    toml::from_str(&text).expect("an entry")
}

impl Desk {
    fn new(profile: Profile) -> Self {
        let clock: Arc<dyn Clock> = SystemClock::shared();
        let reader = VirtualContext::new(clock.clone()).add_reader("Desk");
        let card = VirtualCard::new(profile, clock.clone());
        reader.insert(&card);
        Self {
            clock,
            reader,
            card,
        }
    }

    fn wait(&self) -> Wait {
        Wait::at_most(self.clock.clone(), Duration::from_secs(10))
    }

    fn guarded(&self, custody: &Custody) -> Guarded<Box<dyn CardConnection>> {
        let connection = self.reader.clone().connect(ShareMode::Shared, &self.wait());
        Guarded::new(connection.expect("a card"), custody.clone())
    }

    /// What a command in a transaction comes to, the application selected.
    fn sends(&self, custody: &Custody, command: &[u8]) -> Result<StatusWord, ErrorKind> {
        let wait = self.wait();
        let taken = Transaction::begin(self.guarded(custody), &wait);
        let mut taken = taken.map_err(|(_, error)| error.kind())?;
        taken.unpower_at_end();
        send(&mut taken, SELECT, &wait)?;
        send(&mut taken, command, &wait)
    }

    fn verifies(&self, custody: &Custody, digits: &str) -> Result<StatusWord, ErrorKind> {
        let command = [&[0x00, 0x20, 0x00, 0x98, 0x04], digits.as_bytes()].concat();
        self.sends(custody, &command)
    }

    fn seen(&self) -> (u32, u8) {
        let card = &self.card;
        (
            card.verify_count(Key::AuthPin),
            card.tries_left(Key::AuthPin),
        )
    }
}

const SELECT: &[u8] = &[
    0x00, 0xA4, 0x04, 0x0C, 0x0A, 0xD3, 0x92, 0xF0, 0x00, 0x26, 0x01, 0x00, 0x00, 0x00, 0x01,
];

fn send(
    card: &mut dyn CardConnection,
    command: &[u8],
    wait: &Wait,
) -> Result<StatusWord, ErrorKind> {
    let command = CommandApdu::parse(command).expect("well-formed");
    let response = card.transmit(&command, wait);
    response
        .map(|response| response.status())
        .map_err(|error| error.kind())
}

const DENIED: Result<StatusWord, ErrorKind> = Err(ErrorKind::PermissionDenied);
const VERIFIED: Result<StatusWord, ErrorKind> = Ok(StatusWord::OK);

#[test]
fn a_listed_card_gets_its_pin_and_no_other_card_does() {
    let desk = Desk::new(Profile::default());
    let custody = Custody::of(&entry(&desk.card, ""));
    assert_eq!(desk.verifies(&custody, "1234"), VERIFIED);
    let other = VirtualCard::new(Profile::default(), desk.clock.clone());
    other.rewrite_certificate(&another_certificate(&desk.card));
    let nobody = Custody::of_none("not listed");
    assert_eq!(desk.verifies(&nobody, "1234"), DENIED);
    desk.reader.insert(&other);
    assert_eq!(desk.verifies(&custody, "1234"), DENIED);
    assert_eq!(other.verify_count(Key::AuthPin), 0);
    assert_eq!(desk.seen(), (1, 3));
}

/// The certificate of `card` with its last bit turned.
fn another_certificate(card: &VirtualCard) -> Vec<u8> {
    let mut der = card.auth_certificate().to_vec();
    *der.last_mut().expect("bytes") ^= 1;
    der
}

#[test]
fn a_card_that_is_swapped_after_it_was_looked_at_gets_no_pin() {
    let desk = Desk::new(Profile::default());
    let custody = Custody::of(&entry(&desk.card, ""));
    let other = VirtualCard::new(Profile::default(), desk.clock.clone());
    other.rewrite_certificate(&another_certificate(&desk.card));
    let wait = desk.wait();
    let mut connection = desk.guarded(&custody);
    connection.begin_transaction(&wait).expect("nobody else");
    custody
        .check(&mut connection, Secret::Pin, &wait)
        .map(drop)
        .expect("the card is listed");
    desk.reader.insert(&other);
    connection
        .reconnect(Disposition::Leave, &wait)
        .expect("another card");
    let verify = [0x00, 0x20, 0x00, 0x98, 4, b'1', b'2', b'3', b'4'];
    // As if it were still the transaction in which the first card was looked at.
    assert_eq!(send(&mut connection, &verify, &wait), DENIED);
    connection.begin_transaction(&wait).expect("nobody else");
    assert_eq!(send(&mut connection, &verify, &wait), DENIED);
    assert_eq!(other.verify_count(Key::AuthPin), 0);
}

#[test]
fn a_card_with_fewer_tries_than_its_floor_gets_no_pin() {
    for (left, floor, result) in [(2, 3, DENIED), (2, 2, VERIFIED), (1, 2, DENIED)] {
        let desk = Desk::new(Profile::default().with_tries(Key::AuthPin, left));
        let custody = Custody::of(&entry(&desk.card, &format!("tries-floor = {floor}")));
        assert_eq!(desk.verifies(&custody, "1234"), result, "{left} of {floor}");
    }
}

#[test]
fn a_wrong_pin_is_tried_once_and_made_up_for() {
    let desk = Desk::new(Profile::default());
    let strict = Custody::of(&entry(&desk.card, ""));
    assert!(strict.intend(Intent::Wrong).is_err());
    let custody = Custody::of(&entry(&desk.card, "wrong-pin = true"));
    custody.intend(Intent::Wrong).expect("it is allowed");
    let wrong = desk.verifies(&custody, "4321").expect("an answer");
    assert_eq!(wrong.retries_left(), Some(2));
    assert_eq!(desk.verifies(&custody, "4321"), DENIED);
    // Only the run that owes the try may go below the floor.
    assert_eq!(desk.verifies(&strict, "1234"), DENIED);
    custody.intend(Intent::Right).expect("always");
    assert_eq!(desk.verifies(&custody, "1234"), VERIFIED);
    assert_eq!(desk.seen(), (2, 3));
}

#[test]
fn a_right_pin_that_is_wrong_is_the_last_one() {
    let desk = Desk::new(Profile::default());
    let custody = Custody::of(&entry(&desk.card, "tries-floor = 2"));
    let first = desk.verifies(&custody, "9999").expect("an answer");
    assert_eq!(first.retries_left(), Some(2));
    assert_eq!(desk.verifies(&custody, "1234"), DENIED);
    assert_eq!(desk.seen(), (1, 2));
}

#[test]
fn nothing_else_that_costs_a_try_gets_through() {
    let desk = Desk::new(Profile::default());
    let custody = Custody::of(&entry(&desk.card, ""));
    for command in [
        // VERIFY of another key, of the current one, chained, and with digits too many.
        &[0x00, 0x20, 0x00, 0x9B, 4, b'1', b'2', b'3', b'4'][..],
        &[0x00, 0x20, 0x00, 0x80, 4, b'1', b'2', b'3', b'4'],
        &[0x10, 0x20, 0x00, 0x98, 4, b'1', b'2', b'3', b'4'],
        &[0x00, 0x20, 0x00, 0x98, 5, b'1', b'2', b'3', b'4', b'5'],
        // The card-face code, outside of a visit.
        &[
            0x00, 0x20, 0x00, 0x92, 14, b'5', b'5', b'0', b'2', b'1', b'7', b'2', b'0', b'3', b'5',
            b'2', b'2', b'8', b'5',
        ],
        // CHANGE REFERENCE DATA, RESET RETRY COUNTER, a signature.
        &[0x00, 0x24, 0x01, 0x98, 4, b'1', b'2', b'3', b'4'],
        &[0x00, 0x2C, 0x00, 0x98],
        &[0x80, 0x2A, 0x00, 0x97, 1, 0, 0],
    ] {
        assert_eq!(desk.sends(&custody, command), DENIED, "{}", hex(command));
    }
    let query = desk.sends(&custody, &[0x00, 0x20, 0x00, 0x98]);
    assert_eq!(query.expect("it costs nothing").retries_left(), Some(3));
    let wait = desk.wait();
    let mut connection = desk.guarded(&custody);
    let verify = [0x00, 0x20, 0x00, 0x98, 4, b'1', b'2', b'3', b'4'];
    assert_eq!(
        send(&mut connection, &verify, &wait),
        DENIED,
        "no transaction"
    );
    let control = connection.control(ControlCode(0x4200_0DB0), &verify, &wait);
    assert_eq!(
        control.map_err(|error| error.kind()),
        Err(ErrorKind::PermissionDenied)
    );
    assert_eq!(desk.seen(), (0, 3));
}

/// A visit's connection, and a VERIFY of `digits` as the card-face code in a transaction.
fn opens(desk: &Desk, custody: &Custody, digits: &str) -> Result<StatusWord, ErrorKind> {
    let wait = desk.wait();
    let taken = Transaction::begin(desk.guarded(custody).visiting(), &wait);
    let mut taken = taken.map_err(|(_, error)| error.kind())?;
    taken.unpower_at_end();
    let command = [&[0x00, 0x20, 0x00, 0x92, 14], digits.as_bytes()].concat();
    send(&mut taken, &command, &wait)
}

/// How often the card was sent a card-face code, and how many of its tries are left.
fn codes(card: &VirtualCard) -> (u32, u8) {
    let key = Key::SurfaceB;
    (card.verify_count(key), card.tries_left(key))
}

const CODE_FROM: &str = "card-face-code-from = { env = \"NOT_READ_HERE\" }";

#[test]
fn a_card_face_code_goes_to_the_listed_card_alone() {
    let desk = Desk::new(Profile::default());
    let code = desk.card.holder().card_face_code.clone();
    let listed = Custody::of(&entry(&desk.card, CODE_FROM));
    // Whatever application was selected, the code goes to its own.
    assert_eq!(opens(&desk, &listed, &code), VERIFIED);
    let other = VirtualCard::new(Profile::default(), desk.clock.clone());
    other.rewrite_certificate(&another_certificate(&desk.card));
    desk.reader.insert(&other);
    assert_eq!(opens(&desk, &listed, &code), DENIED);
    assert_eq!(codes(&other), (0, 10));
    desk.reader.insert(&desk.card);
    for custody in [
        Custody::of_none("not listed"),
        // Listed, but for its PIN alone.
        Custody::of(&entry(&desk.card, "")),
    ] {
        assert_eq!(opens(&desk, &custody, &code), DENIED);
    }
    assert_eq!(codes(&desk.card), (1, 10));
    assert_eq!(desk.seen(), (0, 3));
}

#[test]
fn a_card_face_code_has_a_floor_of_its_own() {
    for (left, floor, result) in [(9, 10, DENIED), (9, 9, VERIFIED), (5, 6, DENIED)] {
        let desk = Desk::new(Profile::default().with_tries(Key::SurfaceB, left));
        let code = desk.card.holder().card_face_code.clone();
        let more = format!("{CODE_FROM}\ncard-face-tries-floor = {floor}");
        let custody = Custody::of(&entry(&desk.card, &more));
        assert_eq!(opens(&desk, &custody, &code), result, "{left} of {floor}");
        let spent = u32::from(result == VERIFIED);
        assert_eq!(codes(&desk.card).0, spent);
    }
}

#[test]
fn a_card_face_code_that_is_wrong_is_the_last_of_anything() {
    let desk = Desk::new(Profile::default());
    let more = format!("{CODE_FROM}\ncard-face-tries-floor = 6");
    let custody = Custody::of(&entry(&desk.card, &more));
    let wrong = opens(&desk, &custody, "01010120300000").expect("an answer");
    assert_eq!(wrong.retries_left(), Some(9));
    let code = desk.card.holder().card_face_code.clone();
    assert_eq!(opens(&desk, &custody, &code), DENIED);
    assert_eq!(desk.verifies(&custody, "1234"), DENIED);
    assert_eq!((codes(&desk.card), desk.seen()), ((1, 9), (0, 3)));
}

#[test]
fn a_secret_is_read_from_its_place_and_never_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("code");
    let more = format!("card-face-code-from = {{ file = {path:?} }}");
    let card = VirtualCard::new(Profile::default(), SystemClock::shared());
    let card = entry(&card, &more);
    let missing = card.card_face_code().expect_err("no file");
    assert!(missing.starts_with("card-face-code-from: "), "{missing}");
    std::fs::write(&path, "55021720352285\n").expect("a file");
    assert_eq!(
        card.card_face_code().expect("there").as_str(),
        "55021720352285"
    );
    assert!(!format!("{card:?}").contains("5502"));
    std::fs::write(&path, "5502172035228").expect("a file");
    let error = card.card_face_code().expect_err("13 digits");
    assert!(
        error.ends_with("does not hold 14 digits") && !error.contains("5502"),
        "{error}"
    );
    assert!(card.pin().expect_err("none").contains("pin-from"));
}
