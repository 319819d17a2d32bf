//! Serves one device over a stream: transfers that are answered at once, and those that stay
//! pending until the device has something to say.

use std::collections::VecDeque;
use std::io::{self, BufReader, ErrorKind};
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::control;
use crate::device::{Read, UsbDevice, Waker};
use crate::usbip::{self, Command, Submit, status};

/// How long the bus sleeps when neither the device nor anybody else wakes it.
const IDLE: Duration = Duration::from_secs(1);

/// How long at least: a device that wants to speak and is not asked stays overdue.
const PACE: Duration = Duration::from_millis(2);

const TO_HOST: u8 = 0x80;

/// A device being served. Dropping it hangs up.
pub struct Bus {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
}

struct Shared {
    state: Mutex<State>,
    waker: Waker,
    hung_up: AtomicBool,
    transfers: AtomicU64,
    /// For hanging up from outside the lock.
    stream: UnixStream,
}

struct State {
    device: Box<dyn UsbDevice>,
    /// The plug is pulled, and the host need not know yet.
    is_gone: bool,
    stream: UnixStream,
    pending: VecDeque<Pending>,
    /// When the thread that keeps pace looks next.
    looks_at: Instant,
}

/// A read that the device has not answered.
struct Pending {
    sequence: u32,
    endpoint: u8,
    length: usize,
}

impl Bus {
    /// Serves `device` to whoever speaks USB/IP at the other end of `stream`.
    ///
    /// # Errors
    /// When the stream cannot be shared or a thread cannot be started.
    pub fn serve(mut device: impl UsbDevice + 'static, stream: UnixStream) -> io::Result<Self> {
        let waker = Waker::new();
        device.attached(waker.clone());
        let incoming = stream.try_clone()?;
        let shared = Arc::new(Shared {
            state: Mutex::new(State {
                device: Box::new(device),
                is_gone: false,
                stream: stream.try_clone()?,
                pending: VecDeque::new(),
                looks_at: Instant::now(),
            }),
            waker,
            hung_up: AtomicBool::new(false),
            transfers: AtomicU64::new(0),
            stream,
        });
        let (hears, keeps) = (shared.clone(), shared.clone());
        let spawn = |name: &str, work: Box<dyn FnOnce() + Send>| {
            std::thread::Builder::new()
                .name(name.to_owned())
                .spawn(work)
        };
        let threads = vec![
            spawn("usb bus", Box::new(move || hears.hear(incoming)))?,
            spawn("usb device", Box::new(move || keeps.keep_pace()))?,
        ];
        Ok(Self { shared, threads })
    }

    /// Transfers so far, in both directions and on every endpoint.
    #[must_use]
    pub fn transfers(&self) -> u64 {
        self.shared.transfers.load(Ordering::Relaxed)
    }

    /// The device answers no more: transfers end as they do at a port with nothing in it, those that are under
    /// way at once.
    pub(crate) fn vanish(&self) {
        let mut state = self.shared.lock();
        state.is_gone = true;
        // When that fails the other end has hung up.
        let _ = state.advance();
    }

    /// Whether the other end has not hung up.
    pub(crate) fn is_up(&self) -> bool {
        !self.shared.hung_up.load(Ordering::SeqCst)
    }
}

impl Drop for Bus {
    fn drop(&mut self) {
        self.shared.hang_up();
        for thread in self.threads.drain(..) {
            // One that panicked has said so already.
            let _ = thread.join();
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn hang_up(&self) {
        self.hung_up.store(true, Ordering::SeqCst);
        // Ends the read of the thread that hears; fails when the other end was first.
        let _ = self.stream.shutdown(std::net::Shutdown::Both);
        self.waker.wake();
    }

    /// Takes commands until somebody hangs up.
    fn hear(&self, incoming: UnixStream) {
        // The kernel says a command and its data at once.
        let mut incoming = BufReader::new(incoming);
        let ended = loop {
            let taken = Command::read(&mut incoming).and_then(|command| {
                self.transfers.fetch_add(1, Ordering::Relaxed);
                let mut state = self.lock();
                state.take(command).and_then(|()| state.advance())?;
                // What was taken may make the device's time come sooner.
                if state.is_sooner() {
                    self.waker.wake();
                }
                Ok(())
            });
            if let Err(error) = taken {
                break error;
            }
        };
        if !self.hung_up.load(Ordering::SeqCst) && !is_farewell(&ended) {
            #[expect(clippy::print_stderr, reason = "who reads the log wants to know")]
            {
                eprintln!("a simulated device left the bus: {ended}");
            }
        }
        self.hang_up();
    }

    /// Tries pending reads again whenever the device wakes the bus or its time has come.
    fn keep_pace(&self) {
        while !self.hung_up.load(Ordering::SeqCst) {
            let rest = {
                let mut state = self.lock();
                let rest = state.rest();
                state.looks_at = Instant::now() + rest;
                rest
            };
            self.waker.wait(rest);
            if self.lock().advance().is_err() {
                return;
            }
        }
    }
}

/// Whether that is how the other end takes its leave.
fn is_farewell(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::UnexpectedEof | ErrorKind::BrokenPipe | ErrorKind::ConnectionReset
    )
}

impl State {
    /// How long nobody need look.
    fn rest(&self) -> Duration {
        let due = self.device.due_in().unwrap_or(IDLE);
        due.clamp(PACE, IDLE)
    }

    /// Whether the device's time comes before somebody looks.
    fn is_sooner(&self) -> bool {
        Instant::now() + self.rest() + PACE < self.looks_at
    }

    fn take(&mut self, command: Command) -> io::Result<()> {
        match command {
            Command::Unlink { sequence, victim } => {
                let before = self.pending.len();
                self.pending.retain(|pending| pending.sequence != victim);
                usbip::unlinked(&mut self.stream, sequence, self.pending.len() < before)
            }
            Command::Submit(submit) if self.is_gone => self.nobody(submit.sequence),
            Command::Submit(submit) if submit.endpoint == 0 => self.control(&submit),
            Command::Submit(submit) if submit.is_in => {
                self.pending.push_back(Pending {
                    sequence: submit.sequence,
                    endpoint: submit.endpoint | TO_HOST,
                    length: submit.length,
                });
                Ok(())
            }
            Command::Submit(submit) => {
                let taken = self.device.write(submit.endpoint, &submit.data);
                let (status, passed) = if taken {
                    (status::DONE, submit.data.len())
                } else {
                    (status::STALL, 0)
                };
                usbip::answer(&mut self.stream, submit.sequence, status, passed, &[])
            }
        }
    }

    fn nobody(&mut self, sequence: u32) -> io::Result<()> {
        usbip::answer(&mut self.stream, sequence, status::NOBODY, 0, &[])
    }

    fn control(&mut self, submit: &Submit) -> io::Result<()> {
        let answer = control::answer(&mut *self.device, &submit.setup, &submit.data);
        let (status, passed, data) = match answer {
            None => (status::STALL, 0, Vec::new()),
            Some(data) if submit.is_in => (status::DONE, data.len(), data),
            Some(_) => (status::DONE, submit.data.len(), Vec::new()),
        };
        usbip::answer(&mut self.stream, submit.sequence, status, passed, &data)
    }

    /// Answers pending reads. Each endpoint is served in order: one that has nothing to say holds
    /// up only itself.
    fn advance(&mut self) -> io::Result<()> {
        if self.is_gone {
            while let Some(pending) = self.pending.pop_front() {
                self.nobody(pending.sequence)?;
            }
        }
        let mut silent = 0_u16;
        let mut at = 0;
        while let Some(pending) = self.pending.get(at) {
            let bit = 1 << (pending.endpoint & 0x0F);
            if silent & bit != 0 {
                at += 1;
                continue;
            }
            let (sequence, length) = (pending.sequence, pending.length);
            let (status, data) = match self.device.read(pending.endpoint, length) {
                Read::Pending => {
                    silent |= bit;
                    at += 1;
                    continue;
                }
                Read::Stall => (status::STALL, Vec::new()),
                Read::Data(data) if data.len() > length => {
                    return Err(io::Error::new(
                        ErrorKind::InvalidData,
                        "the device says more than it was asked for",
                    ));
                }
                Read::Data(data) => (status::DONE, data),
            };
            self.pending.remove(at);
            usbip::answer(&mut self.stream, sequence, status, data.len(), &data)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};

    use super::*;
    use crate::descriptor::{Descriptors, Identity};
    use crate::device::{Setup, Speed};

    /// Says on endpoint 81 what was written to endpoint 1; endpoint 82 is silent, and 83 says a word some
    /// time after something was written.
    struct Echo(Descriptors, VecDeque<Vec<u8>>, Option<Instant>);

    const LATER: Duration = Duration::from_millis(50);

    impl UsbDevice for Echo {
        fn descriptors(&self) -> &Descriptors {
            &self.0
        }

        fn write(&mut self, endpoint: u8, data: &[u8]) -> bool {
            self.1.push_back(data.to_vec());
            self.2 = Some(Instant::now() + LATER);
            endpoint == 1
        }

        fn due_in(&self) -> Option<Duration> {
            let later = self.2?;
            Some(later.saturating_duration_since(Instant::now()))
        }

        fn read(&mut self, endpoint: u8, _: usize) -> Read {
            if endpoint == 0x83 && self.2.is_some_and(|later| later <= Instant::now()) {
                self.2 = None;
                return Read::Data(b"later".to_vec());
            }
            if endpoint != 0x81 {
                return Read::Pending;
            }
            self.1.pop_front().map_or(Read::Pending, Read::Data)
        }

        fn control(&mut self, _: &Setup, _: &[u8]) -> Option<Vec<u8>> {
            None
        }
    }

    /// The kernel's end.
    struct Kernel {
        stream: UnixStream,
        bus: Bus,
    }

    fn kernel() -> Kernel {
        let identity = Identity {
            vendor: 0x1209,
            product: 1,
            release: 0x0100,
            manufacturer: "Nobody",
            name: "Echo",
        };
        let device = Echo(
            Descriptors::new(Speed::Full, &identity, [0; 3], 0, &[]),
            VecDeque::new(),
            None,
        );
        let (ours, theirs) = UnixStream::pair().expect("a pair of sockets");
        ours.set_read_timeout(Some(Duration::from_secs(10)))
            .expect("a time limit");
        Kernel {
            stream: ours,
            bus: Bus::serve(device, theirs).expect("threads"),
        }
    }

    impl Kernel {
        fn submit(&mut self, sequence: u32, endpoint: u32, is_in: bool, data: &[u8]) {
            let mut header = [0; 48];
            let length = if is_in { 64 } else { data.len() as u32 };
            for (at, value) in [
                (0, 1),
                (4, sequence),
                (12, u32::from(is_in)),
                (16, endpoint),
                (24, length),
            ] {
                header[at..at + 4].copy_from_slice(&value.to_be_bytes());
            }
            self.stream.write_all(&header).expect("sent");
            self.stream.write_all(data).expect("sent");
        }

        fn unlink(&mut self, sequence: u32, victim: u32) {
            let mut header = [0; 48];
            for (at, value) in [(0, 2), (4, sequence), (20, victim)] {
                header[at..at + 4].copy_from_slice(&value.to_be_bytes());
            }
            self.stream.write_all(&header).expect("sent");
        }

        /// Sequence, status, and what passed.
        fn answer(&mut self, with_data: bool) -> (u32, i32, Vec<u8>) {
            let mut header = [0; 48];
            self.stream.read_exact(&mut header).expect("an answer");
            let word =
                |at: usize| u32::from_be_bytes(header[at..at + 4].try_into().expect("four bytes"));
            let mut data = vec![0; if with_data { word(24) as usize } else { 0 }];
            self.stream.read_exact(&mut data).expect("its data");
            (word(4), word(20) as i32, data)
        }
    }

    #[test]
    fn a_read_waits_for_the_device_and_holds_up_only_its_endpoint() {
        let mut kernel = kernel();
        kernel.submit(1, 2, true, &[]);
        kernel.submit(2, 1, true, &[]);
        kernel.submit(3, 1, false, b"hello");
        assert_eq!(kernel.answer(false), (3, 0, vec![]));
        assert_eq!(kernel.answer(true), (2, 0, b"hello".to_vec()));
    }

    #[test]
    fn a_read_that_is_called_off_is_not_answered() {
        let mut kernel = kernel();
        kernel.submit(1, 1, true, &[]);
        kernel.unlink(2, 1);
        assert_eq!(kernel.answer(false), (2, -104, vec![]));
        kernel.unlink(3, 1);
        assert_eq!(kernel.answer(false), (3, 0, vec![]), "too late");
        kernel.submit(4, 1, false, b"next");
        assert_eq!(kernel.answer(false).0, 4);
        kernel.submit(5, 1, true, &[]);
        assert_eq!(kernel.answer(true), (5, 0, b"next".to_vec()));
    }

    #[test]
    fn a_device_that_vanished_ends_what_is_under_way_and_takes_nothing() {
        let mut kernel = kernel();
        kernel.submit(1, 1, true, &[]);
        kernel.submit(2, 1, false, b"first");
        kernel.submit(3, 1, true, &[]);
        assert_eq!(kernel.answer(false), (2, 0, vec![]));
        assert_eq!(kernel.answer(true), (1, 0, b"first".to_vec()));
        kernel.bus.vanish();
        assert_eq!(kernel.answer(false), (3, -71, vec![]));
        kernel.submit(4, 1, false, b"more");
        assert_eq!(kernel.answer(false), (4, -71, vec![]));
        kernel.submit(5, 0, false, &[]);
        assert_eq!(kernel.answer(false), (5, -71, vec![]), "GET_STATUS");
        kernel.unlink(6, 3);
        assert_eq!(kernel.answer(false), (6, 0, vec![]), "too late");
    }

    #[test]
    fn what_the_device_says_later_comes_then_and_not_at_the_next_look() {
        let mut kernel = kernel();
        kernel.submit(1, 3, true, &[]);
        // The bus rests.
        std::thread::sleep(LATER);
        let begun = Instant::now();
        kernel.submit(2, 1, false, b"hello");
        assert_eq!(kernel.answer(false).0, 2);
        assert_eq!(kernel.answer(true), (1, 0, b"later".to_vec()));
        assert!(begun.elapsed() < IDLE / 2, "{:?}", begun.elapsed());
    }

    #[test]
    fn what_the_device_refuses_stalls() {
        let mut kernel = kernel();
        kernel.submit(1, 3, false, b"no such endpoint");
        assert_eq!(kernel.answer(false), (1, -32, vec![]));
        kernel.submit(2, 0, false, &[]);
        assert_eq!(kernel.answer(false).1, 0, "GET_STATUS");
    }
}
