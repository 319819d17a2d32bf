//! What encoding and parsing an APDU allocates: the command, the answer, and nothing else.
#![allow(
    unsafe_code,
    reason = "counting allocations takes a global allocator, whose trait is unsafe"
)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::time::Duration;

use myna_hal::apdu::{Atr, CommandApdu, Header, LengthForm, ResponseApdu, StatusWord};
use myna_hal::card::{CardConnection, Disposition, Protocol};
use myna_hal::device::DeviceInfo;
use myna_hal::exchange::{Aid, Dialogue, Knowledge, ShortFileId, SigningKey};
use myna_hal::{Result, SystemClock, Wait};

/// The system's allocator, with a count for each thread.
struct Counting;

thread_local! {
    static ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
    static BYTES: Cell<usize> = const { Cell::new(0) };
}

fn count(bytes: usize) {
    // A thread that ends allocates after its counters are gone.
    let _ = ALLOCATIONS.try_with(|count| count.set(count.get() + 1));
    let _ = BYTES.try_with(|count| count.set(count.get() + bytes));
}

// SAFETY: every call goes to the system's allocator as it came; counting does not allocate,
// because the counters have constant initial values and nothing to drop.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size());
        // SAFETY: the caller's promise about `layout` is passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: `pointer` came from `System` with this `layout`, by the caller's promise.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(size);
        // SAFETY: as for `dealloc`, and `size` is passed on.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// How many allocations `work` makes on this thread, and of how many bytes.
fn allocated<T>(work: impl FnOnce() -> T) -> (T, usize, usize) {
    let before = (ALLOCATIONS.get(), BYTES.get());
    let result = work();
    let (count, bytes) = (ALLOCATIONS.get(), BYTES.get());
    (result, count - before.0, bytes - before.1)
}

/// A card of one file, that makes each answer in one allocation, as a driver should.
struct OneFile {
    info: DeviceInfo,
    atr: Atr,
    file: Vec<u8>,
    /// Bytes that wait for GET RESPONSE after a signature, in pieces of this size.
    pieces: usize,
    waiting: usize,
}

impl OneFile {
    fn new(length: u16, pieces: usize) -> Self {
        let [high, low] = (length - 4).to_be_bytes();
        let mut file = vec![0x30, 0x82, high, low];
        file.resize(length.into(), 0x5A);
        Self {
            info: DeviceInfo::new("test", "one file"),
            atr: Atr::parse(&[0x3B, 0x00]).expect("the shortest"),
            file,
            pieces,
            waiting: 0,
        }
    }
}

fn answer(data: &[u8], status: u16) -> Result<ResponseApdu> {
    let mut bytes = Vec::with_capacity(data.len() + 2);
    bytes.extend_from_slice(data);
    bytes.extend_from_slice(&status.to_be_bytes());
    ResponseApdu::new(bytes)
}

impl CardConnection for OneFile {
    fn reader(&self) -> &DeviceInfo {
        &self.info
    }

    fn atr(&self) -> &Atr {
        &self.atr
    }

    fn protocol(&self) -> Protocol {
        Protocol::T1
    }

    fn transmit(&mut self, command: &CommandApdu, _: &Wait) -> Result<ResponseApdu> {
        let Header { ins, p1, p2, .. } = command.header();
        match ins {
            0xB0 => {
                let at = match p1 & 0x80 {
                    0 => usize::from(u16::from_be_bytes([p1, p2])),
                    _ => usize::from(p2),
                };
                let rest = &self.file[at..];
                answer(&rest[..command.ne().min(rest.len())], 0x9000)
            }
            0x2A => {
                self.waiting = self.file.len();
                answer(&[], 0x6100)
            }
            0xC0 => {
                let at = self.file.len() - self.waiting;
                let data = &self.file[at..][..self.pieces.min(self.waiting)];
                self.waiting -= data.len();
                answer(data, if self.waiting == 0 { 0x9000 } else { 0x6100 })
            }
            _ => answer(&[], 0x9000),
        }
    }

    fn begin_transaction(&mut self, _: &Wait) -> Result<()> {
        Ok(())
    }

    fn end_transaction(&mut self, _: Disposition) -> Result<()> {
        Ok(())
    }

    fn reconnect(&mut self, _: Disposition, _: &Wait) -> Result<()> {
        Ok(())
    }

    fn disconnect(self: Box<Self>, _: Disposition) -> Result<()> {
        Ok(())
    }
}

fn wait() -> Wait {
    Wait::at_most(SystemClock::shared(), Duration::from_secs(60))
}

fn dialogue(card: &mut OneFile, knowledge: Knowledge) -> Dialogue<&mut OneFile> {
    Dialogue::begin(card, knowledge, &wait())
        .map_err(|(_, error)| error)
        .expect("nobody else has it")
}

const AID: Aid = Aid(&[0xD3, 0x92, 0xF0, 0x00, 0x26, 0x01, 0x00, 0x00, 0x00, 0x01]);
const FILE: ShortFileId = ShortFileId::new(0x0A);

#[test]
fn a_command_and_its_answer_are_two_buffers() {
    let header = Header::new(0x80, 0x2A, 0x00, 0x97);
    let input = [0x5A; 51];
    for (data, ne, form) in [
        (&input[..0], 0, LengthForm::Short),
        (&input[..0], 65_536, LengthForm::Extended),
        (&input[..], 256, LengthForm::Short),
        (&input[..], 256, LengthForm::Extended),
    ] {
        let (command, count, _) = allocated(|| CommandApdu::new(header, data, ne, form));
        assert_eq!(count, 1, "{form:?}");
        let command = command.expect("fits");
        let ((), count, _) = allocated(|| {
            let _ = (command.as_bytes(), command.data(), command.case());
        });
        assert_eq!(count, 0);
    }
    let received = vec![0x90; 1904];
    let (status, count, _) = allocated(|| {
        let response = ResponseApdu::new(received).expect("has a status word");
        (response.status(), response.data().len())
    });
    assert_eq!(status, (StatusWord::new(0x9090), 1902));
    assert_eq!(count, 0, "the buffer that was received is the only one");
}

#[test]
fn a_command_through_the_dialogue_is_two_buffers() {
    let mut card = OneFile::new(1904, 0);
    let mut dialogue = dialogue(&mut card, Knowledge::default());
    let wait = wait();
    let (selected, count, _) = allocated(|| dialogue.select_application(AID, &wait));
    selected.expect("it takes anything");
    assert_eq!(count, 2);
    let (left, count, _) = allocated(|| dialogue.retries_left(FILE, &wait));
    assert_eq!(left.expect("it says 9000"), None);
    assert_eq!(count, 2);
}

#[test]
fn a_file_is_one_buffer_more_however_many_chunks_it_takes() {
    let wait = wait();
    for (knowledge, length, commands) in [
        (Knowledge::everything_works(), 1900, 1),
        (Knowledge::short_only(), 1900, 8),
        (Knowledge::short_only(), 15_000, 59),
        (Knowledge::short_only(), 30_000, 118),
    ] {
        let mut card = OneFile::new(length, 0);
        let mut dialogue = dialogue(&mut card, knowledge);
        let (content, count, bytes) = allocated(|| dialogue.read_file(FILE, &wait));
        let content = content.expect("readable");
        assert_eq!(content.len(), usize::from(length));
        assert_eq!(count, 2 * commands + 1, "{length} in {commands}");
        // Each byte twice: as it is received, and in the content.
        let most = 2 * content.len() + 16 * commands;
        assert!(bytes <= most, "{bytes} bytes for {length}");
    }
}

#[test]
fn an_answer_in_many_pieces_takes_linear_room() {
    let wait = wait();
    for length in [4_000, 32_000] {
        let mut card = OneFile::new(length, 16);
        let mut dialogue = dialogue(&mut card, Knowledge::default());
        let (signature, _, bytes) =
            allocated(|| dialogue.sign(SigningKey::Default, &[0; 32], &wait));
        assert_eq!(signature.expect("fetched").len(), usize::from(length));
        // 28 bytes of command and answer for 16 of data, the growing buffer, and the result.
        let most = 8 * usize::from(length);
        assert!(bytes <= most, "{bytes} bytes for {length}");
    }
}
