//! A device that goes wrong on order.

use std::sync::Arc;
use std::time::Duration;

use super::plan::{Called, FaultKind, FaultPlan};
use crate::apdu::{Atr, CommandApdu, ResponseApdu};
use crate::card::{
    CardConnection, CardReader, ControlCode, Disposition, Protocol, ReaderCapabilities,
    ReaderState, ShareMode,
};
use crate::device::DeviceInfo;
use crate::error::{Error, ErrorKind, Result};
use crate::pin::{
    ChangeEntry, ChangeOutcome, ChangePrompt, ChangeRequest, PinEntry, PinOutcome, PinPad, PinPath,
    PinPrompt, PinRequest,
};
use crate::time::Clock;
use crate::wait::Wait;

/// A reader, connection or PIN pad whose calls go wrong as a [`FaultPlan`] says.
///
/// A call whose wait is over fails before its fault, and is not counted. What a kind of fault
/// means nothing for (a truncated answer to `begin_transaction`) passes unharmed.
#[derive(Debug)]
pub struct Fault<D> {
    device: D,
    plan: FaultPlan,
    clock: Arc<dyn Clock>,
    /// What every call on this connection says from now on.
    stays: Option<ErrorKind>,
}

/// What is left of the faults of a call once it may go to the device.
#[derive(Default)]
struct Harm {
    lost: Option<ErrorKind>,
    cut: Option<usize>,
    status: Option<crate::apdu::StatusWord>,
}

impl<D> Fault<D> {
    /// Has the calls of `device` go wrong as `plan` says; delays pass on `clock`.
    pub fn new(device: D, plan: FaultPlan, clock: Arc<dyn Clock>) -> Self {
        Self {
            device,
            plan,
            clock,
            stays: None,
        }
    }

    /// Lets the faults of a call strike that keep it from the device.
    fn strike(&mut self, called: Called, wait: Option<&Wait>) -> Result<Harm> {
        if let Some(wait) = wait {
            wait.check()?;
        }
        let mut harm = Harm::default();
        for kind in self.plan.strike(called) {
            match kind {
                FaultKind::Refused(kind) => return Err(fault(kind)),
                FaultKind::AnswerLost(kind) => harm.lost = Some(kind),
                FaultKind::Delay(delay) => self.pass(delay, wait)?,
                FaultKind::Truncated(length) => harm.cut = Some(length),
                FaultKind::Status(status) => harm.status = Some(status),
                FaultKind::CardReset => self.stays = Some(ErrorKind::CardReset),
                FaultKind::CardRemoved => self.stays = Some(ErrorKind::NoCard),
                FaultKind::ReaderRemoved => self.stays = Some(ErrorKind::Disconnected),
            }
        }
        match self.stays {
            Some(kind) if called != Called::Connect || kind != ErrorKind::CardReset => {
                Err(fault(kind))
            }
            _ => Ok(harm),
        }
    }

    fn pass(&self, delay: Duration, wait: Option<&Wait>) -> Result<()> {
        match wait {
            Some(wait) => wait.sleep(delay),
            None => Wait::forever(self.clock.clone()).sleep(delay),
        }
    }
}

fn fault(kind: ErrorKind) -> Error {
    Error::new(kind, format!("a fault on order: {}", Error::from(kind)))
}

impl Harm {
    /// The result, unless its way back is harmed.
    fn after<V>(self, result: Result<V>) -> Result<V> {
        match self.lost {
            Some(kind) => Err(fault(kind)),
            None => result,
        }
    }
}

impl<D: CardConnection> CardConnection for Fault<D> {
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
        let harm = self.strike(Called::Transmit(command.header().ins), Some(wait))?;
        if let Some(status) = harm.status {
            return ResponseApdu::new(status.to_u16().to_be_bytes().to_vec());
        }
        let result = self.device.transmit(command, wait);
        match harm.cut {
            Some(length) => {
                let response = result?;
                let cut = response.as_bytes().iter().take(length).copied();
                ResponseApdu::new(cut.collect())
            }
            None => harm.after(result),
        }
    }

    fn begin_transaction(&mut self, wait: &Wait) -> Result<()> {
        let harm = self.strike(Called::Begin, Some(wait))?;
        harm.after(self.device.begin_transaction(wait))
    }

    /// Whatever goes wrong, the device is told: a fault must not leave a real card open.
    fn end_transaction(&mut self, disposition: Disposition) -> Result<()> {
        let harm = self.strike(Called::End, None);
        let result = self.device.end_transaction(disposition);
        harm?.after(result)
    }

    fn reconnect(&mut self, disposition: Disposition, wait: &Wait) -> Result<()> {
        let harm = self.strike(Called::Connect, Some(wait))?;
        self.device.reconnect(disposition, wait)?;
        self.stays = None;
        harm.after(Ok(()))
    }

    fn control(&mut self, code: ControlCode, input: &[u8], wait: &Wait) -> Result<Vec<u8>> {
        let harm = self.strike(Called::Control, Some(wait))?;
        harm.after(self.device.control(code, input, wait))
    }

    fn disconnect(self: Box<Self>, disposition: Disposition) -> Result<()> {
        Box::new(self.device).disconnect(disposition)
    }
}

impl<D: CardReader> CardReader for Fault<D> {
    fn info(&self) -> &DeviceInfo {
        self.device.info()
    }

    fn capabilities(&self) -> ReaderCapabilities {
        self.device.capabilities()
    }

    fn state(&mut self) -> Result<ReaderState> {
        self.device.state()
    }

    fn connect(&mut self, mode: ShareMode, wait: &Wait) -> Result<Box<dyn CardConnection>> {
        let struck = self.strike(Called::Connect, Some(wait));
        // A card that was pulled out of the reader may be put in again.
        self.stays = None;
        let harm = struck?;
        let connection = harm.after(self.device.connect(mode, wait))?;
        let (plan, clock) = (self.plan.clone(), self.clock.clone());
        Ok(Box::new(Fault::new(connection, plan, clock)))
    }
}

impl<D: PinPad> PinPad for Fault<D> {
    fn info(&self) -> &DeviceInfo {
        self.device.info()
    }

    fn path(&self) -> PinPath {
        self.device.path()
    }

    fn prepare(&mut self, prompt: &PinPrompt, wait: &Wait) -> Result<PinEntry> {
        let harm = self.strike(Called::Prepare, Some(wait))?;
        harm.after(self.device.prepare(prompt, wait))
    }

    /// An answer that was lost is [`PinOutcome::Unanswered`], as the contract has it: an error
    /// would say that nothing was sent.
    fn verify(
        &mut self,
        card: &mut dyn CardConnection,
        request: &PinRequest,
        wait: &Wait,
    ) -> Result<PinOutcome> {
        let harm = self.strike(Called::Verify, Some(wait))?;
        let outcome = self.device.verify(card, request, wait)?;
        Ok(match harm.lost {
            Some(kind) => PinOutcome::Unanswered(fault(kind)),
            None => outcome,
        })
    }

    fn prepare_change(&mut self, prompt: &ChangePrompt, wait: &Wait) -> Result<ChangeEntry> {
        let harm = self.strike(Called::Prepare, Some(wait))?;
        harm.after(self.device.prepare_change(prompt, wait))
    }

    /// As for `verify`; which of the two commands was not answered is not said.
    fn change(
        &mut self,
        card: &mut dyn CardConnection,
        request: &ChangeRequest,
        wait: &Wait,
    ) -> Result<ChangeOutcome> {
        let harm = self.strike(Called::Verify, Some(wait))?;
        let outcome = self.device.change(card, request, wait)?;
        Ok(match harm.lost {
            Some(kind) => ChangeOutcome::Unanswered(fault(kind)),
            None => outcome,
        })
    }

    fn discard(&mut self) {
        self.device.discard();
    }
}
