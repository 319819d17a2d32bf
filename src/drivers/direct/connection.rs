//! One connection to the card in a slot.

use std::sync::Arc;

use zeroize::Zeroizing;

use super::device::Device;
use super::service::What;
use super::{Bytes, Family, Met, Order};
use crate::apdu::{Atr, CommandApdu, ResponseApdu};
use crate::card::{
    CardConnection, ControlCode, Disposition, Protocol, ReaderCapabilities, ShareMode,
};
use crate::device::DeviceInfo;
use crate::drivers::worker::FAREWELL;
use crate::error::Result;
use crate::wait::Wait;

pub(in crate::drivers) struct Connection<F: Family> {
    device: Arc<Device<F>>,
    info: DeviceInfo,
    found: F::Found,
    slot: u8,
    handle: u64,
    met: Met,
}

impl<F: Family> Connection<F> {
    pub(super) fn open(
        device: Arc<Device<F>>,
        info: DeviceInfo,
        found: F::Found,
        slot: u8,
        mode: ShareMode,
        wait: &Wait,
    ) -> Result<Self> {
        let (handle, met) = device.connect(slot, mode, wait)?;
        Ok(Self {
            device,
            info,
            found,
            slot,
            handle,
            met,
        })
    }

    /// What is known of the reader.
    #[cfg_attr(
        not(feature = "ccid"),
        allow(dead_code, reason = "only readers of CCID can do more than others")
    )]
    pub(in crate::drivers) fn facts(&self) -> &F::Facts {
        &self.device.facts
    }

    /// Has the reader do what only its kind can.
    #[cfg_attr(
        not(feature = "ccid"),
        allow(dead_code, reason = "only readers of CCID can do more than others")
    )]
    pub(in crate::drivers) fn order(&self, order: Order<F>, wait: &Wait) -> Result<Bytes> {
        self.use_card(What::Order(order), wait)
    }

    fn use_card(&self, what: What<Order<F>>, wait: &Wait) -> Result<Bytes> {
        self.device.use_card(self.slot, self.handle, what, wait)
    }

    /// For what is said last and has no wait of its own.
    fn farewell(&self) -> Wait {
        Wait::at_most(self.device.clock.clone(), FAREWELL)
    }
}

impl<F: Family> CardConnection for Connection<F> {
    fn reader(&self) -> &DeviceInfo {
        &self.info
    }

    fn atr(&self) -> &Atr {
        &self.met.atr
    }

    fn protocol(&self) -> Protocol {
        self.met.protocol
    }

    fn capabilities(&self) -> ReaderCapabilities {
        F::capabilities(&self.found, Some(&self.device.facts))
    }

    fn transmit(&mut self, command: &CommandApdu, wait: &Wait) -> Result<ResponseApdu> {
        let bytes = Zeroizing::new(command.as_bytes().to_vec());
        let mut answer = self.use_card(What::Transmit(bytes), wait)?;
        ResponseApdu::new(std::mem::take(&mut *answer))
    }

    fn begin_transaction(&mut self, wait: &Wait) -> Result<()> {
        self.device.begin(self.slot, self.handle, wait)
    }

    fn end_transaction(&mut self, disposition: Disposition) -> Result<()> {
        let what = done_to_the_card(disposition);
        self.device
            .end(self.slot, self.handle, what, &self.farewell())
    }

    fn reconnect(&mut self, disposition: Disposition, wait: &Wait) -> Result<()> {
        let what = done_to_the_card(disposition);
        self.met = self.device.reconnect(self.slot, self.handle, what, wait)?;
        Ok(())
    }

    fn control(&mut self, code: ControlCode, input: &[u8], wait: &Wait) -> Result<Vec<u8>> {
        wait.check()?;
        F::control(self, code, input, wait)
    }

    fn disconnect(self: Box<Self>, disposition: Disposition) -> Result<()> {
        // The drop that follows finds no handle any more.
        let what = done_to_the_card(disposition);
        self.device
            .close(self.slot, self.handle, what, &self.farewell())
    }
}

impl<F: Family> Drop for Connection<F> {
    fn drop(&mut self) {
        // A drop leaves the card alone, and has nobody to tell what went wrong.
        let farewell = self.farewell();
        let _ = self.device.close(self.slot, self.handle, None, &farewell);
    }
}

/// No reader that is known ejects cards; taking their power is what comes closest.
fn done_to_the_card<O>(disposition: Disposition) -> Option<What<O>> {
    match disposition {
        Disposition::Leave => None,
        Disposition::Reset => Some(What::Reset),
        Disposition::Unpower | Disposition::Eject => Some(What::PowerOff),
    }
}
