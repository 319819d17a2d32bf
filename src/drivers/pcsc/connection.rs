//! One connection, on its own thread.

use std::ffi::{CStr, CString};
use std::sync::Arc;
use std::time::Duration;

use pcsc::{Card, Context, Protocols, Scope, State};
use zeroize::Zeroizing;

use super::error::{from_pcsc, service_is_gone};
use super::features;
use crate::apdu::{Atr, CommandApdu, ResponseApdu};
use crate::card::{
    CardConnection, ControlCode, Disposition, Protocol, ReaderCapabilities, ShareMode,
};
use crate::device::DeviceInfo;
use crate::drivers::worker::{FAREWELL, Port, Worker};
use crate::error::{Error, ErrorKind, Result};
use crate::time::Clock;
use crate::wait::Wait;

/// A connection through PC/SC.
pub(super) struct PcscConnection {
    reader: DeviceInfo,
    card: CardInfo,
    worker: Worker<Request, Result<Answer>>,
    clock: Arc<dyn Clock>,
}

/// What is known of the card since the last connect.
struct CardInfo {
    atr: Atr,
    protocol: Protocol,
    capabilities: ReaderCapabilities,
}

enum Request {
    Open,
    Transmit(Zeroizing<Vec<u8>>),
    Control(u32, Zeroizing<Vec<u8>>),
    Begin,
    End(pcsc::Disposition),
    Reconnect(pcsc::Disposition),
    Disconnect(pcsc::Disposition),
}

enum Answer {
    Done,
    Card(CardInfo),
    Bytes(Vec<u8>),
}

impl PcscConnection {
    pub(super) fn open(
        clock: &Arc<dyn Clock>,
        reader: &DeviceInfo,
        name: &CStr,
        mode: ShareMode,
        wait: &Wait,
    ) -> Result<Self> {
        let handle = Handle {
            context: None,
            name: name.to_owned(),
            mode: match mode {
                ShareMode::Shared => pcsc::ShareMode::Shared,
                ShareMode::Exclusive => pcsc::ShareMode::Exclusive,
            },
            buffer: Zeroizing::new(vec![0; pcsc::MAX_BUFFER_SIZE_EXTENDED]),
        };
        // Connecting too may block without limit, so it happens on the thread.
        let worker = Worker::spawn(clock, "myna-hal pcsc", move |port| {
            handle.serve(port);
        })?;
        match worker.call(Request::Open, wait)?? {
            Answer::Card(card) => Ok(Self {
                reader: reader.clone(),
                card,
                worker,
                clock: clock.clone(),
            }),
            _ => Err(Error::protocol("connecting told nothing about the card")),
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
        let bytes = Zeroizing::new(command.as_bytes().to_vec());
        match self.worker.call(Request::Transmit(bytes), wait)?? {
            Answer::Bytes(bytes) => ResponseApdu::new(bytes),
            _ => Err(Error::protocol("transmitting brought no answer")),
        }
    }

    fn begin_transaction(&mut self, wait: &Wait) -> Result<()> {
        self.worker.call(Request::Begin, wait)?.map(drop)
    }

    fn end_transaction(&mut self, disposition: Disposition) -> Result<()> {
        let disposition = to_pcsc(disposition);
        match self
            .worker
            .call(Request::End(disposition), &self.farewell())
        {
            Ok(answer) => answer.map(drop),
            // A command is still with the card: nothing may be left open behind it.
            Err(error) if error.kind() == ErrorKind::Busy => {
                self.worker
                    .afterwards(Request::End(pcsc::Disposition::UnpowerCard));
                Err(error)
            }
            Err(error) => Err(error),
        }
    }

    fn reconnect(&mut self, disposition: Disposition, wait: &Wait) -> Result<()> {
        let request = Request::Reconnect(to_pcsc(disposition));
        if let Answer::Card(card) = self.worker.call(request, wait)?? {
            self.card = card;
        }
        Ok(())
    }

    fn control(&mut self, code: ControlCode, input: &[u8], wait: &Wait) -> Result<Vec<u8>> {
        let input = Zeroizing::new(input.to_vec());
        match self.worker.call(Request::Control(code.0, input), wait)?? {
            Answer::Bytes(bytes) => Ok(bytes),
            _ => Err(Error::protocol("reader control brought no answer")),
        }
    }

    fn disconnect(mut self: Box<Self>, disposition: Disposition) -> Result<()> {
        let request = Request::Disconnect(to_pcsc(disposition));
        let farewell = self.farewell();
        let answer = self.worker.call(request, &farewell);
        // One farewell for both: the drop below finds the thread gone, or left to itself.
        self.worker.close(&farewell);
        answer?.map(drop)
    }
}

impl Drop for PcscConnection {
    /// Has the thread leave the card as it is (locked, if a transaction is open) and waits for
    /// that: a connection that is closed after the next one was opened gets in its way.
    fn drop(&mut self) {
        let farewell = self.farewell();
        self.worker.close(&farewell);
    }
}

fn to_pcsc(disposition: Disposition) -> pcsc::Disposition {
    match disposition {
        Disposition::Leave => pcsc::Disposition::LeaveCard,
        Disposition::Reset => pcsc::Disposition::ResetCard,
        Disposition::Unpower => pcsc::Disposition::UnpowerCard,
        Disposition::Eject => pcsc::Disposition::EjectCard,
    }
}

/// The thread's side.
struct Handle {
    /// This connection's own. The client library of pcsc-lite locks a context for as long as a
    /// call on it takes: if connections shared one, a card that hangs in one reader would hold
    /// up those that end their transactions in the others, and leave their cards open.
    context: Option<Context>,
    name: CString,
    mode: pcsc::ShareMode,
    /// Large enough for any answer: a buffer that is too small is noticed only after the card
    /// carried the command out.
    buffer: Zeroizing<Vec<u8>>,
}

type CallPort = Port<Request, Result<Answer>>;

/// How the loop inside a transaction ended.
enum Ended {
    /// By request; answered.
    End,
    /// The caller's end is gone.
    Closed,
}

impl Handle {
    fn serve(mut self, port: &CallPort) {
        let mut card: Option<Card> = None;
        while let Some(request) = port.next() {
            match (request, &mut card) {
                (Request::Open, _) => match self.connect() {
                    Ok((connected, info)) => {
                        card = Some(connected);
                        port.reply(Ok(Answer::Card(info)));
                    }
                    Err(error) => {
                        port.reply(Err(error));
                    }
                },
                (Request::Begin, Some(card)) => {
                    if let Ended::Closed = self.transaction(card, port) {
                        break;
                    }
                }
                (Request::Transmit(command), Some(card)) => {
                    let answer = self.transmit(card, &command);
                    port.reply(answer);
                }
                (Request::Control(code, input), Some(card)) => {
                    let answer = self.control(card, code, &input);
                    port.reply(answer);
                }
                (Request::Reconnect(disposition), Some(connected)) => {
                    let answer = self.reconnect(connected, disposition);
                    port.reply(answer.map(Answer::Card));
                }
                // Ending what is not there, after the transaction was lost with the card.
                (Request::End(_), _) => {
                    port.reply(Ok(Answer::Done));
                }
                (Request::Disconnect(disposition), connected) => {
                    let answer = match connected.take() {
                        Some(card) => disconnect(card, disposition),
                        None => Ok(()),
                    };
                    port.reply(answer.map(|()| Answer::Done));
                }
                (_, None) => {
                    port.reply(Err(ErrorKind::Disconnected.into()));
                }
            }
        }
        // The `pcsc` crate resets the card when it drops the connection; others may be using it.
        if let Some(card) = card {
            let _ = disconnect(card, pcsc::Disposition::LeaveCard);
        }
    }

    fn connect(&mut self) -> Result<(Card, CardInfo)> {
        let context = self
            .context
            .insert(Context::establish(Scope::User).map_err(from_pcsc)?);
        let card = context
            .connect(&self.name, self.mode, Protocols::ANY)
            .map_err(from_pcsc)?;
        match self.inspect(&card) {
            Ok(info) => Ok((card, info)),
            Err(error) => {
                // Not by its drop, which would reset a card that others may be using.
                let _ = disconnect(card, pcsc::Disposition::LeaveCard);
                Err(error)
            }
        }
    }

    fn inspect(&self, card: &Card) -> Result<CardInfo> {
        let status = card.status2_owned().map_err(from_pcsc)?;
        let atr = Atr::parse(status.atr()).map_err(|source| {
            Error::protocol("the answer to reset cannot be read").with_source(source)
        })?;
        let mut buffer = [0; 256];
        let features = card
            .control(
                pcsc::ctl_code(features::FEATURE_REQUEST.into()),
                &[],
                &mut buffer,
            )
            .map_or(&[][..], |list| list);
        let mut capabilities = features::capabilities(features);
        if atr.card_services().extended_length == Some(true) {
            capabilities |= ReaderCapabilities::EXTENDED_LENGTH;
        }
        Ok(CardInfo {
            atr,
            protocol: match status.protocol2() {
                Some(pcsc::Protocol::T0) => Protocol::T0,
                Some(pcsc::Protocol::T1) => Protocol::T1,
                _ => Protocol::Raw,
            },
            capabilities,
        })
    }

    /// Holds the platform's guard on this stack while requests come in.
    fn transaction(&mut self, card: &mut Card, port: &CallPort) -> Ended {
        let transaction = match card.transaction() {
            Ok(transaction) => transaction,
            Err(error) => {
                port.reply(Err(from_pcsc(error)));
                return Ended::End;
            }
        };
        if !port.reply(Ok(Answer::Done)) {
            // Whoever asked gave up meanwhile: release at once, or everybody else waits.
            let _ = transaction.end(pcsc::Disposition::LeaveCard);
            return Ended::End;
        }
        while let Some(request) = port.next() {
            match request {
                Request::Transmit(command) => {
                    let answer = self.transmit(&transaction, &command);
                    port.reply(answer);
                }
                Request::Control(code, input) => {
                    let answer = self.control(&transaction, code, &input);
                    port.reply(answer);
                }
                Request::End(disposition) => {
                    let ended = transaction
                        .end(disposition)
                        .map_err(|(_, error)| from_pcsc(error));
                    port.reply(ended.map(|()| Answer::Done));
                    return Ended::End;
                }
                Request::Open | Request::Begin | Request::Reconnect(_) | Request::Disconnect(_) => {
                    port.reply(Err(Error::invalid_input("a transaction is open")));
                }
            }
        }
        // The connection was dropped inside its transaction: leave nothing open.
        let _ = transaction.end(pcsc::Disposition::UnpowerCard);
        Ended::Closed
    }

    fn transmit(&mut self, card: &Card, command: &[u8]) -> Result<Answer> {
        let received = card.transmit(command, &mut self.buffer).map(<[u8]>::to_vec);
        let gone = || Error::new(ErrorKind::NoCard, "the card went away during the command");
        match received {
            // vpcd tells so of a card that was pulled during the command.
            Ok(bytes) if bytes.is_empty() => Err(gone()),
            Ok(bytes) => {
                zeroize::Zeroize::zeroize(&mut self.buffer[..bytes.len()]);
                Ok(Answer::Bytes(bytes))
            }
            Err(error @ pcsc::Error::NotTransacted) if self.card_is_gone() => {
                Err(gone().with_source(error))
            }
            Err(error) => Err(from_pcsc(error)),
        }
    }

    /// Whether the service has noticed that there is no card. It looks every 400 ms.
    fn card_is_gone(&self) -> bool {
        let mut states = [pcsc::ReaderState::new(self.name.clone(), State::PRESENT)];
        let looked = self.context.as_ref().is_some_and(|context| {
            context
                .get_status_change(Duration::from_millis(500), &mut states)
                .is_ok()
        });
        looked && states[0].event_state().contains(State::EMPTY)
    }

    fn control(&mut self, card: &Card, code: u32, input: &[u8]) -> Result<Answer> {
        card.control(code.into(), input, &mut self.buffer)
            .map(|bytes| Answer::Bytes(bytes.to_vec()))
            .map_err(from_pcsc)
    }

    fn reconnect(&self, card: &mut Card, disposition: pcsc::Disposition) -> Result<CardInfo> {
        card.reconnect(self.mode, Protocols::ANY, disposition)
            .map_err(from_pcsc)?;
        self.inspect(card)
    }
}

/// Ends a connection, never by its drop, which resets the card.
pub(super) fn disconnect(card: Card, disposition: pcsc::Disposition) -> Result<()> {
    card.disconnect(disposition).map_err(|(card, error)| {
        // Its drop would reset the card, so it is left for the service to clean up, context and
        // all. Without a service it resets nothing, and gives the context back.
        if !service_is_gone(error) {
            std::mem::forget(card);
        }
        from_pcsc(error)
    })
}
