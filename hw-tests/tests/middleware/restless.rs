//! A service whose readers come and go between any two questions, and a client with many threads.
//!
//! The client library of pcsc-lite has one table of readers for all threads of a program. It measures the
//! names there, and copies them afterwards; another thread's question may have changed the table meanwhile
//! (1.9.9, `SCardListReaders`). Real readers do not come and go so quickly that a test would meet this, so
//! the service here is one of our own; the client library is the real one.

use std::io::{self, Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use hw_tests::puppet::Puppet;

use crate::PUPPET;

/// How many threads of the client watch for readers, and how many list them.
const WATCHING: usize = 8;
const LISTING: usize = 4;

/// How many orders each of these has at a time.
const AT_ONCE: usize = 50;

/// With names asked for in a buffer that is just large enough, the client ended with a broken heap in each of
/// six runs, after 0.3 to 2.8 s.
const SPELL: Duration = Duration::from_secs(4);

#[test]
fn readers_that_come_and_go_at_every_question_do_no_harm() {
    let folder = tempfile::tempdir().expect("a folder");
    let socket = folder.path().join("pcscd.comm");
    let listener = UnixListener::bind(&socket).expect("a socket");
    thread::spawn(move || {
        for (number, client) in (1..).zip(listener.incoming().flatten()) {
            thread::spawn(move || serve(client, number));
        }
    });
    let puppet = Puppet::of(Command::new(PUPPET).env("PCSCLITE_CSOCK_NAME", &socket));
    let mut hands = 'a'..;
    for hand in hands.by_ref().take(WATCHING) {
        assert_eq!(puppet.ask(hand, "watch"), "ok");
    }
    let listing: Vec<char> = hands.take(LISTING).collect();
    let (mut fewest, mut most) = (usize::MAX, 0);
    let begun = Instant::now();
    while begun.elapsed() < SPELL {
        for _ in 0..AT_ONCE {
            for hand in &listing {
                puppet.tell(*hand, "readers");
            }
        }
        for hand in listing.iter().cycle().take(listing.len() * AT_ONCE) {
            let outcome = puppet.hear(*hand);
            let listed: usize = outcome.result.parse().expect("a number of readers");
            (fewest, most) = (listed.min(fewest), listed.max(most));
        }
    }
    assert!(fewest < most, "no readers came and went: {fewest}, {most}");
}

/// What `winscard_msg.h` and `eventhandler.h` of pcsc-lite 1.9.9 say: at most so many readers, and how many
/// bytes stand for each, of which these many are its name.
const READERS: usize = 16;
const READER: usize = 184;
const NAME: usize = 128;
/// Where a reader's state stands, and that it is empty (`SCARD_ABSENT`).
const STATE: usize = NAME + 4;
const ABSENT: u8 = 2;

/// How many readers there are between two answers with as many as there can be.
const FEW: usize = 1;

/// Every reader of `count`, with as long a name as there is, and no card.
fn states(count: usize) -> Vec<u8> {
    let mut states = vec![0; READERS * READER];
    for (number, reader) in states.chunks_mut(READER).take(count).enumerate() {
        let name = format!("{number:02} {:x<100}", "restless reader ");
        reader[..name.len()].copy_from_slice(name.as_bytes());
        reader[STATE] = ABSENT;
    }
    states
}

/// The dialogue with the context of that number, to its end.
fn serve(mut client: UnixStream, number: u32) -> io::Result<()> {
    const ESTABLISH_CONTEXT: u32 = 0x01;
    const GET_READERS_STATE: u32 = 0x12;
    const WAIT_READER_STATE_CHANGE: u32 = 0x13;
    const STOP_WAITING: u32 = 0x14;
    /// A time-out, which nobody reads, and that all went well.
    const CHANGED: [u8; 8] = [0; 8];
    let mut changes = [FEW, FEW + 1].into_iter().cycle();
    let mut in_a_row = 0;
    let mut awaits_change = false;
    loop {
        // Whoever waits for a change hears of one at once, unless they have something else to say.
        client.set_read_timeout(awaits_change.then_some(Duration::from_millis(1)))?;
        let mut header = [0; 8];
        match client.read_exact(&mut header) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                client.write_all(&CHANGED)?;
                awaits_change = false;
                continue;
            }
            read => read?,
        }
        let [size, command] = [0, 4].map(|at| {
            let word = header[at..at + 4].try_into().expect("four bytes");
            u32::from_ne_bytes(word)
        });
        client.set_read_timeout(None)?;
        let mut said = vec![0; size as usize];
        client.read_exact(&mut said)?;
        match command {
            // Whoever asks again and again does not watch, and hears of all.
            GET_READERS_STATE => {
                in_a_row += 1;
                let count = if in_a_row > 2 { READERS } else { FEW };
                client.write_all(&states(count))?;
            }
            WAIT_READER_STATE_CHANGE => {
                client.write_all(&states(changes.next().expect("without end")))?;
                awaits_change = true;
                in_a_row = 0;
            }
            // Whoever has heard of a change waits no more, and is told nothing of it.
            STOP_WAITING if awaits_change => {
                client.write_all(&CHANGED)?;
                awaits_change = false;
            }
            STOP_WAITING => {}
            ESTABLISH_CONTEXT => {
                said[4..8].copy_from_slice(&number.to_ne_bytes());
                client.write_all(&said)?;
            }
            // What was said is the answer.
            _ => client.write_all(&said)?,
        }
    }
}
