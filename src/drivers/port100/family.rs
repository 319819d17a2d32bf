//! Readers with this chip as the common part of the drivers sees them.

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use super::field::Field;
use super::transport::{Bus, Found};
use super::usb::Usb;
use crate::card::{ControlCode, ReaderCapabilities};
use crate::drivers::direct::{Attached, Connection, Family, Hub, Opened};
use crate::error::{Error, Result};
use crate::time::Clock;
use crate::wait::Wait;

/// The readers of a bus.
pub(super) struct Port100(Box<dyn Bus>);

/// The USB of this machine: an interface can be claimed once, whatever context it is for.
static USB: LazyLock<Arc<Hub<Port100>>> = LazyLock::new(|| Port100::hub(Usb));

impl Port100 {
    pub(super) fn hub(bus: impl Bus + 'static) -> Arc<Hub<Self>> {
        Arc::new(Hub::new(Self(Box::new(bus))))
    }

    pub(super) fn usb() -> Arc<Hub<Self>> {
        USB.clone()
    }
}

impl Family for Port100 {
    const DRIVER: &'static str = "port100";
    /// Nothing tells of a card that comes: the air is asked.
    const LOOK: Duration = Duration::from_millis(200);

    type Found = Found;
    type Facts = ();
    type Front = Field;

    fn readers(&self) -> Result<Vec<Found>> {
        self.0.readers()
    }

    fn open(&self, found: &Found, clock: &Arc<dyn Clock>) -> Result<Opened<Self>> {
        let transport = self.0.open(found)?;
        Ok(Opened {
            slots: 1,
            facts: (),
            front: Field::new(transport, clock.clone())?,
            news: None,
        })
    }

    fn capabilities(_: &Found, _: Option<&()>) -> ReaderCapabilities {
        ReaderCapabilities::CONTACTLESS
            | ReaderCapabilities::EXCLUSIVE
            | ReaderCapabilities::EXTENDED_LENGTH
            | ReaderCapabilities::HOT_PLUG
    }

    fn control(_: &Connection<Self>, _: ControlCode, _: &[u8], _: &Wait) -> Result<Vec<u8>> {
        Err(Error::unsupported("this reader control"))
    }
}

impl Attached for Found {
    fn instance(&self) -> &str {
        &self.instance
    }

    fn place(&self) -> &str {
        &self.place
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn slots(&self) -> u8 {
        1
    }
}
