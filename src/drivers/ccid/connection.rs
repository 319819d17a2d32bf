//! One connection to the card in a slot.

use std::sync::Arc;

use zeroize::Zeroizing;

use super::capabilities;
use super::device::Device;
use super::secure::Feature;
use super::service::What;
use super::slot::Met;
use crate::apdu::{Atr, CommandApdu, ResponseApdu};
use crate::card::{
    CardConnection, ControlCode, Disposition, Protocol, ReaderCapabilities, ShareMode,
};
use crate::device::DeviceInfo;
use crate::drivers::worker::FAREWELL;
use crate::error::{Error, Result};
use crate::pin::reader::GET_FEATURE_REQUEST;
use crate::wait::{CancelToken, Wait};

/// `IOCTL_SMARTCARD_VENDOR_IFD_EXCHANGE`, as pcsc-lite numbers it (`SCARD_CTL_CODE(1)`): the data
/// goes to the reader as an escape command, as it is.
pub const ESCAPE: ControlCode = ControlCode(0x4200_0001);

pub(super) struct CcidConnection {
    device: Arc<Device>,
    info: DeviceInfo,
    slot: u8,
    handle: u64,
    met: Met,
}

impl CcidConnection {
    pub(super) fn open(
        device: Arc<Device>,
        info: DeviceInfo,
        slot: u8,
        mode: ShareMode,
        wait: &Wait,
    ) -> Result<Self> {
        let (handle, met) = device.connect(slot, mode, wait)?;
        Ok(Self {
            device,
            info,
            slot,
            handle,
            met,
        })
    }

    fn use_card(&self, what: What, wait: &Wait) -> Result<Zeroizing<Vec<u8>>> {
        self.device.use_card(self.slot, self.handle, what, wait)
    }

    /// An entry on the reader's keys. When nobody waits for it any more the reader is told.
    fn enter_pin(&self, feature: Feature, structure: &[u8], wait: &Wait) -> Result<Vec<u8>> {
        let order = self.device.keys.order(feature, structure)?;
        let given_up = CancelToken::new();
        let result = self.use_card(What::Secure(order, given_up.clone()), wait);
        if result.is_err() {
            given_up.cancel();
        }
        result.map(|mut answer| std::mem::take(&mut *answer))
    }

    /// For what is said last and has no wait of its own.
    fn farewell(&self) -> Wait {
        Wait::at_most(self.device.clock.clone(), FAREWELL)
    }
}

impl CardConnection for CcidConnection {
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
        capabilities(&self.device.descriptor, &self.device.keys)
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
        let keys = &self.device.keys;
        match (code, keys.feature(code.0)) {
            (GET_FEATURE_REQUEST, _) => Ok(keys.list()),
            (ESCAPE, _) => {
                let data = Zeroizing::new(input.to_vec());
                let mut answer = self.use_card(What::Escape(data), wait)?;
                Ok(std::mem::take(&mut *answer))
            }
            (_, Some(Feature::Properties)) => Ok(keys.properties()),
            (_, Some(Feature::TlvProperties)) => Ok(keys.tlv_properties()),
            (_, Some(feature)) => self.enter_pin(feature, input, wait),
            (_, None) => Err(Error::unsupported("this reader control")),
        }
    }

    fn disconnect(self: Box<Self>, disposition: Disposition) -> Result<()> {
        // The drop that follows finds no handle any more.
        let what = done_to_the_card(disposition);
        self.device
            .close(self.slot, self.handle, what, &self.farewell())
    }
}

impl Drop for CcidConnection {
    fn drop(&mut self) {
        // A drop leaves the card alone, and has nobody to tell what went wrong.
        let farewell = self.farewell();
        let _ = self.device.close(self.slot, self.handle, None, &farewell);
    }
}

/// No reader that is known ejects cards; taking their power is what comes closest.
fn done_to_the_card(disposition: Disposition) -> Option<What> {
    match disposition {
        Disposition::Leave => None,
        Disposition::Reset => Some(What::Reset),
        Disposition::Unpower | Disposition::Eject => Some(What::PowerOff),
    }
}
