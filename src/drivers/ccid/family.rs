//! Readers of CCID as the common part of the drivers sees them.

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use zeroize::Zeroizing;

use super::ESCAPE;
use super::descriptor::{ClassDescriptor, ExchangeLevel};
use super::message::slot_changes;
use super::secure::{Feature, Keys};
use super::service::{Service, Special};
use super::transport::{Bus, Found, Notifications};
use super::usb::Usb;
use crate::card::{ControlCode, ReaderCapabilities};
use crate::drivers::direct::{Attached, Connection, Family, Hub, News, Opened};
use crate::error::{Error, Result};
use crate::pin::reader::GET_FEATURE_REQUEST;
use crate::time::{Clock, Wake};
use crate::wait::{CancelToken, Wait};

/// What every reader can do.
const BASIC: ReaderCapabilities = ReaderCapabilities::EXCLUSIVE
    .union(ReaderCapabilities::HOT_PLUG)
    .union(ReaderCapabilities::CONTROL);

/// Slots beyond this are not driven: no reader has as many.
const MOST_SLOTS: u8 = 16;

/// The readers of a bus.
pub(super) struct Ccid(Box<dyn Bus>);

/// What is known of an open reader.
pub(super) struct Facts {
    descriptor: ClassDescriptor,
    keys: Keys,
}

/// The USB of this machine: an interface can be claimed once, whatever context it is for.
static USB: LazyLock<Arc<Hub<Ccid>>> = LazyLock::new(|| Ccid::hub(Usb::default()));

impl Ccid {
    pub(super) fn hub(bus: impl Bus + 'static) -> Arc<Hub<Self>> {
        Arc::new(Hub::new(Self(Box::new(bus))))
    }

    pub(super) fn usb() -> Arc<Hub<Self>> {
        USB.clone()
    }
}

impl Family for Ccid {
    const DRIVER: &'static str = "ccid";
    const LOOK: Duration = Duration::from_millis(400);

    type Found = Found;
    type Facts = Facts;
    type Front = Service;

    fn readers(&self) -> Result<Vec<Found>> {
        self.0.readers()
    }

    fn open(&self, found: &Found, clock: &Arc<dyn Clock>) -> Result<Opened<Self>> {
        let opened = self.0.open(found)?;
        let mut descriptor = opened.descriptor;
        descriptor.slots = descriptor.slots.min(MOST_SLOTS);
        let slots = descriptor.slots;
        Ok(Opened {
            slots,
            facts: Facts {
                keys: Keys::new(&descriptor, found.usb_id),
                descriptor,
            },
            front: Service::new(opened.transport, descriptor, clock.clone()),
            news: opened
                .notifications
                .map(|pipe| Box::new(Changes { pipe, slots }) as _),
        })
    }

    fn capabilities(found: &Found, facts: Option<&Facts>) -> ReaderCapabilities {
        match (facts, &found.descriptor) {
            (Some(facts), _) => capabilities(&facts.descriptor, &facts.keys),
            (None, Some(descriptor)) => {
                capabilities(descriptor, &Keys::new(descriptor, found.usb_id))
            }
            (None, None) => BASIC,
        }
    }

    fn control(
        connection: &Connection<Self>,
        code: ControlCode,
        input: &[u8],
        wait: &Wait,
    ) -> Result<Vec<u8>> {
        let keys = &connection.facts().keys;
        match (code, keys.feature(code.0)) {
            (GET_FEATURE_REQUEST, _) => Ok(keys.list()),
            (ESCAPE, _) => {
                let data = Zeroizing::new(input.to_vec());
                let mut answer = connection.order(Special::Escape(data), wait)?;
                Ok(std::mem::take(&mut *answer))
            }
            (_, Some(Feature::Properties)) => Ok(keys.properties()),
            (_, Some(Feature::TlvProperties)) => Ok(keys.tlv_properties()),
            (_, Some(feature)) => enter_pin(connection, feature, input, wait),
            (_, None) => Err(Error::unsupported("this reader control")),
        }
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
        self.descriptor.map_or(1, |descriptor| descriptor.slots)
    }
}

/// The interrupt pipe.
struct Changes {
    pipe: Box<dyn Notifications>,
    slots: u8,
}

impl News for Changes {
    fn next(&mut self, wake: &Wake) -> Result<Option<Vec<bool>>> {
        let Some(message) = self.pipe.next(wake)? else {
            return Ok(None);
        };
        let changes = slot_changes(&message, self.slots).unwrap_or_default();
        Ok(Some(
            changes.into_iter().map(|(_, changed)| changed).collect(),
        ))
    }
}

/// An entry on the reader's keys. When nobody waits for it any more the reader is told.
fn enter_pin(
    connection: &Connection<Ccid>,
    feature: Feature,
    structure: &[u8],
    wait: &Wait,
) -> Result<Vec<u8>> {
    let order = connection.facts().keys.order(feature, structure)?;
    let given_up = CancelToken::new();
    let result = connection.order(Special::Secure(order, given_up.clone()), wait);
    if result.is_err() {
        given_up.cancel();
    }
    result.map(|mut answer| std::mem::take(&mut *answer))
}

/// What a reader can do.
fn capabilities(descriptor: &ClassDescriptor, keys: &Keys) -> ReaderCapabilities {
    let mut capabilities = BASIC | keys.capabilities();
    // A hint: a reader of blocks carries them too, if the card takes them.
    let extended = matches!(
        descriptor.exchange(),
        ExchangeLevel::ExtendedApdu | ExchangeLevel::Tpdu
    );
    capabilities.set(ReaderCapabilities::EXTENDED_LENGTH, extended);
    capabilities
}
