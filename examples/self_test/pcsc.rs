//! Readers behind the platform's smart-card service.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use myna_hal::ErrorKind;
use myna_hal::card::CardReader;
use myna_hal::drivers::pcsc::PcscContext;
use myna_hal::time::Clock;

use crate::ask::{SERVICE_LIMIT, states, within};
use crate::codes;
use crate::readers::Listing;
use crate::report::Finding;

/// Lists the service's readers.
pub(crate) fn list(clock: &Arc<dyn Clock>) -> Listing {
    let clock = clock.clone();
    // A service that stands still holds up whoever asks it.
    let answer = within(SERVICE_LIMIT, move || {
        let readers = PcscContext::new(clock).readers_with_features()?;
        let readers: Vec<Box<dyn CardReader>> = readers
            .into_iter()
            .map(|reader| Box::new(reader) as _)
            .collect();
        Ok::<_, myna_hal::Error>(states(readers))
    });
    let failed = |finding| Listing {
        service: finding,
        readers: None,
    };
    match answer {
        None => failed(Finding::new(&codes::SERVICE_SILENT)),
        Some(Err(error)) => {
            let code = match error.kind() {
                ErrorKind::Unavailable => &codes::SERVICE_STOPPED,
                ErrorKind::PermissionDenied => &codes::SERVICE_REFUSES,
                _ => &codes::SERVICE_FAILS,
            };
            failed(Finding::new(code).because(&error))
        }
        Some(Ok(readers)) => {
            let found = Finding::new(&codes::SERVICE_ANSWERS);
            Listing {
                service: match installed() {
                    Some(version) => found.with("installed", version),
                    None => found,
                },
                readers: Some(readers),
            }
        }
    }
}

/// What pcscd says of its version. It may not be in the path of those who only use it.
fn installed() -> Option<String> {
    let said = ["pcscd", "/usr/sbin/pcscd"].iter().find_map(|program| {
        let output = Command::new(Path::new(program)).arg("--version").output();
        output.ok().filter(|output| output.status.success())
    })?;
    let said = String::from_utf8_lossy(&said.stdout);
    let first = said.lines().next().map(str::trim)?;
    Some(first.trim_end_matches('.').to_owned())
}
