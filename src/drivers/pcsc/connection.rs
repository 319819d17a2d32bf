//! One connection: what its caller has. The platform's handle is on a thread of its own.

use std::ffi::CStr;
use std::sync::Arc;

use zeroize::Zeroizing;

use super::Service;
use super::handle::Handle;
use super::thread::ReaderThread;
use crate::apdu::{Atr, CommandApdu, LengthForm, ResponseApdu};
use crate::card::{
    CardConnection, ControlCode, Disposition, Protocol, ReaderCapabilities, ShareMode,
};
use crate::device::DeviceInfo;
use crate::drivers::worker::FAREWELL;
use crate::error::{Error, ErrorKind, Result};
use crate::time::Clock;
use crate::wait::Wait;

/// A connection through PC/SC.
pub(super) struct PcscConnection {
    reader: DeviceInfo,
    card: CardInfo,
    thread: ReaderThread<Request, Result<Answer>>,
    clock: Arc<dyn Clock>,
    /// The call that was given up waits for another program, not for the card.
    queued: bool,
}

/// What is known of the card since the last connect.
pub(super) struct CardInfo {
    pub(super) atr: Atr,
    pub(super) protocol: Protocol,
    pub(super) capabilities: ReaderCapabilities,
    /// The reader says that it carries short length fields alone.
    pub(super) only_short: bool,
}

pub(super) enum Request {
    Open,
    Transmit(Zeroizing<Vec<u8>>),
    Control(u32, Zeroizing<Vec<u8>>),
    Begin,
    End(pcsc::Disposition),
    Reconnect(pcsc::Disposition),
    Disconnect(pcsc::Disposition),
}

pub(super) enum Answer {
    Done,
    Card(CardInfo),
    /// Wiped where nobody takes them: when the call was given up meanwhile.
    Bytes(Zeroizing<Vec<u8>>),
}

impl PcscConnection {
    pub(super) fn open(
        service: &Service,
        reader: &DeviceInfo,
        name: &CStr,
        mode: ShareMode,
        wait: &Wait,
    ) -> Result<Self> {
        let handle = Handle::new(service, name, mode);
        let clock = &service.clock;
        // Connecting too may block without limit, so it happens on the thread.
        let thread = ReaderThread::spawn(clock, name, move |port| handle.serve(port))?;
        match thread.call(Request::Open, wait)?? {
            Answer::Card(card) => Ok(Self {
                reader: reader.clone(),
                card,
                thread,
                clock: clock.clone(),
                queued: false,
            }),
            _ => Err(Error::protocol("connecting told nothing about the card")),
        }
    }

    fn call(&mut self, request: Request, wait: &Wait) -> Result<Answer> {
        match self.thread.call(request, wait) {
            Ok(answer) => {
                self.queued = false;
                answer
            }
            // It does not hang; somebody else takes his time.
            Err(error) if self.queued && error.kind() == ErrorKind::Unavailable => Err(held(error)),
            Err(error) => Err(error),
        }
    }

    /// For ending a transaction or the connection, which only tell the service something.
    fn farewell(&self) -> Wait {
        Wait::at_most(self.clock.clone(), FAREWELL)
    }
}

impl CardConnection for PcscConnection {
    fn reader(&self) -> &DeviceInfo {
        &self.reader
    }

    fn atr(&self) -> &Atr {
        &self.card.atr
    }

    fn protocol(&self) -> Protocol {
        self.card.protocol
    }

    fn capabilities(&self) -> ReaderCapabilities {
        self.card.capabilities
    }

    fn transmit(&mut self, command: &CommandApdu, wait: &Wait) -> Result<ResponseApdu> {
        if self.card.only_short && command.form() == LengthForm::Extended {
            return Err(Error::unsupported("a command with extended length"));
        }
        let bytes = Zeroizing::new(command.as_bytes().to_vec());
        match self.call(Request::Transmit(bytes), wait)? {
            Answer::Bytes(mut bytes) => ResponseApdu::new(std::mem::take(&mut *bytes)),
            _ => Err(Error::protocol("transmitting brought no answer")),
        }
    }

    fn begin_transaction(&mut self, wait: &Wait) -> Result<()> {
        wait.check()?;
        match self.call(Request::Begin, wait) {
            Ok(_) => Ok(()),
            // Only another program's transaction makes this take long.
            Err(error) if error.kind() == ErrorKind::TimedOut => {
                self.queued = true;
                Err(held(error))
            }
            Err(error) => {
                self.queued = error.kind() == ErrorKind::Cancelled;
                Err(error)
            }
        }
    }

    fn end_transaction(&mut self, disposition: Disposition) -> Result<()> {
        let disposition = to_pcsc(disposition);
        match self
            .thread
            .call(Request::End(disposition), &self.farewell())
        {
            Ok(answer) => answer.map(drop),
            Err(error) => {
                // A command is still with the card: nothing may be left open behind it.
                self.thread
                    .afterwards(Request::End(pcsc::Disposition::UnpowerCard));
                Err(error)
            }
        }
    }

    fn reconnect(&mut self, disposition: Disposition, wait: &Wait) -> Result<()> {
        let request = Request::Reconnect(to_pcsc(disposition));
        if let Answer::Card(card) = self.call(request, wait)? {
            self.card = card;
        }
        Ok(())
    }

    fn control(&mut self, code: ControlCode, input: &[u8], wait: &Wait) -> Result<Vec<u8>> {
        let input = Zeroizing::new(input.to_vec());
        match self.call(Request::Control(code.0, input), wait)? {
            Answer::Bytes(mut bytes) => Ok(std::mem::take(&mut *bytes)),
            _ => Err(Error::protocol("reader control brought no answer")),
        }
    }

    fn disconnect(mut self: Box<Self>, disposition: Disposition) -> Result<()> {
        let request = Request::Disconnect(to_pcsc(disposition));
        let farewell = self.farewell();
        let answer = self.thread.call(request, &farewell);
        // One farewell for both: the drop below finds the thread gone, or left to itself.
        self.thread.close(&farewell);
        answer?.map(drop)
    }
}

/// What a wait for another program's transaction comes to.
fn held(error: Error) -> Error {
    Error::new(ErrorKind::Busy, "another program holds the card").with_source(error)
}

fn to_pcsc(disposition: Disposition) -> pcsc::Disposition {
    match disposition {
        Disposition::Leave => pcsc::Disposition::LeaveCard,
        Disposition::Reset => pcsc::Disposition::ResetCard,
        Disposition::Unpower => pcsc::Disposition::UnpowerCard,
        Disposition::Eject => pcsc::Disposition::EjectCard,
    }
}
