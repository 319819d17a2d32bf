//! Where lines go.

use std::collections::VecDeque;
use std::fmt;
use std::io::Write;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use super::recording::HEADING;
use crate::time::Timestamp;

/// Takes lines, each without its line feed. Clones are the same sink, and several devices may
/// share one: the connections of all of them are counted together.
#[derive(Clone)]
pub struct Sink(Arc<Inner<Writer>>);

type Writer = dyn FnMut(&str) + Send;

struct Inner<W: ?Sized> {
    connections: AtomicU32,
    start: OnceLock<Timestamp>,
    headed: AtomicBool,
    writer: Mutex<W>,
}

impl Sink {
    /// Calls `line` with every line, on the thread that made the call to the device. It is not
    /// called by two threads at once, and must not call the device.
    pub fn new(line: impl FnMut(&str) + Send + 'static) -> Self {
        Self(Arc::new(Inner {
            connections: AtomicU32::new(0),
            start: OnceLock::new(),
            headed: AtomicBool::new(false),
            writer: Mutex::new(line),
        }))
    }

    /// Writes to a file or a terminal, and flushes after every line: the next call may be the one
    /// that hangs. A line that cannot be written is lost, because a full disk must not stop a
    /// reception.
    pub fn writer(mut writer: impl Write + Send + 'static) -> Self {
        Self::new(move |line| {
            let _ = writeln!(writer, "{line}").and_then(|()| writer.flush());
        })
    }

    /// Writes a note into a recording, for [`Recording::note`](super::Recording::note): what was
    /// done, with what, and what came of it. Nothing that a card or a person said belongs there.
    /// Characters that end a line are left out.
    pub fn note(&self, key: &str, value: &str) {
        self.head(HEADING);
        let note = format!("# {key}: {value}");
        self.line(&note.replace(char::is_control, ""));
    }

    pub(super) fn line(&self, line: &str) {
        let mut writer = self.0.writer.lock().unwrap_or_else(PoisonError::into_inner);
        (*writer)(line);
    }

    /// Writes `heading`, unless another device of this sink did.
    pub(super) fn head(&self, heading: &str) {
        if !self.0.headed.swap(true, Ordering::Relaxed) {
            self.line(heading);
        }
    }

    /// When the first device of this sink began.
    pub(super) fn start(&self, now: Timestamp) -> Timestamp {
        *self.0.start.get_or_init(|| now)
    }

    /// The number of the next connection, from 1.
    pub(super) fn next_connection(&self) -> u32 {
        self.0.connections.fetch_add(1, Ordering::Relaxed) + 1
    }
}

impl fmt::Debug for Sink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sink")
    }
}

/// Keeps the last lines in memory, so that a fault can be looked at after it happened. Clones
/// are the same lines.
#[derive(Clone, Debug)]
pub struct Lines {
    kept: Arc<Mutex<Kept>>,
    sink: Sink,
}

#[derive(Debug)]
struct Kept {
    /// Says what the rest is, and so is never dropped.
    first: Option<String>,
    rest: VecDeque<String>,
    capacity: usize,
}

impl Lines {
    /// Keeps the very first line and the last `capacity` others.
    #[must_use]
    pub fn new(capacity: usize) -> Self {
        let kept = Arc::new(Mutex::new(Kept {
            first: None,
            rest: VecDeque::new(),
            capacity,
        }));
        let theirs = kept.clone();
        let sink = Sink::new(move |line| lock(&theirs).push(line));
        Self { kept, sink }
    }

    /// Where to write.
    #[must_use]
    pub fn sink(&self) -> Sink {
        self.sink.clone()
    }

    /// Everything kept, a line feed after every line.
    #[must_use]
    pub fn text(&self) -> String {
        let kept = lock(&self.kept);
        let mut text = String::new();
        for line in kept.first.iter().chain(&kept.rest) {
            text.push_str(line);
            text.push('\n');
        }
        text
    }
}

impl Kept {
    fn push(&mut self, line: &str) {
        if self.first.is_none() {
            self.first = Some(line.to_owned());
            return;
        }
        if self.rest.len() == self.capacity {
            self.rest.pop_front();
        }
        if self.capacity > 0 {
            self.rest.push_back(line.to_owned());
        }
    }
}

fn lock(kept: &Mutex<Kept>) -> MutexGuard<'_, Kept> {
    kept.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_and_the_last_ones_stay() {
        let lines = Lines::new(2);
        let sink = lines.sink();
        for line in ["head", "one", "two", "three"] {
            sink.line(line);
        }
        assert_eq!(lines.text(), "head\ntwo\nthree\n");
    }

    #[test]
    fn a_note_stands_behind_the_heading_on_a_line_of_its_own() {
        let lines = Lines::new(9);
        lines.sink().note("dialogue", "screen\n> 1.000 1 drop");
        lines.sink().note("outcome", "ok");
        let text = lines.text();
        let expected = "# dialogue: screen> 1.000 1 drop\n# outcome: ok\n";
        assert_eq!(text, format!("{HEADING}\n{expected}"));
    }

    #[test]
    fn a_writer_that_fails_costs_the_line_and_nothing_else() {
        struct Full;
        impl Write for Full {
            fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
                Err(std::io::ErrorKind::StorageFull.into())
            }
            fn flush(&mut self) -> std::io::Result<()> {
                Ok(())
            }
        }
        Sink::writer(Full).line("lost");
    }
}
