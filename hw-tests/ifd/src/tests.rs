use std::ffi::CString;
use std::os::unix::net::{UnixListener, UnixStream};
use std::thread::JoinHandle;

use super::*;
use protocol::{CALLS, EVENTS, receive, send};

/// Questions: operation and body.
type Asked = Vec<(u8, Vec<u8>)>;

const NO_HEADER: *mut IoHeader = std::ptr::null_mut();

/// A reader that gives prepared answers, as raw bytes, and then hangs up.
fn rig(folder: &tempfile::TempDir, answers: Vec<Vec<u8>>) -> (CString, JoinHandle<Asked>) {
    let path = folder.path().join("reader");
    let listener = UnixListener::bind(&path).expect("a socket");
    let thread = std::thread::spawn(move || {
        let mut asked = Vec::new();
        let (mut stream, _) = listener.accept().expect("the handler");
        assert_eq!(first(&mut stream), CALLS);
        for answer in answers {
            asked.push(receive(&stream).expect("a question"));
            io_write(&mut stream, &answer);
        }
        asked
    });
    (name(&path), thread)
}

fn name(path: &std::path::Path) -> CString {
    CString::new(format!("unix:{}", path.display())).expect("no zero in it")
}

fn first(stream: &mut UnixStream) -> u8 {
    let mut byte = [0];
    std::io::Read::read_exact(stream, &mut byte).expect("a purpose");
    byte[0]
}

fn io_write(stream: &mut UnixStream, bytes: &[u8]) {
    std::io::Write::write_all(stream, bytes).expect("the handler listens");
}

fn framed(head: u8, body: &[u8]) -> Vec<u8> {
    let mut frame = Vec::new();
    send(&mut frame, head, body).expect("memory");
    frame
}

fn open(lun: Dword, name: &CString) {
    // SAFETY: a C string.
    let code = unsafe { IFDHCreateChannelByName(lun, name.as_ptr()) };
    assert_eq!(code, IFD_SUCCESS);
}

/// Transmits with room for `space` bytes; what came back, and how long pcscd thinks it is.
fn transmit(lun: Dword, command: &[u8], space: usize) -> (Code, Vec<u8>) {
    // More than `space`, to see what is written behind it.
    let mut buffer = vec![0xEE; space + 16];
    let mut length = space as Dword;
    let header = IoHeader {
        protocol: 2,
        length: 16,
    };
    let sent = command.len() as Dword;
    // SAFETY: as long as they say.
    let code = unsafe {
        IFDHTransmitToICC(
            lun,
            header,
            command.as_ptr(),
            sent,
            buffer.as_mut_ptr(),
            &raw mut length,
            NO_HEADER,
        )
    };
    assert!(buffer[space..].iter().all(|byte| *byte == 0xEE), "overrun");
    buffer.truncate(usize::try_from(length).expect("short"));
    (code, buffer)
}

#[test]
fn every_status_has_its_code() {
    let folder = tempfile::tempdir().expect("a folder");
    let table = [
        (status::DONE, IFD_SUCCESS),
        (status::ABSENT, IFD_ICC_NOT_PRESENT),
        (status::UNPLUGGED, IFD_NO_SUCH_DEVICE),
        (status::SILENT, IFD_RESPONSE_TIMEOUT),
        (status::FAILED, IFD_COMMUNICATION_ERROR),
        (status::UNSUPPORTED, IFD_NOT_SUPPORTED),
        (99, IFD_COMMUNICATION_ERROR),
    ];
    let answers = table.map(|(head, _)| framed(head, &[0x90, 0x00]));
    let (name, thread) = rig(&folder, answers.to_vec());
    open(1 << 16, &name);
    for (_, code) in table {
        let body: &[u8] = if code == IFD_SUCCESS {
            &[0x90, 0x00]
        } else {
            &[]
        };
        assert_eq!(
            transmit(1 << 16, &[0, 0xB0, 0, 0], 2),
            (code, body.to_vec())
        );
    }
    assert_eq!(thread.join().expect("no panic").len(), table.len());
    assert_eq!(IFDHCloseChannel(1 << 16), IFD_SUCCESS);
    assert_eq!(IFDHICCPresence(1 << 16), IFD_NO_SUCH_DEVICE);
}

#[test]
fn a_reader_that_breaks_the_protocol_breaks_nothing_else() {
    let too_long = framed(status::DONE, &[1, 2, 3]);
    let cut = framed(status::DONE, &[1, 2])[..6].to_vec();
    let boast = [&[status::DONE][..], &[0xFF; 4]].concat();
    for (answer, code) in [
        (too_long, IFD_ERROR_INSUFFICIENT_BUFFER),
        (cut, IFD_NO_SUCH_DEVICE),
        (boast, IFD_NO_SUCH_DEVICE),
        (Vec::new(), IFD_NO_SUCH_DEVICE),
    ] {
        let folder = tempfile::tempdir().expect("a folder");
        let (name, thread) = rig(&folder, vec![answer]);
        open(2 << 16, &name);
        assert_eq!(transmit(2 << 16, &[0, 0xB0, 0, 0], 2), (code, Vec::new()));
        let asked = thread.join().expect("no panic");
        assert_eq!(asked, [(operation::TRANSMIT, vec![0, 0xB0, 0, 0])]);
    }
}

#[test]
fn nobody_there_is_a_reader_that_is_gone_and_comes_back() {
    let folder = tempfile::tempdir().expect("a folder");
    open(3 << 16, &name(&folder.path().join("reader")));
    assert_eq!(IFDHICCPresence(3 << 16), IFD_NO_SUCH_DEVICE);
    assert_eq!(wait_event(3 << 16, 1), IFD_SUCCESS);
    let (_, thread) = rig(&folder, vec![framed(status::ABSENT, &[])]);
    assert_eq!(IFDHICCPresence(3 << 16), IFD_ICC_NOT_PRESENT);
    thread.join().expect("no panic");
}

#[test]
fn a_reader_that_hangs_is_given_up_and_its_late_answer_is_nobody_s() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("reader");
    let listener = UnixListener::bind(&path).expect("a socket");
    let bridge = Bridge::new(path).expect("an event descriptor");
    let brief = Duration::from_millis(50);
    let answer = bridge.call(operation::PRESENCE, &[], brief);
    assert_eq!(answer, Err(Failure::Slow));
    let (mut late, _) = listener.accept().expect("the handler");
    let _ = std::io::Write::write_all(&mut late, &framed(status::DONE, &[]));
    assert_eq!(
        bridge.call(operation::PRESENCE, &[], brief),
        Err(Failure::Slow)
    );
}

#[test]
fn news_and_a_stop_end_a_wait() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("reader");
    let listener = UnixListener::bind(&path).expect("a socket");
    let bridge = Bridge::new(path).expect("an event descriptor");
    let long = Duration::from_secs(600);
    let reader = std::thread::spawn(move || {
        let (mut news, _) = listener.accept().expect("the handler");
        assert_eq!(first(&mut news), EVENTS);
        io_write(&mut news, &[0]);
        (news, listener)
    });
    bridge.wait(long);
    let (news, listener) = reader.join().expect("no panic");
    // One that came before the wait counts.
    bridge.stop();
    bridge.wait(long);
    // So does a reader that goes away.
    drop((news, listener));
    bridge.wait(long);
    let start = std::time::Instant::now();
    bridge.wait(Duration::from_millis(1));
    assert!(start.elapsed() < long);
}

#[test]
fn null_pointers_are_refused() {
    let null = std::ptr::null_mut::<u8>;
    let nowhere = std::ptr::null_mut::<Dword>;
    // SAFETY: null is what these must cope with.
    let codes = unsafe {
        [
            IFDHCreateChannelByName(4 << 16, std::ptr::null()),
            IFDHTransmitToICC(
                4 << 16,
                IoHeader {
                    protocol: 0,
                    length: 0,
                },
                null(),
                5,
                null(),
                nowhere(),
                NO_HEADER,
            ),
            IFDHControl(4 << 16, 1, null(), 5, null(), 5, nowhere()),
            IFDHPowerICC(4 << 16, IFD_POWER_UP, null(), nowhere()),
        ]
    };
    assert_eq!(codes[..3], [IFD_COMMUNICATION_ERROR; 3]);
    assert_eq!(codes[3], IFD_NO_SUCH_DEVICE);
}

#[test]
fn a_panic_stays_inside() {
    assert_eq!(guard(|| panic!("a bug")), IFD_COMMUNICATION_ERROR);
}
