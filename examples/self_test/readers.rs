//! The service, the readers, and what USB shows beside them.

use std::path::Path;
use std::sync::Arc;

use myna_hal::Result;
use myna_hal::card::{CardReader, ReaderState};
use myna_hal::time::Clock;
use serde_json::Value;

use crate::codes;
use crate::report::{Finding, Report};
use crate::support::reader::{presence, profile, usage};
use crate::support::usb::{UsbReader, unlisted};
use crate::{Arguments, Service, card, ccid, pcsc};

/// What a service said.
pub(crate) struct Listing {
    pub(crate) service: Finding,
    /// `None` when it could not be asked.
    pub(crate) readers: Option<Vec<Listed>>,
}

/// A reader, and how it stood when it was listed.
pub(crate) struct Listed {
    pub(crate) reader: Box<dyn CardReader>,
    pub(crate) state: Result<ReaderState>,
}

/// Adds what is found about the service, the readers and their cards. `usb` is where the kernel
/// shows what is attached.
pub(crate) fn check(
    arguments: &Arguments,
    usb: &Path,
    clock: &Arc<dyn Clock>,
    report: &mut Report,
) {
    let listing = match arguments.service {
        Service::Pcsc => pcsc::list(clock),
        Service::Usb => ccid::list(clock),
    };
    judge(listing, UsbReader::attached(usb), clock, report);
}

/// The same for what the service and the kernel said.
pub(crate) fn judge(
    listing: Listing,
    attached: Option<Vec<UsbReader>>,
    clock: &Arc<dyn Clock>,
    report: &mut Report,
) {
    report.findings.push(listing.service);
    let Some(readers) = listing.readers else {
        let not_asked = Finding::new(&codes::READER_NOT_ASKED);
        report.findings.push(match attached {
            Some(on_usb) => not_asked.with("on_usb", on_usb.iter().map(shown).collect::<Value>()),
            None => not_asked,
        });
        report.findings.push(Finding::new(&codes::CARD_NOT_ASKED));
        return;
    };
    let names: Vec<String> = readers
        .iter()
        .map(|it| it.reader.info().name.clone())
        .collect();
    let missing = unlisted(attached.unwrap_or_default(), &names);
    if readers.is_empty() && missing.is_empty() {
        report.findings.push(Finding::new(&codes::READER_NONE));
    }
    report.findings.extend(readers.iter().map(describe));
    report.findings.extend(missing.iter().map(|reader| {
        Finding::new(&codes::READER_UNLISTED)
            .of(reader.name.clone())
            .with("usb", reader.id())
            .remedy(reader.remedy())
    }));
    if readers.is_empty() {
        report.findings.push(Finding::new(&codes::CARD_NOT_ASKED));
    }
    for mut listed in readers {
        report.findings.push(card::check(&mut listed, clock));
    }
}

fn shown(reader: &UsbReader) -> Value {
    Value::from(format!("{} ({})", reader.name, reader.id()))
}

fn describe(listed: &Listed) -> Finding {
    let info = listed.reader.info();
    let state = match &listed.state {
        Ok(state) => state,
        Err(error) => {
            let silent = Finding::new(&codes::READER_SILENT).of(info.name.clone());
            return silent.because(error);
        }
    };
    let can: Vec<String> = listed
        .reader
        .capabilities()
        .iter_names()
        .map(|(name, _)| name.to_lowercase().replace('_', "-"))
        .collect();
    Finding::new(&codes::READER_ANSWERS)
        .of(info.name.clone())
        .with("driver", info.driver)
        .with("card", presence(state.card))
        .with("in_use", usage(state.usage))
        .with("capabilities", can.join(", "))
        .with("profile", profile(&info.name))
}
