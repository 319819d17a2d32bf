//! A reader on USB that says what it likes, behind the whole driver.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use myna_hal::apdu::CommandApdu;
use myna_hal::card::{CardReader as _, ShareMode};
use myna_hal::drivers::ccid::{
    Block, BlockKind, Bus, CcidContext, ClassDescriptor, Found, Notifications, Opened, Transport,
};
use myna_hal::sim;
use myna_hal::time::{Clock as _, Wake};
use myna_hal::{Result, Wait};
use zeroize::Zeroizing;

use super::Taken;

/// What is sent to the card: SELECT, a VERIFY that may go out once, and a reading.
const COMMANDS: [&[u8]; 3] = [
    &[0, 0xA4, 4, 0x0C, 2, 1, 2],
    &[0, 0x20, 0, 0x98, 4, 0x31, 0x32, 0x33, 0x34],
    &[0, 0xB0, 0x8A, 0, 0, 0, 0],
];

/// `dwFeatures` of readers of blocks, of short commands and of commands of every length, and of blocks
/// again, by one that leaves everything to its driver.
const FEATURES: [u32; 4] = [0x0001_00B2, 0x0002_07B2, 0x0004_04BE, 0x0001_0230];

/// Longer than the driver may wait for all of it, whatever it is told.
const LONGEST: Duration = Duration::from_secs(1200);

/// Where a message has its length, and behind it slot and sequence number (CCID 1.1 table 6.1-1).
const LENGTH_AT: usize = 1;
const HEADER: usize = 10;

/// The level of exchange in one byte, then messages of the reader: each behind a byte that says
/// whether it is to answer the command that was sent last, and its length in one byte.
pub(crate) fn driver(data: &[u8]) -> Taken {
    let Some((level, mut rest)) = data.split_first() else {
        return false;
    };
    let mut messages = VecDeque::new();
    while let [answers, length, after @ ..] = rest {
        let (message, after) = after.split_at(usize::from(*length).min(after.len()));
        messages.push_back((answers & 1 == 1, message.to_vec()));
        rest = after;
    }
    let clock = sim::Clock::starting_at("2026-11-22T00:00:00Z".parse().expect("a literal"));
    let _me = clock.enter();
    let line = Line(Arc::new(Mutex::new(Said {
        messages,
        last: Vec::new(),
        heard: Vec::new(),
        verified: None,
        twice: false,
    })));
    let bus = OneReader {
        descriptor: descriptor(FEATURES[usize::from(*level) % FEATURES.len()]),
        line: line.clone(),
    };
    let wait = Wait::at_most(clock.shared(), LONGEST);
    let begun = clock.now();
    let taken = talk(&CcidContext::with_bus(bus, clock.shared()), &wait);
    assert!(clock.now().since(begun) < LONGEST, "it was held up");
    assert!(!line.lock().twice, "a PIN went out twice");
    taken.is_ok_and(|all| all)
}

/// Whether every command was answered with 9000.
fn talk(context: &CcidContext, wait: &Wait) -> Result<bool> {
    let mut reader = context.list()?.swap_remove(0);
    let _ = reader.state();
    let mut card = reader.connect(ShareMode::Shared, wait)?;
    let mut all = true;
    for command in COMMANDS {
        let command = CommandApdu::parse(command).expect("well-formed");
        // Whatever came of one, the next is tried.
        all &= card
            .transmit(&command, wait)
            .is_ok_and(|response| response.status().is_ok());
    }
    Ok(all)
}

fn descriptor(features: u32) -> ClassDescriptor {
    let mut bytes = [0; ClassDescriptor::LENGTH];
    bytes[..7].copy_from_slice(&[0x36, 0x21, 0x10, 1, 0, 7, 3]);
    bytes[10..14].copy_from_slice(&4000_u32.to_le_bytes());
    bytes[23..27].copy_from_slice(&344_105_u32.to_le_bytes());
    bytes[28] = 254;
    bytes[40..44].copy_from_slice(&features.to_le_bytes());
    bytes[44..48].copy_from_slice(&65_544_u32.to_le_bytes());
    ClassDescriptor::parse(&bytes).expect("whole")
}

struct OneReader {
    descriptor: ClassDescriptor,
    line: Line,
}

impl Bus for OneReader {
    fn readers(&self) -> Result<Vec<Found>> {
        let mut found = Found::new("1", "bus 1", (0x1209, 1), "Reader");
        found.descriptor = Some(self.descriptor);
        Ok(vec![found])
    }

    fn open(&self, _: &Found) -> Result<Opened> {
        Ok(Opened::new(
            self.descriptor,
            Box::new(self.line.clone()),
            Some(Box::new(Quiet)),
        ))
    }
}

/// No card comes or goes: a reader without this pipe is asked instead, now and then.
struct Quiet;

impl Notifications for Quiet {
    fn next(&mut self, _: &Wake) -> Result<Option<Vec<u8>>> {
        Ok(None)
    }
}

#[derive(Clone)]
struct Line(Arc<Mutex<Said>>);

struct Said {
    messages: VecDeque<(bool, Vec<u8>)>,
    /// The command that was sent last.
    last: Vec<u8>,
    /// What was said last.
    heard: Vec<u8>,
    /// What the PIN went out in.
    verified: Option<Vec<u8>>,
    /// It went out again, and not because a card asked for it.
    twice: bool,
}

impl Said {
    /// A PIN goes out once. Of a card that numbers its blocks it may be asked for again: the card says that
    /// it did not get that very block.
    fn verifies(&mut self, data: &[u8]) {
        let Some(before) = self.verified.replace(data.to_vec()) else {
            return;
        };
        let number = |block: &[u8]| Block::parse(block).map(|block| block.kind());
        let heard = self.heard.get(HEADER..).unwrap_or_default();
        let asked_for = matches!(
            (number(data), number(heard)),
            (
                Ok(BlockKind::Information { number: sent, .. }),
                Ok(BlockKind::Ready { number: asked, .. }),
            ) if sent == asked
        );
        self.twice |= !asked_for || before != data;
    }
}

impl Line {
    fn lock(&self) -> std::sync::MutexGuard<'_, Said> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Transport for Line {
    fn send(&mut self, message: &[u8], _: Duration) -> Result<()> {
        let mut said = self.lock();
        let verify = COMMANDS[1];
        if message.windows(verify.len()).any(|window| window == verify) {
            said.verifies(&message[HEADER..]);
        }
        said.last = message.to_vec();
        Ok(())
    }

    fn receive(&mut self, _: &Wake) -> Result<Option<Zeroizing<Vec<u8>>>> {
        let mut said = self.lock();
        let Some((answers, mut message)) = said.messages.pop_front() else {
            return Ok(None);
        };
        if answers && message.len() >= HEADER && said.last.len() >= HEADER {
            let length = (message.len() - HEADER) as u32;
            message[LENGTH_AT..LENGTH_AT + 4].copy_from_slice(&length.to_le_bytes());
            message[LENGTH_AT + 4..LENGTH_AT + 6]
                .copy_from_slice(&said.last[LENGTH_AT + 4..LENGTH_AT + 6]);
        }
        said.heard.clone_from(&message);
        Ok(Some(Zeroizing::new(message)))
    }

    fn abort(&mut self, _: u8, _: u8, _: Duration) -> Result<()> {
        Ok(())
    }
}
