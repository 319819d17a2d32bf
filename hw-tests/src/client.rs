//! The library's own side in the rig's child programs.

use std::sync::Arc;
use std::time::Duration;

use myna_hal::card::{CardConnection, CardContext, CardPresence, ShareMode};
use myna_hal::drivers::pcsc::PcscContext;
use myna_hal::myna::TrustStore;
use myna_hal::time::{Clock, SystemClock};
use myna_hal::{ErrorKind, Wait};

/// What a child program fails with.
pub type Failure = Box<dyn std::error::Error>;

/// A patience for one dialogue.
#[must_use]
pub fn patience() -> Wait {
    let clock: Arc<dyn Clock> = SystemClock::shared();
    Wait::at_most(clock, Duration::from_secs(20))
}

/// Connects to the first reader whose name contains `part` and that holds a card.
///
/// # Errors
/// As the driver says; `NoCard` when no such reader holds one.
pub fn connect(part: &str, mode: ShareMode) -> Result<Box<dyn CardConnection>, Failure> {
    let mut context = PcscContext::new(SystemClock::shared());
    for reader in &mut context.readers()? {
        if reader.info().name.contains(part) && reader.state()?.card == CardPresence::Present {
            return Ok(reader.connect(mode, &patience())?);
        }
    }
    Err(myna_hal::Error::new(ErrorKind::NoCard, "no such reader holds a card").into())
}

/// Reads a trust file.
///
/// # Errors
/// When it cannot be read or understood.
pub fn trust(path: &str) -> Result<TrustStore, Failure> {
    Ok(TrustStore::from_pem(&std::fs::read_to_string(path)?)?)
}

/// SELECT of the application with the user-authentication key.
pub const SELECT: &str = "00A4040C0AD392F000260100000001";

/// COMPUTE DIGITAL SIGNATURE with the user-authentication key over the DigestInfo of some SHA-256.
#[must_use]
pub fn signature_command() -> String {
    const DIGEST_INFO: &str = "3031300D060960864801650304020105000420";
    format!("802A009733{DIGEST_INFO}{}00", "A5".repeat(32))
}
