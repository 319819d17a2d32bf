//! Where lines go.

use std::collections::VecDeque;
use std::fmt;
use std::io::Write;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Takes lines, each without its line feed. Clones are the same sink, and several devices may
/// share one.
#[derive(Clone)]
pub struct Sink(Arc<Mutex<Writer>>);

type Writer = dyn FnMut(&str) + Send;

impl Sink {
    /// Calls `line` with every line, on the thread that made the call to the device. It is not
    /// called by two threads at once, and must not call the device.
    pub fn new(line: impl FnMut(&str) + Send + 'static) -> Self {
        Self(Arc::new(Mutex::new(line)))
    }

    /// Writes to a file or a terminal, and flushes after every line: the next call may be the one
    /// that hangs. A line that cannot be written is lost, because a full disk must not stop a
    /// reception.
    pub fn writer(mut writer: impl Write + Send + 'static) -> Self {
        Self::new(move |line| {
            let _ = writeln!(writer, "{line}").and_then(|()| writer.flush());
        })
    }

    pub(super) fn line(&self, line: &str) {
        let mut sink = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        (*sink)(line);
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
pub struct Lines(Arc<Mutex<Kept>>);

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
        Self(Arc::new(Mutex::new(Kept {
            first: None,
            rest: VecDeque::new(),
            capacity,
        })))
    }

    /// Where to write.
    #[must_use]
    pub fn sink(&self) -> Sink {
        let kept = self.clone();
        Sink::new(move |line| kept.push(line))
    }

    fn push(&self, line: &str) {
        let mut kept = self.lock();
        if kept.first.is_none() {
            kept.first = Some(line.to_owned());
            return;
        }
        if kept.rest.len() == kept.capacity {
            kept.rest.pop_front();
        }
        if kept.capacity > 0 {
            kept.rest.push_back(line.to_owned());
        }
    }

    /// Everything kept, a line feed after every line.
    #[must_use]
    pub fn text(&self) -> String {
        let kept = self.lock();
        let mut text = String::new();
        for line in kept.first.iter().chain(&kept.rest) {
            text.push_str(line);
            text.push('\n');
        }
        text
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
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
