//! The way to one reader, which lives in another process.

use std::io::{self, Read};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rustix::event::{EventfdFlags, PollFd, PollFlags, Timespec, eventfd, poll};

use crate::protocol::{CALLS, EVENTS, receive, send};

/// How often a reader that is away is looked for.
const LOOK: Duration = Duration::from_millis(100);

/// Why a reader gave no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// Its process is not there, or breaks the protocol.
    Away,
    /// It took too long.
    Slow,
}

/// One reader.
pub(crate) struct Bridge {
    path: PathBuf,
    calls: Mutex<Option<UnixStream>>,
    events: Mutex<Option<UnixStream>>,
    /// Ends a wait for news.
    stop: OwnedFd,
}

impl Bridge {
    /// For the reader that listens at `path`, now or later.
    pub(crate) fn new(path: PathBuf) -> io::Result<Self> {
        Ok(Self {
            path,
            calls: Mutex::new(None),
            events: Mutex::new(None),
            stop: eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?,
        })
    }

    fn connect(&self, purpose: u8) -> io::Result<UnixStream> {
        let stream = UnixStream::connect(&self.path)?;
        io::Write::write_all(&mut &stream, &[purpose])?;
        Ok(stream)
    }

    /// Asks the reader, once, and waits at most `patience` for what it says. After a failure the
    /// next question goes out on a new connection: a late answer is nobody's.
    pub(crate) fn call(
        &self,
        operation: u8,
        body: &[u8],
        patience: Duration,
    ) -> Result<(u8, Vec<u8>), Failure> {
        let mut calls = lock(&self.calls);
        let stream = match calls.take() {
            Some(stream) => stream,
            None => self.connect(CALLS).map_err(|_| Failure::Away)?,
        };
        let until = Until {
            stream: &stream,
            end: Instant::now() + patience,
        };
        let answer = stream
            .set_write_timeout(Some(patience))
            .and_then(|()| send(&stream, operation, body))
            .and_then(|()| receive(until));
        match answer {
            Ok(answer) => {
                *calls = Some(stream);
                Ok(answer)
            }
            Err(error) if is_timeout(&error) => Err(Failure::Slow),
            Err(_) => Err(Failure::Away),
        }
    }

    /// Returns when the reader has news, when told to [stop](Self::stop), or after `limit`.
    pub(crate) fn wait(&self, limit: Duration) {
        let mut events = lock(&self.events);
        if events.is_none() {
            *events = self.connect(EVENTS).ok();
        }
        let mut awaited = vec![PollFd::new(&self.stop, PollFlags::IN)];
        let mut limit = limit;
        match &*events {
            Some(stream) => awaited.push(PollFd::new(stream, PollFlags::IN)),
            None => limit = limit.min(LOOK),
        }
        let limit = Timespec::try_from(limit).ok();
        let polled = poll(&mut awaited, limit.as_ref());
        drop(awaited);
        if polled.is_err() {
            return;
        }
        let mut count = [0; 8];
        // Nothing to read where nothing was said; it is not blocking.
        let _ = rustix::io::read(&self.stop, &mut count);
        let lost = events.as_ref().is_some_and(|stream| {
            let mut news = [0; 64];
            let _ = stream.set_nonblocking(true);
            match (&*stream).read(&mut news) {
                Ok(count) => count == 0,
                Err(error) => error.kind() != io::ErrorKind::WouldBlock,
            }
        });
        if lost {
            *events = None;
        }
    }

    /// Ends a wait, or the next one if nobody waits now.
    pub(crate) fn stop(&self) {
        // Full only when it says so already.
        let _ = rustix::io::write(&self.stop, &1_u64.to_ne_bytes());
    }
}

/// A stream that is read until a moment, however slowly it comes.
struct Until<'s> {
    stream: &'s UnixStream,
    end: Instant,
}

impl Read for Until<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.end.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(io::ErrorKind::TimedOut.into());
        }
        self.stream.set_read_timeout(Some(left))?;
        self.stream.read(buffer)
    }
}

fn is_timeout(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock
    )
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
