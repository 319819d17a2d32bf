use super::*;
use crate::apdu::{CommandApdu, StatusWord};
use crate::card::{CardPresence, Disposition, ReaderUsage};
use crate::sim::Clock;
use crate::sim::card::{Fault, Key, Latency, Profile, Trigger};
use crate::time::Clock as _;
use crate::wait::CancelToken;

const JPKI: &[u8] = &[0, 0xa4, 4, 12, 10, 0xd3, 0x92, 0xf0, 0, 0x26, 1, 0, 0, 0, 1];
const WRONG: &[u8] = &[0, 0x20, 0, 0x98, 4, 0x39, 0x39, 0x39, 0x39];
const RIGHT: &[u8] = &[0, 0x20, 0, 0x98, 4, 0x31, 0x32, 0x33, 0x34];

struct Desk {
    clock: Clock,
    context: VirtualContext,
    reader: VirtualReader,
    card: VirtualCard,
}

fn desk_with(latency: Latency) -> Desk {
    let clock = Clock::starting_at("2026-11-22T00:00:00Z".parse().expect("literal"));
    let context = VirtualContext::new(clock.shared());
    let reader = context.add_reader("Desk");
    let profile = Profile {
        latency,
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

fn desk() -> Desk {
    desk_with(Latency::None)
}

type Connection = Box<dyn CardConnection>;

impl Desk {
    fn wait(&self) -> Wait {
        Wait::at_most(self.clock.shared(), Duration::from_secs(60))
    }

    fn connect(&self) -> Connection {
        self.try_connect(ShareMode::Shared).expect("a card is in")
    }

    fn try_connect(&self, mode: ShareMode) -> Result<Connection> {
        self.reader.clone().connect(mode, &self.wait())
    }

    fn send(&self, connection: &mut Connection, command: &[u8]) -> Result<u16> {
        send(connection, command, &self.wait())
    }
}

fn send(connection: &mut Connection, command: &[u8], wait: &Wait) -> Result<u16> {
    let command = CommandApdu::parse(command).expect("well-formed");
    let response = connection.transmit(&command, wait)?;
    let status: StatusWord = response.status();
    Ok(u16::from_be_bytes([status.sw1(), status.sw2()]))
}

#[track_caller]
fn kind<T>(result: Result<T>) -> ErrorKind {
    match result {
        Ok(_) => panic!("an error was expected"),
        Err(error) => error.kind(),
    }
}

#[test]
fn a_dialogue() {
    let desk = desk();
    let mut connection = desk.connect();
    assert_eq!(connection.atr().as_bytes(), desk.card.atr());
    assert_eq!(connection.reader().driver, "sim");
    assert_eq!(desk.send(&mut connection, JPKI).ok(), Some(0x9000));
    assert_eq!(desk.send(&mut connection, WRONG).ok(), Some(0x63c2));
    assert_eq!(desk.reader.connections(), 1);
    connection.disconnect(Disposition::Leave).expect("open");
    assert_eq!(desk.reader.connections(), 0);
}

#[test]
fn the_watch_tells_what_is_there_and_what_happens() {
    let mut desk = desk();
    let mut watch = desk.context.watch().expect("serving");
    let wait = desk.wait();
    let mut next = || watch.next_event(&wait).expect("an event");
    assert!(matches!(next(), ReaderEvent::ReaderAdded(info) if info.name == "Desk"));
    let presence = |event| match event {
        ReaderEvent::StateChanged { state, .. } => (state.card, state.usage, state.changes),
        other => panic!("{other:?}"),
    };
    let (here, gone) = (CardPresence::Present, CardPresence::Absent);
    assert_eq!(presence(next()), (here, ReaderUsage::Free, Some(1)));
    desk.reader.remove();
    desk.reader.insert(&desk.card);
    assert_eq!(presence(next()), (gone, ReaderUsage::Free, Some(2)));
    assert_eq!(presence(next()), (here, ReaderUsage::Free, Some(3)));
    let connection = desk.connect();
    assert_eq!(presence(next()).1, ReaderUsage::Shared);
    drop(connection);
    assert_eq!(presence(next()).1, ReaderUsage::Free);
    desk.reader.insert_mute();
    assert_eq!(presence(next()).0, gone);
    assert_eq!(presence(next()).0, CardPresence::Mute);
    desk.reader.unplug();
    assert_eq!(presence(next()).0, gone);
    assert!(matches!(next(), ReaderEvent::ReaderRemoved(_)));
    desk.reader.plug();
    assert!(matches!(next(), ReaderEvent::ReaderAdded(_)));
    assert_eq!(presence(next()).0, gone);
    desk.context.lose_service();
    assert_eq!(next(), ReaderEvent::ServiceLost);
    desk.context.restore_service();
    assert_eq!(next(), ReaderEvent::ServiceBack);
}

#[test]
fn a_watch_waits_through_the_clock() {
    let mut desk = desk();
    let _me = desk.clock.enter();
    let mut watch = desk.context.watch().expect("serving");
    let wait = desk.wait();
    while watch
        .next_event(&wait.shortened(Duration::from_millis(1)))
        .is_ok()
    {}
    let seat = crate::time::Clock::participant(&desk.clock);
    let (reader, clock) = (desk.reader.clone(), desk.clock.clone());
    let thread = std::thread::spawn(move || {
        let _seat = seat.enter();
        let _ = Wait::forever(clock.shared()).sleep(Duration::from_secs(30));
        reader.remove();
    });
    assert!(watch.next_event(&wait).is_ok());
    assert_eq!(
        desk.clock.utc().instant.to_string(),
        "2026-11-22T00:00:30.001Z"
    );
    assert!(thread.join().is_ok());
    assert_eq!(kind(watch.next_event(&wait)), ErrorKind::TimedOut);
}

#[test]
fn no_card_another_card_and_the_same_card_again() {
    let desk = desk();
    let mut connection = desk.connect();
    desk.reader.remove();
    assert_eq!(kind(desk.send(&mut connection, JPKI)), ErrorKind::NoCard);
    assert_eq!(kind(desk.try_connect(ShareMode::Shared)), ErrorKind::NoCard);
    assert_eq!(
        kind(connection.reconnect(Disposition::Leave, &desk.wait())),
        ErrorKind::NoCard
    );
    desk.reader.insert(&desk.card);
    assert_eq!(kind(desk.send(&mut connection, JPKI)), ErrorKind::CardReset);
    connection
        .reconnect(Disposition::Leave, &desk.wait())
        .expect("a card is in");
    assert_eq!(desk.send(&mut connection, JPKI).ok(), Some(0x9000));
    desk.reader.insert_mute();
    assert_eq!(
        kind(desk.try_connect(ShareMode::Shared)),
        ErrorKind::Protocol
    );
}

#[test]
fn exclusive_means_alone() {
    let desk = desk();
    let shared = desk.connect();
    assert_eq!(
        kind(desk.try_connect(ShareMode::Exclusive)),
        ErrorKind::Busy
    );
    drop(shared);
    let exclusive = desk.try_connect(ShareMode::Exclusive).expect("alone");
    assert_eq!(kind(desk.try_connect(ShareMode::Shared)), ErrorKind::Busy);
    drop(exclusive);
    desk.connect();
}

#[test]
fn a_reset_reaches_every_handle() {
    let desk = desk();
    for disposition in [Disposition::Reset, Disposition::Unpower] {
        let mut one = desk.connect();
        let mut two = desk.connect();
        one.begin_transaction(&desk.wait()).expect("free");
        desk.send(&mut one, JPKI).expect("selected");
        desk.send(&mut one, RIGHT).expect("verified");
        one.end_transaction(disposition).expect("open");
        // A warm reset keeps the key verified; only power ends it.
        assert_eq!(desk.card.is_unlocked(), disposition == Disposition::Reset);
        for connection in [&mut one, &mut two] {
            assert_eq!(kind(desk.send(connection, JPKI)), ErrorKind::CardReset);
            connection
                .reconnect(Disposition::Leave, &desk.wait())
                .expect("a card is in");
            assert_eq!(desk.send(connection, JPKI).ok(), Some(0x9000));
        }
    }
    let mut one = desk.connect();
    desk.reader.reset_by_other();
    assert_eq!(kind(desk.send(&mut one, JPKI)), ErrorKind::CardReset);
}

#[test]
fn leaving_leaves_the_card_open_and_a_drop_leaves() {
    let desk = desk();
    let mut connection = desk.connect();
    desk.send(&mut connection, JPKI).expect("selected");
    desk.send(&mut connection, RIGHT).expect("verified");
    drop(connection);
    assert!(desk.card.is_unlocked());
    let connection = desk.connect();
    connection.disconnect(Disposition::Unpower).expect("open");
    assert!(!desk.card.is_unlocked());
    let connection = desk.connect();
    connection.disconnect(Disposition::Eject).expect("open");
    assert!(desk.reader.card().is_none());
}

#[test]
fn others_wait_while_one_has_a_transaction() {
    let desk = desk();
    let _me = desk.clock.enter();
    let mut one = desk.connect();
    let mut two = desk.connect();
    one.begin_transaction(&desk.wait()).expect("free");
    assert!(desk.reader.in_transaction());
    assert_eq!(
        kind(one.begin_transaction(&desk.wait())),
        ErrorKind::InvalidInput
    );
    let short = desk.wait().shortened(Duration::from_millis(500));
    assert_eq!(kind(two.begin_transaction(&short)), ErrorKind::TimedOut);
    let token = CancelToken::new();
    token.cancel();
    let cancelled = desk.wait().with_cancel(token);
    assert_eq!(kind(send(&mut two, JPKI, &cancelled)), ErrorKind::Cancelled);

    let seat = crate::time::Clock::participant(&desk.clock);
    let clock = desk.clock.clone();
    let thread = std::thread::spawn(move || {
        let _seat = seat.enter();
        let wait = Wait::forever(clock.shared());
        let _ = wait.sleep(Duration::from_secs(2));
        let _ = one.end_transaction(Disposition::Leave);
        one
    });
    assert_eq!(desk.send(&mut two, JPKI).ok(), Some(0x9000));
    assert_eq!(
        desk.clock.utc().instant.to_string(),
        "2026-11-22T00:00:02.5Z"
    );
    assert!(thread.join().is_ok());
    assert_eq!(
        kind(two.end_transaction(Disposition::Leave)),
        ErrorKind::InvalidInput
    );
}

#[test]
fn a_dropped_handle_gives_its_transaction_back() {
    let desk = desk();
    let mut one = desk.connect();
    one.begin_transaction(&desk.wait()).expect("free");
    drop(one);
    assert!(!desk.reader.in_transaction());
}

#[test]
fn a_disconnect_does_not_reset_somebody_else_s_transaction() {
    let desk = desk();
    let mut one = desk.connect();
    let two = desk.connect();
    one.begin_transaction(&desk.wait()).expect("free");
    two.disconnect(Disposition::Unpower).expect("open");
    assert_eq!(desk.send(&mut one, JPKI).ok(), Some(0x9000));
    assert_eq!(desk.reader.connections(), 1);
}

#[test]
fn an_abandoned_command_runs_on() {
    let desk = desk_with(Latency::TypeB106);
    let _me = desk.clock.enter();
    let mut one = desk.connect();
    let mut two = desk.connect();
    desk.send(&mut one, JPKI).expect("selected");
    let begun = desk.clock.utc().instant;
    let short = desk.wait().shortened(Duration::from_millis(5));
    assert_eq!(kind(send(&mut one, WRONG, &short)), ErrorKind::TimedOut);
    assert_eq!(desk.card.tries_left(Key::AuthPin), 2, "the card counted");
    assert_eq!(kind(desk.send(&mut one, JPKI)), ErrorKind::Busy);
    // The other handle waits until the card is done: 30 ms for a VERIFY, 10 for its own.
    assert_eq!(desk.send(&mut two, JPKI).ok(), Some(0x9000));
    let passed = desk.clock.utc().instant.duration_since(begun);
    assert_eq!(passed.as_millis(), 40);
    assert_eq!(desk.send(&mut one, JPKI).ok(), Some(0x9000));
    // A wait that is over fails before the card is touched.
    let over = desk.wait().shortened(Duration::ZERO);
    assert_eq!(kind(send(&mut one, WRONG, &over)), ErrorKind::TimedOut);
    assert_eq!(desk.card.tries_left(Key::AuthPin), 2);
}

#[test]
fn faults_arrive_as_errors() {
    let desk = desk();
    let mut connection = desk.connect();
    for (fault, error) in [
        (Fault::LinkError, ErrorKind::Protocol),
        (Fault::Truncate(1), ErrorKind::Protocol),
        (Fault::Mute, ErrorKind::Protocol),
        (Fault::RemoveDuring, ErrorKind::NoCard),
    ] {
        desk.card.inject(Trigger::Nth(1), fault.clone());
        assert_eq!(kind(desk.send(&mut connection, JPKI)), error, "{fault:?}");
    }
    assert!(desk.reader.card().is_none(), "a fault pulled it out");
    assert_eq!(kind(desk.send(&mut connection, JPKI)), ErrorKind::NoCard);
}

#[test]
fn a_mute_card_costs_the_reader_s_patience_or_the_caller_s() {
    let desk = desk();
    let _me = desk.clock.enter();
    let mut connection = desk.connect();
    desk.card.inject(Trigger::Nth(1), Fault::Mute);
    assert_eq!(kind(desk.send(&mut connection, JPKI)), ErrorKind::Protocol);
    assert_eq!(desk.clock.utc().instant.to_string(), "2026-11-22T00:00:10Z");
    desk.card.inject(Trigger::Nth(1), Fault::Mute);
    let short = desk.wait().shortened(Duration::from_secs(1));
    assert_eq!(
        kind(send(&mut connection, JPKI, &short)),
        ErrorKind::TimedOut
    );
    assert_eq!(desk.clock.utc().instant.to_string(), "2026-11-22T00:00:11Z");
}

#[test]
fn a_lost_service_takes_the_connections_with_it() {
    let mut desk = desk();
    let mut connection = desk.connect();
    desk.context.lose_service();
    assert_eq!(
        kind(desk.send(&mut connection, JPKI)),
        ErrorKind::Unavailable
    );
    assert_eq!(kind(desk.context.readers()), ErrorKind::Unavailable);
    desk.context.restore_service();
    assert_eq!(
        kind(desk.send(&mut connection, JPKI)),
        ErrorKind::Disconnected
    );
    let mut readers = desk.context.readers().expect("serving");
    let mut connection = readers[0]
        .connect(ShareMode::Shared, &desk.wait())
        .expect("the card is still in");
    assert_eq!(desk.send(&mut connection, JPKI).ok(), Some(0x9000));
    desk.reader.unplug();
    assert_eq!(
        kind(desk.send(&mut connection, JPKI)),
        ErrorKind::Disconnected
    );
    assert_eq!(kind(readers[0].state()), ErrorKind::NotFound);
    assert!(desk.context.readers().expect("serving").is_empty());
}

#[test]
fn an_idle_transaction_can_be_reset_as_windows_does() {
    let desk = desk();
    desk.reader
        .set_transaction_idle_limit(Some(Duration::from_secs(5)));
    let mut connection = desk.connect();
    connection.begin_transaction(&desk.wait()).expect("free");
    desk.clock.advance(Duration::from_secs(4));
    assert_eq!(desk.send(&mut connection, JPKI).ok(), Some(0x9000));
    desk.clock.advance(Duration::from_secs(5));
    assert_eq!(kind(desk.send(&mut connection, JPKI)), ErrorKind::CardReset);
    assert!(!desk.reader.in_transaction());
}

#[test]
fn an_idle_transaction_lets_those_who_wait_have_a_card_that_was_reset() {
    let desk = desk();
    let _me = desk.clock.enter();
    desk.reader
        .set_transaction_idle_limit(Some(Duration::from_secs(5)));
    let mut one = desk.connect();
    let mut two = desk.connect();
    one.begin_transaction(&desk.wait()).expect("free");
    desk.send(&mut one, JPKI).expect("selected");
    let begun = desk.clock.utc().instant;
    assert_eq!(
        kind(two.begin_transaction(&desk.wait())),
        ErrorKind::CardReset
    );
    let passed = desk.clock.utc().instant.duration_since(begun);
    assert_eq!(passed.as_secs(), 5);
    two.reconnect(Disposition::Leave, &desk.wait())
        .expect("a card is in");
    two.begin_transaction(&desk.wait()).expect("free again");
    assert_eq!(kind(desk.send(&mut one, JPKI)), ErrorKind::CardReset);
    assert_eq!(
        kind(one.end_transaction(Disposition::Unpower)),
        ErrorKind::CardReset
    );
    assert_eq!(desk.send(&mut two, JPKI).ok(), Some(0x9000));
}

#[test]
fn a_card_that_works_for_long_is_not_an_idle_transaction() {
    let desk = desk();
    let _me = desk.clock.enter();
    desk.reader
        .set_transaction_idle_limit(Some(Duration::from_secs(5)));
    let mut one = desk.connect();
    let mut two = desk.connect();
    one.begin_transaction(&desk.wait()).expect("free");
    let delay = Fault::Delay(Duration::from_secs(8));
    desk.card.inject(Trigger::Nth(1), delay);
    let seat = crate::time::Clock::participant(&desk.clock);
    let wait = desk.wait();
    let thread = std::thread::spawn(move || {
        let _seat = seat.enter();
        let answer = send(&mut one, JPKI, &wait);
        (one, answer)
    });
    let short = desk.wait().shortened(Duration::from_secs(6));
    assert_eq!(kind(two.begin_transaction(&short)), ErrorKind::TimedOut);
    // Until the answer is there; waiting for the thread would stop the clock.
    desk.wait()
        .sleep(Duration::from_secs(10))
        .expect("time passes");
    let (_one, answer) = thread.join().expect("no panic");
    assert_eq!(answer.ok(), Some(0x9000));
}

/// The person takes twenty seconds; a transaction that waited for them would be gone.
#[test]
fn no_transaction_waits_for_a_person() {
    use crate::myna::{Client, PinOptions, TrustStore};
    use crate::pin::HostPinPad;

    let desk = desk();
    let _me = desk.clock.enter();
    desk.reader
        .set_transaction_idle_limit(Some(Duration::from_secs(5)));
    let trust = TrustStore::from_pem(&desk.card.trust_pem()).expect("its own trust");
    let keys = crate::sim::Keypad::new("keys");
    let mut pad = HostPinPad::new(keys.clone());
    let mut connection = desk.connect();
    let mut client = Client::new(trust);
    for _ in 0..2 {
        keys.types_after(Duration::from_secs(20), "1234");
        client
            .authenticate(
                &mut *connection,
                &mut pad,
                b"a challenge",
                None,
                PinOptions::default(),
                &desk.wait(),
            )
            .expect("nothing was reset meanwhile");
        assert!(!desk.card.is_unlocked());
    }
}
