//! An IFD handler (IFDHandler API 3.0) for pcscd, whose readers live in another process.
//!
//! pcscd loads this library for an entry of its `reader.conf` like
//!
//! ```text
//! FRIENDLYNAME "Test Reader"
//! DEVICENAME unix:/tmp/reader.sock
//! LIBPATH /…/libifd_bridge.so
//! CHANNELID 0
//! ```
//!
//! and every call of pcscd becomes one question to whoever listens on that socket. The handler
//! knows nothing of cards, PINs or readers. When nobody listens the reader is gone; it is back
//! when somebody does.
//!
//! **Why it is `unsafe`**: pcscd calls C functions with raw pointers, so every exported function
//! turns pointers and lengths into slices. All of that is in this file; each function checks for
//! null, writes no more than the caller has room for, and lets no panic out into C.
#![cfg(target_os = "linux")]
#![allow(non_snake_case, reason = "the names are the interface's")]

mod bridge;
mod protocol;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::ffi::{CStr, OsStr, c_char, c_int, c_long, c_ulong, c_void};
use std::os::unix::ffi::OsStrExt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bridge::{Bridge, Failure};
use protocol::{operation, status};

/// pcsc-lite's `DWORD`, on Linux.
type Dword = c_ulong;
/// Its `RESPONSECODE`.
type Code = c_long;

const IFD_SUCCESS: Code = 0;
const IFD_ERROR_TAG: Code = 600;
const IFD_ERROR_POWER_ACTION: Code = 608;
const IFD_COMMUNICATION_ERROR: Code = 612;
const IFD_RESPONSE_TIMEOUT: Code = 613;
const IFD_NOT_SUPPORTED: Code = 614;
const IFD_ICC_PRESENT: Code = 615;
const IFD_ICC_NOT_PRESENT: Code = 616;
const IFD_NO_SUCH_DEVICE: Code = 617;
const IFD_ERROR_INSUFFICIENT_BUFFER: Code = 618;

const IFD_POWER_UP: Dword = 500;
const IFD_POWER_DOWN: Dword = 501;
const IFD_RESET: Dword = 502;

const TAG_IFD_THREAD_SAFE: Dword = 0x0FAD;
const TAG_IFD_SLOTS_NUMBER: Dword = 0x0FAE;
const TAG_IFD_SIMULTANEOUS_ACCESS: Dword = 0x0FAF;
const TAG_IFD_STOP_POLLING_THREAD: Dword = 0x0FB2;
const TAG_IFD_POLLING_THREAD_WITH_TIMEOUT: Dword = 0x0FB3;

/// Readers of one pcscd: its own limit.
const READERS: u8 = 16;

/// `MAX_ATR_SIZE`
const LONGEST_ATR: usize = 33;

/// How long a reader may think. It has time-outs of its own; this is for one that hangs, and
/// longer than any person takes at a PIN pad.
const PATIENCE: Duration = Duration::from_secs(120);

/// `SCARD_IO_HEADER`
#[repr(C)]
#[derive(Clone, Copy)]
pub struct IoHeader {
    protocol: Dword,
    length: Dword,
}

/// The readers by pcscd's number for them.
static OPEN: Mutex<BTreeMap<Dword, Arc<Bridge>>> = Mutex::new(BTreeMap::new());

fn reader(lun: Dword) -> Option<Arc<Bridge>> {
    let open = OPEN.lock().unwrap_or_else(PoisonError::into_inner);
    open.get(&lun).cloned()
}

/// Keeps a panic from unwinding into pcscd.
fn guard(body: impl FnOnce() -> Code) -> Code {
    catch_unwind(AssertUnwindSafe(body)).unwrap_or(IFD_COMMUNICATION_ERROR)
}

/// Asks a reader; what it says that is not [`status::DONE`] becomes pcscd's code for that.
fn ask(lun: Dword, operation: u8, body: &[u8]) -> Result<Vec<u8>, Code> {
    let reader = reader(lun).ok_or(IFD_NO_SUCH_DEVICE)?;
    match reader.call(operation, body, PATIENCE) {
        Ok((status::DONE, body)) => Ok(body),
        Ok((status::ABSENT, _)) => Err(IFD_ICC_NOT_PRESENT),
        Ok((status::UNPLUGGED, _)) | Err(Failure::Away) => Err(IFD_NO_SUCH_DEVICE),
        Ok((status::SILENT, _)) | Err(Failure::Slow) => Err(IFD_RESPONSE_TIMEOUT),
        Ok((status::UNSUPPORTED, _)) => Err(IFD_NOT_SUPPORTED),
        Ok((status::FAILED, _)) => Err(IFD_COMMUNICATION_ERROR),
        // No word of the protocol.
        Ok(_) => Err(IFD_COMMUNICATION_ERROR),
    }
}

/// The caller's input.
///
/// # Safety
/// `bytes` is null or points to `length` readable bytes.
unsafe fn input<'c>(bytes: *const u8, length: Dword) -> Option<&'c [u8]> {
    let length = usize::try_from(length).ok()?;
    if length == 0 {
        return Some(&[]);
    }
    if bytes.is_null() {
        return None;
    }
    // SAFETY: not null, and as long as the caller promises.
    Some(unsafe { std::slice::from_raw_parts(bytes, length) })
}

/// Copies `result` to the caller, who has room for `room` bytes, and tells how many in `length`.
///
/// # Safety
/// `buffer` is null or points to `room` writable bytes; `length` is null or writable.
unsafe fn output(result: &[u8], buffer: *mut u8, room: Dword, length: *mut Dword) -> Code {
    let fits = usize::try_from(room).is_ok_and(|room| result.len() <= room);
    let code = if !fits || (buffer.is_null() && !result.is_empty()) {
        IFD_ERROR_INSUFFICIENT_BUFFER
    } else {
        IFD_SUCCESS
    };
    if code == IFD_SUCCESS && !result.is_empty() {
        // SAFETY: not null, with room for all of `result`, which is our own.
        unsafe { std::ptr::copy_nonoverlapping(result.as_ptr(), buffer, result.len()) };
    }
    let told = if code == IFD_SUCCESS { result.len() } else { 0 };
    // SAFETY: as this function demands.
    unsafe { tell(length, told) };
    code
}

/// # Safety
/// `length` is null or writable.
unsafe fn tell(length: *mut Dword, value: usize) {
    if !length.is_null() {
        // SAFETY: not null, and writable as the caller promises. Lengths here are small.
        unsafe { length.write(Dword::try_from(value).unwrap_or(0)) };
    }
}

/// # Safety
/// `length` is null or readable.
unsafe fn room(length: *const Dword) -> Dword {
    if length.is_null() {
        return 0;
    }
    // SAFETY: not null, and readable as the caller promises.
    unsafe { length.read() }
}

/// Opens the reader behind `unix:PATH`. That it does not listen yet is no error.
///
/// # Safety
/// As pcscd calls it: `name` is null or a C string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn IFDHCreateChannelByName(lun: Dword, name: *const c_char) -> Code {
    guard(|| {
        if name.is_null() {
            return IFD_COMMUNICATION_ERROR;
        }
        // SAFETY: not null, and a C string as the caller promises.
        let name = unsafe { CStr::from_ptr(name) }.to_bytes();
        let path = name.strip_prefix(b"unix:").map(OsStr::from_bytes);
        match path.map(|path| Bridge::new(path.into())) {
            Some(Ok(bridge)) => {
                let mut open = OPEN.lock().unwrap_or_else(PoisonError::into_inner);
                open.insert(lun, Arc::new(bridge));
                IFD_SUCCESS
            }
            _ => IFD_COMMUNICATION_ERROR,
        }
    })
}

/// Readers without a name cannot be reached.
#[unsafe(no_mangle)]
pub extern "C" fn IFDHCreateChannel(_: Dword, _: Dword) -> Code {
    IFD_NOT_SUPPORTED
}

/// Closes a reader.
#[unsafe(no_mangle)]
pub extern "C" fn IFDHCloseChannel(lun: Dword) -> Code {
    guard(|| {
        let mut open = OPEN.lock().unwrap_or_else(PoisonError::into_inner);
        match open.remove(&lun) {
            Some(reader) => {
                reader.stop();
                IFD_SUCCESS
            }
            None => IFD_NO_SUCH_DEVICE,
        }
    })
}

/// What this library or the reader says about itself.
///
/// # Safety
/// As pcscd calls it: `value` is null or has room for `*length` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn IFDHGetCapabilities(
    lun: Dword,
    tag: Dword,
    length: *mut Dword,
    value: *mut u8,
) -> Code {
    guard(|| {
        let bytes = match tag {
            TAG_IFD_THREAD_SAFE | TAG_IFD_SLOTS_NUMBER => vec![1],
            TAG_IFD_SIMULTANEOUS_ACCESS => vec![READERS],
            TAG_IFD_POLLING_THREAD_WITH_TIMEOUT => address(wait_event as *const c_void),
            TAG_IFD_STOP_POLLING_THREAD => address(stop_event as *const c_void),
            _ => {
                let tag = u32::try_from(tag).unwrap_or(0).to_be_bytes();
                match ask(lun, operation::ATTRIBUTE, &tag) {
                    Ok(bytes) => bytes,
                    Err(IFD_NOT_SUPPORTED) => return IFD_ERROR_TAG,
                    Err(code) => return code,
                }
            }
        };
        if value.is_null() {
            // SAFETY: a caller without a buffer asks for the length.
            unsafe { tell(length, bytes.len()) };
            return IFD_SUCCESS;
        }
        // SAFETY: `value` has room for `*length` bytes.
        unsafe { output(&bytes, value, room(length), length) }
    })
}

fn address(function: *const c_void) -> Vec<u8> {
    function.addr().to_ne_bytes().to_vec()
}

/// Sleeps until a card comes or goes; pcscd calls it again and again on the reader's thread.
extern "C" fn wait_event(lun: Dword, milliseconds: c_int) -> Code {
    guard(|| match reader(lun) {
        Some(reader) => {
            let limit = u64::try_from(milliseconds).unwrap_or(0);
            reader.wait(Duration::from_millis(limit));
            // Also when nothing happened: pcscd would pause otherwise.
            IFD_SUCCESS
        }
        None => IFD_NO_SUCH_DEVICE,
    })
}

extern "C" fn stop_event(lun: Dword) -> Code {
    guard(|| match reader(lun) {
        Some(reader) => {
            reader.stop();
            IFD_SUCCESS
        }
        None => IFD_NO_SUCH_DEVICE,
    })
}

/// Nothing about a reader can be set.
#[unsafe(no_mangle)]
pub extern "C" fn IFDHSetCapabilities(_: Dword, _: Dword, _: Dword, _: *mut u8) -> Code {
    IFD_NOT_SUPPORTED
}

/// The reader speaks whatever protocol the card offers.
#[unsafe(no_mangle)]
pub extern "C" fn IFDHSetProtocolParameters(
    _: Dword,
    _: Dword,
    _: u8,
    _: u8,
    _: u8,
    _: u8,
) -> Code {
    IFD_SUCCESS
}

/// Power and reset.
///
/// # Safety
/// As pcscd calls it: `atr` is null or has room for `MAX_ATR_SIZE` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn IFDHPowerICC(
    lun: Dword,
    action: Dword,
    atr: *mut u8,
    length: *mut Dword,
) -> Code {
    guard(|| {
        // SAFETY: a length is writable if it is not null.
        unsafe { tell(length, 0) };
        let operation = match action {
            IFD_POWER_UP => operation::POWER_UP,
            IFD_POWER_DOWN => operation::POWER_DOWN,
            IFD_RESET => operation::RESET,
            _ => return IFD_NOT_SUPPORTED,
        };
        match ask(lun, operation, &[]) {
            Ok(_) if atr.is_null() => IFD_SUCCESS,
            Ok(bytes) if bytes.len() > LONGEST_ATR => IFD_COMMUNICATION_ERROR,
            // SAFETY: `atr` is not null and has room for the longest one.
            Ok(bytes) => unsafe { output(&bytes, atr, LONGEST_ATR as Dword, length) },
            Err(IFD_NO_SUCH_DEVICE) => IFD_NO_SUCH_DEVICE,
            Err(_) => IFD_ERROR_POWER_ACTION,
        }
    })
}

/// One command to the card. Whatever comes back is passed on, however short.
///
/// # Safety
/// As pcscd calls it: `command` has `sent` bytes, `answer` room for `*received`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn IFDHTransmitToICC(
    lun: Dword,
    protocol: IoHeader,
    command: *const u8,
    sent: Dword,
    answer: *mut u8,
    received: *mut Dword,
    protocol_back: *mut IoHeader,
) -> Code {
    guard(|| {
        // SAFETY: a length is readable and writable if it is not null.
        let space = unsafe { room(received) };
        // SAFETY: the same.
        unsafe { tell(received, 0) };
        // SAFETY: `command` has `sent` bytes.
        let Some(command) = (unsafe { input(command, sent) }) else {
            return IFD_COMMUNICATION_ERROR;
        };
        if !protocol_back.is_null() {
            // SAFETY: not null, so the caller has a header there.
            unsafe { protocol_back.write(protocol) };
        }
        match ask(lun, operation::TRANSMIT, command) {
            // SAFETY: `answer` has room for `space` bytes.
            Ok(bytes) => unsafe { output(&bytes, answer, space, received) },
            Err(code) => code,
        }
    })
}

/// One command to the reader.
///
/// # Safety
/// As pcscd calls it: `sent` has `length` bytes, `answer` room for `space`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn IFDHControl(
    lun: Dword,
    code: Dword,
    sent: *const u8,
    length: Dword,
    answer: *mut u8,
    space: Dword,
    received: *mut Dword,
) -> Code {
    guard(|| {
        // SAFETY: a length is writable if it is not null.
        unsafe { tell(received, 0) };
        // SAFETY: `sent` has `length` bytes.
        let (Ok(code), Some(sent)) = (u32::try_from(code), unsafe { input(sent, length) }) else {
            return IFD_COMMUNICATION_ERROR;
        };
        let body = [&code.to_be_bytes()[..], sent].concat();
        match ask(lun, operation::CONTROL, &body) {
            // SAFETY: `answer` has room for `space` bytes.
            Ok(bytes) => unsafe { output(&bytes, answer, space, received) },
            Err(code) => code,
        }
    })
}

/// Whether a card is there.
#[unsafe(no_mangle)]
pub extern "C" fn IFDHICCPresence(lun: Dword) -> Code {
    guard(|| match ask(lun, operation::PRESENCE, &[]) {
        Ok(_) => IFD_ICC_PRESENT,
        Err(code) => code,
    })
}
