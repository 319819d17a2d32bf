//! A simulated reader in a real kernel, and the two ways to it.

use std::sync::Arc;
use std::time::Duration;

use myna_hal::card::{CardContext, CardPresence, ReaderState};
use myna_hal::conformance::Acted;
use myna_hal::drivers::ccid::CcidContext;
use myna_hal::drivers::pcsc::PcscContext;
use myna_hal::drivers::profiles::ReaderProfile;
use myna_hal::time::{Clock, SystemClock};
use myna_hal::{Result, Wait};
use usb_sim::ccid::{CcidReader, Lie, Product};
use usb_sim::vhci::{self, Attached};

use crate::service;
use crate::support::{Desk, PACE, Way};

/// A driver under trial.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Driver {
    Ccid,
    Pcsc,
}

impl Driver {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Ccid => "ccid",
            Self::Pcsc => "pcsc",
        }
    }
}

/// Whether PC/SC calls this product so: libccid has names of its own for some.
fn is_pcsc_name(product: &Product, name: &str) -> bool {
    let identity = &product.identity;
    let profile = ReaderProfile::of_usb((identity.vendor, identity.product));
    match profile {
        Some(profile) => profile.pcsc_names.iter().any(|part| name.contains(part)),
        None => name.contains(identity.name),
    }
}

/// A reader in a port of the kernel's virtual host controller.
struct Kernel {
    driver: Driver,
    reader: CcidReader,
    attached: Option<Attached>,
    /// Whether its trial may stop the service: no other reader is under trial meanwhile.
    alone: bool,
}

/// Waits until the driver lists the reader, or lists it no more: pcscd 1.9 may not see one that takes the
/// place of another at once (observed).
pub(crate) fn until_listed(way: &dyn Way, listed: bool) {
    let clock = SystemClock::shared();
    let patience = Wait::at_most(clock.clone(), Duration::from_secs(5));
    let mut context = way.context(&clock);
    let mut is_listed = || {
        let readers = context.readers().unwrap_or_default();
        readers.iter().any(|reader| way.is(&reader.info().name))
    };
    while is_listed() != listed && patience.sleep(PACE).is_ok() {}
}

/// Waits until the driver sees the card.
pub(crate) fn until_present(desk: &Desk, limit: Duration) -> Result<()> {
    let patience = desk.wait(limit);
    let mut context = desk.open_context();
    let present = |state: ReaderState| state.card == CardPresence::Present;
    let mut seen = || desk.reader_of(&mut *context)?.state();
    while !seen().is_ok_and(present) {
        patience.sleep(PACE)?;
    }
    Ok(())
}

impl Drop for Kernel {
    fn drop(&mut self) {
        self.plug(false);
    }
}

impl Way for Kernel {
    fn context(&self, clock: &Arc<dyn Clock>) -> Box<dyn CardContext> {
        match self.driver {
            Driver::Ccid => Box::new(CcidContext::new(clock.clone())),
            Driver::Pcsc => Box::new(PcscContext::new(clock.clone())),
        }
    }

    fn is(&self, name: &str) -> bool {
        let product = self.reader.product();
        match self.driver {
            Driver::Ccid => {
                let identity = &product.identity;
                name.contains(&format!("{} {}", identity.manufacturer, identity.name))
            }
            Driver::Pcsc => is_pcsc_name(product, name),
        }
    }

    fn plug(&mut self, plugged: bool) {
        if self.attached.take().is_some() {
            until_listed(self, false);
        }
        if plugged {
            self.attached = Some(vhci::attach(self.reader.clone()).expect("a port of vhci_hcd"));
        }
    }

    /// PC/SC has no way to call an entry off.
    fn ends_entries(&self) -> bool {
        self.driver == Driver::Ccid
    }

    fn service(&mut self, runs: bool) -> Acted {
        if self.driver == Driver::Ccid {
            return Acted::Impossible("there is no service behind this driver".to_owned());
        }
        if !self.alone {
            let why = "readers under trial at the same time share the service; pcsc/service/…";
            return Acted::Impossible(why.to_owned());
        }
        service::run(runs);
        Acted::Done
    }
}

/// A desk with one product, once its driver sees the card.
pub(crate) fn desk(driver: Driver, product: &Product, alone: bool) -> Result<Desk, String> {
    service::run(driver == Driver::Pcsc);
    let reader = CcidReader::new(product);
    let way = Kernel {
        driver,
        reader: reader.clone(),
        attached: None,
        alone,
    };
    let desk = Desk::new(reader, way, &SystemClock::shared());
    for tries in 1..=TRIES {
        if until_present(&desk, UNTIL_UP).is_ok() {
            // Trials that pass nevertheless show nothing.
            if std::env::var_os("MYNA_HAL_RIG_BREAK").is_some() {
                desk.reader.lie(Some(Lie::Silence));
            }
            return Ok(desk);
        }
        if tries < TRIES {
            desk.way.lock().expect("not poisoned").plug(true);
        }
    }
    let readers = desk.open_context().readers().unwrap_or_default();
    let names: Vec<_> = readers.iter().map(|it| it.info().name.clone()).collect();
    // A service that sees no reader any more sees those of the next trials neither; but others may be using it.
    if alone {
        service::given_up();
    }
    Err(format!(
        "{} does not come up; listed: {names:?}",
        product.key
    ))
}

/// How often a reader is plugged in: pcscd 1.9 may miss one that comes while another leaves
/// (observed).
const TRIES: u32 = 3;
/// How long the driver may take to see reader and card.
const UNTIL_UP: Duration = Duration::from_secs(7);
