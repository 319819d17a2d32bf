//! What the card saw, without what was said.

use std::collections::VecDeque;
use std::time::Duration;

use super::latency::{Latency, Work};

/// One command and its answer. Bodies are not kept: they hold PINs and personal data.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LogEntry {
    /// Number of the command in the life of the card, from 1.
    pub number: u64,
    /// CLA, INS, P1, P2; zeros where the command was shorter.
    pub header: [u8; 4],
    /// Length of the command in bytes.
    pub sent: usize,
    /// Length of the answer with its status word; 0 without an answer.
    pub received: usize,
    /// SW1-SW2; `None` without an answer, or when it was too short to hold one.
    pub status: Option<u16>,
    /// From the command's first byte to the answer's last, on the card's clock.
    pub elapsed: Duration,
    pub(super) work: Work,
}

impl LogEntry {
    /// How long `latency` says that this command takes, whatever it took: one run without
    /// waiting tells the figures of every model.
    #[must_use]
    pub fn takes(&self, latency: Latency) -> Duration {
        latency.of(self.work, self.sent, self.received)
    }
}

/// Entries kept when nobody takes them; the oldest go first.
const KEPT: usize = 16_384;

#[derive(Default)]
pub(super) struct Log(VecDeque<LogEntry>);

impl Log {
    pub(super) fn push(&mut self, entry: LogEntry) {
        if self.0.len() == KEPT {
            self.0.pop_front();
        }
        self.0.push_back(entry);
    }

    pub(super) fn entries(&self) -> Vec<LogEntry> {
        self.0.iter().cloned().collect()
    }

    pub(super) fn take(&mut self) -> Vec<LogEntry> {
        std::mem::take(&mut self.0).into()
    }
}
