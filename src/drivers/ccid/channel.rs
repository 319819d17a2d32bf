//! One command out, its answer back: sequence numbers, time extensions, aborts, and an end to
//! everything.

use std::sync::Arc;
use std::time::Duration;

use zeroize::Zeroizing;

use super::message::{Answer, Command, CommandStatus, HEADER, Kind, failure, stated_length};
use super::transport::Transport;
use crate::error::{Error, ErrorKind, Result};
use crate::time::{Clock, Wake};
use crate::wait::CancelToken;

/// How long a reader may say nothing at all. Readers ask for more time while a card works.
pub(super) const SILENCE: Duration = Duration::from_secs(10);

/// How long it may ask for more time. A My Number Card needs a second for a signature.
pub(super) const MORE_TIME: Duration = Duration::from_secs(60);

/// How long the way to the reader may be blocked.
const SEND: Duration = Duration::from_secs(5);

/// How long an abort may take.
const ABORT: Duration = Duration::from_secs(2);

/// How many answers to earlier commands are passed over, after one that was given up.
const STALE: u8 = 4;

/// A dialogue with one reader. It is sequential: the slots of a reader share its pipes.
pub(super) struct Channel {
    transport: Box<dyn Transport>,
    clock: Arc<dyn Clock>,
    sequence: u8,
    /// The longest message that the reader sends.
    limit: usize,
    wake: Wake,
}

/// How long a command may take, and who can call it off.
pub(super) struct Patience<'a> {
    pub(super) silence: Duration,
    pub(super) total: Duration,
    pub(super) given_up: Option<&'a CancelToken>,
}

impl Patience<'_> {
    /// For a card that works, and nobody who could call it off: it may have counted a try.
    pub(super) const CARD: Self = Self {
        silence: SILENCE,
        total: MORE_TIME,
        given_up: None,
    };
}

impl Channel {
    pub(super) fn new(transport: Box<dyn Transport>, clock: Arc<dyn Clock>, limit: usize) -> Self {
        Self {
            transport,
            clock,
            sequence: 0,
            limit,
            wake: Wake::new(),
        }
    }

    /// The longest data of a command or an answer.
    pub(super) fn room(&self) -> usize {
        self.limit - HEADER
    }

    /// Has the reader carry out `command`; its answer is of the right type and says that it is done.
    ///
    /// # Errors
    /// What the reader says; `Protocol` when it says nothing, something else, or asks for more time
    /// without end; `Cancelled` when it was called off; `Disconnected`.
    pub(super) fn ask(&mut self, command: &Command<'_>, patience: &Patience<'_>) -> Result<Answer> {
        let answer = self.exchange(command, patience)?;
        match answer.status {
            CommandStatus::Failed(code) => Err(failure(answer.icc, code)),
            _ => Ok(answer),
        }
    }

    /// The same for a caller who wants to see a failure himself.
    pub(super) fn exchange(
        &mut self,
        command: &Command<'_>,
        patience: &Patience<'_>,
    ) -> Result<Answer> {
        let sequence = self.send(command)?;
        let begun = self.clock.now();
        let mut heard = begun;
        let mut stale = 0;
        loop {
            let end = (heard + patience.silence).min(begun + patience.total);
            let bytes = match self.receive(end, patience.given_up) {
                Err(error) if error.kind() == ErrorKind::Cancelled => {
                    self.abort(command.slot, sequence)?;
                    return Err(error);
                }
                received => received?,
            };
            let answer = Answer::parse(&bytes).map_err(|source| {
                Error::protocol("the reader's answer cannot be read").with_source(source)
            })?;
            if !answer.answers(command, sequence) {
                stale += 1;
                if stale > STALE {
                    return Err(Error::protocol("the reader answers other commands"));
                }
                continue;
            }
            match answer.status {
                CommandStatus::MoreTime => heard = self.clock.now(),
                // A reader may refuse with the answer of another type.
                CommandStatus::Failed(_) => return Ok(answer),
                _ if answer.fits(command) => return Ok(answer),
                _ => return Err(Error::protocol("the reader's answer is of another type")),
            }
        }
    }

    fn send(&mut self, command: &Command<'_>) -> Result<u8> {
        if command.data.len() > self.room() {
            return Err(Error::invalid_input(
                "the command is longer than the reader's messages",
            ));
        }
        self.sequence = self.sequence.wrapping_add(1);
        let message = command.encode(self.sequence);
        self.transport.send(&message, SEND)?;
        Ok(self.sequence)
    }

    /// One whole message.
    fn receive(
        &mut self,
        end: crate::time::Timestamp,
        given_up: Option<&CancelToken>,
    ) -> Result<Zeroizing<Vec<u8>>> {
        let cancelled = self.wake.clone();
        let _hook = given_up.map(|token| token.on_cancel(move || cancelled.notify()));
        let mut message = Zeroizing::new(Vec::new());
        loop {
            if given_up.is_some_and(CancelToken::is_cancelled) {
                return Err(ErrorKind::Cancelled.into());
            }
            match self.transport.receive(&self.wake)? {
                // A packet without bytes ends a message of whole packets.
                Some(bytes) if bytes.is_empty() && message.is_empty() => {}
                Some(bytes) => {
                    message.extend_from_slice(&bytes);
                    let ends = bytes.is_empty();
                    let whole = match stated_length(&message) {
                        Some(stated) if stated > self.limit as u64 => {
                            return Err(Error::protocol(
                                "the reader's answer is longer than it said any would be",
                            ));
                        }
                        Some(stated) => message.len() as u64 >= stated,
                        None => false,
                    };
                    if whole || ends {
                        return Ok(message);
                    }
                }
                None if self.clock.now() >= end => {
                    return Err(Error::protocol(if message.is_empty() {
                        "the reader does not answer"
                    } else {
                        "the reader's answer ends early"
                    }));
                }
                None => {
                    self.clock.wait_until(Some(end), &self.wake);
                }
            }
        }
    }

    /// Calls off the command `sequence` (§5.3.1): by a class request and by a command, which have
    /// the same number. What the reader still says of it is passed over.
    fn abort(&mut self, slot: u8, sequence: u8) -> Result<()> {
        self.transport.abort(slot, sequence, ABORT)?;
        let abort = Command::new(Kind::Abort, slot);
        self.transport.send(&abort.encode(sequence), SEND)?;
        let end = self.clock.now() + ABORT;
        for _ in 0..=STALE {
            let bytes = self.receive(end, None)?;
            let said = Answer::parse(&bytes);
            if said.is_ok_and(|answer| answer.answers(&abort, sequence) && answer.fits(&abort)) {
                return Ok(());
            }
        }
        Err(Error::protocol(
            "the reader does not end a command that was aborted",
        ))
    }
}
