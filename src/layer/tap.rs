//! The decorator behind [`Trace`] and [`Record`]: it passes every call on and says so.

use std::fmt;
use std::sync::Arc;

use super::line::{Operation, Outcome, Shape};
use super::recording::HEADING;
use super::sink::Sink;
use super::words::Milliseconds;
use crate::apdu::{Atr, CommandApdu, ResponseApdu};
use crate::card::{
    CardConnection, CardReader, ControlCode, Disposition, Protocol, ReaderCapabilities,
    ReaderState, ShareMode,
};
use crate::device::DeviceInfo;
use crate::error::{Error, Result};
use crate::time::{Clock, Timestamp};
use crate::wait::Wait;

/// Writes what passes between a program and its devices, one line when a call begins and one when
/// it is answered, so that a call that never comes back is the last line. The time is in
/// milliseconds since the trace began, and after `+` the time that the call took.
///
/// ```text
/// > 0.112 desk reader 1 transmit 00A4040C 10/0 short D392F000260100000001
/// < 3.524 desk reader 1 +3.412 response 0 9000
/// > 3.601 desk reader 1 transmit 00B08A00 0/65536 extended
/// < 91.020 desk reader 1 +87.419 error no-card: there is no card in the reader
/// ```
///
/// Behind `>` and `<` stand the label that the caller gave, and the number of the connection.
/// `transmit` shows the header, Nc and Ne, and the length form.
pub type Trace<D> = Tapped<D, Told>;

/// Writes a [`Recording`](super::Recording): what a [`Replay`](super::Replay) needs to repeat the
/// shape of a dialogue, and no secret.
pub type Record<D> = Tapped<D, Recorded>;

/// A device whose calls are written down; see [`Trace`] and [`Record`].
pub struct Tapped<D, T: Tap> {
    // Before the device: what hangs while it is dropped was announced.
    pub(super) open: Open<T>,
    pub(super) device: D,
}

/// How calls are written. This crate has the two kinds that there are.
pub trait Tap: sealed::Sealed {}

mod sealed {
    use super::{Error, Timestamp, fmt};

    pub trait Sealed: Clone + Send + 'static {
        /// Now, on the clock of the lines.
        fn now(&self) -> Timestamp;
        /// A call begins.
        fn call(&self, what: &dyn fmt::Display);
        /// It was answered.
        fn answer(&self, begun: Timestamp, what: &dyn fmt::Display);
        /// It failed.
        fn failed(&self, begun: Timestamp, error: &Error);
        /// The same for the next connection.
        fn connection(&self) -> Self;
    }
}
pub(super) use sealed::Sealed;

/// Says when a connection goes without having been disconnected.
pub(super) struct Open<T: Tap> {
    pub(super) tap: T,
    connected: bool,
}

impl<T: Tap> Drop for Open<T> {
    fn drop(&mut self) {
        if self.connected {
            self.tap.call(&Operation::Drop);
        }
    }
}

/// Time and place of the lines.
#[derive(Clone)]
struct Paper {
    sink: Sink,
    clock: Arc<dyn Clock>,
    start: Timestamp,
}

impl Paper {
    fn new(sink: Sink, clock: Arc<dyn Clock>) -> Self {
        let start = sink.start(clock.now());
        Self { sink, clock, start }
    }

    fn line(&self, mark: char, who: &dyn fmt::Display, what: fmt::Arguments<'_>) {
        let at = Milliseconds(self.clock.now().since(self.start));
        self.sink.line(&format!("{mark} {at} {who} {what}"));
    }

    fn took(&self, begun: Timestamp) -> Milliseconds {
        Milliseconds(self.clock.now().since(begun))
    }
}

/// The tap of a [`Trace`].
#[derive(Clone)]
pub struct Told {
    paper: Paper,
    label: String,
}

impl Tap for Told {}

impl Sealed for Told {
    fn now(&self) -> Timestamp {
        self.paper.clock.now()
    }

    fn call(&self, what: &dyn fmt::Display) {
        self.paper.line('>', &self.label, format_args!("{what}"));
    }

    fn answer(&self, begun: Timestamp, what: &dyn fmt::Display) {
        let took = self.paper.took(begun);
        self.paper
            .line('<', &self.label, format_args!("+{took} {what}"));
    }

    fn failed(&self, begun: Timestamp, error: &Error) {
        let mut words = format!("error {}: {error}", error.kind());
        let mut cause = std::error::Error::source(error);
        while let Some(error) = cause {
            words.push_str(": ");
            words.push_str(&error.to_string());
            cause = error.source();
        }
        self.answer(begun, &words);
    }

    fn connection(&self) -> Self {
        self.named(&self.paper.sink.next_connection())
    }
}

impl Told {
    /// The same with `name` behind the label.
    pub(super) fn named(&self, name: &dyn fmt::Display) -> Self {
        Self {
            paper: self.paper.clone(),
            label: format!("{} {name}", self.label),
        }
    }
}

impl<D> Tapped<D, Told> {
    /// Traces `device`: a card context, watch, reader or connection, or a PIN pad. `label` is
    /// what its lines call it.
    pub fn new(device: D, label: impl Into<String>, sink: Sink, clock: Arc<dyn Clock>) -> Self {
        let tap = Told {
            paper: Paper::new(sink, clock),
            label: label.into(),
        };
        Self::wrap(device, tap, false)
    }
}

/// The tap of a [`Record`].
#[derive(Clone)]
pub struct Recorded {
    paper: Paper,
    number: u32,
}

impl Tap for Recorded {}

impl Sealed for Recorded {
    fn now(&self) -> Timestamp {
        self.paper.clock.now()
    }

    fn call(&self, what: &dyn fmt::Display) {
        self.paper.line('>', &self.number, format_args!("{what}"));
    }

    fn answer(&self, begun: Timestamp, what: &dyn fmt::Display) {
        let took = self.paper.took(begun);
        self.paper
            .line('<', &self.number, format_args!("+{took} {what}"));
    }

    /// The kind alone: the words are the driver's, and a recording leaves the house.
    fn failed(&self, begun: Timestamp, error: &Error) {
        self.answer(begun, &Outcome::Failed(error.kind()));
    }

    fn connection(&self) -> Self {
        Self {
            paper: self.paper.clone(),
            number: self.paper.sink.next_connection(),
        }
    }
}

impl<D> Tapped<D, Recorded> {
    fn begin(sink: Sink, clock: Arc<dyn Clock>) -> Recorded {
        sink.head(HEADING);
        Recorded {
            paper: Paper::new(sink, clock),
            number: 0,
        }
    }
}

impl<D: CardReader> Tapped<D, Recorded> {
    /// Records every connection through `reader`.
    pub fn reader(reader: D, sink: Sink, clock: Arc<dyn Clock>) -> Self {
        let tap = Self::begin(sink, clock);
        Self::wrap(reader, tap, false)
    }
}

impl<D: CardConnection> Tapped<D, Recorded> {
    /// Records one connection that is open already.
    pub fn connection(connection: D, sink: Sink, clock: Arc<dyn Clock>) -> Self {
        let tap = Self::begin(sink, clock).connection();
        let begun = tap.now();
        tap.call(&Operation::Attach);
        tap.answer(begun, &Outcome::card(&connection));
        Self::wrap(connection, tap, true)
    }
}

impl<D, T: Tap> Tapped<D, T> {
    pub(super) fn wrap(device: D, tap: T, connected: bool) -> Self {
        Self {
            open: Open { tap, connected },
            device,
        }
    }
}

/// Makes one call between its two lines.
pub(super) fn tell<V, O: fmt::Display>(
    tap: &impl Tap,
    what: &dyn fmt::Display,
    call: impl FnOnce() -> Result<V>,
    outcome: impl FnOnce(&V) -> O,
) -> Result<V> {
    tap.call(what);
    let begun = tap.now();
    let result = call();
    match &result {
        Ok(value) => tap.answer(begun, &outcome(value)),
        Err(error) => tap.failed(begun, error),
    }
    result
}

pub(super) fn done<V>(_: &V) -> Outcome {
    Outcome::Done
}

impl<D: CardConnection, T: Tap> CardConnection for Tapped<D, T> {
    fn reader(&self) -> &DeviceInfo {
        self.device.reader()
    }

    fn atr(&self) -> &Atr {
        self.device.atr()
    }

    fn protocol(&self) -> Protocol {
        self.device.protocol()
    }

    fn capabilities(&self) -> ReaderCapabilities {
        self.device.capabilities()
    }

    fn transmit(&mut self, command: &CommandApdu, wait: &Wait) -> Result<ResponseApdu> {
        let operation = Operation::Transmit(Shape::of(command));
        let call = || self.device.transmit(command, wait);
        tell(&self.open.tap, &operation, call, Outcome::response)
    }

    fn begin_transaction(&mut self, wait: &Wait) -> Result<()> {
        let call = || self.device.begin_transaction(wait);
        tell(&self.open.tap, &Operation::Begin, call, done)
    }

    fn end_transaction(&mut self, disposition: Disposition) -> Result<()> {
        let call = || self.device.end_transaction(disposition);
        tell(&self.open.tap, &Operation::End(disposition), call, done)
    }

    fn reconnect(&mut self, disposition: Disposition, wait: &Wait) -> Result<()> {
        let device = &mut self.device;
        let call = || {
            device.reconnect(disposition, wait)?;
            Ok(Outcome::card(device))
        };
        let operation = Operation::Reconnect(disposition);
        tell(&self.open.tap, &operation, call, Outcome::clone).map(drop)
    }

    fn control(&mut self, code: ControlCode, input: &[u8], wait: &Wait) -> Result<Vec<u8>> {
        let operation = Operation::Control(code.0, input.len());
        let call = || self.device.control(code, input, wait);
        tell(&self.open.tap, &operation, call, |answer| {
            Outcome::Bytes(answer.len())
        })
    }

    fn disconnect(self: Box<Self>, disposition: Disposition) -> Result<()> {
        let Self { mut open, device } = *self;
        open.connected = false;
        let call = || Box::new(device).disconnect(disposition);
        tell(&open.tap, &Operation::Disconnect(disposition), call, done)
    }
}

impl<D: CardReader, T: Tap> CardReader for Tapped<D, T> {
    fn info(&self) -> &DeviceInfo {
        self.device.info()
    }

    fn capabilities(&self) -> ReaderCapabilities {
        self.device.capabilities()
    }

    /// Not written: it asks the service, not the card, and programs ask often.
    fn state(&mut self) -> Result<ReaderState> {
        self.device.state()
    }

    fn connect(&mut self, mode: ShareMode, wait: &Wait) -> Result<Box<dyn CardConnection>> {
        let tap = self.open.tap.connection();
        let call = || self.device.connect(mode, wait);
        let connection = tell(&tap, &Operation::Connect(mode), call, |connection| {
            Outcome::card(&**connection)
        })?;
        Ok(Box::new(Tapped::wrap(connection, tap, true)))
    }
}

impl<D: fmt::Debug, T: Tap> fmt::Debug for Tapped<D, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Tapped").field(&self.device).finish()
    }
}
