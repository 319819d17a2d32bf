//! One connection: the platform's handle, on the thread that waits for it.

use std::ffi::{CStr, CString};
use std::time::Duration;

use pcsc::{Card, Protocols, State, Status, Transaction};
use zeroize::{Zeroize, Zeroizing};

use super::Service;
use super::connection::{Answer, CardInfo, Request};
use super::context::{Context, disconnect};
use super::error::{from_pcsc, service_is_gone};
use super::features::Said;
use crate::apdu::Atr;
use crate::card::{Protocol, ReaderCapabilities, ShareMode};
use crate::drivers::worker::Port;
use crate::error::{Error, ErrorKind, Result};

/// How long the service may take to notice that a card left: it looks every 400 ms.
const NOTICE: Duration = Duration::from_secs(1);

/// Bytes for the names of one reader: pcsc-lite has one of at most 128, other platforms may know
/// it by several.
const NAMES: usize = 1024;

pub(super) struct Handle {
    service: Service,
    /// This connection's own while it lasts. The client library of pcsc-lite locks a context for as long as a
    /// call on it takes: if connections shared one, a card that hangs in one reader would hold
    /// up those that end their transactions in the others, and leave their cards open.
    context: Option<Context>,
    name: CString,
    mode: pcsc::ShareMode,
    /// Large enough for any answer: a buffer that is too small is noticed only after the card
    /// carried the command out.
    buffer: Zeroizing<Vec<u8>>,
    /// The service's count of insertions and removals when we connected.
    changes: Option<u32>,
    /// An exchange broke off. The service may not notice that the card left, and that another one
    /// came, between two of its looks: nothing goes to the card until it was powered anew.
    broken: bool,
    /// The reader was unplugged. The service may have another one of the same name by now.
    gone: bool,
    /// A transaction is open on this connection: a new one to the reader would wait for its end.
    locked: bool,
}

type CallPort = Port<Request, Result<Answer>>;

/// How the loop inside a transaction ended.
enum Ended {
    /// By request; answered.
    End,
    /// The caller's end is gone.
    Closed,
}

/// What the service sees in a reader.
enum Slot {
    /// It does not know the reader.
    Unlisted,
    /// It cannot reach the reader.
    Unreachable,
    Empty,
    /// A card, and how many insertions and removals there were.
    Card(u32),
}

impl Handle {
    pub(super) fn new(service: &Service, name: &CStr, mode: ShareMode) -> Self {
        Self {
            service: service.clone(),
            context: None,
            name: name.to_owned(),
            mode: match mode {
                ShareMode::Shared => pcsc::ShareMode::Shared,
                ShareMode::Exclusive => pcsc::ShareMode::Exclusive,
            },
            buffer: Zeroizing::new(vec![0; pcsc::MAX_BUFFER_SIZE_EXTENDED]),
            changes: None,
            broken: false,
            gone: false,
            locked: false,
        }
    }

    pub(super) fn serve(mut self, port: &CallPort) {
        let mut card: Option<Card> = None;
        while let Some(request) = port.next() {
            match (request, &mut card) {
                (Request::Open, _) => match self.connect() {
                    Ok((connected, info)) => {
                        card = Some(connected);
                        port.reply(Ok(Answer::Card(info)));
                        self.note_changes();
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
                    let met = answer.is_ok();
                    port.reply(answer.map(Answer::Card));
                    if met {
                        self.note_changes();
                    }
                }
                // Ending what is not there, after the transaction was lost with the card.
                (Request::End(_), _) => {
                    port.reply(Ok(Answer::Done));
                }
                (Request::Disconnect(disposition), connected) => {
                    let answer = match connected.take() {
                        Some(card) => {
                            disconnect(card, self.leaving(disposition)).map_err(from_pcsc)
                        }
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
            let _ = disconnect(card, self.leaving(pcsc::Disposition::LeaveCard));
        }
        if let Some(context) = self.context.take() {
            self.service.give_back(context);
        }
    }

    /// What is done to the card when its connection ends. After a broken exchange libccid speaks no
    /// more T=1 with it until a reset, whoever asks (observed with 1.5): it cannot be left so.
    fn leaving(&self, disposition: pcsc::Disposition) -> pcsc::Disposition {
        match disposition {
            pcsc::Disposition::LeaveCard if self.broken => pcsc::Disposition::UnpowerCard,
            disposition => disposition,
        }
    }

    fn connect(&mut self) -> Result<(Card, CardInfo)> {
        let connect =
            |context: &pcsc::Context| context.connect(&self.name, self.mode, Protocols::ANY);
        let (context, card) = self.service.with_own_context(connect);
        self.context = context;
        let mut card = card.map_err(|error| match error {
            // pcsc-lite's word for a card that does not answer its reset.
            pcsc::Error::UnpoweredCard => from_pcsc(pcsc::Error::UnresponsiveCard),
            error => from_pcsc(error),
        })?;
        match self.inspect(&mut card) {
            Ok(info) => Ok((card, info)),
            Err(error) => {
                // Not by its drop, which would reset a card that others may be using.
                let _ = disconnect(card, pcsc::Disposition::LeaveCard);
                Err(error)
            }
        }
    }

    /// Meets the card that was just connected to.
    fn inspect(&mut self, card: &mut Card) -> Result<CardInfo> {
        self.broken = false;
        self.changes = None;
        let (mut atr, mut protocol) = status(card)?;
        if protocol.is_none() {
            // Another program has reset it meanwhile, and nothing can be sent before a protocol is agreed on: the
            // `pcsc` crate panics.
            card.reconnect(self.mode, Protocols::ANY, pcsc::Disposition::LeaveCard)
                .map_err(from_pcsc)?;
            (atr, protocol) = status(card)?;
        }
        let protocol = match protocol {
            Some(pcsc::Protocol::T0) => Protocol::T0,
            Some(pcsc::Protocol::T1) => Protocol::T1,
            Some(pcsc::Protocol::RAW) => Protocol::Raw,
            None => return Err(ErrorKind::CardReset.into()),
        };
        let Said {
            mut capabilities,
            extended,
        } = self.service.ask(&self.name, card);
        // Of a reader that does not say, the card's word is all there is.
        if extended.is_none() && atr.card_services().extended_length == Some(true) {
            capabilities |= ReaderCapabilities::EXTENDED_LENGTH;
        }
        Ok(CardInfo {
            atr,
            protocol,
            capabilities,
            only_short: extended == Some(false),
        })
    }

    /// Remembers how often cards had come and gone when this one was met. After the answer, so
    /// that the caller goes on meanwhile.
    fn note_changes(&mut self) {
        self.changes = match self.look() {
            Ok((Slot::Card(changes), _)) => Some(changes),
            _ => None,
        };
    }

    /// Holds the platform's guard on this stack while requests come in.
    fn transaction(&mut self, card: &mut Card, port: &CallPort) -> Ended {
        if let Err(error) = self.check() {
            port.reply(Err(error));
            return Ended::End;
        }
        let transaction = match card.transaction() {
            Ok(transaction) => transaction,
            Err(error) => {
                let error = self.failed(error);
                port.reply(Err(error));
                return Ended::End;
            }
        };
        if !port.reply(Ok(Answer::Done)) {
            // Whoever asked gave up meanwhile: release at once, or everybody else waits.
            let _ = transaction.end(pcsc::Disposition::LeaveCard);
            return Ended::End;
        }
        self.locked = true;
        let ended = self.inside(transaction, port);
        self.locked = false;
        ended
    }

    /// What happens in a transaction until it ends.
    fn inside(&mut self, transaction: Transaction<'_>, port: &CallPort) -> Ended {
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
        self.check()?;
        match card.transmit(command, &mut self.buffer).map(<[u8]>::len) {
            // vpcd answers nothing at all for a card that was pulled during the command.
            Ok(length) if length < 2 => {
                Err(self.broke(Error::protocol("an answer without status word")))
            }
            Ok(length) => Ok(self.take(length)),
            Err(error) => Err(self.failed(error)),
        }
    }

    /// Takes an answer out of the buffer, which keeps nothing of it.
    fn take(&mut self, length: usize) -> Answer {
        let answer = Zeroizing::new(self.buffer[..length].to_vec());
        self.buffer[..length].zeroize();
        Answer::Bytes(answer)
    }

    fn control(&mut self, card: &Card, code: u32, input: &[u8]) -> Result<Answer> {
        self.check()?;
        match card
            .control(code.into(), input, &mut self.buffer)
            .map(<[u8]>::len)
        {
            Ok(length) => Ok(self.take(length)),
            Err(error) => Err(self.failed(error)),
        }
    }

    fn reconnect(&mut self, card: &mut Card, wanted: pcsc::Disposition) -> Result<CardInfo> {
        if self.gone {
            return Err(ErrorKind::Disconnected.into());
        }
        // Whatever is in the reader may not have been given power since it came.
        let disposition = match self.broken {
            true => pcsc::Disposition::UnpowerCard,
            false => wanted,
        };
        let reconnected = card
            .reconnect(self.mode, Protocols::ANY, disposition)
            .and_then(|()| self.ensure_power(card));
        match reconnected {
            Ok(()) => self.inspect(card),
            // Contexts die with their service and stay dead when it is back.
            Err(error) if service_is_gone(error) && !self.was_unplugged(error) => {
                let (connected, info) = self.connect()?;
                // Not by its drop, which looks after nobody else.
                let _ = disconnect(
                    std::mem::replace(card, connected),
                    pcsc::Disposition::LeaveCard,
                );
                Ok(info)
            }
            Err(error) => Err(self.failed(error)),
        }
    }

    /// pcsc-lite leaves a card without power that another program's disconnect powered down.
    fn ensure_power(&self, card: &mut Card) -> Result<(), pcsc::Error> {
        let powered = Status::POWERED | Status::NEGOTIABLE | Status::SPECIFIC;
        if card.status2_owned()?.status().intersects(powered) {
            return Ok(());
        }
        card.reconnect(self.mode, Protocols::ANY, pcsc::Disposition::UnpowerCard)
    }

    /// Whether the card may be used: after a broken exchange it may not.
    fn check(&mut self) -> Result<()> {
        if self.gone {
            return Err(ErrorKind::Disconnected.into());
        }
        if !self.broken {
            return Ok(());
        }
        Err(match self.look() {
            Ok((slot, _)) => self
                .absence(&slot)
                .unwrap_or_else(|| ErrorKind::CardReset.into()),
            Err(error) => from_pcsc(error),
        })
    }

    /// Whether a call failed because the reader was unplugged: a service that is there and knows no such
    /// handle has forgotten the reader. pcscd 1.9 says `InvalidValue` (observed).
    fn was_unplugged(&mut self, error: pcsc::Error) -> bool {
        let forgotten = [pcsc::Error::InvalidHandle, pcsc::Error::InvalidValue];
        self.gone |= forgotten.contains(&error) && self.look().is_ok();
        self.gone
    }

    /// What a failed call means.
    fn failed(&mut self, error: pcsc::Error) -> Error {
        match error {
            pcsc::Error::NotTransacted | pcsc::Error::ReaderUnavailable => {
                self.broke(from_pcsc(error))
            }
            // What the service says of this handle, even when there is a card again.
            pcsc::Error::RemovedCard => match self.look() {
                Ok((Slot::Card(_), _)) => ErrorKind::CardReset.into(),
                _ => from_pcsc(error),
            },
            // Also of a card that left while it was given power.
            pcsc::Error::UnresponsiveCard => match self.look() {
                Ok((Slot::Empty, _)) => {
                    Error::from(ErrorKind::NoCard).with_source(from_pcsc(error))
                }
                _ => from_pcsc(error),
            },
            error if self.was_unplugged(error) => {
                Error::from(ErrorKind::Disconnected).with_source(from_pcsc(error))
            }
            error => from_pcsc(error),
        }
    }

    /// An exchange broke off. The same pull of a card comes as any of several codes, by timing
    /// and by reader; what the service sees next tells.
    fn broke(&mut self, error: Error) -> Error {
        self.broken = true;
        let Ok((mut slot, mut state)) = self.look() else {
            return error;
        };
        if self.absence(&slot).is_none() && !self.is_another(&slot) {
            state.sync_current_state();
            if let Ok(later) = self.look_from(state, NOTICE) {
                slot = later.0;
            }
        }
        let gone = || Error::new(ErrorKind::NoCard, "the card went away during the command");
        match self.absence(&slot) {
            None if self.is_another(&slot) => gone().with_source(error),
            Some(absent) if absent.kind() == ErrorKind::NoCard => gone().with_source(error),
            Some(absent) => absent.with_source(error),
            None => error,
        }
    }

    /// Whether cards came or went since we connected.
    fn is_another(&self, slot: &Slot) -> bool {
        matches!((slot, self.changes), (Slot::Card(now), Some(then)) if *now != then)
    }

    /// What the service sees now.
    fn look(&self) -> Result<(Slot, pcsc::ReaderState), pcsc::Error> {
        let state = pcsc::ReaderState::new(self.name.clone(), State::UNAWARE);
        self.look_from(state, NOTICE)
    }

    /// What the service sees once it is not `state` any more, or after `limit`.
    fn look_from(
        &self,
        state: pcsc::ReaderState,
        limit: Duration,
    ) -> Result<(Slot, pcsc::ReaderState), pcsc::Error> {
        let context = self.context.as_ref().ok_or(pcsc::Error::InvalidHandle)?;
        let mut states = [state];
        let looked = context.get_status_change(limit, &mut states);
        let [state] = states;
        match looked {
            // As pcsc-lite says it; others have a flag for it.
            Err(pcsc::Error::UnknownReader) => return Ok((Slot::Unlisted, state)),
            looked => looked?,
        }
        let flags = state.event_state();
        let slot = if flags.intersects(State::UNKNOWN | State::IGNORE) {
            Slot::Unlisted
        } else if flags.contains(State::UNAVAILABLE) {
            Slot::Unreachable
        } else if flags.contains(State::EMPTY) || self.is_empty(&state) {
            Slot::Empty
        } else {
            Slot::Card(state.event_count())
        };
        Ok((slot, state))
    }

    /// What to say when there is no card to talk to.
    fn absence(&mut self, slot: &Slot) -> Option<Error> {
        match slot {
            Slot::Unlisted => {
                self.gone = true;
                Some(ErrorKind::Disconnected.into())
            }
            Slot::Unreachable => Some(Error::new(
                ErrorKind::Unavailable,
                "the service cannot reach the reader",
            )),
            Slot::Empty => Some(ErrorKind::NoCard.into()),
            Slot::Card(_) => None,
        }
    }

    /// Whether the reader knows better than the service, if it can be asked.
    fn is_empty(&self, state: &pcsc::ReaderState) -> bool {
        !self.locked && self.service.is_empty(state)
    }
}

/// A card's answer to reset, and the protocol that is spoken with it.
fn status(card: &Card) -> Result<(Atr, Option<pcsc::Protocol>)> {
    let (mut names, mut atr) = ([0; NAMES], [0; pcsc::MAX_ATR_SIZE]);
    let status = card.status2(&mut names, &mut atr).map_err(from_pcsc)?;
    let atr = Atr::parse(status.atr()).map_err(|source| {
        Error::protocol("the answer to reset cannot be read").with_source(source)
    })?;
    Ok((atr, status.protocol2()))
}
