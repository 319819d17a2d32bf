//! One slot: power, parameters, and commands at the reader's level of exchange.

use super::channel::{Channel, Patience};
use super::descriptor::{ClassDescriptor, ExchangeLevel};
use super::line::{Line, SLOWEST};
use super::message::{Command, CommandStatus, IccStatus, Kind, error, failure};
use super::secure::Order;
use super::t0;
use super::t1::{LONGEST, Link};
use crate::apdu::Atr;
use crate::card::Protocol;
use crate::drivers::direct::{Bytes, Met, Seen};
use crate::error::{Error, ErrorKind, Result};
use crate::wait::CancelToken;

/// `bPowerSelect` (CCID 1.1 §6.1.1): the reader chooses, or 5 V, 3 V, 1.8 V in turn.
const AUTOMATIC: &[u8] = &[0];
const IN_TURN: &[u8] = &[1, 2, 3];
/// Bit of `dwFeatures`: chooses the voltage by itself.
const CHOOSES_VOLTAGE: u32 = 0x08;

/// `wLevelParameter` and `bChainParameter` (§6.1.4, §6.2.1).
mod chain {
    pub(super) const WHOLE: u16 = 0;
    pub(super) const BEGINS: u16 = 1;
    pub(super) const ENDS: u16 = 2;
    pub(super) const CONTINUES: u16 = 3;
    pub(super) const NEXT_PART: u16 = 0x10;
    pub(super) const SEND_NEXT_PART: u8 = 0x10;
    /// Of an answer: it goes on.
    pub(super) const GOES_ON: [u8; 2] = [1, 3];
}

/// More than the longest answer (ISO/IEC 7816-4 §5.1) in bytes.
const LONGEST_ANSWER: usize = 65_538;

/// What is known of a slot.
#[derive(Default)]
pub(super) struct Slot {
    met: Option<Met>,
    mute: bool,
    /// We took the power.
    off: bool,
    /// An exchange broke off: what the card did is not known, and another one may be there.
    broken: bool,
    /// This card and this reader failed at a higher speed than the slowest.
    slow: bool,
    link: Option<Link>,
}

/// A slot and the way to it.
pub(super) struct SlotAt<'a> {
    pub(super) index: u8,
    pub(super) slot: &'a mut Slot,
    pub(super) channel: &'a mut Channel,
    pub(super) descriptor: &'a ClassDescriptor,
}

impl SlotAt<'_> {
    fn command(&self, kind: Kind) -> Command<'static> {
        Command::new(kind, self.index)
    }

    fn forget(&mut self) {
        *self.slot = Slot::default();
    }

    /// Looks whether there is a card, and gives power to a new one. `changed`: the reader said
    /// that something happened.
    pub(super) fn look(&mut self, changed: bool) -> Result<Seen> {
        // It tells of the card even where it fails.
        let said = self
            .channel
            .exchange(&self.command(Kind::GetSlotStatus), &Patience::CARD)?;
        let known = self.slot.met.is_some();
        match said.icc {
            IccStatus::Absent => {
                self.forget();
                Ok(Seen::Absent)
            }
            IccStatus::Active if known => Ok(Seen::Same),
            IccStatus::Inactive if known && self.slot.off && !changed => Ok(Seen::Same),
            _ if self.slot.mute && !changed => Ok(Seen::Mute),
            _ => match self.power_on() {
                Ok(met) => Ok(Seen::New(met)),
                Err(error) if error.kind() == ErrorKind::NoCard => Ok(Seen::Absent),
                // It is there, and nobody can talk to it.
                Err(error)
                    if matches!(error.kind(), ErrorKind::Protocol | ErrorKind::Unsupported) =>
                {
                    self.slot.mute = true;
                    Ok(Seen::Mute)
                }
                Err(error) => Err(error),
            },
        }
    }

    /// The card, with power; a card whose last exchange broke off is powered anew. Whether that
    /// was a reset.
    pub(super) fn meet(&mut self) -> Result<(Met, bool)> {
        let seen = self.look(false)?;
        let broken = self.slot.broken || self.slot.off;
        match (seen, self.slot.met.clone()) {
            (Seen::Absent, _) => Err(ErrorKind::NoCard.into()),
            // For its reasons, or because it was held badly the first time.
            (Seen::Mute, _) => Ok((self.power_on()?, true)),
            (Seen::New(met), _) => Ok((met, true)),
            (Seen::Same, Some(met)) if !broken => Ok((met, false)),
            (Seen::Same, _) => {
                if self.slot.broken {
                    self.power_off()?;
                }
                Ok((self.power_on()?, true))
            }
        }
    }

    /// Gives power; a card that has it is reset.
    pub(super) fn power_on(&mut self) -> Result<Met> {
        let atr = self.give_power()?;
        let (line, speed) = self.line(&atr)?;
        let mut protocol = self.begin(&atr, line, speed);
        let failed = |error: &Error| error.kind() == ErrorKind::Protocol;
        if speed != SLOWEST && protocol.as_ref().is_err_and(failed) {
            // Perhaps at the speed that every card begins with, from the beginning.
            self.slot.slow = true;
            self.power_off()?;
            let atr = self.give_power()?;
            protocol = self.begin(&atr, line, SLOWEST);
        }
        let met = Met {
            protocol: protocol?,
            atr,
        };
        self.slot.met = Some(met.clone());
        Ok(met)
    }

    fn give_power(&mut self) -> Result<Atr> {
        let slow = self.slot.slow;
        self.forget();
        self.slot.slow = slow;
        let voltages = if self.descriptor.features & CHOOSES_VOLTAGE != 0 {
            AUTOMATIC
        } else {
            IN_TURN
        };
        let mut result = Err(mute());
        for voltage in voltages {
            let command = Command {
                specific: [*voltage, 0, 0],
                ..self.command(Kind::IccPowerOn)
            };
            result = self.channel.ask(&command, &Patience::CARD);
            match &result {
                Err(error) if error.kind() == ErrorKind::Protocol => {}
                _ => break,
            }
        }
        let atr = result?.into_data();
        Atr::parse(&atr).map_err(|source| {
            Error::protocol("the answer to reset cannot be read").with_source(source)
        })
    }

    /// What card and reader have to agree on, and how fast they go.
    fn line(&self, atr: &Atr) -> Result<(Option<Line>, u8)> {
        let line = Line::of(atr).and_then(|line| Ok((line, line.speed(self.descriptor)?)));
        match line {
            Ok((line, _)) if self.slot.slow => Ok((Some(line), SLOWEST)),
            Ok((line, speed)) => Ok((Some(line), speed)),
            Err(error) if self.descriptor.exchange() == ExchangeLevel::Tpdu => Err(error),
            // What it does not know of the card such a reader does not need either.
            Err(_) => Ok((None, SLOWEST)),
        }
    }

    /// Agrees with the card how to talk.
    fn begin(&mut self, atr: &Atr, line: Option<Line>, speed: u8) -> Result<Protocol> {
        let level = self.descriptor.exchange();
        match line {
            Some(line) if level == ExchangeLevel::Tpdu => {
                self.agree(&line, speed)?;
                if line.protocol == Protocol::T1 {
                    self.link(&line)?;
                }
                return Ok(line.protocol);
            }
            // It speaks with the card itself, as fast as it is told.
            Some(line) if speed != SLOWEST && self.descriptor.asks_for_speed() => {
                self.agree(&line, speed)?;
            }
            _ => {}
        }
        Ok(if atr.offers(1) {
            Protocol::T1
        } else {
            Protocol::T0
        })
    }

    /// Has reader and card go at `speed`, with the card's waiting times.
    fn agree(&mut self, line: &Line, speed: u8) -> Result<()> {
        if self.descriptor.negotiates() {
            return Ok(());
        }
        let mut agreed = Some(speed);
        if !self.descriptor.asks_for_speed()
            && let Some(request) = line.request(speed)
        {
            let (said, _) = self.block(chain::WHOLE, &request)?;
            agreed = line.agreed(&request, &said);
        }
        let speed = agreed.ok_or_else(|| Error::protocol("the card does not take the protocol"))?;
        let parameters = line.parameters(speed);
        let command = Command {
            specific: [line.number(), 0, 0],
            ..self.command(Kind::SetParameters).with(&parameters)
        };
        let said = self.channel.exchange(&command, &Patience::CARD)?;
        // One that reads them in the answer to reset, or speaks with the card itself, may have its own way.
        let needs_them =
            self.descriptor.exchange() == ExchangeLevel::Tpdu && !self.descriptor.sets_parameters();
        match said.status {
            CommandStatus::Failed(code) if needs_them || said.icc == IccStatus::Absent => {
                Err(failure(said.icc, code))
            }
            _ => Ok(()),
        }
    }

    /// Begins to send blocks.
    fn link(&mut self, line: &Line) -> Result<()> {
        let mut link = Link::new(line.ifsc);
        link.limit(self.channel.room());
        if !self.descriptor.tells_ifsd() {
            let most = self.channel.room().saturating_sub(4).min(LONGEST);
            let ifsd = (self.descriptor.max_ifsd as usize).clamp(1, most);
            link.tell_ifsd(ifsd as u8, &mut carrier(self.channel, self.index))?;
        }
        self.slot.link = Some(link);
        Ok(())
    }

    /// Takes the card's power.
    pub(super) fn power_off(&mut self) -> Result<()> {
        self.slot.off = true;
        self.slot.link = None;
        let said = self
            .channel
            .exchange(&self.command(Kind::IccPowerOff), &Patience::CARD)?;
        match said.status {
            CommandStatus::Failed(code) if said.icc != IccStatus::Absent => {
                Err(failure(said.icc, code))
            }
            _ => Ok(()),
        }
    }

    fn speaks_t0(&self) -> bool {
        let met = self.slot.met.as_ref();
        met.is_some_and(|met| met.protocol == Protocol::T0)
    }

    /// Whether the card may be talked to.
    fn check(&self) -> Result<()> {
        match &self.slot.met {
            Some(_) if self.slot.broken || self.slot.off => Err(ErrorKind::CardReset.into()),
            Some(_) => Ok(()),
            None => Err(ErrorKind::NoCard.into()),
        }
    }

    /// One command out, its answer back.
    pub(super) fn transmit(&mut self, command: &[u8]) -> Result<Bytes> {
        self.check()?;
        let result = match self.descriptor.exchange() {
            ExchangeLevel::ShortApdu => {
                if is_extended(command) {
                    return Err(Error::unsupported("a command with extended length"));
                }
                self.block(chain::WHOLE, command).map(|(data, _)| data)
            }
            ExchangeLevel::ExtendedApdu => self.chained(command),
            ExchangeLevel::Tpdu if self.speaks_t0() => match t0::tpdu(command) {
                Some(command) => self.block(chain::WHOLE, &command).map(|(data, _)| data),
                None => return Err(Error::unsupported("a command with extended length")),
            },
            ExchangeLevel::Tpdu => self.through_link(|link, carry| link.transmit(command, carry)),
            ExchangeLevel::Character => return Err(Error::unsupported("exchange of characters")),
        };
        self.settle(result)
    }

    /// After an exchange that broke off nothing goes to the card before it was powered anew.
    fn settle(&mut self, result: Result<Bytes>) -> Result<Bytes> {
        let result = match result {
            Ok(answer) if answer.len() < 2 => Err(Error::protocol("an answer without status word")),
            result => result,
        };
        if let Err(error) = &result {
            match error.kind() {
                ErrorKind::InvalidInput | ErrorKind::Unsupported | ErrorKind::Busy => {}
                ErrorKind::NoCard => self.forget(),
                _ => self.slot.broken = true,
            }
        }
        result
    }

    /// One XfrBlock: its data and how the answer goes on.
    fn block(&mut self, level: u16, data: &[u8]) -> Result<(Bytes, u8)> {
        let [low, high] = level.to_le_bytes();
        let command = Command {
            specific: [0, low, high],
            ..self.command(Kind::XfrBlock).with(data)
        };
        let answer = self.channel.ask(&command, &Patience::CARD)?;
        let last = answer.last;
        Ok((answer.into_data(), last))
    }

    /// A command of any length, in parts where it or its answer is longer than a message.
    fn chained(&mut self, command: &[u8]) -> Result<Bytes> {
        let parts: Vec<&[u8]> = command.chunks(self.channel.room()).collect();
        let last = parts.len().saturating_sub(1);
        let (mut answer, mut goes_on) = (Bytes::default(), 0);
        for (at, part) in parts.iter().enumerate() {
            let level = match (at == 0, at == last) {
                (true, true) => chain::WHOLE,
                (true, false) => chain::BEGINS,
                (false, true) => chain::ENDS,
                (false, false) => chain::CONTINUES,
            };
            let (data, next) = self.block(level, part)?;
            if at != last && next != chain::SEND_NEXT_PART {
                return Err(Error::protocol(
                    "the reader does not take the rest of a command",
                ));
            }
            (answer, goes_on) = (data, next);
        }
        while chain::GOES_ON.contains(&goes_on) {
            let (data, next) = self.block(chain::NEXT_PART, &[])?;
            // One that sends nothing would go on for ever.
            if data.is_empty() || answer.len() + data.len() > LONGEST_ANSWER {
                return Err(Error::protocol("an answer in more parts than any has"));
            }
            answer.extend_from_slice(&data);
            goes_on = next;
        }
        Ok(answer)
    }

    fn through_link(
        &mut self,
        exchange: impl FnOnce(&mut Link, &mut super::t1::Carry<'_>) -> Result<Bytes>,
    ) -> Result<Bytes> {
        let Some(link) = &mut self.slot.link else {
            return Err(ErrorKind::CardReset.into());
        };
        exchange(link, &mut carrier(self.channel, self.index))
    }

    /// A vendor command to the reader.
    pub(super) fn escape(&mut self, data: &[u8]) -> Result<Bytes> {
        let command = self.command(Kind::Escape);
        let answer = self.channel.ask(&command.with(data), &Patience::CARD)?;
        Ok(answer.into_data())
    }

    /// A PIN entered on the reader's keys.
    pub(super) fn secure(&mut self, order: &Order, given_up: &CancelToken) -> Result<Bytes> {
        self.check()?;
        if let Some(escape) = order.escape() {
            self.escape(escape)?;
        }
        let prologue = match &mut self.slot.link {
            Some(link) => link.prologue(),
            None => [0; 3],
        };
        let data = order.encode(prologue);
        let patience = Patience {
            silence: order.patience(),
            total: order.patience(),
            given_up: Some(given_up),
        };
        let command = self.command(Kind::Secure);
        let said = self.channel.exchange(&command.with(&data), &patience);
        let result = said.and_then(|answer| match answer.status {
            CommandStatus::Failed(code) => {
                Order::own_answer(code).ok_or_else(|| failure(answer.icc, code))
            }
            _ => Ok(answer.into_data()),
        });
        let Some(link) = &mut self.slot.link else {
            return self.settle(result);
        };
        let result = match result {
            // Two bytes are no block: the reader speaks for itself, and sent none.
            Ok(own) if own.len() == 2 => {
                link.take_back();
                Ok(own)
            }
            Ok(block) => link.answer_to_secure(block, &mut carrier(self.channel, self.index)),
            Err(error) => {
                if error.kind() == ErrorKind::Unsupported {
                    link.take_back();
                }
                Err(error)
            }
        };
        self.settle(result)
    }
}

fn mute() -> Error {
    Error::protocol("the card does not answer its reset")
}

/// Whether a command has extended length fields (ISO/IEC 7816-4 §5.1).
fn is_extended(command: &[u8]) -> bool {
    matches!(command, [_, _, _, _, 0, _, ..])
}

/// Carries blocks of T=1.
fn carrier(channel: &mut Channel, slot: u8) -> impl FnMut(&[u8], u8) -> Result<Bytes> {
    move |block, waits| {
        let command = Command {
            // `bBWI`: without it a reader would not wait longer than it always does.
            specific: [waits, 0, 0],
            ..Command::new(Kind::XfrBlock, slot)
        };
        let answer = channel.exchange(&command.with(block), &Patience::CARD)?;
        match answer.status {
            // The card said something that did not get through, and can be asked to say it again.
            CommandStatus::Failed(error::PARITY | error::OVERRUN)
                if answer.icc != IccStatus::Absent =>
            {
                Ok(Bytes::default())
            }
            CommandStatus::Failed(code) => Err(failure(answer.icc, code)),
            _ => Ok(answer.into_data()),
        }
    }
}
